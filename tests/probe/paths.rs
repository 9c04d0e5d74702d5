//! Which connections count, and for how much.

use plaudit::finding::{Finding, Report};
use plaudit::inventory::ResourceId;
use plaudit::probe::Resolvers;

use crate::estate::Estate;
use crate::estate::services::sql_server;
use crate::listener::Listener;
use crate::name_server::{NameServer, addresses};
use crate::one::{NAME, given, judge, lines, one, tally};

/// `pe-sql` at `{prefix}.4.4`, and `pe-sql-other` of the same server at `{elsewhere}.4.4` in a network of its own.
fn two(prefix: &str, elsewhere: &str) -> (Estate, ResourceId, ResourceId) {
    let (mut e, vnet) = one(prefix);
    let other = e.vnet("vnet-other", &format!("{elsewhere}.0.0/16"));
    let endpoint = e.endpoint("pe-sql-other", &other, sql_server("sql-orders"));
    assert_eq!(e.addresses_of(&endpoint), [format!("{elsewhere}.4.4")]);
    (e, vnet, other)
}

fn of<'a>(report: &'a Report, endpoint: &str) -> Vec<&'a Finding> {
    report.findings.iter().filter(|finding| finding.subject.name == endpoint).collect()
}

fn server(answer: &[&str]) -> NameServer {
    NameServer::start(&[(NAME, addresses(answer))])
}

#[test]
fn an_address_of_another_endpoint_that_does_not_open_is_an_error_where_dns_leads_to_it() {
    let (e, vnet, _) = two("127.84", "127.85");
    let _own = Listener::start("127.84.4.4:1433");
    let astray = server(&["127.85.4.4"]);
    let report = judge(&e, &given(&astray), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail error certain", "LIVE-003 fail info possible"]);
    let [finding] = of(&report, "pe-sql")[..] else { panic!("{:?}", lines(&report)) };
    assert_eq!(finding.severity.name(), "error");
    assert!(
        finding.message.contains("leads sql-orders.database.windows.net here to pe-sql-other"),
        "{finding:?}"
    );
    assert!(finding.headline.ends_with("opens to pe-sql-other"), "{}", finding.headline);
    assert_eq!(finding.cause, of(&report, "pe-sql-other")[0].cause, "one cause, one row");

    // Nobody said where this host stands: nothing is proven, and the endpoint that has the address says so.
    let report = judge(&e, &given(&astray), None, Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail info possible"]);
    assert_eq!(of(&report, "pe-sql-other").len(), 1);

    // Clients may take the address that opens, and may not.
    let both = server(&["127.84.4.4", "127.85.4.4"]);
    let report = judge(&e, &given(&both), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail info possible", "LIVE-003 fail warning probable"]);

    // One DNS server of several is enough.
    let right = server(&["127.84.4.4"]);
    let servers = Resolvers { given: vec![right.address, astray.address], ..given(&right) };
    let report = judge(&e, &servers, Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail error certain", "LIVE-003 fail info possible"]);

    // Nobody is led there.
    let report = judge(&e, &given(&right), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail info possible"]);
    assert_eq!(of(&report, "pe-sql-other").len(), 1);

    // LIVE-001 comes first.
    let wrong = server(&["127.85.4.4", "20.60.1.1"]);
    let report = judge(&e, &given(&wrong), Some(&vnet), Vec::new());
    assert_eq!(of(&report, "pe-sql").iter().map(|one| one.rule).collect::<Vec<_>>(), ["LIVE-001"]);
}

#[test]
fn an_endpoint_that_the_network_needs_speaks_for_its_own_address() {
    let (mut e, vnet, other) = two("127.86", "127.87");
    let _own = Listener::start("127.86.4.4:1433");
    e.peer(&vnet, &other);
    let report = judge(&e, &given(&server(&["127.87.4.4"])), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail error certain"]);
    assert_eq!(of(&report, "pe-sql-other").len(), 1);
    assert_eq!(tally(&report, "LIVE-003"), (2, 0));
}

#[test]
fn an_address_of_an_endpoint_outside_the_scope_is_tried_too() {
    let (mut e, vnet) = one("127.88");
    e.audit(crate::estate::HOME);
    e.in_subscription("elsewhere");
    let other = e.vnet("vnet-other", "127.89.0.0/16");
    e.endpoint("pe-sql-other", &other, sql_server("sql-orders"));
    let _own = Listener::start("127.88.4.4:1433");
    let astray = server(&["127.89.4.4"]);
    let report = judge(&e, &given(&astray), Some(&vnet), Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail error certain"]);
    assert_eq!(of(&report, "pe-sql").len(), 1);
    let report = judge(&e, &given(&astray), None, Vec::new());
    assert_eq!(lines(&report), ["LIVE-003 fail info possible"]);
    let _other = Listener::start("127.89.4.4:1433");
    assert_eq!(lines(&judge(&e, &given(&astray), Some(&vnet), Vec::new())), [""; 0]);
}

/// The network's own endpoint is out of reach, and so is the other one, to which DNS leads.
#[test]
fn what_clients_are_led_to_comes_before_what_they_do_not_ask_for() {
    let (e, vnet, _) = two("127.90", "127.91");
    let report = judge(&e, &given(&server(&["127.91.4.4"])), Some(&vnet), Vec::new());
    let [finding] = of(&report, "pe-sql")[..] else { panic!("{:?}", lines(&report)) };
    assert!(finding.severity.name() == "error" && finding.message.contains("pe-sql-other"), "{finding:?}");
    let report = judge(&e, &given(&server(&["127.90.4.4", "127.91.4.4"])), Some(&vnet), Vec::new());
    let [finding] = of(&report, "pe-sql")[..] else { panic!("{:?}", lines(&report)) };
    assert!(finding.severity.name() == "error" && !finding.message.contains("pe-sql-other"), "{finding:?}");
}
