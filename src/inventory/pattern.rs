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

impl IdPattern {
    /// Takes a pattern as written.
    pub fn new(text: &str) -> Result<Self, PatternFault> {
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
