//! The rows of random estates: what their schema says, and none of them changed by reading less.

use plaudit::inventory::{Kind, ResourceId};
use proptest::prelude::*;

use crate::compare::topology;
use crate::config;
use crate::estate::{Estate, HOME};
use crate::mangled::{Mangle, collected, mangled};
use crate::plan::plan;
use crate::rows::{all, only_less, unchecked};

/// What else may not be read: the children of the `at`th zone, ruleset, resolver or endpoint.
fn children(e: &Estate, at: usize) -> Option<(ResourceId, Kind)> {
    let below = |id: ResourceId| {
        let kinds: &[Kind] = match Kind::of(&id)? {
            Kind::PrivateDnsZones => &[Kind::VirtualNetworkLinks, Kind::RecordSets],
            Kind::DnsForwardingRulesets => &[Kind::ForwardingRules, Kind::RulesetLinks],
            Kind::DnsResolvers => &[Kind::InboundEndpoints],
            Kind::PrivateEndpoints => &[Kind::PrivateDnsZoneGroups],
            _ => return None,
        };
        Some(kinds.iter().map(move |kind| (id.clone(), *kind)))
    };
    let ids = e.values().into_iter().map(|value| ResourceId::new(value["id"].as_str().unwrap_or_default()));
    let all: Vec<(ResourceId, Kind)> = ids.filter_map(below).flatten().collect();
    all.get(at % all.len().max(1)).cloned()
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn less_is_known_of_less(
        plan in plan(),
        lists in prop::collection::vec(0..Kind::LISTED.len(), 0..3),
        below in prop::collection::vec(any::<usize>(), 0..3),
    ) {
        let (e, _) = plan.build();
        let mut reduced = e.clone();
        for at in below {
            if let Some((parent, kind)) = children(&reduced, at) {
                reduced.gap_under(&parent, kind, 429, "TooManyRequests");
            }
        }
        for list in &lists {
            reduced.gap(Kind::LISTED[*list], HOME, 403, "AuthorizationFailed");
        }
        let full = all(&topology(e.collected_with_zone_groups()));
        let less = all(&topology(reduced.collected_with_zone_groups()));
        prop_assert_eq!(only_less(&full, &less), Ok(()));
    }

    /// A number below zero is no value of any field that is read.
    #[test]
    fn what_is_not_understood_changes_no_fact(plan in plan(), odd in prop::collection::vec(any::<(usize, usize)>(), 1..4)) {
        let full = all(&topology(collected(&plan)));
        let odd: Vec<(usize, usize, Mangle)> =
            odd.into_iter().map(|(resource, at)| (resource, at, Mangle::Value((-1).into()))).collect();
        let less = unchecked(&topology(mangled(collected(&plan), &odd)));
        prop_assert_eq!(only_less(&full, &less), Ok(()));
    }
}
