//! How much went through what was measured: the least first, each with a plot of its own. The plots are drawn from
//! numbers alone.

use std::fmt::Write;

use askama::Template;

use crate::finding::{Flow, Report};
use crate::report::table::Names;
use crate::report::traffic::{busiest, bytes, fit, quietest, sentence};

/// So many of the quietest and of the busiest are shown.
const ROWS: usize = 100;

/// The size of a plot, and the most bars in it.
const WIDTH: usize = 160;
const HEIGHT: f64 = 28.0;
const BARS: usize = 80;

/// The part of the page about traffic.
#[derive(Template)]
#[template(path = "traffic.html")]
pub(super) struct TrafficView {
    sentence: String,
    lists: Vec<List>,
}

struct List {
    title: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    id: String,
    bytes_in: String,
    bytes_out: String,
    is_silent: bool,
    /// Markup, of numbers alone.
    plot: String,
}

impl TrafficView {
    /// `None` where traffic was not asked for.
    pub fn new(report: &Report, names: &Names<'_>) -> Option<Self> {
        let traffic = report.traffic.as_ref()?;
        let rows = |flows: Vec<&Flow>| flows.into_iter().map(|flow| row(flow, names)).collect();
        let all = traffic.flows.len();
        let lists = match all {
            0 => Vec::new(),
            1..=ROWS => vec![List {
                title: format!("All {all}, the least first"),
                rows: rows(quietest(traffic, ROWS)),
            }],
            _ => vec![
                List {
                    title: format!("The {ROWS} with least of {all}"),
                    rows: rows(quietest(traffic, ROWS)),
                },
                List { title: format!("The {ROWS} with most of {all}"), rows: rows(busiest(traffic, ROWS)) },
            ],
        };
        Some(TrafficView { sentence: sentence(traffic), lists })
    }
}

fn row(flow: &Flow, names: &Names<'_>) -> Row {
    let course: Vec<f64> = flow.course.iter().map(|step| *step as f64).collect();
    Row {
        name: names.resource(&flow.id),
        id: flow.id.to_string(),
        bytes_in: bytes(flow.bytes_in),
        bytes_out: bytes(flow.bytes_out),
        is_silent: flow.total() == 0,
        plot: plot(&course),
    }
}

/// A course as bars, its highest step the highest bar.
pub(super) fn plot(course: &[f64]) -> String {
    let steps = fit(course, BARS);
    let most = steps.iter().copied().fold(0.0, f64::max);
    let wide = WIDTH as f64 / steps.len().max(1) as f64;
    let mut path = String::new();
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| **step > 0.0) {
        // The least that can be seen: something is not nothing.
        let high = (step / most * HEIGHT).clamp(1.0, HEIGHT);
        let (left, gap) = (at as f64 * wide, if wide > 3.0 { 1.0 } else { 0.0 });
        let _ = write!(path, "M{left:.1} {HEIGHT:.1}v-{high:.1}h{:.1}v{high:.1}z", wide - gap);
    }
    format!(
        "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=\"ground\" d=\"M0 {HEIGHT}h{WIDTH}\"/>\
         <path class=\"bars\" d=\"{path}\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_is_numbers_alone() {
        for course in [vec![], vec![0.0; 3], vec![1.0, 0.0, 2.0], vec![1e300, 5e-324], vec![f64::NAN]] {
            let svg = plot(&course);
            let drawn = svg.split("class=\"bars\" d=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(drawn.chars().all(|c| c.is_ascii_digit() || "Mvhz .-".contains(c)), "{svg}");
            assert_eq!(
                drawn.matches('M').count(),
                course.iter().filter(|step| **step > 0.0).count(),
                "{svg}"
            );
        }
    }

    #[test]
    fn the_highest_step_is_the_highest_bar() {
        assert!(plot(&[1.0, 2.0]).contains("M0.0 28.0v-14.0h79.0v14.0zM80.0 28.0v-28.0h79.0v28.0z"));
        assert!(plot(&[1.0, 1e9]).contains("v-1.0h"), "something is not nothing");
    }
}
