//! What is wrong with a page, and where.

use std::ops::Range;

/// A place in a text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(usize);

impl Place {
    pub fn at(byte: usize) -> Self {
        Place(byte)
    }

    pub fn of(span: &Range<usize>) -> Self {
        Place(span.start)
    }

    /// The line in `text`, from 1.
    pub fn line(self, text: &str) -> usize {
        let before = text.as_bytes().get(..self.0).unwrap_or(text.as_bytes());
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }
}

/// One thing that is wrong with a page or a folder of pages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// As it was named; hostile.
    pub file: String,
    /// From 1; `None` where it is the file or the folder as a whole.
    pub line: Option<usize>,
    /// May hold text of the page: hostile.
    pub message: String,
}
