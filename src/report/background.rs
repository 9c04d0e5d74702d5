//! What a report can tell beside its findings. Each format takes what it can show.

use std::collections::{HashMap, HashSet};

use crate::facts::Facts;
use crate::finding::{Finding, Report};
use crate::inventory::ResourceId;
use crate::rules::Page;
use crate::trace::Trace;

/// What stands behind the findings of a report.
#[derive(Debug, Default)]
pub struct Background {
    /// The pages of the rules that ran, in the catalogue's order.
    pub pages: Vec<Page>,
    /// The estate; gathered when some format shows it ([`super::Format::shows_estate`]).
    pub facts: Option<Facts>,
    /// How the name that a finding is about is resolved, by the finding's fingerprint
    /// ([`super::Format::shows_traces`]).
    pub traces: HashMap<String, Trace>,
    /// Where the resources stand in the file that was read ([`super::Format::shows_lines`]).
    pub lines: Option<SourceLines>,
}

impl Background {
    /// The page of a rule.
    pub fn page(&self, rule: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.id == rule)
    }
}

/// Where resources stand in a snapshot.
#[derive(Debug, Default)]
pub struct SourceLines {
    /// The file, relative to the working directory and with slashes; its name alone where it lies elsewhere.
    pub file: String,
    /// Line numbers from 1, by ARM id in lower case.
    pub lines: HashMap<String, usize>,
}

impl SourceLines {
    /// Every ARM id whose line tells where something of a report stands, in lower case: the subjects of findings and
    /// what is related to them. A child such as a peering stands on the line of the resource that owns it.
    pub fn wanted(report: &Report) -> HashSet<String> {
        let related =
            |finding: &Finding| finding.related.iter().map(|one| ResourceId::new(&one.id)).collect();
        let ids = report.findings.iter().flat_map(|finding| {
            let related: Vec<ResourceId> = related(finding);
            std::iter::once(finding.subject.id.clone()).chain(related)
        });
        let mut wanted = HashSet::new();
        for id in ids.filter(|id| id.as_str().starts_with('/')) {
            let mut next = Some(id.lower());
            while let Some(id) = next.filter(|id| !wanted.contains(id)) {
                next = parent(&id).map(str::to_owned);
                wanted.insert(id);
            }
        }
        wanted
    }

    /// The line of a resource, else that of the nearest resource that owns it.
    pub fn line(&self, id: &str) -> Option<usize> {
        let lower = id.trim_end_matches('/').to_ascii_lowercase();
        let mut next = Some(lower.as_str());
        while let Some(id) = next {
            if let Some(line) = self.lines.get(id) {
                return Some(*line);
            }
            next = parent(id);
        }
        None
    }
}

/// The id of the resource that owns a child, and of nothing that stands above resources: what is said of an endpoint
/// does not stand on the line of its subscription.
fn parent(id: &str) -> Option<&str> {
    let (rest, _name) = id.rsplit_once('/')?;
    let (rest, _kind) = rest.rsplit_once('/')?;
    let (_, behind) = rest.rsplit_once("/providers/")?;
    (behind.matches('/').count() >= 2).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_stands_on_the_line_of_its_owner() {
        let network = "/subscriptions/s/resourcegroups/rg/providers/microsoft.network/virtualnetworks/v";
        let lines = SourceLines { file: "x".to_owned(), lines: HashMap::from([(network.to_owned(), 7)]) };
        let peering = format!("{network}/virtualNetworkPeerings/P");
        for id in [network, &network.to_uppercase(), &peering, &format!("{peering}/")] {
            assert_eq!(lines.line(id), Some(7), "{id}");
        }
        for id in ["", "/", "10.0.0.4", "/subscriptions/s", &network[..network.len() - 2]] {
            assert_eq!(lines.line(id), None, "{id}");
        }
        assert_eq!(parent(network), None);
    }
}
