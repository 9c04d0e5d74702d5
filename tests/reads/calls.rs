//! Every command that talks to Azure, with everything switched on: what it sends, to whom, and how.

use std::collections::{BTreeMap, BTreeSet};

use crate::estate::{APPLIANCE, suspect, whole};
use crate::permissions::{beside, role, section};
use crate::standin::child::Outcome;
use crate::standin::fault::Fault;
use crate::standin::journal::{Door, Entry};
use crate::standin::objects::{HUB, SPOKE, ZONE, account, record};
use crate::standin::rights::{covers, operation};
use crate::standin::{Settings, StandIn};
use crate::ways::{WAYS, Way};

const GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";

/// What every command asks for, by the lists over a subscription, their children, and what is asked of suspects.
const ALWAYS: [&str; 24] = [
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Network/azureFirewalls/read",
    "Microsoft.Network/dnsForwardingRulesets/read",
    "Microsoft.Network/dnsForwardingRulesets/forwardingRules/read",
    "Microsoft.Network/dnsForwardingRulesets/virtualNetworkLinks/read",
    "Microsoft.Network/dnsResolvers/read",
    "Microsoft.Network/dnsResolvers/inboundEndpoints/read",
    "Microsoft.Network/firewallPolicies/read",
    "Microsoft.Network/loadBalancers/read",
    "Microsoft.Network/networkInterfaces/read",
    "Microsoft.Network/networkSecurityGroups/read",
    "Microsoft.Network/privateDnsZones/read",
    "Microsoft.Network/privateDnsZones/ALL/read",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read",
    "Microsoft.Network/privateEndpoints/read",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups/read",
    "Microsoft.Network/privateLinkServices/read",
    "Microsoft.Network/routeTables/read",
    "Microsoft.Network/virtualHubs/read",
    "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/read",
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Storage/storageAccounts/read",
    "Microsoft.Storage/storageAccounts/privateEndpointConnections/read",
];

/// What `--pack` adds, which `audit` and `collect` take.
const PACKS: [&str; 6] = [
    "Microsoft.Authorization/roleAssignments/read",
    "Microsoft.KeyVault/vaults/read",
    "Microsoft.Network/bgpServiceCommunities/read",
    "Microsoft.Network/expressRouteCircuits/read",
    "Microsoft.Network/routeFilters/read",
    "Microsoft.Resources/subscriptions/resources/read",
];

/// What `--metrics` adds, which `audit` and `collect` take.
const METRICS: [&str; 1] = ["Microsoft.Insights/metrics/read"];

/// What `--deep` adds, for which the README names Reader.
const DEEP: [&str; 3] = [
    "Microsoft.Databricks/workspaces/read",
    "Microsoft.Databricks/workspaces/virtualNetworkPeerings/read",
    "Microsoft.Storage/storageAccounts/privateLinkResources/read",
];

/// What `--management-group` adds.
const GROUPS: [&str; 1] = ["Microsoft.Management/managementGroups/descendants/read"];

/// What `--source graph` adds; it takes no right.
const INDEX: [&str; 1] = ["Microsoft.ResourceGraph/resources/read"];

/// Settings under which the index is behind: it knows a record that is gone, and not one that is there.
fn stale() -> Settings {
    let management_groups = [("my-group".to_owned(), vec![SPOKE.to_owned()])].into();
    let gone = record(HUB, ZONE, "stgone", "10.1.9.98");
    let missing = record(HUB, ZONE, &account(2).0, "10.1.1.7")["id"].as_str().unwrap().to_ascii_lowercase();
    Settings {
        management_groups,
        graph_overrides: vec![gone],
        graph_missing: vec![missing],
        ..Settings::default()
    }
}

/// The operations behind what was asked, after every request was looked at.
fn operations(standin: &StandIn) -> BTreeSet<String> {
    let entries = standin.log();
    entries.iter().for_each(|entry| is_a_read(standin, entry));
    let of_service = entries.iter().filter(|entry| matches!(entry.door, Door::Arm | Door::Metrics));
    of_service.map(|entry| operation(&entry.method, &entry.path)).collect()
}

/// Asserts that a request is one of the few that there are.
#[track_caller]
fn is_a_read(standin: &StandIn, entry: &Entry) {
    let host = format!("https://{}", entry.host);
    let version = entry.query.split('&').filter_map(|pair| pair.strip_prefix("api-version="));
    let version: Vec<&str> = version.collect();
    match entry.door {
        Door::Arm => {
            let query = entry.method == "POST" && entry.path == GRAPH;
            assert!(entry.method == "GET" || query, "{entry:?}");
            assert_eq!(host, standin.arm_endpoint(), "{entry:?}");
            assert!(entry.bore_token && entry.authorised, "{entry:?}");
        }
        Door::Metrics => {
            assert!(entry.method == "POST" && entry.is("/subscriptions/*/metrics:getBatch"), "{entry:?}");
            assert_eq!(host, standin.metrics_endpoint(), "{entry:?}");
            assert!(entry.bore_token && entry.authorised, "{entry:?}");
        }
        Door::Login => {
            let known =
                [("POST", "/*/oauth2/v2.0/token"), ("GET", "/oidc/github"), ("POST", "/oidc/pipelines")];
            let is_known = |(method, path): &(&str, &str)| entry.method == *method && entry.is(path);
            assert!(known.iter().any(is_known), "{entry:?}");
        }
        Door::Identity => {
            let known = [("GET", "/msi/token"), ("POST", "/oauth2/token")];
            assert!(known.contains(&(entry.method.as_str(), entry.path.as_str())), "{entry:?}");
        }
        Door::Foreign => panic!("somebody else was spoken to: {entry:?}"),
    }
    if matches!(entry.door, Door::Arm | Door::Metrics) {
        let [version] = version[..] else { panic!("not one api-version: {entry:?}") };
        let (date, preview) = version.split_at(10.min(version.len()));
        let digits = date.split('-').map(|part| part.parse::<u16>().is_ok() && part.len() >= 2);
        assert!(digits.eq([true; 3]) && ["", "-preview"].contains(&preview), "{entry:?}");
    }
}

/// A run against a stand-in of its own: what it says, and what it asked for.
fn asked(settings: Settings, args: &[&str]) -> (Outcome, BTreeSet<String>) {
    let standin = StandIn::with(whole(), settings);
    let outcome = standin.signed_in(args).within(standin.folder()).run();
    (outcome, operations(&standin))
}

fn set(parts: &[&[&str]]) -> BTreeSet<String> {
    parts.iter().copied().flatten().map(|operation| (*operation).to_owned()).collect()
}

/// What each command sends to the management API is written out above, and is nothing more and nothing less.
#[test]
fn every_command_asks_for_the_same_and_for_nothing_else() {
    for args in [
        &["audit"][..],
        &["collect", "-o", "estate.jsonl"],
        &["trace", "pe-stdata0001"],
        &["names"],
        &["facts"],
        &["probe", "--dry-run"],
    ] {
        let args = [args, &["-s", SPOKE]].concat();
        let (outcome, found) = asked(Settings::default(), &args);
        assert!(matches!(outcome.code, 0 | 1), "{args:?} ended with {}: {}", outcome.code, outcome.stderr);
        assert_eq!(found, set(&[&ALWAYS]), "{args:?}");
    }
}

const EVERYTHING: [&str; 11] = [
    "--all-subscriptions",
    "--deep",
    "--pack",
    "azure-migrate",
    "--pack",
    "expressroute",
    "--appliance-object-id",
    APPLIANCE,
    "--metrics",
    "1d",
    "--checklist",
];

#[test]
fn with_everything_switched_on_nothing_is_asked_but_what_is_named() {
    let (outcome, found) = asked(stale(), &[&["audit", "--source", "arm"][..], &EVERYTHING].concat());
    outcome.exits(1);
    assert_eq!(found, set(&[&ALWAYS, &PACKS, &METRICS, &DEEP]));

    let collect = [&["collect", "-o", "estate.jsonl.zst"][..], &EVERYTHING[..10]].concat();
    let (outcome, found) = asked(stale(), &collect);
    outcome.exits(0);
    assert_eq!(found, set(&[&ALWAYS, &PACKS, &METRICS, &DEEP]));
}

/// The index, what it lacks, what is read again, and traffic of many at once.
#[test]
fn from_the_index_and_for_a_management_group() {
    let standin = StandIn::with(whole(), stale());
    let metrics = standin.metrics_endpoint();
    let args = [
        &["audit", "--management-group", "my-group", "--source", "graph", "--metrics-endpoint", &metrics][..],
        &EVERYTHING[1..],
    ]
    .concat();
    standin.signed_in(&args).run().exits(1);
    assert!(standin.at(Door::Metrics).len() > 1 && standin.asked(GRAPH).len() > 3);
    let found = operations(&standin);
    let known = set(&[&ALWAYS, &PACKS, &METRICS, &DEEP, &GROUPS, &INDEX]);
    assert!(found.is_subset(&known), "{:#?}", found.difference(&known).collect::<Vec<_>>());
    for needed in [GROUPS[0], INDEX[0], METRICS[0], "Microsoft.Network/privateDnsZones/ALL/read"] {
        assert!(found.contains(needed), "{needed}: the index is read, and read again");
    }
}

#[test]
fn a_run_that_goes_on_and_every_way_to_sign_in() {
    for way in WAYS {
        let standin = StandIn::start(suspect());
        standin.on_first(5, "*/routeTables", Fault::Status(503, "Busy"));
        let args = ["collect", "-s", SPOKE, "-o", "estate.jsonl"];
        way.run(&standin, &args).within(standin.folder()).run().exits(3);
        let before = standin.at(Door::Arm).len();
        let args = [&args[..], &["--resume"]].concat();
        way.run(&standin, &args).within(standin.folder()).run().exits(0);
        assert!(operations(&standin).is_subset(&set(&[&ALWAYS])), "{way:?}");
        assert!(standin.at(Door::Arm).len() - before < before / 2, "{way:?} asked again");
        assert_eq!(
            standin.at(Door::Login).is_empty(),
            matches!(way, Way::Cli | Way::CloudShell | Way::Identity)
        );
    }
}

/// Neither a faulty answer nor a hostile one makes anything else of a request.
#[test]
fn whatever_goes_wrong_it_only_reads() {
    let standin = StandIn::with(whole(), stale());
    let foreign = format!("{}/x?api-version=2024-05-01", standin.foreign_host());
    standin.on("*/privateEndpoints", Fault::NextLink(foreign));
    standin.on("*/virtualNetworks", Fault::Loop);
    standin.on_first(1, "*/loadBalancers", Fault::Status(500, "Oops"));
    standin.on("*/azureFirewalls", Fault::Forbidden);
    for source in ["arm", "graph"] {
        let args = ["audit", "--all-subscriptions", "--source", source, "-v"];
        let outcome = standin.signed_in(&args).run();
        assert!(matches!(outcome.code, 1 | 3), "{}\n{}", outcome.code, outcome.stderr);
    }
    let found = operations(&standin);
    assert!(found.is_subset(&set(&[&ALWAYS, &INDEX])), "{found:?}");
}

/// What the README gives is what is asked for, to the last action.
#[test]
fn the_readme_names_every_right_and_no_other() {
    let (role, beside) = (role(), beside());
    let base: Vec<&str> =
        ALWAYS.into_iter().filter(|need| !need.ends_with("/privateEndpointConnections/read")).collect();
    for need in &base {
        assert!(role.iter().any(|given| covers(given, need)), "the role does not hold {need}");
    }
    // Subnets and peerings come with their network and are asked for nowhere by themselves.
    let inside = ["/virtualNetworks/subnets/read", "/virtualNetworkPeerings/read"];
    for given in role.iter().filter(|given| !inside.iter().any(|end| given.ends_with(end))) {
        assert!(base.iter().any(|need| covers(given, need)), "{given} is in the role for nothing");
    }
    let of_packs: BTreeMap<&str, bool> =
        PACKS.iter().chain(&METRICS).chain(&GROUPS).map(|need| (*need, beside.contains(*need))).collect();
    assert!(of_packs.values().all(|is_named| *is_named), "the README does not name all of {of_packs:#?}");
    // The list that asks for them tells them apart by type, and the caller's rights by type what it may hold.
    let by_type = ["Microsoft.Migrate/", "Microsoft.OffAzure/"];
    // What suspects lead to, with storage accounts as the example.
    let targets = ["Microsoft.Storage/storageAccounts/"];
    for given in &beside {
        let known = by_type.iter().chain(&targets).any(|start| given.starts_with(start));
        assert!(known || of_packs.contains_key(given.as_str()), "{given} is named for nothing");
    }
    for deep in ["privateLinkResources", "Microsoft.Databricks/workspaces", "use Reader"] {
        assert!(section().contains(deep), "the README does not say what --deep takes: {deep}");
    }
}
