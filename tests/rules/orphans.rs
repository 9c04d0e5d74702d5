//! DNS-024 and DNS-040: records of endpoints that are gone, and records of which something else has the address.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use crate::estate::HOME;
use crate::estate::services::{key_vault, private_link_service, registry, storage};
use crate::judged::{evidence, expect, expect_in, expect_of, judge, not_judged, only};
use crate::record_hygiene::{GONE, commands, left, left_in, with_dns_only};
use crate::small::{BLOB, Direct, Hub, link};

fn with_orphan() -> Direct {
    let mut it = Direct::new();
    left(&mut it, "old", "10.1.4.200");
    it
}

// DNS-024.

#[test]
fn a_record_of_an_endpoint_that_is_gone_is_an_orphan() {
    let it = with_orphan();
    expect(&it.e, &["DNS-024 old fail warning certain"]);
    let report = judge(&it.e);
    assert!(only(&report, "DNS-024").message.contains("pe-gone"));
    let steps = commands(&report, "DNS-024");
    assert!(steps.last().unwrap().contains("record-set a delete "), "{steps:?}");
    assert!(steps.last().unwrap().ends_with(&format!("-z {BLOB} -n old -y")), "{steps:?}");
}

#[test]
fn an_endpoint_made_again_under_the_name_is_another() {
    let mut it = Direct::new();
    let creator = GONE.replace("pe-gone", "pe");
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, "old", "10.1.4.200", &creator);
    expect(&it.e, &["DNS-024 old fail warning certain"]);
    assert!(only(&judge(&it.e), "DNS-024").message.contains("is another"));
    // One that tells no guid may be the very same.
    it.e.edit(&it.pe, |pe| pe["properties"]["resourceGuid"] = json!(null));
    expect(&it.e, &[]);
}

#[test]
fn an_older_record_tells_no_guid() {
    let mut it = Direct::new();
    for creator in ["created by private endpoint pe-gone", "created by private endpoint", "a person"] {
        let zone = it.zone.clone();
        let id = left_in(&mut it.e, &zone, "old", "10.1.4.200", creator);
        expect(&it.e, &[]);
        it.e.remove(&id);
    }
}

#[test]
fn a_record_that_its_endpoint_wrote_is_no_orphan() {
    let mut it = Direct::new();
    let creator = it.e.creator(&it.pe);
    let zone = it.zone.clone();
    left_in(
        &mut it.e,
        &zone,
        "old",
        "10.1.4.200",
        &creator
            .to_uppercase()
            .replace("CREATED BY PRIVATE ENDPOINT", "created by private endpoint")
            .replace("WITH RESOURCE GUID", "with resource guid"),
    );
    expect(&it.e, &[]);
}

#[test]
fn where_endpoints_of_others_were_never_asked_for_an_orphan_is_not_judged() {
    let it = with_orphan();
    let report = with_dns_only(&it.e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-024"), [("endpoints of other subscriptions were not read", 1)]);
    assert!(!report.incomplete);
    let mut e = it.e.clone();
    e.every_visible_subscription = false;
    expect_of("DNS-024", &e, &[]);
}

#[test]
fn where_endpoints_could_not_be_read_an_orphan_is_unknown() {
    for kind in [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::VirtualNetworks, Kind::LoadBalancers]
    {
        let mut it = with_orphan();
        it.e.in_subscription("dark");
        it.e.gap(kind, "dark", 403, "AuthorizationFailed");
        expect_of("DNS-024", &it.e, &["DNS-024 old unknown"]);
    }
    let mut it = with_orphan();
    it.e.gap_under(&it.zone, Kind::RecordSets, 429, "TooManyRequests");
    expect_of("DNS-024", &it.e, &[&format!("DNS-024 {BLOB} unknown")]);
}

#[test]
fn an_address_in_no_network_that_was_read_is_not_judged() {
    let mut it = Direct::new();
    left(&mut it, "old", "10.77.4.4");
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-024");
    assert_eq!(reasons, [("address lies in no network that was read: its endpoint may stand there", 1)]);
    // Nor one that a peered network which was not read may hold.
    let mut it = with_orphan();
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/far",
    );
    it.e.peer_with(&it.vnet, &far, &json!(["10.1.4.128/25"]));
    expect_of("DNS-024", &it.e, &[]);
}

#[test]
fn a_record_of_a_name_that_an_endpoint_has_is_left_to_the_rules_of_names() {
    // It is right, though another endpoint wrote it once.
    let mut it = Direct::new();
    it.e.edit(&it.record(), |r| r["properties"]["metadata"]["creator"] = GONE.into());
    expect(&it.e, &[]);
    // It is wrong.
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
    // It stands beside the right one, in a copy that nobody sees.
    let mut it = Direct::new();
    it.e.in_group("rg-other");
    let other = it.e.zone(BLOB);
    left_in(&mut it.e, &other, "acct", "10.1.4.200", GONE);
    expect(&it.e, &["DNS-024 acct fail warning certain"]);
}

#[test]
fn records_of_zones_that_are_context_are_not_reported() {
    let mut it = Hub::new();
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, "old", "10.1.4.200", GONE);
    left_in(&mut it.e, &zone, "public", "203.0.113.9", GONE);
    it.e.record(&zone, "*", &["10.1.4.201"]);
    expect(&it.e, &[]);
    it.e.audit("hub");
    expect(
        &it.e,
        &[
            "DNS-024 old fail warning certain",
            "DNS-025 public fail error certain",
            "DNS-026 * fail warning certain",
        ],
    );
}

// DNS-040.

/// The zone of vaults, linked, and an endpoint in it.
fn vault(it: &mut Direct) -> (ResourceId, String) {
    let zone = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&zone, &it.vnet);
    let pe = it.e.endpoint("pe-vault", &it.vnet, key_vault("kv"));
    it.e.zone_group(&pe, &[&zone]);
    let address = it.e.addresses_of(&pe)[0].clone();
    (pe, address)
}

#[test]
fn an_orphan_of_which_another_endpoint_has_the_address_is_certain() {
    let mut it = Direct::new();
    let address = it.address();
    left(&mut it, "old", &address);
    expect(&it.e, &["DNS-040 old fail error certain"]);
    let report = judge(&it.e);
    assert_eq!(evidence(only(&report, "DNS-040"), "heldBy"), format!("\"{}\"", it.pe));
    assert!(commands(&report, "DNS-040").last().unwrap().contains("remove-record"));
}

#[test]
fn an_address_of_another_service_s_endpoint_is_certain() {
    let mut it = Direct::new();
    let (_, address) = vault(&mut it);
    it.e.record(&it.zone, "old", &[&address]);
    expect(&it.e, &["DNS-040 old fail error certain"]);
    assert!(only(&judge(&it.e), "DNS-040").message.contains("pe-vault of kv"));
}

#[test]
fn an_alias_written_by_hand_beside_the_endpoint_s_own_names_is_not_judged() {
    let mut it = Direct::new();
    let address = it.address();
    it.e.record(&it.zone, "alias", &[&address]);
    expect(&it.e, &[]);
    let reasons = not_judged(&judge(&it.e), "DNS-040");
    assert_eq!(
        reasons,
        [("address is that of an endpoint of the same service, which may have this name too", 1)]
    );
}

#[test]
fn a_record_that_the_holder_wrote_is_its_own() {
    let mut it = Direct::new();
    let (pe, address) = vault(&mut it);
    let creator = it.e.creator(&pe);
    let zone = it.zone.clone();
    left_in(&mut it.e, &zone, "old", &address, &creator);
    expect(&it.e, &[]);
}

#[test]
fn an_endpoint_of_a_customer_s_service_may_bear_any_name() {
    let mut it = Direct::new();
    let balancer = it.e.balancer("lb", &it.vnet);
    it.e.link_service("pls", &it.vnet, &balancer);
    let service = private_link_service("pls").member("", &[]);
    let pe = it.e.endpoint("pe-pls", &it.vnet, service);
    let address = it.e.addresses_of(&pe)[0].clone();
    it.e.record(&it.zone, "old", &[&address]);
    expect(&it.e, &[]);
}

#[test]
fn an_address_of_a_machine_or_load_balancer_is_doubted() {
    let mut it = Direct::new();
    let old = it.e.record(&it.zone, "old", &["10.1.2.9"]);
    expect(&it.e, &[]);
    let clean = it.e.clone();
    it.e.machine(&it.vnet, "proxy-nic", "10.1.2.9");
    expect(&it.e, &["DNS-040 old fail info possible"]);
    let steps = &only(&judge(&it.e), "DNS-040").remediation.clone();
    assert!(steps.iter().any(|step| step.title.contains("forwards")), "{steps:?}");
    it.e = clean.clone();
    it.e.load_balancer("lb", &it.vnet, "10.1.2.9");
    expect(&it.e, &["DNS-040 old fail info possible"]);
    it.e = clean;
    it.e.firewall("afw", &it.vnet, "10.1.2.9");
    expect(&it.e, &["DNS-040 old fail info possible"]);
    // Made by a zone group: the endpoint is gone and its address given out again.
    it.e.edit(&old, |r| r["properties"]["metadata"] = json!({"creator": GONE}));
    expect(&it.e, &["DNS-040 old fail warning probable"]);
}

#[test]
fn a_name_that_an_endpoint_has_is_dns_022_s() {
    let mut it = Direct::new();
    it.e.machine(&it.vnet, "proxy-nic", "10.1.2.9");
    it.e.set_addresses(&it.record(), &["10.1.2.9"]);
    expect(&it.e, &["DNS-022 pe fail warning probable"]);
}

#[test]
fn networks_that_never_meet_may_use_the_same_addresses() {
    let mut it = Direct::new();
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.machine(&far, "vm-nic", "10.9.0.9");
    it.e.record(&it.zone, "old", &["10.9.0.9"]);
    expect(&it.e, &[]);
    assert_eq!(
        not_judged(&judge(&it.e), "DNS-040"),
        [("no path leads from where the zone is seen to what holds the address", 1)]
    );
    it.e.peer(&it.vnet, &far);
    expect(&it.e, &["DNS-040 old fail info possible"]);
    // An endpoint over a path that cannot be seen for certain.
    let mut it = Direct::new();
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.client(&far);
    let zone = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&zone, &far);
    let pe = it.e.endpoint("pe-vault", &far, key_vault("kv"));
    it.e.zone_group(&pe, &[&zone]);
    let address = it.e.addresses_of(&pe)[0].clone();
    it.e.record(&it.zone, "old", &[&address]);
    expect(&it.e, &[]);
    it.e.connect_to_virtual_hub(&it.vnet, "hub");
    it.e.connect_to_virtual_hub(&far, "hub");
    expect(&it.e, &["DNS-040 old fail warning probable"]);
}

#[test]
fn zones_of_other_services_and_wildcards_are_left_alone() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.snowflakecomputing.com");
    it.e.link(&zone, &it.vnet);
    it.e.load_balancer("lb", &it.vnet, "10.1.2.9");
    it.e.record(&zone, "account", &["10.1.2.9"]);
    expect(&it.e, &[]);
    it.e.record(&it.zone, "*", &["10.1.2.9"]);
    expect_of("DNS-040", &it.e, &[]);
}

#[test]
fn what_holds_an_address_is_unknown_where_it_was_not_read() {
    let mut it = Direct::new();
    let address = it.address();
    left(&mut it, "old", &address);
    let report = with_dns_only(&it.e);
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-040"), [("endpoints of other subscriptions were not read", 1)]);
    let kinds = [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::LoadBalancers, Kind::AzureFirewalls];
    for kind in kinds.into_iter().chain([Kind::VirtualNetworks]) {
        let mut it = it.clone();
        it.e.in_subscription("dark");
        it.e.gap(kind, "dark", 403, "AuthorizationFailed");
        expect_of("DNS-040", &it.e, &["DNS-040 old unknown"]);
        expect_of("DNS-024", &it.e, &["DNS-024 old unknown"]);
    }
    let mut links = it.clone();
    links.e.gap_under(&links.zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    expect_of("DNS-040", &links.e, &["DNS-040 old unknown"]);
    expect_of("DNS-024", &links.e, &["DNS-024 old unknown"]);
    it.e.gap(Kind::RecordSets, HOME, 403, "AuthorizationFailed");
    expect_of("DNS-040", &it.e, &[&format!("DNS-040 {BLOB} unknown")]);
}

#[test]
fn names_of_several_labels_belong_to_their_endpoint() {
    let mut it = Direct::new();
    let zone = it.e.zone("privatelink.azurecr.io");
    it.e.link(&zone, &it.vnet);
    let acr = it.e.endpoint("acr", &it.vnet, registry("reg", "westeurope"));
    it.e.zone_group(&acr, &[&zone]);
    expect(&it.e, &[]);
    // A link that falls back does not change whose record it is.
    it.e.edit(&link(&zone, &it.vnet), |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    let second = it.e.endpoint("second", &it.vnet, storage("acct2", "blob"));
    it.e.zone_group(&second, &[&it.zone]);
    expect(&it.e, &[]);
}
