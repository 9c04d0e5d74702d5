//! The built binary: exit codes, formats, what is set aside, and what it refuses.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use plaudit::inventory::{Kind, ResourceId, snapshot};
use serde_json::Value;

use crate::estate::services::{Service, sql_server};
use crate::estate::{Estate, HOME};
use crate::listener::Listener;
use crate::name_server::{NameServer, Says, addresses};
use crate::one::{NAME, one};

struct Place(tempfile::TempDir);

struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new(e: &Estate) -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        snapshot::write(&place.path("estate.jsonl"), &e.collected()).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `plaudit probe` with this server alone.
    fn probe(&self, server: &NameServer, args: &[&str]) -> Outcome {
        let server = server.address.to_string();
        let all = ["--snapshot", "estate.jsonl", "--no-system", "--dns-timeout", "1", "--server", &server];
        self.run(&[&all[..], args].concat())
    }

    fn run(&self, args: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plaudit"));
        command.arg("probe").args(args).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Outcome {
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&self.stdout).contains(&words(text)), "no {text:?} in\n{}", self.stdout);
        self
    }

    #[track_caller]
    fn warns(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no {text:?} in\n{}", self.stderr);
        self
    }

    fn report(&self) -> Value {
        crate::schema::read(&self.stdout)
    }
}

fn wrong() -> NameServer {
    NameServer::start(&[(NAME, addresses(&["20.60.1.1"]))])
}

#[test]
fn exit_codes_are_those_of_an_audit() {
    let (e, _) = one("127.71");
    let _listener = Listener::start("127.71.4.4:1433");
    let place = Place::new(&e);
    let right = NameServer::start(&[(NAME, addresses(&["127.71.4.4"]))]);
    let silent = NameServer::start(&[(NAME, Says::Silence)]);
    place.probe(&right, &["--vantage", "vnet-orders"]).exits(0).says("No fault found");
    place.probe(&wrong(), &["--vantage", "vnet-orders"]).exits(1).says("LIVE-001");
    place.probe(&wrong(), &[]).exits(0).says("proves nothing about a virtual network").says("LIVE-001");
    place.probe(&wrong(), &["--fail-on", "info"]).exits(1);
    place.probe(&silent, &["--vantage", "vnet-orders"]).exits(3).says("LIVE-002");
}

#[test]
fn what_is_set_aside_does_not_count() {
    let (e, _) = one("127.72");
    let _listener = Listener::start("127.72.4.4:1433");
    let place = Place::new(&e);
    let dns = wrong();
    let args = ["--vantage", "vnet-orders", "-f", "json", "--write-baseline", "known.json"];
    let first = place.probe(&dns, &args[..4]).exits(1).report();
    assert_eq!(first["findings"][0]["rule"], "LIVE-001");
    assert_eq!(first["rules"].as_array().unwrap().len(), 9, "LIVE and COV rules and no others");
    place.probe(&dns, &args).exits(1);
    place.probe(&dns, &["--vantage", "vnet-orders", "--baseline", "known.json"]).exits(0);
    let config = "[[suppress]]\nrule = \"LIVE-*\"\nresource = \"*/pe-sql\"\nreason = \"tuesday\"\n";
    std::fs::write(place.path("plaudit.toml"), config).unwrap();
    place.probe(&dns, &args[..2]).exits(0).says("tuesday");
    let others = "[[suppress]]\nrule = \"DNS-022\"\nresource = \"*\"\nreason = \"an audit's\"\n";
    std::fs::write(place.path("plaudit.toml"), others).unwrap();
    let outcome = place.probe(&dns, &args[..2]).exits(1);
    assert!(!outcome.stderr.contains("fits no finding"), "{}", outcome.stderr);
    std::fs::write(place.path("plaudit.toml"), "[rules]\ndisable = [\"LIVE-001\"]\n").unwrap();
    place.probe(&dns, &args[..2]).exits(0);
    std::fs::write(place.path("plaudit.toml"), "[rules.severity]\nLIVE-001 = \"warning\"\n").unwrap();
    place.probe(&dns, &args[..2]).exits(0).says("WARNING");
}

#[test]
fn a_gap_counts_when_it_can_hide_a_name() {
    let (mut e, _) = one("127.73");
    let _listener = Listener::start("127.73.4.4:1433");
    let right = NameServer::start(&[(NAME, addresses(&["127.73.4.4"]))]);
    e.gap(Kind::RouteTables, HOME, 403, "AuthorizationFailed");
    let place = Place::new(&e);
    place.probe(&right, &["--vantage", "vnet-orders"]).exits(0).says("1 gap in what was read hides no name");
    e.gap(Kind::PrivateEndpoints, HOME, 403, "AuthorizationFailed");
    let place = Place::new(&e);
    place.probe(&right, &["--vantage", "vnet-orders"]).exits(3);
    let config = "[[suppress]]\nrule = \"COV-*\"\nresource = \"*\"\nreason = \"known\"\n";
    std::fs::write(place.path("plaudit.toml"), config).unwrap();
    place.probe(&right, &["--vantage", "vnet-orders"]).exits(0);
}

/// A network that was not read may be one that makes the vantage point need an endpoint.
#[test]
fn a_gap_in_networks_counts_from_a_vantage_point() {
    let (mut e, _) = one("127.77");
    let _listener = Listener::start("127.77.4.4:1433");
    let right = NameServer::start(&[(NAME, addresses(&["127.77.4.4"]))]);
    e.in_subscription("elsewhere");
    e.audit("elsewhere");
    e.gap(Kind::VirtualNetworks, "elsewhere", 403, "AuthorizationFailed");
    let place = Place::new(&e);
    let report = place.probe(&right, &["--vantage", "vnet-orders", "-f", "json"]).exits(3).report();
    assert_eq!(report["coverage"]["gaps"].as_array().unwrap().len(), 1, "{report:#}");
    place.probe(&right, &["--vantage", "vnet-orders"]).exits(3).says("virtual networks of elsewhere");
    place.probe(&right, &[]).exits(0).says("1 gap in what was read hides no name");
}

#[test]
fn numbers_and_verbs_agree() {
    let (mut e, _) = one("127.78");
    let _listener = Listener::start("127.78.4.4:1433");
    let right = NameServer::start(&[(NAME, addresses(&["127.78.4.4"]))]);
    let server = right.address.to_string();
    let stranger = e.vnet("vnet-stranger", "10.78.0.0/16");
    e.gap(Kind::RouteTables, HOME, 403, "AuthorizationFailed");
    let wild = |name: &str, host| {
        Service::new("Microsoft.Insights/privateLinkScopes", name, "azuremonitor")
            .member("x", &[(host, "privatelink.monitor.azure.com", "*")])
    };
    e.endpoint("pe-wild", &stranger, wild("ampls", "*.monitor.azure.com"));
    let place = Place::new(&e);
    place
        .probe(&right, &["--name", NAME, "--vantage", "vnet-stranger"])
        .exits(0)
        .says("1 name belongs to an endpoint which that network is not known to need: findings about it are")
        .says("1 gap in what was read hides no name and no address, and does not count here; `plaudit audit` tells of it")
        .says(&format!("asked: the DNS server named ({server})"));
    place.probe(&right, &[]).says("1 name with a wildcard cannot be asked, and was left out");

    let (mut e, _) = two(e);
    e.gap(Kind::NetworkSecurityGroups, HOME, 403, "AuthorizationFailed");
    e.endpoint("pe-wilder", &stranger, wild("ampls2", "*.oms.opinsights.azure.com"));
    let place = Place::new(&e);
    place
        .probe(&right, &["--vantage", "vnet-stranger", "--server", "127.78.0.9"])
        .says("2 names belong to endpoints which that network is not known to need: findings about them are")
        .says("2 gaps in what was read hide no name and no address, and do not count here; `plaudit audit` tells of them")
        .says(&format!("asked: the DNS servers named ({server}, 127.78.0.9:53)"))
        .says("2 names with a wildcard cannot be asked, and were left out");
}

/// A second endpoint with a name, beside the first.
fn two(mut e: Estate) -> (Estate, ResourceId) {
    let vnet = e.vnet("vnet-second", "127.79.0.0/16");
    let endpoint = e.endpoint("pe-second", &vnet, sql_server("sql-second"));
    (e, endpoint)
}

#[test]
fn names_are_chosen_and_wrong_ones_refused() {
    let (mut e, vnet) = one("127.74");
    e.endpoint("pe-blob", &vnet, crate::estate::services::storage("acct", "blob"));
    let place = Place::new(&e);
    let dns = NameServer::start(&[]);
    place.probe(&dns, &["--name", "ACCT.blob.core.windows.net."]).exits(0).says("LIVE-002");
    assert_eq!(dns.asked(), ["acct.blob.core.windows.net"]);
    place.probe(&dns, &["--name", "acc.blob.core.windows.net"]).exits(2).warns("did you mean");
    place.probe(&dns, &["--name", "*.blob.core.windows.net"]).exits(2);
    place.probe(&dns, &["--vantage", "vnet-nowhere"]).exits(2).warns("vnet-nowhere");
    place.probe(&dns, &["--preset", "azure-migrat"]).exits(2).warns("azure-migrate");
    place.probe(&dns, &["--also", "esx1"]).exits(2);
    place.run(&["--snapshot", "estate.jsonl", "--no-system"]).exits(2).warns("--server");
}

#[test]
fn a_dry_run_contacts_nobody_and_tells_everything() {
    let (e, _) = one("127.75");
    let listener = std::net::TcpListener::bind("127.75.4.4:1433").unwrap();
    listener.set_nonblocking(true).unwrap();
    let dns = wrong();
    let place = Place::new(&e);
    let args = ["--dry-run", "--preset", "azure-migrate", "--also", "esx1.corp.example:902"];
    let shown = place.probe(&dns, &args).exits(0).stdout;
    assert!(shown.contains(&format!("{NAME}\t127.75.4.4\t1433\n")), "{shown}");
    assert!(shown.contains("esx1.corp.example\twhatever it resolves to\t902\n"), "{shown}");
    assert!(shown.contains("management.azure.com\twhatever it resolves to\t443\n"), "{shown}");
    assert!(shown.contains(&dns.address.to_string()), "{shown}");
    assert!(dns.asked().is_empty());
    let formatted = place.probe(&dns, &["--dry-run", "-f", "json"]);
    formatted.exits(2).warns("cannot be used with");
    let alone =
        ["--dry-run", "--also", "169.254.169.254:80", "--also", "127.75.8.8:902", "--also", "[fe80::1]:22"];
    let shown = place.probe(&dns, &alone).exits(0).stdout;
    assert!(shown.contains("127.75.8.8\t127.75.8.8\t902\n"), "{shown}");
    assert!(shown.contains("# 169.254.169.254 is left alone"), "{shown}");
    let listed = shown.lines().filter(|line| !line.starts_with('#'));
    let mut words = listed.flat_map(|line| line.split(['\t', ' ']));
    assert!(!words.any(|word| word.contains("169.254.") || word.contains("fe80")), "{shown}");
    assert!(listener.accept().is_err(), "somebody came");
}

/// Addresses that nobody connects to: link-local ones, and those of a service whose port is not known.
#[test]
fn a_dry_run_shows_no_address_that_is_left_alone() {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet-odd", "169.254.0.0/16");
    e.endpoint("pe-sql", &vnet, sql_server("sql-orders"));
    let unknown = Service::new("Contoso.Things/widgets", "w", "widget")
        .member("x", &[("w.things.example", "privatelink.things.example", "w")]);
    let other = e.vnet("vnet-other", "127.80.0.0/16");
    e.endpoint("pe-widget", &other, unknown);
    let place = Place::new(&e);
    let shown = place.probe(&wrong(), &["--dry-run"]).exits(0).stdout;
    assert!(!shown.contains("169.254.") && !shown.contains("127.80."), "{shown}");
    assert!(shown.contains(&format!("{NAME}\tno connection\t\n")), "{shown}");
    assert!(shown.contains("w.things.example\tno connection\t\n"), "{shown}");
}

#[test]
fn hosts_are_reached_and_told() {
    let (e, _) = one("127.76");
    let _listener = Listener::start("127.76.4.4:1433");
    let _esx = Listener::start("127.76.8.8:9902");
    let names = [(NAME, addresses(&["127.76.4.4"])), ("esx1.corp.example", addresses(&["127.76.8.8"]))];
    let dns = NameServer::start(&names);
    let place = Place::new(&e);
    place.probe(&dns, &["--also", "esx1.corp.example:9902"]).exits(0);
    let report = place.probe(&dns, &["--also", "esx1.corp.example:9903", "-f", "json"]).exits(1).report();
    assert_eq!(report["findings"][0]["subject"]["name"], "esx1.corp.example:9903");
    place.probe(&dns, &["--also", "esx1.corp.example:9903"]).exits(1).says("esx1.corp.example:9903");
}
