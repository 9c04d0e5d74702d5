//! Writing a snapshot: whole or not at all.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::write::GzEncoder;

use super::{Footer, Header, SnapshotError};
use crate::inert::inert_json;
use crate::inventory::{Collected, Resource};
use crate::whole_file::{self, Readers};

const BUFFER: usize = 1 << 20;

/// Writes a snapshot to `path`, compressed when its name ends in `.gz` or `.zst`.
///
/// The file appears whole or not at all, and only its owner may read it (mode 0600). `-` is standard output,
/// never compressed, and nothing in it acts on the terminal or the log that may stand behind; what exists and is no regular file (a pipe, a device) is written to and not replaced.
pub fn write(path: &Path, collected: &Collected) -> Result<(), SnapshotError> {
    let written = if path == Path::new("-") {
        write_lines(BufWriter::with_capacity(BUFFER, io::stdout().lock()), collected, inert_json)
    } else {
        whole_file::write(path, Readers::Owner, |file| compressed(path, file, collected))
    };
    written.map_err(|source| SnapshotError::Write { path: path.display().to_string(), source })
}

/// Writes a snapshot, uncompressed. Equal collections give equal bytes. The writer should be buffered.
pub fn write_to(writer: impl Write, collected: &Collected) -> io::Result<()> {
    write_lines(writer, collected, |json| Cow::Borrowed(json))
}

/// The same, each line in another spelling of the same JSON.
fn write_lines(
    mut writer: impl Write,
    collected: &Collected,
    spelt: impl Fn(&str) -> Cow<'_, str>,
) -> io::Result<()> {
    let mut line = |json: &str| {
        writer.write_all(spelt(json).as_bytes())?;
        writer.write_all(b"\n")
    };
    line(&serde_json::to_string(&Header::of(&collected.origin))?)?;
    let mut resources: Vec<&Resource> = collected.resources.iter().collect();
    resources.sort_by(|a, b| a.id.cmp(&b.id));
    resources.iter().try_for_each(|resource| line(&one_line(&resource.json)))?;
    let footer = Footer { footer: true, resources: resources.len(), coverage: collected.coverage.clone() };
    line(&serde_json::to_string(&footer)?)?;
    writer.flush()
}

/// A line break in JSON stands outside of strings, so that a blank can take its place.
fn one_line(json: &str) -> Cow<'_, str> {
    if json.contains(['\n', '\r']) {
        Cow::Owned(json.replace(['\n', '\r'], " "))
    } else {
        Cow::Borrowed(json)
    }
}

/// Writes in the compression that `path` is named for.
fn compressed(path: &Path, file: &mut dyn Write, collected: &Collected) -> io::Result<()> {
    let extension = path.extension().unwrap_or_default();
    if extension.eq_ignore_ascii_case("gz") {
        let encoder = GzEncoder::new(file, flate2::Compression::default());
        let mut writer = BufWriter::with_capacity(BUFFER, encoder);
        write_to(&mut writer, collected)?;
        into_inner(writer)?.finish().map(drop)
    } else if extension.eq_ignore_ascii_case("zst") {
        let mut encoder = zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?;
        encoder.include_checksum(true)?;
        let mut writer = BufWriter::with_capacity(BUFFER, encoder);
        write_to(&mut writer, collected)?;
        into_inner(writer)?.finish().map(drop)
    } else {
        write_to(BufWriter::with_capacity(BUFFER, file), collected)
    }
}

fn into_inner<W: Write>(writer: BufWriter<W>) -> io::Result<W> {
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::inventory::ResourceId;

    #[test]
    fn what_is_shown_is_the_same_snapshot_and_acts_on_nothing() {
        let json = "{\"id\":\"/subscriptions/a\",\"name\":\"\u{9b}31m##vso[a.b]\u{202e}\u{7f}\"}";
        let id = ResourceId::new("/subscriptions/a");
        let collected =
            Collected { resources: vec![Resource { id, json: json.into() }], ..Collected::default() };
        let mut plain = Vec::new();
        write_to(&mut plain, &collected).unwrap();
        let mut shown = Vec::new();
        write_lines(&mut shown, &collected, inert_json).unwrap();
        let [plain, shown] = [plain, shown].map(|text| String::from_utf8(text).unwrap());
        assert!(plain.contains(json));
        assert!(!shown.contains("##") && !shown.contains(['\u{9b}', '\u{202e}', '\u{7f}']), "{shown}");
        let values =
            |text: &str| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
        assert_eq!(values(&shown), values(&plain));
    }
}
