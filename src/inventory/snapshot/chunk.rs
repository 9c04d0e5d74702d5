//! Lines of a snapshot, taken apart in chunks on all cores. Knows nothing of files.

use std::borrow::Cow;
use std::fmt;

use rayon::prelude::*;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{FOOTER_START, Footer, Part};
use crate::inventory::{Kind, ResourceId};

/// How many bytes one core takes apart at a time.
const CHUNK: usize = 256 << 10;

/// What some whole lines hold. Lines count from 1.
pub(super) struct Chunk<P> {
    pub part: P,
    pub lines: usize,
    /// How many of the lines hold a resource.
    pub resources: usize,
    /// The first line that is not blank.
    pub first: Option<usize>,
    /// What ends the resources; nothing behind it was taken apart.
    pub odd: Option<Odd>,
}

/// A line that holds no resource.
pub(super) enum Odd {
    Footer {
        footer: Box<Footer>,
        /// The first line behind it that is not blank.
        more: Option<usize>,
    },
    /// It says nothing, for this reason.
    Broken { line: usize, reason: String },
}

/// Takes a block of lines apart.
pub(super) fn chunks_of<P: Part>(block: &[u8]) -> Vec<Chunk<P>> {
    let mut chunks = Vec::new();
    let mut rest = block;
    while !rest.is_empty() {
        let end = rest.iter().skip(CHUNK).position(|byte| *byte == b'\n');
        let (chunk, more) = rest.split_at(end.map_or(rest.len(), |end| CHUNK + end + 1));
        chunks.push(chunk);
        rest = more;
    }
    chunks.into_par_iter().map(chunk_of).collect()
}

fn chunk_of<P: Part>(bytes: &[u8]) -> Chunk<P> {
    let mut chunk = Chunk { part: P::default(), lines: 0, resources: 0, first: None, odd: None };
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.split('\n').for_each(|line| chunk.take(Some(line))),
        Err(_) => {
            bytes.split(|byte| *byte == b'\n').for_each(|line| chunk.take(std::str::from_utf8(line).ok()))
        }
    }
    chunk
}

impl<P: Part> Chunk<P> {
    /// Takes the next line; none where it is no text.
    fn take(&mut self, line: Option<&str>) {
        self.lines += 1;
        let line = line.map(str::trim_ascii);
        if line == Some("") {
            return;
        }
        let at = self.lines;
        self.first.get_or_insert(at);
        match &mut self.odd {
            Some(Odd::Footer { more, .. }) => drop(more.get_or_insert(at)),
            Some(Odd::Broken { .. }) => {}
            None => {
                match line.ok_or_else(|| "it is not UTF-8 text".to_owned()).and_then(|line| self.line(line)) {
                    Ok(None) => self.resources += 1,
                    Ok(Some(footer)) => self.odd = Some(Odd::Footer { footer: Box::new(footer), more: None }),
                    Err(reason) => self.odd = Some(Odd::Broken { line: at, reason }),
                }
            }
        }
    }

    /// Hands a resource on, or gives the footer.
    fn line(&mut self, line: &str) -> Result<Option<Footer>, String> {
        if line.starts_with(FOOTER_START) {
            match footer_of(line) {
                Ok(footer) => return Ok(Some(footer)),
                // A resource may begin with a field of that name.
                Err(error) if first_id(line).is_err() => return Err(reason(&error)),
                Err(_) => {}
            }
        }
        if !line.starts_with('{') {
            return Err("it is not a JSON object".to_owned());
        }
        let id = first_id(line).map_err(|error| reason(&error))?;
        if !id.starts_with('/') {
            return Err("its id is no resource id".to_owned());
        }
        // Of an id that stands twice the first counts.
        if !self.part.take(ResourceId::new(&id), line)
            && let Err(error) = serde_json::from_str::<Peek<'_>>(line)
            && serde_json::from_str::<IgnoredAny>(line).is_err()
        {
            return Err(reason(&error));
        }
        Ok(None)
    }
}

/// The one field that reading needs; the rest of the line is only checked to be JSON.
#[derive(Deserialize)]
pub(super) struct Peek<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
}

/// The id on a line. Nothing behind it is looked at.
fn first_id(line: &str) -> serde_json::Result<Cow<'_, str>> {
    let mut found = None;
    // The parser complains that it did not come to the object's end.
    let _ = serde_json::Deserializer::from_str(line).deserialize_map(Until(&mut found));
    match found {
        Some(Id(id)) => Ok(id),
        None => serde_json::from_str(line).map(|Peek { id }| id),
    }
}

/// Reads the fields of an object until it comes to the id.
struct Until<'a, 'de>(&'a mut Option<Id<'de>>);

#[derive(Deserialize)]
struct Id<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Name {
    Id,
    #[serde(other)]
    Other,
}

impl<'de> Visitor<'de> for Until<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        while let Some(name) = object.next_key()? {
            match name {
                Name::Other => drop(object.next_value::<IgnoredAny>()?),
                Name::Id => {
                    *self.0 = Some(object.next_value()?);
                    break;
                }
            }
        }
        Ok(())
    }
}

/// A later plaudit of the same format version may have read kinds that this one does not know, nor asks for.
fn footer_of(line: &str) -> serde_json::Result<Footer> {
    serde_json::from_str(line).or_else(|error| without_unknown_kinds(line).ok_or(error))
}

fn without_unknown_kinds(line: &str) -> Option<Footer> {
    let mut footer: Value = serde_json::from_str(line).ok()?;
    let known = |kind: &Value| Kind::deserialize(kind).is_ok();
    let coverage = footer.get_mut("coverage")?;
    for subscription in coverage.get_mut("subscriptions")?.as_array_mut()? {
        subscription.get_mut("kinds")?.as_array_mut()?.retain(known);
    }
    coverage.get_mut("gaps")?.as_array_mut()?.retain(|gap| gap.get("kind").is_some_and(known));
    if let Some(asked) = coverage.get_mut("askedSingly") {
        asked.as_object_mut()?.retain(|kind, _| known(&Value::from(kind.as_str())));
    }
    serde_json::from_value(footer).ok()
}

/// What is wrong with one line. The parser counts lines from there, so that only its column says something.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let shown = error.to_string();
    match shown.rsplit_once(" at line ") {
        Some((what, _)) => format!("{what} (column {})", error.column()),
        None => shown,
    }
}
