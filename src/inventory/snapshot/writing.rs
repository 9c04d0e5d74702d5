//! Writing a snapshot: whole or not at all.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::write::GzEncoder;

use super::{Footer, Header, SnapshotError};
use crate::inventory::{Collected, Resource};
use crate::whole_file::{self, Readers};

const BUFFER: usize = 1 << 20;

/// Writes a snapshot to `path`, compressed when its name ends in `.gz` or `.zst`.
///
/// The file appears whole or not at all, and only its owner may read it (mode 0600). `-` is standard output,
/// never compressed; what exists and is no regular file (a pipe, a device) is written to and not replaced.
pub fn write(path: &Path, collected: &Collected) -> Result<(), SnapshotError> {
    let written = if path == Path::new("-") {
        write_to(BufWriter::with_capacity(BUFFER, io::stdout().lock()), collected)
    } else {
        whole_file::write(path, Readers::Owner, |file| compressed(path, file, collected))
    };
    written.map_err(|source| SnapshotError::Write { path: path.display().to_string(), source })
}

/// Writes a snapshot, uncompressed. Equal collections give equal bytes. The writer should be buffered.
pub fn write_to(mut writer: impl Write, collected: &Collected) -> io::Result<()> {
    serde_json::to_writer(&mut writer, &Header::of(&collected.origin))?;
    writer.write_all(b"\n")?;
    let mut resources: Vec<&Resource> = collected.resources.iter().collect();
    resources.sort_by(|a, b| a.id.cmp(&b.id));
    for resource in &resources {
        writer.write_all(one_line(&resource.json).as_bytes())?;
        writer.write_all(b"\n")?;
    }
    let footer = Footer { footer: true, resources: resources.len(), coverage: collected.coverage.clone() };
    serde_json::to_writer(&mut writer, &footer)?;
    writer.write_all(b"\n")?;
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
