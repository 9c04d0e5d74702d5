//! One side of a comparison: what an audit said, as far as two can be held against each other.

use std::collections::BTreeMap;

use crate::finding::{Remediation, Report, Severity, Verdict};
use crate::inventory::{Coverage, ResourceId, Role, Scope};

/// What one audit said. Of a report that another version wrote, what this one understands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// The version of plaudit that judged; `None` when the report does not tell.
    pub tool: Option<String>,
    /// RFC 3339.
    pub collected_at: String,
    /// As the report names it.
    pub cloud: String,
    pub tenant: Option<String>,
    pub scope: Scope,
    /// The subscriptions that were read (what was asked of each is not told) and the gaps. Normalised.
    pub coverage: Coverage,
    /// Display names of subscriptions by id in lower case.
    pub names: BTreeMap<String, String>,
    /// The rules that ran, each with the number of subjects that it left unjudged; `None` when the report does not
    /// tell which rules ran.
    pub rules: Option<BTreeMap<String, usize>>,
    pub findings: Vec<Said>,
}

/// A finding as a report tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub rule: String,
    pub name: String,
    /// `None` for a word that this plaudit does not know.
    pub severity: Option<Severity>,
    /// `None` for a word that this plaudit does not know.
    pub verdict: Option<Verdict>,
    /// The kind of what stands behind it, and its id.
    pub cause: (String, String),
    pub subject: ResourceId,
    pub message: String,
    pub fingerprint: String,
    /// Why a configuration had set it aside.
    pub suppressed: Option<String>,
    /// Ids of other resources that play a part.
    pub related: Vec<String>,
    /// The steps that mend it, in order; none where the report tells none.
    pub remediation: Vec<Remediation>,
}

impl Said {
    /// Whether the fault is there.
    pub fn fails(&self) -> bool {
        self.verdict == Some(Verdict::Fail)
    }
}

impl Run {
    /// What a report says that was just made.
    pub fn of(report: &Report) -> Run {
        let mut coverage = Coverage {
            subscriptions: report.coverage.subscriptions.clone(),
            gaps: report.coverage.gaps.clone(),
            ..Coverage::default()
        };
        // What was asked of each subscription does not stand in a report either.
        coverage.subscriptions.iter_mut().for_each(|one| one.kinds.clear());
        coverage.normalise();
        let read = |id: &str| coverage.subscription(id).is_some();
        let names = report.subscription_names.iter().filter(|(id, _)| read(id));
        let names = names.map(|(id, name)| (id.clone(), name.clone())).collect();
        let rules = report.tallies.iter();
        let rules = rules.map(|tally| (tally.rule.to_owned(), tally.not_judged.values().sum())).collect();
        Run {
            tool: Some(env!("CARGO_PKG_VERSION").to_owned()),
            collected_at: report.origin.collected_at.clone(),
            cloud: report.origin.cloud.name().to_owned(),
            tenant: report.origin.tenant_id.clone(),
            // What does not stand in a report, or is not read back from it, plays no part in a comparison.
            scope: Scope {
                context_subscriptions: Vec::new(),
                appliance: None,
                source: None,
                ..report.origin.scope.clone()
            },
            coverage,
            names,
            rules: Some(rules),
            findings: report.findings.iter().map(said).collect(),
        }
    }

    /// Whether findings about a subscription's resources are reported, be it readable or not.
    pub fn audits(&self, subscription: &str) -> bool {
        let named = |id: &String| id.eq_ignore_ascii_case(subscription);
        self.role(subscription) == Some(Role::Audited) || self.scope.subscriptions.iter().any(named)
    }

    /// What a subscription was read as.
    pub fn role(&self, subscription: &str) -> Option<Role> {
        self.coverage.subscription(subscription).map(|one| one.role)
    }

    /// The subscriptions that are audited: ids in lower case.
    pub fn audited(&self) -> impl Iterator<Item = &str> {
        let audited = self.coverage.subscriptions.iter().filter(|one| one.role == Role::Audited);
        audited.map(|one| one.id.as_str())
    }

    /// A subscription by its name, else by its id.
    pub fn called<'a>(&'a self, subscription: &'a str) -> &'a str {
        match self.names.get(&subscription.to_ascii_lowercase()) {
            Some(name) if !name.is_empty() => name,
            _ => subscription,
        }
    }
}

fn said(finding: &crate::finding::Finding) -> Said {
    Said {
        rule: finding.rule.to_owned(),
        name: finding.name.to_owned(),
        severity: Some(finding.severity),
        verdict: Some(finding.verdict),
        cause: (finding.cause.kind.to_owned(), finding.cause.id.clone()),
        subject: finding.subject.id.clone(),
        message: finding.message.clone(),
        fingerprint: finding.fingerprint.clone(),
        suppressed: finding.suppressed.clone(),
        related: finding.related.iter().map(|related| related.id.clone()).collect(),
        remediation: finding.remediation.clone(),
    }
}
