//! NET-019: security groups that keep clients from endpoints.

use plaudit::finding::Report;
use plaudit::inventory::{IdPattern, Kind, ResourceId};
use plaudit::rules::Settings;
use plaudit::topology::Options;
use serde_json::json;

use crate::estate::network::{ENDPOINTS, WORKLOAD, subnet_id};
use crate::estate::services::{Service, private_link_service, sql_server, storage};
use crate::estate::{Estate, HOME};
use crate::judged::{evidence, expect_in, expect_of, judge_with, not_judged, only};

type Rule = (&'static str, u64, &'static str, &'static str, &'static str, &'static str);

const DENY: Rule = ("deny-clients", 200, "Deny", "10.1.0.0/24", "*", "*");
const DENY_ALL: Rule = ("deny-all", 4000, "Deny", "*", "*", "*");

/// An endpoint, a client in another subnet of its network, and one in a peered network.
#[derive(Clone)]
struct Guarded {
    e: Estate,
    vnet: ResourceId,
    peer: ResourceId,
    group: ResourceId,
}

impl Guarded {
    fn new(rules: &[Rule]) -> Self {
        Guarded::of(storage("acct", "blob"), rules)
    }

    fn of(service: Service, rules: &[Rule]) -> Self {
        let mut e = Estate::new();
        let vnet = e.vnet("vnet", "10.1.0.0/16");
        e.client(&vnet);
        let peer = e.vnet("peer", "10.2.0.0/16");
        e.client(&peer);
        e.peer(&vnet, &peer);
        e.endpoint("pe", &vnet, service);
        let group = e.security_group("nsg", rules);
        let subnet = subnet_id(&vnet, ENDPOINTS);
        e.use_security_group(&subnet, &group).endpoint_policies(&subnet, "Enabled");
        Guarded { e, vnet, peer, group }
    }

    fn judged(&self, clients: &[&str]) -> Report {
        let patterns = clients.iter().map(|pattern| IdPattern::new(pattern).unwrap());
        let options = Options { client_networks: patterns.collect(), ..Options::default() };
        judge_with(&self.e, &["NET-019"], &Settings::default(), options)
    }

    #[track_caller]
    fn expect(&self, expected: &[&str]) {
        expect_of("NET-019", &self.e, expected);
    }
}

const OWN: &str = "NET-019 snet-endpoints fail warning certain";
const PEERED: &str = "NET-019 snet-endpoints fail warning probable";
const CHOSEN: &str = "NET-019 snet-endpoints fail info possible";

#[test]
fn azure_s_own_rules_let_clients_in() {
    Guarded::new(&[]).expect(&[]);
}

#[test]
fn a_rule_that_turns_the_client_subnet_away_is_net_019() {
    let it = Guarded::new(&[DENY]);
    it.expect(&[OWN]);
    let report = it.judged(&[]);
    let finding = only(&report, "NET-019");
    assert_eq!(finding.cause.id, format!("{}/securityRules/deny-clients", it.group));
    assert_eq!(evidence(finding, "count"), "1");
    assert_eq!(
        finding.remediation[0].command.as_deref(),
        Some(&*format!(
            "az network nsg rule create --subscription {} -g rg-network --nsg-name nsg -n allow-vnet-to-endpoints --priority 199 --direction Inbound --access Allow --protocol Tcp --source-address-prefixes 10.1.0.0/24 --destination-address-prefixes 10.1.4.0/22 --destination-port-ranges 443",
            it.e.subscription_guid(HOME)
        ))
    );
}

#[test]
fn policies_decide_whether_the_group_applies() {
    for (policies, applies) in [
        ("Enabled", true),
        ("NetworkSecurityGroupEnabled", true),
        ("RouteTableEnabled", false),
        ("Disabled", false),
    ] {
        let mut it = Guarded::new(&[DENY]);
        it.e.endpoint_policies(&subnet_id(&it.vnet, ENDPOINTS), policies);
        it.expect(if applies { &[OWN] } else { &[] });
    }
    let mut it = Guarded::new(&[DENY]);
    it.e.edit_subnet(&subnet_id(&it.vnet, ENDPOINTS), |s| {
        s["properties"].as_object_mut().unwrap().remove("networkSecurityGroup");
    });
    it.expect(&[]);
}

#[test]
fn everybody_turned_away_is_one_row_for_both_networks() {
    for rule in [DENY_ALL, ("deny-net", 4000, "Deny", "VirtualNetwork", "VirtualNetwork", "0-65535")] {
        let it = Guarded::new(&[rule]);
        it.expect(&[OWN, PEERED]);
        let report = it.judged(&[]);
        assert_eq!(report.findings[0].cause, report.findings[1].cause);
        assert_eq!(report.findings[0].headline, report.findings[1].headline);
        assert_ne!(report.findings[0].fingerprint, report.findings[1].fingerprint);
    }
}

#[test]
fn the_first_rule_that_fits_decides() {
    let allow = |source: &'static str, ports: &'static str| ("allow", 100, "Allow", source, "*", ports);
    Guarded::new(&[allow("*", "443"), DENY_ALL]).expect(&[]);
    Guarded::new(&[allow("*", "80"), DENY_ALL]).expect(&[OWN, PEERED]);
    // Part of the clients, by name, is enough: the rest is kept out on purpose.
    Guarded::new(&[allow("10.1.0.4", "443"), DENY]).expect(&[]);
    Guarded::new(&[("deny-one", 200, "Deny", "10.1.0.4/32", "*", "*")]).expect(&[]);
    // A rule behind the one that denies comes too late.
    Guarded::new(&[("allow", 300, "Allow", "*", "*", "*"), DENY]).expect(&[OWN]);
    // Other directions, protocols, addresses and ports are others.
    for (field, value) in [
        ("direction", "Outbound"),
        ("protocol", "Udp"),
        ("destinationPortRange", "1433"),
        ("destinationAddressPrefix", "10.1.0.0/24"),
        ("destinationAddressPrefix", "Storage"),
    ] {
        let mut it = Guarded::new(&[DENY]);
        it.e.edit(&it.group, |g| g["properties"]["securityRules"][0]["properties"][field] = value.into());
        it.expect(&[]);
    }
    let mut it = Guarded::new(&[DENY]);
    it.e.edit(&it.group, |g| {
        let rule = &mut g["properties"]["securityRules"][0]["properties"];
        rule["protocol"] = "TCP".into();
        rule["destinationPortRange"] = json!("");
        rule["destinationPortRanges"] = json!(["80", "400-500"]);
        rule["sourceAddressPrefix"] = json!("");
        rule["sourceAddressPrefixes"] = json!(["10.9.0.0/16", "10.1.0.0/16"]);
    });
    it.expect(&[OWN]);
}

#[test]
fn the_port_is_the_services() {
    let https = ("allow-https", 100, "Allow", "*", "*", "443");
    Guarded::new(&[https, DENY_ALL]).expect(&[]);
    Guarded::of(sql_server("sql"), &[https, DENY_ALL]).expect(&[OWN, PEERED]);
    Guarded::of(sql_server("sql"), &[("allow-sql", 100, "Allow", "*", "*", "1433"), DENY_ALL]).expect(&[]);
    // Azure Files: either of its ports will do.
    Guarded::of(storage("acct", "file"), &[https, DENY_ALL]).expect(&[]);
    // Nobody knows the port behind a private link service.
    let closed = ("deny-https", 200, "Deny", "*", "*", "443");
    Guarded::of(private_link_service("svc"), &[closed]).expect(&[]);
    Guarded::of(private_link_service("svc"), &[https, DENY_ALL]).expect(&[]);
    let it = Guarded::of(private_link_service("svc"), &[DENY_ALL]);
    it.expect(&[OWN, PEERED]);
    let report = it.judged(&[]);
    // Nobody is told to open all of them.
    let steps = &report.findings[0].remediation;
    assert!(steps.iter().all(|step| step.command.is_none()), "{steps:?}");
    assert!(steps[0].title.contains("its owner knows") && steps[0].title.contains("`deny-all`"), "{steps:?}");
}

#[test]
fn a_service_that_was_read_tells_its_ports() {
    let of = |rules: &[Rule]| {
        let mut it = Guarded::of(private_link_service("svc"), rules);
        let balancer = it.e.balancer("lb", &it.vnet);
        it.e.link_service("svc", &it.vnet, &balancer);
        (it, balancer)
    };
    of(&[("deny-ssh", 200, "Deny", "*", "*", "22")]).0.expect(&[]);
    let (mut it, balancer) = of(&[("deny-https", 200, "Deny", "*", "*", "443")]);
    it.expect(&[OWN, PEERED]);
    let command = it.judged(&[]).findings[0].remediation[0].command.clone().unwrap();
    assert!(command.ends_with("--destination-port-ranges 443"), "{command}");
    // A rule for every port says nothing of what is served; nor does one over UDP, or one that is not understood.
    for (field, value) in
        [("frontendPort", json!(0)), ("protocol", json!("Udp")), ("frontendPort", json!([]))]
    {
        let mut other = it.e.clone();
        other.edit(&balancer, |b| b["properties"]["loadBalancingRules"][0]["properties"][field] = value);
        expect_of("NET-019", &other, &[]);
    }
    // Beside others it is the known ports that are opened.
    it.e.endpoint("pe-other", &it.vnet, private_link_service("far"));
    it.e.edit(&it.group, |g| {
        g["properties"]["securityRules"][0]["properties"]["destinationPortRange"] = "*".into()
    });
    let report = it.judged(&[]);
    let steps = &report.findings[0].remediation;
    assert!(steps[0].command.as_deref().is_some_and(|command| command.ends_with("ranges 443")), "{steps:?}");
    assert!(steps[1].command.is_none(), "{steps:?}");
}

#[test]
fn a_peer_that_was_not_read_is_unknown_where_a_rule_turns_somebody_away() {
    let theirs = ("deny-some", 200, "Deny", "10.3.0.0/16", "*", "*");
    let apart = |rules: &[Rule]| {
        let mut it = Guarded::new(rules);
        it.e.in_subscription("far");
        let far = it.e.vnet("far", "10.3.0.0/16");
        it.e.client(&far);
        it.e.peer(&it.vnet, &far);
        it.e.in_subscription(HOME);
        it
    };
    let mut it = apart(&[theirs]);
    it.expect(&[PEERED]);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    it.expect(&["NET-019 snet-endpoints unknown"]);
    let far = it.e.get(&it.vnet)["properties"]["virtualNetworkPeerings"][1]["properties"].clone();
    assert!(far["remoteVirtualNetwork"]["id"].as_str().unwrap().ends_with("/far"));
    let flag = |it: &mut Guarded, value: bool| {
        it.e.edit(&it.vnet, |v| {
            v["properties"]["virtualNetworkPeerings"][1]["properties"]["allowVirtualNetworkAccess"] =
                value.into();
        });
    };
    // NET-009 tells of this one.
    flag(&mut it, false);
    it.expect(&[]);
    // Azure's own rules let every peer in.
    let mut it = apart(&[("allow-more", 200, "Allow", "*", "*", "*")]);
    it.e.gap(Kind::VirtualNetworks, "far", 403, "AuthorizationFailed");
    it.expect(&[]);
    // Nobody asked for this one.
    let mut it = Guarded::new(&[theirs]);
    it.e.peer_with_unread(&it.vnet, "foreign");
    it.expect(&[]);
    let reason = "networks behind the peering were not read";
    assert_eq!(not_judged(&it.judged(&[]), "NET-019"), [(reason, 1)]);
}

#[test]
fn one_service_closed_beside_an_open_one_is_found() {
    let mut it = Guarded::new(&[("allow-https", 100, "Allow", "*", "*", "443"), DENY_ALL]);
    it.e.endpoint("sql", &it.vnet, sql_server("sql"));
    it.expect(&[OWN, PEERED]);
    let report = it.judged(&[]);
    assert!(evidence(&report.findings[0], "endpoints").ends_with("privateEndpoints/sql\"]"));
}

#[test]
fn others_let_in_by_name_make_it_a_choice() {
    let mine = ("allow-mine", 100, "Allow", "10.1.0.0/16", "*", "443");
    let it = Guarded::new(&[mine, DENY_ALL]);
    it.expect(&[CHOSEN]);
    expect_in(&it.judged(&["*/virtualNetworks/peer"]), &[OWN]);
    // In the endpoints' own network, unless it is named as a client.
    let theirs = ("allow-theirs", 100, "Allow", "10.2.0.0/16", "*", "443");
    let it = Guarded::new(&[theirs, DENY_ALL]);
    it.expect(&[CHOSEN]);
    expect_in(&it.judged(&["*/virtualNetworks/vnet"]), &[OWN]);
    // Let in on another port, they tell nothing of this one.
    let theirs = ("allow-theirs", 100, "Allow", "10.2.0.0/16", "*", "80");
    Guarded::new(&[theirs, DENY_ALL]).expect(&[OWN, PEERED]);
    // One subnet of two.
    let mut it = Guarded::new(&[DENY]);
    it.e.machine(&it.vnet, "vm-other", "10.1.200.4");
    it.expect(&[CHOSEN]);
}

#[test]
fn a_peer_that_cannot_come_is_silent() {
    let theirs = ("deny-peer", 200, "Deny", "10.2.0.0/16", "*", "*");
    let mut it = Guarded::new(&[theirs]);
    it.expect(&[PEERED]);
    it.e.edit_peering(&it.vnet, &it.peer, |p| p["properties"]["allowVirtualNetworkAccess"] = false.into());
    it.expect(&[]);
    let mut it = Guarded::new(&[theirs]);
    it.e.unpeer(&it.peer, &it.vnet);
    it.expect(&[]);
    // Nobody is there.
    let mut it = Guarded::new(&[theirs]);
    it.e.edit_subnet(&subnet_id(&it.peer, WORKLOAD), |s| s["properties"]["ipConfigurations"] = json!([]));
    let nic = ResourceId::new(&format!(
        "/subscriptions/{}/resourceGroups/rg-network/providers/Microsoft.Network/networkInterfaces/vm-peer-4-nic",
        it.e.subscription_guid(HOME)
    ));
    it.e.remove(&nic);
    it.expect(&[]);
}

#[test]
fn a_hub_s_gateways_and_resolvers_are_no_clients() {
    let theirs = ("deny-hub", 200, "Deny", "10.9.0.0/16", "*", "*");
    let mut it = Guarded::new(&[theirs]);
    let hub = it.e.vnet("hub", "10.9.0.0/16");
    it.e.peer(&it.vnet, &hub).gateway(&hub, "10.9.2.0/27").route_server(&hub, "10.9.2.32/27");
    it.e.delegate(&hub, "snet-resolver", "10.9.2.64/28", "Microsoft.Network/dnsResolvers");
    it.expect(&[]);
    it.e.delegate(&hub, "snet-web", "10.9.3.0/28", "Microsoft.Web/serverFarms");
    it.expect(&[PEERED]);
    let clients = evidence(only(&it.judged(&[]), "NET-019"), "clientSubnets");
    assert!(clients.ends_with("subnets/snet-web\"]") && !clients.contains("GatewaySubnet"), "{clients}");
}

#[test]
fn a_service_is_reached_on_any_of_its_ports() {
    let san =
        |name: &str| Service::new("Microsoft.ElasticSan/elasticSans", name, "volumes").member("volumes", &[]);
    let hub = |name: &str| {
        Service::new("Microsoft.EventHub/namespaces", name, "namespace").member("namespace", &[])
    };
    for (service, port) in [(san("san"), "3260"), (hub("events"), "9093"), (storage("acct", "file"), "2049")]
    {
        Guarded::of(service.clone(), &[("allow", 100, "Allow", "*", "*", port), DENY_ALL]).expect(&[]);
        Guarded::of(service, &[("allow", 100, "Allow", "*", "*", "22"), DENY_ALL]).expect(&[OWN, PEERED]);
    }
}

#[test]
fn application_security_groups_say_nothing_of_addresses() {
    let mut it = Guarded::new(&[("by-group", 100, "Allow", "*", "*", "443"), DENY_ALL]);
    it.e.edit(&it.group, |g| {
        let rule = &mut g["properties"]["securityRules"][0]["properties"];
        rule.as_object_mut().unwrap().remove("sourceAddressPrefix");
        rule["sourceApplicationSecurityGroups"] = json!([{"id": "/subscriptions/s/asg"}]);
    });
    it.expect(&[]);
    let reason = "the security group goes by application security groups";
    assert_eq!(not_judged(&it.judged(&[]), "NET-019"), [(reason, 2)]);
}

#[test]
fn a_rule_for_some_source_ports_is_about_some_connections() {
    let reason = "the security group goes by the ports that clients connect from";
    let with = |rules: &[Rule], ports: serde_json::Value| {
        let mut it = Guarded::new(rules);
        it.e.edit(&it.group, |g| {
            let rule = &mut g["properties"]["securityRules"][0]["properties"];
            let field = if ports.is_array() { "sourcePortRanges" } else { "sourcePortRange" };
            rule["sourcePortRange"] = json!("");
            rule[field] = ports;
        });
        it
    };
    let some = || [json!("443"), json!("1024-65535"), json!(["0-100", "102-65535"]), json!("web")];
    let every =
        [json!("*"), json!(""), json!("0-65535"), json!("1-65535"), json!(["30000-65535", "0-29999", "80"])];
    for ports in every {
        with(&[DENY], ports).expect(&[OWN]);
    }
    for ports in some() {
        let it = with(&[DENY], ports.clone());
        it.expect(&[]);
        assert_eq!(not_judged(&it.judged(&[]), "NET-019"), [(reason, 1)], "{ports}");
        // The ports of the service, entered in the wrong field.
        let it = with(&[("allow", 100, "Allow", "*", "*", "*"), DENY_ALL], ports);
        it.expect(&[]);
        assert_eq!(not_judged(&it.judged(&[]), "NET-019"), [(reason, 2)]);
    }
    // What follows says the same of all the others, or is not about these clients.
    with(&[("deny-some", 100, "Deny", "*", "*", "*"), DENY_ALL], json!("443")).expect(&[OWN, PEERED]);
    for first in
        [("allow-some", 100, "Allow", "*", "*", "*"), ("deny-far", 100, "Deny", "10.9.0.0/16", "*", "*")]
    {
        let it = with(&[first], json!("443"));
        it.expect(&[]);
        assert_eq!(not_judged(&it.judged(&[]), "NET-019"), []);
    }
}

#[test]
fn a_group_that_was_not_read_is_unknown() {
    for kind in [Kind::NetworkSecurityGroups, Kind::PrivateEndpoints] {
        let mut it = Guarded::new(&[DENY]);
        it.e.gap(kind, HOME, 403, "AuthorizationFailed");
        it.expect(&["NET-019 snet-endpoints unknown"]);
    }
    let mut it = Guarded::new(&[DENY]);
    it.e.edit(&it.group, |g| g["properties"]["securityRules"][0]["properties"]["priority"] = json!([]));
    it.expect(&["NET-019 snet-endpoints unknown"]);
}

#[test]
fn the_way_in_takes_a_free_priority_and_a_free_name() {
    let taken = ("allow-vnet-to-endpoints", 199, "Allow", "10.9.0.0/16", "*", "80");
    let report = Guarded::new(&[DENY, taken]).judged(&[]);
    let command = only(&report, "NET-019").remediation[0].command.clone().unwrap();
    assert!(command.contains("-n allow-vnet-to-endpoints-2 --priority 198 "), "{command}");
    // Azure takes 80 characters, and a network's name may have 64 of them.
    let mut it = Guarded::new(&[DENY_ALL]);
    let long = it.e.vnet(&"n".repeat(64), "10.7.0.0/16");
    it.e.client(&long);
    it.e.peer(&it.vnet, &long);
    for finding in &it.judged(&[]).findings {
        let command = finding.remediation[0].command.clone().unwrap();
        let (_, name) = command.split_once(" -n ").unwrap();
        assert!(name.split(' ').next().unwrap().len() <= 78, "{command}");
    }
    let first = ("deny-clients", 100, "Deny", "10.1.0.0/24", "*", "*");
    let report = Guarded::new(&[first]).judged(&[]);
    let steps = &only(&report, "NET-019").remediation;
    assert!(steps[0].command.is_none() && steps[0].title.contains("no priority is free"), "{steps:?}");
}
