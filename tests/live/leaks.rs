//! Looks for secrets in whatever a run said or left: as they are, in parts, and under escapes and base64, taken off one
//! after the other. Knows nothing of how the product hides them.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use azure_core::base64;

use crate::standin::StandIn;
use crate::standin::child::Outcome;

/// So many characters in a row are a part.
const PART: usize = 12;

/// Layers of escapes and base64 that are taken off.
const LAYERS: usize = 3;

/// What must never be seen.
pub struct Leaks {
    parts: HashSet<Vec<u8>>,
}

impl Leaks {
    /// The secrets of a stand-in, and others.
    pub fn of(standin: &StandIn, others: &[&str]) -> Leaks {
        let secrets = standin.secrets().into_iter().chain(others.iter().map(|one| (*one).to_owned()));
        let parts = secrets.flat_map(|secret| {
            // The head of a token is everybody's.
            let own = if secret.starts_with("eyJ") { secret.split_once('.').unwrap().1 } else { &secret };
            assert!(own.len() >= PART, "{secret}");
            own.as_bytes().windows(PART).map(<[u8]>::to_vec).collect::<Vec<_>>()
        });
        Leaks { parts: parts.collect() }
    }

    /// Asserts that a run said nothing of them, and left nothing of them anywhere in the stand-in's folder.
    #[track_caller]
    pub fn none_in(&self, what: &str, standin: &StandIn, outcome: &Outcome) {
        self.not_in(&format!("stdout of {what}"), outcome.stdout.as_bytes());
        self.not_in(&format!("stderr of {what}"), outcome.stderr.as_bytes());
        for file in files(standin.folder()) {
            self.not_in(&format!("{} of {what}", file.display()), &content(&file));
        }
    }

    #[track_caller]
    pub fn not_in(&self, what: &str, content: &[u8]) {
        if let Some(part) = self.find(content, LAYERS) {
            let text = String::from_utf8_lossy(content);
            panic!("{:?} in {what}:\n{text:.2000}", String::from_utf8_lossy(&part));
        }
    }

    fn find(&self, content: &[u8], layers: usize) -> Option<Vec<u8>> {
        let found = content.windows(PART).find(|window| self.parts.contains(*window));
        if found.is_some() || layers == 0 {
            return found.map(<[u8]>::to_vec);
        }
        let beneath = [unescaped(content)].into_iter().chain(unpacked(content));
        beneath.filter(|inner| inner != content).find_map(|inner| self.find(&inner, layers - 1))
    }
}

/// Everything below a folder but what the test itself put there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let own = ["bin", "ca.pem", "federated"].iter().any(|name| path.ends_with(name));
        match path.is_dir() {
            _ if own => {}
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// A file's bytes, not compressed.
fn content(file: &Path) -> Vec<u8> {
    let bytes = std::fs::read(file).unwrap();
    let mut plain = Vec::new();
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => drop(flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap()),
        Some("zst") => plain = zstd::decode_all(&bytes[..]).unwrap(),
        Some("xlsx") => plain = cells(&bytes).into_bytes(),
        _ => plain = bytes,
    }
    plain
}

fn cells(workbook: &[u8]) -> String {
    use calamine::{Data, Reader, Xlsx};
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(workbook)).unwrap();
    let sheets = book.worksheets();
    let cells = sheets.iter().flat_map(|(_, sheet)| sheet.cells());
    cells.map(|(_, _, cell): (usize, usize, &Data)| cell.to_string() + "\n").collect()
}

/// Escapes of URLs and of JSON strings taken off once.
fn unescaped(content: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(content.len()), 0);
    let digits = |from: usize, many: usize| {
        let text = content.get(from..from + many).and_then(|digits| std::str::from_utf8(digits).ok())?;
        u32::from_str_radix(text, 16).ok()
    };
    while let Some(&byte) = content.get(at) {
        let (code, length) = match (byte, content.get(at + 1)) {
            (b'%', _) => (digits(at + 1, 2), 3),
            (b'\\', Some(b'u')) => (digits(at + 2, 4), 6),
            (b'\\', Some(next)) => (Some(u32::from(*next)), 2),
            _ => (None, 1),
        };
        match code.and_then(|code| u8::try_from(code).ok()) {
            Some(code) => out.push(code),
            None => out.push(byte),
        }
        at += if code.is_some() { length } else { 1 };
    }
    out
}

/// What runs of base64 hold, from wherever they begin.
fn unpacked(content: &[u8]) -> Vec<Vec<u8>> {
    let is_coded = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let runs = content.split(|byte| !is_coded(byte)).filter(|run| run.len() >= 16);
    let text = |run: &[u8]| String::from_utf8_lossy(run).replace('-', "+").replace('_', "/");
    let from = |run: &[u8], shift: usize| {
        let text = text(run);
        let whole = &text[shift..];
        base64::decode(&whole[..whole.len() / 4 * 4]).ok()
    };
    let mut inner: Vec<u8> = Vec::new();
    for run in runs {
        for found in (0..4).filter_map(|shift| from(run, shift)) {
            inner.extend(found);
            inner.push(b'\n');
        }
    }
    vec![inner]
}

#[test]
fn a_secret_is_found_however_it_is_spelled() {
    let standin = StandIn::start(crate::standin::objects::spoke_and_hub(1));
    let token = standin.issue_token();
    let leaks = Leaks::of(&standin, &[]);
    let found = |text: String| leaks.find(text.as_bytes(), LAYERS).is_some();
    let [_, payload, _] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    for secret in [crate::standin::signin::SECRET, token.as_str(), payload, &payload[20..45]] {
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let escaped: String = secret.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect();
        assert!(found(format!("a {secret} b")), "{secret}");
        assert!(found(format!("a{percent}b")) && found(percent.replace('%', "%25")), "{secret}");
        assert!(found(format!("a{escaped}b")) && found(escaped.replace('\\', "\\\\")), "{secret}");
        for before in ["", "a", "ab", "abc"] {
            assert!(found(format!("Basic {}", base64::encode(format!("{before}{secret}")))), "{secret}");
        }
    }
    assert!(!found(format!("{} eyJ0eXAiOiJKV1QiLCJhbGciOiJub25lIn0", crate::standin::signin::TENANT)));
    assert!(!found(token[..40].to_owned()), "the head alone is nobody's");
}
