//! The snapshot file: JSON Lines with a header, resources as Azure returned them, and a footer.

/// Why a snapshot cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {}

impl SnapshotError {
    /// What to do next.
    pub fn help(&self) -> String {
        match *self {}
    }
}
