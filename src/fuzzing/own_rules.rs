//! A page of a rule of a person's own: read, its cases run, the rows of the small estate judged by it.

use std::sync::LazyLock;

use serde_json::Value;

use super::{CLOUDS, JOINED, RULES, shown, table};
use crate::audit::audit;
use crate::facts::{Row, Subject, rows};
use crate::report::Style;
use crate::report::catalogue::{Entry, write_page};
use crate::rules::own::{Fault, Outcome, judge_rows, of_texts};
use crate::rules::{Check, OwnRule, Rule, Settings};

/// Some rows about one subject.
struct Rows {
    subject: Subject,
    whole: Vec<Row>,
    /// Each row once more without each of its facts.
    less: Vec<Row>,
}

static ROWS: LazyLock<Vec<Rows>> = LazyLock::new(|| {
    let of = |subject| {
        let whole: Vec<Row> = rows(&JOINED, subject).into_iter().take(3).collect();
        let less = whole.iter().flat_map(less).collect();
        Rows { subject, whole, less }
    };
    Subject::ALL.into_iter().map(of).collect()
});

/// Takes the text of a page.
pub fn own_rules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let page = ("rule.md".to_owned(), text.to_owned());
    let own = match of_texts(vec![page], &RULES, Vec::new()) {
        Ok(own) => own,
        Err(faults) => return told(text, &faults),
    };
    let mut rules: Vec<Rule> = own.rules().collect();
    rules.iter_mut().for_each(|rule| rule.enabled = true);
    for rule in &rules {
        if let Check::Own(own) = &rule.check {
            own.run_cases();
            judged(own);
        }
        listed(rule);
    }
    let report = audit(&JOINED, &rules, &Settings::default());
    shown::report(&JOINED, table(CLOUDS[0]), &report, &rules);
}

/// A row without each of its facts.
fn less(row: &Row) -> Vec<Row> {
    let Value::Object(facts) = &row.facts else { return Vec::new() };
    let without = |gone: &String| {
        let mut facts = facts.clone();
        facts.remove(gone);
        Row { facts: Value::Object(facts), ..row.clone() }
    };
    facts.keys().map(without).collect()
}

/// Rows are judged the same every time, and reading less makes a verdict unknown at most.
fn judged(rule: &OwnRule) {
    let Some(Rows { whole, less, .. }) = ROWS.iter().find(|rows| rows.subject == rule.subject) else {
        return;
    };
    let first = outcomes(rule, whole);
    assert_eq!(first, outcomes(rule, whole));
    let facts = |row: &Row| row.facts.as_object().map_or(0, |facts| facts.len());
    let before = whole.iter().zip(&first).flat_map(|(row, one)| std::iter::repeat_n(one, facts(row)));
    for ((before, after), row) in before.zip(outcomes(rule, less)).zip(less) {
        let agrees = match (before, &after) {
            (_, Outcome::Unread(_) | Outcome::Failed(_)) | (Outcome::Fail(_), Outcome::Fail(_)) => true,
            (before, after) => before == after,
        };
        assert!(agrees, "{before:?} became {after:?} for {}", row.facts);
    }
}

/// What a rule says of each row.
fn outcomes(rule: &OwnRule, rows: &[Row]) -> Vec<Outcome> {
    let mut all = vec![Outcome::Pass; rows.len()];
    for (row, other) in judge_rows(&[rule], rows).into_iter().flat_map(|judged| judged.others) {
        all[row] = other;
    }
    all
}

/// The page as `plaudit rules show` shows it.
fn listed(rule: &Rule) {
    let front = &rule.page.front;
    let entry = Entry {
        id: rule.page.id,
        name: rule.page.name,
        summary: &front.summary,
        severity: front.severity,
        default: front.default,
        needs: front.needs.as_deref(),
        pack: None,
        since: &front.since,
        reference: &front.reference,
        file: None,
    };
    let style = Style { color: true, width: Some(80) };
    write_page(&entry, rule.page.body, &style, &mut Vec::new()).expect("memory can be written to");
}

/// Every fault has a line of the page.
fn told(text: &str, faults: &[Fault]) {
    let lines = 1 + text.matches('\n').count();
    let is_placed = |fault: &Fault| fault.line.is_some_and(|line| (1..=lines).contains(&line));
    assert!(!faults.is_empty() && faults.iter().all(is_placed), "{faults:?}");
}
