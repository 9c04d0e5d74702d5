//! Courses of traffic in a line of text, numbers of bytes for a person, and what is told first of many.

use serde_json::Value;

use crate::finding::{Flow, Traffic};

/// The heights of a step, from the lowest; a step with nothing in it is a dot.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const NOTHING: char = '·';

/// The most columns of a line.
pub(super) const CELLS: usize = 24;

/// A course as a line of blocks, its highest step the highest block. A longer one is drawn together, and each block is
/// as high as the highest of its steps.
pub(super) fn sparkline(course: &[f64]) -> String {
    let steps = fit(course, CELLS);
    let most = steps.iter().copied().fold(0.0, f64::max);
    steps.iter().map(|step| block(*step, most)).collect()
}

fn block(step: f64, most: f64) -> char {
    if step <= 0.0 || most <= 0.0 {
        return NOTHING;
    }
    let height = (step / most * HEIGHTS.len() as f64).ceil() as usize;
    HEIGHTS.get(height.saturating_sub(1)).copied().unwrap_or('█')
}

/// No more than so many steps, evenly drawn together.
pub(super) fn fit(course: &[f64], most: usize) -> Vec<f64> {
    let count = course.len().min(most);
    let bounds = |cell: usize| cell * course.len() / count.max(1);
    let cell = |cell: usize| course.get(bounds(cell)..bounds(cell + 1)).unwrap_or_default();
    (0..count).map(|at| cell(at).iter().copied().fold(0.0, f64::max)).collect()
}

/// A list of numbers that is a course.
pub(super) fn course(items: &[Value]) -> Option<Vec<f64>> {
    items.iter().map(Value::as_f64).collect()
}

/// A number of bytes in three digits: `0`, `512 B`, `1.50 MB`.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return if count == 0 { "0".to_owned() } else { format!("{count} B") };
    }
    let (mut value, mut unit) = (count as f64, 0);
    // What would be rounded up to four digits is one of the next unit.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {}", UNITS.get(unit).copied().unwrap_or_default())
}

/// What was measured in a sentence: `7 days up to 2026-11-20T16:00:00Z: 3 of 40 without any`.
pub(super) fn sentence(traffic: &Traffic) -> String {
    let all = traffic.flows.len();
    let silent = traffic.flows.iter().filter(|flow| flow.total() == 0).count();
    let said = match (all, silent) {
        (0, _) => "nothing was measured".to_owned(),
        (all, 0) => format!("all {all} that were measured had some"),
        (1, _) => "the only one that was measured had none".to_owned(),
        (all, silent) if silent == all => format!("none of {all} that were measured had any"),
        (all, silent) => format!("{silent} of {all} that were measured had none"),
    };
    format!("{} up to {}: {said}", traffic.span, traffic.until)
}

/// Those with least, the least first.
pub(super) fn quietest(traffic: &Traffic, most: usize) -> Vec<&Flow> {
    let mut flows: Vec<&Flow> = traffic.flows.iter().collect();
    flows.sort_by_key(|flow| flow.total());
    flows.truncate(most);
    flows
}

/// Those with most, the most first.
pub(super) fn busiest(traffic: &Traffic, most: usize) -> Vec<&Flow> {
    let mut flows: Vec<&Flow> = traffic.flows.iter().collect();
    flows.sort_by_key(|flow| std::cmp::Reverse(flow.total()));
    flows.truncate(most);
    flows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_a_line_of_blocks() {
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[0.0, 0.0]), "··");
        assert_eq!(sparkline(&[0.0, 1.0, 50.0, 100.0]), "·▁▄█");
        let long: Vec<f64> = (0..1000).map(f64::from).collect();
        assert_eq!(sparkline(&long).chars().count(), CELLS);
        assert!(sparkline(&long).ends_with('█'));
        let mut lone = vec![0.0; 1000];
        lone[517] = 1.0;
        assert_eq!(sparkline(&lone).matches('█').count(), 1, "no peak is lost");
        assert_eq!(sparkline(&[f64::NAN, f64::INFINITY]).chars().count(), 2);
    }

    #[test]
    fn bytes_have_three_digits() {
        for (count, text) in [
            (0, "0"),
            (1, "1 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9_994, "9.99 kB"),
            (9_996, "10.0 kB"),
            (99_960, "100 kB"),
            (999_400, "999 kB"),
            (999_500, "1.00 MB"),
            (1_234_567_890, "1.23 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(count), text, "{count}");
        }
    }
}
