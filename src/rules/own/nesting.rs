//! How deep an expression nests, told from its text alone: the parser and everything behind it call themselves once a
//! level, and a text that nests without end would take the stack away.

use super::fault::Place;

/// Bytes of one expression.
pub(super) const LONGEST: usize = 4096;
/// Levels of one expression: brackets, and operators, selections and conditions that hang on each other.
pub(super) const DEEPEST: usize = 32;

/// What is open: a bracket, or the expression as a whole.
#[derive(Default)]
struct Level {
    /// `a ? b : c ? d : e` nests to the right.
    conditions: usize,
    /// `a + b + c` nests to the left. `&&` and `||` do not nest: the parser balances them.
    operators: usize,
    /// `a.b[0].c()` nests to the left.
    selections: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.conditions + self.operators + self.selections
    }
}

/// Refuses an expression that is longer than [`LONGEST`] or nests deeper than [`DEEPEST`]. What is no expression may
/// pass; the parser says so.
pub(super) fn check(source: &str) -> Result<(), (Place, String)> {
    if source.len() > LONGEST {
        let message = format!("an expression has at most {LONGEST} bytes, and this one has {}", source.len());
        return Err((Place::at(0), message));
    }
    let mut levels = vec![Level::default()];
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let place = Place::at(source.len() - rest.len());
        let taken = match next {
            '"' | '\'' => text(rest, false).ok_or_else(|| (place, "this text is not closed".to_owned()))?,
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '0'..='9' => number(rest),
            _ if next.is_alphabetic() || next == '_' => {
                let (taken, closed) = word(rest, &mut levels);
                if !closed {
                    return Err((place, "this text is not closed".to_owned()));
                }
                taken
            }
            _ => sign(rest, next, &mut levels),
        };
        if levels.iter().map(Level::depth).sum::<usize>() > DEEPEST {
            let message = format!("an expression nests at most {DEEPEST} deep; make two rules of this one");
            return Err((place, message));
        }
        rest = rest.get(taken.max(next.len_utf8())..).unwrap_or_default();
    }
    Ok(())
}

/// The length of a text in quotes; `None` when it does not end.
fn text(rest: &str, raw: bool) -> Option<usize> {
    let quote = rest.get(..1)?;
    let triple = quote.repeat(3);
    let is_long = rest.starts_with(&triple);
    let end = if is_long { triple.as_str() } else { quote };
    let mut at = end.len();
    loop {
        let here = rest.get(at..)?;
        if here.starts_with(end) {
            return Some(at + end.len());
        }
        let next = here.chars().next()?;
        if !is_long && matches!(next, '\n' | '\r') {
            return None;
        }
        at += next.len_utf8();
        if next == '\\' && !raw {
            at += rest.get(at..)?.chars().next()?.len_utf8();
        }
    }
}

fn number(rest: &str) -> usize {
    rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len())
}

/// A word: an operator, the prefix of a text, or a name. Says too whether the text behind it is closed.
fn word(rest: &str, levels: &mut [Level]) -> (usize, bool) {
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (word, behind) = rest.split_at(end);
    let is_prefix = matches!(word.to_ascii_lowercase().as_str(), "r" | "b" | "br" | "rb");
    if is_prefix && behind.starts_with(['"', '\'']) {
        return match text(behind, word.contains(['r', 'R'])) {
            Some(length) => (end + length, true),
            None => (end, false),
        };
    }
    if let (true, Some(level)) = (word == "in", levels.last_mut()) {
        level.operators += 1;
        level.selections = 0;
    }
    (end, true)
}

/// Everything else; gives the bytes that were taken.
fn sign(rest: &str, next: char, levels: &mut Vec<Level>) -> usize {
    if matches!(next, ')' | ']' | '}') && levels.len() > 1 {
        levels.pop();
        return 1;
    }
    let Some(level) = levels.last_mut() else { return 1 };
    if rest.starts_with("&&") || rest.starts_with("||") {
        (level.operators, level.selections) = (0, 0);
        return 2;
    }
    match next {
        '(' | '[' | '{' => {
            level.selections += 1;
            levels.push(Level::default());
        }
        ',' => *level = Level::default(),
        '.' => level.selections += 1,
        '?' => *level = Level { conditions: level.conditions + 1, ..Level::default() },
        ':' => (level.operators, level.selections) = (0, 0),
        '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' => {
            level.operators += 1;
            level.selections = 0;
            return if rest.get(1..2) == Some("=") { 2 } else { 1 };
        }
        _ => {}
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_deep(source: &str) -> bool {
        check(source).is_err_and(|(_, message)| message.contains("nests"))
    }

    #[test]
    fn whatever_nests_is_counted() {
        for (one, other) in
            [("(", ")"), ("[", "]"), ("!", ""), ("-", ""), ("f(", ")"), ("a ? b : ", ""), ("x.map(y, ", ")")]
        {
            let nested = |n: usize| format!("{}a{}", one.repeat(n), other.repeat(n));
            assert!(!is_deep(&nested(14)), "{one}");
            assert!(is_deep(&nested(40)), "{one}");
        }
        for link in [".a", "[0]", "()", " + a", " == a", " in a", " * a", " ? b : c"] {
            assert!(!is_deep(&format!("a{}", link.repeat(12))), "{link}");
            assert!(is_deep(&format!("a{}", link.repeat(40))), "{link}");
        }
    }

    #[test]
    fn what_stands_side_by_side_does_not_nest() {
        let many = |one: &str| format!("[{}a]", one.repeat(60));
        for one in ["a.b.c, ", "a.b == 'x' && ", "f(a, !b) || ", "'((((((', ", "r'\\', ", "\"\\\"((\", "] {
            assert_eq!(check(&many(one)), Ok(()), "{one}");
        }
        assert_eq!(check(&format!("// {}\na", "(".repeat(99))), Ok(()));
        assert_eq!(check(&format!("'''{}\n'''", "(".repeat(99))), Ok(()));
    }

    #[test]
    fn texts_end_where_the_parser_lets_them_end() {
        for open in ["'a", "'a\n((((", "\"", "'''a'", "r'", "'a\\", "b\"a\n\""] {
            assert!(check(open).is_err_and(|(_, message)| message.contains("not closed")), "{open}");
        }
        assert!(check(&" ".repeat(LONGEST + 1)).is_err());
        assert_eq!(check(&"é".repeat(LONGEST / 2)), Ok(()));
    }
}
