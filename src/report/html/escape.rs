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
        dest.write_str(&text::markup(string))
    }
}

/// A sentence as markup: what stands between backticks is code, and all of it is escaped.
pub(super) fn sentence(given: &str) -> String {
    let mut out = String::with_capacity(given.len() + 16);
    let mut put = |part: &str, tags: (&str, &str)| {
        out.push_str(tags.0);
        out.push_str(&text::markup(part));
        out.push_str(tags.1);
    };
    let mut rest = given;
    while let Some((before, (code, after))) =
        rest.split_once('`').and_then(|(before, from)| Some((before, from.split_once('`')?)))
    {
        put(before, ("", ""));
        match code.is_empty() {
            true => put("``", ("", "")),
            false => put(code, ("<code>", "</code>")),
        }
        rest = after;
    }
    put(rest, ("", ""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_are_code_and_stay_inert() {
        assert_eq!(sentence("`kv` in <b> says `a`"), "<code>kv</code> in &lt;b&gt; says <code>a</code>");
        assert_eq!(sentence("`<img src=x>`"), "<code>&lt;img src=x&gt;</code>");
        for plain in ["", "`", "a ` b", "``"] {
            assert_eq!(sentence(plain), plain);
        }
    }

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
