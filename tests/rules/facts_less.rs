//! Reading less takes facts away and never changes one.

use plaudit::facts::{Row, Subject};
use plaudit::inventory::{Collected, Kind, ResourceId};
use rayon::prelude::*;

use crate::estate::demo::Demo;
use crate::estate::rounds::read_deep;
use crate::estate::service::alias_of;
use crate::estate::services::{Service, alias, key_vault, storage};
use crate::estate::{Estate, HOME};
use crate::judged::topology;
use crate::less_coverage::{CONTOSO, Cut, cuts};
use crate::rows::{all, only_less, unchecked};
use crate::small::{BLOB, Direct, Hub, INBOUND, record};

fn check(e: &Estate, full: &[(Subject, Row)], cuts: &[&Cut]) -> Result<(), String> {
    let mut reduced = e.clone();
    cuts.iter().for_each(|cut| cut.apply(&mut reduced));
    let less = unchecked(&topology(read_deep(&reduced)));
    only_less(full, &less).map_err(|why| format!("{cuts:?}: {why}"))
}

/// Every cut by itself, and every `stride`th pair of them.
fn holds(e: &Estate, subscriptions: &[&str], stride: usize) {
    let full = all(&topology(read_deep(e)));
    let mut cuts = cuts(e, subscriptions);
    // Asked for by itself, the builder's service is an object without any properties of one.
    let is_asked_again =
        |cut: &Cut| matches!(cut, Cut::List(_, Kind::PrivateLinkServices | Kind::Subscriptions));
    cuts.retain(|cut| !is_asked_again(cut) || !names_services(e));
    assert!(!cuts.is_empty());
    let pairs =
        cuts.iter().enumerate().flat_map(|(at, one)| cuts[at + 1..].iter().map(move |two| vec![one, two]));
    let mut sets: Vec<Vec<&Cut>> = cuts.iter().map(|cut| vec![cut]).collect();
    sets.extend(pairs.step_by(stride));
    let wrong: Vec<String> = sets.par_iter().filter_map(|set| check(e, &full, set).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        sets.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
}

/// Whether an endpoint names a private link service by its id.
fn names_services(e: &Estate) -> bool {
    let endpoints = e.values().into_iter().map(|value| ResourceId::new(value["id"].as_str().unwrap()));
    let mut endpoints = endpoints.filter(|id| Kind::of(id) == Some(Kind::PrivateEndpoints));
    endpoints.any(|id| e.target(&id).to_ascii_lowercase().contains("/privatelinkservices/"))
}

#[test]
fn in_the_healthy_sample() {
    holds(&Demo::healthy().e, &CONTOSO, 4999);
}

#[test]
fn in_the_faulty_sample() {
    holds(&Demo::faulty().e, &CONTOSO, 4999);
}

#[test]
fn behind_custom_dns_with_a_name_that_another_zone_holds() {
    let mut it = Hub::new();
    let vault = it.e.endpoint("pe-vault", &it.spoke, key_vault("kv"));
    it.e.pending(&vault);
    it.e.machine(&it.hub, "dc-nic", "10.0.0.10");
    it.e.in_subscription("far");
    // Longer than the zone that ought to answer, and linked from a place that may not be read.
    let own = it.e.zone("acct.privatelink.blob.core.windows.net");
    it.e.record(&own, "@", &["10.9.9.9"]);
    it.e.link(&own, &it.hub);
    it.e.in_subscription(HOME);
    holds(&it.e, &["hub", "far", HOME], 3);
    it.e.dns_servers(&it.spoke, &[INBOUND, "10.0.0.10", "192.168.7.4"]);
    holds(&it.e, &["hub", "far", HOME], 3);
    it.e.dns_servers(&it.spoke, &["10.0.0.10"]);
    holds(&it.e, &["hub", "far", HOME], 3);
}

#[test]
fn of_records_whose_endpoints_are_elsewhere_or_gone() {
    let mut it = Hub::new();
    it.e.in_subscription("far");
    let far = it.e.vnet("far", "10.7.0.0/16");
    let peer = it.e.endpoint("pe", &far, storage("other", "blob"));
    it.e.zone_group(&peer, &[&it.zone]);
    it.e.peer(&far, &it.spoke);
    it.e.in_subscription(HOME);
    let gone = it.e.endpoint("gone", &it.spoke, storage("gone", "blob"));
    let (creator, address) = (it.e.creator(&gone), it.e.addresses_of(&gone)[0].clone());
    it.e.delete_endpoint(&gone);
    let left = it.e.record(&it.zone, "gone", &[&address]);
    it.e.edit(&left, |set| set["properties"]["metadata"] = serde_json::json!({ "creator": creator }));
    it.e.cname(&it.zone, "www", "acct.privatelink.blob.core.windows.net");
    holds(&it.e, &["hub", "far", HOME], 3);
    it.e.without_fqdns(&it.pe);
    holds(&it.e, &["hub", "far", HOME], 3);
    it.e.drop_zone_group(&it.pe);
    holds(&it.e, &["hub", "far", HOME], 3);
}

#[test]
fn through_a_ruleset_and_a_cname() {
    let (mut it, _) = Hub::with_ruleset("blob.core.windows.net.");
    holds(&it.e, &["hub", HOME], 3);
    it.e.in_subscription("far");
    let zone = it.e.zone("corp.example");
    it.e.link(&zone, &it.spoke);
    it.e.record(&zone, "acct", &["10.1.4.200"]);
    it.e.in_subscription(HOME);
    it.e.remove(&record(&it.zone, "acct"));
    it.e.cname(&it.zone, "acct", "acct.corp.example");
    let own = it.e.zone(BLOB);
    it.e.link(&own, &it.spoke);
    it.e.cname(&own, "acct", "acct.corp.example");
    holds(&it.e, &["hub", "far", HOME], 3);
}

#[test]
fn of_names_of_which_nobody_knows_the_need() {
    let mut it = Hub::new();
    let names = [("thing.contoso.example", "contoso.example", "thing")];
    let thing = Service::new("Microsoft.Contoso/things", "thing", "thing").member("thing", &names);
    let thing = it.e.endpoint("pe-thing", &it.spoke, thing);
    let odd = storage("other", "blob").member("odd", &[("odd.contoso.example", "contoso.example", "odd")]);
    it.e.endpoint("pe-odd", &it.spoke, odd);
    holds(&it.e, &["hub", HOME], 3);
    let zone = it.e.zone("contoso.example");
    it.e.link(&zone, &it.hub);
    let address = it.e.addresses_of(&thing)[0].clone();
    it.e.record(&zone, "thing", &[&address]);
    holds(&it.e, &["hub", HOME], 3);
    it.e.without_fqdns(&thing);
    holds(&it.e, &["hub", HOME], 3);
}

#[test]
fn of_services_and_who_uses_them() {
    let mut it = Direct::new();
    it.e.in_subscription("provider").audit("provider");
    let vnet = it.e.vnet("provider", "10.8.0.0/16");
    let balancer = it.e.balancer("lb", &vnet);
    let service = it.e.link_service("pls", &vnet, &balancer);
    let direct = it.e.direct_service("direct", &vnet, 2);
    it.e.in_subscription(HOME);
    let by_alias = it.e.endpoint("by-alias", &it.vnet, alias(&alias_of(&service)));
    it.e.service_connection(&service, &by_alias, "Approved");
    it.e.service_connection(&direct, &ResourceId::new("/subscriptions/x/other"), "Pending");
    holds(&it.e, &["provider", HOME], 3);
}

const DNS: [Kind; 6] = [
    Kind::PrivateDnsZones,
    Kind::VirtualNetworkLinks,
    Kind::RecordSets,
    Kind::DnsForwardingRulesets,
    Kind::ForwardingRules,
    Kind::RulesetLinks,
];

/// What a run holds that never asked a subscription for some kinds, though it knows that it is there.
fn never_asked(collected: &Collected, subscription: &str, kinds: impl Fn(Kind) -> bool) -> Collected {
    let mut less = collected.clone();
    let asked = less.coverage.subscriptions.iter_mut().find(|one| one.id == subscription).unwrap();
    asked.kinds.retain(|kind| !kinds(*kind));
    let own = |id: &ResourceId| id.subscription() == Some(subscription);
    less.resources.retain(|one| !(own(&one.id) && Kind::of(&one.id).is_some_and(&kinds)));
    less
}

/// As a run does for want of a switch: of the surroundings nothing, or private DNS alone, or all but private DNS.
#[test]
fn where_something_was_never_asked() {
    let mut wrong = Vec::new();
    for e in [Demo::healthy().e, Demo::faulty().e, Hub::new().e, Hub::with_ruleset("core.windows.net.").0.e] {
        let collected = read_deep(&e);
        let full = all(&topology(collected.clone()));
        for subscription in &collected.coverage.subscriptions {
            let listed = |kind: Kind| Kind::LISTED.contains(&kind);
            let mut none = never_asked(&collected, &subscription.id, listed);
            let mut no_dns = never_asked(&collected, &subscription.id, |kind| DNS.contains(&kind));
            none.coverage.every_visible_subscription = false;
            no_dns.coverage.every_visible_subscription = false;
            let dns_alone =
                never_asked(&collected, &subscription.id, |kind| listed(kind) && !DNS.contains(&kind));
            for (what, less) in [("nothing", none), ("no DNS", no_dns), ("DNS alone", dns_alone)] {
                let found = only_less(&full, &unchecked(&topology(less)));
                wrong.extend(found.err().map(|why| format!("{what} of {}: {why}", subscription.id)));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
