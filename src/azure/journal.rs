//! The journal of a run: every answer as it came, so that a run that was stopped can go on. Knows lines and URLs, not
//! what they mean.
//!
//! JSON Lines: a header, then an answer a line. A line is written in one piece as soon as its answer is there, so that
//! whatever ends the process costs the line being written at most. Nothing is synchronised to disk: a journal outlives
//! its process, and need not outlive the machine's power.

mod error;
mod line;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::{Timestamp, Unit};
use url::Url;

pub use error::JournalError;
pub use line::About;
use line::{Header, Kept, Key, Peek, VERSION};

/// No answer is nearly as long (a body is limited to 64 MB); a file without line breaks must not fill the memory.
const LONGEST_LINE: u64 = 512 << 20;

/// An estate that was read over more than a day is none that ever was.
const LONGEST_AGE: i64 = 24 * 3600;

/// The journal of one run, or of one that goes on.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    header: Header,
    /// Where the answers of the run before stand. Empty in a run that begins.
    places: HashMap<Key, Place>,
    reader: Mutex<File>,
    /// `None` once it could not be written.
    writer: Mutex<Option<File>>,
    recorded: AtomicUsize,
    replayed: AtomicUsize,
}

/// A line without its line break, in bytes from the start of the file.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    length: usize,
}

/// What a journal's lines hold, as far as it is needed to find them.
struct Answers {
    places: HashMap<Key, Place>,
    /// Where the last whole line ends.
    end: u64,
}

impl Journal {
    /// Begins a journal, in the place of any that is there. `now` is when the run starts.
    pub fn begin(path: &Path, about: &About, now: Timestamp) -> Result<Journal, JournalError> {
        let failed = |source| JournalError::Write { path: shown(path), source };
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut options = OpenOptions::new();
        // What is there by now is somebody else's.
        options.append(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(path).map_err(failed)?;
        let header = Header::new(about, now.round(Unit::Second).unwrap_or(now).to_string());
        file.write_all(&header.line()).map_err(failed)?;
        Journal::over(path, header, HashMap::new(), file)
    }

    /// Opens the journal of a run that was stopped, to go on with it. A last line that was cut off is taken away; any
    /// other damage is an error, and so is a journal of more than 24 hours.
    pub fn resume(path: &Path, now: Timestamp) -> Result<Journal, JournalError> {
        let failed = |source| JournalError::Open { path: shown(path), source };
        if !path.is_file() {
            return Err(JournalError::Missing { path: shown(path) });
        }
        let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(failed)?);
        let mut bytes = Vec::new();
        let whole = next_line(&mut reader, &mut bytes).map_err(failed)?;
        let header = read_header(path, &bytes, whole)?;
        let age = started(path, &header)?;
        if now.duration_since(age).as_secs() > LONGEST_AGE {
            return Err(JournalError::Stale { path: shown(path), started_at: header.started_at });
        }
        let answers = Answers::read(path, &mut reader, bytes.len() as u64)?;
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        file.set_len(answers.end).map_err(failed)?;
        Journal::over(path, header, answers.places, file)
    }

    fn over(
        path: &Path,
        header: Header,
        places: HashMap<Key, Place>,
        writer: File,
    ) -> Result<Journal, JournalError> {
        let failed = |source| JournalError::Open { path: shown(path), source };
        Ok(Journal {
            path: path.to_owned(),
            header,
            places,
            reader: Mutex::new(File::open(path).map_err(failed)?),
            writer: Mutex::new(Some(writer)),
            recorded: AtomicUsize::new(0),
            replayed: AtomicUsize::new(0),
        })
    }

    /// Whether this run asks for what the journal's run asked for.
    pub fn check(&self, about: &About) -> Result<(), JournalError> {
        match self.header.about.difference(about) {
            None => Ok(()),
            Some((what, then, now)) => Err(JournalError::Other { path: shown(&self.path), what, then, now }),
        }
    }

    /// When the first of the runs that it comes from started: RFC 3339, UTC, whole seconds.
    pub fn started_at(&self) -> &str {
        &self.header.started_at
    }

    /// How many answers of an earlier run can be replayed.
    pub fn kept(&self) -> usize {
        self.places.len()
    }

    /// How many answers were replayed so far.
    pub fn replayed(&self) -> usize {
        self.replayed.load(Ordering::Relaxed)
    }

    /// Whether it holds any answer.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty() && self.recorded.load(Ordering::Relaxed) == 0
    }

    /// Takes the journal away: what it was kept for is done.
    pub fn discard(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the journal could not be taken away");
        }
    }

    /// What an earlier run was answered to this request, if it was.
    pub(super) async fn find(&self, url: &Url, request: Option<&Bytes>) -> Option<Bytes> {
        let place = self.places.get(&Key::of(url.as_str(), request.map(Bytes::as_ref)))?;
        let line = self.read(*place).ok()?;
        let kept: Kept<'_> = serde_json::from_slice(&line).ok()?;
        let same =
            kept.url == url.as_str() && kept.request.as_deref().map(str::as_bytes) == request.map(|r| &r[..]);
        let answer = same.then(|| Bytes::from(kept.answer.into_owned()))?;
        self.replayed.fetch_add(1, Ordering::Relaxed);
        // Answers that are all there would let nothing else have its turn: neither a time-out nor a signal.
        tokio::task::yield_now().await;
        Some(answer)
    }

    fn read(&self, place: Place) -> io::Result<Vec<u8>> {
        let mut line = vec![0; place.length];
        let mut file = self.reader.lock().map_err(|_| io::Error::other("another thread failed"))?;
        file.seek(SeekFrom::Start(place.at))?;
        file.read_exact(&mut line)?;
        Ok(line)
    }

    /// Keeps a successful answer. One that is not JSON is not kept: a later run had better ask again. When the journal
    /// cannot be written, the run goes on without it.
    pub(super) fn record(&self, url: &Url, request: Option<&Bytes>, answer: &Bytes) {
        let Some(line) = line::of(url, request, answer) else { return };
        let Ok(mut writer) = self.writer.lock() else { return };
        let Some(file) = writer.as_mut() else { return };
        match file.write_all(&line) {
            Ok(()) => drop(self.recorded.fetch_add(1, Ordering::Relaxed)),
            Err(error) => {
                let path = self.path.display();
                tracing::warn!(%path, %error, "the journal cannot be written; --resume will go on from here at most");
                *writer = None;
            }
        }
    }
}

/// What is known of an answer before it is known whether it can be replayed.
struct Found {
    key: Key,
    place: Place,
    /// As what an earlier page may lead to it, where that is not its key.
    known_as: Option<Key>,
    /// The page that follows.
    next: Option<Key>,
}

impl Answers {
    /// Reads the lines after the header, which ends at `start`.
    fn read(path: &Path, reader: &mut impl BufRead, start: u64) -> Result<Answers, JournalError> {
        let (mut found, mut bytes, mut at, mut number) = (Vec::new(), Vec::new(), start, 1);
        loop {
            number += 1;
            let whole = next_line(reader, &mut bytes)
                .map_err(|source| JournalError::Open { path: shown(path), source })?;
            if !whole {
                let damaged = bytes.len() as u64 >= LONGEST_LINE;
                return match damaged {
                    true => Err(damage(path, number, "it is longer than any answer".to_owned())),
                    // Cut off while it was written, or nothing at all.
                    false => Ok(Answers { places: replayable(found), end: at }),
                };
            }
            let length = bytes.len() - 1;
            let peek: Peek<'_> = serde_json::from_slice(&bytes)
                .map_err(|error| damage(path, number, format!("it holds no answer ({error})")))?;
            let place = Place { at, length };
            found.push(Found { key: peek.key(), place, known_as: peek.known_as(), next: peek.next_key() });
            at += bytes.len() as u64;
        }
    }
}

/// The answers that can be replayed. A list of which not every page is there is asked for from its start: Azure's
/// links to further pages do not hold for ever, and pages of two times are no list; an item that moved between them
/// would be missing without a word. A page is always recorded before those that it leads to, and of two answers to one
/// request the later holds.
fn replayable(found: Vec<Found>) -> HashMap<Key, Place> {
    let (mut places, mut reached) = (HashMap::new(), HashSet::new());
    for Found { key, place, known_as, next } in found.into_iter().rev() {
        if next.is_some_and(|next| !reached.contains(&next)) {
            continue;
        }
        reached.insert(key);
        reached.extend(known_as);
        places.entry(key).or_insert(place);
    }
    places
}

/// Reads the next line with its line break. Whether there was one: the last line of a file that was cut off has none.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    reader.take(LONGEST_LINE).read_until(b'\n', line)?;
    Ok(line.ends_with(b"\n"))
}

fn read_header(path: &Path, bytes: &[u8], whole: bool) -> Result<Header, JournalError> {
    let none = |found| JournalError::NotAJournal { path: shown(path), found };
    if !whole {
        return Err(none("its first line is cut off"));
    }
    let start: line::Start =
        serde_json::from_slice(bytes).map_err(|_| none("its first line is no header"))?;
    if start.plaudit != "journal" {
        return Err(none("its first line is the header of something else"));
    }
    if start.version > VERSION {
        let tool = start.tool.map(|tool| tool.version).unwrap_or_default();
        return Err(JournalError::TooNew { path: shown(path), version: start.version, tool });
    }
    serde_json::from_slice(bytes).map_err(|error| damage(path, 1, error.to_string()))
}

fn started(path: &Path, header: &Header) -> Result<Timestamp, JournalError> {
    let time = header.started_at.parse::<Timestamp>();
    time.map_err(|_| damage(path, 1, "it does not say when the run started".to_owned()))
}

fn damage(path: &Path, line: usize, reason: String) -> JournalError {
    JournalError::Line { path: shown(path), line, reason }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
