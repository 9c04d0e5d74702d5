//! A fault in plaudit itself, wherever it strikes: one message, exit code 4, and never a result as if nothing had
//! happened. The binary has no way to provoke one, so that this test plays the program, in a process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::exit,
    reason = "a test that meets nonsense must stop, and a program ends with a code"
)]

use std::process::{Command, ExitCode, Output};

use plaudit::command::guarded;
use rayon::prelude::*;

const SCENE: &str = "SCENE_OF_THE_FAULT";
const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiJhYmMifQ.c2ln-bmF0_dXJl";

/// The program: struck by a fault in the scene that is named, it ends with what `guarded` makes of it.
#[test]
#[ignore = "it is started by the others"]
fn program() {
    let scene = std::env::var(SCENE).unwrap();
    let code = guarded(|| {
        strike(&scene);
        ExitCode::SUCCESS
    });
    // A code cannot be taken apart, but compared.
    let number = (0..=u8::MAX).find(|number| ExitCode::from(*number) == code).unwrap();
    std::process::exit(number.into());
}

fn strike(scene: &str) {
    match scene {
        "nowhere" => {}
        "main" => panic!("the name is {TOKEN}\u{1b}[2J\nand more"),
        "every core" => (0..1000).into_par_iter().for_each(|n| assert!(n < 500, "{n} of {TOKEN}")),
        "a task" => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let _lost = runtime.block_on(async { tokio::spawn(async { panic!("{TOKEN}") }).await });
        }
        "a thread that nobody asks" => {
            let _lost = std::thread::spawn(|| panic!("{TOKEN}")).join();
        }
        "where it is expected" => {
            // People's own rules are parsed on threads of this name, and a parser that breaks off is an error of theirs.
            let thread = std::thread::Builder::new().name("expression".to_owned());
            let _expected = thread.spawn(|| panic!("{TOKEN}")).unwrap().join();
        }
        "without words" => std::panic::panic_any(7),
        other => panic!("no scene {other}"),
    }
}

fn run(scene: &str, backtrace: &str) -> Output {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "program", "--ignored", "--nocapture", "--test-threads=1"]);
    program.env(SCENE, scene).env("RUST_BACKTRACE", backtrace).output().unwrap()
}

#[test]
fn wherever_it_strikes_the_run_ends_with_4_and_says_so_once() {
    for scene in ["main", "every core", "a task", "a thread that nobody asks", "without words"] {
        let output = run(scene, "0");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(4), "{scene}\n{said}");
        let fatal: Vec<&str> = said.lines().filter(|line| line.starts_with("fatal: ")).collect();
        let [fatal] = fatal[..] else { panic!("{scene} is told {} times\n{said}", fatal.len()) };
        let place = "fatal: nothing was done: a fault in plaudit itself, at tests/defect.rs:";
        assert!(fatal.starts_with(place), "{scene}: {fatal}");
        assert_eq!(said.lines().filter(|line| line.starts_with("help: ")).count(), 2, "{scene}\n{said}");
        for secret in ["eyJ0", "c2ln", "\u{1b}"] {
            assert!(!said.contains(secret), "{scene}: {secret:?} in\n{said}");
        }
        assert!(!said.contains("panicked"), "{scene}: the system's own message, too\n{said}");
    }
}

#[test]
fn where_nothing_strikes_or_it_is_expected_nothing_is_said() {
    for scene in ["nowhere", "where it is expected"] {
        let output = run(scene, "0");
        assert_eq!(output.status.code(), Some(0), "{scene}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{scene}");
    }
}

#[test]
fn who_asks_for_the_way_there_is_told_it_without_values() {
    let said = String::from_utf8(run("main", "1").stderr).unwrap();
    let told: Vec<&str> = said.lines().skip(3).collect();
    assert!(told.iter().any(|line| line.contains("strike")), "{said}");
    assert!(!said.contains("eyJ0"), "{said}");
}
