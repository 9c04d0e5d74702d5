//! Text that acts on nothing where it is shown: no terminal, and no log of a CI that takes lines for commands. Knows
//! nothing of what the text is about.

use std::borrow::Cow;

/// Whether a character acts on what shows it instead of being shown: controls (C0, DEL, C1), marks that turn
/// the direction of writing, and characters without any width, behind which two names can look alike.
fn is_hostile(c: char) -> bool {
    // Unicode: general category Cc, Bidi_Control, Default_Ignorable_Code_Point, and the line separators.
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether the mark at this place, with the same mark before it, begins what the log of a CI obeys:
///
/// * `##vso[…]`, wherever it stands on a line of stdout or stderr (Azure Pipelines: logging commands; the agent's
///   `Command.cs` searches the line); `##[…]`, which GitHub's runner still takes anywhere (`ActionCommand.cs`) and
///   Azure Pipelines formats by; `##teamcity[…]` (`TeamCity`: service messages).
/// * `::name …::`, where only blanks stand before it (GitHub docs: workflow commands). A long text is wrapped, so that
///   any word of it may come to begin a line. IPv6 addresses have the same two colons, and hexadecimal digits behind.
fn is_command(text: &str, at: usize, mark: char) -> bool {
    let Some((before, rest)) = text.split_at_checked(at) else { return false };
    let Some(rest) = rest.strip_prefix(mark).filter(|_| before.ends_with(mark)) else { return false };
    let is_name = |c: char| c.is_ascii_alphabetic() || c == '-' && mark == ':';
    let behind = rest.trim_start_matches(is_name);
    let name = rest.strip_suffix(behind).unwrap_or_default();
    match mark {
        '#' => behind.starts_with('['),
        _ => behind.starts_with([' ', ':']) && name.bytes().any(|c| !c.is_ascii_hexdigit() && c != b'-'),
    }
}

/// Whether all of a text is shown as it is, by its bytes alone; most texts are.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'#' && byte != b':')
}

/// The characters of a text that act, and where they stand.
pub(crate) fn acting(text: &str) -> impl Iterator<Item = (usize, char)> {
    let text = if is_plain(text) { "" } else { text };
    text.char_indices().filter(move |(at, c)| match c {
        '#' | ':' => is_command(text, *at, *c),
        c => is_hostile(*c),
    })
}

/// The text with every character that could act as a visible escape: `\u{1b}`. Doing it twice changes nothing more.
pub fn inert(text: &str) -> Cow<'_, str> {
    replaced(text, acting(text), |c, safe| safe.extend(c.escape_unicode()))
}

/// JSON, in which every character of a string that could act is an escape: the same values to any parser.
pub(crate) fn inert_json(json: &str) -> Cow<'_, str> {
    // Between strings stand blanks, tabs and line breaks; inside of one, JSON has no such characters.
    let inside = acting(json).filter(|(_, c)| *c >= ' ');
    replaced(json, inside, |c, safe| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            safe.push_str(&format!("\\u{unit:04x}"));
        }
    })
}

fn replaced(
    text: &str,
    acting: impl Iterator<Item = (usize, char)>,
    escape: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut done = 0;
    for (at, c) in acting {
        safe.push_str(text.get(done..at).unwrap_or_default());
        escape(c, &mut safe);
        done = at + c.len_utf8();
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    safe.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_become_visible() {
        assert_eq!(inert("plain ünïcode 東京 🚀"), "plain ünïcode 東京 🚀");
        assert_eq!(inert("a\u{1b}[31mb\n\t\0"), r"a\u{1b}[31mb\u{a}\u{9}\u{0}");
        assert_eq!(inert("a\u{202e}b\u{9b}c\u{200b}d\u{7f}"), r"a\u{202e}b\u{9b}c\u{200b}d\u{7f}");
    }

    #[test]
    fn commands_of_logs_are_broken() {
        for (text, shown) in [
            ("x ##vso[task.setvariable variable=a]b", r"x #\u{23}vso[task.setvariable variable=a]b"),
            ("##[error]x", r"#\u{23}[error]x"),
            ("###[group]", r"##\u{23}[group]"),
            ("##teamcity[x]", r"#\u{23}teamcity[x]"),
            ("#\u{200d}#vso[", r"#\u{200d}#vso["),
            ("::error::x", r":\u{3a}error::x"),
            ("a ::add-mask::x", r"a :\u{3a}add-mask::x"),
            ("::ERROR file=a::x", r":\u{3a}ERROR file=a::x"),
            ("::::set-output name=a::x", r":::\u{3a}set-output name=a::x"),
        ] {
            assert_eq!(inert(text), shown);
            assert_eq!(inert(shown), shown, "nothing is escaped twice");
        }
    }

    #[test]
    fn headings_and_addresses_stay() {
        for text in [
            "## What it finds",
            "### [a link]",
            "##",
            "#12 #[x]",
            "::1",
            "fd00::4",
            "fd00::abcd, fe80::a%eth0",
            "http://[::ffff:10.0.0.4]:80/",
            "fd00::a-fd00::b",
            "a: b:: c",
            "a::b, Contoso::Widget",
        ] {
            assert_eq!(inert(text), text);
        }
    }

    #[test]
    fn json_stays_the_same_value() {
        let json = "{\n\t\"a\\\\##vso[x]\": \"\u{9b}\u{202e}\u{7f}::error::\u{e0041}\"\r\n}";
        let safe = inert_json(json);
        assert!(!safe.contains("##vso[") && !safe.chars().any(|c| c >= ' ' && is_hostile(c)), "{safe}");
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&safe), value(json));
        assert!(safe.starts_with("{\n\t\"") && safe.ends_with("\r\n}"), "what stands outside stays");
        assert!(matches!(inert_json("{\"a\":\"::1 #\"}"), Cow::Borrowed(_)));
    }
}
