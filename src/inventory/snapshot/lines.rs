//! Where resources stand in a snapshot file: a second pass over it, for reports that point into files.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rayon::prelude::*;

use super::chunk::Peek;
use super::reading::Blocks;
use crate::compressed::plain;

/// The line (from 1) of each wanted ARM id, given and returned in lower case; an id that is not in the file has none.
/// Compression is taken off, and lines count in what was compressed. Of several resources with one id the first
/// counts, as in [`super::read`].
///
/// `None` where there is no file to read a second time (standard input, a pipe) or it cannot be read any more: a
/// line is a convenience, and no report fails for it.
pub fn lines(path: &Path, wanted: &HashSet<String>) -> Option<HashMap<String, usize>> {
    if path == Path::new("-") || !path.is_file() {
        return None;
    }
    lines_in(File::open(path).ok()?, wanted).ok()
}

fn lines_in(reader: impl Read + Send, wanted: &HashSet<String>) -> io::Result<HashMap<String, usize>> {
    let mut blocks = Blocks::new(plain(reader)?.reader);
    let (mut found, mut block, mut before) = (HashMap::new(), Vec::new(), 0);
    loop {
        blocks.fill(&mut block)?;
        if block.is_empty() || found.len() == wanted.len() {
            return Ok(found);
        }
        let lines: Vec<&[u8]> = block.split(|byte| *byte == b'\n').collect();
        let here = lines.par_iter().enumerate().filter_map(|(n, line)| {
            let id = id_of(line)?;
            wanted.contains(&id).then_some((id, before + n + 1))
        });
        for (id, line) in here.collect::<Vec<_>>() {
            found.entry(id).or_insert(line);
        }
        // What follows the last line break is nothing, save at the end of the file.
        before += lines.len() - 1;
    }
}

/// The id of the resource on a line, in lower case; the header and the footer have none.
fn id_of(line: &[u8]) -> Option<String> {
    let Peek { id } = serde_json::from_slice(line.trim_ascii()).ok()?;
    Some(id.trim_end_matches('/').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const TEXT: &str = "{\"plaudit\":\"snapshot\"}\n{\"name\":\"b\",\"id\":\"/Sub/B\"}\r\n\n{\"id\":\"/sub/a/\"}\n\
                        {\"id\":\"/sub/b\"}\n{\"footer\":true}";

    fn wanted(ids: &[&str]) -> HashSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn lines_count_from_one_and_ids_have_no_case() {
        let found = lines_in(TEXT.as_bytes(), &wanted(&["/sub/a", "/sub/b", "/sub/c"])).unwrap();
        assert_eq!(found, HashMap::from([("/sub/a".to_owned(), 4), ("/sub/b".to_owned(), 2)]));
    }

    #[test]
    fn lines_go_on_from_block_to_block() {
        let resource = |n: usize| format!("{{\"id\":\"/sub/{n}\",\"x\":\"{}\"}}\n", "y".repeat(2_000_000));
        let text: String = (2..=12).map(resource).collect();
        let text = format!("{{}}\n{text}");
        let ids: Vec<String> = (2..=12).map(|n| format!("/sub/{n}")).collect();
        let found = lines_in(text.as_bytes(), &ids.iter().cloned().collect()).unwrap();
        assert_eq!(found.len(), 11);
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(found[id], n + 2);
        }
    }

    #[test]
    fn compressed_files_have_the_lines_of_their_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("estate.jsonl.gz");
        let mut gzip =
            flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        gzip.write_all(TEXT.as_bytes()).unwrap();
        gzip.finish().unwrap();
        assert_eq!(lines(&path, &wanted(&["/sub/a"])).unwrap()["/sub/a"], 4);
    }

    #[test]
    fn what_is_no_file_has_no_lines() {
        let folder = tempfile::tempdir().unwrap();
        for odd in [Path::new("-"), Path::new("/dev/null"), folder.path(), &folder.path().join("gone")] {
            assert_eq!(lines(odd, &wanted(&["/sub/a"])), None, "{}", odd.display());
        }
    }

    #[test]
    fn any_bytes_are_only_no_lines() {
        for odd in [b"".as_slice(), b"\n\n", b"\xff\xfe\n{", b"{\"id\":1}\n{\"id\":null}\n[]"] {
            assert_eq!(lines_in(odd, &wanted(&["/sub/a"])).unwrap(), HashMap::new());
        }
    }
}
