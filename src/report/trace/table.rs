//! Traces for people: a line a step, the verdict last; then what may be missing.

use std::io::{self, Write};

use crate::report::Style;
use crate::report::table::{Page, Paint};
use crate::report::text::{prose, words};
use crate::trace::{Step, Trace, Verdict, Way};

pub(super) fn write(
    traces: &[Trace],
    notes: &[String],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = &mut Page::new(out, style);
    for trace in traces {
        one(page, trace)?;
        page.blank()?;
    }
    notes.iter().try_for_each(|note| page.paragraph("! ", &prose(note), Paint::Unknown))
}

fn one(page: &mut Page<'_>, trace: &Trace) -> io::Result<()> {
    let title = format!("{} asked from {}", trace.fqdn, trace.network.name());
    page.paragraph("", &title, Paint::Strong)?;
    for line in trace.summary() {
        page.paragraph("  ", &prose(&line), Paint::Plain)?;
    }
    for (number, way) in trace.ways.iter().enumerate() {
        if trace.ways.len() > 1 {
            let title = format!("server {} of {}", number + 1, trace.ways.len());
            page.paragraph("  ", &title, Paint::Strong)?;
        }
        steps(page, way)?;
        if trace.ways.len() > 1 {
            verdict(page, "     ", way.verdict, &way.because)?;
        }
    }
    verdict(page, "=> ", trace.verdict, &trace.because)
}

fn steps(page: &mut Page<'_>, way: &Way) -> io::Result<()> {
    for (number, step) in way.steps.iter().enumerate() {
        page.paragraph(&format!("  {:>2} ", number + 1), &prose(&step.text), Paint::Plain)?;
        if let Some(facts) = facts(step) {
            page.paragraph("     ", &facts, Paint::Faint)?;
        }
    }
    Ok(())
}

fn facts(step: &Step) -> Option<String> {
    let facts: Vec<String> =
        step.facts.iter().map(|(key, value)| format!("{} {}", words(key), prose(value))).collect();
    (!facts.is_empty()).then(|| facts.join(", "))
}

fn verdict(page: &mut Page<'_>, mark: &str, verdict: Verdict, because: &str) -> io::Result<()> {
    page.paragraph(mark, &format!("{}: {}", verdict.title(), prose(because)), paint(verdict))
}

fn paint(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Reachable => Paint::Good,
        Verdict::Unknown => Paint::Unknown,
        Verdict::Public
        | Verdict::Unreachable
        | Verdict::WrongAddress
        | Verdict::NxDomain
        | Verdict::NoAnswer => Paint::Error,
    }
}
