//! Patterns over resource ids, as people write them into a configuration.

use globset::{GlobBuilder, GlobMatcher};

use super::ResourceId;

/// A pattern over ARM ids, without regard to case. `*` stands for any text, slashes included, `?` for one character of
/// ASCII: of others it takes a byte.
#[derive(Debug, Clone)]
pub struct IdPattern {
    text: String,
    matcher: GlobMatcher,
}

/// A pattern that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is no pattern: {reason}")]
pub struct PatternFault {
    pub pattern: String,
    pub reason: String,
}

/// Bytes of one pattern.
const LONGEST: usize = 4096;
/// Choices that may stand in one another, `{a,{b,c}}`: what makes patterns of texts calls itself for each.
const DEEPEST: usize = 16;

impl IdPattern {
    /// Takes a pattern as written.
    pub fn new(text: &str) -> Result<Self, PatternFault> {
        if let Some(reason) = beyond(text) {
            return Err(PatternFault { pattern: text.chars().take(60).chain(['…']).collect(), reason });
        }
        // Two stars say no more than one; as parts of a path they would, to whom the pattern is handed.
        let mut plain = text.to_owned();
        while plain.contains("**") {
            plain = plain.replace("**", "*");
        }
        let glob = GlobBuilder::new(&plain).case_insensitive(true).literal_separator(false).build();
        let fault = |error: globset::Error| PatternFault {
            pattern: text.to_owned(),
            reason: error.kind().to_string(),
        };
        Ok(IdPattern { text: text.to_owned(), matcher: glob.map_err(fault)?.compile_matcher() })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it fits an id.
    pub fn matches(&self, id: &ResourceId) -> bool {
        self.matches_text(id.as_str())
    }

    /// Whether it fits a text.
    pub fn matches_text(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }
}

/// Why a pattern is not even tried.
fn beyond(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return Some(format!("it has {} bytes, and {LONGEST} are the most", text.len()));
    }
    let mut open = 0_usize;
    for character in text.chars() {
        match character {
            '{' => open += 1,
            '}' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > DEEPEST {
            return Some(format!("its choices nest deeper than {DEEPEST} levels"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_nest_and_grow_within_bounds() {
        let nested = |n: usize| format!("{}b{}", "{a,".repeat(n), "}".repeat(n));
        assert!(IdPattern::new(&nested(DEEPEST)).is_ok_and(|pattern| pattern.matches_text("B")));
        assert!(IdPattern::new(&"{a,b}".repeat(50)).is_ok());
        for (text, why) in [
            (nested(DEEPEST + 1), "nest deeper"),
            ("{".repeat(LONGEST), "nest deeper"),
            ("a".repeat(LONGEST + 1), "4097 bytes"),
        ] {
            let fault = IdPattern::new(&text).map(|_| ()).unwrap_err().to_string();
            assert!(fault.contains(why) && fault.len() < 200, "{fault}");
        }
    }
}
