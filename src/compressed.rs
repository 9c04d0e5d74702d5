//! Reading what may be compressed. Knows nothing of what is in it.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

/// A stream with its compression, if it had one, taken off.
pub struct Plain<'a> {
    pub reader: Box<dyn Read + Send + 'a>,
    pub was_compressed: bool,
}

/// Takes the compression off a stream: gzip or Zstandard, recognised by content and not by name.
pub fn plain<'a>(mut reader: impl Read + Send + 'a) -> io::Result<Plain<'a>> {
    let mut start = Vec::new();
    (&mut reader).take(4).read_to_end(&mut start)?;
    let is_gzip = start.starts_with(&[0x1f, 0x8b]);
    let is_zstd = start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    let whole = Cursor::new(start).chain(reader);
    let reader: Box<dyn Read + Send + 'a> = if is_gzip {
        Box::new(MultiGzDecoder::new(BufReader::new(whole)))
    } else if is_zstd {
        Box::new(zstd::Decoder::new(whole)?)
    } else {
        Box::new(whole)
    };
    Ok(Plain { reader, was_compressed: is_gzip || is_zstd })
}
