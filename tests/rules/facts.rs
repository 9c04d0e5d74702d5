//! The estate as rows: what was read, what is not there, and what nobody knows.

use plaudit::facts::Facts;
use plaudit::inventory::{Collected, Coverage, Gap, Kind, ResourceId};
use serde_json::{Value, json};

use crate::estate::services::{key_vault, storage};
use crate::estate::{Estate, HOME};
use crate::judged::topology;

const BLOB: &str = "privatelink.blob.core.windows.net";

/// A hub with a zone, in a subscription that is context; a spoke with an endpoint, peered and linked.
struct Small {
    e: Estate,
    hub: ResourceId,
    spoke: ResourceId,
    zone: ResourceId,
    pe: ResourceId,
}

fn small() -> Small {
    let mut e = Estate::new();
    e.in_subscription("hub");
    let hub = e.vnet("vnet-hub", "10.0.0.0/16");
    let zone = e.zone(BLOB);
    e.in_subscription(HOME);
    let spoke = e.vnet("vnet-spoke", "10.1.0.0/16");
    e.peer(&hub, &spoke);
    e.link(&zone, &spoke);
    let pe = e.endpoint("pe-blob", &spoke, storage("acct", "blob"));
    e.zone_group(&pe, &[&zone]);
    Small { e, hub, spoke, zone, pe }
}

fn facts_of(collected: Collected) -> Facts {
    Facts::of(&topology(collected))
}

fn facts(e: &Estate) -> Facts {
    facts_of(e.collected())
}

/// The row of a resource, as JSON.
fn row<T: serde::Serialize>(rows: &[T], id: &ResourceId) -> Value {
    let rows = serde_json::to_value(rows).unwrap();
    let rows = rows.as_array().unwrap().iter();
    rows.into_iter().find(|row| row["id"] == id.as_str()).unwrap_or_else(|| panic!("no row of {id}")).clone()
}

#[test]
fn rows_tell_what_was_read() {
    let it = small();
    let all = facts(&it.e);
    let endpoint = row(&all.endpoints, &it.pe);
    assert_eq!(endpoint["network"], it.spoke.as_str());
    assert_eq!(endpoint["addresses"], json!(it.e.addresses_of(&it.pe)));
    assert_eq!(endpoint["names"], json!(["acct.blob.core.windows.net"]));
    assert_eq!(endpoint["neededZones"], json!([BLOB]));
    assert_eq!(endpoint["connections"][0]["status"], "Approved");
    assert_eq!(endpoint["connections"][0]["groupIds"], json!(["blob"]));
    assert_eq!(endpoint["subscription"], it.e.subscription_guid(HOME));
    let network = row(&all.networks, &it.spoke);
    assert_eq!((&network["linkedZones"], &network["endpoints"]), (&json!([BLOB]), &json!(1)));
    assert_eq!((&network["peerings"], &network["dnsServers"]), (&json!(1), &json!([])));
    let hub = row(&all.networks, &it.hub);
    assert_eq!((&hub["linkedZones"], &hub["endpoints"]), (&json!([]), &json!(0)));
    assert_eq!(row(&all.zones, &it.zone)["networks"], json!([it.spoke.as_str()]));
    assert_eq!((all.links.len(), all.links[0].zone_id.as_str()), (1, it.zone.as_str()));
    assert_eq!(all.links[0].network.as_deref(), Some(it.spoke.as_str()));
    assert_eq!(all.peerings.len(), 2);
    assert!(all.peerings.iter().all(|side| side.state.as_deref() == Some("Connected")));
}

#[test]
fn context_is_there_and_is_told_apart() {
    let it = small();
    let all = facts(&it.e);
    assert_eq!(row(&all.networks, &it.hub)["reported"], json!(false));
    assert_eq!(row(&all.networks, &it.spoke)["reported"], json!(true));
    assert_eq!(row(&all.zones, &it.zone)["reported"], json!(false));
    assert!(!all.links[0].identity.reported, "a link is its zone's");
    let reported = |network: &ResourceId| {
        let side = all.peerings.iter().find(|side| side.network == network.as_str()).unwrap();
        side.identity.reported
    };
    assert_eq!((reported(&it.hub), reported(&it.spoke)), (false, true));
    let mut collected = it.e.collected();
    collected.origin.scope.resource_groups = vec!["rg-other".to_owned()];
    assert_eq!(row(&facts_of(collected).endpoints, &it.pe)["reported"], json!(false));
}

#[test]
fn a_network_that_was_not_read_is_absent_and_one_that_is_gone_is_null() {
    let mut it = small();
    it.e.gap(Kind::VirtualNetworks, HOME, 403, "AuthorizationFailed");
    let all = facts(&it.e);
    let endpoint = row(&all.endpoints, &it.pe);
    assert!(endpoint.get("network").is_none(), "{endpoint}");
    assert!(endpoint["subnet"].is_string(), "that it stands in a subnet is known");
    let hub = row(&all.peerings, &ResourceId::new(&all.peerings[0].identity.id));
    assert!(hub.get("remoteExists").is_none(), "{hub}");
    let mut it = small();
    it.e.remove(&it.spoke.clone());
    let all = facts(&it.e);
    let endpoint = row(&all.endpoints, &it.pe);
    assert_eq!(endpoint.get("network"), Some(&Value::Null), "{endpoint}");
    assert_eq!(serde_json::to_value(&all.peerings[0]).unwrap()["remoteExists"], json!(false));
}

#[test]
fn without_its_interface_an_endpoint_has_no_addresses_that_are_known() {
    let mut it = small();
    it.e.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    let endpoint = row(&facts(&it.e).endpoints, &it.pe);
    assert!(endpoint.get("addresses").is_none(), "{endpoint}");
    assert!(
        endpoint.get("names").is_none(),
        "a name made from the target's is none that was seen: {endpoint}"
    );
    assert_eq!(endpoint["neededZones"], json!([BLOB]), "what the target needs is known");
    // Without a zone group the endpoint itself tells its names.
    let mut it = small();
    it.e.drop_zone_group(&it.pe.clone());
    it.e.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    let endpoint = row(&facts(&it.e).endpoints, &it.pe);
    assert_eq!(endpoint["names"], json!(["acct.blob.core.windows.net"]));
    assert_eq!(endpoint["addresses"].as_array().unwrap().len(), 1);
}

#[test]
fn links_that_were_not_read_are_no_links_that_are_not_there() {
    let unread = |it: &Small, e: &Estate| {
        let all = facts(e);
        let zone = row(&all.zones, &it.zone);
        let network = row(&all.networks, &it.spoke);
        (zone.get("networks").is_none(), network.get("linkedZones").is_none())
    };
    let it = small();
    assert_eq!(unread(&it, &it.e), (false, false));
    let mut links = it.e.clone();
    links.gap(Kind::VirtualNetworkLinks, "hub", 403, "AuthorizationFailed");
    assert_eq!(unread(&it, &links), (true, true));
    let mut one = it.e.clone();
    one.gap_under(&it.zone, Kind::VirtualNetworkLinks, 429, "TooManyRequests");
    assert_eq!(unread(&it, &one), (true, true));
    // Rulesets are no zones.
    let mut rulesets = it.e.clone();
    rulesets.gap(Kind::DnsForwardingRulesets, HOME, 403, "AuthorizationFailed");
    assert_eq!(unread(&it, &rulesets), (false, false));
    // A zone in another subscription may be linked to any network.
    let mut zones = it.e.clone();
    zones.in_subscription("third");
    zones.gap(Kind::PrivateDnsZones, "third", 403, "AuthorizationFailed");
    assert_eq!(unread(&it, &zones), (false, true));
    let mut elsewhere = it.e.clone();
    elsewhere.every_visible_subscription = false;
    assert_eq!(unread(&it, &elsewhere), (false, true));
}

#[test]
fn links_of_zones_that_were_passed_over_are_not_known() {
    let mut it = small();
    let other = it.e.zone("contoso.com");
    let networks = |collected: Collected| row(&facts_of(collected).zones, &other).get("networks").cloned();
    let mut collected = it.e.collected();
    assert_eq!(networks(collected.clone()), Some(json!([])), "it was read");
    collected.coverage.unrelated_zones = vec![other.clone()];
    assert_eq!(networks(collected), None);
}

#[test]
fn endpoints_that_were_not_read_are_not_counted() {
    let counts =
        |e: &Estate, network: &ResourceId| row(&facts(e).networks, network).get("endpoints").cloned();
    let it = small();
    assert_eq!(counts(&it.e, &it.spoke), Some(json!(1)));
    let mut gap = it.e.clone();
    gap.gap(Kind::PrivateEndpoints, HOME, 403, "AuthorizationFailed");
    assert_eq!(counts(&gap, &it.spoke), None);
    // The endpoints of the hub's subscription were not asked for.
    let mut collected = it.e.collected();
    for subscription in &mut collected.coverage.subscriptions {
        if subscription.id == it.e.subscription_guid("hub") {
            subscription.kinds.retain(|kind| *kind != Kind::PrivateEndpoints);
        }
    }
    let all = facts_of(collected);
    assert!(row(&all.networks, &it.hub).get("endpoints").is_none());
    assert_eq!(row(&all.networks, &it.spoke)["endpoints"], json!(1));
}

/// As the reader says that one field of an object could not be understood.
fn malformed(coverage: &mut Coverage, kind: Kind, id: &ResourceId) {
    coverage.gaps.push(Gap {
        subscription: id.subscription().map(str::to_ascii_lowercase),
        kind,
        resource: Some(id.clone()),
        status: None,
        code: "MalformedField".to_owned(),
        message: "odd".to_owned(),
    });
    coverage.normalise();
}

#[test]
fn a_field_that_could_not_be_understood_is_none_that_is_not_there() {
    let mut it = small();
    it.e.edit(&it.pe, |pe| pe["properties"]["subnet"] = Value::Null);
    let all = facts(&it.e);
    assert_eq!(row(&all.endpoints, &it.pe).get("network"), Some(&Value::Null));
    assert_eq!(row(&all.networks, &it.spoke)["endpoints"], json!(0));
    let mut collected = it.e.collected();
    malformed(&mut collected.coverage, Kind::PrivateEndpoints, &it.pe);
    let all = facts_of(collected);
    assert!(row(&all.endpoints, &it.pe).get("network").is_none());
    assert!(row(&all.networks, &it.spoke).get("endpoints").is_none());

    let mut it = small();
    let nic = it.e.interface_of(&it.pe);
    it.e.edit(&nic, |nic| nic["properties"]["ipConfigurations"] = json!([]));
    assert_eq!(row(&facts(&it.e).endpoints, &it.pe)["addresses"], json!([]));
    let mut collected = it.e.collected();
    malformed(&mut collected.coverage, Kind::NetworkInterfaces, &nic);
    assert!(row(&facts_of(collected).endpoints, &it.pe).get("addresses").is_none());
}

#[test]
fn rows_are_sorted_by_id_however_it_is_spelled() {
    let mut it = small();
    for name in ["pe-Zeta", "pe-alpha", "PE-beta"] {
        let id = it.e.endpoint(name, &it.spoke, key_vault(&name.to_lowercase().replace('-', "")));
        it.e.respell(&id, |id| id.replace("resourceGroups", "resourcegroups"));
    }
    for network in ["B", "a", "C"] {
        let id = it.e.vnet(network, &format!("10.{}.0.0/16", network.as_bytes()[0]));
        it.e.peer(&it.hub, &id);
        it.e.link(&it.zone, &id);
    }
    it.e.zone("privatelink.vaultcore.azure.net");
    let all = facts(&it.e);
    let sorted = |ids: Vec<&str>| {
        assert!(ids.len() > 1);
        assert!(ids.is_sorted_by_key(|id| id.to_ascii_lowercase()), "{ids:#?}");
    };
    sorted(all.endpoints.iter().map(|row| row.identity.id.as_str()).collect());
    sorted(all.networks.iter().map(|row| row.identity.id.as_str()).collect());
    sorted(all.zones.iter().map(|row| row.identity.id.as_str()).collect());
    sorted(all.links.iter().map(|row| row.identity.id.as_str()).collect());
    sorted(all.peerings.iter().map(|row| row.identity.id.as_str()).collect());
    let mut turned = it.e.collected();
    turned.resources.reverse();
    assert_eq!(facts_of(turned).endpoints, all.endpoints);
}
