//! Reports made by hand: several rules, groups of 1, 3 and 500, unknowns, gaps, odd names.

use std::collections::BTreeMap;

use plaudit::finding::{
    Cause, Confidence, Finding, NotRead, Related, Remediation, Report, Severity, Subject, SuppressionState,
    SuppressionUse, Tally, Verdict, fingerprint,
};
use plaudit::inventory::{
    Cloud, Coverage, Gap, Kind, Origin, ResourceId, Role, Scope, SubscriptionCoverage, Unfinished,
};
use serde_json::{Value, json};

pub const PAYMENTS: &str = "11111111-1111-1111-1111-111111111111";
pub const SHOP: &str = "22222222-2222-2222-2222-222222222222";
pub const HUB: &str = "33333333-3333-3333-3333-333333333333";
pub const BLOB: &str = "privatelink.blob.core.windows.net";

pub fn id(subscription: &str, group: &str, kind: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/{kind}/{name}")
}

pub fn endpoint(name: &str) -> ResourceId {
    ResourceId::new(&id(PAYMENTS, "rg-payments-weu", "privateEndpoints", name))
}

fn network(name: &str) -> String {
    id(PAYMENTS, "rg-net-weu", "virtualNetworks", name)
}

/// A failure with nothing but its subject; the tests fill in the rest.
pub fn finding(rule: &'static str, name: &'static str, severity: Severity, subject: &ResourceId) -> Finding {
    Finding {
        rule,
        name,
        severity,
        verdict: Verdict::Fail,
        confidence: Confidence::Certain,
        cause: Cause { kind: "privateEndpoint", id: subject.to_string() },
        headline: String::new(),
        subject: Subject::of(subject),
        related: Vec::new(),
        message: format!("{} is in trouble.", subject.name()),
        evidence: Vec::new(),
        remediation: Vec::new(),
        reference: String::new(),
        fingerprint: fingerprint(rule, subject, ""),
        not_read: NotRead::Nothing,
        suppressed: None,
        in_baseline: false,
    }
}

/// What a suppression came to that fits so many findings.
pub fn used(rule: &str, findings: usize) -> SuppressionUse {
    SuppressionUse {
        rule: rule.to_owned(),
        resource: "*/privateEndpoints/pe-sql-*".to_owned(),
        reason: "known since March".to_owned(),
        expires: (findings == 0).then(|| "2027-01-31".to_owned()),
        state: if findings == 0 { SuppressionState::Unused } else { SuppressionState::Active },
        findings,
    }
}

fn step(title: &str, command: Option<String>) -> Remediation {
    Remediation { title: title.to_owned(), command }
}

/// One missing link under `n` endpoints.
pub fn unlinked(n: usize) -> Vec<Finding> {
    let spoke = network("vnet-spoke-payments-weu");
    (0..n)
        .map(|i| {
            let subject = endpoint(&format!("pe-stpay{i:04}-blob"));
            let mut one = finding("DNS-010", "vnet-cannot-resolve", Severity::Error, &subject);
            one.cause = Cause { kind: "virtualNetwork", id: format!("{spoke} {BLOB}") };
            one.headline = format!(
                "vnet-spoke-payments-weu asks Azure DNS, and zone {BLOB} is not linked to it; its clients get the \
                 public address."
            );
            one.message = format!("stpay{i:04}.blob.core.windows.net resolves to a public address.");
            one.related = vec![Related { role: "virtualNetwork", id: spoke.clone() }];
            one.evidence = vec![
                ("zone", json!(BLOB)),
                ("virtualNetwork", json!(spoke)),
                ("path", json!(["vnet-spoke-payments-weu", "Azure DNS", "no linked zone", "public DNS"])),
                ("name", json!(format!("stpay{i:04}.blob.core.windows.net"))),
                ("expected", json!([format!("10.20.{}.{}", i / 250, i % 250 + 4)])),
                ("found", Value::Null),
            ];
            one.remediation = vec![step(
                "Link the zone to the virtual network",
                Some(format!(
                    "az network private-dns link vnet create -g rg-dns-hub -z {BLOB} -n vnet-spoke-payments-weu -v \
                     {spoke} -e false --subscription {HUB}"
                )),
            )];
            one.reference = "https://learn.microsoft.com/azure/dns/private-dns-virtual-network-links".to_owned();
            one.fingerprint = fingerprint("DNS-010", &subject, BLOB);
            one
        })
        .collect()
}

/// A record with the wrong address: one cause, one endpoint.
pub fn wrong_address() -> Finding {
    let subject = endpoint("pe-sql-payments");
    let zone = id(HUB, "rg-dns-hub", "privateDnsZones", "privatelink.database.windows.net");
    let mut one = finding("DNS-022", "a-record-wrong-ip", Severity::Error, &subject);
    one.cause = Cause { kind: "recordSet", id: format!("{zone}/A/sql-payments") };
    one.headline = "The record sql-payments in privatelink.database.windows.net is stale.".to_owned();
    one.message =
        "sql-payments.database.windows.net is answered with 10.20.9.9, which no endpoint of that name \
                   holds; pe-sql-payments holds 10.20.1.7."
            .to_owned();
    one.related = vec![Related { role: "zone", id: zone.clone() }];
    one.evidence = vec![
        ("name", json!("sql-payments.database.windows.net")),
        ("expected", json!(["10.20.1.7"])),
        ("found", json!(["10.20.9.9"])),
        ("zone", json!(zone)),
        (
            "path",
            json!([
                "vnet-spoke-payments-weu",
                "custom DNS 10.0.0.4 (inbound endpoint in vnet-hub-weu)",
                "link"
            ]),
        ),
    ];
    one.remediation = vec![
        step(
            "Add the right address",
            Some(format!(
                "az network private-dns record-set a add-record -g rg-dns-hub -z privatelink.database.windows.net -n \
                 sql-payments -a 10.20.1.7 --subscription {HUB}"
            )),
        ),
        step(
            "Take the wrong one away",
            Some(format!(
                "az network private-dns record-set a remove-record -g rg-dns-hub -z \
                 privatelink.database.windows.net -n sql-payments -a 10.20.9.9 --subscription {HUB}"
            )),
        ),
        step("Flush the clients' caches, or wait for the record's time to live", None),
    ];
    one.reference =
        "https://learn.microsoft.com/azure/private-link/troubleshoot-private-endpoint-connectivity"
            .to_owned();
    one
}

/// Three endpoints in two subscriptions whose target asks for approval twice.
pub fn pending() -> Vec<Finding> {
    let subjects = [
        endpoint("pe-kv-payments"),
        endpoint("pe-kv-payments-dr"),
        ResourceId::new(&id(SHOP, "rg-shop", "privateEndpoints", "pe-kv-shared")),
    ];
    let vault = "/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg-shared/providers/\
                 Microsoft.KeyVault/vaults/kv-shared";
    let pending = |subject: &ResourceId| {
        let mut one = finding("PE-001", "connection-pending", Severity::Warning, subject);
        one.confidence = Confidence::Probable;
        one.cause = Cause { kind: "target", id: vault.to_owned() };
        one.headline = format!("Connections to {vault} wait for approval.");
        one.evidence = vec![("status", json!("Pending")), ("target", json!(vault))];
        one.remediation = vec![step(
            &format!("Let the owner of the vault approve {}", subject.name()),
            Some(format!(
                "az network private-endpoint-connection approve --id {vault}/privateEndpointConnections/x"
            )),
        )];
        one.reference = "https://learn.microsoft.com/azure/private-link/manage-private-endpoint".to_owned();
        one
    };
    subjects.iter().map(pending).collect()
}

/// Endpoints that cannot be judged because one zone list could not be read, and the finding that says so.
pub fn unknowns(n: usize) -> Vec<Finding> {
    let text = forbidden().message;
    let cause = Cause { kind: "gap", id: text.clone() };
    let unknown = |rule: &'static str, name: &'static str, subject: &ResourceId, severity| {
        let mut one = finding(rule, name, severity, subject);
        one.verdict = Verdict::Unknown;
        one.cause = cause.clone();
        one.headline = format!("It cannot be known: {text}");
        one
    };
    let mut all: Vec<Finding> = (0..n)
        .map(|i| {
            let subject = endpoint(&format!("pe-acr-{i:02}"));
            unknown("DNS-001", "private-dns-zone-missing", &subject, Severity::Error)
        })
        .collect();
    all.push(unknown("DNS-010", "vnet-cannot-resolve", &endpoint("pe-acr-00"), Severity::Error));
    let hub = ResourceId::new(&format!("/subscriptions/{HUB}"));
    let mut cov = unknown("COV-002", "context-unreadable", &hub, Severity::Info);
    cov.message = text;
    cov.remediation = vec![step(
        "Let the reader see the hub",
        Some(format!(
            "az role assignment create --assignee reader --role Reader --scope /subscriptions/{HUB}"
        )),
    )];
    all.push(cov);
    all
}

pub fn forbidden() -> Gap {
    Gap {
        subscription: Some(HUB.to_owned()),
        kind: Kind::PrivateDnsZones,
        resource: None,
        status: Some(403),
        code: "AuthorizationFailed".to_owned(),
        message: "the private DNS zones of hub-connectivity cannot be read: the client has no right to \
                  Microsoft.Network/privateDnsZones/read"
            .to_owned(),
    }
}

fn throttled(zone: &str) -> Gap {
    Gap {
        kind: Kind::RecordSets,
        resource: Some(ResourceId::new(&id(HUB, "rg-dns-hub", "privateDnsZones", zone))),
        status: Some(429),
        code: "TooManyRequests".to_owned(),
        message: "the limit of requests was reached and did not end within 120 seconds".to_owned(),
        ..forbidden()
    }
}

/// A report on 512 endpoints in which everything was read and nothing is wrong.
pub fn clean() -> Report {
    let covered =
        |id: &str, role| SubscriptionCoverage { id: id.to_owned(), role, kinds: Kind::LISTED.to_vec() };
    Report {
        traffic: None,
        origin: Origin {
            cloud: Cloud::AzureCloud,
            tenant_id: Some("99999999-9999-9999-9999-999999999999".to_owned()),
            collected_at: "2026-03-01T02:14:09Z".to_owned(),
            verification: None,
            redacted: false,
            scope: Scope {
                subscriptions: vec![PAYMENTS.to_owned(), SHOP.to_owned()],
                resource_groups: Vec::new(),
                context: true,
                ..Scope::default()
            },
        },
        coverage: Coverage {
            subscriptions: vec![
                covered(PAYMENTS, Role::Audited),
                covered(SHOP, Role::Audited),
                covered(HUB, Role::Context),
            ],
            gaps: Vec::new(),
            every_visible_subscription: true,
            ..Coverage::default()
        },
        read: BTreeMap::from([
            (Kind::Subscriptions, 3),
            (Kind::PrivateEndpoints, 512),
            (Kind::NetworkInterfaces, 530),
            (Kind::PrivateDnsZones, 24),
            (Kind::VirtualNetworkLinks, 61),
            (Kind::RecordSets, 840),
            (Kind::VirtualNetworks, 9),
            (Kind::DnsResolvers, 1),
            (Kind::InboundEndpoints, 1),
            (Kind::AzureFirewalls, 0),
        ]),
        subscription_names: BTreeMap::from([
            (PAYMENTS.to_owned(), "payments-prod".to_owned()),
            (SHOP.to_owned(), "shop-prod".to_owned()),
        ]),
        endpoints: 512,
        findings: Vec::new(),
        tallies: vec![
            tally("PE-001", 512, 0, 0),
            tally("DNS-001", 512, 0, 0),
            tally("DNS-010", 512, 0, 0),
            tally("DNS-022", 512, 0, 0),
            tally("NET-001", 14, 0, 0),
        ],
        incomplete: false,
        partial: false,
        suppressions: Vec::new(),
        unfinished: Vec::new(),
        checklist: Vec::new(),
        notes: Vec::new(),
    }
}

fn tally(rule: &'static str, judged: usize, fail: usize, unknown: usize) -> Tally {
    Tally { rule, judged, fail, unknown, not_judged: BTreeMap::new() }
}

/// The same estate with a bit of everything, one link missing under `n` endpoints.
pub fn mixed(n: usize) -> Report {
    let mut report = clean();
    let mut disconnected = finding(
        "NET-001",
        "peering-disconnected",
        Severity::Error,
        &ResourceId::new(&format!("{}/virtualNetworkPeerings/to-hub", network("vnet-spoke-payments-weu"))),
    );
    disconnected.cause.kind = "peering";
    disconnected.message = "The peering to-hub is Disconnected: the other side was deleted.".to_owned();
    disconnected.evidence = vec![("peeringState", json!("Disconnected")), ("addresses", json!([]))];
    let mut stale =
        finding("DNS-023", "a-record-extra-ip", Severity::Info, &endpoint("pe-\u{1b}[31mred\u{202e}"));
    stale.confidence = Confidence::Possible;
    stale.message = "A name with \u{1b}]0;title\u{7} in it,\nand 東京.".to_owned();
    let mut accepted = wrong_address();
    accepted.suppressed = Some("known since March".to_owned());
    accepted.fingerprint = fingerprint("DNS-022", &accepted.subject.id, "accepted");

    report.findings = unlinked(n);
    report.findings.extend([wrong_address(), accepted, disconnected]);
    report.findings.extend(pending());
    report.findings.push(stale);
    report.findings.extend(unknowns(12));
    report.coverage.gaps = vec![forbidden()];
    report.coverage.gaps.extend(["privatelink.azurecr.io", BLOB].map(throttled));
    report.incomplete = true;
    report.partial = true;
    report.notes =
        vec!["This is an estate made for tests, with mistakes in it: exit code 1 is expected.".to_owned()];
    report.suppressions = vec![used("DNS-022", 1), used("PE-*", 0)];
    report.unfinished = vec![Unfinished { id: endpoint("pe-kv-payments"), state: "Pending".into() }];
    report.tallies = vec![
        tally("PE-001", 512, 3, 0),
        tally("DNS-001", 500, 0, 12),
        tally("DNS-010", 498, n, 1),
        tally("DNS-022", 486, 1, 0),
        tally("NET-001", 14, 1, 0),
    ];
    report.tallies[2].not_judged = BTreeMap::from([
        ("the virtual network has no clients", 7),
        ("its DNS servers stand outside Azure and cannot be seen", 5),
    ]);
    report.tallies[3].not_judged = BTreeMap::from([("the virtual network has no clients", 7)]);
    report
}
