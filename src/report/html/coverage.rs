//! What was read and what was not, at the top of the page. Whether it is complete and what is missing is never hidden
//! behind a click; what was read whole is.

use std::collections::HashMap;

use askama::Template;

use crate::finding::Report;
use crate::inventory::{Role, SubscriptionCoverage};
use crate::report::groups::{self, Completeness, Missing};
use crate::report::table::Names;
use crate::report::text::{count, join_and};

/// How many subscriptions of which everything arrived are listed one by one.
const SUBSCRIPTIONS: usize = 25;

/// How many kinds of gaps are listed.
const GAPS: usize = 300;

/// How many resources of one kind of gap are named.
const RESOURCES: usize = 10;

/// The part of the page that says how far the report can be trusted.
#[derive(Template)]
#[template(path = "coverage.html")]
pub(super) struct Coverage {
    /// `ok` or `unknown`
    pub class: &'static str,
    pub verdict: String,
    /// Those with gaps first.
    pub subscriptions: Vec<Subscription>,
    /// `6: 5 read whole, 1 not`
    pub subscriptions_sum: String,
    /// How many more were read without a gap.
    pub more_subscriptions: usize,
    pub gaps: Vec<GapRow>,
    /// How many more rows of gaps there are.
    pub more_gaps: usize,
    pub not_judged: Vec<NotJudged>,
    /// `113 times, for 7 reasons`
    pub not_judged_sum: String,
    /// Sentences about what was asked for.
    pub asked: Vec<String>,
}

pub(super) struct Subscription {
    pub name: String,
    pub id: String,
    pub role: &'static str,
    /// How many kinds were asked for.
    pub kinds: usize,
    pub gaps: usize,
}

/// Gaps that differ in their resource alone.
pub(super) struct GapRow {
    pub subscription: String,
    pub kind: &'static str,
    pub why: String,
    pub message: String,
    pub resources: Vec<String>,
    pub more: usize,
}

pub(super) struct NotJudged {
    pub times: usize,
    pub reason: &'static str,
    /// `DNS-010 (7)`
    pub rules: String,
}

impl Coverage {
    pub fn new(report: &Report, names: &Names<'_>) -> Self {
        let (class, verdict) = verdict(report);
        let (subscriptions, more_subscriptions) = subscriptions(report, names);
        let partly = subscriptions.iter().filter(|one| one.gaps > 0).count();
        let whole = subscriptions.len() + more_subscriptions - partly;
        let subscriptions_sum = match partly {
            0 => format!("{whole} read whole"),
            _ => format!("{whole} read whole, {partly} not"),
        };
        let not_judged = not_judged(report);
        let times: usize = not_judged.iter().map(|one| one.times).sum();
        let missing = groups::missing(&report.coverage.gaps);
        Coverage {
            class,
            verdict,
            subscriptions,
            subscriptions_sum,
            more_subscriptions,
            gaps: missing.iter().take(GAPS).map(|missing| gap(missing, names)).collect(),
            more_gaps: missing.len().saturating_sub(GAPS),
            not_judged_sum: format!("{}, for {}", count(times, "time"), count(not_judged.len(), "reason")),
            not_judged,
            asked: asked(report),
        }
    }
}

/// Whether everything that was asked for arrived, in a sentence.
fn verdict(report: &Report) -> (&'static str, String) {
    let complete = Completeness::of(report);
    let said = complete.said(report);
    match complete {
        Completeness::Whole => ("ok", format!("Complete: {said}.")),
        Completeness::NotAround => ("unknown", format!("Complete: {said}.")),
        Completeness::Accepted | Completeness::Missing => ("unknown", format!("Not complete: {said}.")),
    }
}

fn subscriptions(report: &Report, names: &Names<'_>) -> (Vec<Subscription>, usize) {
    let mut gaps: HashMap<&str, usize> = HashMap::new();
    for gap in &report.coverage.gaps {
        if let Some(home) = &gap.subscription {
            *gaps.entry(home).or_default() += 1;
        }
    }
    let row = |one: &SubscriptionCoverage| Subscription {
        name: names.subscription(&one.id),
        id: one.id.clone(),
        role: match one.role {
            Role::Audited => "audited",
            Role::Context => "context",
        },
        kinds: one.kinds.len(),
        gaps: gaps.get(one.id.as_str()).copied().unwrap_or_default(),
    };
    let mut rows: Vec<Subscription> = report.coverage.subscriptions.iter().map(row).collect();
    rows.sort_by_cached_key(|row| (row.gaps == 0, row.role, row.name.clone()));
    let all = rows.len();
    let with_gaps = rows.iter().filter(|row| row.gaps > 0).count();
    rows.truncate(with_gaps.max(SUBSCRIPTIONS));
    let more = all - rows.len();
    (rows, more)
}

fn gap(missing: &Missing<'_>, names: &Names<'_>) -> GapRow {
    let first = missing.gaps[0];
    let resources = || missing.gaps.iter().filter_map(|gap| gap.resource.as_ref());
    let status = first.status.map(|status| format!("{status} ")).unwrap_or_default();
    GapRow {
        subscription: first.subscription.as_deref().map(|id| names.subscription(id)).unwrap_or_default(),
        kind: first.kind.title(),
        why: format!("{status}{}", first.code),
        message: names.reason(&first.message),
        resources: resources().take(RESOURCES).map(|id| names.resource(id)).collect(),
        more: resources().count().saturating_sub(RESOURCES),
    }
}

fn not_judged(report: &Report) -> Vec<NotJudged> {
    let rows = groups::not_judged(report).into_iter().map(|(reason, rules)| NotJudged {
        times: rules.iter().map(|(_, count)| count).sum(),
        reason,
        rules: rules.iter().map(|(rule, count)| format!("{rule} ({count})")).collect::<Vec<_>>().join(", "),
    });
    rows.collect()
}

fn asked(report: &Report) -> Vec<String> {
    let read = report.read.iter().filter(|(_, count)| **count > 0);
    let read: Vec<String> = read.map(|(kind, count)| self::count(*count, kind.noun())).collect();
    let mut told = vec![match read.is_empty() {
        true => "Nothing was read.".to_owned(),
        false => format!("Read: {}.", join_and(&read)),
    }];
    if report.endpoints > 0 {
        told.push(match report.origin.scope.deep {
            true => "Targets and zone groups of every private endpoint were asked for.".to_owned(),
            false => {
                "Targets and zone groups of suspects only were asked for (--deep asks for all).".to_owned()
            }
        });
    }
    if !report.origin.scope.context {
        told.push(
            "What stands around the audited subscriptions was not asked for (--no-context).".to_owned(),
        );
    } else if !report.coverage.every_visible_subscription {
        told.push(
            "Not every subscription that can be seen was asked for its zones: that a zone exists nowhere is not known."
                .to_owned(),
        );
    }
    told
}
