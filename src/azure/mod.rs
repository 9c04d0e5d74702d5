//! Reading Azure: asynchronous, and it may fail half-way. Knows nothing of topology or rules.

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum AzureError {}

impl AzureError {
    /// What to do next.
    pub fn help(&self) -> String {
        match *self {}
    }
}
