//! Forwarding rulesets: rules that lead back (DNS-018), rules on privatelink names (DNS-019), and rules that take the
//! names of linked zones (DNS-037).

use plaudit::inventory::{Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::{DeclaredServer, Options};

use crate::estate::HOME;
use crate::judged::{evidence, expect, expect_in, expect_of, judge, judge_with, not_judged, only};
use crate::small::{BLOB, Hub, INBOUND};

const LOOP: [&str; 1] = ["DNS-018 hub fail warning certain"];
const SHADOWED: [&str; 1] = ["DNS-037 spoke fail warning certain"];
const FAR: &str = "192.168.7.4";

/// A healthy spoke with a ruleset that is linked to the hub too, where its rule leads. The hub is reported on.
fn looping(domain: &str) -> (Hub, ResourceId, ResourceId) {
    let (mut it, ruleset) = Hub::with_ruleset(domain);
    it.e.audit("hub");
    let link = it.e.link_ruleset(&ruleset, &it.hub);
    (it, ruleset, link)
}

fn rule_of(ruleset: &ResourceId, name: &str) -> ResourceId {
    ResourceId::new(&format!("{ruleset}/forwardingRules/{name}"))
}

fn trusting(address: &str) -> Options {
    let dns_servers = [(address.parse().unwrap(), DeclaredServer::Trusted)].into();
    Options { dns_servers, ..Options::default() }
}

// DNS-018.

#[test]
fn a_ruleset_linked_to_the_network_of_its_target_goes_round_in_a_circle() {
    let (it, ruleset, link) = looping("blob.core.windows.net.");
    expect(&it.e, &LOOP);
    let report = judge(&it.e);
    let finding = only(&report, "DNS-018");
    assert_eq!(finding.cause.id, rule_of(&ruleset, "blob-core-windows-net").as_str());
    assert!(finding.message.contains(&format!("to {INBOUND} in hub itself")), "{}", finding.message);
    let place = format!("--subscription {} -g rg-network", it.e.subscription_guid("hub"));
    assert_eq!(
        finding.remediation[0].command.as_ref().unwrap(),
        &format!("az dns-resolver vnet-link delete {place} --ruleset-name ruleset -n {} -y", link.name())
    );
}

#[test]
fn a_rule_for_everything_can_be_covered_by_nothing() {
    let (it, _, _) = looping(".");
    expect_of("DNS-018", &it.e, &LOOP);
}

#[test]
fn a_linked_zone_that_covers_the_rule_answers_first() {
    let (it, _, _) = looping("privatelink.blob.core.windows.net.");
    expect_of("DNS-018", &it.e, &[]);
    let (mut it, _, _) = looping("blob.core.windows.net.");
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.hub);
    expect_of("DNS-018", &it.e, &[]);
}

#[test]
fn a_rule_with_other_targets_is_probable() {
    let (mut it, ruleset, _) = looping("contoso.com.");
    expect_of("DNS-018", &it.e, &LOOP);
    it.e.remove(&rule_of(&ruleset, "contoso-com"));
    it.e.rule(&ruleset, "contoso.com.", &[INBOUND, FAR]);
    expect_of("DNS-018", &it.e, &["DNS-018 hub fail warning probable"]);
}

#[test]
fn a_rule_that_leads_elsewhere_or_is_off_goes_round_in_no_circle() {
    let (mut it, ruleset, _) = looping("blob.core.windows.net.");
    it.e.edit(&rule_of(&ruleset, "blob-core-windows-net"), |r| {
        r["properties"]["forwardingRuleState"] = "Disabled".into()
    });
    expect_of("DNS-018", &it.e, &[]);
    it.e.rule(&ruleset, "contoso.com.", &[FAR]);
    expect_of("DNS-018", &it.e, &[]);
    let (mut it, _) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.audit("hub");
    expect_of("DNS-018", &it.e, &[]);
}

#[test]
fn a_hub_that_is_not_reported_on_is_not_told() {
    let (mut it, ruleset) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.link_ruleset(&ruleset, &it.hub);
    expect_of("DNS-018", &it.e, &[]);
}

#[test]
fn a_circle_that_cannot_be_read_is_unknown() {
    let unknown = ["DNS-018 hub unknown"];
    let (mut it, ruleset, _) = looping("blob.core.windows.net.");
    let whole = it.e.clone();
    it.e.gap_under(&ruleset, Kind::ForwardingRules, 500, "InternalServerError");
    expect_of("DNS-018", &it.e, &unknown);
    it.e = whole.clone();
    it.e.gap(Kind::DnsForwardingRulesets, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-018", &it.e, &unknown);
    it.e = whole.clone();
    it.e.gap(Kind::InboundEndpoints, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-018", &it.e, &unknown);
    // A zone that covers the rule may be linked where nobody could look.
    it.e = whole;
    it.e.in_subscription("dark").in_subscription(HOME);
    it.e.gap(Kind::PrivateDnsZones, "dark", 403, "AuthorizationFailed");
    expect_of("DNS-018", &it.e, &unknown);
}

// DNS-019.

fn privatelink_rule(targets: &[&str]) -> (Hub, ResourceId) {
    let (mut it, ruleset) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.audit("hub");
    it.e.in_subscription("hub");
    it.e.rule(&ruleset, "privatelink.vaultcore.azure.net.", targets);
    it.e.in_subscription(HOME);
    (it, ruleset)
}

#[test]
fn a_rule_on_a_privatelink_name_wants_a_target_that_sees_the_zone() {
    let found = ["DNS-019 privatelink-vaultcore-azure-net fail info certain"];
    let (mut it, _) = privatelink_rule(&[INBOUND]);
    expect_of("DNS-019", &it.e, &found);
    // It does not run by itself.
    expect(&it.e, &[]);
    let zone = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&zone, &it.hub);
    expect_of("DNS-019", &it.e, &[]);
    expect_of("DNS-019", &privatelink_rule(&[FAR]).0.e, &found);
}

#[test]
fn rules_that_are_off_trusted_or_held_by_others_are_left_alone() {
    let (mut it, ruleset) = privatelink_rule(&[FAR]);
    let report = judge_with(&it.e, &["DNS-019"], &Settings::default(), trusting(FAR));
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-019"), [("custom DNS that the configuration vouches for", 1)]);
    let rule = rule_of(&ruleset, "privatelink-vaultcore-azure-net");
    it.e.edit(&rule, |r| r["properties"]["forwardingRuleState"] = "Disabled".into());
    expect_of("DNS-019", &it.e, &[]);
    // In a ruleset of the context.
    let (mut it, _) = Hub::with_ruleset("privatelink.vaultcore.azure.net.");
    expect_of("DNS-019", &it.e, &[]);
    it.e.audit("hub");
    expect_of("DNS-019", &it.e, &["DNS-019 privatelink-vaultcore-azure-net fail info certain"]);
}

#[test]
fn rules_or_targets_that_cannot_be_read_are_unknown() {
    let (mut it, ruleset) = privatelink_rule(&[INBOUND]);
    it.e.gap(Kind::InboundEndpoints, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-019", &it.e, &["DNS-019 privatelink-vaultcore-azure-net unknown"]);
    it.e.gap_under(&ruleset, Kind::ForwardingRules, 500, "InternalServerError");
    expect_of("DNS-019", &it.e, &["DNS-019 ruleset unknown"]);
}

// DNS-037.

/// A ruleset whose rule takes blob names to the hub, and a copy of the zone that is linked to the spoke.
fn shadowed(domain: &str) -> (Hub, ResourceId, ResourceId) {
    let (mut it, ruleset) = Hub::with_ruleset(domain);
    let own = it.e.zone(BLOB);
    it.e.link(&own, &it.spoke);
    (it, ruleset, own)
}

#[test]
fn a_rule_on_public_names_shadows_a_linked_zone() {
    for domain in ["blob.core.windows.net.", "core.windows.net.", "acct.blob.core.windows.net."] {
        let (it, ruleset, own) = shadowed(domain);
        expect(&it.e, &SHADOWED);
        let report = judge(&it.e);
        let finding = only(&report, "DNS-037");
        assert_eq!(evidence(finding, "zone"), format!("\"{own}\""));
        assert!(finding.cause.id.starts_with(ruleset.as_str()), "{}", finding.cause.id);
        assert!(evidence(finding, "path").contains("inbound endpoint"), "{finding:#?}");
    }
}

#[test]
fn it_needs_no_endpoint() {
    let (mut it, _, _) = shadowed("blob.core.windows.net.");
    it.e.delete_endpoint(&it.pe);
    expect(&it.e, &SHADOWED);
}

#[test]
fn a_rule_that_leads_to_the_same_zone_is_harmless() {
    let (mut it, _) = Hub::with_ruleset("blob.core.windows.net.");
    it.e.link(&it.zone, &it.spoke);
    expect(&it.e, &[]);
}

#[test]
fn a_rule_out_of_sight_is_possible_and_a_trusted_one_not_judged() {
    let (mut it, ruleset, _) = shadowed("contoso.com.");
    expect(&it.e, &["DNS-021 pe fail error certain"]);
    it.e.rule(&ruleset, "blob.core.windows.net.", &[FAR]);
    expect(&it.e, &["DNS-037 spoke fail info possible"]);
    assert!(only(&judge(&it.e), "DNS-037").message.contains("nobody can see whether they ask this zone"));
    let report = judge_with(&it.e, &["DNS-037"], &Settings::default(), trusting(FAR));
    expect_in(&report, &[]);
    assert_eq!(not_judged(&report, "DNS-037"), [("custom DNS that the configuration vouches for", 1)]);
}

#[test]
fn what_is_asked_before_the_rule_is_not_shadowed() {
    // The zone itself, a rule for what Azure reserves, a zone that holds the public name.
    expect_of("DNS-037", &shadowed("privatelink.blob.core.windows.net.").0.e, &[]);
    expect_of("DNS-037", &shadowed(".").0.e, &[]);
    let (mut it, _, _) = shadowed("blob.core.windows.net.");
    let public = it.e.zone("blob.core.windows.net");
    it.e.link(&public, &it.spoke);
    expect_of("DNS-037", &it.e, &[]);
}

#[test]
fn a_rule_that_is_off_or_that_nobody_hears_of_shadows_nothing() {
    let (mut it, ruleset, _) = shadowed("blob.core.windows.net.");
    let whole = it.e.clone();
    let rule = rule_of(&ruleset, "blob-core-windows-net");
    it.e.edit(&rule, |r| r["properties"]["forwardingRuleState"] = "Disabled".into());
    expect_of("DNS-037", &it.e, &[]);
    it.e = whole;
    it.e.dns_servers(&it.spoke, &[INBOUND]);
    expect_of("DNS-037", &it.e, &[]);
    let report = judge_with(&it.e, &["DNS-037"], &Settings::default(), Options::default());
    assert_eq!(not_judged(&report, "DNS-037"), [("nobody asks Azure DNS in the network", 1)]);
}

#[test]
fn rules_targets_or_zones_that_cannot_be_read_are_unknown() {
    let unknown = ["DNS-037 spoke unknown"];
    let (mut it, ruleset, own) = shadowed("blob.core.windows.net.");
    let whole = it.e.clone();
    it.e.gap_under(&ruleset, Kind::ForwardingRules, 500, "InternalServerError");
    expect_of("DNS-037", &it.e, &unknown);
    it.e = whole.clone();
    it.e.gap(Kind::DnsForwardingRulesets, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-037", &it.e, &unknown);
    it.e = whole.clone();
    it.e.gap(Kind::InboundEndpoints, "hub", 403, "AuthorizationFailed");
    expect_of("DNS-037", &it.e, &unknown);
    it.e = whole;
    it.e.gap_under(&own, Kind::VirtualNetworkLinks, 500, "InternalServerError");
    expect_of("DNS-037", &it.e, &unknown);
}
