//! Arbitrary estates as snapshots: what was written is read, and what is left of a file is never a smaller estate.

use plaudit::inventory::snapshot;
use plaudit::inventory::{
    Cloud, Collected, Coverage, Gap, Kind, Origin, Pack, Resource, ResourceId, Role, Scope, Source,
    SubscriptionCoverage, Verification,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use super::{config, plan};
use crate::redacted::{bytes, redacted};

const KINDS: [Kind; 6] = [
    Kind::PrivateEndpoints,
    Kind::RecordSets,
    Kind::Targets,
    Kind::Metrics,
    Kind::Subscriptions,
    Kind::RoleAssignments,
];

/// Texts that a file of lines must not stumble over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9-]{1,8}",
        "\\PC{1,6}",
        select(vec!["\n", "\r\n", "\u{0}", "\"", "\\", "{\"footer\":true}", "\u{2028}", "\u{feff}"])
            .prop_map(str::to_owned),
    ]
}

fn id() -> impl Strategy<Value = ResourceId> {
    vec(text(), 1..5).prop_map(|parts| ResourceId::new(&format!("/x/{}/y", parts.join("/"))))
}

fn gap() -> impl Strategy<Value = Gap> {
    (option::of(text()), select(&KINDS[..]), option::of(id()), option::of(any::<u16>()), text(), text())
        .prop_map(|(subscription, kind, resource, status, code, message)| Gap {
            subscription,
            kind,
            resource,
            status,
            code,
            message,
        })
}

fn coverage() -> impl Strategy<Value = Coverage> {
    let one = (text(), any::<bool>(), vec(select(&KINDS[..]), 0..4)).prop_map(|(id, audited, kinds)| {
        let role = if audited { Role::Audited } else { Role::Context };
        SubscriptionCoverage { id, role, kinds }
    });
    let asked = btree_map(select(&KINDS[..]), vec(id(), 1..3), 0..3);
    (vec(one, 0..3), vec(gap(), 0..4), any::<bool>(), vec(id(), 0..3), asked).prop_map(
        |(subscriptions, gaps, every_visible_subscription, unrelated_zones, asked_singly)| {
            let mut coverage =
                Coverage { subscriptions, gaps, every_visible_subscription, unrelated_zones, asked_singly };
            coverage.normalise();
            coverage
        },
    )
}

fn scope() -> impl Strategy<Value = Scope> {
    let lists = (vec(text(), 0..3), vec(text(), 0..3), vec(text(), 0..3));
    let source = option::of(select(vec![Source::Arm, Source::Graph]));
    let packs = proptest::sample::subsequence(Pack::ALL.to_vec(), 0..=2);
    let metrics = option::of(select(vec!["7d", "36h", "93d"]));
    (lists, any::<(bool, bool)>(), source, packs, metrics, option::of(text())).prop_map(
        |((subscriptions, resource_groups, others), (context, deep), source, packs, metrics, appliance)| {
            Scope {
                subscriptions,
                resource_groups,
                context,
                deep,
                context_subscriptions: others,
                packs,
                appliance,
                source,
                metrics: metrics.map(|span| span.parse().unwrap()),
            }
        },
    )
}

fn origin() -> impl Strategy<Value = Origin> {
    let cloud = select(vec![Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud]);
    let again = option::of(any::<(usize, usize, usize, usize)>());
    (cloud, option::of(text()), text(), scope(), again, any::<bool>()).prop_map(
        |(cloud, tenant_id, collected_at, scope, again, redacted)| Origin {
            cloud,
            tenant_id,
            collected_at,
            scope,
            verification: again.map(|(findings, lists, stale, unread)| Verification {
                findings,
                lists,
                stale,
                unread,
            }),
            redacted,
        },
    )
}

/// Anything that a run may hold.
fn collected() -> impl Strategy<Value = Collected> {
    let resource = (id(), text(), any::<f64>()).prop_map(|(id, more, number)| {
        let json = json!({"id": id.as_str(), "name": more, "properties": {"id": [more], "number": number}});
        Resource { id, json: json.to_string().into() }
    });
    (origin(), vec(resource, 0..6), coverage()).prop_map(|(origin, mut resources, coverage)| {
        resources.sort_by(|a, b| a.id.cmp(&b.id));
        resources.dedup_by(|a, b| a.id == b.id);
        Collected { origin, resources, coverage }
    })
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn whatever_is_written_is_read(collected in collected(), cut in any::<Index>()) {
        let whole = bytes(&collected);
        let again = snapshot::read_from(whole.as_slice(), "FILE").unwrap();
        prop_assert_eq!(&again, &collected);
        prop_assert!(bytes(&again) == whole);
        // The last byte is a line's end, which may be missing.
        let end = cut.index(whole.len() - 1);
        prop_assert!(snapshot::read_from(&whole[..end], "FILE").is_err(), "{end} of {}", whole.len());
    }
}

proptest! {
    #![proptest_config(config(10))]

    #[test]
    fn an_estate_is_kept_in_every_compression_and_redacted(plan in plan(), cut in any::<Index>()) {
        let collected = plan.read(&plan.estate());
        let folder = tempfile::tempdir().unwrap();
        let once = redacted(&collected);
        for kept in [&collected, &once] {
            for name in ["estate.jsonl", "estate.jsonl.gz", "estate.jsonl.zst"] {
                let path = folder.path().join(name);
                snapshot::write(&path, kept).unwrap();
                prop_assert_eq!(&snapshot::read(&path).unwrap(), kept);
                let whole = std::fs::read(&path).unwrap();
                let end = cut.index(whole.len() - 1);
                prop_assert!(snapshot::read_from(&whole[..end], "FILE").is_err(), "{name} {end}");
            }
        }
        // What was redacted in the same way twice is the same.
        prop_assert!(bytes(&once) == bytes(&redacted(&collected)));
        let twice = redacted(&once);
        prop_assert_eq!(twice.resources.len(), collected.resources.len());
        prop_assert!(twice.origin.redacted);
    }
}
