//! Generated estates, the same in every run.

use plaudit::inventory::ResourceId;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::compare::{Outcome, compare};
use crate::estate::Estate;
use crate::estate::demo::Demo;
use crate::estate::services::{key_vault, registry, storage, web_app};
use crate::plan::{ANY, Plan, Server, plan};
use crate::translate::Name;

/// Estates of one test; `PLAUDIT_WITNESS` replaces it.
fn count() -> usize {
    std::env::var("PLAUDIT_WITNESS").ok().and_then(|count| count.parse().ok()).unwrap_or(12)
}

/// Estates from a seed.
fn plans(seed: u8) -> impl Iterator<Item = Plan> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    std::iter::from_fn(move || Some(told_apart(plan().new_tree(&mut runner).unwrap().current())))
}

/// The same with every address in one place, and with few servers that nobody can find: of what nobody can say
/// there is nothing to compare.
fn told_apart(mut plan: Plan) -> Plan {
    plan.said.clear();
    plan.vnets.iter_mut().for_each(|vnet| vnet.space = ANY);
    let mut turn = 0;
    let known = plan.clone();
    let mut place = |server: &mut Server| {
        turn += 1;
        if turn % 12 != 0 {
            *server = found(&known, *server);
        }
    };
    for vnet in &mut plan.vnets {
        vnet.servers.iter_mut().for_each(&mut place);
        vnet.firewall.iter_mut().flat_map(|dns| &mut dns.servers).for_each(&mut place);
    }
    plan.hub_firewalls.iter_mut().flatten().flat_map(|dns| &mut dns.servers).for_each(&mut place);
    let rules = plan.rulesets.iter_mut().flat_map(|ruleset| &mut ruleset.rules);
    rules.flat_map(|rule| &mut rule.targets).for_each(&mut place);
    plan
}

/// The server itself, when there is such a one; else one that there is.
fn found(plan: &Plan, server: Server) -> Server {
    let vnet = |v: usize| &plan.vnets[v % plan.vnets.len()];
    let there_is = match server {
        Server::AzureDns | Server::Unlisted(_) | Server::Machine(_) => true,
        Server::Inbound(v, n) => n < vnet(v).inbound,
        Server::Unheld(v) => vnet(v).inbound > 0,
        Server::Firewall(v) => vnet(v).firewall.is_some(),
        Server::HubFirewall(h) => plan.hub_firewalls[h % 2].is_some(),
        Server::Balancer(v) => vnet(v).balancer,
        Server::Endpoint(_)
        | Server::BesideFirewall(_)
        | Server::OnPremises
        | Server::Public
        | Server::Garbage(_) => false,
    };
    let inbound = plan.vnets.iter().rposition(|vnet| vnet.inbound > 0);
    match (there_is, inbound) {
        (true, _) => server,
        (false, Some(at)) => Server::Inbound(at, 0),
        (false, None) => Server::AzureDns,
    }
}

/// The estate of a plan, in which the endpoint of the family's first name is, and some records tell its address.
fn estate(plan: &Plan) -> Estate {
    let (mut e, vnets) = plan.build();
    let service = match plan.family % 4 {
        0 => storage("acct", "blob"),
        1 => web_app("app"),
        2 => registry("reg", "eastus"),
        _ => key_vault("kv"),
    };
    let own = e.endpoint("pe-own", &vnets[0], service);
    let address = e.addresses_of(&own).remove(0);
    let records = e.values().into_iter().filter(|value| value["properties"]["aRecords"].is_array());
    let records: Vec<ResourceId> =
        records.map(|record| ResourceId::new(record["id"].as_str().unwrap())).collect();
    for record in records.iter().step_by(2) {
        let is_empty =
            e.get(record)["properties"]["aRecords"].as_array().is_none_or(|records| records.is_empty());
        if !is_empty {
            e.set_addresses(record, &[&address]);
        }
    }
    e
}

/// The names of a family and what public DNS makes of them.
fn names(plan: &Plan) -> Vec<Name> {
    let alias = |name: &str, alias: Option<&str>| match (alias, name.strip_suffix(".blob.core.windows.net")) {
        // Any storage account may have an endpoint that nobody here has read.
        (None, Some(account)) if !account.contains('.') => {
            Some(format!("{account}.privatelink.blob.core.windows.net"))
        }
        (alias, _) => alias.map(str::to_owned),
    };
    plan.family().names.iter().map(|(name, known)| ((*name).to_owned(), alias(name, *known))).collect()
}

fn holds(seed: u8) {
    if !crate::there_are_servers() {
        return;
    }
    let mut all = Outcome::default();
    for plan in plans(seed).take(count()) {
        let mut outcome = compare(&estate(&plan), &names(&plan));
        for difference in &mut outcome.differences {
            difference.push_str(&format!("\nin {plan:#?}"));
        }
        all.add(outcome);
        if let Some(first) = all.differences.first() {
            panic!("{} differences, the first:\n{first}", all.differences.len());
        }
    }
    eprintln!("{:?}, unknown {}", all.compared, all.unknown);
    assert!(all.compared() > 2 * all.unknown, "{:?}, unknown {}", all.compared, all.unknown);
    assert!(all.compared.len() == 4 && all.compared.values().all(|count| *count >= 5), "{:?}", all.compared);
}

#[test]
fn generated_estates_answer_as_traced() {
    holds(1);
}

#[test]
fn more_generated_estates_answer_as_traced() {
    holds(2);
}

#[test]
fn the_sample_estates_answer_as_traced() {
    if !crate::there_are_servers() {
        return;
    }
    for e in [Demo::healthy().e, Demo::faulty().e] {
        let names: Vec<Name> = e
            .service_names()
            .into_iter()
            .map(|name| (name.fqdn, Some(format!("{}.{}", name.record, name.zone))))
            .collect();
        let outcome = compare(&e, &names);
        assert_eq!(outcome.differences, Vec::<String>::new());
        eprintln!("{:?}, unknown {}", outcome.compared, outcome.unknown);
        assert!(outcome.compared() > 4 * outcome.unknown, "{outcome:?}");
    }
}
