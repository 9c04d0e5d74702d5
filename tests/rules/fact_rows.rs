//! Rows of facts: what is known, what is not there, what nobody knows.

use plaudit::facts::{Subject, rows};
use plaudit::inventory::{Collected, Gap, Kind, ResourceId};
use serde_json::{Value, json};

use crate::estate::dns::{link_id, record_id};
use crate::estate::network::peering_id;
use crate::estate::rounds::read_deep;
use crate::estate::service::alias_of;
use crate::estate::services::{alias, key_vault, storage};
use crate::estate::{Estate, HOME};
use crate::judged::topology;
use crate::rows::{all, row};
use crate::small::{BLOB, Direct, Hub};

/// What a row says at a place; `None` when it says nothing.
#[track_caller]
fn told(collected: Collected, subject: Subject, id: &ResourceId, place: &str) -> Option<Value> {
    row(&topology(collected), subject, id).pointer(place).cloned()
}

/// What a run says that asked for everything.
#[track_caller]
fn deep(e: &Estate, subject: Subject, id: &ResourceId, place: &str) -> Option<Value> {
    told(read_deep(e), subject, id, place)
}

#[track_caller]
fn says(e: &Estate, subject: Subject, id: &ResourceId, expected: &[(&str, Value)]) {
    let own = row(&topology(read_deep(e)), subject, id);
    for (place, value) in expected {
        assert_eq!(own.pointer(place), Some(value), "{place} of {own:#}");
    }
}

/// Of all the places, exactly these are not told any more when a list is not read.
#[track_caller]
fn loses(
    e: &Estate,
    cut: impl Fn(&mut Estate),
    subject: Subject,
    id: &ResourceId,
    lost: &[&str],
    kept: &[&str],
) {
    let mut less = e.clone();
    cut(&mut less);
    let (before, after) =
        (row(&topology(read_deep(e)), subject, id), row(&topology(read_deep(&less)), subject, id));
    for place in lost {
        assert!(before.pointer(place).is_some(), "{place} was not told before: {before:#}");
        assert_eq!(after.pointer(place), None, "{place} of {after:#}");
    }
    for place in kept {
        assert_eq!(after.pointer(place), before.pointer(place), "{place} of {after:#}");
        assert!(before.pointer(place).is_some(), "{place} was not told before: {before:#}");
    }
}

fn list(kind: Kind, subscription: &'static str) -> impl Fn(&mut Estate) {
    move |e| _ = e.gap(kind, subscription, 403, "AuthorizationFailed")
}

fn under(parent: &ResourceId, kind: Kind) -> impl Fn(&mut Estate) {
    let parent = parent.clone();
    move |e| _ = e.gap_under(&parent, kind, 429, "TooManyRequests")
}

/// As the reader says that one field of an object could not be understood.
fn odd(mut collected: Collected, id: &ResourceId) -> Collected {
    collected.coverage.gaps.push(Gap {
        subscription: id.subscription().map(str::to_ascii_lowercase),
        kind: Kind::of(id).unwrap(),
        resource: Some(id.clone()),
        status: None,
        code: "MalformedField".to_owned(),
        message: "odd".to_owned(),
    });
    collected.coverage.normalise();
    collected
}

/// A spoke behind its hub, with tags on everything that may have some.
fn tagged() -> Hub {
    let mut it = Hub::new();
    for id in [&it.hub, &it.spoke, &it.zone, &it.pe, &link_id(&it.zone, &it.hub)] {
        it.e.edit(id, |one| one["tags"] = json!({ "Owner": "team-a", "cost": "" }));
    }
    it
}

#[test]
fn an_endpoint_tells_what_it_leads_to_and_where_it_stands() {
    let mut it = tagged();
    let target = it.e.target_id(&it.pe);
    it.e.set_target(&target, "publicNetworkAccess", "Disabled");
    let tags = json!({ "Owner": "team-a", "cost": "" });
    says(
        &it.e,
        Subject::Endpoint,
        &it.pe,
        &[
            ("/schema", json!("plaudit/facts/v1")),
            ("/subscription", json!(it.e.subscription_guid(HOME))),
            ("/location", json!("westeurope")),
            ("/tags", tags.clone()),
            ("/approved", json!(true)),
            ("/connections/0/status", json!("Approved")),
            ("/connections/0/groupIds", json!(["blob"])),
            ("/connections/0/manual", json!(false)),
            ("/connections/0/target/id", json!(target.as_str())),
            ("/connections/0/target/type", json!("microsoft.storage/storageaccounts")),
            ("/connections/0/target/exists", json!(true)),
            ("/connections/0/target/publicNetworkAccess", json!("Disabled")),
            ("/connections/0/target/defaultAction", Value::Null),
            ("/network/id", json!(it.spoke.as_str())),
            ("/network/tags", tags),
            ("/network/addressPrefixes", json!(["10.1.0.0/16"])),
            ("/subnet/exists", json!(true)),
            ("/subnet/routeTable", Value::Null),
            ("/addresses", json!(it.e.addresses_of(&it.pe))),
            ("/names", json!(["acct.blob.core.windows.net"])),
            ("/neededZones", json!([BLOB])),
            ("/zoneGroups/0/zones/0/id", json!(it.zone.as_str())),
            ("/zoneGroups/0/zones/0/exists", json!(true)),
        ],
    );
}

#[test]
fn an_endpoint_says_nothing_of_what_was_not_read() {
    let it = tagged();
    let of = |cut: &dyn Fn(&mut Estate), lost: &[&str], kept: &[&str]| {
        loses(&it.e, cut, Subject::Endpoint, &it.pe, lost, kept);
    };
    of(
        &list(Kind::VirtualNetworks, HOME),
        &[
            "/network/exists",
            "/network/tags",
            "/network/location",
            "/network/dnsServers",
            "/subnet/exists",
            "/subnet/prefixes",
        ],
        &["/network/id", "/network/name", "/network/subscription", "/subnet/name", "/addresses", "/names"],
    );
    of(
        &list(Kind::NetworkInterfaces, HOME),
        &["/addresses", "/names", "/neededZones"],
        &["/network/tags", "/zoneGroups", "/tags", "/connections/0/target/tags"],
    );
    of(&under(&it.pe, Kind::PrivateDnsZoneGroups), &["/zoneGroups"], &["/names", "/addresses"]);
    of(
        &list(Kind::PrivateDnsZones, "hub"),
        &["/zoneGroups/0/zones/0/exists", "/zoneGroups/0/zones/0/tags"],
        &["/zoneGroups/0/zones/0/id", "/zoneGroups/0/zones/0/name"],
    );
    // Targets and zone groups are asked for one by one, and most never are.
    for place in [
        "/connections/0/target/exists",
        "/connections/0/target/tags",
        "/connections/0/target/publicNetworkAccess",
        "/zoneGroups",
    ] {
        assert_eq!(told(it.e.collected(), Subject::Endpoint, &it.pe, place), None, "{place}");
    }
    let mut refused = read_deep(&it.e);
    let target = it.e.target_id(&it.pe);
    refused.resources.retain(|resource| resource.id != target);
    refused.coverage.gaps.push(Gap {
        subscription: target.subscription().map(str::to_owned),
        kind: Kind::Targets,
        resource: Some(target),
        status: Some(403),
        code: "AuthorizationFailed".to_owned(),
        message: "refused".to_owned(),
    });
    refused.coverage.normalise();
    assert_eq!(told(refused.clone(), Subject::Endpoint, &it.pe, "/connections/0/target/exists"), None);
    assert!(told(refused, Subject::Endpoint, &it.pe, "/connections/0/target/type").is_some());
}

#[test]
fn what_an_endpoint_names_and_is_gone_is_null() {
    let mut it = tagged();
    it.e.delete_target(&it.e.target_id(&it.pe));
    it.e.remove(&it.spoke.clone());
    it.e.remove(&it.zone.clone());
    says(
        &it.e,
        Subject::Endpoint,
        &it.pe,
        &[
            ("/connections/0/target/exists", json!(false)),
            ("/connections/0/target/tags", Value::Null),
            ("/connections/0/target/publicNetworkAccess", Value::Null),
            ("/network/exists", json!(false)),
            ("/network/tags", Value::Null),
            ("/network/dnsServers", Value::Null),
            ("/subnet/exists", json!(false)),
            ("/subnet/prefixes", Value::Null),
            ("/zoneGroups/0/zones/0/exists", json!(false)),
        ],
    );
    it.e.edit(&it.pe, |pe| pe["properties"]["subnet"] = Value::Null);
    says(&it.e, Subject::Endpoint, &it.pe, &[("/network", Value::Null), ("/subnet", Value::Null)]);
    it.e.drop_zone_group(&it.pe);
    says(&it.e, Subject::Endpoint, &it.pe, &[("/zoneGroups", json!([]))]);
    // Its own answer tells the names, as it does only without a group.
    assert_eq!(told(it.e.collected(), Subject::Endpoint, &it.pe, "/zoneGroups"), Some(json!([])));
}

#[test]
fn a_field_that_could_not_be_understood_makes_the_rest_less_than_known() {
    let mut it = tagged();
    let target = it.e.target_id(&it.pe);
    it.e.edit(&it.pe, |pe| _ = pe.as_object_mut().unwrap().remove("location"));
    assert_eq!(deep(&it.e, Subject::Endpoint, &it.pe, "/location"), Some(Value::Null));
    let at = |collected: Collected, place: &str| told(collected, Subject::Endpoint, &it.pe, place);
    let less = odd(read_deep(&it.e), &it.pe);
    for place in ["/location", "/connections", "/names"] {
        assert_eq!(at(less.clone(), place), None, "{place}");
    }
    assert_eq!(at(less, "/provisioningState"), Some(json!("Succeeded")), "what it says, it says");
    let less = odd(read_deep(&it.e), &it.e.interface_of(&it.pe));
    assert_eq!((at(less.clone(), "/addresses"), at(less, "/names")), (None, None));
    let less = odd(read_deep(&it.e), &it.spoke);
    assert_eq!(
        (at(less.clone(), "/network/dnsServers"), at(less.clone(), "/subnet/routeTable")),
        (None, None)
    );
    assert!(at(less, "/network/tags").is_some());
    let less = odd(read_deep(&it.e), &target);
    assert_eq!(at(less.clone(), "/connections/0/target/defaultAction"), None);
    assert_eq!(at(less, "/connections/0/target/exists"), Some(json!(true)));
}

#[test]
fn tags_are_told_as_they_are_written_or_not_at_all() {
    let mut it = tagged();
    let link = link_id(&it.zone, &it.hub);
    let subjects = [
        (Subject::Endpoint, it.pe.clone()),
        (Subject::Vnet, it.spoke.clone()),
        (Subject::Zone, it.zone.clone()),
        (Subject::Link, link),
    ];
    for (subject, id) in subjects {
        let mut tagged = |tags: Value| {
            it.e.edit(&id, |one| one["tags"] = tags);
            deep(&it.e, subject, &id, "/tags")
        };
        let as_written = json!({ "Owner": "A", "owner": "b \u{1b}[31m" });
        assert_eq!(tagged(as_written.clone()), Some(as_written), "{subject:?}");
        assert_eq!(tagged(Value::Null), Some(json!({})), "{subject:?}");
        assert_eq!(tagged(json!({ "x": null })), Some(json!({ "x": "" })), "{subject:?}");
        for odd in [json!(["a"]), json!("a"), json!({ "Owner": "A", "size": 3 })] {
            assert_eq!(tagged(odd.clone()), None, "{subject:?} {odd}");
        }
    }
}

#[test]
fn a_name_tells_how_its_own_network_resolves_it() {
    let mut it = Hub::new();
    let place = |e: &Estate, place: &str| deep(e, Subject::Name, &it.pe, place);
    says(
        &it.e,
        Subject::Name,
        &it.pe,
        &[
            ("/fqdn", json!("acct.blob.core.windows.net")),
            ("/alias", json!("acct.privatelink.blob.core.windows.net")),
            ("/zone", json!(BLOB)),
            ("/record", json!("acct")),
            ("/certainty", json!("documented")),
            ("/source", json!("network interface")),
            ("/endpoint/approved", json!(true)),
            ("/network/id", json!(it.spoke.as_str())),
            ("/view/0/outcome", json!("records")),
            ("/view/0/zone", json!(it.zone.as_str())),
            ("/view/0/zoneSubscription", json!(it.e.subscription_guid("hub"))),
            ("/view/0/at", json!(it.hub.as_str())),
            ("/view/0/addresses", json!([it.address()])),
            ("/view/0/confidence", json!("certain")),
            ("/right", json!(true)),
        ],
    );
    assert!(!place(&it.e, "/view/0/path").unwrap().as_array().unwrap().is_empty());
    let mut wrong = it.e.clone();
    wrong.set_addresses(&it.record(), &[&it.address(), "10.1.4.200"]);
    assert_eq!(place(&wrong, "/right"), Some(json!(false)), "one of its addresses is nobody's");
    let mut missing = it.e.clone();
    missing.remove(&it.record());
    assert_eq!(place(&missing, "/view/0/outcome"), Some(json!("missing")));
    assert_eq!(place(&missing, "/right"), Some(json!(false)));
    let mut public = it.e.clone();
    public.unlink(&it.zone, &it.hub);
    assert_eq!(place(&public, "/view/0/outcome"), Some(json!("public")));
    assert_eq!(place(&public, "/view/0/zone"), Some(Value::Null));
    // A machine is only taken to ask Azure's DNS.
    let mut machine = it.e.clone();
    machine.machine(&it.hub, "dc-nic", "10.0.0.10");
    machine.dns_servers(&it.spoke, &["10.0.0.10"]);
    assert_eq!(place(&machine, "/view/0/confidence"), Some(json!("probable")));
    assert_eq!(place(&machine, "/right"), None);
    let mut outside = it.e.clone();
    outside.dns_servers(&it.spoke, &["192.168.7.4"]);
    assert_eq!((place(&outside, "/view"), place(&outside, "/right")), (None, None));
    it.e.remove(&it.spoke.clone());
    says(&it.e, Subject::Name, &it.pe, &[("/view", Value::Null), ("/right", Value::Null)]);
}

#[test]
fn a_name_says_nothing_of_a_view_that_something_unread_may_change() {
    let it = Hub::new();
    let kept = ["/fqdn", "/zone", "/addresses", "/endpoint/exists"];
    let cuts: [&dyn Fn(&mut Estate); 9] = [
        &list(Kind::PrivateDnsZones, "hub"),
        &list(Kind::PrivateDnsZones, HOME),
        &under(&it.zone, Kind::VirtualNetworkLinks),
        &under(&it.zone, Kind::RecordSets),
        &list(Kind::DnsForwardingRulesets, HOME),
        &list(Kind::VirtualNetworks, "hub"),
        &list(Kind::NetworkInterfaces, "hub"),
        &list(Kind::InboundEndpoints, "hub"),
        &list(Kind::AzureFirewalls, "hub"),
    ];
    for cut in cuts {
        loses(&it.e, cut, Subject::Name, &it.pe, &["/view", "/right"], &kept);
    }
    let mut elsewhere = it.e.clone();
    elsewhere.every_visible_subscription = false;
    assert_eq!(deep(&elsewhere, Subject::Name, &it.pe, "/view"), None);
    // A network that asks Azure itself has nothing to do with who holds which address.
    let direct = Direct::new();
    loses(&direct.e, list(Kind::AzureFirewalls, HOME), Subject::Name, &direct.pe, &[], &["/view", "/right"]);
    let names = |e: &Estate| rows(&topology(read_deep(e)), Subject::Name).len();
    let mut unread = it.e.clone();
    unread.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    assert_eq!((names(&it.e), names(&unread)), (1, 0), "no name is known");
}

#[test]
fn a_zone_tells_its_links_and_its_copies() {
    let mut it = tagged();
    let other = it.e.zone(BLOB);
    it.e.link(&it.zone, &it.spoke);
    says(
        &it.e,
        Subject::Zone,
        &it.zone,
        &[
            ("/zone", json!(BLOB)),
            ("/location", json!("global")),
            ("/tags/Owner", json!("team-a")),
            ("/related", json!(true)),
            ("/privateLink", json!(true)),
            ("/ofAzure", json!(true)),
            ("/standing", json!("usual")),
            ("/linkCount", json!(2)),
            ("/networks/0/id", json!(it.hub.as_str())),
            ("/networks/1/id", json!(it.spoke.as_str())),
            ("/networks/1/registration", json!(false)),
            ("/copies", json!([other.as_str()])),
        ],
    );
    says(&it.e, Subject::Zone, &other, &[("/networks", json!([])), ("/tags", json!({}))]);
    let of = |cut: &dyn Fn(&mut Estate), lost: &[&str], kept: &[&str]| {
        loses(&it.e, cut, Subject::Zone, &it.zone, lost, kept);
    };
    of(&under(&it.zone, Kind::VirtualNetworkLinks), &["/networks"], &["/linkCount", "/copies"]);
    of(&list(Kind::VirtualNetworkLinks, "hub"), &["/networks"], &["/tags"]);
    of(&list(Kind::PrivateDnsZones, HOME), &["/copies"], &["/networks"]);
    of(&list(Kind::VirtualNetworks, HOME), &[], &["/networks"]);
    let mut collected = it.e.collected();
    collected.coverage.unrelated_zones = vec![it.zone.clone()];
    assert_eq!(told(collected, Subject::Zone, &it.zone, "/networks"), None);
    let less = odd(it.e.collected(), &link_id(&it.zone, &it.spoke));
    assert_eq!(told(less, Subject::Zone, &it.zone, "/networks"), None, "its network may be another");
}

#[test]
fn a_link_tells_both_its_ends() {
    let mut it = tagged();
    let link = link_id(&it.zone, &it.hub);
    says(
        &it.e,
        Subject::Link,
        &link,
        &[
            ("/zone/id", json!(it.zone.as_str())),
            ("/zone/tags/Owner", json!("team-a")),
            ("/network/id", json!(it.hub.as_str())),
            ("/network/exists", json!(true)),
            ("/network/tags/Owner", json!("team-a")),
            ("/state", json!("Completed")),
            ("/resolutionPolicy", json!("Default")),
            ("/registration", json!(false)),
            ("/tags/Owner", json!("team-a")),
        ],
    );
    let networks = list(Kind::VirtualNetworks, "hub");
    loses(
        &it.e,
        networks,
        Subject::Link,
        &link,
        &["/network/exists", "/network/tags"],
        &["/network/id", "/zone/tags"],
    );
    let less = odd(it.e.collected(), &link);
    assert_eq!(told(less, Subject::Link, &link, "/registration"), None);
    it.e.remove(&it.hub.clone());
    says(&it.e, Subject::Link, &link, &[("/network/exists", json!(false)), ("/network/tags", Value::Null)]);
}

/// A record that an endpoint's zone group wrote, and the endpoint deleted behind its back.
fn orphaned() -> (Hub, ResourceId) {
    let mut it = Hub::new();
    let gone = it.e.endpoint("gone", &it.spoke, storage("gone", "blob"));
    let (creator, address) = (it.e.creator(&gone), it.e.addresses_of(&gone)[0].clone());
    it.e.delete_endpoint(&gone);
    let left = it.e.record(&it.zone, "gone", &[&address]);
    it.e.edit(&left, |set| set["properties"]["metadata"] = json!({ "creator": creator }));
    (it, left)
}

#[test]
fn a_record_tells_who_wrote_it_and_who_holds_it() {
    let (mut it, left) = orphaned();
    let of_pe = it.record();
    says(
        &it.e,
        Subject::Record,
        &of_pe,
        &[
            ("/record", json!("acct")),
            ("/fqdn", json!("acct.privatelink.blob.core.windows.net")),
            ("/type", json!("A")),
            ("/zone/id", json!(it.zone.as_str())),
            ("/addresses", json!([it.address()])),
            ("/cname", Value::Null),
            ("/writer/by", json!("zoneGroup")),
            ("/writer/endpoint", json!("pe")),
            ("/writer/id", json!(it.pe.as_str())),
            ("/holders", json!([it.pe.as_str()])),
            ("/orphan", json!(false)),
        ],
    );
    says(
        &it.e,
        Subject::Record,
        &left,
        &[
            ("/writer/endpoint", json!("gone")),
            ("/writer/id", Value::Null),
            ("/holders", json!([])),
            ("/orphan", json!(true)),
        ],
    );
    let by_hand = it.e.record(&it.zone, "hand", &["10.1.4.99"]);
    let www = it.e.cname(&it.zone, "www", "acct.privatelink.blob.core.windows.net");
    says(&it.e, Subject::Record, &by_hand, &[("/writer/by", json!("other")), ("/orphan", json!(false))]);
    says(
        &it.e,
        Subject::Record,
        &www,
        &[
            ("/type", json!("CNAME")),
            ("/addresses", json!([])),
            ("/cname", json!("acct.privatelink.blob.core.windows.net")),
        ],
    );
    it.e.edit(&by_hand, |set| set["properties"]["isAutoRegistered"] = true.into());
    says(&it.e, Subject::Record, &by_hand, &[("/writer/by", json!("registration"))]);
    let soa = record_id(&it.zone, "SOA", "@");
    says(&it.e, Subject::Record, &soa, &[("/type", json!("SOA")), ("/writer/by", json!("azure"))]);
}

#[test]
fn who_holds_an_address_is_known_only_when_every_endpoint_is() {
    let (it, left) = orphaned();
    let own = ["/addresses", "/ttl", "/writer/by", "/writer/endpoint"];
    for kind in [Kind::PrivateEndpoints, Kind::NetworkInterfaces, Kind::VirtualNetworks] {
        loses(&it.e, list(kind, HOME), Subject::Record, &left, &["/orphan", "/holders", "/writer/id"], &own);
    }
    let mut elsewhere = it.e.clone();
    elsewhere.every_visible_subscription = false;
    assert_eq!(deep(&elsewhere, Subject::Record, &left, "/orphan"), None);
    let less = odd(read_deep(&it.e), &it.e.interface_of(&it.pe));
    assert_eq!(told(less, Subject::Record, &left, "/holders"), None, "it may have that address too");
    let less = odd(read_deep(&it.e), &left);
    let row = row(&topology(less), Subject::Record, &left);
    for place in ["/addresses", "/writer", "/holders", "/orphan"] {
        assert_eq!(row.pointer(place), None, "{place}");
    }
    // An address in no network that was read, and a record that does not tell the GUID, decide nothing.
    let mut far = it.e.clone();
    far.set_addresses(&left, &["10.200.0.4"]);
    assert_eq!(deep(&far, Subject::Record, &left, "/orphan"), None);
    let mut old = it.e.clone();
    let creator = json!({ "creator": "created by private endpoint gone" });
    old.edit(&left, |set| set["properties"]["metadata"] = creator);
    assert_eq!(deep(&old, Subject::Record, &left, "/orphan"), None);
    // Another endpoint that took the address over keeps it from being an orphan.
    let mut taken = it.e.clone();
    taken.set_addresses(&left, &[&it.address()]);
    assert_eq!(deep(&taken, Subject::Record, &left, "/orphan"), Some(json!(false)));
}

#[test]
fn a_network_tells_what_belongs_to_it() {
    let (mut it, ruleset) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.link(&it.zone, &it.spoke);
    it.e.edit(&it.spoke, |one| one["tags"] = json!({ "Owner": "team-a" }));
    says(
        &it.e,
        Subject::Vnet,
        &it.spoke,
        &[
            ("/tags/Owner", json!("team-a")),
            ("/addressPrefixes", json!(["10.1.0.0/16"])),
            ("/dnsServers", json!([])),
            ("/gateway", json!(false)),
            ("/peerings/0/remote", json!(it.hub.as_str())),
            ("/peerings/0/remoteExists", json!(true)),
            ("/peerings/0/open", json!(true)),
            ("/zones/0/id", json!(it.zone.as_str())),
            ("/zones/0/name", json!(BLOB)),
            ("/rulesets", json!([ruleset.as_str()])),
            ("/resolvers", json!([])),
            ("/endpoints", json!(1)),
        ],
    );
    let subnets = deep(&it.e, Subject::Vnet, &it.spoke, "/subnets").unwrap();
    assert!(subnets.as_array().unwrap().iter().any(|subnet| subnet["prefixes"][0].is_string()), "{subnets}");
    let resolvers = deep(&it.e, Subject::Vnet, &it.hub, "/resolvers").unwrap();
    assert_eq!(resolvers.as_array().unwrap().len(), 1);
    let of = |cut: &dyn Fn(&mut Estate), lost: &[&str], kept: &[&str]| {
        loses(&it.e, cut, Subject::Vnet, &it.spoke, lost, kept);
    };
    of(&list(Kind::PrivateDnsZones, "hub"), &["/zones"], &["/rulesets", "/endpoints"]);
    of(&under(&it.zone, Kind::VirtualNetworkLinks), &["/zones"], &["/rulesets"]);
    of(&list(Kind::DnsForwardingRulesets, "hub"), &["/rulesets"], &["/zones", "/resolvers"]);
    of(&under(&ruleset, Kind::RulesetLinks), &["/rulesets"], &["/zones"]);
    of(&list(Kind::DnsResolvers, "hub"), &["/resolvers"], &["/zones", "/rulesets"]);
    of(&list(Kind::PrivateEndpoints, HOME), &["/endpoints"], &["/zones", "/subnets"]);
    of(&list(Kind::VirtualNetworks, "hub"), &["/peerings/0/remoteExists"], &["/peerings/0/remote"]);
    let less = odd(it.e.collected(), &it.spoke);
    let row = row(&topology(less), Subject::Vnet, &it.spoke);
    for place in ["/subnets", "/peerings", "/dnsServers", "/gateway"] {
        assert_eq!(row.pointer(place), None, "{place}");
    }
}

#[test]
fn a_gateway_shows_in_its_subnet() {
    let mut it = Hub::new();
    let subnet = it.e.subnet(&it.hub, "GatewaySubnet", "10.0.250.0/24");
    assert_eq!(
        deep(&it.e, Subject::Vnet, &it.hub, "/gateway"),
        Some(json!(false)),
        "an empty subnet is none"
    );
    let gateway =
        format!("{}/virtualNetworkGateways/gw/ipConfigurations/default", it.hub.parent_str().unwrap_or("/x"));
    it.e.edit_subnet(&subnet, |one| one["properties"]["ipConfigurations"] = json!([{ "id": gateway }]));
    assert_eq!(deep(&it.e, Subject::Vnet, &it.hub, "/gateway"), Some(json!(true)));
}

#[test]
fn a_peering_tells_both_sides() {
    let mut it = tagged();
    let own = peering_id(&it.spoke, &it.hub);
    says(
        &it.e,
        Subject::Peering,
        &own,
        &[
            ("/network/id", json!(it.spoke.as_str())),
            ("/remote/id", json!(it.hub.as_str())),
            ("/remote/subscription", json!(it.e.subscription_guid("hub"))),
            ("/remote/tags/Owner", json!("team-a")),
            ("/state", json!("Connected")),
            ("/singleSubnets", json!(false)),
            ("/virtualHub", json!(false)),
            ("/otherSide/id", json!(peering_id(&it.hub, &it.spoke).as_str())),
            ("/otherSide/state", json!("Connected")),
            ("/reported", json!(true)),
        ],
    );
    let networks = list(Kind::VirtualNetworks, "hub");
    let lost = ["/remote/exists", "/remote/tags", "/otherSide"];
    loses(
        &it.e,
        networks,
        Subject::Peering,
        &own,
        &lost,
        &["/remote/id", "/state", "/allowForwardedTraffic"],
    );
    let less = odd(it.e.collected(), &it.hub);
    assert_eq!(told(less, Subject::Peering, &own, "/otherSide"), None);
    it.e.only_one_side(&it.spoke, &it.hub);
    says(&it.e, Subject::Peering, &own, &[("/otherSide", Value::Null)]);
    it.e.remove(&it.hub.clone());
    says(&it.e, Subject::Peering, &own, &[("/remote/exists", json!(false)), ("/otherSide", Value::Null)]);
}

#[test]
fn a_service_tells_what_stands_behind_it_and_who_uses_it() {
    let mut it = Direct::new();
    it.e.in_subscription("provider").audit("provider");
    let vnet = it.e.vnet("provider", "10.8.0.0/16");
    let balancer = it.e.balancer("lb", &vnet);
    let service = it.e.link_service("pls", &vnet, &balancer);
    it.e.edit(&service, |one| one["tags"] = json!({ "Owner": "team-p" }));
    it.e.in_subscription(HOME);
    let pe = it.e.endpoint("by-alias", &it.vnet, alias(&alias_of(&service)));
    it.e.service_connection(&service, &pe, "Approved");
    let foreign = "/subscriptions/9f/resourceGroups/x/providers/Microsoft.Network/privateEndpoints/far";
    it.e.service_connection(&service, &ResourceId::new(foreign), "Pending");
    says(
        &it.e,
        Subject::Service,
        &service,
        &[
            ("/alias", json!(alias_of(&service))),
            ("/tags/Owner", json!("team-p")),
            ("/destination", Value::Null),
            ("/frontends/0/loadBalancer", json!(balancer.as_str())),
            ("/frontends/0/sku", json!("Standard")),
            ("/frontends/0/exists", json!(true)),
            ("/connections/0/endpoint/id", json!(pe.as_str())),
            ("/connections/0/endpoint/exists", json!(true)),
            ("/connections/0/approved", json!(true)),
            ("/connections/1/endpoint/id", json!(foreign)),
            ("/connections/1/status", json!("Pending")),
        ],
    );
    assert_eq!(deep(&it.e, Subject::Service, &service, "/connections/1/endpoint/exists"), None);
    assert!(deep(&it.e, Subject::Service, &service, "/frontends/0/address").unwrap().is_string());
    let of = |cut: &dyn Fn(&mut Estate), lost: &[&str], kept: &[&str]| {
        loses(&it.e, cut, Subject::Service, &service, lost, kept);
    };
    let lost = ["/frontends/0/exists", "/frontends/0/sku", "/frontends/0/address"];
    of(&list(Kind::LoadBalancers, "provider"), &lost, &["/frontends/0/loadBalancer", "/alias"]);
    of(
        &list(Kind::PrivateEndpoints, HOME),
        &["/connections/0/endpoint/exists"],
        &["/connections/0/endpoint/id"],
    );
    let less = odd(read_deep(&it.e), &service);
    assert_eq!(told(less.clone(), Subject::Service, &service, "/connections"), None);
    assert_eq!(told(less, Subject::Service, &service, "/visibility"), None);
    // The endpoint sees it by its alias.
    says(
        &it.e,
        Subject::Endpoint,
        &pe,
        &[
            ("/connections/0/target/alias", json!(true)),
            ("/connections/0/target/type", json!("microsoft.network/privatelinkservices")),
            ("/connections/0/target/exists", json!(true)),
            ("/connections/0/target/tags/Owner", json!("team-p")),
        ],
    );
    let services = list(Kind::PrivateLinkServices, "provider");
    loses(
        &it.e,
        services,
        Subject::Endpoint,
        &pe,
        &["/connections/0/target/exists"],
        &["/connections/0/target/alias"],
    );
    it.e.remove(&balancer);
    says(
        &it.e,
        Subject::Service,
        &service,
        &[("/frontends/0/exists", json!(false)), ("/frontends/0/sku", Value::Null)],
    );
}

#[test]
fn rows_come_in_the_order_of_their_ids_and_context_is_told_apart() {
    let mut it = Hub::new();
    for name in ["pe-Zeta", "pe-alpha", "PE-beta"] {
        let id = it.e.endpoint(name, &it.spoke, key_vault(&name.to_lowercase().replace('-', "")));
        it.e.respell(&id, |id| id.replace("resourceGroups", "resourcegroups"));
    }
    let topology = topology(it.e.collected());
    for subject in Subject::ALL {
        let rows = rows(&topology, subject);
        assert!(rows.is_sorted_by(|a, b| a.id <= b.id), "{subject:?}");
        assert!(!rows.is_empty() || subject == Subject::Service, "{subject:?}");
    }
    let reported = |subject, id: &ResourceId| row(&topology, subject, id)["reported"].clone();
    assert_eq!(reported(Subject::Vnet, &it.hub), json!(false));
    assert_eq!(reported(Subject::Vnet, &it.spoke), json!(true));
    assert_eq!(reported(Subject::Record, &it.record()), json!(false));
    assert_eq!(reported(Subject::Peering, &peering_id(&it.spoke, &it.hub)), json!(true));
}

#[test]
fn every_row_of_the_samples_is_what_its_schema_says() {
    use crate::estate::demo::Demo;
    for demo in [Demo::healthy(), Demo::faulty()] {
        for collected in [demo.collected(), read_deep(&demo.e)] {
            let all = all(&topology(collected));
            for subject in Subject::ALL {
                assert!(all.iter().any(|(of, _)| *of == subject), "{subject:?}");
            }
        }
    }
}

/// A field without a description cannot be used by anybody.
#[test]
fn every_field_is_described() {
    fn check(schema: &Value, place: &str, wrong: &mut Vec<String>) {
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            if field.get("description").is_none() {
                wrong.push(format!("{place}.{name}"));
            }
        }
        for (name, inner) in schema["$defs"].as_object().into_iter().flatten() {
            check(inner, &format!("{place}/{name}"), wrong);
        }
    }
    let mut wrong = Vec::new();
    for subject in Subject::ALL {
        let schema = serde_json::to_value(plaudit::facts::schema(subject)).unwrap();
        assert_eq!(schema["$id"], format!("urn:plaudit:facts:{}:v1", subject.name()));
        assert!(schema["description"].is_string(), "{subject:?}");
        assert!(schema["properties"].as_object().unwrap().len() > 10, "{subject:?}");
        check(&schema, subject.name(), &mut wrong);
    }
    assert_eq!(wrong, Vec::<String>::new());
}
