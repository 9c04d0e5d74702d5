//! A page of a person's own, from its text: front matter, headings, expressions, cases. Everything that is wrong is told
//! at once.

use std::ops::Range;
use std::sync::Arc;

use cel::Env;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use super::OwnRule;
use super::cases::{Case, RawCase};
use super::check::Read;
use super::expression::{Due, Expression, compile};
use super::fault::Place;
use super::shape::Type;
use crate::facts::{Subject, schema};
use crate::finding::Severity;
use crate::rules::page::{FrontMatter, HEADINGS, Page};
use crate::spelling::did_you_mean;

/// The beginnings of the ids of plaudit's own rules, those to come among them.
pub(super) const FAMILIES: [&str; 9] = ["PE", "DNS", "NET", "PLS", "LIVE", "COV", "MIG", "ER", "MON"];

const KEYS: [&str; 12] = [
    "id",
    "name",
    "summary",
    "severity",
    "default",
    "needs",
    "since",
    "reference",
    "subject",
    "when",
    "message",
    "case",
];

/// A page that is sound, with the line of its id.
pub(super) struct Sound {
    pub page: Page,
    pub rule: OwnRule,
    pub line: usize,
}

#[derive(Debug, Deserialize)]
struct Front {
    id: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    summary: Option<Spanned<String>>,
    severity: Option<Spanned<String>>,
    default: Option<bool>,
    needs: Option<String>,
    since: Option<String>,
    reference: Option<Spanned<String>>,
    subject: Option<Spanned<String>>,
    when: Option<Spanned<String>>,
    message: Option<Spanned<String>>,
    #[serde(default)]
    case: Vec<Spanned<RawCase>>,
}

/// Takes a page apart. Faults come with their lines.
pub(super) fn parse(text: &str, file: &str, env: &Arc<Env>) -> Result<Sound, Vec<(usize, String)>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let (matter, body) = split(&text).map_err(|fault| vec![fault])?;
    let front = front(matter)?;
    let mut reader = Reader { matter, faults: Vec::new() };
    let sound = reader.read(&front, file, env);
    // Of lines: those of the front matter and the two that hold it.
    let offset = 3 + matter.matches('\n').count();
    let mut faults = reader.faults;
    faults.extend(headings(body).into_iter().map(|(line, message)| (line + offset, message)));
    match sound {
        Some((rule, front, line)) if faults.is_empty() => {
            let page = page(front, body);
            Ok(Sound { page, rule, line })
        }
        _ => {
            faults.sort();
            faults.dedup();
            Err(faults)
        }
    }
}

/// Rules are read once and live as long as the process, as ours do, whose texts are part of the binary: so the texts of
/// a page are given away here, and a page is a page wherever it comes from.
fn page(front: FrontMatter, body: &str) -> Page {
    Page {
        id: forever(front.id.clone()),
        name: forever(front.name.clone()),
        body: forever(body.trim_start().to_owned()),
        front,
    }
}

pub(super) fn forever(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// The front matter and what stands under it.
fn split(text: &str) -> Result<(&str, &str), (usize, String)> {
    let rest = text.strip_prefix("+++\n").ok_or_else(|| (1, "a page begins with a line `+++`".to_owned()))?;
    let ended = rest.split_once("\n+++\n").or_else(|| rest.strip_suffix("\n+++").map(|matter| (matter, "")));
    ended.ok_or_else(|| (1, "the front matter ends with a line `+++`, and there is none".to_owned()))
}

/// The front matter as it stands there; it begins on the file's second line.
fn front(matter: &str) -> Result<Front, Vec<(usize, String)>> {
    let fault = |error: &toml::de::Error| {
        let place = Place::of(&error.span().unwrap_or_default());
        vec![(1 + place.line(matter), error.message().trim().replace('\n', ", "))]
    };
    let table = DeTable::parse(matter).map_err(|error| fault(&error))?;
    let mut faults = Vec::new();
    for name in table.get_ref().keys().filter(|name| !KEYS.contains(&name.get_ref().as_ref())) {
        let line = 1 + Place::of(&name.span()).line(matter);
        let near = did_you_mean(name.get_ref(), KEYS);
        faults.push((line, format!("unknown key `{}`{near}", name.get_ref())));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    toml::from_str(matter).map_err(|error| fault(&error))
}

/// The headings in order, each with something under it. Lines of `body` from 1.
fn headings(body: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = body.lines().collect();
    let is_fence = |line: &str| line.trim_start().starts_with("```");
    let mut in_code = false;
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        in_code ^= is_fence(line);
        if let Some(heading) = line.strip_prefix("## ").filter(|_| !in_code) {
            found.push((index, heading.trim()));
        }
    }
    let names: Vec<&str> = found.iter().map(|(_, name)| *name).collect();
    if names != HEADINGS {
        let wrong = found.iter().zip(HEADINGS).find(|((_, name), due)| name != due);
        let line = wrong.map_or(lines.len().max(1), |((index, _), _)| index + 1);
        return vec![(line, format!("the headings of a page are, in this order: {}", HEADINGS.join(", ")))];
    }
    let ends = found.iter().skip(1).map(|(index, _)| *index).chain([lines.len()]);
    let is_blank = |range: Range<usize>| {
        lines.get(range).is_none_or(|lines| lines.iter().all(|line| line.trim().is_empty()))
    };
    let blank = found.iter().zip(ends).filter(|((start, _), end)| is_blank(start + 1..*end));
    blank.map(|((start, name), _)| (start + 1, format!("nothing stands under `{name}`"))).collect()
}

struct Reader<'a> {
    matter: &'a str,
    faults: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        1 + Place::of(span).line(self.matter)
    }

    fn fault(&mut self, span: &Range<usize>, message: impl Into<String>) {
        self.faults.push((self.line(span), message.into()));
    }

    fn needed<'v>(&mut self, value: Option<&'v Spanned<String>>, key: &str) -> Option<&'v Spanned<String>> {
        match value {
            None => self.faults.push((1, format!("the page has no `{key}`"))),
            Some(blank) if blank.get_ref().trim().is_empty() => {
                self.fault(&blank.span(), format!("`{key}` is blank"));
            }
            Some(_) => return value,
        }
        None
    }

    fn read(&mut self, front: &Front, file: &str, env: &Arc<Env>) -> Option<(OwnRule, FrontMatter, usize)> {
        let matter = self.front_matter(front);
        let rule = self.rule(front, file, env);
        let (matter, line) = matter?;
        Some((rule?, matter, line))
    }

    /// What every page has, and the line of its id.
    fn front_matter(&mut self, front: &Front) -> Option<(FrontMatter, usize)> {
        let id = self.needed(front.id.as_ref(), "id");
        if let Some(id) = id
            && let Err(message) = check_id(id.get_ref())
        {
            self.fault(&id.span(), message);
        }
        let name = self.needed(front.name.as_ref(), "name");
        if let Some(name) = name.filter(|name| !is_kebab(name.get_ref())) {
            self.fault(&name.span(), "`name` is made of lower-case letters, digits and hyphens");
        }
        let summary = self.needed(front.summary.as_ref(), "summary");
        if let Some(summary) = summary.filter(|text| text.get_ref().contains(char::is_control)) {
            self.fault(&summary.span(), "`summary` is one sentence on one line");
        }
        let reference = self.needed(front.reference.as_ref(), "reference");
        let is_address = |text: &str| {
            url::Url::parse(text).is_ok_and(|url| url.scheme() == "https" && url.host().is_some())
        };
        if let Some(reference) = reference.filter(|text| !is_address(text.get_ref())) {
            self.fault(&reference.span(), "`reference` is the address of a page to read: https://…");
        }
        let severity = self.needed(front.severity.as_ref(), "severity");
        let severity = severity.and_then(|text| self.severity(text));
        let matter = FrontMatter {
            id: id?.get_ref().clone(),
            name: name?.get_ref().clone(),
            summary: summary?.get_ref().trim().to_owned(),
            severity: severity?,
            default: front.default.unwrap_or(true),
            pack: None,
            needs: front.needs.clone(),
            since: front.since.clone().unwrap_or_default(),
            reference: reference?.get_ref().clone(),
        };
        Some((matter, self.line(&id?.span())))
    }

    /// What only a page of a person's own has.
    fn rule(&mut self, front: &Front, file: &str, env: &Arc<Env>) -> Option<OwnRule> {
        let subject = self.needed(front.subject.as_ref(), "subject");
        let subject = subject.and_then(|text| self.subject(text));
        let when = self.needed(front.when.as_ref(), "when");
        let message = self.needed(front.message.as_ref(), "message");
        // Without its subject nothing can be said of an expression.
        let subject = subject?;
        let row = Type::of_schema(schema(subject).as_value());
        let mut expression = |source: Option<&Spanned<String>>, key: &str, result: &Type| {
            let due = Due { subject: subject.name(), row: &row, result };
            self.expression(source?, key, env, &due)
        };
        let when = expression(when, "when", &Type::BOOL);
        let message = expression(message, "message", &Type::TEXT);
        let cases: Vec<Option<Case>> = front.case.iter().map(|one| self.case(one, &row)).collect();
        let when = when?;
        Some(OwnRule {
            subject,
            file: file.to_owned(),
            evidence: evidence(&when),
            when,
            message: message?,
            advice: String::new(),
            cases: cases.into_iter().flatten().collect(),
        })
    }

    fn severity(&mut self, text: &Spanned<String>) -> Option<Severity> {
        let all = [Severity::Error, Severity::Warning, Severity::Info];
        let found = all.into_iter().find(|one| one.name() == text.get_ref());
        if found.is_none() {
            let names = all.map(Severity::name);
            let near = did_you_mean(text.get_ref(), names);
            let message =
                format!("unknown severity `{}`{near}; there are {}", text.get_ref(), names.join(", "));
            self.fault(&text.span(), message);
        }
        found
    }

    fn subject(&mut self, text: &Spanned<String>) -> Option<Subject> {
        let found = Subject::ALL.into_iter().find(|one| one.name() == text.get_ref());
        if found.is_none() {
            let names = Subject::ALL.map(Subject::name);
            let near = did_you_mean(text.get_ref(), names);
            let message =
                format!("unknown subject `{}`{near}; there are {}", text.get_ref(), names.join(", "));
            self.fault(&text.span(), message);
        }
        found
    }

    fn expression(
        &mut self,
        source: &Spanned<String>,
        key: &str,
        env: &Arc<Env>,
        due: &Due<'_>,
    ) -> Option<Expression> {
        let text = source.get_ref();
        let found = compile(env, text, due);
        let faults = match found {
            Ok(expression) => return Some(expression),
            Err(faults) => faults,
        };
        for (place, message) in faults {
            let line = self.line(&source.span()) + self.line_within(&source.span(), place.line(text));
            self.faults.push((line, format!("`{key}`: {message}")));
        }
        None
    }

    /// How many lines below the beginning of a value its n-th line stands. A text in three quotes begins on the next
    /// line when nothing stands behind the quotes; where lines are joined by a backslash, nobody can tell.
    fn line_within(&self, span: &Range<usize>, line: usize) -> usize {
        let written = self.matter.get(span.clone()).unwrap_or_default();
        let begins_below = written.starts_with("\"\"\"\n") || written.starts_with("'''\n");
        match written.contains("\\\n") {
            true => 0,
            false => line.saturating_sub(1) + usize::from(begins_below),
        }
    }

    fn case(&mut self, raw: &Spanned<RawCase>, row: &Type) -> Option<Case> {
        match raw.get_ref().read(row, self.line(&raw.span())) {
            Ok(case) => Some(case),
            Err(faults) => {
                for (span, message) in faults {
                    self.fault(&span.unwrap_or_else(|| raw.span()), message);
                }
                None
            }
        }
    }
}

/// `HUB-001`: letters and digits, a hyphen, three digits or more; not of a family of plaudit's own.
pub(super) fn check_id(id: &str) -> Result<(), String> {
    let is_family = |family: &str| {
        family.starts_with(|c: char| c.is_ascii_uppercase())
            && family.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
    };
    let is_number = |number: &str| number.len() >= 3 && number.chars().all(|c| c.is_ascii_digit());
    let Some((family, _)) =
        id.split_once('-').filter(|(family, number)| is_family(family) && is_number(number))
    else {
        return Err(format!(
            "`{id}` is no id; write one like HUB-001: capital letters, a hyphen, three digits"
        ));
    };
    match FAMILIES.contains(&family) {
        true => Err(format!("ids that begin with {family}- are plaudit's own; choose other letters")),
        false => Ok(()),
    }
}

pub(super) fn is_kebab(name: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    name.split('-').all(is_word)
}

/// The facts that a finding shows: those that `when` looks at, without those that hold another one.
fn evidence(when: &Expression) -> Vec<(&'static str, Read)> {
    let holds = |read: &Read, other: &Read| read != other && other.steps.starts_with(&read.steps);
    let innermost = when.reads.iter().filter(|read| !when.reads.iter().any(|other| holds(read, other)));
    let named = innermost.map(|read| {
        let (_, name) = read.shown.split_once('.').unwrap_or_default();
        (forever(name.replace("[]", "")), read.clone())
    });
    named.collect()
}

/// The first paragraph under "How to mend it", as one line.
pub(super) fn advice(body: &str) -> String {
    let (_, section) = body.split_once("## How to mend it").unwrap_or_default();
    let lines = section.lines().skip(1).skip_while(|line| line.trim().is_empty());
    let first: Vec<&str> = lines.take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    first.join(" ")
}
