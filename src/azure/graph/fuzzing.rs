//! The body of an answer as one of Resource Graph's: every row in every way in which rows are read.

use super::answer::{self, Row};
use super::{Pages, row, targets};
use crate::azure::fuzzing::is_kept;
use crate::inventory::{Kind, ResourceId};

/// Reads a body; `asked` are targets that it may be about.
pub(in crate::azure) fn answer(body: &[u8], asked: &[ResourceId]) {
    let Ok(page) = answer::read(body) else { return };
    let sent = page.rows.len();
    let asked: Vec<&ResourceId> = asked.iter().filter(|id| Kind::of(id).is_some()).collect();
    let kinds: Vec<Kind> = asked.iter().filter_map(|id| Kind::of(id)).collect();
    let mut found = Vec::new();
    let mut take = |row: &Row<'_>| {
        found.extend(row::resource(row, &kinds));
        found.extend(row::subscription(row));
        found.extend(row::record(row).ok().and_then(|record| record.resource));
        if let Ok(target) = targets::indexed(row, &asked) {
            found.push(target.itself);
            found.extend(target.connections.into_iter().flatten());
        }
        Ok(())
    };
    let mut pages = Pages::default();
    pages.add(page, &mut take);
    assert!(pages.count <= sent as u64, "{} rows were counted, and {sent} were sent", pages.count);
    is_kept(&found);
}
