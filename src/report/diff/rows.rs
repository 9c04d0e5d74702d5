//! A comparison as rows: what has one rule, one cause and one reason together, so that one missing link under 500
//! endpoints is one row that says 500. Knows nothing of layout; all texts come out inert.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::diff::{Appeared, Change, Diff, Said, Unchanged, Unjudged, Unseen};
use crate::finding::{Remediation, Severity};
use crate::inventory::{Gap, Kind, ResourceId};
use crate::report::groups::gather;
use crate::report::text::{count, inert, join_and, prose, short_id};
use crate::rules::gap_sentence;

/// How many rows a part shows; the worst come first.
pub(super) const SHOWN: usize = 40;

/// How many rows of one rule and severity come with their commands, and how many findings of a row, where each needs
/// commands of its own.
const MENDED: usize = 10;
const FEW: usize = 3;

/// How many names a list shows when it has more than [`WHOLE`].
const FIRST: usize = 3;

/// A list of up to this many names is shown whole.
const WHOLE: usize = 6;

/// Findings of one rule, cause, severity and reason.
pub(super) struct Row<'a> {
    pub severity: Option<Severity>,
    /// The severity it had, where that is another.
    pub before: Option<Severity>,
    pub why: Option<&'a Unseen>,
    /// Never empty.
    pub findings: Vec<&'a Said>,
}

impl<'a> Row<'a> {
    pub fn first(&self) -> &'a Said {
        self.findings[0]
    }

    /// `error`, `warning → error`.
    pub fn severity(&self) -> String {
        let name = |severity: Option<Severity>| severity.map_or("(not known)", Severity::name);
        match self.before {
            Some(before) => format!("{} → {}", before.name(), name(self.severity)),
            None => name(self.severity).to_owned(),
        }
    }

    /// `DNS-010 vnet-cannot-resolve`
    pub fn rule(&self) -> String {
        let first = self.first();
        inert(format!("{} {}", first.rule, first.name).trim_end()).into_owned()
    }

    /// What the finding says, or the first of several.
    pub fn what(&self) -> String {
        let message = prose(&self.first().message);
        match self.findings.len() {
            1 => message,
            _ => format!("e.g. {message}"),
        }
    }

    /// Of more than a few findings that need commands of their own, the first stands for all.
    fn remedies(&self) -> Vec<Remedy<'a>> {
        let first = self.first();
        let one_for_all = self.findings.iter().all(|said| said.remediation == first.remediation);
        let several = self.findings.len() > 1;
        let shown = if one_for_all || self.findings.len() > FEW { 1 } else { self.findings.len() };
        let remedy = |said: &&'a Said| {
            let place = name(&said.subject);
            let whom = match (one_for_all, several && shown == 1) {
                (true, true) => format!("once for all {}", self.findings.len()),
                (false, true) => format!(
                    "for {place}; the same for the other {}, whose commands -f json has",
                    self.findings.len() - 1
                ),
                (_, false) => format!("for {place}"),
            };
            Remedy { about: format!("{}, {whom}", self.rule()), steps: &said.remediation }
        };
        let told = self.findings.iter().take(shown).map(remedy);
        told.filter(|remedy| !remedy.steps.is_empty()).collect()
    }

    /// Why it could not be judged.
    pub fn why(&self) -> String {
        let accepted = self.why.is_some_and(|why| why.accepted);
        let why = self.why.map(|why| prose(&why.text)).unwrap_or_default();
        if accepted { format!("{why} (accepted)") } else { why }
    }
}

/// What is new, by severity, rule, cause and why OLD could not have seen it.
pub(super) fn appeared<'a>(diff: &'a Diff<'_>) -> Vec<Row<'a>> {
    let key = |one: &&'a Appeared<'_>| (identity(one.said), &one.before);
    let groups = gather(&diff.appeared, key).into_iter();
    let row =
        |(_, of): (_, Vec<&'a Appeared<'_>>)| (of[0].before.as_ref(), of.iter().map(|o| o.said).collect());
    groups.map(row).map(|(why, findings)| plain(why, findings)).collect()
}

/// What can no longer be judged, by severity, rule, cause and reason.
pub(super) fn unjudged<'a>(diff: &'a Diff<'_>) -> Vec<Row<'a>> {
    let groups = gather(&diff.unjudged, |one: &&'a Unjudged<'_>| (identity(one.said), &one.why)).into_iter();
    groups.map(|((_, why), of)| plain(Some(why), of.iter().map(|one| one.said).collect())).collect()
}

/// Faults by severity, rule and cause.
pub(super) fn faults<'a>(faults: &[&'a Said]) -> Vec<Row<'a>> {
    let groups = gather(faults.iter().copied(), |said: &&'a Said| identity(said));
    groups.into_iter().map(|(_, findings)| plain(None, findings)).collect()
}

/// What stays with another severity, by both, rule and cause.
pub(super) fn changed<'a>(diff: &'a Diff<'_>) -> Vec<Row<'a>> {
    let changed = diff.unchanged.iter().filter(|one| one.change() != Change::Same);
    let groups = gather(changed, |one: &&'a Unchanged<'_>| (one.before, identity(one.said))).into_iter();
    let row = |((before, _), of): ((Option<Severity>, _), Vec<&'a Unchanged<'_>>)| Row {
        before,
        ..plain(None, of.iter().map(|one| one.said).collect())
    };
    groups.map(row).collect()
}

/// What stays, by rule: the rule and how many findings of each severity.
pub(super) fn unchanged(diff: &Diff<'_>) -> Vec<(String, String)> {
    let mut rules: BTreeMap<(&str, &str), Vec<&Said>> = BTreeMap::new();
    for one in &diff.unchanged {
        rules.entry((&one.said.rule, &one.said.name)).or_default().push(one.said);
    }
    let row = |((rule, name), of): ((&str, &str), Vec<&Said>)| {
        let rule = inert(format!("{rule} {name}").trim_end()).into_owned();
        (rule, severities(Diff::by_severity(of.into_iter())))
    };
    rules.into_iter().map(row).collect()
}

/// What is newly unknown, by cause over all rules: the rules, the findings.
pub(super) fn unknown<'a>(diff: &'a Diff<'_>) -> Vec<(String, Vec<&'a Said>)> {
    let groups = gather(diff.unknowns.fresh.iter().copied(), |said: &&'a Said| &said.cause);
    let rules = |of: &[&Said]| {
        let rules: BTreeSet<&str> = of.iter().map(|said| said.rule.as_str()).collect();
        inert(&rules.into_iter().collect::<Vec<_>>().join(", ")).into_owned()
    };
    groups.into_iter().map(|(_, of)| (rules(&of), of)).collect()
}

/// Why something is unknown: the gap in words where it is one.
pub(super) fn reason(said: &Said) -> String {
    let (kind, id) = &said.cause;
    prose(if kind == "gap" && id.contains(' ') { id } else { &said.message })
}

/// The new gaps of NEW as sentences, each once.
pub(super) fn gaps(gaps: &[&Gap]) -> Vec<String> {
    let sentences = gather(gaps.iter().map(|gap| gap_sentence(gap)), String::clone);
    sentences.into_iter().map(|(sentence, _)| prose(&sentence)).collect()
}

fn identity(said: &Said) -> (Option<Severity>, &str, &(String, String)) {
    (said.severity, &said.rule, &said.cause)
}

fn plain<'a>(why: Option<&'a Unseen>, findings: Vec<&'a Said>) -> Row<'a> {
    Row { severity: findings.first().and_then(|said| said.severity), before: None, why, findings }
}

/// How something that is new is mended.
pub(super) struct Remedy<'a> {
    /// Of which rule and what the steps are.
    pub about: String,
    pub steps: &'a [Remediation],
}

/// How the rows that are shown are mended, as far as NEW tells, and how many more rows there are that it tells of.
pub(super) fn remedies<'a>(rows: &[Row<'a>]) -> (Vec<Remedy<'a>>, usize) {
    let mut of_rule: BTreeMap<(&str, Option<Severity>), usize> = BTreeMap::new();
    let (mut told, mut more) = (Vec::new(), 0);
    let has_steps = |row: &&Row<'a>| row.findings.iter().any(|said| !said.remediation.is_empty());
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| has_steps(row)) {
        let before = of_rule.entry((&row.first().rule, row.severity)).or_default();
        *before += 1;
        match place < SHOWN && *before <= MENDED {
            true => told.extend(row.remedies()),
            false => more += 1,
        }
    }
    (told, more)
}

/// `2 errors, 1 warning`; `none`.
pub(super) fn severities(counts: [usize; 3]) -> String {
    let told = counts.into_iter().zip(["error", "warning", "information"]).filter(|(n, _)| *n > 0);
    let told: Vec<String> = told
        .map(|(n, noun)| if noun == "information" { format!("{n} info") } else { count(n, noun) })
        .collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

/// Of findings that are new to OLD because it could not have seen them, how many.
pub(super) fn not_judged_before(diff: &Diff<'_>) -> usize {
    diff.appeared.iter().filter(|one| one.before.is_some()).count()
}

/// How many resources the findings are about, what the first are called, and in which subscription they are.
pub(super) fn place(diff: &Diff<'_>, findings: &[&Said]) -> String {
    let mut seen: HashSet<&ResourceId> = HashSet::with_capacity(findings.len());
    let subjects: Vec<&ResourceId> =
        findings.iter().map(|said| &said.subject).filter(|id| seen.insert(id)).collect();
    let nouns = gather(subjects.iter().copied(), |id| noun(id));
    let nouns: Vec<String> = nouns.into_iter().map(|(noun, of)| count(of.len(), noun)).collect();
    let shown = if subjects.len() > WHOLE { FIRST } else { subjects.len() };
    let mut list: Vec<String> = subjects.iter().take(shown).map(|id| name(id)).collect();
    if subjects.len() > shown {
        list.push(format!("… and {} more", subjects.len() - shown));
    }
    let homes: BTreeSet<String> =
        subjects.iter().filter_map(|id| id.subscription()).map(str::to_ascii_lowercase).collect();
    let home = match homes.first() {
        Some(home) if homes.len() == 1 && Kind::of(subjects[0]) != Some(Kind::Subscriptions) => {
            format!(" in {}", called(diff, home))
        }
        Some(_) if homes.len() > 1 => format!(" in {} subscriptions", homes.len()),
        _ => String::new(),
    };
    let several = match subjects.len() == findings.len() {
        true => String::new(),
        false => format!("{} on ", count(findings.len(), "finding")),
    };
    format!("{several}{}{home}: {}", join_and(&nouns), list.join(", "))
}

/// A subscription by the name that one of the runs has for it.
fn called(diff: &Diff<'_>, id: &str) -> String {
    let run = if diff.new.names.contains_key(id) { diff.new } else { diff.old };
    inert(run.called(id)).into_owned()
}

fn name(id: &ResourceId) -> String {
    short_id(id.as_str()).unwrap_or_else(|| inert(id.as_str()).into_owned())
}

fn noun(id: &ResourceId) -> &'static str {
    match id
        .resource_type()
        .map(|kind| kind.to_ascii_lowercase())
        .as_deref()
        .and_then(|kind| kind.rsplit('/').next())
    {
        Some("virtualnetworkpeerings") => "peering",
        Some("subnets") => "subnet",
        _ => Kind::of(id).map_or("resource", Kind::noun),
    }
}

/// What every format says in the end, one part each: `3 new (1 error, 2 warnings)`.
pub(super) fn totals(diff: &Diff<'_>) -> Vec<String> {
    let of = |n: usize, what: &str, counts: [usize; 3]| match n {
        0 => format!("0 {what}"),
        n => format!("{n} {what} ({})", severities(counts)),
    };
    let refs = |faults: &[&Said]| Diff::by_severity(faults.iter().copied());
    let new = Diff::by_severity(diff.appeared.iter().map(|one| one.said));
    let lost = Diff::by_severity(diff.unjudged.iter().map(|one| one.said));
    let stay = Diff::by_severity(diff.unchanged.iter().map(|one| one.said));
    let mut parts = vec![
        of(diff.appeared.len(), "new", new),
        of(diff.mended.len(), "mended", refs(&diff.mended)),
        of(diff.unjudged.len(), "no longer judged", lost),
        of(diff.unchanged.len(), "unchanged", stay),
    ];
    if let (worse, better) = diff.changed()
        && worse + better > 0
    {
        parts.push(format!("{worse} of them worse, {better} better than then"));
    }
    if !diff.set_aside.is_empty() {
        parts.push(of(diff.set_aside.len(), "set aside since", refs(&diff.set_aside)));
    }
    if !diff.taken_back.is_empty() {
        parts.push(of(diff.taken_back.len(), "no longer set aside", refs(&diff.taken_back)));
    }
    let unknowns = &diff.unknowns;
    parts.push(format!("unknown {} → {} ({} new)", unknowns.old, unknowns.new, unknowns.fresh.len()));
    parts.push(format!(
        "gaps {} → {} ({} new)",
        diff.old.coverage.gaps.len(),
        diff.new.coverage.gaps.len(),
        diff.fresh_gaps.len()
    ));
    parts
}

/// One side in a line: what it is, of when, how wide.
pub(super) fn side(source: &super::Source, run: &crate::diff::Run) -> String {
    let audited: Vec<&str> = run.audited().collect();
    let scope = match audited.as_slice() {
        [one] => format!("subscription {}", inert(run.called(one))),
        many => count(many.len(), "subscription"),
    };
    let groups = match run.scope.resource_groups.as_slice() {
        [] => String::new(),
        groups => format!(", {}", count(groups.len(), "resource group")),
    };
    let tenant = run.tenant.as_deref().map(|id| format!(", tenant {}", inert(id))).unwrap_or_default();
    format!(
        "{} {}: {}, read {}{tenant}, {scope}{groups}",
        source.kind(),
        inert(&source.file),
        inert(&run.cloud),
        inert(&run.collected_at)
    )
}
