//! The commands of a finding can be run as they stand: real names, the right subscription, hostile names quoted.

use std::process::Command;

use plaudit::finding::{Finding, Report};
use plaudit::inventory::ResourceId;

use crate::estate::network::{ENDPOINTS, subnet_id};
use crate::estate::services::storage;
use crate::estate::{Estate, HOME};
use crate::judged::{judge, only};
use crate::small::{BLOB, Direct, Hub, record};

fn commands(finding: &Finding) -> Vec<String> {
    finding.remediation.iter().filter_map(|step| step.command.clone()).collect()
}

fn guid(e: &Estate, subscription: &str) -> String {
    e.subscription_guid(subscription)
}

#[test]
fn a_pending_connection_of_which_the_target_told_nothing_is_found_and_approved() {
    let mut it = Direct::new();
    it.e.pending(&it.pe);
    let report = crate::judged::judge_collected(it.e.collected());
    let steps = commands(only(&report, "PE-001"));
    let target = it.e.target(&it.pe);
    assert_eq!(
        steps[0],
        format!(
            "az network private-endpoint-connection list --id {target} --query \"[?ends_with(properties.privateEndpoint.id,'/privateEndpoints/pe')].{{connection:id,endpoint:properties.privateEndpoint.id}}\" -o jsonc"
        )
    );
    assert!(steps[1].starts_with("az network private-endpoint-connection approve --id "));
}

#[test]
fn a_pending_service_is_approved_at_the_service_or_by_its_owner() {
    let mut it = Direct::new();
    let balancer = it.e.balancer("lb", &it.vnet);
    it.e.link_service("svc", &it.vnet, &balancer);
    let pls = it.e.endpoint("pls", &it.vnet, crate::estate::services::private_link_service("svc"));
    it.e.set_status(&pls, "Pending");
    let report = judge(&it.e);
    let steps = commands(only(&report, "PE-001"));
    let place = format!("--subscription {} -g rg-network", guid(&it.e, HOME));
    assert!(
        steps[0].starts_with(&format!("az network private-link-service show {place} -n svc ")),
        "{steps:?}"
    );
    assert!(steps[1].contains(&format!("connection update {place} --service-name svc ")), "{steps:?}");

    let mut it = Direct::new();
    let alias = "svc.d57b5457-4000-4000-8000-000000000001.westeurope.azure.privatelinkservice";
    let pls = it.e.endpoint("pls", &it.vnet, crate::estate::services::alias(alias));
    it.e.set_status(&pls, "Pending");
    let report = judge(&it.e);
    assert!(commands(only(&report, "PE-001")).is_empty());
    assert!(only(&report, "PE-001").remediation[0].title.contains(alias));
}

#[test]
fn types_that_the_cli_cannot_approve_are_sent_to_the_portal() {
    let mut it = Direct::new();
    let vault = crate::estate::services::Service::new("Microsoft.Migrate/migrateProjects", "move", "Default")
        .member("Default", &[]);
    let pe = it.e.endpoint("migrate", &it.vnet, vault);
    it.e.set_status(&pe, "Pending");
    let report = judge(&it.e);
    assert!(commands(only(&report, "PE-001")).is_empty());
    assert!(only(&report, "PE-001").remediation[0].title.contains("portal"));
}

#[test]
fn a_dead_endpoint_is_deleted_where_it_is() {
    for status in ["Rejected", "Disconnected"] {
        let mut it = Direct::new();
        it.e.set_status(&it.pe, status);
        let report = judge(&it.e);
        let place = format!("--subscription {} -g rg-network", guid(&it.e, HOME));
        let (subnet, target) = (subnet_id(&it.vnet, ENDPOINTS), it.e.target(&it.pe));
        let expected = [
            format!("az network private-endpoint delete {place} -n pe"),
            format!(
                "az network private-endpoint create {place} -n pe -l westeurope --subnet {subnet} --private-connection-resource-id {target} --group-id blob --connection-name pe"
            ),
        ];
        assert_eq!(commands(&report.findings[0]), expected);
    }
}

#[test]
fn an_endpoint_made_anew_gets_its_zone_group_back_and_asks_as_it_did() {
    let mut it = Direct::new();
    let other = it.e.zone("privatelink.dfs.core.windows.net");
    it.e.drop_zone_group(&it.pe);
    it.e.zone_group(&it.pe, &[&it.zone, &other]);
    it.e.pending(&it.pe);
    it.e.set_status(&it.pe, "Rejected");
    let report = crate::judged::judge_collected(crate::estate::rounds::read_deep(&it.e));
    let finding = only(&report, "PE-002");
    let steps = commands(finding);
    assert_eq!(steps.len(), 4, "{finding:#?}");
    assert!(steps[1].contains(" --manual-request true "), "{steps:?}");
    let place = format!("--subscription {} -g rg-network --endpoint-name pe -n ", guid(&it.e, HOME));
    for (step, verb, zone) in [(&steps[2], "create", &it.zone), (&steps[3], "add", &other)] {
        let begin = format!("az network private-endpoint dns-zone-group {verb} {place}");
        assert!(step.starts_with(&begin) && step.contains(zone.as_str()), "{step}");
    }
    let last = finding.remediation.last().unwrap();
    assert!(last.command.is_none() && last.title.contains("approved"), "{last:?}");
    // Of a group that nobody read, and one that is not there.
    let advised = |it: &Direct| {
        let report = judge(&it.e);
        let steps = &only(&report, "PE-002").remediation;
        steps.iter().any(|step| step.title == "attach its zone group again, if it has one")
    };
    let asked = |it: &Direct| {
        let report = crate::judged::judge_collected(crate::estate::rounds::read_deep(&it.e));
        let steps = &only(&report, "PE-002").remediation;
        steps.iter().any(|step| step.title.starts_with("attach"))
    };
    it.e.drop_zone_group(&it.pe);
    assert!(!asked(&it));
    it.e.edit(&it.pe, |pe| {
        pe["properties"].as_object_mut().unwrap().remove("customDnsConfigs");
    });
    assert!(advised(&it) && !asked(&it));
}

#[test]
fn a_missing_zone_is_made_filled_and_linked() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.remove(&it.zone);
    let report = judge(&it.e);
    let place = format!("--subscription {} -g rg-network", guid(&it.e, HOME));
    assert_eq!(
        commands(only(&report, "DNS-001")),
        [
            format!("az network private-dns zone create {place} -n {BLOB}"),
            format!(
                "az network private-endpoint dns-zone-group create {place} --endpoint-name pe -n default --private-dns-zone {} --zone-name privatelink-blob-core-windows-net",
                it.zone
            ),
            format!(
                "az network private-dns link vnet create {place} -z {BLOB} -n vnet-link -v {} -e false",
                it.vnet
            ),
        ]
    );
}

#[test]
fn the_link_is_made_where_the_zone_is_to_the_network_that_speaks() {
    let mut it = Hub::new();
    it.e.unlink(&it.zone, &it.hub);
    let report = judge(&it.e);
    let expected = format!(
        "az network private-dns link vnet create --subscription {} -g rg-network -z {BLOB} -n hub-link -v {} -e false",
        guid(&it.e, "hub"),
        it.hub
    );
    assert_eq!(commands(only(&report, "DNS-010")), [expected]);
}

#[test]
fn a_missing_record_is_written_into_the_zone_that_answers() {
    let mut it = Hub::new();
    it.e.remove(&it.record());
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-021"));
    // The endpoint has a zone group for that zone: it is made anew.
    assert_eq!(steps.len(), 3);
    let place = format!("--subscription {} -g rg-network --endpoint-name pe", guid(&it.e, HOME));
    assert!(steps[0].contains("group delete ") && steps[0].contains(&place), "{steps:?}");
    assert!(steps[1].contains("group create ") && steps[1].contains(&place), "{steps:?}");
    assert!(steps[1].contains(&format!("--private-dns-zone {}", it.zone)), "{}", steps[1]);
    let place = format!("--subscription {} -g rg-network", guid(&it.e, "hub"));
    let expected = format!(
        "az network private-dns record-set a add-record {place} -z {BLOB} -n acct -a {}",
        it.address()
    );
    assert_eq!(steps[2], expected);
}

#[test]
fn a_wrong_record_is_replaced_by_hand_or_by_its_zone_group() {
    let mut it = Direct::new();
    it.e.set_addresses(&it.record(), &["10.1.4.200"]);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-022"));
    assert_eq!(steps.len(), 2);
    assert!(
        steps[0].contains("dns-zone-group delete") && steps[1].contains("dns-zone-group create"),
        "{steps:?}"
    );

    it.e.forget_creator(&it.record());
    let report = judge(&it.e);
    let place = format!("--subscription {} -g rg-network -z {BLOB}", guid(&it.e, HOME));
    let verb = |verb: &str, address: &str| {
        format!("az network private-dns record-set a {verb} {place} -n acct -a {address}")
    };
    let expected = [verb("add-record", &it.address()), verb("remove-record", "10.1.4.200")];
    assert_eq!(commands(only(&report, "DNS-022")), expected);
}

#[test]
fn a_stale_address_is_taken_out() {
    let mut it = Direct::new().by_hand();
    let address = it.address();
    it.e.set_addresses(&it.record(), &[&address, "10.1.4.200"]);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-023"));
    assert_eq!(steps.len(), 1);
    assert!(steps[0].ends_with("remove-record --subscription {} -g rg-network -z privatelink.blob.core.windows.net -n acct -a 10.1.4.200".replace("{}", &guid(&it.e, HOME)).as_str()), "{steps:?}");
}

#[test]
fn ipv6_and_wildcard_records_keep_their_form() {
    let mut it = Direct::new();
    it.e.drop_zone_group(&it.pe);
    it.e.record(&it.zone, "*", &["10.1.4.200"]);
    let report = judge(&it.e);
    let steps = commands(only(&report, "DNS-022"));
    // The wildcard may serve others: a record of its own is all this endpoint needs.
    assert_eq!(steps.len(), 1);
    assert!(steps[0].contains("add-record") && steps[0].contains(" -n acct "), "{steps:?}");
    let nic = it.e.interface_of(&it.pe);
    it.e.edit(&nic, |n| {
        n["properties"]["ipConfigurations"][0]["properties"]["privateIPAddress"] = "fd00::4".into()
    });
    let report = judge(&it.e);
    assert!(commands(only(&report, "DNS-021"))[1].contains("record-set aaaa add-record"));
    assert_eq!(record(&it.zone, "acct").name(), "acct");
}

#[test]
fn peerings_are_made_again_with_their_flags_on_both_sides() {
    let mut it = Hub::new();
    it.e.edit_peering(&it.spoke, &it.hub, |p| p["properties"]["useRemoteGateways"] = true.into());
    it.e.edit_peering(&it.hub, &it.spoke, |p| p["properties"]["allowGatewayTransit"] = true.into());
    for (from, to) in [(&it.spoke, &it.hub), (&it.hub, &it.spoke)] {
        it.e.edit_peering(from, to, |p| p["properties"]["peeringState"] = "Disconnected".into());
    }
    let report = judge(&it.e);
    let steps = commands(only(&report, "NET-001"));
    let (home, hub) = (guid(&it.e, HOME), guid(&it.e, "hub"));
    let vnet = |subscription: &str, name: &str| {
        format!("--subscription {subscription} -g rg-network --vnet-name {name}")
    };
    assert_eq!(
        steps,
        [
            format!("az network vnet peering delete {} -n peer-to-hub", vnet(&home, "spoke")),
            format!("az network vnet peering delete {} -n peer-to-spoke", vnet(&hub, "hub")),
            // Gateways are offered before they are used.
            format!(
                "az network vnet peering create {} -n peer-to-spoke --remote-vnet {} --allow-vnet-access --allow-forwarded-traffic --allow-gateway-transit",
                vnet(&hub, "hub"),
                it.spoke
            ),
            format!(
                "az network vnet peering create {} -n peer-to-hub --remote-vnet {} --allow-vnet-access --allow-forwarded-traffic --use-remote-gateways",
                vnet(&home, "spoke"),
                it.hub
            ),
        ]
    );
}

#[test]
fn a_peering_out_of_sync_is_synced_where_azure_says() {
    let mut it = Hub::new();
    it.e.add_prefix(&it.hub, "10.10.0.0/16");
    it.e.out_of_sync(&it.spoke, &it.hub, &["10.0.0.0/16"]);
    let report = judge(&it.e);
    let expected = format!(
        "az network vnet peering sync --subscription {} -g rg-network --vnet-name spoke -n peer-to-hub",
        guid(&it.e, HOME)
    );
    assert_eq!(commands(only(&report, "NET-003")), [expected]);
}

/// Text that would do harm in a shell if it were not quoted.
const HOSTILE: &str = "x'; touch $(whoami) `id` \"&";

fn every_command(report: &Report) -> Vec<String> {
    report.findings.iter().flat_map(commands).collect()
}

/// Whether a shell would read the text as one simple command: outside quotes stands nothing that a shell acts on.
fn is_one_command(text: &str) -> bool {
    let mut chars = text.chars();
    let mut quoted: Option<char> = None;
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (None, '\'' | '"') => quoted = Some(c),
            (None, '\\') => {
                chars.next();
            }
            (None, ';' | '&' | '|' | '$' | '`' | '(' | ')' | '\n') => return false,
            (Some('"'), '$' | '`' | '\\') => return false,
            (Some(open), c) if open == c => quoted = None,
            _ => {}
        }
    }
    quoted.is_none()
}

#[test]
fn the_reader_of_commands_knows_a_trap() {
    assert!(is_one_command("az x -n 'a; b' --query \"[?a].id\""));
    assert!(is_one_command(r"az x -n 'it'\''s'"));
    for bad in ["az x; y", "az $(x)", "az 'x", "az `x`", "az x\ny", "az \"$x\""] {
        assert!(!is_one_command(bad), "{bad}");
    }
}

/// An estate in which much is broken, and every name holds a text.
fn named(hostile: &str) -> Estate {
    let mut e = Estate::new();
    e.in_group(hostile);
    let vnet = e.vnet(&format!("vnet {hostile}"), "10.1.0.0/16");
    let other = e.vnet(&format!("other {hostile}"), "10.2.0.0/16");
    e.client(&vnet);
    e.client(&other);
    let zone = e.zone(BLOB);
    e.link(&zone, &vnet);
    for name in ["pending", "rejected", "missing", "wrong", "stale", "zoneless"] {
        let pe = e.endpoint(&format!("{name} {hostile}"), &vnet, storage(name, "blob"));
        match name {
            "pending" => {
                e.pending(&pe);
            }
            "rejected" => {
                e.rejected(&pe, hostile);
            }
            "wrong" => {
                e.record(&zone, name, &["10.1.4.200"]);
            }
            "stale" => {
                let own = e.addresses_of(&pe)[0].clone();
                e.record(&zone, name, &[&own, "10.1.4.200"]);
            }
            _ => {}
        }
    }
    e.endpoint(&format!("unlinked {hostile}"), &other, storage("unlinked", "blob"));
    e.endpoint(&format!("vault {hostile}"), &vnet, crate::estate::services::key_vault("kv"));
    e.peer(&vnet, &other);
    e.unpeer(&vnet, &other);
    e
}

#[test]
fn hostile_names_are_quoted_everywhere() {
    let e = named(HOSTILE);
    let report = judge(&e);
    let rules: std::collections::BTreeSet<_> = report.findings.iter().map(|f| f.rule).collect();
    assert_eq!(rules.len(), 8, "{rules:?}");
    let commands = every_command(&report);
    assert!(commands.len() > 15);
    for command in &commands {
        assert!(is_one_command(command), "{command}");
    }
    let deleted = commands.iter().find(|c| c.starts_with("az network private-endpoint delete")).unwrap();
    assert!(deleted.ends_with(r#"-n 'rejected x'"'"'; touch $(whoami) `id` "&'"#), "{deleted}");
}

/// What bash hands over to `az` of commands that stand in a script: the arguments of each. `None` without a bash.
fn handed_over(commands: &[String]) -> Option<Vec<Vec<String>>> {
    let place = tempfile::tempdir().unwrap();
    let script = format!("az() {{ printf '%s\\0' \"$#\" \"$@\"; }}\n{}\n", commands.join("\n"));
    let mut bash = Command::new("bash");
    let output = bash.args(["--noprofile", "--norc", "-c", &script]).current_dir(&place).output().ok()?;
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0, "something else ran");
    let said = String::from_utf8(output.stdout).unwrap();
    let mut words = said.split_terminator('\0').map(str::to_owned);
    let mut calls = Vec::new();
    while let Some(count) = words.next() {
        calls.push(words.by_ref().take(count.parse().unwrap()).collect());
    }
    Some(calls)
}

/// A word as `az` may be told it: no option of its own, no file.
fn told(word: &str) -> String {
    let is_misread = word.starts_with(['-', '@']) || word.contains("=@");
    if is_misread { format!("<{}>", word.replace("=@", "= @")) } else { word.to_owned() }
}

#[test]
fn bash_hands_over_every_name_as_one_word_and_runs_nothing_else() {
    // How a connection is found depends on whether its id can be one.
    let commands = |hostile: &str| -> Vec<String> {
        let all = every_command(&judge(&named(hostile))).into_iter();
        all.filter(|command| !command.contains(" private-endpoint-connection ")).collect()
    };
    let Some(plain) = handed_over(&commands("plain")) else { return };
    assert!(plain.len() > 13);
    for hostile in [
        HOSTILE,
        "$(touch pwned)",
        "`touch pwned`",
        "'; touch pwned; '",
        "\"; touch pwned; \"",
        "\u{2019}; touch pwned; \u{2018}\u{201c}\u{201d}",
        "a\ntouch pwned\nb",
        "& touch pwned | >pwned <x ; ! # ~ * ? [a] {b,c} \\",
        "$env:x %path% $'a' !!",
        "--debug",
        "-",
        "@passwd",
        "a=@passwd",
        "\u{1b}[201~\rtouch pwned\rb",
    ] {
        let commands = commands(hostile);
        commands
            .iter()
            .for_each(|command| assert!(is_one_command(command) || hostile.contains('\n'), "{command}"));
        let handed = handed_over(&commands).unwrap();
        assert_eq!(handed.len(), plain.len(), "{hostile}");
        for (handed, plain) in handed.iter().flatten().zip(plain.iter().flatten()) {
            match plain.contains("plain") && !plain.starts_with("[?") {
                true => assert_eq!(*handed, told(&plain.replace("plain", hostile))),
                false => assert!(handed == plain || plain.starts_with("[?"), "{handed}"),
            }
        }
    }
}

#[test]
fn findings_that_cannot_be_known_have_no_commands() {
    let mut it = Hub::new();
    it.e.gap(plaudit::inventory::Kind::Subscriptions, "hub", 403, "AuthorizationFailed");
    let report = judge(&it.e);
    let unknown = report.findings.iter().filter(|f| !f.rule.starts_with("COV-"));
    assert!(unknown.clone().count() > 0 && unknown.clone().all(|f| f.remediation.is_empty()));
    assert!(ResourceId::new(it.zone.as_str()) == it.zone);
}
