//! Custom DNS servers, firewalls, rulesets and zones that shadow: how a network gets its answer.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::HOME;
use crate::estate::services::storage;
use crate::judged::{
    evidence, expect, expect_beside, expect_unknown, expect_unknown_beside, judge, not_judged, only,
};
use crate::small::{BLOB, Direct, Hub, INBOUND, link};

const VIEW: [&str; 4] = ["DNS-010", "DNS-021", "DNS-022", "DNS-023"];
const NOT_SEEN: [&str; 1] = ["DNS-010 pe fail error certain"];
const PROBABLY_NOT_SEEN: [&str; 1] = ["DNS-010 pe fail warning probable"];
const NOBODY_ANSWERS: [&str; 1] = ["DNS-035 spoke fail error certain"];
const PROXY_OFF: [&str; 1] = ["DNS-036 spoke fail error certain"];
const SERVER_UNKNOWN: [&str; 1] = ["DNS-035 spoke unknown"];
/// The rule takes the names of a zone that is linked.
const SHADOWED: [&str; 1] = ["DNS-037 spoke fail warning certain"];
const SUFFIX_LINKED: [&str; 1] = ["DNS-038 blob.core.windows.net fail warning certain"];

// Addresses.

#[test]
fn an_inbound_endpoint_answers_with_what_its_own_network_is_linked_to() {
    let mut it = Hub::new();
    // The hub's own custom DNS does not matter.
    it.e.dns_servers(&it.hub, &["192.168.7.4"]);
    expect(&it.e, &[]);
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &NOT_SEEN);
}

#[test]
fn a_dead_address_in_a_resolver_s_subnet_is_certain() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &["10.0.1.9"]);
    expect(&it.e, &NOBODY_ANSWERS);
    let report = judge(&it.e);
    assert!(only(&report, "DNS-035").headline.contains("no inbound endpoint has this address"));
    it.e.gap(Kind::InboundEndpoints, "hub", 500, "InternalServerError");
    expect_unknown_beside(&it.e, &SERVER_UNKNOWN, "pe", &VIEW);
}

#[test]
fn machines_and_load_balancers_are_taken_to_ask_azure_and_are_probable() {
    for holder in ["machine", "balancer", "scale set"] {
        let mut it = Hub::new();
        let address = if holder == "scale set" { "10.0.0.4" } else { "10.0.3.4" };
        match holder {
            "machine" => {
                it.e.machine(&it.hub, "dc-nic", address);
            }
            "balancer" => {
                it.e.load_balancer("lb", &it.hub, address);
            }
            _ => {
                it.e.scale_set(&it.hub);
            }
        }
        it.e.dns_servers(&it.spoke, &[address]);
        expect(&it.e, &[]);
        it.e.unlink(&it.zone, &it.hub);
        expect(&it.e, &PROBABLY_NOT_SEEN);
    }
}

#[test]
fn a_server_in_the_network_itself_is_found_first() {
    let mut it = Direct::new();
    it.e.machine(&it.vnet, "dc-nic", "10.1.2.4");
    it.e.dns_servers(&it.vnet, &["10.1.2.4"]);
    expect(&it.e, &[]);
}

#[test]
fn a_unique_holder_anywhere_is_probable() {
    let mut it = Hub::new();
    it.e.edit(&it.spoke, |v| v["properties"]["virtualNetworkPeerings"] = json!([]));
    expect(&it.e, &[]);
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &PROBABLY_NOT_SEEN);
    // In two places it is nobody's.
    let twin = it.e.vnet("twin", "10.0.0.0/16");
    it.e.machine(&twin, "other-nic", INBOUND);
    expect(&it.e, &["DNS-017 spoke fail info certain"]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-010").len(), 1);
}

#[test]
fn an_address_behind_the_same_virtual_hub_is_found() {
    let mut it = Hub::new();
    it.e.edit(&it.spoke, |v| v["properties"]["virtualNetworkPeerings"] = json!([]));
    it.e.connect_to_virtual_hub(&it.spoke, "vwan");
    it.e.connect_to_virtual_hub(&it.hub, "vwan");
    expect(&it.e, &[]);
    it.e.edit(&it.hub, |v| {
        v["properties"]["virtualNetworkPeerings"] = json!([v["properties"]["virtualNetworkPeerings"][1]])
    });
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &NOT_SEEN);
}

#[test]
fn custom_dns_that_is_nowhere_is_not_judged() {
    for servers in [&["192.168.7.4"][..], &["192.168.7.4", "192.168.7.5"], &["dns.contoso.com"]] {
        let mut it = Direct::new();
        it.e.dns_servers(&it.vnet, servers);
        expect(&it.e, &["DNS-017 vnet fail info certain"]);
        assert_eq!(not_judged(&judge(&it.e), "DNS-010").len(), 1);
    }
}

#[test]
fn an_address_behind_a_peering_into_the_dark_is_unknown() {
    let mut it = Direct::new();
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/far",
    );
    it.e.peer_with(&it.vnet, &far, &json!(["10.8.0.0/16"]));
    it.e.dns_servers(&it.vnet, &["10.8.0.4"]);
    expect_unknown_beside(&it.e, &["DNS-035 vnet unknown"], "pe", &VIEW);
    // Azure names no gap: nothing there was ever asked for.
    crate::judged::expect_gaps(&it.e, &[]);
    assert!(judge(&it.e).incomplete);
    it.e.dns_servers(&it.vnet, &["10.9.0.4"]);
    expect(&it.e, &["DNS-017 vnet fail info certain"]);
}

// Several servers.

#[test]
fn servers_that_differ_are_probable() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &[INBOUND, "168.63.129.16"]);
    expect(&it.e, &PROBABLY_NOT_SEEN);
    it.e.link(&it.zone, &it.spoke);
    expect(&it.e, &[]);
}

#[test]
fn a_good_and_an_unknown_server_are_good_and_a_bad_and_an_unknown_one_probable() {
    let mut it = Hub::new();
    it.e.dns_servers(&it.spoke, &[INBOUND, "192.168.7.4"]);
    expect(&it.e, &[]);
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &PROBABLY_NOT_SEEN);
}

#[test]
fn a_good_and_an_unread_server_are_unknown() {
    let mut it = Hub::new();
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.5.0.0/16");
    it.e.machine(&far, "dc-nic", "10.5.2.4");
    it.e.in_subscription(HOME);
    it.e.peer(&far, &it.spoke);
    it.e.dns_servers(&it.spoke, &[INBOUND, "10.5.2.4"]);
    expect(&it.e, &PROBABLY_NOT_SEEN);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    expect_unknown_beside(&it.e, &SERVER_UNKNOWN, "pe", &VIEW);
}

#[test]
fn a_bad_server_is_reported_before_one_that_cannot_be_judged() {
    // The first leads to a record of a peer beyond a hub (nobody can say), the second to none.
    let mut it = Hub::new();
    let far = it.e.vnet("far", "10.7.0.0/16");
    it.e.peer(&it.hub, &far);
    let target = it.e.target(&it.pe);
    let peer = it.e.endpoint("peer", &far, storage("acct", "blob").at(&target));
    let address = it.e.addresses_of(&peer)[0].clone();
    it.e.drop_zone_group(&it.pe);
    it.e.record(&it.zone, "acct", &[&address]);
    expect_unknown(&it.e, "pe", &["DNS-021", "DNS-022", "DNS-023"]);
    it.e.dns_servers(&it.spoke, &[INBOUND, "168.63.129.16"]);
    expect(&it.e, &PROBABLY_NOT_SEEN);
}

// Firewalls.

const FIREWALL: &str = "10.0.2.4";

fn behind_firewall() -> (Hub, ResourceId) {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let firewall = it.e.firewall("afw", &it.hub, FIREWALL);
    it.e.in_subscription(HOME);
    it.e.dns_servers(&it.spoke, &[FIREWALL]);
    (it, firewall)
}

#[test]
fn a_firewall_whose_proxy_is_off_answers_nothing() {
    let (mut it, firewall) = behind_firewall();
    expect(&it.e, &PROXY_OFF);
    it.e.classic_dns(&firewall, false, &[]);
    expect(&it.e, &PROXY_OFF);
    assert!(only(&judge(&it.e), "DNS-036").message.contains("proxy is off"));
    it.e.classic_dns(&firewall, true, &[]);
    expect(&it.e, &[]);
}

#[test]
fn a_firewall_asks_azure_or_its_own_servers() {
    let (mut it, firewall) = behind_firewall();
    it.e.classic_dns(&firewall, true, &[INBOUND]);
    expect(&it.e, &[]);
    it.e.classic_dns(&firewall, true, &["192.168.7.4"]);
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-010").len(), 1);
    it.e.classic_dns(&firewall, true, &["10.0.1.9"]);
    expect(&it.e, &NOT_SEEN);
    it.e.classic_dns(&firewall, true, &[]);
    it.e.unlink(&it.zone, &it.hub);
    expect(&it.e, &NOT_SEEN);
}

#[test]
fn a_policy_says_how_and_inherits_it() {
    let (mut it, firewall) = behind_firewall();
    it.e.in_subscription("hub");
    let base = it.e.firewall_policy("base", true, &[INBOUND]);
    let child = it.e.child_policy("child", &base);
    it.e.in_subscription(HOME);
    it.e.classic_dns(&firewall, false, &[]);
    it.e.use_policy(&firewall, &child);
    expect(&it.e, &[]);
    it.e.edit(&base, |p| p["properties"]["dnsSettings"]["enableProxy"] = false.into());
    expect(&it.e, &PROXY_OFF);
    // Off is what a policy is that says nothing.
    it.e.edit(&base, |p| p["properties"]["dnsSettings"] = json!(null));
    expect(&it.e, &PROXY_OFF);
    it.e.gap(Kind::FirewallPolicies, "hub", 403, "AuthorizationFailed");
    expect_unknown_beside(&it.e, &["DNS-036 spoke unknown"], "pe", &VIEW);
}

#[test]
fn a_firewall_that_cannot_be_read_is_unknown() {
    let (mut it, _) = behind_firewall();
    it.e.gap(Kind::AzureFirewalls, "hub", 403, "AuthorizationFailed");
    expect_unknown_beside(&it.e, &SERVER_UNKNOWN, "pe", &VIEW);
}

#[test]
fn a_secured_hub_s_firewall_can_be_linked_to_nothing() {
    let mut it = Direct::new();
    let firewall = it.e.hub_firewall("afw", "vwan", "192.168.0.132");
    let policy = it.e.firewall_policy("policy", true, &[]);
    it.e.use_policy(&firewall, &policy);
    it.e.connect_to_virtual_hub(&it.vnet, "vwan");
    it.e.dns_servers(&it.vnet, &["192.168.0.132"]);
    expect(&it.e, &NOT_SEEN);
    let report = judge(&it.e);
    assert!(only(&report, "DNS-010").remediation[0].title.contains("secured hub"));
    it.e.edit(&policy, |p| p["properties"]["dnsSettings"]["enableProxy"] = false.into());
    expect(&it.e, &["DNS-036 vnet fail error certain"]);
    it.e.edit(&policy, |p| {
        p["properties"]["dnsSettings"] = json!({"enableProxy": true, "servers": ["10.1.2.4"]})
    });
    expect(&it.e, &[]);
}

// Rulesets.

#[test]
fn a_rule_on_the_public_name_leads_to_the_hub() {
    let (it, _) = Hub::with_ruleset("blob.core.windows.net.");
    expect(&it.e, &[]);
    let (mut it, _) = Hub::with_ruleset("acct.blob.core.windows.net.");
    expect(&it.e, &[]);
    it.e.dns_servers(&it.spoke, &["192.168.7.4"]);
    // Custom DNS does not hear of the ruleset.
    assert_eq!(not_judged(&judge(&it.e), "DNS-010").len(), 1);
}

#[test]
fn a_rule_on_the_public_name_wins_over_a_linked_privatelink_zone() {
    let (mut it, _) = Hub::with_ruleset("blob.core.windows.net.");
    let own = it.e.zone(BLOB);
    it.e.link(&own, &it.spoke);
    // The spoke's own zone lacks the record, and is not asked.
    expect(&it.e, &SHADOWED);
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect_beside(&it.e, &SHADOWED, &["DNS-022 pe fail error certain"]);
    assert!(evidence(only(&judge(&it.e), "DNS-022"), "path").contains("forwards blob.core.windows.net"));
}

#[test]
fn a_rule_on_the_privatelink_name_is_probable() {
    let (mut it, _) = Hub::with_ruleset("privatelink.blob.core.windows.net.");
    expect(&it.e, &[]);
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    // A linked zone of that name is asked before the rule.
    let own = it.e.zone(BLOB);
    it.e.link(&own, &it.spoke);
    expect(&it.e, &["DNS-021 pe fail error certain"]);
}

#[test]
fn a_rule_for_everything_leaves_reserved_names_to_azure() {
    let (mut it, _) = Hub::with_ruleset(".");
    expect(&it.e, &NOT_SEEN);
    it.e.link(&it.zone, &it.spoke);
    expect(&it.e, &[]);
}

#[test]
fn a_rule_for_everything_takes_other_names() {
    // Not every service has its names under a reserved suffix.
    let (mut it, _) = Hub::with_ruleset(".");
    it.e.link(&it.zone, &it.spoke);
    let zone = it.e.zone("privatelink.azurecr.io");
    let pe = it.e.endpoint("acr", &it.spoke, crate::estate::services::registry("reg", "westeurope"));
    it.e.zone_group(&pe, &[&zone]);
    it.e.link(&zone, &it.spoke);
    expect_beside(&it.e, &SHADOWED, &["DNS-010 acr fail error certain"]);
    it.e.link(&zone, &it.hub);
    expect(&it.e, &[]);
}

#[test]
fn a_disabled_rule_forwards_nothing() {
    let (mut it, ruleset) = Hub::with_ruleset("blob.core.windows.net.");
    let rule = ResourceId::new(&format!("{ruleset}/forwardingRules/blob-core-windows-net"));
    it.e.edit(&rule, |r| r["properties"]["forwardingRuleState"] = "Disabled".into());
    expect(&it.e, &NOT_SEEN);
}

#[test]
fn the_longest_rule_wins() {
    let (mut it, ruleset) = Hub::with_ruleset("windows.net.");
    it.e.rule(&ruleset, "core.windows.net.", &["10.0.1.9"]);
    expect(&it.e, &NOT_SEEN);
    it.e.rule(&ruleset, "blob.core.windows.net.", &[INBOUND]);
    expect(&it.e, &[]);
}

#[test]
fn rules_that_cannot_be_read_make_it_unknown() {
    let (mut it, ruleset) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.gap_under(&ruleset, Kind::ForwardingRules, 500, "InternalServerError");
    expect_unknown(&it.e, "pe", &VIEW);
    // Whatever a linked zone says: a rule would be heard first.
    it.e.link(&it.zone, &it.spoke);
    expect_unknown_beside(&it.e, &["DNS-037 spoke unknown"], "pe", &["DNS-021", "DNS-022", "DNS-023"]);
    let (mut it, ruleset) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.link(&it.zone, &it.spoke);
    it.e.gap_under(&ruleset, Kind::RulesetLinks, 500, "InternalServerError");
    expect_unknown_beside(&it.e, &["DNS-037 spoke unknown"], "pe", &["DNS-021", "DNS-022", "DNS-023"]);
}

#[test]
fn a_ruleset_in_a_hub_s_unread_list_makes_a_fault_unknown() {
    let (mut it, _) = Hub::with_ruleset("blob.core.windows.net.");
    let own = it.e.zone(BLOB);
    it.e.link(&own, &it.spoke);
    expect(&it.e, &SHADOWED);
    it.e.gap(Kind::DnsForwardingRulesets, "hub", 403, "AuthorizationFailed");
    expect_unknown_beside(&it.e, &["DNS-037 spoke unknown"], "pe", &["DNS-021", "DNS-022", "DNS-023"]);
}

#[test]
fn a_list_that_has_nothing_to_do_with_the_network_makes_a_fault_probable() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.in_subscription("stranger").in_subscription(HOME);
    it.e.gap(Kind::DnsForwardingRulesets, "stranger", 403, "AuthorizationFailed");
    expect(&it.e, &["DNS-021 pe fail warning probable"]);
    // And leaves a right answer alone.
    let mut it = Direct::new();
    it.e.in_subscription("stranger").in_subscription(HOME);
    it.e.gap(Kind::DnsForwardingRulesets, "stranger", 403, "AuthorizationFailed");
    expect(&it.e, &[]);
}

#[test]
fn the_hub_s_own_ruleset_serves_those_who_ask_its_inbound_endpoint() {
    let mut it = Hub::new();
    it.e.unlink(&it.zone, &it.hub);
    it.e.in_subscription("hub");
    let inner = it.e.vnet("inner", "10.6.0.0/16");
    it.e.peer(&it.hub, &inner);
    let resolver = it.e.resolver("inner-resolver", &inner);
    it.e.inbound(&resolver, "10.6.1.4");
    it.e.link(&it.zone, &inner);
    let ruleset = it.e.ruleset("ruleset");
    it.e.rule(&ruleset, "blob.core.windows.net.", &["10.6.1.4"]);
    it.e.link_ruleset(&ruleset, &it.hub);
    expect(&it.e, &[]);
    it.e.unlink(&it.zone, &inner);
    expect(&it.e, &NOT_SEEN);
}

#[test]
fn rules_that_point_at_each_other_are_nobody_s_fault_to_find() {
    let mut it = Hub::new();
    it.e.unlink(&it.zone, &it.hub);
    it.e.in_subscription("hub");
    let ruleset = it.e.ruleset("ruleset");
    it.e.rule(&ruleset, "blob.core.windows.net.", &[INBOUND]);
    it.e.link_ruleset(&ruleset, &it.hub);
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-010").len(), 1);
}

#[test]
fn a_rule_that_leads_out_of_azure_is_not_judged() {
    let (mut it, ruleset) = Hub::with_ruleset("core.windows.net.");
    it.e.rule(&ruleset, "blob.core.windows.net.", &["192.168.7.4"]);
    expect(&it.e, &[]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-010").len(), 1);
}

// Zones that shadow.

#[test]
fn a_linked_public_suffix_zone_hides_the_name() {
    let mut it = Direct::new();
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.vnet);
    expect_beside(&it.e, &SUFFIX_LINKED, &["DNS-021 pe fail error certain"]);
    let report = judge(&it.e);
    assert!(evidence(only(&report, "DNS-021"), "zone").ends_with("/blob.core.windows.net\""));
    assert_eq!(evidence(only(&report, "DNS-021"), "record"), "\"acct\"");
    // Fallback to public DNS works for privatelink zones alone.
    it.e.edit(&link(&public, &it.vnet), |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    expect_beside(&it.e, &SUFFIX_LINKED, &["DNS-021 pe fail error certain"]);
    let address = it.address();
    it.e.record(&public, "acct", &[&address]);
    expect(&it.e, &SUFFIX_LINKED);
}

#[test]
fn a_cname_in_a_linked_zone_is_followed_into_another() {
    let mut it = Direct::new();
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.vnet);
    it.e.cname(&public, "acct", &format!("acct.{BLOB}."));
    expect(&it.e, &SUFFIX_LINKED);
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect_beside(&it.e, &SUFFIX_LINKED, &["DNS-022 pe fail error certain"]);
}

#[test]
fn a_cname_in_place_of_the_record_is_followed_or_is_dns_029() {
    let mut it = Direct::new();
    let address = it.address();
    it.e.drop_zone_group(&it.pe);
    it.e.cname(&it.zone, "acct", &format!("real.{BLOB}"));
    it.e.record(&it.zone, "real", &[&address]);
    expect(&it.e, &[]);
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.cname(&it.zone, "acct", "proxy.contoso.com");
    expect(&it.e, &["DNS-029 pe fail warning certain"]);
    assert_eq!(not_judged(&judge(&it.e), "DNS-022"), [("a CNAME leads out of the private zones", 1)]);
    // In a circle.
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.cname(&it.zone, "acct", &format!("acct.{BLOB}"));
    expect(&it.e, &["DNS-029 pe fail warning certain"]);
}

#[test]
fn a_zone_of_one_name_serves_it() {
    let mut it = Direct::new();
    it.e.unlink(&it.zone, &it.vnet);
    let address = it.address();
    let single = it.e.zone("acct.blob.core.windows.net");
    it.e.link(&single, &it.vnet);
    it.e.record(&single, "@", &[&address]);
    expect(&it.e, &[]);
    it.e.set_addresses(&ResourceId::new(&format!("{single}/A/@")), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail error certain"]);
    assert_eq!(evidence(only(&judge(&it.e), "DNS-022"), "record"), "\"@\"");
}

#[test]
fn links_of_a_shadowing_zone_that_cannot_be_read_make_it_unknown() {
    let mut it = Direct::new();
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.vnet);
    expect_beside(&it.e, &SUFFIX_LINKED, &["DNS-021 pe fail error certain"]);
    it.e.gap_under(&public, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    let unknown = [
        "DNS-011 blob.core.windows.net unknown",
        "DNS-012 blob.core.windows.net unknown",
        "DNS-038 blob.core.windows.net unknown",
    ];
    expect_unknown_beside(&it.e, &unknown, "pe", &["DNS-021", "DNS-022", "DNS-023"]);
}
