//! The table of names.

use plaudit::inventory::snapshot;
use plaudit::names::Names;
use plaudit::report::Style;
use plaudit::report::names::{Format, left_out, write};

use crate::estate::services::{private_link_service, storage};
use crate::standin::child::Run;
use crate::standin::schema;
use crate::verdicts::{NAME, small, topology};

fn shown(e: &crate::estate::Estate, format: Format) -> String {
    let topology = topology(e.collected());
    let mut out = Vec::new();
    write(&Names::of(&topology), format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_format_holds_the_same_names() {
    let mut it = small();
    it.e.endpoint("pe-file", &it.spoke, storage("acct", "file"));
    let address = it.e.addresses_of(&it.pe)[0].clone();
    for format in Format::ALL {
        let text = shown(&it.e, format);
        for name in [NAME, "acct.file.core.windows.net"] {
            assert!(text.contains(name), "{format:?}: {text}");
        }
        assert_eq!(text.contains(&address), format != Format::ProxyBypass, "{format:?}: {text}");
    }
    let bypass = shown(&it.e, Format::ProxyBypass);
    assert_eq!(bypass, "acct.blob.core.windows.net\nacct.file.core.windows.net\n");
    assert!(shown(&it.e, Format::Hosts).contains(&format!("\n{address}\t{NAME}\t# pe\n")));
}

#[test]
fn endpoints_without_names_are_told() {
    let mut it = small();
    let waiting = it.e.endpoint("waiting", &it.spoke, storage("three", "blob"));
    it.e.pending(&waiting);
    it.e.endpoint("pe-own", &it.spoke, private_link_service("pls"));
    let json = schema::read(&shown(&it.e, Format::Json));
    assert_eq!(json["schema"], "plaudit/names/v1");
    assert_eq!(json["names"].as_array().unwrap().len(), 1);
    let unnamed: Vec<&str> =
        json["unnamed"].as_array().unwrap().iter().map(|one| one["why"].as_str().unwrap()).collect();
    assert_eq!(unnamed.len(), 2);
    assert!(unnamed.iter().any(|why| why.contains("pending")), "{unnamed:?}");
    assert!(shown(&it.e, Format::Table).contains("waiting is left out"));
}

#[test]
fn hostile_names_stay_text() {
    let mut it = small();
    let nic = it.e.interface_of(&it.pe);
    it.e.edit(&nic, |nic| {
        nic["properties"]["ipConfigurations"][0]["properties"]["privateLinkConnectionProperties"]["fqdns"] =
            serde_json::json!([
                "=cmd|x.blob.core.windows.net",
                "a\n10.0.0.1 evil.blob.core.windows.net",
                "*.blob.core.windows.net"
            ]);
    });
    assert_eq!(shown(&it.e, Format::ProxyBypass), "");
    let left = left_out(&Names::of(&topology(it.e.collected())), Format::ProxyBypass);
    assert!(left[0].starts_with("1 wildcard name is left out: *.blob.core.windows.net; "), "{left:?}");
    assert!(left[0].contains("gateway storage account"), "{left:?}");
    assert!(left[1].starts_with("2 names are left out: "), "{left:?}");
    assert!(left_out(&Names::of(&topology(it.e.collected())), Format::Csv).is_empty());
    let hosts = shown(&it.e, Format::Hosts);
    assert!(hosts.lines().all(|line| line.starts_with('#')), "{hosts}");
    let csv = shown(&it.e, Format::Csv);
    assert!(csv.lines().all(|line| !line.starts_with('=')), "{csv}");
}

#[test]
fn what_a_bypass_list_leaves_out_is_said_on_stderr() {
    let mut it = small();
    let nic = it.e.interface_of(&it.pe);
    it.e.edit(&nic, |nic| {
        nic["properties"]["ipConfigurations"][0]["properties"]["privateLinkConnectionProperties"]["fqdns"] =
            serde_json::json!(["acct.blob.core.windows.net", "*.apps.contoso.example"]);
    });
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("estate.jsonl");
    snapshot::write(&file, &it.e.collected()).unwrap();
    let names = |format: &str| {
        let args = ["names", "--no-config", "--snapshot", file.to_str().unwrap(), "-f", format];
        Run::new(place.path(), &args).run()
    };
    let bypass = names("proxy-bypass");
    bypass
        .exits(0)
        .warns("1 wildcard name is left out: *.apps.contoso.example; a wildcard for a whole service");
    assert_eq!(bypass.stdout, "acct.blob.core.windows.net\n");
    assert!(!names("csv").exits(0).stderr.contains("wildcard"));
}

#[test]
fn a_name_with_two_answers_is_left_to_a_person() {
    let mut it = small();
    it.e.endpoint("twin", &it.hub, storage("acct", "blob"));
    let hosts = shown(&it.e, Format::Hosts);
    let lines: Vec<&str> = hosts.lines().filter(|line| line.contains(NAME)).collect();
    assert_eq!(lines.len(), 2, "{hosts}");
    assert!(lines.iter().all(|line| line.starts_with("# 10.") && line.ends_with("choose")), "{hosts}");
    let topology = topology(it.e.collected());
    let told = left_out(&Names::of(&topology), Format::Hosts);
    assert!(told.len() == 1 && told[0].contains(NAME), "{told:?}");
}
