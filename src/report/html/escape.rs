//! What templates do to every text they show, so that none can be forgotten.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use crate::report::text;

/// Makes characters that act instead of being shown visible, then those that HTML gives a meaning harmless: in
/// content and in quoted attributes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inert;

impl Escaper for Inert {
    fn write_escaped_str<W: Write>(&self, mut dest: W, string: &str) -> fmt::Result {
        let safe = text::inert(string);
        let mut rest: &str = &safe;
        while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
            let (plain, from) = rest.split_at(at);
            dest.write_str(plain)?;
            let mut chars = from.chars();
            dest.write_str(match chars.next() {
                Some('<') => "&lt;",
                Some('>') => "&gt;",
                Some('&') => "&amp;",
                Some('"') => "&quot;",
                _ => "&#39;",
            })?;
            rest = chars.as_str();
        }
        dest.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        Inert.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn nothing_acts() {
        assert_eq!(escaped("plain ünï 東京"), "plain ünï 東京");
        assert_eq!(
            escaped("</script><img src=x onerror='a(\"1\")'>&"),
            "&lt;/script&gt;&lt;img src=x onerror=&#39;a(&quot;1&quot;)&#39;&gt;&amp;"
        );
        assert_eq!(escaped("a\u{1b}[2J\u{202e}b\n"), r"a\u{1b}[2J\u{202e}b\u{a}");
    }
}
