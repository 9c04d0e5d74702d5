//! Reading less never adds a fault, and never turns one into a silent pass.

use std::collections::{BTreeMap, BTreeSet};

use plaudit::finding::{Finding, Report, Verdict};
use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::stands_before;
use rayon::prelude::*;

use crate::estate::demo::Demo;
use crate::estate::network::WORKLOAD;
use crate::estate::services::{registry, storage, web_app};
use crate::estate::{Estate, HOME};
use crate::judged::judge;
use crate::small::{BLOB, Direct, Hub, INBOUND, record};

/// One thing that is not read.
#[derive(Debug, Clone)]
pub enum Cut {
    List(String, Kind),
    Children(ResourceId, Kind),
}

impl Cut {
    pub fn apply(&self, e: &mut Estate) {
        match self {
            Cut::List(subscription, kind) => {
                e.gap(*kind, subscription, 403, "AuthorizationFailed");
            }
            Cut::Children(parent, kind) => {
                e.gap_under(parent, *kind, 429, "TooManyRequests");
            }
        }
    }

    /// Whether what a finding is about stood in the part that is not read: its subject, or the endpoints that a
    /// network is said not to reach.
    fn hides(&self, e: &Estate, finding: &Finding) -> bool {
        let subject = &finding.subject.id;
        let (subscription, kind) = match self {
            Cut::List(subscription, kind) => (subscription, kind),
            Cut::Children(parent, kind) => {
                return Kind::of(subject) == Some(*kind) && subject.parent().as_ref() == Some(parent);
            }
        };
        let cut = e.subscription_guid(subscription);
        let holds = |id: &ResourceId| {
            // Records and links are found through the list of zones, and a peering stands in that of networks.
            let below = matches!(Kind::of(id), Some(Kind::RecordSets | Kind::VirtualNetworkLinks));
            let of_zone = *kind == Kind::PrivateDnsZones && below;
            let own = Kind::of(id).unwrap_or(Kind::VirtualNetworks);
            let listed = *kind == own || *kind == Kind::Subscriptions || of_zone;
            id.subscription() == Some(cut.as_str()) && listed
        };
        let mut endpoints = finding.related.iter().filter(|related| related.role == "privateEndpoint");
        holds(subject) || endpoints.any(|related| holds(&ResourceId::new(&related.id)))
    }
}

pub fn cuts(e: &Estate, subscriptions: &[&str]) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for subscription in subscriptions {
        for kind in Kind::LISTED.into_iter().chain([Kind::Subscriptions]) {
            let held = e.list(kind, &e.subscription_guid(subscription));
            if kind == Kind::Subscriptions || !held.is_empty() || kind == Kind::PrivateDnsZones {
                cuts.push(Cut::List((*subscription).to_owned(), kind));
            }
        }
    }
    for value in e.values() {
        let id = ResourceId::new(value["id"].as_str().unwrap());
        match Kind::of(&id) {
            Some(Kind::PrivateDnsZones) => {
                cuts.push(Cut::Children(id.clone(), Kind::VirtualNetworkLinks));
                cuts.push(Cut::Children(id, Kind::RecordSets));
            }
            Some(Kind::DnsForwardingRulesets) => {
                cuts.push(Cut::Children(id.clone(), Kind::ForwardingRules));
                cuts.push(Cut::Children(id, Kind::RulesetLinks));
            }
            Some(Kind::DnsResolvers) => cuts.push(Cut::Children(id, Kind::InboundEndpoints)),
            Some(Kind::PrivateEndpoints) => cuts.push(Cut::Children(id, Kind::PrivateDnsZoneGroups)),
            _ => {}
        }
    }
    cuts
}

/// What a fault is, whichever of its two sides speaks for a peering: when one of them is not read, the other does,
/// and the pair's fault stays the same.
fn fault(finding: &Finding) -> String {
    let of = |role: &str| finding.related.iter().find(|r| r.role == role).map(|r| r.id.to_ascii_lowercase());
    let (Some(one), Some(other)) = (of("virtualNetwork"), of("remoteVirtualNetwork")) else {
        return finding.fingerprint.clone();
    };
    let mut pair = [one, other];
    pair.sort();
    // Of one broken pair the two sides say different things: Disconnected, Initiated.
    let rule = if finding.rule == "NET-002" { "NET-001" } else { finding.rule };
    format!("{rule} {pair:?}")
}

fn faults(report: &Report, verdict: Verdict) -> BTreeMap<String, &Finding> {
    report.findings.iter().filter(|f| f.verdict == verdict).map(|f| (fault(f), f)).collect()
}

fn check(e: &Estate, full: &Report, cuts: &[&Cut]) -> Result<(), String> {
    let mut reduced = e.clone();
    for cut in cuts {
        cut.apply(&mut reduced);
    }
    let less = judge(&reduced);
    added(full, &less).map_err(|why| format!("{cuts:?} {why}"))?;
    let (before, after) = (faults(full, Verdict::Fail), faults(&less, Verdict::Fail));
    let unknown: BTreeSet<&ResourceId> =
        less.findings.iter().filter(|f| f.verdict == Verdict::Unknown).map(|f| &f.subject.id).collect();
    for (key, lost) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
        let hidden = cuts.iter().any(|cut| cut.hides(e, lost));
        if !hidden && !unknown.contains(&lost.subject.id) {
            return Err(format!("{cuts:?} silenced {} {} ({key})", lost.rule, lost.subject.name));
        }
    }
    Ok(())
}

/// A fault that is found where less was read, and was not there where more was.
pub fn added(full: &Report, less: &Report) -> Result<(), String> {
    let (before, after) = (faults(full, Verdict::Fail), faults(less, Verdict::Fail));
    let mut new = after.iter().filter(|(key, one)| !before.contains_key(*key) && !was_muted(full, one));
    match new.next() {
        Some((_, added)) => Err(format!("added {} {}: {}", added.rule, added.subject.name, added.message)),
        None => Ok(()),
    }
}

/// Whether a fault was there that keeps rules from looking for this one, which is as true.
pub fn was_muted(full: &Report, added: &Finding) -> bool {
    let plays = |one: &Finding, other: &Finding| {
        one.subject.id == other.subject.id
            || one.related.iter().any(|related| ResourceId::new(&related.id) == other.subject.id)
    };
    full.findings.iter().any(|root| {
        let stands = stands_before(root.rule, added.rule) && (plays(root, added) || plays(added, root));
        // Or it tells of the very same cause.
        root.verdict == Verdict::Fail && (stands || root.cause == added.cause)
    })
}

/// Every cut by itself, and every `stride`th pair of them.
pub fn holds(e: &Estate, subscriptions: &[&str], stride: usize) {
    let full = judge(e);
    let cuts = cuts(e, subscriptions);
    let mut sets: Vec<Vec<&Cut>> = cuts.iter().map(|cut| vec![cut]).collect();
    let pairs =
        cuts.iter().enumerate().flat_map(|(at, one)| cuts[at + 1..].iter().map(move |two| vec![one, two]));
    sets.extend(pairs.step_by(stride));
    let wrong: Vec<String> = sets.par_iter().filter_map(|set| check(e, &full, set).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        sets.len(),
        wrong[..wrong.len().min(12)].join("\n")
    );
}

pub const CONTOSO: [&str; 6] = [
    "contoso-connectivity",
    "contoso-legacy",
    "contoso-shared",
    "contoso-retail",
    "contoso-analytics",
    "contoso-factory",
];

#[test]
fn of_the_healthy_sample() {
    holds(&Demo::healthy().e, &CONTOSO, 61);
}

#[test]
fn of_the_faulty_sample() {
    holds(&Demo::faulty().e, &CONTOSO, 61);
}

#[test]
fn of_a_spoke_and_its_hub_with_every_fault_of_records() {
    let mut it = Hub::new();
    for (name, address) in [("wrong", Some("10.1.4.200")), ("missing", None), ("far", Some("10.77.0.4"))] {
        let pe = it.e.endpoint(name, &it.spoke, storage(name, "blob"));
        it.e.zone_group(&pe, &[&it.zone]);
        match address {
            Some(address) => {
                it.e.set_addresses(&record(&it.zone, name), &[address]);
            }
            None => {
                it.e.remove(&record(&it.zone, name));
            }
        }
    }
    it.e.unpeer(&it.hub, &it.spoke);
    holds(&it.e, &["hub", HOME], 3);
}

#[test]
fn of_a_ruleset_that_wins_over_a_linked_zone() {
    let (mut it, _) = Hub::with_ruleset("blob.core.windows.net.");
    let own = it.e.zone(BLOB);
    it.e.link(&own, &it.spoke);
    holds(&it.e, &["hub", HOME], 3);
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    holds(&it.e, &["hub", HOME], 3);
    let address = it.address();
    it.e.record(&own, "acct", &["10.1.4.201"]);
    it.e.set_addresses(&it.record(), &[&address]);
    holds(&it.e, &["hub", HOME], 3);
}

#[test]
fn of_custom_dns_outside_azure_and_two_copies_of_a_zone() {
    let mut it = Direct::new();
    it.e.dns_servers(&it.vnet, &["192.168.7.4"]);
    it.e.in_subscription("hub");
    let other = it.e.zone(BLOB);
    it.e.in_subscription(HOME);
    holds(&it.e, &["hub", HOME], 3);
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&other]);
    it.e.set_addresses(&record(&other, "acct"), &["10.1.4.200"]);
    holds(&it.e, &["hub", HOME], 3);
    it.e.remove(&record(&other, "acct"));
    holds(&it.e, &["hub", HOME], 3);
}

#[test]
fn of_several_endpoints_for_one_name_in_several_subscriptions() {
    let mut it = Hub::new();
    let target = it.e.target(&it.pe);
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.7.0.0/16");
    let peer = it.e.endpoint("peer", &far, storage("acct", "blob").at(&target));
    it.e.in_subscription(HOME);
    let (own, other) = (it.address(), it.e.addresses_of(&peer)[0].clone());
    it.e.drop_zone_group(&it.pe);
    let acct = it.e.record(&it.zone, "acct", &[&other]);
    let subscriptions = ["hub", "far", HOME];
    holds(&it.e, &subscriptions, 7);
    it.e.peer(&far, &it.spoke);
    holds(&it.e, &subscriptions, 7);
    it.e.set_addresses(&acct, &[&own, &other, "10.7.4.250"]);
    holds(&it.e, &subscriptions, 7);
}

#[test]
fn of_endpoints_with_many_names_and_a_firewall_as_dns() {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let firewall = it.e.firewall("afw", &it.hub, "10.0.2.4");
    let policy = it.e.firewall_policy("policy", true, &[INBOUND]);
    it.e.use_policy(&firewall, &policy);
    let acr = it.e.zone("privatelink.azurecr.io");
    let web = it.e.zone("privatelink.azurewebsites.net");
    it.e.link(&acr, &it.hub);
    it.e.in_subscription(HOME);
    it.e.dns_servers(&it.spoke, &["10.0.2.4"]);
    let one = it.e.endpoint("acr", &it.spoke, registry("reg", "westeurope"));
    it.e.zone_group(&one, &[&acr]);
    it.e.remove(&record(&acr, "reg.westeurope.data"));
    let two = it.e.endpoint("web", &it.spoke, web_app("shop"));
    it.e.zone_group(&two, &[&web]);
    holds(&it.e, &["hub", HOME], 5);
    it.e.edit(&policy, |p| p["properties"]["dnsSettings"]["enableProxy"] = false.into());
    holds(&it.e, &["hub", HOME], 5);
}

#[test]
fn of_records_that_are_no_endpoint_s_or_several_endpoints() {
    let mut it = Hub::new();
    it.e.audit("hub");
    let gone = "created by private endpoint pe-gone with resource guid 0c4f31c2-2222-4333-8444-555555555555";
    let own = it.address();
    for (name, address) in [("old", "10.1.4.200"), ("taken", own.as_str())] {
        let id = it.e.record(&it.zone, name, &[address]);
        it.e.edit(&id, |r| r["properties"]["metadata"] = serde_json::json!({"creator": gone}));
    }
    it.e.record(&it.zone, "public", &["203.0.113.9"]);
    it.e.record(&it.zone, "machine", &["10.1.0.4"]);
    it.e.record(&it.zone, "*", &["10.1.4.201"]);
    let target = it.e.target(&it.pe);
    let twin = it.e.endpoint("twin", &it.spoke, storage("acct", "blob").at(&target));
    it.e.zone_group(&twin, &[&it.zone]);
    let found: BTreeSet<&str> = judge(&it.e).findings.iter().map(|f| f.rule).collect();
    assert_eq!(found, BTreeSet::from(["DNS-024", "DNS-025", "DNS-026", "DNS-040", "PE-008"]));
    holds(&it.e, &["hub", HOME], 3);
}

#[test]
fn of_scopes_of_azure_monitor_and_a_cname() {
    let mut it = Hub::new();
    it.e.in_subscription("hub");
    let zone = it.e.zone("privatelink.monitor.azure.com");
    it.e.link(&zone, &it.hub);
    it.e.in_subscription(HOME);
    for scope in ["one", "two"] {
        let pe = it.e.endpoint(scope, &it.spoke, crate::zone_hygiene::scope(scope));
        it.e.zone_group(&pe, &[&zone]);
    }
    it.e.drop_zone_group(&it.pe);
    it.e.cname(&it.zone, "acct", "proxy.contoso.com");
    let found: BTreeSet<&str> = judge(&it.e).findings.iter().map(|f| f.rule).collect();
    assert_eq!(found, BTreeSet::from(["DNS-029", "DNS-033"]));
    holds(&it.e, &["hub", HOME], 3);
}

#[test]
fn of_peerings_broken_on_either_side() {
    for state in ["Disconnected", "Initiated"] {
        let mut it = Hub::new();
        it.e.audit("hub");
        it.e.edit_peering(&it.hub, &it.spoke, |p| p["properties"]["peeringState"] = state.into());
        it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["peeringState"] = "Disconnected".into());
        holds(&it.e, &["hub", HOME], 3);
    }
}

/// Two networks with an endpoint each, and one with clients that is linked to a zone and connected with nothing.
#[test]
fn of_a_network_that_resolves_names_and_reaches_nothing() {
    let mut it = Direct::new();
    it.e.in_subscription("apart");
    it.e.audit("apart");
    let apart = it.e.vnet("apart", "10.2.0.0/16");
    it.e.client(&apart);
    it.e.link(&it.zone, &apart);
    it.e.in_subscription(HOME);
    holds(&it.e, &["apart", HOME], 1);
}

#[test]
fn of_flags_gateways_and_subnets_of_peerings() {
    let mut it = Hub::new();
    it.e.audit("hub");
    it.e.gateway(&it.hub, "10.0.3.0/27");
    it.e.flag(&it.spoke, &it.hub, "useRemoteGateways", true);
    holds(&it.e, &["hub", HOME], 3);
    it.e.flag(&it.hub, &it.spoke, "allowGatewayTransit", true);
    it.e.flag(&it.hub, &it.spoke, "allowVirtualNetworkAccess", false);
    it.e.flag(&it.spoke, &it.hub, "provisioningState", "Failed");
    holds(&it.e, &["hub", HOME], 3);
}

#[test]
fn of_an_endpoint_behind_a_subnet_left_out() {
    let mut it = Direct::new();
    it.e.in_subscription("clients");
    let client = it.e.vnet("client", "10.2.0.0/16");
    it.e.client(&client);
    it.e.link(&it.zone, &client);
    it.e.in_subscription(HOME);
    it.e.peer_subnets((&it.vnet, &[WORKLOAD]), (&client, &[WORKLOAD]));
    holds(&it.e, &["clients", HOME], 1);
}

#[test]
fn of_services_routes_and_security_groups_with_faults() {
    use crate::estate::network::{ENDPOINTS, WORKLOAD, subnet_id};
    use crate::estate::service::alias_of;
    use crate::estate::services::{alias, private_link_service};
    let mut e = Estate::new();
    e.in_subscription("hub");
    let hub = e.vnet("hub", "10.0.0.0/16");
    e.machine(&hub, "nva", "10.0.1.68");
    e.in_subscription("far");
    let far = e.vnet("far", "10.2.0.0/16");
    e.client(&far);
    let table = e.route_table("rt", &[("detour", "10.1.0.0/16", "VirtualAppliance", "10.0.1.68")]);
    e.use_route_table(&subnet_id(&far, WORKLOAD), &table);
    e.in_subscription(HOME);
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    e.peer(&hub, &vnet).peer(&hub, &far);
    e.edit_peering(&vnet, &hub, |p| p["properties"]["allowForwardedTraffic"] = false.into());
    let balancer = e.balancer("lb", &vnet);
    let service = e.link_service("svc", &vnet, &balancer);
    let other = e.link_service("other", &vnet, &balancer);
    e.edit(&other, |s| s["properties"]["enableProxyProtocol"] = true.into());
    e.edit(&balancer, |b| b["properties"]["loadBalancingRules"] = serde_json::json!([]));
    let nat = subnet_id(&vnet, "snet-nat");
    e.edit_subnet(&nat, |s| s["properties"]["privateLinkServiceNetworkPolicies"] = "Enabled".into());
    let group = e.security_group("nsg", &[("deny", 200, "Deny", "10.1.0.0/24", "*", "*")]);
    let subnet = subnet_id(&vnet, ENDPOINTS);
    e.use_security_group(&subnet, &group).endpoint_policies(&subnet, "Enabled");
    let renamed = alias_of(&service).replacen("svc.", "old.", 1);
    let waits = e.endpoint("waits", &vnet, private_link_service("svc"));
    e.pending(&waits);
    e.service_connection(&service, &waits, "Pending");
    let far_waits = e.endpoint("far-waits", &far, private_link_service("").at(service.as_str()));
    e.pending(&far_waits);
    e.service_connection(&other, &far_waits, "Pending");
    e.edit(&service, |s| {
        s["properties"]["visibility"] = serde_json::json!({"subscriptions": ["none"]});
    });
    e.endpoint("renamed", &vnet, alias(&renamed));
    e.endpoint("gone", &vnet, private_link_service("no-such"));
    holds(&e, &["hub", "far", HOME], 7);
}
