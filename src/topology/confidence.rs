//! How sure what is concluded is. Knows nothing of what is concluded.

use serde::{Deserialize, Serialize};

/// How sure a conclusion is. Ordered: the surest first, so that the lesser of two is their maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Reported at the rule's severity.
    Certain,
    /// Reported as a warning at most.
    Probable,
    /// Reported as info at most.
    Possible,
}

impl Confidence {
    pub fn name(self) -> &'static str {
        match self {
            Confidence::Certain => "certain",
            Confidence::Probable => "probable",
            Confidence::Possible => "possible",
        }
    }
}
