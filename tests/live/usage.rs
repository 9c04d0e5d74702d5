//! Wrong usage, a network that does not work, a run that takes too long: a clear word and the right exit code.

use std::time::Duration;

use crate::standin::child::Run;
use crate::standin::journal::Door;
use crate::standin::objects::{SPOKE, spoil_record, spoke_and_hub};
use crate::standin::signin::SECRET;
use crate::standin::{Settings, StandIn};

fn standin() -> StandIn {
    StandIn::start(spoke_and_hub(2))
}

#[test]
fn wrong_usage_is_told_before_anything_is_asked() {
    let standin = standin();
    for (args, told) in [
        (["audit", "-s", SPOKE, "--no-such-flag"].as_slice(), "--no-such-flag"),
        (&["audit", "-s", SPOKE, "--all-subscriptions"], "--all-subscriptions"),
        (&["audit", "-s", SPOKE, "-f", "nonsense"], "nonsense"),
        (&["audit", "-s", SPOKE, "-f", "json=/no/such/folder/report.json"], "/no/such/folder"),
        (&["audit", "-s", ""], "--subscription is empty"),
        (&["audit", "-s", SPOKE, "--context-subscription", " "], "--context-subscription is empty"),
        (&["audit", "-s", SPOKE, "--authority-host", "login.example"], "such as https://"),
        (&["audit", "-s", SPOKE, "--fail-on", "sometimes"], "sometimes"),
        (&["audit", "-s", SPOKE, "--auth", "guess"], "guess"),
        (&["audit", "-s", SPOKE, "--timeout", "0"], "--timeout"),
        (&["audit", "-s", SPOKE, "--no-context", "--context-subscription", "x"], "--context-subscription"),
        (&["audit", "-s", SPOKE, "-g", " "], "--resource-group"),
        (&["collect", "-s", SPOKE], "--output"),
        (&["collect", "-s", SPOKE, "-o", "/no/such/folder/estate.jsonl"], "/no/such/folder"),
        (&["nonsense"], "nonsense"),
    ] {
        let outcome = standin.signed_in(args).run();
        outcome.exits(2).warns(told);
        assert_eq!(outcome.stdout, "", "{args:?}");
    }
    assert!(standin.log().is_empty(), "{:?}", standin.log());
}

#[test]
fn what_means_nothing_to_a_snapshot_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    for source in [["--snapshot", "estate.jsonl"].as_slice(), &["--demo"]] {
        for option in [
            ["--cloud", "AzureChinaCloud"].as_slice(),
            &["--tenant", "contoso.com"],
            &["--auth", "cli"],
            &["--arm-endpoint", "https://localhost"],
            &["--authority-host", "https://localhost"],
            &["--ca-file", "ca.pem"],
            &["--timeout", "5"],
            &["-s", SPOKE],
            &["--no-context"],
        ] {
            let outcome = Run::new(folder.path(), &[["audit"].as_slice(), source, option].concat()).run();
            outcome.exits(2).warns("cannot be used with");
        }
    }
}

#[test]
fn an_endpoint_without_tls_is_refused() {
    let standin = standin();
    let arm = standin.arm_endpoint().replace("https:", "http:");
    let login = standin.authority_host();
    let ca = standin.ca_file();
    let args = ["audit", "-s", SPOKE, "--arm-endpoint", &arm, "--authority-host", &login, "--ca-file"];
    let ca = ca.to_string_lossy();
    let args = [args.as_slice(), &[&ca]].concat();
    Run::new(standin.folder(), &args).principal(SECRET).run().exits(2).warns("https");
    assert!(standin.log().is_empty());
}

#[test]
fn a_certificate_that_nobody_vouches_for_ends_the_run() {
    let standin = standin();
    let (arm, login) = (standin.arm_endpoint(), standin.authority_host());
    let args = ["audit", "-s", SPOKE, "--arm-endpoint", &arm, "--authority-host", &login];
    let outcome = Run::new(standin.folder(), &args).principal(SECRET).run();
    outcome.exits(4).warns("certificate").keeps_secrets(&standin);
    assert!(standin.log().is_empty());
}

#[test]
fn a_ca_file_that_is_none_is_told() {
    let standin = standin();
    let (arm, login) = (standin.arm_endpoint(), standin.authority_host());
    let bad = standin.folder().join("bad.pem");
    std::fs::write(&bad, "not a certificate").unwrap();
    for file in [bad.as_path(), standin.folder().join("absent.pem").as_path()] {
        let name = file.to_string_lossy();
        let args =
            ["audit", "-s", SPOKE, "--arm-endpoint", &arm, "--authority-host", &login, "--ca-file", &name];
        let outcome = Run::new(standin.folder(), &args).principal(SECRET).run();
        outcome.warns(&name);
        assert!(outcome.code == 2 || outcome.code == 4, "{}", outcome.code);
    }
}

#[test]
fn a_run_that_takes_too_long_is_ended() {
    let standin =
        StandIn::with(spoke_and_hub(2), Settings { latency: Duration::from_secs(30), ..Settings::default() });
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "--timeout", "1"]).run();
    outcome.exits(4).warns("--timeout");
    assert!(outcome.took < Duration::from_secs(10), "{:?}", outcome.took);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_file_is_written_beside_the_table() {
    let mut objects = spoke_and_hub(2);
    spoil_record(&mut objects);
    let standin = StandIn::start(objects);
    let file = standin.folder().join("report.json");
    let json = format!("json={}", file.display());
    let outcome = standin.signed_in(&["audit", "-s", SPOKE, "-f", "table", "-f", &json]).run();
    outcome.exits(1).says("DNS-022");
    let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written["schema"], "plaudit/report/v1");
    assert_eq!(written["findings"][0]["rule"], "DNS-022");
    assert!(!standin.at(Door::Arm).is_empty());
}

fn plain(args: &[&str]) -> crate::standin::child::Outcome {
    Run::new(std::path::Path::new("/"), args).run()
}

/// A gate over a group that does not exist would pass for ever.
#[test]
fn a_resource_group_in_which_nothing_lies_is_refused() {
    for command in ["audit", "names"] {
        let outcome = plain(&[command, "--demo", "-g", "rg-order"]);
        outcome
            .exits(2)
            .warns("no resource that was read lies in resource group `rg-order` (did you mean `rg-orders`?)");
        assert_eq!(outcome.stdout, "");
    }
    plain(&["names", "--demo", "-g", "RG-Orders"]).exits(0);
    let standin = standin();
    let wrong = standin.signed_in(&["audit", "-s", SPOKE, "-g", "rg-ap"]).run();
    wrong.exits(2).warns("resource group `rg-ap` (did you mean `rg-app`?)");
    standin.on(&format!("*{SPOKE}*/networkInterfaces"), crate::standin::fault::Fault::Forbidden);
    let unread = standin.signed_in(&["audit", "-s", SPOKE, "-g", "rg-ap"]).run();
    unread.exits(3).warns("warning: no resource that was read lies in resource group `rg-ap`");
}

#[test]
fn a_likely_slip_is_understood() {
    for (given, meant) in [
        ("report.html", "(did you mean `-f html=report.html`?)"),
        ("md", "(did you mean `markdown`?)"),
        ("xls", "(did you mean `xlsx`?)"),
        ("excel", "(did you mean `xlsx`?)"),
        ("yaml", "unknown report format `yaml`; the formats are"),
    ] {
        plain(&["audit", "--demo", "-f", given]).exits(2).warns(meant);
    }
    plain(&["version"]).exits(2).warns("--version");
}

#[test]
fn a_full_disk_is_no_wrong_usage() {
    let full = plain(&["audit", "--demo", "-f", "json=/dev/full"]);
    full.exits(4).warns("not everything was written").warns("help: make room");
    let folder = plain(&["audit", "--demo", "-f", "json=/no/such/folder/x.json"]);
    folder.exits(2).warns("help: choose a file in a folder that exists");
}

#[test]
fn the_shell_is_told_the_rules_and_the_help_tells_the_codes() {
    assert!(plain(&["completions", "bash"]).exits(0).stdout.contains("DNS-022"));
    assert!(!plain(&["rules", "show", "--help"]).exits(0).stdout.contains("DNS-031"));
    plain(&["rules", "show", "DNS-02"]).exits(2).warns("did you mean");
    let help = plain(&["diff", "--help"]).exits(0).stdout.clone();
    assert!(help.contains("not covered any more") && !help.contains("can no longer be judged"), "{help}");
}
