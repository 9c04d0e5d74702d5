//! The pages of an answer of Resource Graph: what is taken from each, and the gaps that what goes wrong leaves.

use std::collections::HashSet;

use super::answer::{self, Row};
use super::row;
use crate::azure::client::Failed;
use crate::azure::paging;
use crate::inventory::{Gap, Kind, ResourceId};

/// More pages than any answer has: 10 000 pages of 1 000 rows.
const PAGES: usize = 10_000;

/// Something that went wrong with a query.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub failed: Failed,
    /// The row that is lost, where it is one, by what it says of itself.
    pub row: Option<ResourceId>,
}

impl Trouble {
    /// The gaps in lists of these kinds of these subscriptions: in one list where it is known which, else in all.
    pub(super) fn gaps(&self, kinds: &[Kind], batch: &[&str]) -> Vec<Gap> {
        let row = self.row.as_ref();
        let of = row.and_then(ResourceId::subscription).map(str::to_ascii_lowercase);
        let of: Vec<&str> = batch.iter().copied().filter(|id| of.as_deref() == Some(*id)).collect();
        let kind = row.and_then(Kind::of).filter(|kind| kinds.contains(kind));
        let kinds = kind.as_slice().first().map_or(kinds, |_| kind.as_slice());
        gaps(kinds, if of.is_empty() { batch } else { &of }, &self.failed)
    }
}

pub(super) fn gaps(kinds: &[Kind], subscriptions: &[&str], failed: &Failed) -> Vec<Gap> {
    let each = subscriptions.iter().flat_map(|id| kinds.iter().map(move |kind| (*id, *kind)));
    each.map(|(id, kind)| paging::gap_in(id, kind, failed.clone())).collect()
}

/// The pages of an answer while they are read.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub next: Option<String>,
    seen: HashSet<String>,
    /// Rows so far, each counted once.
    pub count: u64,
    last: Option<String>,
    pub troubles: Vec<Trouble>,
}

impl Pages {
    /// Takes the rows of a page; says whether another one follows.
    pub(super) fn add(
        &mut self,
        page: answer::Page<'_>,
        take: &mut dyn FnMut(&Row<'_>) -> Result<(), String>,
    ) -> bool {
        let first = self.count;
        for (index, row) in page.rows.iter().enumerate() {
            let taken = match row {
                Ok(row) if self.is_repeated(row) => continue,
                Ok(row) => take(row).map_err(|why| (why, row::id(row).ok())),
                Err(why) => Err((why.clone(), None)),
            };
            self.count += 1;
            if let Err((why, row)) = taken {
                let why = format!("row {} of an answer {why}", first + index as u64 + 1);
                self.troubles.push(Trouble { failed: paging::malformed("MalformedItem", &why), row });
            }
        }
        if page.truncated {
            self.trouble("ResultTruncated", "Resource Graph left rows out of its answer");
        }
        let Some(token) = page.next else {
            if self.count < page.total {
                let why = format!("Resource Graph counts {} rows and sent {}", page.total, self.count);
                self.trouble("MissingRows", &why);
            }
            return false;
        };
        if self.seen.len() >= PAGES || !self.seen.insert(token.clone()) {
            self.trouble("PagingLoop", "the answer leads on to a page already read");
            return false;
        }
        self.next = Some(token);
        true
    }

    /// Pages that overlap bring the row again that stood at their border, and have lost another for it.
    fn is_repeated(&mut self, row: &Row<'_>) -> bool {
        let id = row.get("id").map(|id| id.get().to_owned());
        let repeated = id.is_some() && id == self.last;
        self.last = id;
        repeated
    }

    pub(super) fn trouble(&mut self, code: &str, why: &str) {
        self.troubles.push(Trouble { failed: paging::malformed(code, why), row: None });
    }
}
