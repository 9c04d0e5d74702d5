//! Traffic: read many at a time where the metrics service answers, one by one where it does not, and never with
//! another's token.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::standin::child::{Outcome, Run, gaps};
use crate::standin::fault::Fault;
use crate::standin::journal::{Door, Entry};
use crate::standin::metrics::Flows;
use crate::standin::objects::{SPOKE, account, find, network_id, spoke_and_hub};
use crate::standin::{Settings, StandIn};

const AUDIT: [&str; 6] = ["audit", "-s", SPOKE, "-f", "json", "--metrics"];
const BATCH: &str = "*/metrics:getBatch";
const SINGLE: &str = "*/providers/Microsoft.Insights/metrics";

/// A private link service with an approved connection.
fn service(name: &str) -> Value {
    let id = network_id(SPOKE, "rg-app", &format!("privateLinkServices/{name}"));
    let subnet = network_id(SPOKE, "rg-net", "virtualNetworks/spoke/subnets/main");
    let consumer = "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/far";
    json!({"id": id, "name": name, "type": "Microsoft.Network/privateLinkServices", "location": "westeurope",
        "properties": {"provisioningState": "Succeeded", "alias": format!("{name}.guid.westeurope.azure.privatelinkservice"),
            "visibility": {"subscriptions": []}, "autoApproval": {"subscriptions": []}, "enableProxyProtocol": false,
            "destinationIPAddress": "10.1.0.9", "loadBalancerFrontendIpConfigurations": [],
            "ipConfigurations": [
                {"name": "one", "properties": {"privateIPAddress": "10.1.0.5", "subnet": {"id": subnet}}},
                {"name": "two", "properties": {"privateIPAddress": "10.1.0.6", "subnet": {"id": subnet}}}],
            "privateEndpointConnections": [{"id": format!("{id}/privateEndpointConnections/c"), "name": "c",
                "properties": {"privateEndpoint": {"id": consumer}, "provisioningState": "Succeeded",
                    "privateLinkServiceConnectionState": {"status": "Approved"}}}]}})
}

fn endpoint(number: usize) -> String {
    format!("pe-{}", account(number).0)
}

/// So many endpoints and a service; nothing goes through the first endpoint, nor through the service, whose ports are
/// nearly all taken.
fn standin(endpoints: usize) -> StandIn {
    with(endpoints, Flows::default())
}

fn with(endpoints: usize, flows: Flows) -> StandIn {
    let mut objects = spoke_and_hub(endpoints);
    objects.push(service("pls"));
    let bytes = BTreeMap::from([(endpoint(0), 0.0), ("pls".to_owned(), 0.0)]);
    StandIn::with(
        objects,
        Settings { flows: Flows { bytes, ports: Some(93.5), ..flows }, ..Settings::default() },
    )
}

/// A run that knows the metrics service.
fn knowing(standin: &StandIn, args: &[&str]) -> Run {
    let endpoint = standin.metrics_endpoint();
    standin.signed_in(&[args, &["--metrics-endpoint", &endpoint]].concat())
}

fn batches(standin: &StandIn) -> Vec<Entry> {
    standin.at(Door::Metrics)
}

/// Rules and subjects of the findings about traffic.
fn found(report: &Value, verdict: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let of = findings.iter().filter(|one| one["verdict"] == verdict).map(|one| {
        (one["rule"].as_str().unwrap().to_owned(), one["subject"]["name"].as_str().unwrap().to_owned())
    });
    let traffic = of.filter(|(rule, _)| rule.starts_with("MON-") || rule == "PLS-010");
    let mut all: Vec<String> = traffic.map(|(rule, name)| format!("{rule} {name}")).collect();
    all.sort();
    all
}

fn expected() -> Vec<String> {
    vec![format!("MON-001 {}", endpoint(0)), "MON-002 pls".to_owned(), "PLS-010 pls".to_owned()]
}

/// The times of day are gone: two runs are of two.
fn timeless(text: &str) -> String {
    let is_time = |word: &str| word.len() == 20 && word.ends_with('Z') && word.as_bytes()[10] == b'T';
    text.split('"').map(|part| if is_time(part) { "THEN" } else { part }).collect::<Vec<_>>().join("\"")
}

#[test]
fn nothing_is_measured_unless_it_is_asked_for() {
    let standin = standin(2);
    let report = standin.signed_in(&AUDIT[..5]).run().exits(0).report();
    assert!(standin.asked(SINGLE).is_empty() && batches(&standin).is_empty());
    assert_eq!(report.get("traffic"), None);
    assert_eq!(report["scope"].get("metrics"), None);
    assert!(found(&report, "fail").is_empty());
}

#[test]
fn many_are_asked_for_in_one_call() {
    let standin = standin(60);
    let outcome = knowing(&standin, &AUDIT).run();
    let report = outcome.exits(0).keeps_secrets(&standin).report();
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    assert_eq!(found(&report, "fail"), expected());
    let calls = batches(&standin);
    assert_eq!(calls.len(), 4, "two of endpoints, one of bytes and one of ports of services");
    assert!(calls.iter().all(|call| call.method == "POST" && call.is(BATCH) && call.status == 200));
    assert!(standin.asked(SINGLE).is_empty());
    assert_eq!(report["scope"]["metrics"], "7d");
    assert_eq!(report["traffic"]["resources"].as_array().unwrap().len(), 61);
    let silent = &report["traffic"]["resources"][0];
    assert_eq!((&silent["bytesIn"], &silent["bytesOut"]), (&json!(0), &json!(0)));
    assert_eq!(report["traffic"]["resources"][1]["bytesIn"], 28_000);
    assert_eq!(report["traffic"]["resources"][1]["course"], json!(vec![2000; 28]));
}

/// The stand-in's doors refuse each other's tokens.
#[test]
fn each_service_gets_a_token_of_its_own() {
    let standin = standin(2);
    knowing(&standin, &AUDIT).run().exits(0);
    let both = [standin.at(Door::Arm), batches(&standin)].concat();
    assert!(both.iter().all(|entry| entry.bore_token && entry.authorised), "{both:#?}");
    assert!(standin.at(Door::Foreign).is_empty());
    let own = format!("{}/.default", standin.metrics_endpoint());
    assert!(standin.audiences().contains(&own), "{:?}", standin.audiences());
    let arm = format!("{}/.default", standin.arm_endpoint());
    assert_eq!(standin.audiences().len(), 2, "{arm} and {own} alone");
}

/// Whatever its location says, nothing but the named service and the management API is spoken to.
#[test]
fn a_hostile_location_leads_nowhere() {
    let standin = {
        let mut objects = spoke_and_hub(3);
        for (number, place) in ["evil.example/", "127.0.0.1#", "a@b"].iter().enumerate() {
            let id = network_id(SPOKE, "rg-app", &format!("privateEndpoints/{}", endpoint(number)));
            find(&mut objects, &id)["location"] = (*place).into();
        }
        StandIn::start(objects)
    };
    let report = knowing(&standin, &AUDIT).run().exits(0).report();
    assert!(gaps(&report).is_empty());
    assert_eq!(report["traffic"]["resources"].as_array().unwrap().len(), 3);
    assert!(standin.at(Door::Foreign).is_empty());
    let hosts: Vec<String> =
        standin.log().into_iter().map(|entry| format!("https://{}", entry.host)).collect();
    let known = [standin.arm_endpoint(), standin.metrics_endpoint(), standin.authority_host()];
    assert!(hosts.iter().all(|host| known.contains(host)), "{hosts:?}");
}

fn whole(standin: &StandIn, outcome: &Outcome) -> String {
    let report = outcome.exits(0).report();
    assert!(gaps(&report).is_empty(), "{:#?}", gaps(&report));
    assert_eq!(found(&report, "fail"), expected());
    assert!(standin.at(Door::Arm).iter().all(|entry| entry.authorised));
    timeless(&outcome.stdout)
}

#[test]
fn where_the_service_refuses_each_is_asked_for_alone() {
    let healthy = standin(3);
    let report = whole(&healthy, &knowing(&healthy, &AUDIT).run());
    for fault in [
        Fault::Forbidden,
        Fault::Status(404, "NotFound"),
        Fault::Status(400, "BadRequest"),
        Fault::Html(403),
        Fault::Text("<html>a portal</html>".to_owned()),
        Fault::Text("{\"values\":[]}".to_owned()),
    ] {
        let standin = standin(3);
        standin.on(BATCH, fault.clone());
        let outcome = knowing(&standin, &AUDIT).run();
        assert_eq!(
            whole(&standin, &outcome),
            report.replace(&healthy.arm_endpoint(), &standin.arm_endpoint()),
            "{fault:?}"
        );
        assert_eq!(standin.asked(SINGLE).len(), 5, "{fault:?}: three endpoints, and two of the service");
        assert_eq!(batches(&standin).len(), 3, "{fault:?}: each is refused once");
    }
}

#[test]
fn where_no_service_is_known_or_there_each_is_asked_for_alone() {
    let unknown = standin(2);
    whole(&unknown, &unknown.signed_in(&AUDIT).run());
    assert_eq!((batches(&unknown).len(), unknown.asked(SINGLE).len()), (0, 4));
    assert_eq!(unknown.audiences().len(), 1, "no token for a service that nobody knows");
    let lost = standin(2);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = format!("https://127.0.0.1:{port}");
    let args = [AUDIT.as_slice(), &["--metrics-endpoint", &nobody]].concat();
    whole(&lost, &lost.signed_in(&args).run());
    assert_eq!(lost.asked(SINGLE).len(), 4);
}

#[test]
fn who_is_left_out_of_an_answer_is_asked_for_alone() {
    let standin = with(3, Flows { left_out: vec![endpoint(0)], ..Flows::default() });
    whole(&standin, &knowing(&standin, &AUDIT).run());
    let asked: Vec<String> = standin.asked(SINGLE).into_iter().map(|entry| entry.path).collect();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains(&endpoint(0)), "{asked:?}");
}

#[test]
fn throttling_is_heeded() {
    let standin = standin(2);
    standin.on_first(2, BATCH, Fault::Throttled(Some(1)));
    whole(&standin, &knowing(&standin, &AUDIT).run());
    assert_eq!(batches(&standin).iter().filter(|entry| entry.status == 429).count(), 2);
    assert!(standin.asked(SINGLE).is_empty(), "asking one by one would make it worse");
    let alone = self::standin(2);
    alone.on_first(1, SINGLE, Fault::Throttled(Some(1)));
    whole(&alone, &alone.signed_in(&AUDIT).run());
}

#[test]
fn what_is_not_measured_is_unknown_and_nothing_else_is() {
    let healthy = standin(2);
    let before = healthy.signed_in(&AUDIT[..5]).run().exits(0).report();
    for (pattern, fault) in [(BATCH, Fault::Throttled(Some(600))), (SINGLE, Fault::Forbidden)] {
        let standin = standin(2);
        standin.on(pattern, fault.clone());
        let outcome = match pattern == BATCH {
            true => knowing(&standin, &AUDIT).run(),
            false => standin.signed_in(&AUDIT).run(),
        };
        let report = outcome.exits(3).report();
        assert!(gaps(&report).iter().all(|gap| gap["kind"] == "metrics"), "{fault:?}");
        assert!(found(&report, "fail").is_empty(), "{fault:?}");
        let mut silent = vec![format!("MON-001 {}", endpoint(0)), format!("MON-001 {}", endpoint(1))];
        silent.extend(["MON-002 pls".to_owned(), "PLS-010 pls".to_owned()]);
        assert_eq!(found(&report, "unknown"), silent, "{fault:?}");
        let tally = |report: &Value, id: &str| {
            let rules = report["rules"].as_array().unwrap();
            rules.iter().find(|rule| rule["id"] == id).cloned()
        };
        for id in ["PE-001", "DNS-001", "DNS-010", "DNS-021", "NET-001", "PLS-011"] {
            assert_eq!(tally(&report, id), tally(&before, id), "{fault:?}: {id}");
        }
    }
}

#[test]
fn a_snapshot_holds_what_was_measured() {
    let standin = standin(3);
    let live = knowing(&standin, &AUDIT).run();
    live.exits(0);
    for name in ["estate.jsonl", "estate.jsonl.zst"] {
        let file = standin.folder().join(name);
        let file = file.to_string_lossy();
        knowing(&standin, &["collect", "-s", SPOKE, "-o", &file, "--metrics"]).run().exits(0);
        let later = |more: &[&str]| {
            let args = [["audit", "--snapshot", &file, "-f", "json"].as_slice(), more].concat();
            Run::new(standin.folder(), &args).run()
        };
        assert_eq!(timeless(&later(&[]).exits(0).stdout), timeless(&live.stdout), "{name}");
        assert_eq!(later(&["--metrics"]).exits(0).stdout, later(&[]).stdout, "{name}");
        later(&["--metrics", "2d"]).exits(0).warns("this estate holds that of 7 days");
    }
}

#[test]
fn a_snapshot_without_traffic_says_so() {
    let standin = standin(1);
    let file = standin.folder().join("estate.jsonl");
    let file = file.to_string_lossy();
    standin.signed_in(&["collect", "-s", SPOKE, "-o", &file]).run().exits(0);
    let run = |args: &[&str]| Run::new(standin.folder(), args).run();
    run(&["audit", "--snapshot", &file, "--metrics"])
        .exits(0)
        .warns("--metrics has no effect")
        .says("--metrics");
    run(&["audit", "--demo", "healthy", "--metrics", "1d"]).exits(0).warns("--metrics has no effect");
}

#[test]
fn odd_spans_and_addresses_are_wrong_usage() {
    let standin = standin(1);
    let run = |args: &[&str]| standin.signed_in(&[["audit", "-s", SPOKE].as_slice(), args].concat()).run();
    for span in ["0d", "94d", "7", "week", "-1d", "1.5h", ""] {
        run(&[&format!("--metrics={span}")]).exits(2).warns("from 1h to 93d");
    }
    for address in ["http://127.0.0.1", "https://u:p@127.0.0.1", "metrics"] {
        run(&["--metrics", "--metrics-endpoint", address]).exits(2);
    }
    run(&["--metrics-endpoint", "https://127.0.0.1"]).exits(2);
    let demo =
        Run::new(standin.folder(), &["audit", "--demo", "--metrics", "--metrics-endpoint", "https://x"]);
    demo.run().exits(2);
    assert!(standin.log().is_empty(), "nobody was asked");
}

/// What failed for the moment is asked for again, of the window of the run that was stopped; of the rest there are answers.
#[test]
fn a_run_that_was_stopped_goes_on_with_the_same_window() {
    let standin = standin(3);
    let file = standin.folder().join("estate.jsonl");
    let name = file.to_string_lossy();
    let args = ["collect", "-s", SPOKE, "-o", &name, "--metrics", "1d"];
    let (of_service, of_endpoints) =
        ("*/privateLinkServices*Insights/metrics", "*/privateEndpoints*Insights/metrics");
    standin.on_first(8, of_service, Fault::Status(503, "Busy"));
    standin.signed_in(&args).run().exits(3).warns("--resume");
    let other = [&args[..6], &["3d", "--resume"]].concat();
    standin.signed_in(&other).run().exits(2).warns("--metrics");
    let before = standin.asked(of_endpoints).len();
    standin.signed_in(&[args.as_slice(), &["--resume"]].concat()).run().exits(0);
    assert_eq!(standin.asked(of_endpoints).len(), before, "the answers were there");
    let windows: std::collections::BTreeSet<String> = standin
        .asked(SINGLE)
        .into_iter()
        .filter_map(|entry| entry.query.split('&').nth(1).map(str::to_owned))
        .collect();
    assert_eq!(windows.len(), 1, "{windows:?}");
}

#[test]
fn people_see_the_quietest_first() {
    let standin = standin(12);
    let outcome = knowing(&standin, &["audit", "-s", SPOKE, "--metrics", "1d"]).run();
    outcome
        .exits(0)
        .says("TRAFFIC: 1 day up to ")
        .says("2 of 13 that were measured had none")
        .says("least traffic");
    assert!(outcome.stdout.contains("········") && outcome.stdout.contains("████████"), "{}", outcome.stdout);
    assert!(outcome.stdout.lines().all(|line| line.chars().count() <= 80 || line.starts_with("    ")));
    let page = knowing(&standin, &["audit", "-s", SPOKE, "--metrics", "1d", "-f", "html"]).run();
    page.exits(0).says("<section id=\"traffic\">").says("<svg class=\"plot\"").says("24.0 kB");
}
