//! `plaudit schema`: the JSON Schema of what the commands write as JSON.

use super::stdout;
use crate::error::Failure;
use crate::report::schema::{self, Document};

/// Runs the command; gives its exit code.
pub(super) fn run(document: Document) -> Result<u8, Failure> {
    stdout(|out| schema::write(document, out))?;
    Ok(0)
}
