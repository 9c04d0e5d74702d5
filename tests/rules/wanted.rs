//! What a further round of reading is asked for.

use plaudit::inventory::{Collected, Kind, ResourceId, Role, Want};
use serde_json::json;

use crate::estate::demo::Demo;
use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::topology;
use crate::small::{BLOB, Direct, Hub, INBOUND};

const DNS: [Kind; 6] = [
    Kind::PrivateDnsZones,
    Kind::VirtualNetworkLinks,
    Kind::RecordSets,
    Kind::DnsForwardingRulesets,
    Kind::ForwardingRules,
    Kind::RulesetLinks,
];

/// But for what is asked of what endpoints lead to, of which `asked` tells.
fn wanted(collected: Collected) -> Vec<Want> {
    let mut wants = topology(collected).wanted();
    wants.retain(|want| !matches!(want, Want::Target { .. } | Want::StorageAccounts { .. }));
    wants
}

/// What a run holds that has read of this subscription only these kinds.
fn having_read(e: &Estate, subscription: &str, kinds: &[Kind]) -> Collected {
    let guid = e.subscription_guid(subscription);
    let mut collected = e.collected();
    collected.resources.retain(|resource| {
        resource.id.subscription() != Some(&guid)
            || Kind::of(&resource.id).is_some_and(|k| kinds.contains(&k))
    });
    let known = &mut collected.coverage.subscriptions;
    known.retain(|s| s.id != guid || !kinds.is_empty());
    for subscription in known.iter_mut().filter(|s| s.id == guid) {
        subscription.kinds = kinds.to_vec();
    }
    collected
}

fn whole(e: &Estate, subscription: &str) -> Want {
    Want::Subscription { id: e.subscription_guid(subscription), role: Role::Context, dns: true }
}

/// As [`whole`], where its private DNS has been read.
fn rest(e: &Estate, subscription: &str) -> Want {
    Want::Subscription { id: e.subscription_guid(subscription), role: Role::Context, dns: false }
}

#[test]
fn a_healthy_estate_that_was_read_whole_wants_nothing() {
    for e in [Demo::healthy().e, Direct::new().e, Hub::new().e] {
        assert_eq!(wanted(e.collected()), []);
    }
}

#[test]
fn the_subscription_of_a_peered_network() {
    let it = Hub::new();
    assert_eq!(wanted(having_read(&it.e, "hub", &DNS)), [rest(&it.e, "hub")]);
    assert_eq!(wanted(having_read(&it.e, "hub", &[])), [whole(&it.e, "hub")]);
}

#[test]
fn never_what_was_asked_for_in_vain() {
    let mut it = Hub::new();
    it.e.gap(Kind::VirtualNetworks, "hub", 403, "AuthorizationFailed");
    assert_eq!(wanted(it.e.collected()), []);
    let mut it = Hub::new();
    it.e.gap(Kind::Subscriptions, "hub", 403, "AuthorizationFailed");
    let wants = wanted(it.e.collected());
    // The endpoint's record cannot be seen any more.
    assert_eq!(wants, [Want::ZoneGroups { endpoint: it.pe.clone() }]);
}

#[test]
fn never_microsoft_s_subscription_behind_a_virtual_hub() {
    let mut it = Direct::new();
    it.e.connect_to_virtual_hub(&it.vnet, "vwan");
    assert_eq!(wanted(it.e.collected()), []);
}

#[test]
fn the_subscription_of_a_zone_in_a_zone_group() {
    let mut it = Direct::new();
    it.e.remove(&it.zone);
    let dark = "5b7d7be1-0000-4000-8000-000000000001";
    it.e.drop_zone_group(&it.pe);
    let zone = format!(
        "/subscriptions/{}/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones/{BLOB}",
        dark.to_ascii_uppercase()
    );
    it.e.zone_group(&it.pe, &[&ResourceId::new(&zone)]);
    assert_eq!(wanted(it.e.collected()), [Want::ZoneGroups { endpoint: it.pe.clone() }]);
    let expected = Want::Subscription { id: dark.into(), role: Role::Context, dns: true };
    assert_eq!(wanted(it.e.collected_with_zone_groups()), [expected]);
}

#[test]
fn the_subscription_of_a_network_that_an_audited_zone_is_linked_to() {
    let mut it = Direct::new();
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.7.0.0/16");
    it.e.in_subscription(HOME);
    it.e.link(&it.zone, &far);
    assert_eq!(wanted(having_read(&it.e, "far", &DNS)), [rest(&it.e, "far")]);
}

#[test]
fn the_subscription_behind_a_peering_that_leads_to_a_lost_dns_server() {
    // The server stands two peerings away: the hub is read, and its peering says where the address is.
    let mut it = Hub::new();
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.7.0.0/16");
    it.e.machine(&far, "dc-nic", "10.7.2.4");
    it.e.peer(&it.hub, &far);
    it.e.in_subscription(HOME);
    assert_eq!(wanted(having_read(&it.e, "far", &DNS)), []);
    it.e.dns_servers(&it.spoke, &["10.7.2.4"]);
    assert_eq!(wanted(having_read(&it.e, "far", &DNS)), [rest(&it.e, "far")]);
    assert_eq!(wanted(it.e.collected()), []);
}

#[test]
fn the_subscription_of_a_rule_s_target_that_is_lost() {
    let (mut it, ruleset) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.7.0.0/16");
    let resolver = it.e.resolver("far-resolver", &far);
    it.e.inbound(&resolver, "10.7.1.4");
    it.e.link(&it.zone, &far);
    it.e.peer(&it.hub, &far);
    it.e.in_subscription(HOME);
    let rule = ResourceId::new(&format!("{ruleset}/forwardingRules/blob-core-windows-net"));
    it.e.edit(&rule, |r| {
        r["properties"]["targetDnsServers"] = json!([{"ipAddress": "10.7.1.4", "port": 53}])
    });
    crate::judged::expect(&it.e, &[]);
    assert_eq!(wanted(having_read(&it.e, "far", &DNS)), [rest(&it.e, "far")]);
}

#[test]
fn the_subscription_of_a_policy_of_the_firewall_that_is_asked() {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let firewall = it.e.firewall("afw", &it.hub, "10.0.2.4");
    it.e.in_subscription("policies");
    let base = it.e.firewall_policy("base", true, &[INBOUND]);
    it.e.in_subscription("hub");
    let child = it.e.child_policy("child", &base);
    it.e.use_policy(&firewall, &child);
    it.e.in_subscription(HOME);
    // Nobody asks the firewall.
    assert_eq!(wanted(having_read(&it.e, "policies", &[])), []);
    it.e.dns_servers(&it.spoke, &["10.0.2.4"]);
    assert_eq!(wanted(having_read(&it.e, "policies", &[])), [whole(&it.e, "policies")]);
    assert_eq!(wanted(it.e.collected()), []);
}

#[test]
fn zone_groups_of_suspects_alone_and_once() {
    let mut it = Direct::new();
    let suspect = it.e.endpoint("suspect", &it.vnet, storage("lost", "blob"));
    let dark = "/subscriptions/5b7d7be1-0000-4000-8000-000000000001/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones";
    it.e.zone_group(&suspect, &[&ResourceId::new(&format!("{dark}/{BLOB}"))]);
    assert_eq!(wanted(it.e.collected()), [Want::ZoneGroups { endpoint: suspect.clone() }]);
    let mut asked = it.e.collected();
    asked.coverage.note_asked(Kind::PrivateDnsZoneGroups, &suspect);
    assert_eq!(wanted(asked), []);
    // DNS settings of its own are evidence that there is no zone group.
    it.e.drop_zone_group(&suspect);
    assert_eq!(wanted(it.e.collected()), []);
    // Who is not approved has no names.
    it.e.pending(&suspect);
    assert_eq!(wanted(it.e.collected()), []);
}

#[test]
fn zone_groups_come_after_everything_else() {
    let mut it = Hub::new();
    it.e.remove(&it.record());
    assert_eq!(wanted(having_read(&it.e, "hub", &DNS)), [rest(&it.e, "hub")]);
    assert_eq!(wanted(it.e.collected()), [Want::ZoneGroups { endpoint: it.pe.clone() }]);
}

#[test]
fn context_endpoints_are_no_suspects() {
    let mut it = Direct::new();
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.7.0.0/16");
    let pe = it.e.endpoint("theirs", &far, storage("theirs", "blob"));
    it.e.edit(&pe, |pe| pe["properties"]["customDnsConfigs"] = json!([]));
    assert_eq!(wanted(it.e.collected()), []);
}

#[test]
fn a_zone_passed_over_that_turns_out_related() {
    let mut it = Direct::new();
    it.e.cname(&it.zone, "alias", "acct.storage.contoso.com");
    let unrelated = it.e.zone("contoso.com");
    let other = it.e.zone("fabrikam.com");
    let mut collected = it.e.collected();
    collected.coverage.unrelated_zones = vec![unrelated.clone(), other];
    assert_eq!(wanted(collected.clone()), [Want::ZoneChildren { zone: unrelated }]);
    collected.coverage.unrelated_zones.clear();
    assert_eq!(wanted(collected), []);
}

#[test]
fn without_context_nothing_but_zone_groups() {
    let mut it = Hub::new();
    it.e.remove(&it.record());
    let mut collected = having_read(&it.e, "hub", &[]);
    collected.origin.scope.context = false;
    collected.coverage.every_visible_subscription = false;
    assert_eq!(wanted(collected), [Want::ZoneGroups { endpoint: it.pe.clone() }]);
}
