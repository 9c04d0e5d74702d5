//! The table of names.

use plaudit::names::Names;
use plaudit::report::Style;
use plaudit::report::names::{Format, write};

use crate::estate::services::{private_link_service, storage};
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
    for format in [Format::Table, Format::Csv, Format::Hosts, Format::Json, Format::ProxyBypass] {
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
    let hosts = shown(&it.e, Format::Hosts);
    assert!(hosts.lines().all(|line| line.starts_with('#')), "{hosts}");
    let csv = shown(&it.e, Format::Csv);
    assert!(csv.lines().all(|line| !line.starts_with('=')), "{csv}");
}
