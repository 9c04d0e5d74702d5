//! What a person may write for a name and a network.

use plaudit::topology::Topology;
use plaudit::trace::{Question, networks_asking, networks_named, questions};

use crate::estate::services::{registry, storage};
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
    for odd in ["nobody", "", "a..b", "https://a.b/c", "a b.c"] {
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
