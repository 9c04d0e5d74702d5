//! What a fault in plaudit itself comes to: one message that repeats no secret, and an exit code that stands for it,
//! whichever thread it struck. A report of a run that struck one is no report.
//!
//! Written here because what libraries do on a panic (human-panic) puts its words into a file as they are, and they may
//! hold what was read.

use std::any::Any;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::azure::redact;
use crate::rules::CONTAINED;

/// No audit was possible.
const EXIT_CODE: u8 = 4;

/// The longest that is repeated of what a panic says, in characters.
const LENGTH: usize = 300;

/// What the command will not have done.
static UNDONE: OnceLock<&'static str> = OnceLock::new();

/// Whether a fault has struck.
static STRUCK: AtomicBool = AtomicBool::new(false);

/// Runs a whole program. When a panic strikes on whatever thread, the exit code is 4, whatever the program makes of it.
pub fn guarded(run: impl FnOnce() -> ExitCode) -> ExitCode {
    panic::set_hook(Box::new(struck));
    let code = panic::catch_unwind(AssertUnwindSafe(run));
    match code {
        Ok(code) if !STRUCK.load(Ordering::SeqCst) => code,
        _ => ExitCode::from(EXIT_CODE),
    }
}

/// What is said not to have been done, from now on.
pub(super) fn undone(what: &'static str) {
    let _ = UNDONE.set(what);
}

fn struck(info: &PanicHookInfo<'_>) {
    // Whoever started this thread expects it, and says what it means.
    if std::thread::current().name() == Some(CONTAINED) {
        return;
    }
    // Others fall with the first, and say nothing more.
    if STRUCK.swap(true, Ordering::SeqCst) {
        return;
    }
    let place = info.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    let undone = UNDONE.get().copied().unwrap_or("nothing was done");
    let mut text = message(undone, &place, said(info.payload()));
    // Names of functions and no values, where RUST_BACKTRACE asks for it.
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        text.push_str(&trace.to_string());
    }
    // A closed stderr is nobody's loss.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// The words of a panic, where it has any.
fn said(payload: &(dyn Any + Send)) -> Option<&str> {
    payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// What stderr is told.
fn message(undone: &str, place: &str, said: Option<&str>) -> String {
    let said = said.and_then(|said| redact::line_at_once(said, LENGTH)).filter(|said| !said.is_empty());
    let said = said.map(|said| format!(": {said}")).unwrap_or_default();
    format!(
        "fatal: {undone}: a fault in plaudit itself, at {place}{said}\n\
         help: do not rely on anything that this run wrote\n\
         help: please report the first line with `plaudit --version` at {}/issues, without the names and ids that may \
         stand in it; where a snapshot is needed, `plaudit collect --redact` writes one that names nothing\n",
        env!("CARGO_PKG_REPOSITORY")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiJhYmMifQ.c2ln-bmF0_dXJl";

    #[test]
    fn it_says_what_was_not_done_and_how_to_report_it() {
        let text = message("no audit was performed", "src/a.rs:1:2", Some("index 7 of 3"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "fatal: no audit was performed: a fault in plaudit itself, at src/a.rs:1:2: index 7 of 3"
        );
        assert!(lines[1..].iter().all(|line| line.starts_with("help: ")), "{text}");
        assert!(text.contains("--redact") && text.contains("/issues") && text.ends_with('\n'));
        assert!(env!("CARGO_PKG_REPOSITORY").starts_with("https://"));
    }

    #[test]
    fn it_repeats_neither_secrets_nor_control_characters() {
        let said = format!("called `unwrap()` on \"Bearer {TOKEN}\u{1b}]0;x\u{7}\nclient_secret=hunter2\"");
        let text = message("no audit was performed", "src/a.rs:1:2", Some(&said));
        for secret in ["eyJ0", "c2ln", "hunter2", "\u{1b}", "\u{7}"] {
            assert!(!text.contains(secret), "{secret:?} in {text}");
        }
        assert_eq!(text.lines().count(), 3);
        let long = message("x", "y", Some(&"word ".repeat(500)));
        assert!(long.len() < 1000);
    }

    #[test]
    fn a_panic_without_words_is_told_too() {
        for said in [None, Some(""), Some("\n")] {
            let text = message("x", "src/a.rs:1:2", said);
            assert_eq!(text.lines().next(), Some("fatal: x: a fault in plaudit itself, at src/a.rs:1:2"));
        }
        assert_eq!(said(&"text"), Some("text"));
        assert_eq!(said(&"text".to_owned()), Some("text"));
        assert_eq!(said(&7), None);
    }
}
