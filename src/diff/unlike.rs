//! Why two runs may not be comparable.

use jiff::Timestamp;

use super::Run;

/// How many subscriptions a sentence names.
const NAMED: usize = 5;

/// What a reader must know before believing the comparison, one sentence each.
pub(super) fn warnings(old: &Run, new: &Run) -> Vec<String> {
    if old == new {
        return vec!["OLD and NEW are one and the same run".to_owned()];
    }
    let mut all = Vec::new();
    all.extend(turned(old, new));
    if !old.cloud.eq_ignore_ascii_case(&new.cloud) {
        all.push(format!("OLD is of {}, NEW of {}", old.cloud, new.cloud));
    }
    if let (Some(then), Some(now)) = (&old.tenant, &new.tenant)
        && !then.eq_ignore_ascii_case(now)
    {
        all.push(format!("OLD is of tenant {then}, NEW of tenant {now}"));
    }
    let narrower = "what NEW does not cover can no longer be judged";
    all.extend(subscriptions(old, new).map(|what| format!("OLD audits {what}, NEW does not: {narrower}")));
    let wider = "their faults are new to OLD, not to the estate";
    all.extend(subscriptions(new, old).map(|what| format!("NEW audits {what}, OLD does not: {wider}")));
    all.extend(groups(old, new));
    if old.scope.context != new.scope.context {
        let (with, without) = if old.scope.context { ("OLD", "NEW") } else { ("NEW", "OLD") };
        all.push(format!("{with} was read with its context, {without} without (--no-context)"));
    }
    if old.scope.deep != new.scope.deep {
        let (with, without) = if old.scope.deep { ("OLD", "NEW") } else { ("NEW", "OLD") };
        all.push(format!("{with} was read with --deep, {without} without"));
    }
    let packs = |run: &Run| match run.scope.packs.as_slice() {
        [] => "no pack".to_owned(),
        packs => packs.iter().map(|pack| pack.name()).collect::<Vec<_>>().join(" and "),
    };
    if old.scope.packs != new.scope.packs {
        all.push(format!("OLD was read with {}, NEW with {} (--pack)", packs(old), packs(new)));
    }
    let version = |run: &Run| run.tool.clone().unwrap_or_else(|| "an unknown version".to_owned());
    if old.tool != new.tool {
        all.push(format!(
            "OLD was judged by plaudit {}, NEW by {}: rules may differ",
            version(old),
            version(new)
        ));
    }
    all
}

/// Compared backwards, or at times that nobody can tell.
fn turned(old: &Run, new: &Run) -> Option<String> {
    match (old.collected_at.parse::<Timestamp>(), new.collected_at.parse::<Timestamp>()) {
        (Ok(then), Ok(now)) if then > now => Some(format!(
            "OLD was read after NEW ({} and {}): are they the wrong way round?",
            old.collected_at, new.collected_at
        )),
        (Ok(_), Ok(_)) => None,
        _ => Some("which of the two was read first cannot be told".to_owned()),
    }
}

/// The subscriptions that one audits and the other does not, in words.
fn subscriptions(of: &Run, other: &Run) -> Option<String> {
    let missing: Vec<&str> = of.audited().filter(|id| !other.audits(id)).collect();
    let names: Vec<&str> = missing.iter().take(NAMED).map(|id| of.called(id)).collect();
    match missing.len() {
        0 => None,
        1 => Some(format!("subscription {}", names.join(", "))),
        n if n > NAMED => Some(format!("{n} subscriptions ({} and more)", names.join(", "))),
        n => Some(format!("{n} subscriptions ({})", names.join(", "))),
    }
}

fn groups(old: &Run, new: &Run) -> Option<String> {
    let sorted = |run: &Run| {
        let mut groups: Vec<String> =
            run.scope.resource_groups.iter().map(|group| group.to_ascii_lowercase()).collect();
        groups.sort();
        groups.dedup();
        groups
    };
    let told = |groups: &[String]| match groups {
        [] => "every resource group".to_owned(),
        [group] => format!("resource group {group}"),
        groups => format!("resource groups {}", groups.join(", ")),
    };
    let (then, now) = (sorted(old), sorted(new));
    (then != now).then(|| format!("OLD reports on {}, NEW on {}", told(&then), told(&now)))
}
