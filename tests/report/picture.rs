//! The picture of the estate in the HTML report: nothing is hidden, nothing overlaps, nothing acts.

use std::collections::BTreeSet;

use plaudit::facts::{
    ConnectionFacts, EndpointFacts, Fact, Facts, Identity, LinkFacts, NetworkFacts, PeeringFacts, ZoneFacts,
};
use plaudit::finding::{Cause, Finding, Related, Report, Severity, Verdict};
use plaudit::inventory::ResourceId;
use plaudit::report::{Background, Format, Style};
use proptest::prelude::*;

use crate::estate::{self, BLOB, PAYMENTS, clean, finding};

fn identity(kind: &str, name: &str) -> Identity {
    Identity {
        id: estate::id(PAYMENTS, "rg-net", kind, name),
        name: name.rsplit('/').next().unwrap().to_owned(),
        resource_group: "rg-net".to_owned(),
        subscription: PAYMENTS.to_owned(),
        reported: true,
    }
}

fn vnet(name: &str) -> String {
    estate::id(PAYMENTS, "rg-net", "virtualNetworks", name)
}

fn add_network(facts: &mut Facts, name: &str) {
    facts.networks.push(NetworkFacts {
        identity: identity("virtualNetworks", name),
        location: Some("westeurope".to_owned()),
        address_prefixes: vec!["10.0.0.0/16".to_owned()],
        dns_servers: Vec::new(),
        subnets: Vec::new(),
        linked_zones: Fact::Known(Vec::new()),
        endpoints: Fact::Known(0),
        peerings: 0,
    });
}

/// One side of a peering; gives its id.
fn side(facts: &mut Facts, from: &str, to: &str, state: &str) -> String {
    let identity = identity("virtualNetworks", &format!("{from}/virtualNetworkPeerings/to-{to}"));
    let id = identity.id.clone();
    facts.peerings.push(PeeringFacts {
        identity,
        network: vnet(from),
        remote: Some(vnet(to)),
        remote_exists: Fact::Known(true),
        state: Some(state.to_owned()),
        sync_level: Some("FullyInSync".to_owned()),
        allow_virtual_network_access: Some(true),
        allow_forwarded_traffic: None,
        allow_gateway_transit: None,
        use_remote_gateways: None,
        single_subnets: false,
    });
    id
}

fn peer(facts: &mut Facts, a: &str, b: &str, state: &str) {
    side(facts, a, b, state);
    side(facts, b, a, state);
}

fn add_endpoint(facts: &mut Facts, name: &str, network: &str) -> ResourceId {
    let identity = identity("privateEndpoints", name);
    let id = ResourceId::new(&identity.id);
    facts.endpoints.push(EndpointFacts {
        identity,
        location: None,
        tags: std::collections::BTreeMap::new(),
        provisioning_state: None,
        connections: vec![ConnectionFacts {
            name: name.to_owned(),
            target: Some("/subscriptions/x/target".to_owned()),
            group_ids: vec!["blob".to_owned()],
            status: Some("Approved".to_owned()),
            description: None,
            manual: false,
        }],
        subnet: Some(format!("{}/subnets/snet", vnet(network))),
        network: Fact::Known(Some(vnet(network))),
        addresses: Fact::Known(Vec::new()),
        names: Fact::Known(Vec::new()),
        needed_zones: Vec::new(),
    });
    id
}

fn add_zone(facts: &mut Facts, name: &str, networks: &[String]) -> String {
    let identity = identity("privateDnsZones", name);
    let zone_id = identity.id.clone();
    for (at, network) in networks.iter().enumerate() {
        facts.links.push(LinkFacts {
            identity: self::identity("privateDnsZones", &format!("{name}/virtualNetworkLinks/l{at}")),
            zone: name.to_owned(),
            zone_id: zone_id.clone(),
            network: Some(network.clone()),
            state: Some("Completed".to_owned()),
            provisioning_state: None,
            resolution_policy: None,
            registration: false,
        });
    }
    facts.zones.push(ZoneFacts {
        identity,
        related: true,
        provisioning_state: None,
        record_sets: None,
        networks: Fact::Known(networks.to_vec()),
    });
    zone_id
}

/// Hubs with spokes, each with endpoints; one zone linked to all.
fn stars(hubs: usize, spokes: usize, endpoints: usize) -> Facts {
    let mut facts = Facts::default();
    for hub in 0..hubs {
        let name = format!("hub-{hub:02}");
        add_network(&mut facts, &name);
        for spoke in 0..spokes {
            let spoke = format!("spoke-{hub:02}-{spoke:03}");
            add_network(&mut facts, &spoke);
            peer(&mut facts, &name, &spoke, "Connected");
            for endpoint in 0..endpoints {
                add_endpoint(&mut facts, &format!("pe-{spoke}-{endpoint}"), &spoke);
            }
        }
    }
    let networks: Vec<String> = facts.networks.iter().map(|network| network.identity.id.clone()).collect();
    add_zone(&mut facts, BLOB, &networks);
    facts
}

fn unlinked(subject: &ResourceId, network: &str) -> Finding {
    let mut one = finding("DNS-010", "vnet-cannot-resolve", Severity::Error, subject);
    one.cause = Cause { kind: "missingLink", id: format!("{BLOB} -> {}", vnet(network)) };
    one
}

fn drawn(report: &Report, facts: Facts) -> String {
    let background = Background { facts: Some(facts), ..Background::default() };
    let mut out = Vec::new();
    plaudit::report::write(report, &background, Format::Html, &Style::default(), &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    let Some(start) = page.find("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"estate\"") else {
        return String::new();
    };
    let end = start + page[start..].find("</svg>").unwrap() + "</svg>".len();
    let picture = page[start..end].to_owned();
    well_formed(&picture);
    apart(&picture);
    picture
}

fn with(findings: Vec<Finding>) -> Report {
    Report { findings, ..clean() }
}

/// Tags are nested and closed, attributes quoted, and no entity is unknown.
fn well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = xml.trim_end();
    while let Some(start) = rest.find('<') {
        sound(&rest[..start]);
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        assert!(!tag.contains('<'), "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        assert!(!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric()), "{tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else {
            let attributes = tag[name.len()..].trim_end_matches('/');
            assert_eq!(attributes.matches('"').count() % 2, 0, "{tag}");
            for (at, part) in attributes.split('"').enumerate() {
                match at % 2 {
                    0 => assert!(part.trim().is_empty() || part.trim_end().ends_with('='), "{tag}"),
                    _ => sound(part),
                }
            }
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        rest = &rest[end + 1..];
    }
    assert_eq!((open.as_slice(), rest), (&[][..], ""));
}

fn sound(text: &str) {
    for part in text.split('&').skip(1) {
        let entity = part.split_once(';').unwrap().0;
        assert!(["amp", "lt", "gt", "quot", "#39"].contains(&entity), "&{entity};");
    }
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(!text.chars().any(|c| c != '\n' && crate::hostile::acts(c)), "{text:?}");
}

fn number(tag: &str, name: &str) -> f64 {
    let start = tag.find(&format!(" {name}=\"")).unwrap() + name.len() + 3;
    tag[start..].split('"').next().unwrap().parse().unwrap()
}

/// No box lies over another, and none outside.
fn apart(picture: &str) {
    let boxes: Vec<[f64; 4]> = picture
        .split("<rect class=\"frame\"")
        .skip(1)
        .map(|tag| ["x", "y", "width", "height"].map(|name| number(tag, name)))
        .collect();
    let view: Vec<f64> = picture
        .split("viewBox=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .split(' ')
        .map(|n| n.parse().unwrap())
        .collect();
    for (at, [x, y, w, h]) in boxes.iter().enumerate() {
        assert!(*x >= 0.0 && *y >= 0.0 && x + w <= view[2] && y + h <= view[3], "a box lies outside");
        for [x2, y2, w2, h2] in &boxes[at + 1..] {
            let over = *x < x2 + w2 && *x2 < x + w && *y < y2 + h2 && *y2 < y + h;
            assert!(!over, "boxes overlap: {:?} {:?}", [x, y, w, h], [x2, y2, w2, h2]);
        }
    }
}

/// How many networks the boxes stand for.
fn counted(picture: &str) -> usize {
    let single =
        picture.matches("<g class=\"node network").count() + picture.matches("<g class=\"node hub").count();
    let folded = picture.split("<g class=\"node fold").skip(1).filter_map(|node| {
        let name = node.split("class=\"name\"").nth(1)?.split_once('>')?.1;
        let (number, noun) = name.split_once(' ')?;
        (noun.starts_with("spoke") || noun.starts_with("network")).then(|| number.parse::<usize>().unwrap())
    });
    single + folded.sum::<usize>()
}

fn lines(picture: &str, class: &str) -> usize {
    // Those of the legend have no wide path to point at.
    picture
        .split(&format!("<g class=\"line {class}"))
        .skip(1)
        .filter(|line| line.split("</g>").next().unwrap().contains("\"hit\""))
        .count()
}

#[test]
fn an_estate_with_nothing_in_it_has_no_picture() {
    assert_eq!(drawn(&clean(), Facts::default()), "");
    let mut zones = Facts::default();
    add_zone(&mut zones, BLOB, &[]);
    assert_eq!(drawn(&clean(), zones), "");
}

#[test]
fn a_small_estate_is_drawn_whole_and_is_calm() {
    let picture = drawn(&clean(), stars(1, 4, 2));
    assert_eq!(counted(&picture), 5);
    for name in ["hub-00", "spoke-00-003", "pe-spoke-00-003-1", BLOB] {
        assert!(picture.contains(name), "{name}");
    }
    assert_eq!((lines(&picture, "peering ok"), lines(&picture, "link ok")), (4, 5));
    let nodes = picture.split("</style>").nth(1).unwrap().split("</g><g class=\"node").skip(1);
    for node in nodes {
        assert!(!node.contains("bad") && !node.contains("warn"), "{node}");
    }
    assert!(!picture.contains("tabindex=\"0\""));
    assert!(
        picture
            .contains("<desc id=\"estate-description\">5 virtual networks; 4 peerings; 8 private endpoints")
    );
}

#[test]
fn what_a_peering_is_shows_on_its_line() {
    let states = [
        ("Connected", "Connected", "ok", ""),
        ("Disconnected", "Disconnected", "bad", "Disconnected"),
        ("Initiated", "Initiated", "bad", "Initiated"),
        ("Connected", "Disconnected", "bad", "Disconnected"),
        ("Strange", "Connected", "unknown", "? not known"),
    ];
    for (one, other, class, label) in states {
        let mut facts = stars(1, 1, 0);
        facts.peerings[0].state = Some(one.to_owned());
        facts.peerings[1].state = Some(other.to_owned());
        let picture = drawn(&clean(), facts);
        assert_eq!(lines(&picture, &format!("peering {class}")), 1, "{one} {other}");
        assert!(picture.contains(label));
    }
    let shown = |change: &dyn Fn(&mut Facts), class: &str, label: &str| {
        let mut facts = stars(1, 1, 0);
        change(&mut facts);
        let picture = drawn(&clean(), facts);
        assert_eq!(lines(&picture, &format!("peering {class}")), 1, "{label}");
        assert!(picture.contains(label), "{label}");
    };
    shown(&|f| f.peerings[0].sync_level = Some("RemoteNotInSync".to_owned()), "warn", "! not in sync");
    let one_side = |f: &mut Facts| {
        f.peerings.truncate(1);
        f.peerings[0].state = Some("Initiated".to_owned());
    };
    shown(&one_side, "bad", "✕ one side only");
    let gone = |f: &mut Facts| {
        one_side(f);
        f.networks.truncate(1);
        f.peerings[0].remote_exists = Fact::Known(false);
    };
    shown(&gone, "bad", "does not exist any more");
    let unread = |f: &mut Facts| {
        f.peerings.truncate(1);
        f.networks.truncate(1);
        f.peerings[0].remote_exists = Fact::Unread;
    };
    shown(&unread, "unknown", ">not read<");
}

#[test]
fn a_finding_marks_what_it_is_about() {
    let mut facts = stars(1, 3, 1);
    let endpoint = add_endpoint(&mut facts, "pe-broken", "spoke-00-001");
    let peering = facts.peerings[0].identity.id.clone();
    let subnet = ResourceId::new(&format!("{}/subnets/snet", vnet("hub-00")));
    let service = ResourceId::new(&estate::id(PAYMENTS, "rg", "privateLinkServices", "pls"));
    let mut aside = finding(
        "PE-002",
        "connection-rejected",
        Severity::Error,
        &ResourceId::new(&facts.endpoints[0].identity.id),
    );
    aside.suppressed = Some("known".to_owned());
    let mut unknown = finding(
        "DNS-021",
        "a-record-missing",
        Severity::Error,
        &ResourceId::new(&facts.endpoints[1].identity.id),
    );
    unknown.verdict = Verdict::Unknown;
    let report = with(vec![
        finding("PE-001", "connection-pending", Severity::Error, &endpoint),
        finding("NET-009", "vnet-access-off", Severity::Warning, &ResourceId::new(&peering.to_uppercase())),
        finding("NET-019", "security-group-denies-clients", Severity::Warning, &subnet),
        finding("PLS-001", "inbound-connection-pending", Severity::Error, &service),
        aside,
        unknown,
    ]);
    let picture = drawn(&report, facts);
    let stops = |start: &str| {
        let (_, tag) = picture.split_once(start).unwrap();
        tag.split('>').next().unwrap().ends_with(" tabindex=\"0\"")
    };
    assert!(stops(&format!("<g class=\"row bad\" data-id=\"{}\" data-k=\"", endpoint.lower())));
    assert_eq!(lines(&picture, "peering warn"), 1);
    assert!(picture.contains("! vnet access off"));
    assert!(stops(&format!(
        "<g class=\"node hub warn\" data-id=\"{}\" data-k=\"",
        vnet("hub-00").to_lowercase()
    )));
    assert_eq!(picture.matches("<g class=\"row unknown\"").count(), 1);
    assert!(picture.contains("1 more finding, suppressed or in the baseline"));
    assert!(picture.contains("1 finding is about something that the picture does not show."));
    assert_eq!(picture.matches("<g class=\"row bad\"").count(), 1);
}

#[test]
fn a_link_that_is_missing_is_a_line_and_a_row_at_both_ends() {
    let mut facts = stars(1, 3, 0);
    let endpoint = add_endpoint(&mut facts, "pe", "spoke-00-002");
    let mut missing = finding("DNS-001", "private-dns-zone-missing", Severity::Error, &endpoint);
    missing.cause = Cause { kind: "privateDnsZone", id: "privatelink.nowhere.net".to_owned() };
    missing.related = vec![Related { role: "virtualNetwork", id: vnet("spoke-00-002") }];
    let picture = drawn(&with(vec![missing, unlinked(&endpoint, "spoke-00-002")]), facts);
    assert_eq!(lines(&picture, "missing bad"), 2);
    for text in
        ["not linked to spoke-00-002", "not linked: blob", "needed in spoke-00-002", ">does not exist<"]
    {
        assert!(picture.contains(text), "{text}");
    }
}

#[test]
fn healthy_spokes_fold_and_every_broken_one_is_drawn() {
    let mut facts = stars(13, 40, 3);
    let mut findings = Vec::new();
    for hub in 0..13 {
        let spoke = format!("spoke-{hub:02}-{:03}", hub * 2);
        let endpoint = add_endpoint(&mut facts, &format!("pe-broken-{hub:02}"), &spoke);
        findings.push(unlinked(&endpoint, &spoke));
    }
    peer(&mut facts, "spoke-03-001", "spoke-05-001", "Disconnected");
    let networks = facts.networks.len();
    let picture = drawn(&with(findings), facts);
    assert_eq!(counted(&picture), networks);
    for hub in 0..13 {
        assert!(picture.contains(&format!(">pe-broken-{hub:02}<")), "{hub}");
    }
    assert_eq!((lines(&picture, "missing bad"), lines(&picture, "peering bad")), (13, 1));
    assert_eq!(lines(&picture, "link ok"), 0);
    assert!(picture.contains("39 spokes without findings") && picture.contains("38 spokes without findings"));
    assert!(picture.len() < 400_000, "{}", picture.len());
}

#[test]
fn what_is_beyond_the_bounds_is_counted_not_dropped() {
    let mut facts = stars(60, 20, 0);
    for single in 0..50 {
        add_network(&mut facts, &format!("single-{single}"));
    }
    let names: Vec<String> = facts.networks.iter().map(|network| network.identity.name.clone()).collect();
    let mut findings = Vec::new();
    for name in &names {
        let endpoint = add_endpoint(&mut facts, &format!("pe-{name}"), name);
        findings.push(unlinked(&endpoint, name));
    }
    let picture = drawn(&with(findings), facts);
    assert_eq!(counted(&picture), names.len());
    assert!(picture.contains("with errors") && picture.contains("more lines are left out between zones"));
    assert!(picture.len() < 1_000_000, "{}", picture.len());
}

#[test]
fn a_very_large_estate_has_a_picture_of_bounded_size() {
    let mut facts = stars(250, 40, 10);
    let mut findings = Vec::new();
    for at in (0..facts.endpoints.len()).step_by(50) {
        let id = ResourceId::new(&facts.endpoints[at].identity.id);
        findings.push(finding("PE-001", "connection-pending", Severity::Error, &id));
    }
    facts.endpoints.truncate(100_000);
    let networks = facts.networks.len();
    let picture = drawn(&with(findings), facts);
    assert_eq!(counted(&picture), networks);
    assert!(picture.len() < 1_000_000, "{}", picture.len());
}

#[test]
fn the_picture_is_always_the_same() {
    let make = || {
        let mut facts = stars(5, 12, 2);
        peer(&mut facts, "spoke-00-001", "spoke-00-004", "Initiated");
        peer(&mut facts, "hub-00", "hub-04", "Connected");
        let endpoint = ResourceId::new(&facts.endpoints[3].identity.id);
        drawn(&with(vec![unlinked(&endpoint, "spoke-00-001")]), facts)
    };
    let first = make();
    assert!((0..5).all(|_| make() == first));
}

#[test]
fn names_that_want_to_act_are_only_shown() {
    for name in [
        "</title><script>alert(1)</script>",
        "\"onload=\"alert(1)",
        "]]><img src=x onerror=alert(1)>",
        "a\u{202e}b\u{1b}[31m\u{0}\n",
        "&amp;&lt;&#x3c;",
        "\u{fffe}\u{ffff}",
    ] {
        let picture = drawn(&hostile_report(name), hostile(name));
        let outside = picture.replace("<style", "");
        assert!(
            !outside.contains("<script") && !outside.contains("<img") && !outside.contains("href"),
            "{picture}"
        );
    }
}

fn hostile(name: &str) -> Facts {
    let mut facts = stars(1, 3, 1);
    facts.networks[1].identity.name = name.to_owned();
    facts.networks[1].identity.resource_group = name.to_owned();
    facts.networks[1].address_prefixes = vec![name.to_owned()];
    facts.networks[1].dns_servers = vec![name.to_owned()];
    facts.endpoints[0].identity.name = name.to_owned();
    facts.endpoints[0].connections[0].target = Some(name.to_owned());
    facts.endpoints[1].identity.id = name.to_owned();
    facts.zones[0].identity.name = name.to_owned();
    facts.links[0].identity.name = name.to_owned();
    facts.links[0].network = Some(name.to_owned());
    facts.peerings[0].remote = Some(name.to_owned());
    facts.peerings[1].state = Some(name.to_owned());
    facts
}

fn hostile_report(name: &str) -> Report {
    let mut report = with(vec![finding(
        "PE-001",
        "connection-pending",
        Severity::Error,
        &ResourceId::new(&vnet("hub-00")),
    )]);
    report.findings[0].message = name.to_owned();
    report.subscription_names.insert(PAYMENTS.to_owned(), name.to_owned());
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn whatever_a_name_is_the_picture_is_well_formed(name in crate::hostile::text()) {
        drawn(&hostile_report(&name), hostile(&name));
    }

    #[test]
    fn however_networks_are_peered_each_is_counted_once(
        edges in proptest::collection::vec((0_usize..40, 0_usize..40, 0_usize..3), 0..120),
        count in 1_usize..40,
    ) {
        let mut facts = Facts::default();
        (0..count).for_each(|n| add_network(&mut facts, &format!("n{n}")));
        let mut seen = BTreeSet::new();
        for (a, b, state) in edges {
            if a < count && b < count && a != b && seen.insert((a.min(b), a.max(b))) {
                let state = ["Connected", "Initiated", "Disconnected"][state];
                peer(&mut facts, &format!("n{a}"), &format!("n{b}"), state);
            }
        }
        prop_assert_eq!(counted(&drawn(&clean(), facts)), count);
    }
}
