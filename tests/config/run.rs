//! Runs the binary in a folder of its own. Knows nothing of what it should say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The subscription in the sample estate of which a part could not be read.
pub const UNREAD: &str = "/subscriptions/e24d7fb0-1c22-46d1-823a-4ac70e60fb00";

/// A folder to run in.
pub struct Place(tempfile::TempDir);

/// What became of a run.
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    /// A folder with a plaudit.toml in it.
    pub fn with(config: &str) -> Self {
        let place = Place::new();
        place.write("plaudit.toml", config);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// `plaudit ARGS…`, words apart by spaces.
    pub fn run(&self, args: &str) -> Outcome {
        run(self.0.path(), args)
    }

    /// A run's report and its exit code.
    pub fn report(&self, args: &str) -> (Value, i32) {
        let outcome = self.run(&format!("{args} -f json"));
        assert!(!outcome.stdout.is_empty(), "{}", outcome.stderr);
        (crate::schema::read(&outcome.stdout), outcome.code)
    }

    /// The sample estate as a snapshot of that name, changed.
    pub fn sample(&self, name: &str, change: impl Fn(&str) -> String) {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo.jsonl"));
        self.write(name, change(&text.unwrap()));
    }
}

fn run(folder: &Path, args: &str) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
    command.args(args.split_whitespace()).current_dir(folder).env_clear().stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

impl Outcome {
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Stderr holds a text.
    #[track_caller]
    pub fn warns(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} in\n{}", self.stderr);
        self
    }

    /// Stdout holds a text, wherever its lines break.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat(&self.stdout).contains(&flat(text)), "no {text:?} in\n{}", self.stdout);
        self
    }

    /// The run ended before it had anything to say, and nothing on stderr acts on a terminal.
    #[track_caller]
    pub fn refuses(&self, texts: &[&str]) {
        self.exits(2);
        assert_eq!(self.stdout, "");
        for text in texts {
            self.warns(text);
        }
        assert!(!self.stderr.chars().any(|c| c.is_control() && c != '\n'), "{:?}", self.stderr);
    }
}

/// The findings of a report, less those that are set aside: `DNS-022 pe fail`.
pub fn counting(report: &Value) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let counting = findings.filter(|f| f["suppressed"].is_null() && f["inBaseline"] == false);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    counting.map(|f| [&f["rule"], &f["subject"]["name"], &f["verdict"]].map(text).join(" ")).collect()
}

/// The notes of a report, as one text.
pub fn notes(report: &Value) -> String {
    report["notes"].as_array().unwrap().iter().map(|note| format!("{}\n", note.as_str().unwrap())).collect()
}
