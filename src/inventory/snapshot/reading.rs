//! Reading a snapshot: in blocks of lines, the next one read while the last one is taken apart.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;

use super::chunk::{Chunk, Odd, chunks_of, reason};
use super::{Footer, HEADER_START, Header, SnapshotError, VERSION};
use crate::compressed::{Plain, plain};
use crate::inventory::{Collected, Coverage, Origin, Resource, ResourceId};

/// How much is read at once, in bytes.
const BLOCK: u64 = 8 << 20;
/// No line that plaudit writes is nearly as long; a file without line breaks must not fill the memory.
const LONGEST_LINE: usize = 256 << 20;

/// What the resources of a snapshot are gathered in: one for each stretch of the file, in its order.
pub trait Part: Default + Send {
    /// Takes over the resource on a line; says whether the whole line was seen to be JSON on the way.
    fn take(&mut self, id: ResourceId, line: &str) -> bool;
}

/// Raw, as the file has them.
impl Part for Vec<Resource> {
    fn take(&mut self, id: ResourceId, line: &str) -> bool {
        self.push(Resource { id, json: line.into() });
        false
    }
}

/// A snapshot, its resources gathered in parts. They stand in the order of the file, which somebody may have changed.
pub struct Parts<P> {
    pub origin: Origin,
    pub coverage: Coverage,
    pub parts: Vec<P>,
}

/// Reads the snapshot at `path`; `-` is standard input. Compression is recognised by content, not by name.
pub fn read(path: &Path) -> Result<Collected, SnapshotError> {
    read_parts(path).map(collected)
}

/// Reads a snapshot, compressed or not. `label` stands in error messages where a path would.
///
/// Lines that are not in order are sorted, and of several resources with one id the first counts.
pub fn read_from(reader: impl Read + Send, label: &str) -> Result<Collected, SnapshotError> {
    read_parts_from(reader, label).map(collected)
}

/// As [`read`], with resources gathered in whatever the caller makes of them.
pub fn read_parts<P: Part>(path: &Path) -> Result<Parts<P>, SnapshotError> {
    let label = path.display().to_string();
    if path == Path::new("-") {
        return read_parts_from(io::stdin(), &label);
    }
    match File::open(path) {
        Ok(file) => read_parts_from(file, &label),
        Err(source) => Err(SnapshotError::Open { path: label, source }),
    }
}

/// As [`read_from`], with resources gathered in whatever the caller makes of them.
pub fn read_parts_from<P: Part>(reader: impl Read + Send, label: &str) -> Result<Parts<P>, SnapshotError> {
    let failed = |source| SnapshotError::Read { path: label.to_owned(), source };
    let Plain { reader, was_compressed: compressed } = plain(reader).map_err(failed)?;
    Snapshot { label, compressed, lines: 0, resources: 0, parts: Vec::new(), coverage: None }.read(reader)
}

fn collected(Parts { origin, coverage, parts }: Parts<Vec<Resource>>) -> Collected {
    let mut resources: Vec<Resource> = parts.into_iter().flatten().collect();
    if !resources.par_windows(2).all(|pair| pair[0].id < pair[1].id) {
        resources.par_sort_by(|a, b| a.id.cmp(&b.id));
        resources.dedup_by(|later, first| later.id == first.id);
    }
    Collected { origin, resources, coverage }
}

/// A snapshot while it is read.
struct Snapshot<'a, P> {
    label: &'a str,
    compressed: bool,
    /// How many lines were taken apart.
    lines: usize,
    /// How many resources were on them.
    resources: usize,
    parts: Vec<P>,
    /// The footer's, as soon as it was seen.
    coverage: Option<Coverage>,
}

impl<P: Part> Snapshot<'_, P> {
    fn read(mut self, reader: Box<dyn Read + Send + '_>) -> Result<Parts<P>, SnapshotError> {
        let mut blocks = Blocks::new(reader);
        let (mut block, mut next) = (Vec::new(), Vec::new());
        blocks.fill(&mut block).map_err(|error| self.read_failed(error))?;
        let (header, mut start) = self.header(&block)?;
        while !block.is_empty() {
            let (filled, chunks) = rayon::join(|| blocks.fill(&mut next), || chunks_of(&block[start..]));
            let last = !block.ends_with(b"\n");
            self.take(chunks, last)?;
            filled.map_err(|error| self.read_failed(error))?;
            std::mem::swap(&mut block, &mut next);
            start = 0;
        }
        self.finish(header)
    }

    /// Takes the first line of the first block apart; says where the second one begins.
    fn header(&mut self, block: &[u8]) -> Result<(Header, usize), SnapshotError> {
        self.lines = 1;
        let end = block.iter().position(|byte| *byte == b'\n');
        let line = block[..end.unwrap_or(block.len())].trim_ascii();
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let value = match serde_json::from_slice::<Value>(line) {
            Ok(value) => value,
            Err(_) if line.starts_with(HEADER_START.as_bytes()) && end.is_none() => {
                return Err(self.cut_off("it ends in its first line".to_owned()));
            }
            Err(error) if line.starts_with(HEADER_START.as_bytes()) => {
                return Err(self.damaged(&reason(&error)));
            }
            Err(_) => return Err(self.not_a_snapshot(other_content(block))),
        };
        if value.get("plaudit").and_then(Value::as_str) != Some("snapshot") {
            return Err(self.not_a_snapshot(other_json(&value)));
        }
        self.check_version(&value)?;
        let header = serde_json::from_value(value).map_err(|error| self.damaged(&reason(&error)))?;
        Ok((header, end.map_or(block.len(), |end| end + 1)))
    }

    fn check_version(&self, header: &Value) -> Result<(), SnapshotError> {
        let path = self.label.to_owned();
        let version = header.get("version");
        if let Some(version) = version.and_then(Value::as_u64).filter(|version| *version > VERSION) {
            let tool = header.get("tool");
            let part = |name: &str| tool.and_then(|tool| tool.get(name)).and_then(Value::as_str);
            let tool = match (part("name"), part("version")) {
                (name, Some(version)) => printable(&format!("{} {version}", name.unwrap_or("plaudit"))),
                _ => "a later plaudit".to_owned(),
            };
            return Err(SnapshotError::TooNew { path, version, tool });
        }
        match version.and_then(Value::as_i64) {
            Some(version) if version < 1 => Err(SnapshotError::TooOld { path, version }),
            Some(_) => Ok(()),
            None => Err(self.damaged("the header says no format version")),
        }
    }

    /// Takes over the chunks of a block. `last` says that the block ends without a line break.
    fn take(&mut self, chunks: Vec<Chunk<P>>, last: bool) -> Result<(), SnapshotError> {
        let count = chunks.len();
        for (n, chunk) in chunks.into_iter().enumerate() {
            let Chunk { part, lines, resources, first, odd } = chunk;
            let before = self.lines;
            self.resources += resources;
            self.parts.push(part);
            if let (Some(first), true) = (first, self.coverage.is_some()) {
                return Err(self.after_footer(before + first));
            }
            match odd {
                None => {}
                Some(Odd::Broken { line, .. }) if last && n + 1 == count && line == lines => {
                    return Err(self.cut_off("its last line is not whole".to_owned()));
                }
                Some(Odd::Broken { line, reason }) => {
                    self.lines = before + line;
                    return Err(self.damaged(&reason));
                }
                Some(Odd::Footer { footer, more }) => {
                    self.take_footer(*footer)?;
                    if let Some(more) = more {
                        return Err(self.after_footer(before + more));
                    }
                }
            }
            self.lines = before + lines;
        }
        Ok(())
    }

    fn after_footer(&mut self, line: usize) -> SnapshotError {
        self.lines = line;
        self.damaged("there is more after the footer")
    }

    fn take_footer(&mut self, footer: Footer) -> Result<(), SnapshotError> {
        let (expected, found) = (footer.resources, self.resources);
        if expected != found {
            return Err(self.cut_off(format!("it was written with {expected} resources and holds {found}")));
        }
        self.coverage = Some(footer.coverage);
        Ok(())
    }

    fn finish(self, header: Header) -> Result<Parts<P>, SnapshotError> {
        match self.coverage {
            Some(coverage) => Ok(Parts { origin: header.origin(), coverage, parts: self.parts }),
            None => {
                let found = self.resources;
                Err(self.cut_off(format!("it ends after {found} resources, without its footer")))
            }
        }
    }

    fn cut_off(&self, how: String) -> SnapshotError {
        SnapshotError::CutOff { path: self.label.to_owned(), how }
    }

    fn not_a_snapshot(&self, found: &'static str) -> SnapshotError {
        SnapshotError::NotASnapshot { path: self.label.to_owned(), found }
    }

    fn damaged(&self, reason: &str) -> SnapshotError {
        SnapshotError::Line { path: self.label.to_owned(), line: self.lines, reason: printable(reason) }
    }

    /// Errors of the operating system are about the file, others about what the decompressor found in it.
    fn read_failed(&self, source: io::Error) -> SnapshotError {
        let path = self.label.to_owned();
        match source.kind() {
            _ if !self.compressed || source.raw_os_error().is_some() => SnapshotError::Read { path, source },
            io::ErrorKind::UnexpectedEof => {
                self.cut_off("its compressed content ends before its end mark".to_owned())
            }
            _ => SnapshotError::Compression { path, source },
        }
    }
}

/// What a file holds whose first line is no JSON.
fn other_content(block: &[u8]) -> &'static str {
    let start = &block[..block.len().min(4096)];
    if block.trim_ascii().is_empty() {
        "it is empty"
    } else if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        "it is UTF-16 text; was it written through a PowerShell pipe?"
    } else if std::str::from_utf8(start).is_err_and(|error| error.error_len().is_some()) || start.contains(&0)
    {
        "it is not text"
    } else if start.windows(REPORT.len()).any(|window| window == REPORT.as_bytes()) {
        "it is a plaudit report"
    } else {
        "its first line is not a snapshot's header"
    }
}

/// How the schema of plaudit's own reports begins.
const REPORT: &str = "plaudit/report/";

fn other_json(value: &Value) -> &'static str {
    let schema = value.get("schema").and_then(Value::as_str);
    if schema.is_some_and(|schema| schema.starts_with(REPORT)) {
        "it is a plaudit report"
    } else {
        "it is other JSON"
    }
}

/// Text from a file, fit for a terminal.
fn printable(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Reads whole lines, about [`BLOCK`] bytes at a time.
pub(super) struct Blocks<R> {
    reader: R,
    /// The beginning of a line whose end is not read yet.
    rest: Vec<u8>,
}

impl<R: Read> Blocks<R> {
    pub(super) fn new(reader: R) -> Self {
        Blocks { reader, rest: Vec::new() }
    }

    /// Fills `block` with the next lines. Only the last block may end without a line break, and after the last
    /// one comes an empty one.
    pub(super) fn fill(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        block.clear();
        block.append(&mut self.rest);
        loop {
            let from = block.len();
            if (&mut self.reader).take(BLOCK).read_to_end(block)? == 0 {
                return Ok(());
            }
            if let Some(at) = block[from..].iter().rposition(|byte| *byte == b'\n') {
                let end = from + at + 1;
                self.rest.extend_from_slice(&block[end..]);
                block.truncate(end);
                return Ok(());
            }
            if block.len() > LONGEST_LINE {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it has a line of over 256 MB"));
            }
        }
    }
}
