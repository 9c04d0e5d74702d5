//! What a run reads of an estate, round after round: what the lists hold, then what the product asks for singly.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use plaudit::inventory::{Cloud, Collected, Coverage, Kind, Want, wire};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};

use super::Estate;

/// The zones of the public cloud.
pub static TABLE: LazyLock<ZoneTable> = LazyLock::new(|| ZoneTable::embedded(Cloud::AzureCloud).unwrap());

/// What a run holds in its hands that has asked for what the topology wants, as a live run does.
pub fn read(e: &Estate) -> Collected {
    read_with(e, &Options::default())
}

/// As [`read`], under a configuration.
pub fn read_with(e: &Estate, options: &Options) -> Collected {
    read_on(e, e.collected(), options)
}

/// As [`read`], asking for the zone group of every endpoint and for every target.
pub fn read_deep(e: &Estate) -> Collected {
    let mut collected = e.collected();
    collected.origin.scope.deep = true;
    read_on(e, collected, &Options::default())
}

fn read_on(e: &Estate, mut collected: Collected, options: &Options) -> Collected {
    let mut done: BTreeSet<Want> = BTreeSet::new();
    loop {
        let topology = Topology::build(wire::inventory(collected.clone()), &TABLE, options.clone());
        let mut wants = topology.wanted();
        wants.retain(|want| is_single(want) && !done.contains(want));
        if wants.is_empty() {
            return collected;
        }
        for want in &wants {
            collected.resources.extend(e.answer_read(want));
            note(&mut collected.coverage, want);
        }
        collected.resources.sort_by(|a, b| a.id.cmp(&b.id));
        collected.resources.dedup_by(|a, b| a.id == b.id);
        collected.coverage.normalise();
        done.extend(wants);
    }
}

/// Everything but what one call brings was read in the first round.
fn is_single(want: &Want) -> bool {
    matches!(
        want,
        Want::ZoneGroups { .. }
            | Want::Target { .. }
            | Want::LinkResources { .. }
            | Want::StorageAccounts { .. }
    )
}

fn note(coverage: &mut Coverage, want: &Want) {
    match want {
        Want::ZoneGroups { endpoint } => coverage.note_asked(Kind::PrivateDnsZoneGroups, endpoint),
        Want::Target { target } => {
            coverage.note_asked(Kind::Targets, target);
            coverage.note_asked(Kind::TargetConnections, target);
        }
        Want::LinkResources { target } => coverage.note_asked(Kind::LinkResources, target),
        Want::StorageAccounts { subscription } => {
            let asked = coverage.subscriptions.iter_mut().find(|asked| asked.id == *subscription);
            asked.expect("a subscription that was asked").kinds.push(Kind::StorageAccounts);
        }
        _ => {}
    }
}
