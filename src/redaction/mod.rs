//! Stand-ins for what must not leave the house: what was read → the same with other names, ids and public addresses.
//! Pure; knows which fields are read and Azure's own words, and judges nothing.
//!
//! Nothing is kept for being harmless, only for being known: fields that nobody reads are left out, and of those that
//! are read a text stays where it is a word of Azure's own. What is the same before is the same afterwards, wherever it
//! stands, so that every rule finds what it found: in a name as in the labels of a host's name, in the ids of others as
//! in what a zone group wrote into a record.

mod addresses;
mod document;
mod field;
mod names;
#[cfg(test)]
mod tests;
mod text;
mod words;

use rayon::prelude::*;

use crate::inventory::{Collected, Coverage, Gap, Origin, Resource, ResourceId, Scope};
use crate::topology::zones::ZoneTableError;
use names::{Names, Seen};
use text::Pass;

/// What stands for what in one estate.
#[derive(Debug)]
pub struct Redaction(Names);

impl Redaction {
    /// Goes through an estate for all that needs a stand-in. Fails where the zone table inside the binary does.
    pub fn of(collected: &Collected) -> Result<Redaction, ZoneTableError> {
        let words = words::azure()?;
        let resources = collected.resources.par_iter().with_min_len(256);
        let seen = resources.fold(
            || Seen::new(words),
            |mut seen, one| {
                document::resource(&mut seen, one);
                seen
            },
        );
        let mut seen = seen.reduce(|| Seen::new(words), Seen::joined);
        origin(&mut seen, &collected.origin);
        coverage(&mut seen, &collected.coverage);
        Ok(Redaction(seen.settled()))
    }

    /// The estate with stand-ins.
    pub fn redacted(&self, collected: &Collected) -> Collected {
        let made = |one: &Resource| document::resource(&mut &self.0, one);
        let mut resources: Vec<Resource> = collected.resources.par_iter().map(made).collect();
        resources.par_sort_by(|a, b| a.id.cmp(&b.id));
        Collected {
            origin: origin(&mut &self.0, &collected.origin),
            resources,
            coverage: coverage(&mut &self.0, &collected.coverage),
        }
    }

    /// The stand-in of an id.
    pub fn id(&self, id: &str) -> String {
        text::id(&mut &self.0, id)
    }

    /// The stand-in of a name, an address, a prefix or a GUID.
    pub fn name(&self, name: &str) -> String {
        text::name(&mut &self.0, name)
    }
}

fn origin(pass: &mut impl Pass, from: &Origin) -> Origin {
    let mut names = |list: &[String]| -> Vec<String> {
        let mut made: Vec<String> = list.iter().map(|one| text::name(pass, one)).collect();
        made.sort();
        made
    };
    let scope = Scope {
        subscriptions: names(&from.scope.subscriptions),
        resource_groups: names(&from.scope.resource_groups),
        context_subscriptions: names(&from.scope.context_subscriptions),
        appliance: from.scope.appliance.as_deref().map(|identity| text::name(pass, identity)),
        ..from.scope.clone()
    };
    Origin {
        tenant_id: from.tenant_id.as_deref().map(|tenant| text::name(pass, tenant)),
        scope,
        redacted: true,
        ..from.clone()
    }
}

fn coverage(pass: &mut impl Pass, from: &Coverage) -> Coverage {
    let mut made = from.clone();
    for subscription in &mut made.subscriptions {
        subscription.id = text::name(pass, &subscription.id);
    }
    for gap in &mut made.gaps {
        *gap = self::gap(pass, gap);
    }
    let asked = made.asked_singly.values_mut().flatten();
    for id in made.unrelated_zones.iter_mut().chain(asked) {
        *id = self::id(pass, id);
    }
    made.normalise();
    made
}

fn gap(pass: &mut impl Pass, from: &Gap) -> Gap {
    Gap {
        subscription: from.subscription.as_deref().map(|id| text::name(pass, id)),
        kind: from.kind,
        resource: from.resource.as_ref().map(|id| self::id(pass, id)),
        status: from.status,
        code: text::code(pass, &from.code),
        message: text::prose(pass, &from.message),
    }
}

fn id(pass: &mut impl Pass, id: &ResourceId) -> ResourceId {
    ResourceId::new(&text::id(pass, id.as_str()))
}
