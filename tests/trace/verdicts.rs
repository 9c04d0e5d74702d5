//! Each way a trace can end.

use std::sync::LazyLock;

use plaudit::inventory::{Cloud, Collected, Kind, ResourceId, wire};
use plaudit::topology::zones::ZoneTable;
use plaudit::topology::{Options, Topology};
use plaudit::trace::{Trace, Verdict, networks_named, questions, trace};
use serde_json::json;

use crate::estate::Estate;
use crate::estate::services::{registry, storage};

pub static TABLE: LazyLock<ZoneTable> = LazyLock::new(|| ZoneTable::embedded(Cloud::AzureCloud).unwrap());

pub const ZONE: &str = "privatelink.blob.core.windows.net";
pub const NAME: &str = "acct.blob.core.windows.net";

pub fn topology(collected: Collected) -> Topology {
    Topology::build(wire::inventory(collected), &TABLE, Options::default())
}

/// A hub that is linked, a spoke with an endpoint and a client, peered.
pub struct Small {
    pub e: Estate,
    pub hub: ResourceId,
    pub spoke: ResourceId,
    pub zone: ResourceId,
    pub pe: ResourceId,
}

pub fn small() -> Small {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    e.client(&hub);
    e.client(&spoke);
    e.peer(&hub, &spoke);
    let zone = e.zone(ZONE);
    e.link(&zone, &hub);
    e.link(&zone, &spoke);
    let pe = e.endpoint("pe", &spoke, storage("acct", "blob"));
    e.zone_group(&pe, &[&zone]);
    Small { e, hub, spoke, zone, pe }
}

pub fn traced(e: &Estate, name: &str, from: &str) -> Trace {
    let topology = topology(e.collected());
    let question = questions(&topology, &TABLE, name).unwrap().remove(0);
    trace(&topology, &question, networks_named(&topology, from).unwrap()[0])
}

#[track_caller]
fn ends(e: &Estate, from: &str, verdict: Verdict, because: &str) {
    let trace = traced(e, NAME, from);
    assert_eq!(trace.verdict, verdict, "{trace:#?}");
    assert!(trace.because.contains(because), "{}", trace.because);
}

#[test]
fn private_and_reachable() {
    let it = small();
    ends(&it.e, "spoke", Verdict::Reachable, "stands in spoke itself");
    ends(&it.e, "hub", Verdict::Reachable, "a Connected peering leads from hub to spoke");
    let address: std::net::IpAddr = it.e.addresses_of(&it.pe)[0].parse().unwrap();
    assert_eq!(traced(&it.e, NAME, "hub").ways[0].addresses, [address]);
    assert_eq!(traced(&it.e, NAME, "hub").expected, [address]);
}

#[test]
fn private_without_a_path() {
    let mut it = small();
    let far = it.e.vnet("far", "10.9.0.0/16");
    it.e.link(&it.zone, &far);
    ends(&it.e, "far", Verdict::Unreachable, "no path leads from far to spoke");
    it.e.unpeer(&it.hub, &it.spoke);
    ends(&it.e, "hub", Verdict::Unreachable, "no path");
}

#[test]
fn private_behind_a_connection_that_carries_nothing() {
    let mut it = small();
    let twin = it.e.endpoint("twin", &it.spoke, storage("acct", "blob"));
    let address = it.e.addresses_of(&twin)[0].clone();
    let record = crate::estate::dns::record_id(&it.zone, "A", "acct");
    it.e.set_addresses(&record, &[&address]);
    it.e.set_status(&twin, "Rejected");
    ends(&it.e, "spoke", Verdict::Unreachable, "the connection of twin is Rejected");
}

#[test]
fn reachable_for_all_that_can_be_seen() {
    let mut it = small();
    let other = it.e.vnet("other", "10.2.0.0/16");
    it.e.peer(&other, &it.hub);
    it.e.link(&it.zone, &other);
    ends(&it.e, "other", Verdict::Unknown, "peered with one hub");
}

#[test]
fn wrong_address() {
    let mut it = small();
    let record = crate::estate::dns::record_id(&it.zone, "A", "acct");
    it.e.set_addresses(&record, &["10.1.0.99"]);
    ends(&it.e, "spoke", Verdict::WrongAddress, "10.1.0.99, which no endpoint has");
    it.e.machine(&it.spoke, "vm-nic", "10.1.0.99");
    ends(&it.e, "spoke", Verdict::WrongAddress, "something else in the estate has; the endpoint has 10.1.");
    it.e.endpoint("twin", &it.spoke, storage("acct", "blob"));
    ends(&it.e, "spoke", Verdict::WrongAddress, "something else in the estate has; its endpoints have 10.1.");
}

#[test]
fn the_address_that_the_endpoint_has_for_another_of_its_names() {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.0.0.0/16");
    let zone = e.zone("privatelink.azurecr.io");
    e.link(&zone, &vnet);
    let endpoint = e.endpoint("pe", &vnet, registry("reg", "eastus"));
    e.zone_group(&endpoint, &[&zone]);
    assert_eq!(traced(&e, "reg.azurecr.io", "vnet").verdict, Verdict::Reachable);
    let data = e.addresses_of(&endpoint).remove(0);
    e.set_addresses(&crate::estate::dns::record_id(&zone, "A", "reg"), &[&data]);
    for name in ["reg.azurecr.io", "reg.privatelink.azurecr.io"] {
        let trace = traced(&e, name, "vnet");
        assert_eq!(trace.verdict, Verdict::WrongAddress, "{trace:#?}");
        assert!(trace.because.contains("for another name; for this one it has"), "{}", trace.because);
    }
    assert_eq!(traced(&e, "reg.eastus.data.azurecr.io", "vnet").verdict, Verdict::Reachable);
}

#[test]
fn nxdomain_and_its_fall_back_to_public_dns() {
    let mut it = small();
    it.e.remove(&crate::estate::dns::record_id(&it.zone, "A", "acct"));
    ends(&it.e, "spoke", Verdict::NxDomain, "no record");
    let link = crate::estate::dns::link_id(&it.zone, &it.spoke);
    it.e.edit(&link, |link| link["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    ends(&it.e, "spoke", Verdict::Public, "falls back to public DNS");
}

#[test]
fn public() {
    let mut it = small();
    it.e.unlink(&it.zone, &it.spoke);
    let unlinked = "; the zone privatelink.blob.core.windows.net is not linked to spoke";
    let said = format!("no linked zone and no forwarding rule takes the name{unlinked}");
    ends(&it.e, "spoke", Verdict::Public, &said);
    it.e.unlink(&it.zone, &it.hub);
    it.e.remove(&it.zone);
    ends(&it.e, "spoke", Verdict::Public, "; no zone privatelink.blob.core.windows.net was read");
}

#[test]
fn no_answer() {
    let mut it = small();
    it.e.delegate(&it.hub, "snet-dns", "10.0.9.0/24", "Microsoft.Network/dnsResolvers");
    it.e.dns_servers(&it.spoke, &["10.0.9.4"]);
    ends(&it.e, "spoke", Verdict::NoAnswer, "10.0.9.4 does not answer");
}

#[test]
fn what_was_not_read_is_not_concluded_from() {
    let mut it = small();
    it.e.gap_under(&it.zone, Kind::RecordSets, 403, "AuthorizationFailed");
    ends(&it.e, "spoke", Verdict::Unknown, "record sets of privatelink.blob.core.windows.net");
    let mut it = small();
    it.e.unlink(&it.zone, &it.spoke);
    it.e.every_visible_subscription = false;
    ends(&it.e, "spoke", Verdict::Unknown, "other subscriptions' private DNS zones were not read");
    let mut it = small();
    it.e.dns_servers(&it.spoke, &["192.0.2.53"]);
    ends(&it.e, "spoke", Verdict::Unknown, "outside Azure");
}

#[test]
fn of_several_servers_the_worst_speaks() {
    let mut it = small();
    let bare = it.e.vnet("bare", "10.3.0.0/16");
    it.e.peer(&bare, &it.spoke);
    it.e.machine(&it.hub, "dns-1", "10.0.0.10");
    it.e.machine(&bare, "dns-2", "10.3.0.10");
    it.e.dns_servers(&it.spoke, &["10.0.0.10", "10.3.0.10"]);
    ends(&it.e, "spoke", Verdict::Public, "; another DNS server of the network answers differently");
    let verdicts: Vec<Verdict> = traced(&it.e, NAME, "spoke").ways.iter().map(|way| way.verdict).collect();
    assert_eq!(verdicts, [Verdict::Reachable, Verdict::Public]);
    it.e.machine(&it.hub, "dns-3", "10.0.0.11");
    it.e.dns_servers(&it.spoke, &["10.0.0.10", "10.3.0.10", "10.0.0.11"]);
    ends(&it.e, "spoke", Verdict::Public, "; other DNS servers of the network answer differently");
}

#[test]
fn steps_name_what_to_check() {
    let mut it = small();
    let resolver = it.e.resolver("resolver", &it.hub);
    it.e.inbound(&resolver, "10.0.1.4");
    it.e.dns_servers(&it.spoke, &["10.0.1.4"]);
    it.e.edit(&crate::estate::dns::link_id(&it.zone, &it.hub), |link| {
        link["properties"]["virtualNetworkLinkState"] = json!("InProgress");
    });
    let trace = traced(&it.e, NAME, "spoke");
    assert_eq!(trace.setting, "spoke asks 10.0.1.4");
    let kinds: Vec<&str> = trace.ways[0].steps.iter().map(|step| step.kind.name()).collect();
    assert_eq!(kinds, ["server", "azureDns", "alias", "zone", "answer", "endpoint", "path"]);
    let zone = &trace.ways[0].steps[3];
    assert_eq!(zone.id, Some(it.zone.clone()));
    assert!(zone.facts.contains(&("linkState", "InProgress".to_owned())), "{zone:?}");
    let answer = &trace.ways[0].steps[4];
    assert!(
        answer.facts.iter().any(|(key, by)| *key == "writtenBy" && by.starts_with("private endpoint pe"))
    );
}

#[test]
fn a_name_that_nobody_bears_proves_nothing_by_its_address() {
    let mut it = small();
    let address = it.e.addresses_of(&it.pe)[0].clone();
    it.e.record(&it.zone, "old", &[&address]);
    let trace = traced(&it.e, "old.blob.core.windows.net", "spoke");
    assert_eq!(trace.verdict, Verdict::Unknown, "{trace:#?}");
    assert!(trace.because.contains("no endpoint that was read bears the name"), "{}", trace.because);
}

#[test]
fn that_the_connection_waits_is_said_whatever_dns_answers() {
    let mut it = small();
    it.e.pending(&it.pe);
    let trace = traced(&it.e, NAME, "spoke");
    assert!(trace.because.contains("the connection of pe is Pending"), "{}", trace.because);
    let twin = it.e.endpoint("twin", &it.spoke, storage("acct", "blob"));
    it.e.set_status(&twin, "Rejected");
    let trace = traced(&it.e, NAME, "spoke");
    let said = "no connection to the name's 2 endpoints is approved: pe is Pending, twin is Rejected";
    assert!(trace.because.contains(said), "{}", trace.because);
}
