//! Traces as pictures: Mermaid and Graphviz. Every text becomes a quoted label in which nothing acts.

use std::io::{self, Write};

use crate::report::text::{prose, words};
use crate::trace::{Trace, Verdict, Way};

/// One box of a picture.
struct Node {
    id: String,
    /// Lines.
    label: Vec<String>,
    color: &'static str,
}

/// Boxes, and chains of them in which each points at the next.
#[derive(Default)]
struct Picture {
    nodes: Vec<Node>,
    chains: Vec<Vec<String>>,
}

impl Picture {
    fn of(traces: &[Trace]) -> Self {
        let mut picture = Picture::default();
        for (number, trace) in traces.iter().enumerate() {
            picture.trace(&format!("t{number}"), trace);
        }
        picture
    }

    /// Adds a box; gives its id.
    fn node(&mut self, id: String, label: Vec<String>, color: &'static str) -> String {
        self.nodes.push(Node { id: id.clone(), label, color });
        id
    }

    /// Several servers are several chains, which start at the question and end in the whole verdict.
    fn trace(&mut self, id: &str, trace: &Trace) {
        let question = format!("{} asked from {}", trace.fqdn, trace.network.name());
        let label = std::iter::once(question).chain(trace.summary()).collect();
        let start = self.node(id.to_owned(), label, PLAIN);
        let mut ends: Vec<Vec<String>> = Vec::new();
        for (number, way) in trace.ways.iter().enumerate() {
            ends.push(self.way(&start, &format!("{id}w{number}"), way));
        }
        if trace.ways.len() != 1 {
            let end = vec![format!("{}: {}", trace.verdict.title(), trace.because)];
            let end = self.node(format!("{id}end"), end, color(trace.verdict));
            if ends.is_empty() {
                ends.push(vec![start]);
            }
            ends.iter_mut().for_each(|chain| chain.push(end.clone()));
        }
        self.chains.extend(ends);
    }

    fn way(&mut self, start: &str, id: &str, way: &Way) -> Vec<String> {
        let mut chain = vec![start.to_owned()];
        for (number, step) in way.steps.iter().enumerate() {
            let facts = step.facts.iter().map(|(key, value)| format!("{} {value}", words(key)));
            let label = std::iter::once(step.text.clone()).chain(facts).collect();
            chain.push(self.node(format!("{id}s{number}"), label, PLAIN));
        }
        let end = vec![format!("{}: {}", way.verdict.title(), way.because)];
        chain.push(self.node(format!("{id}end"), end, color(way.verdict)));
        chain
    }
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

pub(super) fn mermaid(traces: &[Trace], notes: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart TD")?;
    // Mermaid looks for directives in comments too, so that nothing may act in one either.
    notes.iter().try_for_each(|note| writeln!(out, "    %% {}", mermaid_label(note)))?;
    let picture = Picture::of(traces);
    for node in &picture.nodes {
        let label: Vec<String> = node.label.iter().map(|line| mermaid_label(line)).collect();
        writeln!(out, "    {}[\"{}\"]", node.id, label.join("<br/>"))?;
        writeln!(out, "    style {} fill:{},color:#000000", node.id, node.color)?;
    }
    picture.chains.iter().try_for_each(|chain| writeln!(out, "    {}", chain.join(" --> ")))
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

pub(super) fn dot(traces: &[Trace], notes: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph traces {{")?;
    notes.iter().try_for_each(|note| writeln!(out, "    // {}", prose(note)))?;
    writeln!(out, "    node [shape=box, style=filled, fontname=\"sans-serif\"];")?;
    let picture = Picture::of(traces);
    for node in &picture.nodes {
        let label: Vec<String> = node.label.iter().map(|line| dot_label(line)).collect();
        writeln!(out, "    {} [label=\"{}\", fillcolor=\"{}\"];", node.id, label.join("\\n"), node.color)?;
    }
    for chain in &picture.chains {
        writeln!(out, "    {};", chain.join(" -> "))?;
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
