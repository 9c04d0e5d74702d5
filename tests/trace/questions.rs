//! What a person may write for a name and a network.

use plaudit::inventory::Kind;
use plaudit::topology::Topology;
use plaudit::trace::{AskError, Question, Verdict, networks_asking, networks_named, questions, traces};

use crate::estate::HOME;
use crate::estate::services::{private_link_service, registry, storage};
use crate::verdicts::{NAME, Small, TABLE, small, topology};

fn asked(topology: &Topology, name: &str) -> Question {
    let mut questions = questions(topology, &TABLE, name).unwrap();
    assert_eq!(questions.len(), 1);
    questions.remove(0)
}

fn refused(topology: &Topology, name: &str) -> String {
    questions(topology, &TABLE, name).unwrap_err().to_string()
}

#[test]
fn an_endpoint_stands_for_all_its_names() {
    let mut it = small();
    let pe = it.e.endpoint("pe-acr", &it.spoke, registry("reg", "westeurope"));
    let topology = topology(it.e.collected());
    for given in ["pe-acr", "PE-ACR", &pe.to_string(), &pe.as_str().to_uppercase()] {
        let names: Vec<String> =
            questions(&topology, &TABLE, given).unwrap().into_iter().map(|q| q.fqdn).collect();
        assert_eq!(names.len(), 2, "{given}: {names:?}");
        assert!(names.contains(&"reg.azurecr.io".to_owned()));
    }
}

#[test]
fn a_name_is_found_in_both_its_forms() {
    let it = small();
    let topology = topology(it.e.collected());
    let public = asked(&topology, NAME);
    assert_eq!(
        (public.alias.as_str(), public.endpoints.len()),
        ("acct.privatelink.blob.core.windows.net", 1)
    );
    assert_eq!(asked(&topology, "ACCT.Blob.Core.Windows.Net."), public);
    let private = asked(&topology, "acct.privatelink.blob.core.windows.net");
    assert_eq!(private.fqdn, private.alias);
    assert_eq!(private.endpoints, public.endpoints);
}

#[test]
fn a_name_of_nobody_has_the_alias_of_its_service() {
    let topology = topology(small().e.collected());
    let question = asked(&topology, "other.blob.core.windows.net");
    assert_eq!(question.alias, "other.privatelink.blob.core.windows.net");
    assert!(question.endpoints.is_empty() && question.expected.is_empty());
    let question = asked(&topology, "www.contoso.com");
    assert_eq!(question.alias, "www.contoso.com");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let mut it = small();
    it.e.in_group("rg-2");
    it.e.endpoint("pe", &it.spoke, storage("two", "blob"));
    let waiting = it.e.endpoint("waiting", &it.spoke, storage("three", "blob"));
    it.e.pending(&waiting);
    let topology = topology(it.e.collected());
    assert!(refused(&topology, "pe").starts_with("2 private endpoints are called `pe`: /subscriptions/"));
    for odd in ["nobody", "", "a..b", "https:///c", "a b.c"] {
        assert!(refused(&topology, odd).contains("neither an endpoint"), "{odd}");
    }
    assert!(networks_named(&topology, "nowhere").unwrap_err().to_string().contains("`nowhere`"));
}

#[test]
fn without_a_network_those_ask_that_need_the_endpoint() {
    let Small { mut e, hub, spoke, zone, .. } = small();
    let stranger = e.vnet("stranger", "10.9.0.0/16");
    e.client(&stranger);
    let idle = e.vnet("idle", "10.8.0.0/16");
    e.peer(&idle, &spoke);
    e.link(&zone, &stranger);
    let topology = topology(e.collected());
    let question = asked(&topology, NAME);
    let names: Vec<&str> = networks_asking(&topology, &question)
        .unwrap()
        .into_iter()
        .map(|network| topology.inventory.virtual_networks[network].id.name())
        .collect();
    assert_eq!(names, [hub.name(), spoke.name()]);
    let nobodys = asked(&topology, "www.contoso.com");
    assert!(networks_asking(&topology, &nobodys).unwrap_err().to_string().contains("--from"));
}

/// An audit without findings and a trace that fails would send somebody after a fault that nobody has.
#[test]
fn networks_without_a_finding_are_not_traced() {
    let mut it = small();
    it.e.in_subscription("far");
    let far = it.e.vnet("far-hub", "10.7.0.0/16");
    it.e.client(&far);
    it.e.peer(&far, &it.spoke);
    let other = it.e.zone("privatelink.vaultcore.azure.net");
    it.e.link(&other, &far);
    let look = |e: &crate::estate::Estate| {
        let topology = topology(e.collected());
        let rules = plaudit::rules::all().unwrap();
        let report = plaudit::audit::audit(&topology, &rules, &Default::default());
        let told = report.findings.iter().any(|one| one.rule == "DNS-015" && one.subject.id == far);
        let traces = traces(&topology, &TABLE, "pe", None).unwrap();
        let bad = traces.iter().any(|trace| trace.network == far && trace.verdict == Verdict::Public);
        (told, bad, traces.len())
    };
    assert_eq!(look(&it.e), (false, false, 2), "a network of others");
    it.e.audit("far");
    assert_eq!(look(&it.e), (true, true, 3), "one that is reported on");
}

#[test]
fn a_network_in_which_nobody_asks_is_not_traced() {
    let mut it = small();
    let quiet = it.e.vnet("quiet", "10.6.0.0/16");
    it.e.endpoint("pe-quiet", &quiet, storage("quiet", "blob"));
    let topology = topology(it.e.collected());
    let alone = traces(&topology, &TABLE, "pe-quiet", None).unwrap_err().to_string();
    assert!(alone.contains("no network is known to need") && alone.contains("--from"), "{alone}");
}

#[test]
fn an_address_and_what_is_pasted_stand_for_the_endpoint() {
    let it = small();
    let address = it.e.addresses_of(&it.pe)[0].clone();
    let topology = topology(it.e.collected());
    let question = asked(&topology, NAME);
    for given in [
        address.clone(),
        format!("{address}:443"),
        format!("https://{NAME}/container?x=y#z"),
        format!("https://user@{NAME}:8443/a:b"),
        format!("{NAME}:443"),
        format!("{NAME}/path"),
    ] {
        assert_eq!(asked(&topology, &given), question, "{given}");
    }
    assert!(refused(&topology, "10.99.0.1").contains("no private endpoint that was read has the address"));
}

/// The name of something of the estate's own, in no zone that the table knows.
const OWN: &str = "api.contoso.example";

/// A small estate with an endpoint to somebody's private link service that bears a name of its own.
fn with_own_name(fqdn: &str) -> (Small, String) {
    let mut it = small();
    let own = it.e.endpoint("pe-own", &it.spoke, private_link_service("pls"));
    let (nic, address) = (it.e.interface_of(&own), it.e.addresses_of(&own)[0].clone());
    it.e.edit(&nic, |nic| {
        let connection = &mut nic["properties"]["ipConfigurations"][0]["properties"];
        connection["privateLinkConnectionProperties"]["fqdns"] = serde_json::json!([fqdn]);
    });
    let zone = it.e.zone("contoso.example");
    it.e.link(&zone, &it.spoke);
    it.e.record(&zone, fqdn.split('.').next().unwrap(), &[&address]);
    (it, address)
}

#[test]
fn a_name_in_no_known_zone_is_found_and_followed() {
    let (it, address) = with_own_name(OWN);
    let topology = topology(it.e.collected());
    for given in [OWN, "pe-own"] {
        let question = asked(&topology, given);
        assert_eq!((question.fqdn.as_str(), question.alias.as_str()), (OWN, OWN));
        assert_eq!(question.endpoints.len(), 1);
        assert_eq!(question.expected, [address.parse::<std::net::IpAddr>().unwrap()]);
        let traces = traces(&topology, &TABLE, given, None).unwrap();
        let reached = traces.iter().find(|trace| trace.network == it.spoke).unwrap();
        assert_eq!(reached.verdict, Verdict::Reachable, "{reached:#?}");
        assert!(reached.because.contains("pe-own"), "{}", reached.because);
    }
}

#[test]
fn a_name_under_a_wildcard_is_that_of_its_endpoint() {
    let (it, address) = with_own_name("*.contoso.example");
    let topology = topology(it.e.collected());
    let question = asked(&topology, "shop.eu.contoso.example");
    assert_eq!(question.fqdn, "shop.eu.contoso.example");
    assert_eq!(question.expected, [address.parse::<std::net::IpAddr>().unwrap()]);
    let trace = traces(&topology, &TABLE, "shop.contoso.example", Some("spoke")).unwrap().remove(0);
    assert_eq!(trace.verdict, Verdict::Reachable, "{trace:#?}");
}

#[test]
fn why_an_endpoint_has_no_name_is_said_as_the_table_of_names_says_it() {
    let mut it = small();
    let waiting = it.e.endpoint("waiting", &it.spoke, private_link_service("pls"));
    it.e.pending(&waiting);
    let error = questions(&topology(it.e.collected()), &TABLE, "waiting").unwrap_err();
    let text = "endpoint waiting has no name to ask for: its connection is pending, and names come with the approval";
    assert_eq!(error.to_string(), text);
    assert!(matches!(error, AskError::NoNames { unread: false, .. }));
    it.e.set_status(&waiting, "Approved");
    let nic = it.e.interface_of(&waiting);
    it.e.remove(&nic);
    it.e.gap(Kind::NetworkInterfaces, HOME, 403, "AuthorizationFailed");
    let error = questions(&topology(it.e.collected()), &TABLE, "waiting").unwrap_err();
    assert!(matches!(error, AskError::NoNames { unread: true, .. }), "{error}");
    assert!(error.to_string().ends_with("its network interface could not be read"), "{error}");
}

#[test]
fn a_wrong_name_is_told_the_right_one() {
    let it = small();
    let topology = topology(it.e.collected());
    let refused =
        |name: &str, from: Option<&str>| traces(&topology, &TABLE, name, from).unwrap_err().to_string();
    assert!(refused("pee", None).contains("(did you mean `pe`?); `plaudit names` lists all"));
    let near = "(did you mean `acct.blob.core.windows.net`?)";
    let other = refused("acct.blobb.core.windows.net", None);
    assert!(other.contains(near) && other.contains("no endpoint that was read bears the name"), "{other}");
    assert!(refused("acct.blob", None).contains(near));
    assert!(refused(NAME, Some("spok")).contains("(did you mean `spoke`?)"));
    assert!(refused(NAME, Some("sp")).contains("(did you mean `spoke`?)"));
    assert!(!refused(NAME, Some("nowhere")).contains("did you mean"));
}

#[test]
fn an_endpoints_network_that_was_not_read_is_unknown_and_no_wrong_usage() {
    let mut it = small();
    it.e.in_subscription("far").audit("far");
    let shut = it.e.vnet("shut", "10.7.0.0/16");
    let own = it.e.endpoint("pe-far", &shut, storage("far", "blob"));
    it.e.zone_group(&own, &[&it.zone]);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    let topology = topology(it.e.collected());
    for from in [None, Some(shut.as_str())] {
        let traces = traces(&topology, &TABLE, "pe-far", from).unwrap();
        assert_eq!(traces.len(), 1);
        assert_eq!((traces[0].verdict, &traces[0].network), (Verdict::Unknown, &shut));
        assert!(traces[0].because.starts_with("how shut asks DNS was not read: "), "{}", traces[0].because);
        assert!(traces[0].because.contains("403 AuthorizationFailed"), "{}", traces[0].because);
        assert_eq!(traces[0].endpoints, std::slice::from_ref(&own));
    }
    // What was never there is wrong usage.
    let gone = it.hub.as_str().replace("/hub", "/gone");
    assert!(traces(&topology, &TABLE, "pe-far", Some(&gone)).unwrap_err().to_string().contains("gone"));
}
