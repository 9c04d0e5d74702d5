//! The snapshot file from outside: round trips, and one clear error for each way it can be wrong.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must fail")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use plaudit::inventory::snapshot::{self, SnapshotError};
use plaudit::inventory::{
    Cloud, Collected, Coverage, Gap, Kind, Origin, Resource, ResourceId, Role, Scope, SubscriptionCoverage,
    wire,
};

fn resource(name: &str, more: &str) -> Resource {
    let id =
        format!("/subscriptions/S/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/{name}");
    Resource { json: format!(r#"{{"name":"{name}","id":"{id}"{more}}}"#).into(), id: ResourceId::new(&id) }
}

fn sample() -> Collected {
    Collected {
        origin: Origin {
            cloud: Cloud::AzureUSGovernment,
            tenant_id: Some("tenant".into()),
            collected_at: "2026-02-03T04:05:06Z".into(),
            verification: None,
            redacted: false,
            scope: Scope {
                subscriptions: vec!["s".into()],
                resource_groups: vec!["RG".into()],
                context: true,
                deep: true,
                ..Scope::default()
            },
        },
        resources: vec![
            resource("a", r#","odd":"line\nbreak, \u00e9, é, \"footer\"","n":1.50e3"#),
            resource("B", ""),
            resource("c", r#","properties":{"id":"inner"}"#),
        ],
        coverage: Coverage {
            subscriptions: vec![SubscriptionCoverage {
                id: "s".into(),
                role: Role::Audited,
                kinds: vec![Kind::PrivateEndpoints, Kind::RecordSets, Kind::StorageAccounts],
            }],
            gaps: vec![Gap {
                subscription: Some("s".into()),
                kind: Kind::RecordSets,
                resource: Some(ResourceId::new("/zone")),
                status: Some(403),
                code: "AuthorizationFailed".into(),
                message: "no".into(),
            }],
            every_visible_subscription: true,
            unrelated_zones: vec![ResourceId::new("/other")],
            asked_singly: BTreeMap::from([
                (Kind::PrivateDnsZoneGroups, vec![ResourceId::new("/endpoint")]),
                (Kind::Targets, vec![ResourceId::new("/target")]),
                (Kind::LinkResources, vec![ResourceId::new("/target")]),
            ]),
        },
    }
}

fn bytes(collected: &Collected) -> Vec<u8> {
    let mut bytes = Vec::new();
    snapshot::write_to(&mut bytes, collected).unwrap();
    bytes
}

fn lines(collected: &Collected) -> Vec<String> {
    String::from_utf8(bytes(collected)).unwrap().lines().map(str::to_owned).collect()
}

/// Reads raw lines, and holds what is taken apart line by line against them.
#[track_caller]
fn read(bytes: &[u8]) -> Result<Collected, SnapshotError> {
    let collected = snapshot::read_from(bytes, "FILE");
    match (&collected, wire::read_from(bytes, "FILE")) {
        (Ok(collected), Ok(inventory)) => {
            assert_eq!(format!("{:#?}", wire::inventory(collected.clone())), format!("{inventory:#?}"));
        }
        (Err(error), Err(other)) => assert_eq!(error.to_string(), other.to_string()),
        (_, other) => panic!("{:?} and {:?}", collected.is_ok(), other.is_ok()),
    }
    collected
}

fn read_lines(lines: &[String]) -> Result<Collected, SnapshotError> {
    read((lines.join("\n") + "\n").as_bytes())
}

/// The error, with what a person sees of it.
fn failed(result: Result<Collected, SnapshotError>) -> (SnapshotError, String) {
    let error = result.unwrap_err();
    let shown = error.to_string();
    assert!(shown.contains("FILE"), "{shown}");
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(!error.help().is_empty());
    (error, shown)
}

#[test]
fn what_was_written_is_read_whatever_the_compression() {
    let folder = tempfile::tempdir().unwrap();
    for collected in [sample(), Collected::default()] {
        for (name, magic) in [
            ("plain.jsonl", &b"{\"plaudit\""[..]),
            ("small.GZ", &[0x1f, 0x8b]),
            ("small.jsonl.zst", &[0x28, 0xb5, 0x2f, 0xfd]),
        ] {
            let path = folder.path().join(name);
            snapshot::write(&path, &collected).unwrap();
            assert!(fs::read(&path).unwrap().starts_with(magic), "{name}");
            assert_eq!(snapshot::read(&path).unwrap(), collected, "{name}");
            let renamed = folder.path().join("renamed");
            fs::rename(&path, &renamed).unwrap();
            assert_eq!(snapshot::read(&renamed).unwrap(), collected, "{name} under another name");
        }
    }
}

#[test]
fn the_file_has_a_header_a_line_for_each_resource_and_a_footer() {
    let lines = lines(&sample());
    assert!(
        lines[0].starts_with(r#"{"plaudit":"snapshot","version":1,"tool":{"name":"plaudit","version":""#)
    );
    assert!(lines[0].contains(
        r#""cloud":"AzureUSGovernment","tenantId":"tenant","collectedAt":"2026-02-03T04:05:06Z","scope":{"#
    ));
    assert_eq!(lines[1..4], sample().resources.iter().map(|r| r.json.to_string()).collect::<Vec<_>>());
    assert!(lines[4].starts_with(r#"{"footer":true,"resources":3,"coverage":{"#), "{}", lines[4]);
    assert_eq!(lines.len(), 5);
}

#[test]
fn equal_collections_give_equal_bytes_in_whatever_order() {
    let mut shuffled = sample();
    shuffled.resources.reverse();
    assert_eq!(bytes(&shuffled), bytes(&sample()));
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.gz", "a.zst"] {
        let path = folder.path().join(name);
        let written = [0, 1].map(|_| {
            snapshot::write(&path, &sample()).unwrap();
            fs::read(&path).unwrap()
        });
        assert_eq!(written[0], written[1]);
    }
}

#[test]
fn json_with_line_breaks_still_takes_one_line() {
    let pretty = Collected {
        resources: vec![Resource { id: ResourceId::new("/a"), json: "{\r\n  \"id\": \"/a\"\n}".into() }],
        ..Collected::default()
    };
    let read = read(&bytes(&pretty)).unwrap();
    assert_eq!(read.resources[0].id.as_str(), "/a");
}

#[test]
fn lines_out_of_order_and_doubles_are_put_right() {
    let mut lines = lines(&sample());
    lines.swap(1, 3);
    assert_eq!(read_lines(&lines).unwrap(), sample());

    let double = resource("A", r#","later":true"#).json;
    lines.insert(4, double.to_string());
    lines[5] = lines[5].replace("\"resources\":3", "\"resources\":4");
    assert_eq!(read_lines(&lines).unwrap(), sample());
}

#[test]
fn blank_lines_windows_line_ends_and_a_byte_order_mark_do_no_harm() {
    let text = lines(&sample()).join("\r\n\r\n") + "\r\n\r\n";
    assert_eq!(read(text.as_bytes()).unwrap(), sample());
    assert_eq!(read(&[b"\xef\xbb\xbf", &bytes(&sample())[..]].concat()).unwrap(), sample());
    assert_eq!(read(lines(&sample()).join("\n").as_bytes()).unwrap(), sample(), "no line end at the end");
}

#[test]
fn what_later_versions_add_is_passed_over() {
    let mut lines = lines(&sample());
    lines[0] = lines[0].replace("\"version\":1,", "\"version\":1,\"new\":{\"a\":[1]},");
    let last = lines.len() - 1;
    lines[last] = lines[last].replace("\"coverage\":{", "\"new\":1,\"coverage\":{\"newer\":[],");
    assert_eq!(read_lines(&lines).unwrap(), sample());

    lines[last] = lines[last]
        .replace("\"kinds\":[", "\"kinds\":[\"quantumEndpoints\",")
        .replace("\"askedSingly\":{", "\"askedSingly\":{\"quantumEndpoints\":[\"/x\"],")
        .replace("\"gaps\":[", "\"gaps\":[{\"kind\":\"quantumEndpoints\",\"code\":\"x\",\"message\":\"y\"},");
    assert_eq!(read_lines(&lines).unwrap(), sample(), "a kind that this version does not know");
}

#[test]
fn a_file_cut_anywhere_is_an_error_and_never_a_smaller_estate() {
    let whole = bytes(&sample());
    for end in 0..whole.len() - 1 {
        let (error, shown) = failed(read(&whole[..end]));
        match end {
            0 => assert!(shown.contains("it is empty"), "{shown}"),
            // Not yet the word by which a snapshot is known.
            1..=9 => assert!(matches!(error, SnapshotError::NotASnapshot { .. }), "{end}: {shown}"),
            _ => assert!(matches!(error, SnapshotError::CutOff { .. }), "{end}: {shown}"),
        }
    }
}

#[test]
fn a_compressed_file_cut_anywhere_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    for (name, magic) in [("a.gz", 2), ("a.zst", 4)] {
        let path = folder.path().join(name);
        snapshot::write(&path, &sample()).unwrap();
        let whole = fs::read(&path).unwrap();
        for end in magic..whole.len() {
            let (error, shown) = failed(read(&whole[..end]));
            assert!(matches!(error, SnapshotError::CutOff { .. }), "{name} {end}: {shown}");
        }
    }
}

#[test]
fn damaged_compressed_files_are_errors_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.gz", "a.zst"] {
        let path = folder.path().join(name);
        snapshot::write(&path, &sample()).unwrap();
        let whole = fs::read(&path).unwrap();
        // Past the headers, whose fields (a time, a name) need not matter.
        for at in 20..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            failed(read(&damaged));
        }
    }
}

#[test]
fn a_missing_line_is_noticed() {
    let mut lines = lines(&sample());
    lines.remove(2);
    let (error, shown) = failed(read_lines(&lines));
    assert!(matches!(error, SnapshotError::CutOff { .. }));
    assert!(shown.contains("written with 3 resources and holds 2"), "{shown}");
}

#[test]
fn a_damaged_line_is_named() {
    let cases = [
        ("{\"id\":\"/a\",}", "trailing comma (column 12)"),
        ("{\"id\":\"/a\"", "EOF"),
        ("{\"id\":\"/a\"} x", "trailing"),
        ("{\"name\":\"a\"}", "missing field `id`"),
        ("{\"id\":7}", "invalid type"),
        ("{\"id\":null}", "invalid type"),
        ("{\"id\":\"\"}", "its id is no resource id"),
        ("{\"id\":\"a\"}", "its id is no resource id"),
        ("[\"/a\"]", "it is not a JSON object"),
        ("text", "it is not a JSON object"),
        ("{\"footer\":1}", "invalid type"),
    ];
    for (line, reason) in cases {
        let mut lines = lines(&sample());
        lines[2] = line.to_owned();
        let (error, shown) = failed(read_lines(&lines));
        assert!(matches!(error, SnapshotError::Line { line: 3, .. }), "{line}: {shown}");
        assert!(shown.contains("line 3") && shown.contains(reason), "{line}: {shown}");
    }
}

#[test]
fn bytes_that_are_no_text_are_named_by_their_line() {
    let mut bytes = bytes(&sample());
    let at = bytes.windows(3).position(|w| w == b"\"B\"").unwrap();
    bytes[at + 1] = 0xff;
    let (error, shown) = failed(read(&bytes));
    assert!(matches!(error, SnapshotError::Line { line: 3, .. }), "{shown}");
    assert!(shown.contains("UTF-8"), "{shown}");
}

#[test]
fn real_estates_are_taken_apart_line_by_line_as_they_are_as_a_whole() {
    for name in ["demo.jsonl", "demo-healthy.jsonl"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
        let text = fs::read_to_string(folder.join(name)).unwrap();
        read(text.as_bytes()).unwrap();
        // Somebody has changed the order, and broken what the objects say.
        let mut lines: Vec<&str> = text.lines().collect();
        let last = lines.len() - 1;
        lines[1..last].reverse();
        read(lines.join("\n").as_bytes()).unwrap();
        let odd = text
            .replace("\"addressPrefixes\":[", "\"addressPrefixes\":[7,")
            .replace("\"aRecords\":[", "\"aRecords\":7,\"x\":[");
        let gaps = read(odd.as_bytes()).map(wire::inventory).unwrap().coverage.gaps;
        assert!(gaps.iter().any(|gap| gap.code == "MalformedItem"), "{gaps:#?}");
        assert!(gaps.iter().any(|gap| gap.code == "MalformedField"), "{gaps:#?}");
    }
}

#[test]
fn two_snapshots_in_one_file_are_not_one() {
    let (error, shown) = failed(read(&bytes(&sample()).repeat(2)));
    assert!(matches!(error, SnapshotError::Line { line: 6, .. }), "{shown}");
}

#[test]
fn old_and_new_versions_are_named() {
    let with = |version: &str| {
        let mut lines = lines(&sample());
        lines[0] = lines[0]
            .replace("\"version\":1,", &format!("\"version\":{version},"))
            .replace(env!("CARGO_PKG_VERSION"), "9.8.7\\u001b[31m");
        failed(read_lines(&lines))
    };
    for old in ["0", "-3"] {
        let (error, shown) = with(old);
        assert!(matches!(error, SnapshotError::TooOld { .. }), "{shown}");
        assert!(shown.contains(&format!("version {old}")), "{shown}");
        assert!(error.help().contains("collect again"), "{}", error.help());
    }
    for new in ["2", "18446744073709551615"] {
        let (error, shown) = with(new);
        assert!(matches!(error, SnapshotError::TooNew { .. }), "{shown}");
        assert!(shown.contains("plaudit 9.8.7") && shown.contains(new), "{shown}");
        assert!(error.help().contains("update") && error.help().contains("9.8.7"), "{}", error.help());
        assert!(!error.help().contains('\u{1b}'));
    }
    let (error, shown) = with("\"one\"");
    assert!(matches!(error, SnapshotError::Line { line: 1, .. }), "{shown}");
}

#[test]
fn a_header_without_its_fields_is_damaged() {
    let mut lines = lines(&sample());
    lines[0] = r#"{"plaudit":"snapshot","version":1}"#.to_owned();
    let (error, shown) = failed(read_lines(&lines));
    assert!(matches!(error, SnapshotError::Line { line: 1, .. }), "{shown}");
}

#[test]
fn other_files_are_told_apart() {
    let report = "{\"schema\":\"plaudit/report/v1\",\"findings\":[]}";
    let pretty = "{\n  \"schema\": \"plaudit/report/v1\",\n  \"findings\": []\n}\n";
    let utf16: Vec<u8> = [0xff, 0xfe, b'{', 0, b'\n', 0].to_vec();
    let cases: [(&[u8], &str); 9] = [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (report.as_bytes(), "it is a plaudit report"),
        (pretty.as_bytes(), "it is a plaudit report"),
        (b"{\"value\":[]}\n", "it is other JSON"),
        (b"[1]\n", "it is other JSON"),
        (b"# notes\n", "its first line is not a snapshot's header"),
        (b"\x7fELF\x02\x01\x01\0\0\0\n", "it is not text"),
        (&utf16, "UTF-16"),
    ];
    for (content, found) in cases {
        let (error, shown) = failed(read(content));
        assert!(matches!(error, SnapshotError::NotASnapshot { .. }), "{shown}");
        assert!(shown.contains(found), "{shown}");
        assert!(error.help().contains("plaudit collect"));
    }
}

#[test]
fn files_that_cannot_be_opened_or_read_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = snapshot::read(&folder.path().join("absent")).unwrap_err();
    assert!(matches!(error, SnapshotError::Open { .. }) && error.to_string().contains("absent"), "{error}");

    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the share is gone"))
        }
    }
    for start in [&b""[..], b"{\"plaudit\":\"snapshot\",", b"{\"a\":1}\n"] {
        let (error, shown) = failed(snapshot::read_from(start.chain(Failing), "FILE"));
        assert!(matches!(error, SnapshotError::Read { .. }), "{shown}");
        assert!(shown.contains("the share is gone"), "{shown}");
    }
}

#[test]
fn a_failing_disk_under_a_compressed_file_is_no_damage() {
    struct Gone;
    impl Read for Gone {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gz");
    snapshot::write(&path, &sample()).unwrap();
    let start = fs::read(&path).unwrap();
    let (error, shown) = failed(snapshot::read_from(start[..30].chain(Gone), "FILE"));
    assert!(matches!(error, SnapshotError::Read { .. }), "{shown}");
}

#[test]
fn an_estate_of_several_blocks_keeps_every_line_and_its_number() {
    let filler = format!(r#","filler":"{}""#, "x".repeat(3_000));
    let resources: Vec<_> = (0..6_000).map(|n| resource(&format!("pe{n:05}"), &filler)).collect();
    let big = Collected { resources, ..Collected::default() };
    let mut bytes = bytes(&big);
    assert!(bytes.len() > 2 * (8 << 20), "more than two blocks");
    assert_eq!(read(&bytes).unwrap(), big);

    // Readers may hand out as little as they like.
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let some = into.len().min(10_007);
            self.0.read(&mut into[..some])
        }
    }
    assert_eq!(snapshot::read_from(Drip(&bytes), "FILE").unwrap(), big);

    let needle = "privateEndpoints/pe05000\"";
    let at = std::str::from_utf8(&bytes).unwrap().find(needle).unwrap();
    bytes[at + needle.len() - 1] = b' ';
    let (error, shown) = failed(read(&bytes));
    // The header is line 1, pe00000 line 2.
    assert!(matches!(error, SnapshotError::Line { line: 5_002, .. }), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_snapshot_is_for_its_owner_alone_and_replaces_the_old_one_whole() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.jsonl");
    let link = folder.path().join("link.jsonl");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    symlink(&path, &link).unwrap();
    snapshot::write(&link, &sample()).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(snapshot::read(&path).unwrap(), sample());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no temporary file is left: {names:?}");
}

#[test]
fn a_snapshot_that_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("absent/s.jsonl"), folder.path().to_owned()] {
        let error = snapshot::write(&path, &sample()).unwrap_err();
        assert!(matches!(error, SnapshotError::Write { .. }), "{error}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_to_and_not_replaced() {
    use std::os::unix::fs::FileTypeExt;

    snapshot::write(Path::new("/dev/null"), &sample()).unwrap();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}
