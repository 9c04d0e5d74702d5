//! A text that keeps below a bound: pieces go in whole or not at all. Knows nothing of what they say.

use crate::report::text::count;

/// What [`Bounded::told`] takes, at most.
const TOLD: usize = 100;

/// A text of at most so many bytes.
pub(super) struct Bounded {
    text: String,
    limit: usize,
}

impl Bounded {
    /// An empty text of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Bounded { text: String::new(), limit }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many more bytes fit.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.text.len())
    }

    /// Adds a short piece of our own, for which there is always room below a part's bound.
    pub fn must(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// Adds rows while the text stays below `bound`; gives how many are left out. No row after one that does not fit
    /// is added: the worst come first.
    pub fn rows(&mut self, bound: usize, rows: impl ExactSizeIterator<Item = String>) -> usize {
        let mut left = rows.len();
        for row in rows {
            if self.text.len() + row.len() > bound.min(self.limit) {
                break;
            }
            self.text.push_str(&row);
            left -= 1;
        }
        left
    }

    /// Says how many are left out, where any are.
    pub fn told(&mut self, left: usize, noun: &str) {
        if left > 0 {
            self.text.push_str(&left_out(left, noun));
        }
    }

    /// Adds what begins, as many rows as fit, and what ends, so that `reserve` bytes stay free; gives how many rows
    /// are left out.
    pub fn list(
        &mut self,
        list: &List,
        rows: impl ExactSizeIterator<Item = String>,
        reserve: usize,
    ) -> usize {
        let room = self.room().saturating_sub(reserve);
        let Some(room) = room.checked_sub(list.least()) else { return rows.len() };
        self.text.push_str(&list.start);
        let left = self.rows(self.text.len() + room, rows);
        if left > 0 {
            self.text.push('\n');
        }
        self.told(left, "more finding");
        self.text.push_str(&list.end);
        left
    }
}

/// What stands around the rows of a list.
pub(super) struct List {
    pub start: String,
    pub end: String,
}

impl List {
    /// The bytes it takes without any row.
    pub fn least(&self) -> usize {
        self.start.len() + self.end.len() + TOLD
    }
}

/// A paragraph that says how many are left out.
fn left_out(left: usize, noun: &str) -> String {
    format!("… and {}, left out here.\n\n", count(left, noun))
}
