//! Estates made for one question each, which random ones meet too seldom.

use plaudit::inventory::ResourceId;

use crate::compare::{Outcome, compare};
use crate::estate::Estate;
use crate::estate::services::storage;
use crate::translate::Name;

const PUBLIC: &str = "blob.core.windows.net";
const PRIVATE: &str = "privatelink.blob.core.windows.net";

fn names() -> Vec<Name> {
    let account = |name: &str| (format!("{name}.{PUBLIC}"), Some(format!("{name}.{PRIVATE}")));
    vec![account("acct"), account("other")]
}

/// A hub with a resolver at 10.0.2.4 and the privatelink zone, and a spoke with the account's endpoint.
struct Small {
    e: Estate,
    hub: ResourceId,
    spoke: ResourceId,
    zone: ResourceId,
}

fn small() -> Small {
    let mut e = Estate::new();
    let (hub, spoke) = (e.vnet("hub", "10.0.0.0/16"), e.vnet("spoke", "10.1.0.0/16"));
    e.peer(&hub, &spoke);
    let resolver = e.resolver("resolver", &hub);
    e.inbound(&resolver, "10.0.2.4");
    let zone = e.zone(PRIVATE);
    e.link(&zone, &hub);
    let endpoint = e.endpoint("pe", &spoke, storage("acct", "blob"));
    e.zone_group(&endpoint, &[&zone]);
    Small { e, hub, spoke, zone }
}

/// Everything agrees, and so many answers of these kinds were among them.
#[track_caller]
fn agree(e: &Estate, least: &[(&str, usize)]) {
    if !crate::there_are_servers() {
        return;
    }
    let Outcome { differences, compared, .. } = compare(e, &names());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    for (kind, count) in least {
        assert!(compared.get(kind).is_some_and(|found| found >= count), "{kind}: {compared:?}");
    }
}

#[test]
fn a_rule_on_the_public_name_wins_over_a_linked_privatelink_zone() {
    let mut it = small();
    it.e.in_group("rg-other");
    let own = it.e.zone(PRIVATE);
    it.e.link(&own, &it.spoke);
    it.e.record(&own, "acct", &["10.1.9.9"]);
    it.e.record(&own, "other", &["10.1.9.8"]);
    let ruleset = it.e.ruleset("rules");
    it.e.rule(&ruleset, "acct.blob.core.windows.net.", &["10.0.2.4"]);
    it.e.link_ruleset(&ruleset, &it.spoke);
    agree(&it.e, &[("addresses", 5), ("nothing", 2)]);
}

#[test]
fn of_two_linked_zones_the_longer_answers() {
    let mut it = small();
    let public = it.e.zone(PUBLIC);
    it.e.link(&public, &it.spoke);
    it.e.cname(&public, "acct", "acct.privatelink.blob.core.windows.net");
    let account = it.e.zone("acct.blob.core.windows.net");
    it.e.record(&account, "@", &["10.1.9.9"]);
    it.e.link(&account, &it.hub);
    it.e.link(&public, &it.hub);
    agree(&it.e, &[("addresses", 2), ("nothing", 2)]);
}

#[test]
fn a_link_that_falls_back_to_the_internet_does_so_for_unknown_names_alone() {
    let mut it = small();
    it.e.txt(&it.zone, "below.acct", "here");
    it.e.record(&it.zone, "*.deep", &["10.1.9.9"]);
    let link = crate::estate::dns::link_id(&it.zone, &it.hub);
    it.e.edit(&link, |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    it.e.link(&it.zone, &it.spoke);
    agree(&it.e, &[("addresses", 4), ("public", 2), ("nothing", 2)]);
    // A zone above does not change it.
    let public = it.e.zone(PUBLIC);
    it.e.link(&public, &it.hub);
    it.e.cname(&public, "other", "other.privatelink.blob.core.windows.net");
    agree(&it.e, &[("addresses", 3), ("public", 2), ("nothing", 3)]);
}

#[test]
fn a_proxy_asks_its_servers_and_one_that_is_off_answers_nobody() {
    let mut it = small();
    let firewall = it.e.firewall("fw", &it.hub, "10.0.3.4");
    it.e.dns_servers(&it.spoke, &["10.0.3.4", "10.0.2.12"]);
    it.e.classic_dns(&firewall, true, &["10.0.2.4"]);
    agree(&it.e, &[("addresses", 4), ("no answer", 4)]);
    it.e.classic_dns(&firewall, false, &[]);
    agree(&it.e, &[("no answer", 8)]);
}

/// Zones cannot be linked to a Virtual WAN hub: its firewall asks Azure's resolver and finds none.
#[test]
fn the_firewall_of_a_virtual_hub_sees_no_zone_of_those_who_ask_it() {
    let mut it = small();
    it.e.link(&it.zone, &it.spoke);
    it.e.connect_to_virtual_hub(&it.spoke, "vhub");
    let firewall = it.e.hub_firewall("vfw", "vhub", "192.168.0.132");
    it.e.dns_servers(&it.spoke, &["192.168.0.132"]);
    for servers in [&[][..], &["168.63.129.16"]] {
        it.e.classic_dns(&firewall, true, servers);
        agree(&it.e, &[("public", 4)]);
    }
    it.e.classic_dns(&firewall, true, &["10.0.2.4"]);
    agree(&it.e, &[("addresses", 4)]);
}

#[test]
fn a_rule_for_everything_leaves_names_of_azure_alone() {
    let mut it = small();
    let ruleset = it.e.ruleset("rules");
    it.e.rule(&ruleset, ".", &["10.0.2.12"]);
    it.e.link_ruleset(&ruleset, &it.spoke);
    agree(&it.e, &[("public", 4)]);
    it.e.rule(&ruleset, "net.", &["10.0.2.4"]);
    agree(&it.e, &[("addresses", 4)]);
}

#[test]
fn of_two_rules_the_longer_takes_the_name() {
    let mut it = small();
    let ruleset = it.e.ruleset("rules");
    it.e.rule(&ruleset, "core.windows.net.", &["10.0.2.12"]);
    it.e.rule(&ruleset, "blob.core.windows.net.", &["10.0.2.4"]);
    it.e.rule(&ruleset, "other.blob.core.windows.net.", &["10.0.2.12"]);
    it.e.link_ruleset(&ruleset, &it.spoke);
    agree(&it.e, &[("addresses", 4), ("no answer", 1)]);
}

#[test]
fn a_rule_for_the_alias_alone_is_met_after_public_dns() {
    let mut it = small();
    let ruleset = it.e.ruleset("rules");
    it.e.rule(&ruleset, "privatelink.blob.core.windows.net.", &["10.0.2.4"]);
    it.e.link_ruleset(&ruleset, &it.spoke);
    agree(&it.e, &[("addresses", 4), ("nothing", 4)]);
}

#[test]
fn the_nearest_wildcard_answers_unless_a_name_stands_in_between() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let zone = e.zone("core.windows.net");
    e.link(&zone, &hub);
    e.record(&zone, "*", &["10.0.9.1"]);
    e.record(&zone, "*.blob", &["10.0.9.2"]);
    e.txt(&zone, "acct.blob", "no address");
    e.txt(&zone, "sub.other.privatelink.blob", "the names above it exist");
    agree(&e, &[("addresses", 1), ("nothing", 2)]);
}
