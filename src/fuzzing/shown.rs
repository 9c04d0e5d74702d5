//! What was found, in every form in which it is shown. What is JSON can be read as such; a report can be read back.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::diff::{Diff, Run};
use crate::facts::{Facts, Subject, rows};
use crate::finding::Report;
use crate::names::Names;
use crate::report::{
    self, Background, Format, SourceLines, Style, diff, facts, names, read_former, read_run, trace,
};
use crate::rules::Rule;
use crate::topology::Topology;
use crate::topology::zones::ZoneTable;
use crate::trace::{Trace, explaining};

/// Traces in one report: each may take as long as all rules.
const TRACES: usize = 4;

/// A report in every format, with all that stands behind it.
pub fn report(topology: &Topology, table: &ZoneTable, report: &Report, rules: &[Rule]) {
    let explained = report.findings.iter().filter_map(|finding| {
        let trace = explaining(topology, table, finding)?;
        Some((finding.fingerprint.clone(), trace))
    });
    let traces: HashMap<String, Trace> = explained.take(TRACES).collect();
    let all: Vec<Trace> = traces.values().cloned().collect();
    let wanted = SourceLines::wanted(report).into_iter().zip(1..).collect();
    // Pages are ours, and take longer to show than all else; those of rules that found nothing say nothing new.
    let found: HashSet<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    let pages = rules.iter().map(|rule| &rule.page).filter(|page| found.contains(page.id));
    let background = Background {
        pages: pages.cloned().collect(),
        facts: Some(Facts::of(topology)),
        traces,
        lines: Some(SourceLines { file: "estate.jsonl".to_owned(), lines: wanted }),
    };
    let style = Style { color: true, width: Some(100) };
    for format in Format::ALL {
        let mut written = Vec::new();
        report::write(report, &background, format, &style, &mut written).expect("memory can be written to");
        match format {
            Format::Json => is_read_back(report, &written),
            Format::Sarif => is_json(&written),
            _ => {}
        }
    }
    for format in trace::Format::ALL {
        trace::write(&all, &report.notes, format, &style, &mut Vec::new()).expect("memory can be written to");
    }
}

/// What can be shown of an estate that was not judged.
pub fn estate(topology: &Topology) {
    let found = Names::of(topology);
    for format in names::Format::ALL {
        names::left_out(&found, format);
        names::write(&found, format, &Style::default(), &mut Vec::new()).expect("memory can be written to");
    }
    for row in Subject::ALL.into_iter().flat_map(|subject| rows(topology, subject)) {
        let mut line = Vec::new();
        facts::write(&row, &mut line).expect("memory can be written to");
        is_json(&line);
    }
}

/// A comparison in every format.
pub fn comparison(diff: &Diff<'_>) {
    for format in diff::FORMATS {
        let mut written = Vec::new();
        let sources = diff::Sources::default();
        diff::write(diff, &sources, format, &Style::default(), &mut written)
            .expect("memory can be written to");
        if format == Format::Json {
            is_json(&written);
        }
    }
}

/// A report that was read back says what it said, and nothing lies between the two.
fn is_read_back(report: &Report, written: &[u8]) {
    let former = read_former(written).expect("a report of our own");
    let counted = report.findings.iter().filter(|finding| finding.suppressed.is_none()).count();
    assert_eq!(former.findings.len(), counted);
    let (run, again) = (Run::of(report), read_run(written).expect("a report of our own"));
    assert_eq!(run.findings, again.findings);
    assert_eq!(run.coverage, again.coverage);
    let diff = Diff::of(&run, &again);
    assert!(diff.appeared.is_empty() && diff.mended.is_empty() && diff.unjudged.is_empty(), "{diff:?}");
    comparison(&diff);
}

fn is_json(written: &[u8]) {
    let read: Result<Value, _> = serde_json::from_slice(written);
    assert!(read.is_ok(), "{read:?}: {}", String::from_utf8_lossy(written));
}
