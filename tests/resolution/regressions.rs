//! Differences that were found once, each as small as it goes. The naive resolver must agree with each.

use plaudit::inventory::ResourceId;

use crate::compare::{differences, differences_under, product, topology};
use crate::estate::Estate;
use crate::naive::{Outcome, Said};

const ZONE: &str = "privatelink.blob.core.windows.net";
const NAME: (&str, Option<&str>) =
    ("acct.blob.core.windows.net", Some("acct.privatelink.blob.core.windows.net"));

/// What a network gets for [`NAME`]; the naive resolver gets the same.
fn outcomes(e: &Estate, network: &ResourceId) -> Vec<Outcome> {
    assert_eq!(differences(e, std::slice::from_ref(network), &[NAME]), Vec::<String>::new());
    let answers = product(&topology(e.collected()), network, NAME.0, NAME.1);
    answers.into_iter().map(|(outcome, _)| outcome).collect()
}

#[test]
fn a_rule_that_leads_back_to_itself_is_followed_once() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    e.machine(&hub, "dc-nic", "10.0.1.4");
    let ruleset = e.ruleset("rules");
    e.rule(&ruleset, "blob.core.windows.net.", &["10.0.1.4", "10.0.1.4", "10.0.1.4"]);
    e.link_ruleset(&ruleset, &hub);
    assert_eq!(outcomes(&e, &hub), [Outcome::Outside, Outcome::Outside, Outcome::Outside]);
}

#[test]
fn what_is_said_of_a_server_counts_wherever_it_is_asked() {
    let mut e = Estate::new();
    let zone = e.zone(ZONE);
    e.record(&zone, "acct", &["10.0.4.4"]);
    let (hub, spoke) = (e.vnet("hub", "10.0.0.0/16"), e.vnet("spoke", "10.1.0.0/16"));
    e.link(&zone, &hub);
    // Behind a firewall's proxy, on a rule, and in the network's own setting; an inbound endpoint holds it, too.
    let resolver = e.resolver("resolver", &spoke);
    e.inbound(&resolver, "10.1.2.4");
    let firewall = e.firewall("fw", &hub, "10.0.3.4");
    e.classic_dns(&firewall, true, &["10.1.2.4"]);
    let ruleset = e.ruleset("rules");
    e.rule(&ruleset, "blob.core.windows.net.", &["10.1.2.4"]);
    e.link_ruleset(&ruleset, &hub);
    for servers in [&["10.1.2.4"][..], &["10.0.3.4"], &[]] {
        for through in [Some(hub.as_str().to_owned()), None, Some(format!("{hub}-gone"))] {
            let said = [Said { address: "10.1.2.4".into(), through }];
            e.dns_servers(&spoke, servers);
            let vnets = [hub.clone(), spoke.clone()];
            assert_eq!(differences_under(&e, &vnets, &[NAME], &said), Vec::<String>::new());
        }
    }
}

#[test]
fn a_long_way_is_no_loop() {
    let mut e = Estate::new();
    let zone = e.zone(ZONE);
    let record = e.record(&zone, "acct", &["10.0.4.4"]);
    let mut vnets = Vec::new();
    for n in 0..9 {
        let vnet = e.vnet(&format!("v{n}"), &format!("10.{n}.0.0/16"));
        let firewall = e.firewall(&format!("fw{n}"), &vnet, &format!("10.{n}.3.4"));
        let next = format!("10.{}.3.4", n + 1);
        e.classic_dns(
            &firewall,
            true,
            if n < 8 { std::slice::from_ref(&next) } else { &[] }
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .as_slice(),
        );
        vnets.push(vnet);
    }
    e.link(&zone, &vnets[8]);
    e.dns_servers(&vnets[0], &["10.0.3.4"]);
    let zone = record.parent().unwrap().lower();
    assert_eq!(outcomes(&e, &vnets[0]), [Outcome::Addresses { zone, addresses: vec!["10.0.4.4".into()] }]);
}

#[test]
fn servers_that_all_point_at_each_other_end_soon() {
    let mut e = Estate::new();
    let vnet = e.vnet("hub", "10.0.0.0/16");
    let all: Vec<String> = (4..24).map(|n| format!("10.0.3.{n}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    for (n, address) in all.iter().enumerate() {
        let firewall = e.firewall(&format!("fw{n}"), &vnet, address);
        e.classic_dns(&firewall, true, &all);
    }
    e.dns_servers(&vnet, &all);
    let answers = product(&topology(e.collected()), &vnet, NAME.0, NAME.1);
    assert!(answers.len() <= 300 && answers.iter().all(|(outcome, _)| *outcome == Outcome::Outside));
}

#[test]
fn a_firewall_whose_policy_cannot_be_seen_is_not_taken_for_mute() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let firewall = e.firewall("fw", &hub, "10.0.3.4");
    let policy = e.firewall_policy("policy", true, &[]);
    e.use_policy(&firewall, &policy);
    e.remove(&policy);
    e.dns_servers(&hub, &["10.0.3.4"]);
    assert_eq!(outcomes(&e, &hub), [Outcome::Outside]);
}

#[test]
fn a_record_set_without_records_is_not_in_dns() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let zone = e.zone(ZONE);
    let link = e.link(&zone, &hub);
    e.record(&zone, "acct", &[]);
    e.edit(&link, |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
    let id = zone.lower();
    assert_eq!(outcomes(&e, &hub), [Outcome::Redirected { zone: id.clone() }]);
    e.record(&zone, "*", &["10.0.4.9"]);
    assert_eq!(outcomes(&e, &hub), [Outcome::Addresses { zone: id, addresses: vec!["10.0.4.9".into()] }]);
}

#[test]
fn an_address_that_cannot_be_understood_is_unknown_and_not_missing() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let zone = e.zone(ZONE);
    e.link(&zone, &hub);
    let record = e.record(&zone, "acct", &["10.0.4.4"]);
    e.edit(&record, |r| r["properties"]["aRecords"][0]["ipv4Address"] = 17.into());
    let answers = product(&topology(e.collected()), &hub, NAME.0, NAME.1);
    assert_eq!(answers.iter().map(|(outcome, _)| outcome).collect::<Vec<_>>(), [&Outcome::Unread]);
}

#[test]
fn the_target_of_a_rule_for_the_alias_is_asked_for_the_alias_alone() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    let resolver = e.resolver("resolver", &hub);
    e.inbound(&resolver, "10.0.2.4");
    let public = e.zone("blob.core.windows.net");
    e.link(&public, &hub);
    let private = e.zone(ZONE);
    e.link(&private, &hub);
    e.record(&private, "acct", &["10.0.4.4"]);
    let ruleset = e.ruleset("rules");
    e.rule(&ruleset, "privatelink.blob.core.windows.net.", &["10.0.2.4"]);
    e.link_ruleset(&ruleset, &spoke);
    let zone = private.lower();
    assert_eq!(outcomes(&e, &spoke), [Outcome::Addresses { zone, addresses: vec!["10.0.4.4".into()] }]);
}

#[test]
fn the_firewall_of_a_virtual_hub_asks_the_resolver_of_the_hub() {
    let mut e = Estate::new();
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    let zone = e.zone(ZONE);
    e.link(&zone, &spoke);
    e.record(&zone, "acct", &["10.1.4.4"]);
    e.connect_to_virtual_hub(&spoke, "vhub");
    let firewall = e.hub_firewall("vfw", "vhub", "192.168.0.132");
    e.dns_servers(&spoke, &["192.168.0.132"]);
    e.classic_dns(&firewall, true, &["168.63.129.16"]);
    assert_eq!(outcomes(&e, &spoke), [Outcome::Public]);
}
