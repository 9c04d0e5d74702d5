//! What ought to be: one small function a rule.

/// A rule page that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("rule page {id}: {reason}")]
pub struct PageError {
    pub id: String,
    pub reason: String,
}
