//! Runs the built binary against a stand-in, in an environment of its own. Knows nothing of what it should say.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::StandIn;
use super::schema;
use super::signin::{CLIENT, SECRET, TENANT, USER};
use super::tokens::unix_in;

/// No run may take longer than this, unless it is given more.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run in the making.
pub struct Run {
    command: Command,
    patience: Duration,
}

/// What became of it.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    /// The most memory that it ever held, in kilobytes, nearly: a peak of its last moments may be missed. Nothing where
    /// the system does not tell.
    pub peak: Option<u64>,
}

impl Run {
    /// `plaudit ARGS…` without environment: no `az` on the path, no home to read.
    pub fn new(home: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
        command
            .args(args)
            .env_clear()
            .env("HOME", home)
            .env("PATH", home.join("bin"))
            .env("NO_PROXY", "127.0.0.1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Run { command, patience: PATIENCE }
    }

    /// How long it may take.
    pub fn patience(self, patience: Duration) -> Self {
        Run { patience, ..self }
    }

    /// One more variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// The folder it runs in.
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// The variables of the service principal, with this secret.
    pub fn principal(self, secret: &str) -> Self {
        self.env("AZURE_TENANT_ID", TENANT).env("AZURE_CLIENT_ID", CLIENT).env("AZURE_CLIENT_SECRET", secret)
    }

    /// Kills it, as nothing can be caught or tidied up, as soon as `due` says so.
    pub fn kill_when(mut self, due: impl Fn() -> bool) {
        let began = Instant::now();
        let mut child = self.command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !due() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("it ended before it was to be killed: {status}");
            }
            if began.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("it was not to be killed within {PATIENCE:?}");
            }
            thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Runs it to its end, but not for ever.
    pub fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Starts it.
    pub fn start(mut self) -> Running {
        let began = Instant::now();
        let mut child = self.command.spawn().unwrap();
        let (mut out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let said = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&said);
        let out = thread::spawn(move || drain(&mut out));
        let err = thread::spawn(move || {
            for line in BufReader::new(err).lines() {
                let mut heard = heard.lock().unwrap();
                heard.push_str(&line.unwrap());
                heard.push('\n');
            }
        });
        Running { child, out, err, said, began, patience: self.patience }
    }
}

/// A run under way.
pub struct Running {
    child: Child,
    out: JoinHandle<String>,
    err: JoinHandle<()>,
    said: Arc<Mutex<String>>,
    began: Instant,
    patience: Duration,
}

impl Running {
    /// Sends a signal: `INT`, `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{sent}");
    }

    /// Waits until something is so. The run must not end before.
    #[track_caller]
    pub fn until(&mut self, mut is_so: impl FnMut() -> bool) {
        while !is_so() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "ended before: {}", self.said.lock().unwrap());
            assert!(self.began.elapsed() < self.patience, "{}", self.said.lock().unwrap());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until stderr holds a text.
    #[track_caller]
    pub fn until_said(&mut self, text: &str) {
        let said = Arc::clone(&self.said);
        self.until(|| said.lock().unwrap().contains(text));
    }

    /// Waits for its end, but not for ever.
    pub fn wait(mut self) -> Outcome {
        let mut peak = None;
        let status: Option<ExitStatus> = loop {
            peak = high_water_mark(self.child.id()).or(peak);
            match self.child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if self.began.elapsed() > self.patience => {
                    self.child.kill().unwrap();
                    self.child.wait().unwrap();
                    break None;
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        let took = self.began.elapsed();
        self.err.join().unwrap();
        let (stdout, stderr) = (self.out.join().unwrap(), self.said.lock().unwrap().clone());
        let Some(status) = status else { panic!("still running after {took:?}\n{stdout}\n{stderr}") };
        let Some(code) = status.code() else { panic!("died: {status}\n{stdout}\n{stderr}") };
        Outcome { code, stdout, stderr, took, peak }
    }
}

/// The most memory that a process has held so far, in kilobytes (Linux: proc_pid_status(5), `VmHWM`).
fn high_water_mark(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn drain(pipe: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

impl Outcome {
    /// Asserts the exit code, showing everything when it is another.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that stderr holds a text.
    #[track_caller]
    pub fn warns(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} in stderr:\n{}", self.stderr);
        self
    }

    /// Asserts that stdout holds a text.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no {text:?} in stdout:\n{}", self.stdout);
        self
    }

    /// stdout as the JSON report, which is what its schema says.
    #[track_caller]
    pub fn report(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        let parsed = parsed.unwrap_or_else(|e| {
            panic!("stdout is no JSON: {e}\n{}\n--- stderr\n{}", self.stdout, self.stderr)
        });
        schema::holds(&parsed);
        parsed
    }

    /// Asserts that nothing secret was shown.
    #[track_caller]
    pub fn keeps_secrets(&self, standin: &StandIn) -> &Self {
        for secret in standin.secrets() {
            assert!(!self.stdout.contains(&secret), "{secret} on stdout:\n{}", self.stdout);
            assert!(!self.stderr.contains(&secret), "{secret} on stderr:\n{}", self.stderr);
        }
        self
    }
}

impl StandIn {
    /// `plaudit ARGS…` against this stand-in, not signed in.
    pub fn plaudit(&self, args: &[&str]) -> Run {
        let (arm, login) = (self.arm_endpoint(), self.authority_host());
        let ca = self.ca_file();
        let mut run = Run::new(self.folder(), args);
        run.command.args(["--arm-endpoint", &arm, "--authority-host", &login, "--ca-file"]).arg(ca);
        run
    }

    /// `plaudit ARGS…` against this stand-in, signed in by client secret.
    pub fn signed_in(&self, args: &[&str]) -> Run {
        self.plaudit(args).principal(SECRET)
    }
}

/// An Azure CLI that is a script.
pub struct FakeAz {
    log: PathBuf,
}

impl FakeAz {
    /// Puts an `az` on the path of every run against this stand-in: signed in, with this current subscription.
    pub fn signed_in(standin: &StandIn, subscription: &str, name: &str) -> Self {
        Self::told(standin, subscription, name, unix_in(3599))
    }

    /// The same, on a machine whose clock goes ahead: its tokens seem to have ended before they began.
    pub fn in_the_past(standin: &StandIn, subscription: &str, name: &str) -> Self {
        Self::told(standin, subscription, name, unix_in(0) - 3600)
    }

    fn told(standin: &StandIn, subscription: &str, name: &str, expires_on: u64) -> Self {
        let token = json!({"accessToken": standin.issue_token(), "expiresOn": "2099-01-01 00:00:00.000000",
            "expires_on": expires_on, "subscription": subscription, "tenant": TENANT, "tokenType": "Bearer"});
        let account = json!({"environmentName": "AzureCloud", "homeTenantId": TENANT, "id": subscription,
            "isDefault": true, "managedByTenants": [], "name": name, "state": "Enabled", "tenantId": TENANT,
            "user": {"name": USER, "type": "user"}});
        let script = format!(
            "case \"$*\" in\n*'account get-access-token'*) printf '%s' '{token}' ;;\n\
             *'account show'*) printf '%s' '{account}' ;;\n*) echo 'ERROR: not understood' >&2; exit 2 ;;\nesac\n"
        );
        FakeAz::install(standin, &script)
    }

    /// An `az` that nobody has signed in to.
    pub fn signed_out(standin: &StandIn) -> Self {
        FakeAz::install(standin, "echo \"ERROR: Please run 'az login' to setup account.\" >&2\nexit 1\n")
    }

    /// An `az` that does this.
    pub fn install(standin: &StandIn, script: &str) -> Self {
        let bin = standin.folder().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let (az, log) = (bin.join("az"), standin.folder().join("az.log"));
        std::fs::write(&az, format!("#!/bin/sh\necho \"$*\" >> '{}'\n{script}", log.display())).unwrap();
        std::fs::set_permissions(&az, std::fs::Permissions::from_mode(0o755)).unwrap();
        FakeAz { log }
    }

    /// What it was run with, a line each; empty when it never ran.
    pub fn runs(&self) -> Vec<String> {
        std::fs::read_to_string(&self.log).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

/// The findings of a rule in a report.
pub fn findings<'a>(report: &'a Value, rule: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|finding| finding["rule"] == rule).collect()
}

/// The findings of any rule with this verdict.
pub fn verdicts<'a>(report: &'a Value, verdict: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|finding| finding["verdict"] == verdict).collect()
}

/// The gaps of a report.
pub fn gaps(report: &Value) -> Vec<&Value> {
    report["coverage"]["gaps"].as_array().map(|gaps| gaps.iter().collect()).unwrap_or_default()
}
