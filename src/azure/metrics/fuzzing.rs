//! The body of an answer as one about metrics, in both forms.

use super::answer;
use crate::azure::fuzzing::is_kept;
use crate::inventory::{Measure, ResourceId, Window};

/// Reads a body; `of` is what it may be about.
pub(in crate::azure) fn answer(body: &[u8], of: &ResourceId) {
    let window = "7d".parse().ok().and_then(|span| Window::before("2026-01-15T08:00:00Z", span));
    let Some(window) = window else { return };
    for measure in Measure::ALL {
        let alone = answer::single(body, of, measure, window).ok();
        is_kept(alone.as_slice());
        for (whose, told) in answer::batch(body, measure, window).unwrap_or_default() {
            // Who was not asked about is passed over.
            if let (Ok(resource), true) = (told, whose == *of) {
                is_kept(&[resource]);
            }
        }
    }
}
