//! Traces as pictures: Mermaid and Graphviz. Every text becomes a quoted label in which nothing acts.

use std::io::{self, Write};

use crate::report::text::{prose, words};
use crate::trace::{Trace, Verdict, Way};

/// One box of a picture.
struct Node {
    id: String,
    label: String,
    color: &'static str,
}

/// The boxes of a trace, each pointing at the next; a trace of several servers is several chains.
fn chains(number: usize, trace: &Trace) -> Vec<Vec<Node>> {
    let node = |id: String, label: String, color| Node { id, label, color };
    let start = || {
        let label = format!("{} asked from {}: {}", trace.fqdn, trace.network.name(), trace.setting);
        node(format!("t{number}"), label, PLAIN)
    };
    let chain = |(way_number, way): (usize, &Way)| {
        let steps = way.steps.iter().enumerate().map(|(step_number, step)| {
            let facts = step.facts.iter().map(|(key, value)| format!("; {} {value}", words(key)));
            let label = std::iter::once(step.text.clone()).chain(facts).collect();
            node(format!("t{number}w{way_number}s{step_number}"), label, PLAIN)
        });
        let end = format!("{}: {}", way.verdict.title(), way.because);
        let end = node(format!("t{number}w{way_number}end"), end, color(way.verdict));
        std::iter::once(start()).chain(steps).chain([end]).collect()
    };
    trace.ways.iter().enumerate().map(chain).collect()
}

const PLAIN: &str = "#eeeeee";

fn color(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reachable => "#c8e6c9",
        Verdict::Unknown => "#e1bee7",
        Verdict::Public
        | Verdict::Unreachable
        | Verdict::WrongAddress
        | Verdict::NxDomain
        | Verdict::NoAnswer => "#ffcdd2",
    }
}

pub(super) fn mermaid(traces: &[Trace], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart TD")?;
    for chain in traces.iter().enumerate().flat_map(|(number, trace)| chains(number, trace)) {
        for node in &chain {
            writeln!(out, "    {}[\"{}\"]", node.id, mermaid_label(&node.label))?;
            writeln!(out, "    style {} fill:{},color:#000000", node.id, node.color)?;
        }
        let ids: Vec<&str> = chain.iter().map(|node| node.id.as_str()).collect();
        writeln!(out, "    {}", ids.join(" --> "))?;
    }
    Ok(())
}

/// Mermaid reads entities in a quoted label, and HTML where it is let.
fn mermaid_label(text: &str) -> String {
    let mut label = String::new();
    for c in prose(text).chars() {
        match c {
            c if c.is_alphanumeric() || " .,:()-_/*".contains(c) => label.push(c),
            c => label.push_str(&format!("#{};", u32::from(c))),
        }
    }
    label
}

pub(super) fn dot(traces: &[Trace], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph traces {{")?;
    writeln!(out, "    node [shape=box, style=filled, fontname=\"sans-serif\"];")?;
    for chain in traces.iter().enumerate().flat_map(|(number, trace)| chains(number, trace)) {
        for node in &chain {
            let label = dot_label(&node.label);
            writeln!(out, "    {} [label=\"{label}\", fillcolor=\"{}\"];", node.id, node.color)?;
        }
        let ids: Vec<&str> = chain.iter().map(|node| node.id.as_str()).collect();
        writeln!(out, "    {};", ids.join(" -> "))?;
    }
    writeln!(out, "}}")
}

fn dot_label(text: &str) -> String {
    // Graphviz reads entities in a label.
    prose(text).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_end_where_they_should() {
        assert_eq!(mermaid_label("a\"]; b --> <img>"), "a#34;#93;#59; b --#62; #60;img#62;");
        assert_eq!(dot_label("a\\\" ]"), "a\\\\\\\" ]");
    }
}
