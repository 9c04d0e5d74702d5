//! What expressions may call beside CEL's own operators, and the engine they run in. Every function is strict: an
//! argument that was not read makes the call unread.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use cel::common::types::{
    CelBool, CelList, CelMap, CelNull, CelString, DYN_TYPE, LIST_TYPE, MAP_TYPE, NULL_TYPE, STRING_TYPE,
};
use cel::common::value::CowVal;
use cel::extractors::This;
use cel::{Context, DeclarationError, Env, ExecutionError};
use ipnet::IpNet;
use regex::Regex;

use crate::inventory::IdPattern;

/// The patterns and prefixes that expressions write out, each compiled once.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns {
    pub globs: HashMap<String, IdPattern>,
    pub regexes: HashMap<String, Regex>,
}

impl Patterns {
    /// Takes up those of another expression.
    pub fn take_up(&mut self, other: &Patterns) {
        self.globs.extend(other.globs.iter().map(|(text, glob)| (text.clone(), glob.clone())));
        self.regexes.extend(other.regexes.iter().map(|(text, regex)| (text.clone(), regex.clone())));
    }
}

/// The language: CEL's own functions and those of this page that need no pattern. Optional values are left out: they
/// would turn what was not read into what is not there.
pub(super) fn language() -> Result<Env, DeclarationError> {
    let mut env = Env::stdlib().with_optional_support(false);
    env.add_member_overload("contains", "list_contains", LIST_TYPE, vec![DYN_TYPE], list_contains)?;
    env.add_member_overload("join", "list_join", LIST_TYPE, vec![STRING_TYPE], join)?;
    env.add_member_overload("lowerAscii", "string_lower_ascii", STRING_TYPE, vec![], lower_ascii)?;
    env.add_overload("tag", "map_tag", vec![MAP_TYPE, STRING_TYPE], tag)?;
    // The tags of what is gone.
    env.add_overload("tag", "null_tag", vec![NULL_TYPE, STRING_TYPE], |_| Ok(CowVal::owned(CelNull)))?;
    Ok(env)
}

/// A context in which expressions with these patterns can be evaluated.
pub(super) fn context<'v>(
    env: &Arc<Env>,
    patterns: &Arc<Patterns>,
) -> Result<Context<'v, 'v>, DeclarationError> {
    let mut context = Context::with_env(Arc::clone(env));
    context.add_function("inCidr", |ip: Arc<String>, cidr: Arc<String>| in_cidr(&ip, &cidr))?;
    context.add_function("endsWithLabel", |name: Arc<String>, zone: Arc<String>| {
        ends_with_label(&name, &zone)
    })?;
    let globs = Arc::clone(patterns);
    context.add_function("glob", move |id: Arc<String>, pattern: Arc<String>| {
        let glob = globs.globs.get(pattern.as_str());
        glob.map(|glob| glob.matches_text(&id)).ok_or_else(|| unprepared("glob"))
    })?;
    let regexes = Arc::clone(patterns);
    context.add_function("matches", move |This(text): This<Arc<String>>, pattern: Arc<String>| {
        let regex = regexes.regexes.get(pattern.as_str());
        regex.map(|regex| regex.is_match(&text)).ok_or_else(|| unprepared("matches"))
    })?;
    Ok(context)
}

/// Only written-out patterns pass the check of an expression.
fn unprepared(function: &str) -> ExecutionError {
    ExecutionError::function_error(function, "its pattern is not written out")
}

/// Whether an address lies in a prefix.
fn in_cidr(ip: &str, cidr: &str) -> Result<bool, ExecutionError> {
    let wrong = |what: &str| ExecutionError::function_error("inCidr", format!("its {what}"));
    let ip: IpAddr = ip.parse().map_err(|_| wrong("first argument is no IP address"))?;
    let net = prefix(cidr).ok_or_else(|| wrong("second argument is no prefix in CIDR notation"))?;
    Ok(net.contains(&ip))
}

/// A prefix in CIDR notation.
pub(super) fn prefix(text: &str) -> Option<IpNet> {
    text.parse().ok()
}

/// Whether a name is a zone's own or lies in it, label by label, without regard to case.
fn ends_with_label(name: &str, zone: &str) -> Result<bool, ExecutionError> {
    let plain = |text: &str| text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let (name, zone) = (plain(name), plain(zone));
    if !is_name(&zone) || name.is_empty() {
        let message = "it takes a name and a zone, and one of them is none";
        return Err(ExecutionError::function_error("endsWithLabel", message));
    }
    Ok(name.strip_suffix(&zone).is_some_and(|front| front.is_empty() || front.ends_with('.')))
}

/// Whether a text can be the name of a zone.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.strip_suffix('.').unwrap_or(text);
    !text.is_empty() && text.split('.').all(|label| !label.is_empty() && !label.contains(char::is_whitespace))
}

fn fitting(function: &str) -> ExecutionError {
    ExecutionError::function_error(function, "its arguments are of other types than it takes")
}

fn list_contains<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [list, value] = args.as_slice() else { return Err(fitting("contains")) };
    let list = list.downcast_ref::<CelList>().ok_or_else(|| fitting("contains"))?;
    let found = list.inner().iter().any(|one| one.equals(value.as_ref()));
    Ok(CowVal::owned(CelBool::from(found)))
}

fn join<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [list, between] = args.as_slice() else { return Err(fitting("join")) };
    let list = list.downcast_ref::<CelList>().ok_or_else(|| fitting("join"))?;
    let between = between.downcast_ref::<CelString>().ok_or_else(|| fitting("join"))?;
    let texts: Option<Vec<&str>> =
        list.inner().iter().map(|one| one.downcast_ref::<CelString>().map(CelString::inner)).collect();
    let texts = texts.ok_or_else(|| fitting("join"))?;
    Ok(CowVal::owned(CelString::from(texts.join(between.inner()))))
}

fn lower_ascii<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let text = args.first().and_then(|text| text.downcast_ref::<CelString>());
    let lower = text.ok_or_else(|| fitting("lowerAscii"))?.inner().to_ascii_lowercase();
    Ok(CowVal::owned(CelString::from(lower)))
}

/// The value of a tag; null when it is not there. Azure docs, "Use tags to organize your Azure resources": "Tag names
/// are case-insensitive for operations", so `Owner` is the tag `owner`.
fn tag<'b, 'v>(args: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [tags, name] = args.as_slice() else { return Err(fitting("tag")) };
    let tags = tags.downcast_ref::<CelMap>().ok_or_else(|| fitting("tag"))?;
    let name = name.downcast_ref::<CelString>().ok_or_else(|| fitting("tag"))?;
    let fits = |key: &str| key.eq_ignore_ascii_case(name.inner());
    let found = tags.inner().iter().filter_map(|(key, value)| {
        let key = key.inner().downcast_ref::<CelString>()?;
        fits(key.inner()).then_some((key.inner(), value))
    });
    // Two tags that differ in case alone cannot stand on one resource; of such a row the first is taken, so that the
    // answer does not depend on the order of a map.
    let first = found.min_by_key(|(key, _)| *key);
    Ok(first.map_or_else(|| CowVal::owned(CelNull), |(_, value)| CowVal::Owned(value.clone_as_boxed())))
}
