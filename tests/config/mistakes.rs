//! What is wrong in a configuration is told with its line, and all of it at once.

use plaudit::config::{Config, ConfigError};

use crate::run::Place;

fn faults(text: &str) -> Vec<(usize, String)> {
    match Config::parse(text, "plaudit.toml") {
        Err(ConfigError::Faults { faults, .. }) => {
            faults.into_iter().map(|fault| (fault.line, fault.message)).collect()
        }
        other => panic!("{other:?} of {text}"),
    }
}

/// One fault, in this line, that says this.
#[track_caller]
fn fault(text: &str, line: usize, says: &str) {
    let faults = faults(text);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].0, line, "{faults:?}");
    assert!(faults[0].1.contains(says), "{says} is not in {faults:?}");
}

#[test]
fn keys_that_nobody_knows() {
    fault("expect-er = ['public']", 1, "unknown peering `public`");
    fault(
        "target-regions = ['West Europe']",
        1,
        "`West Europe` is no name of a region; write it as `westeurope`",
    );
    fault("appliance-object-id = 'me'", 1, "`me` is no object id");
    fault("packs = ['azure-migrat']", 1, "unknown pack `azure-migrat` (did you mean `azure-migrate`?)");
    fault("expect_onprem = true", 1, "unknown key `expect_onprem` (did you mean `expect-onprem`?)");
    fault(
        "[rules]\n\nseverty.NET-003 = 'error'",
        3,
        "unknown key `severty` in [rules] (did you mean `severity`?)",
    );
    fault(
        "[[suppress]]\nrule = '*'\nresource = '*'\nreason = 'x'\nuntil = 2027-01-01",
        5,
        "`rule`, `resource`, `reason`, `expires`",
    );
    fault("[[expected-vnets]]\nvnet = '*'\ntag = { name = 'a', valeu = 'b' }", 3, "did you mean `value`?");
    fault(
        "[thresholds]\ncapacity = 80\nexpect-onprem = true",
        3,
        "it stands at the top of the file, above the first table",
    );
    fault("pending-grace = '2h'", 1, "it stands in [thresholds]");
    fault("reason = 'x'", 1, "it stands in [[suppress]]");
    fault("colour = true", 1, "the keys are `client-vnets`");
}

#[test]
fn rules_that_nobody_knows() {
    fault("[rules]\nenable = ['PE-001',\n 'DSN-022']", 3, "unknown rule `DSN-022` (did you mean `DNS-022`?)");
    fault("[rules]\ndisable = ['conection-pending']", 2, "did you mean `connection-pending`?");
    fault("[rules]\ndisable = ['all']", 2, "unknown rule `all`");
    fault("[rules.severity]\ndns-022 = 'error'", 2, "did you mean `DNS-022`?");
    fault("[rules.severity]\nDNS-022 = 'eror'", 2, "unknown severity `eror` (did you mean `error`?)");
    fault(
        "[rules.severity]\nDNS-022 = 'error'\na-record-wrong-ip = 'info'",
        3,
        "rule DNS-022 has two severities",
    );
    fault(
        "[rules]\nenable = ['DNS-022']\ndisable = ['a-record-wrong-ip']",
        3,
        "rule DNS-022 is both enabled and disabled",
    );
    fault("[[suppress]]\nrule = 'QQ-*'\nresource = '*'\nreason = 'x'", 2, "`QQ-*` fits no rule");
    fault("[[suppress]]\nrule = 'DNS-22'\nresource = '*'\nreason = 'x'", 2, "did you mean `DNS-022`?");
}

#[test]
fn values_that_mean_nothing() {
    for (text, line, says) in [
        ("client-vnets = ['vnet-app-*']", 1, "did you mean `*/vnet-app-*`?"),
        ("client-vnets = ['*/{a']", 1, "is no pattern"),
        ("client-vnets = ['']", 1, "a pattern is empty"),
        ("client-vnets = '*'", 1, "invalid type: string"),
        ("expect-onprem = 'yes'", 1, "invalid type: string"),
        ("expect-onprem = yes", 1, "string values must be quoted"),
        ("expect-onprem = true\nexpect-onprem = false", 2, "duplicate key"),
        ("[thresholds]\npending-grace = '2 hours'", 2, "is no duration"),
        ("[thresholds]\npending-grace = -1", 2, "is no duration"),
        ("[thresholds]\nrecord-ttl = 1.5", 2, "is no duration"),
        ("[thresholds]\ncapacity = 0", 2, "1 to 100, not 0"),
        ("[thresholds]\ncapacity = 101", 2, "1 to 100, not 101"),
        ("[dns-servers]\n'10.1.2.300' = 'trusted'", 2, "`10.1.2.300` is no IP address"),
        ("[dns-servers]\n'10.1.2.3' = 'trustd'", 2, "did you mean `trusted`?"),
        ("[dns-servers]\n'10.1.2.3' = 'resolves through vnet hub'", 2, "`hub` is no id of a virtual network"),
        (
            "[dns-servers]\n'10.1.2.3' = 'resolves through vnet /subscriptions/s/resourceGroups/r'",
            2,
            "is no id of a virtual",
        ),
        ("[dns-servers]\n'fd00::4' = 'trusted'\n'fd00:0::4' = 'trusted'", 2, "stands in [dns-servers] twice"),
        ("# one\n[[expected-vnets]]\nendpoint = '*'", 2, "this [[expected-vnets]] has no `vnet`"),
        ("[[expected-vnets]]\nvnet = 'vnet-prod'", 2, "did you mean `*/vnet-prod`?"),
        ("[[expected-vnets]]\nvnet = '*'\ntag = { name = 'env' }", 3, "missing field `value`"),
    ] {
        fault(text, line, says);
    }
}

#[test]
fn suppressions_that_are_half_written() {
    let entry = |lines: &str| format!("[[suppress]]\nrule = 'PE-001'\nresource = '*'\n{lines}\n");
    fault(&entry(""), 1, "this [[suppress]] has no `reason`");
    fault(&entry("reason = ' \t'"), 4, "`reason` is blank");
    for date in ["'2027-01-31'", "2027", "2027-01-31T10:00:00Z", "10:00:00"] {
        fault(
            &entry(&format!("reason = 'x'\nexpires = {date}")),
            5,
            "write `expires = 2027-01-31`, without quotes",
        );
    }
    assert_eq!(faults(&entry("reason = 'x'\nexpires = 2027-02-30"))[0].0, 5);
    fault(
        "[[suppress]]\nrule = 'PE-001'\nresource = 'rg-sandbox'\nreason = 'x'",
        3,
        "did you mean `*/rg-sandbox`?",
    );
    assert_eq!(faults("[[suppress]]\n").len(), 3, "everything that lacks is told");
}

#[test]
fn zones_that_are_no_rows() {
    let row = |kind: &str, group: &str, zone: &str, suffix: &str| {
        format!("\n[[zones]]\ntype = '{kind}'\ngroup = '{group}'\nzone = '{zone}'\nsuffixes = [{suffix}]\n")
    };
    let (kind, zone, suffix) = ("Contoso.Things/widgets", "privatelink.w.contoso.com", "'w.contoso.com'");
    for (text, says) in [
        (row("widgets", "g", zone, suffix), "`widgets` is no resource type"),
        (row(kind, " ", zone, suffix), "the group id is empty"),
        (row(kind, "g", zone, ""), "it has no zone, or no suffix that leads to one"),
        (row(kind, "g", zone, "'com'"), "`com` is too wide"),
        (row(kind, "g", "privatelink..com", suffix), "has an empty label"),
        (row(kind, "g", "privatelink.{regionName}.com", suffix), "does not bind every placeholder"),
        (row("Microsoft.Network/privateLinkServices", "g", zone, suffix), "have no zone of Azure's"),
        (
            row("Microsoft.Storage/storageAccounts", "blob", zone, "'blob.core.windows.net'"),
            "leads to two zones",
        ),
    ] {
        fault(&text, 2, says);
        fault(&text, 2, "this [[zones]] is no row of the zone table");
    }
    let twice = row(kind, "g", zone, suffix) + &row(kind, "g", "privatelink.other.com", suffix);
    fault(&twice, 8, "leads to two zones");
    fault("[[zones]]\ntype = 'A.B/c'\ngroup = 'g'\nzone = 'a.b'", 1, "this [[zones]] has no `suffixes`");
}

#[test]
fn everything_is_told_at_once_and_in_order() {
    let place = Place::with(
        "[rules]\nenable = [\"DSN-022\"]\n\n[thresholds]\ncapacity = 0\n\n[[suppress]]\nrule = \"*\"\nresource = \"*\"\n",
    );
    let outcome = place.run("audit --demo");
    outcome.refuses(&["help: correct the file, or leave it out with --no-config"]);
    let lines: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains("plaudit.toml:")).collect();
    assert_eq!(lines.len(), 3, "{}", outcome.stderr);
    for (line, place) in lines.iter().zip(["plaudit.toml:2: ", "plaudit.toml:5: ", "plaudit.toml:7: "]) {
        assert!(line.contains(place), "{line}");
    }
}

#[test]
fn hostile_text_in_a_file_never_acts() {
    for text in [
        "\"\\u001b[2J\\nhelp: all is well\" = 1",
        "[rules]\nenable = [\"\\u001b]0;x\\u0007\"]",
        "[rules.severity]\nDNS-022 = \"\\u202etxet\\u001b[2J\"",
        "[dns-servers]\n\"10.1.2.3\" = \"\\u001b[2J\"",
        "expires = \u{1b}[2J",
        "[[suppress]]\nrule = \"*\"\nresource = \"\\u001b[2J\"\nreason = \"x\"",
        "a = \u{0}",
    ] {
        let outcome = Place::with(text).run("audit --demo");
        outcome.refuses(&["plaudit.toml:"]);
        assert!(!outcome.stderr.contains('\u{202e}'), "{:?}", outcome.stderr);
        assert!(!outcome.stderr.lines().any(|line| line == "help: all is well"), "{}", outcome.stderr);
    }
    let place = Place::with(
        "[[suppress]]\nrule = \"*\"\nresource = \"*/none\\u001b[2J\"\nreason = \"a\\u001b[31mb\\u202ec\"\n",
    );
    for format in ["table", "json"] {
        let outcome = place.run(&format!("audit --demo --color always -f {format}"));
        let plain =
            outcome.stdout.replace("\u{1b}[", "").replace('\n', "") + &outcome.stderr.replace('\n', "");
        assert!(!plain.contains('\u{202e}') && !plain.chars().any(char::is_control), "{plain:?}");
        assert!(!outcome.stdout.contains("\u{1b}[31mb") && !outcome.stdout.contains("\u{1b}[2J"));
    }
    let binary = Place::new();
    binary.write("plaudit.toml", [0xff, 0xfe, 0x00]);
    binary.run("audit --demo").refuses(&["plaudit.toml"]);
}
