//! What each thing that can be seen comes to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::ResponseCode;
use plaudit::finding::{Finding, Report};
use plaudit::inventory::ResourceId;
use plaudit::probe::{DnsFault, Resolvers};
use plaudit::rules::Purpose;
use plaudit::survey::Host;
use serde_json::json;

use crate::estate::services::{Service, storage};
use crate::listener::{BlackHole, Listener};
use crate::name_server::{NameServer, Says, addresses, apart};
use crate::one::{ALIAS, NAME, System, given, judge, lines, one, system, tally};

fn only(report: &Report) -> &Finding {
    assert_eq!(report.findings.len(), 1, "{:#?}", lines(report));
    &report.findings[0]
}

fn evidence<'a>(finding: &'a Finding, key: &str) -> &'a serde_json::Value {
    &finding.evidence.iter().find(|(name, _)| *name == key).unwrap_or_else(|| panic!("no {key}")).1
}

fn named(host: &str, port: u16) -> Vec<Host> {
    vec![Host { host: host.to_owned(), port, purpose: Purpose::Named }]
}

#[test]
fn everything_right_is_nothing_to_tell() {
    let (e, vnet) = one("127.41");
    let listener = Listener::start("127.41.4.4:1433");
    let dns = NameServer::start(&[(NAME, Says::Alias(ALIAS)), (ALIAS, addresses(&["127.41.4.4"]))]);
    let report = judge(&e, &given(&dns), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), [""; 0]);
    assert_eq!(["LIVE-001", "LIVE-002", "LIVE-003"].map(|rule| tally(&report, rule)), [(1, 0); 3]);
    assert!(!report.incomplete);
    assert_eq!(
        listener.visits().iter().map(|visit| visit.bytes).collect::<Vec<_>>(),
        [0],
        "it sends nothing"
    );
    assert_eq!(dns.asked(), [NAME, ALIAS], "and where it leads");
}

#[test]
fn a_public_answer_is_an_error_and_shows_the_way() {
    let (e, vnet) = one("127.42");
    let _listener = Listener::start("127.42.4.4:1433");
    let dns = NameServer::start(&[(NAME, Says::Alias(ALIAS)), (ALIAS, addresses(&["20.60.1.1"]))]);
    let report = judge(&e, &given(&dns), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-001 fail error certain"]);
    let finding = only(&report);
    assert!(finding.headline.ends_with("answers with public addresses"), "{}", finding.headline);
    assert_eq!(evidence(finding, "path"), &json!([NAME, ALIAS]));
    assert_eq!(evidence(finding, "foundAddresses"), &json!(["20.60.1.1"]));
    assert_eq!(evidence(finding, "expectedAddresses"), &json!(["127.42.4.4"]));
}

#[test]
fn a_stale_address_is_an_error_even_beside_the_right_one() {
    let (e, vnet) = one("127.43");
    let _listener = Listener::start("127.43.4.4:1433");
    for answer in [&["10.9.9.9"][..], &["10.9.9.9", "127.43.4.4"]] {
        let dns = NameServer::start(&[(NAME, addresses(answer))]);
        let report = judge(&e, &given(&dns), Some(&vnet), Vec::new());
        assert_eq!(lines(&report), ["LIVE-001 fail error certain"], "{answer:?}");
        assert!(only(&report).headline.contains("private addresses that are not the endpoint's"));
        assert_eq!(evidence(only(&report), "foundAddresses"), &json!(["10.9.9.9"]));
    }
}

#[test]
fn a_public_address_of_the_newer_kind_beside_the_right_one_is_an_error() {
    let (e, vnet) = one("127.44");
    let _listener = Listener::start("127.44.4.4:1433");
    let dns = NameServer::start(&[(NAME, addresses(&["127.44.4.4", "2603:1030::1"]))]);
    assert_eq!(lines(&judge(&e, &given(&dns), Some(&vnet), Vec::new())), ["LIVE-001 fail error certain"]);
}

#[test]
fn nxdomain_is_an_error_and_the_hazard_is_told_where_the_name_leads_to_a_private_zone() {
    let (e, vnet) = one("127.45");
    let _listener = Listener::start("127.45.4.4:1433");
    let report =
        judge(&e, &given(&NameServer::start(&[(NAME, Says::Alias(ALIAS))])), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-002 fail error certain"]);
    assert!(only(&report).message.contains(ALIAS), "{}", only(&report).message);
    assert_eq!(evidence(only(&report), "path"), &json!([NAME, ALIAS]));

    let report = judge(&e, &given(&NameServer::start(&[])), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-002 fail error certain"]);
    assert!(!only(&report).message.contains("private DNS zone"), "{}", only(&report).message);
}

#[test]
fn a_name_without_an_address_is_an_error() {
    let (e, vnet) = one("127.46");
    let _listener = Listener::start("127.46.4.4:1433");
    let report = judge(&e, &given(&NameServer::start(&[(NAME, Says::Nothing)])), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-002 fail error certain"]);
}

#[test]
fn no_answer_and_servfail_are_unknown_and_leave_the_report_incomplete() {
    let (e, vnet) = one("127.47");
    let _listener = Listener::start("127.47.4.4:1433");
    let codes = [ResponseCode::ServFail, ResponseCode::Refused].map(Says::Fails);
    for says in codes.into_iter().chain([Says::Silence]) {
        let report = judge(&e, &given(&NameServer::start(&[(NAME, says.clone())])), Some(&vnet), Vec::new());
        assert_eq!(lines(&report), ["LIVE-002 unknown"], "{says:?}");
        assert!(report.incomplete, "{says:?}");
    }
}

#[test]
fn a_server_that_is_not_there_is_unknown() {
    let (e, vnet) = one("127.48");
    let _listener = Listener::start("127.48.4.4:1433");
    let nobody: SocketAddr = "127.48.9.9:9".parse().unwrap();
    let resolvers = Resolvers { system: None, own: Vec::new(), given: vec![nobody] };
    assert_eq!(lines(&judge(&e, &resolvers, Some(&vnet), Vec::new())), ["LIVE-002 unknown"]);
}

#[test]
fn a_closed_port_is_an_error_where_dns_is_right_and_information_where_it_is_not() {
    let (e, vnet) = one("127.49");
    let right = NameServer::start(&[(NAME, addresses(&["127.49.4.4"]))]);
    let report = judge(&e, &given(&right), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail error certain"]);
    assert_eq!(evidence(only(&report), "connections"), &json!(["127.49.4.4:1433: refused"]));

    let wrong = NameServer::start(&[(NAME, addresses(&["20.60.1.1"]))]);
    let report = judge(&e, &given(&wrong), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-001 fail error certain", "LIVE-003 fail info possible"]);
    let silent = NameServer::start(&[(NAME, Says::Silence)]);
    let report = judge(&e, &given(&silent), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-002 unknown", "LIVE-003 fail info possible"]);
}

#[test]
fn packets_that_vanish_are_an_error() {
    let (e, vnet) = one("127.50");
    let _hole = BlackHole::start("127.50.4.4:1433");
    let dns = NameServer::start(&[(NAME, addresses(&["127.50.4.4"]))]);
    let report = judge(&e, &given(&dns), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail error certain"]);
    assert_eq!(evidence(only(&report), "connections"), &json!(["127.50.4.4:1433: no answer in time"]));
}

#[test]
fn the_vantage_point_decides_the_severity() {
    let (mut e, vnet) = one("127.51");
    let _listener = Listener::start("127.51.4.4:1433");
    // Nobody else is in the peered network: this host is its client.
    let peer = e.vnet("vnet-peer", "10.51.0.0/16");
    e.peer(&vnet, &peer);
    let stranger = e.vnet("vnet-stranger", "10.52.0.0/16");
    e.client(&stranger);
    let dns = NameServer::start(&[]);
    for (vantage, expected) in [
        (None, "LIVE-002 fail info possible"),
        (Some(&vnet), "LIVE-002 fail error certain"),
        (Some(&peer), "LIVE-002 fail error certain"),
        (Some(&stranger), "LIVE-002 fail info possible"),
    ] {
        assert_eq!(lines(&judge(&e, &given(&dns), vantage, Vec::new())), [expected], "{vantage:?}");
    }
}

#[test]
fn a_derived_name_is_a_warning_at_most() {
    let (mut e, vnet) = one("127.52");
    let _listener = Listener::start("127.52.4.4:1433");
    let is_endpoint = |one: &&serde_json::Value| one["type"] == "Microsoft.Network/privateEndpoints";
    let endpoint = e.values().iter().find(is_endpoint).unwrap()["id"].as_str().unwrap().to_owned();
    let endpoint = ResourceId::new(&endpoint);
    e.without_fqdns(&endpoint);
    e.edit(&endpoint, |endpoint| endpoint["properties"]["customDnsConfigs"] = json!([]));
    let report = judge(&e, &given(&NameServer::start(&[])), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-002 fail warning probable"]);
}

#[test]
fn an_address_of_another_endpoint_of_the_same_name_is_right() {
    let (mut e, vnet) = one("127.53");
    let _listener = Listener::start("127.53.4.4:1433");
    let other = e.vnet("vnet-other", "127.54.0.0/16");
    let _other = Listener::start("127.54.4.4:1433");
    e.endpoint("pe-sql-other", &other, crate::estate::services::sql_server("sql-orders"));
    let dns = NameServer::start(&[(NAME, addresses(&["127.54.4.4"]))]);
    let report = judge(&e, &given(&dns), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), [""; 0]);
    assert_eq!((tally(&report, "LIVE-001"), tally(&report, "LIVE-003")), ((2, 0), (2, 0)));
}

#[test]
fn an_address_of_an_endpoint_that_was_rejected_is_wrong() {
    let (mut e, vnet) = one("127.55");
    let _listener = Listener::start("127.55.4.4:1433");
    let other = e.vnet("vnet-other", "127.56.0.0/16");
    let rejected = e.endpoint("pe-sql-other", &other, crate::estate::services::sql_server("sql-orders"));
    e.rejected(&rejected, "no");
    let dns = NameServer::start(&[(NAME, addresses(&["127.56.4.4"]))]);
    assert_eq!(lines(&judge(&e, &given(&dns), Some(&vnet), Vec::new())), ["LIVE-001 fail error certain"]);
}

#[test]
fn a_pending_endpoint_is_asked_nothing_and_a_wildcard_neither() {
    let (mut e, vnet) = one("127.57");
    let _listener = Listener::start("127.57.4.4:1433");
    let pending = e.endpoint("pe-pending", &vnet, storage("pending", "blob"));
    e.pending(&pending);
    let wild = Service::new("Microsoft.Insights/privateLinkScopes", "ampls", "azuremonitor")
        .member("x", &[("*.monitor.azure.com", "privatelink.monitor.azure.com", "*")]);
    e.endpoint("pe-wild", &vnet, wild);
    let dns = NameServer::start(&[(NAME, addresses(&["127.57.4.4"]))]);
    assert_eq!(lines(&judge(&e, &given(&dns), Some(&vnet), Vec::new())), [""; 0]);
    assert_eq!(dns.asked(), [NAME]);
}

#[test]
fn a_hosts_file_in_force_is_told() {
    let (e, vnet) = one("127.58");
    let _listener = Listener::start("127.58.4.4:1433");
    let own = |says: Says| vec![NameServer::start(&[(NAME, says)]).address];
    let with = |own| Resolvers { system: system(NAME, &["127.58.4.4"]), own, given: Vec::new() };
    for says in [addresses(&["20.60.1.1"]), Says::Nothing] {
        let report = judge(&e, &with(own(says)), Some(&vnet), Vec::new());
        assert_eq!(lines(&report), ["LIVE-005 fail info certain"], "what programs get is right");
    }
    let report = judge(&e, &with(own(Says::Silence)), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-005 unknown"]);
    // A server on this very host may read the hosts file itself.
    let alike = judge(&e, &with(own(addresses(&["127.58.4.4"]))), Some(&vnet), Vec::new());
    assert_eq!((lines(&alike), tally(&alike, "LIVE-005")), (Vec::new(), (0, 1)));
    let without = judge(&e, &with(Vec::new()), Some(&vnet), Vec::new());
    assert_eq!((lines(&without), tally(&without, "LIVE-005")), (Vec::new(), (0, 1)));
    // Of two servers one says the same.
    let both = [own(addresses(&["20.60.1.1"])), own(addresses(&["127.58.4.4"]))].concat();
    assert_eq!(lines(&judge(&e, &with(both), Some(&vnet), Vec::new())), [""; 0]);
}

#[test]
fn an_address_is_compared_with_answers_for_its_kind() {
    let (e, vnet) = one("127.92");
    let _listener = Listener::start("127.92.4.4:1433");
    let with = |local: &[&str], says: Says| {
        let own = vec![NameServer::start(&[(NAME, says)]).address];
        judge(&e, &Resolvers { system: system(NAME, local), own, given: Vec::new() }, Some(&vnet), Vec::new())
    };
    let rule = |report: &Report| {
        let lines = lines(report).into_iter().filter(|line| line.starts_with("LIVE-005"));
        lines.collect::<Vec<_>>()
    };
    // Programs may ask for A alone, or have no use for AAAA.
    let more = addresses(&["127.92.4.4", "127.92.4.5", "fd00::4"]);
    assert_eq!(rule(&with(&["127.92.4.4"], more.clone())), [""; 0]);
    let strange = with(&["127.92.4.4", "fd00::9"], more);
    assert_eq!(rule(&strange), ["LIVE-005 fail info certain"]);
    let finding = strange.findings.iter().find(|one| one.rule == "LIVE-005").unwrap();
    assert!(finding.message.contains("get fd00::9 for"), "{}", finding.message);
    assert!(finding.message.ends_with("which its DNS server does not say"), "{}", finding.message);
    // An AAAA record is none of what A is answered with, and an answer without any says that there is none.
    let v4 = with(&["fd00::4"], addresses(&["127.92.4.4"]));
    assert_eq!(rule(&v4), ["LIVE-005 fail info certain"]);
    let half = || apart(addresses(&["127.92.4.4"]), Says::Fails(ResponseCode::ServFail));
    assert_eq!(rule(&with(&["127.92.4.4", "fd00::4"], half())), ["LIVE-005 unknown"]);
    assert_eq!(rule(&with(&["127.92.4.4"], half())), [""; 0]);
}

#[test]
fn public_addresses_that_rotate_are_no_override() {
    let (e, vnet) = one("127.93");
    let _listener = Listener::start("127.93.4.4:1433");
    let with = |local: &[&str], says: &[&str]| {
        let own = vec![NameServer::start(&[(NAME, addresses(says))]).address];
        let resolvers = Resolvers { system: system(NAME, local), own, given: Vec::new() };
        let report = judge(&e, &resolvers, Some(&vnet), Vec::new());
        let passed_over = &report.tallies.iter().find(|tally| tally.rule == "LIVE-005").unwrap().not_judged;
        let rotate = passed_over.keys().any(|why| why.contains("from one query to the next"));
        (lines(&report).iter().any(|line| line.starts_with("LIVE-005")), rotate)
    };
    assert_eq!(with(&["20.60.1.1"], &["20.60.1.2"]), (false, true));
    assert_eq!(with(&["20.60.1.1"], &["127.93.4.4"]), (true, false), "private in DNS");
    assert_eq!(with(&["127.93.4.4"], &["20.60.1.2"]), (true, false), "private in the hosts file");
    assert_eq!(with(&["20.60.1.1"], &["2603:1030::1"]), (true, false), "of another kind");
}

#[test]
fn what_programs_get_is_judged_and_not_what_the_own_server_says() {
    let (e, vnet) = one("127.59");
    let _listener = Listener::start("127.59.4.4:1433");
    let own = NameServer::start(&[(NAME, addresses(&["127.59.4.4"]))]).address;
    let wrong = Resolvers { system: system(NAME, &["20.60.1.1"]), own: vec![own], given: Vec::new() };
    let report = judge(&e, &wrong, Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-001 fail error certain", "LIVE-005 fail info certain"]);
    let fault = Err(DnsFault::Failed("Try again".to_owned()));
    let failing = Arc::new(System([(NAME.to_owned(), fault)].into()));
    let failing = Resolvers { system: Some(failing), own: vec![own], given: Vec::new() };
    assert_eq!(lines(&judge(&e, &failing, Some(&vnet), Vec::new())), ["LIVE-002 unknown"]);
}

/// macOS and Windows say that a name is not there also when a DNS server failed.
#[test]
fn a_no_of_the_system_counts_when_one_of_its_dns_servers_says_no_too() {
    let (e, vnet) = one("127.81");
    let _listener = Listener::start("127.81.4.4:1433");
    let nobody: Arc<System> = Arc::default();
    let server = |says: Says| NameServer::start(&[(NAME, says)]).address;
    let hear = |own: Vec<SocketAddr>, hosts| {
        let resolvers = Resolvers { system: Some(nobody.clone()), own, given: Vec::new() };
        lines(&judge(&e, &resolvers, Some(&vnet), hosts))
    };
    for says in [Says::NoSuchName, Says::Nothing] {
        assert_eq!(hear(vec![server(says)], Vec::new()), ["LIVE-002 fail error certain"]);
    }
    let failed = || server(Says::Fails(ResponseCode::ServFail));
    let both = vec![failed(), server(Says::NoSuchName)];
    assert_eq!(hear(both, Vec::new()), ["LIVE-002 fail error certain"], "one is enough");
    let right = server(addresses(&["127.81.4.4"]));
    for own in [vec![], vec![failed()], vec![server(Says::Silence)], vec![right]] {
        assert_eq!(hear(own.clone(), Vec::new()), ["LIVE-002 unknown"], "{own:?}");
    }
    let hosts = named("esx1.corp.example", 902);
    assert_eq!(hear(vec![failed()], hosts), ["LIVE-002 unknown", "LIVE-004 fail error certain"]);
    let hosts = named("esx1.corp.example", 902);
    assert_eq!(hear(vec![], hosts), ["LIVE-002 unknown", "LIVE-004 unknown"]);
}

#[test]
fn half_an_answer_is_no_no() {
    let (e, vnet) = one("127.82");
    let _listener = Listener::start("127.82.4.4:1433");
    let lines = |a: &Says, aaaa: &Says| {
        let dns = NameServer::start(&[(NAME, apart(a.clone(), aaaa.clone()))]);
        lines(&judge(&e, &given(&dns), Some(&vnet), Vec::new()))
    };
    let right = addresses(&["127.82.4.4"]);
    for broken in [Says::Fails(ResponseCode::ServFail), Says::Fails(ResponseCode::NotImp), Says::Silence] {
        assert_eq!(lines(&Says::Nothing, &broken), ["LIVE-002 unknown"], "{broken:?}");
        assert_eq!(lines(&broken, &Says::Nothing), ["LIVE-002 unknown"], "{broken:?}");
        assert_eq!(lines(&right, &broken), [""; 0], "{broken:?}");
        assert_eq!(lines(&Says::NoSuchName, &broken), ["LIVE-002 fail error certain"], "of every kind");
    }
    assert_eq!(lines(&Says::Nothing, &Says::NoSuchName), ["LIVE-002 fail error certain"]);
    assert_eq!(lines(&right, &Says::NoSuchName), [""; 0]);
    let newer = addresses(&["2603:1030::1"]);
    assert_eq!(lines(&Says::NoSuchName, &newer), ["LIVE-001 fail error certain"], "there is an address");
}

#[test]
fn each_server_is_judged_and_told_apart() {
    let (e, vnet) = one("127.60");
    let _listener = Listener::start("127.60.4.4:1433");
    let servers = [addresses(&["20.60.1.1"]), addresses(&["20.60.1.1"]), addresses(&["127.60.4.4"])];
    let given = servers.map(|says| NameServer::start(&[(NAME, says)]).address).to_vec();
    let resolvers = Resolvers { system: None, own: Vec::new(), given };
    let report = judge(&e, &resolvers, Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-001 fail error certain"; 2]);
    assert_ne!(report.findings[0].fingerprint, report.findings[1].fingerprint);
}

#[test]
fn a_host_that_is_named_is_reached_or_told() {
    let (e, vnet) = one("127.61");
    let _listener = Listener::start("127.61.4.4:1433");
    let esx = Listener::start("127.61.8.8:9902");
    let dns = NameServer::start(&[
        (NAME, addresses(&["127.61.4.4"])),
        ("esx1.corp.example", addresses(&["127.61.8.8"])),
        ("slow.corp.example", Says::Silence),
    ]);
    let with = |host, port| lines(&judge(&e, &given(&dns), Some(&vnet), named(host, port)));
    assert_eq!(with("esx1.corp.example", 9902), [""; 0]);
    assert_eq!(esx.visits()[0].bytes, 0);
    assert_eq!(with("127.61.8.8", 9902), [""; 0]);
    assert_eq!(with("esx1.corp.example", 9903), ["LIVE-004 fail error certain"]);
    assert_eq!(with("nobody.corp.example", 9902), ["LIVE-004 fail error certain"]);
    assert_eq!(with("slow.corp.example", 9902), ["LIVE-004 unknown"]);
    // What leads to a cloud machine's own credentials is left alone.
    assert_eq!(with("169.254.169.254", 80), [""; 0]);
    // The host is this one's own business, wherever it stands.
    let report = judge(&e, &given(&dns), None, named("esx1.corp.example", 9903));
    assert_eq!(lines(&report), ["LIVE-004 fail error certain"]);
}

#[test]
fn a_host_of_a_preset_is_a_warning_at_most() {
    let (e, vnet) = one("127.62");
    let _listener = Listener::start("127.62.4.4:1433");
    let dns = NameServer::start(&[(NAME, addresses(&["127.62.4.4"]))]);
    for (optional, expected) in
        [(false, "LIVE-006 fail warning probable"), (true, "LIVE-006 fail info possible")]
    {
        let (preset, stands_for) = ("p".to_owned(), "*.example".to_owned());
        let purpose = Purpose::Preset { preset, stands_for, optional };
        let host = Host { host: "www.example".to_owned(), port: 443, purpose };
        assert_eq!(lines(&judge(&e, &given(&dns), Some(&vnet), vec![host])), [expected]);
    }
}

#[test]
fn one_address_is_connected_to_once_at_a_time() {
    let (e, vnet) = one("127.63");
    let listener = Listener::start("127.63.4.4:1433");
    // The ports of an address are taken in order, and the first of them takes a whole second to fail.
    let _hole = BlackHole::start("127.63.4.4:1400");
    let dns = NameServer::start(&[(NAME, addresses(&["127.63.4.4"]))]);
    let began = Instant::now();
    let report = judge(&e, &given(&dns), Some(&vnet), named("127.63.4.4", 1400));
    assert_eq!(lines(&report), ["LIVE-004 fail error certain"]);
    let visits = listener.visits();
    assert_eq!(visits.len(), 1);
    assert!(visits[0].at - began >= Duration::from_millis(950), "{:?}", visits[0].at - began);
}

#[test]
fn an_audit_asks_nobody_and_the_rules_have_nothing_to_say() {
    let (e, _) = one("127.64");
    let table = plaudit::topology::zones::ZoneTable::embedded(e.cloud).unwrap();
    let inventory = plaudit::inventory::wire::inventory(e.collected());
    let topology = plaudit::topology::Topology::build(inventory, &table, Default::default());
    let mut rules = plaudit::rules::all().unwrap();
    rules.iter_mut().for_each(|rule| rule.enabled = rule.page.id.starts_with("LIVE-"));
    let report = plaudit::audit::audit(&topology, &rules, &Default::default());
    assert!(report.findings.is_empty());
    assert!(report.tallies.iter().all(|tally| tally.judged == 0 && tally.not_judged.is_empty()));
}
