//! Boxes and courses for a terminal that takes no more than ASCII: each character stays one column wide.

use std::io::{self, Write};

/// Whether the environment says that the terminal takes UTF-8. POSIX: LC_ALL comes before LC_CTYPE, and that before
/// LANG. Where none is set, as in most containers, nobody has said, and terminals that do not take it are rare. Consoles of
/// Windows take it whatever they say.
pub(super) fn takes_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    let locale = given("LC_ALL").or_else(|| given("LC_CTYPE")).or_else(|| given("LANG"));
    let utf8 = |locale: String| {
        let plain = locale.to_ascii_lowercase().replace('-', "");
        plain.contains("utf8")
    };
    cfg!(windows) || locale.is_none_or(utf8)
}

/// Writes text on, its drawings as ASCII; letters stay as they are.
pub(super) struct Drawn<W> {
    out: W,
    /// The first bytes of a character of which the rest is still to come.
    rest: Vec<u8>,
}

impl<W: Write> Drawn<W> {
    pub(super) fn new(out: W) -> Self {
        Drawn { out, rest: Vec::new() }
    }
}

impl<W: Write> Write for Drawn<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.rest);
        all.extend_from_slice(bytes);
        let mut drawn = String::with_capacity(all.len());
        for chunk in all.utf8_chunks() {
            drawn.extend(chunk.valid().chars().map(drawn_as));
            // What is cut off at the end is kept; what is no text anywhere is nothing that a report holds.
            self.rest = chunk.invalid().to_vec();
        }
        self.out.write_all(drawn.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn drawn_as(c: char) -> char {
    match c {
        '─' => '-',
        '│' => '|',
        '┌' | '┬' | '┐' | '├' | '┼' | '┤' | '└' | '┴' | '┘' => '+',
        '→' => '>',
        '…' => '~',
        '·' => ' ',
        '▁' => '_',
        '▂' => '.',
        '▃' => '-',
        '▄' => '=',
        '▅' => '+',
        '▆' => '*',
        '▇' => '%',
        '█' => '#',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawings_become_ascii_however_they_are_cut() {
        let text = "┌─┐│ unicode: ünï ·▁▂▃▄▅▆▇█ → …";
        for size in 1..8 {
            let mut out = Drawn::new(Vec::new());
            for part in text.as_bytes().chunks(size) {
                out.write_all(part).unwrap();
            }
            assert_eq!(String::from_utf8(out.out).unwrap(), "+-+| unicode: ünï  _.-=+*%# > ~", "{size}");
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn the_locale_says_what_a_terminal_takes() {
        let takes = |pairs: &[(&str, &str)]| {
            takes_unicode(|name| pairs.iter().find(|pair| pair.0 == name).map(|pair| pair.1.to_owned()))
        };
        assert!(takes(&[("LANG", "de_DE.UTF-8")]));
        assert!(takes(&[("LC_CTYPE", "C.utf8"), ("LANG", "C")]));
        assert!(takes(&[("LC_ALL", ""), ("LANG", "C.UTF-8")]));
        assert!(!takes(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]));
        assert!(!takes(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(takes(&[]));
    }
}
