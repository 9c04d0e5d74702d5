//! Chromium without a window.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What it is called on different systems.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A browser that was found.
pub struct Browser {
    program: PathBuf,
}

impl Browser {
    /// Says so when there is none; where one is needed, that fails the test.
    pub fn find() -> Option<Browser> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let in_places = |name: &&str| places.iter().map(|place| place.join(name)).find(|file| file.is_file());
        if let Some(program) = NAMES.iter().find_map(in_places) {
            return Some(Browser { program });
        }
        assert!(
            std::env::var_os("PLAUDIT_NEED_CHROMIUM").is_none(),
            "PLAUDIT_NEED_CHROMIUM is set, and Chromium cannot be found: apt-get install -y chromium"
        );
        let told = "\nSKIPPED: the HTML report is not opened in a browser, for Chromium cannot be found: \
                    apt-get install -y chromium\n";
        // Past the capture of the test harness, which shows nothing of a test that passes.
        _ = std::io::stderr().write_all(told.as_bytes());
        None
    }

    /// Opens a page by itself, as a file, with what stands behind the `#` of its address; gives what became of it.
    pub fn open(&self, html: &str, hash: &str) -> Page {
        Page { text: String::from_utf8(self.run(html, hash, "--dump-dom")).unwrap() }
    }

    /// Prints a page; gives how many pages of paper that takes.
    pub fn pages_of_print(&self, html: &str) -> usize {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("print.pdf");
        self.run(html, "", &format!("--print-to-pdf={}", file.display()));
        let pdf = fs::read(&file).unwrap();
        let mark = b"/Type /Page\n";
        pdf.windows(mark.len()).filter(|window| window == mark).count()
    }

    fn run(&self, html: &str, hash: &str, what: &str) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.html");
        fs::write(&file, html).unwrap();
        let mut command = Command::new(&self.program);
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            // It asks nobody for anything.
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            // But for what a test listens to.
            .args(["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--virtual-time-budget=5000"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(what)
            .arg(format!("file://{}#{hash}", file.display()));
        let output = command.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }
}

/// A page as it stood when everything in it had run.
pub struct Page {
    text: String,
}

impl Page {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the page says of how many findings it shows.
    pub fn shown(&self) -> &str {
        let (_, rest) = self.text.split_once("id=\"shown\"").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        rest.split('<').next().unwrap()
    }

    /// The tag of the element with an id.
    fn tag(&self, id: &str) -> &str {
        let at = self.text.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}"));
        let start = self.text[..at].rfind('<').unwrap();
        let end = at + self.text[at..].find('>').unwrap();
        &self.text[start..end]
    }

    pub fn is_hidden(&self, id: &str) -> bool {
        self.tag(id).contains(" hidden=\"\"")
    }

    pub fn is_open(&self, id: &str) -> bool {
        self.tag(id).contains(" open=\"\"")
    }
}
