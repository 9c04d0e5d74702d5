use super::*;
use crate::inventory::Cloud;

const NOW: &str = "2026-03-04T05:06:07.89Z";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("estate.jsonl.journal")
    }

    fn begin(&self) -> Journal {
        Journal::begin(&self.path(), &about(), at(NOW)).unwrap()
    }

    fn resume(&self) -> Result<Journal, JournalError> {
        Journal::resume(&self.path(), at(NOW))
    }

    fn append(&self, bytes: &[u8]) {
        OpenOptions::new().append(true).open(self.path()).unwrap().write_all(bytes).unwrap();
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }
}

fn about() -> About {
    About { source: "auto".into(), subscriptions: vec!["one".into()], ..About::default() }
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn url(rest: &str) -> Url {
    Url::parse("https://management.azure.com/subscriptions/").unwrap().join(rest).unwrap()
}

fn record(journal: &Journal, rest: &str, answer: &str) {
    journal.record(&url(rest), None, &Bytes::from(answer.to_owned()));
}

fn found(journal: &Journal, rest: &str) -> Option<String> {
    found_by(journal, rest, None)
}

fn found_by(journal: &Journal, rest: &str, request: Option<&str>) -> Option<String> {
    let request = request.map(|text| Bytes::from(text.to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let found = runtime.block_on(journal.find(&url(rest), request.as_ref()));
    found.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

#[test]
fn answers_come_back_as_they_were_to_the_byte() {
    let folder = Folder::new();
    let answers = [
        "{\"value\": [],\r\n\t \"x\":\"\\u001b[2J \u{202e}\"}",
        "\u{feff}{\"value\":[1e400, 1.0]}",
        "[]",
        "{\"id\":null}",
        "{\"nextLink\":7}",
        "{\"nextLink\":\"\"}",
    ];
    let journal = folder.begin();
    for (number, answer) in answers.iter().enumerate() {
        record(&journal, &format!("{number}?a=b c&$x=%2F"), answer);
        assert_eq!(found(&journal, &format!("{number}?a=b c&$x=%2F")), None, "a run does not answer itself");
    }
    let journal = folder.resume().unwrap();
    assert_eq!((journal.kept(), journal.replayed(), journal.started_at()), (6, 0, "2026-03-04T05:06:08Z"));
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(found(&journal, &format!("{number}?a=b c&$x=%2F")).as_deref(), Some(*answer));
    }
    assert_eq!(found(&journal, "0"), None);
    assert_eq!(journal.replayed(), 6);
}

#[test]
fn what_holds_nothing_of_use_is_asked_for_again() {
    let folder = Folder::new();
    let journal = folder.begin();
    for (number, answer) in
        ["", "{", "<html>", "{\"value\":[]", "[1", "{} {}", "null", "7", "{\"error\":{\"code\":\"x\"}}"]
            .iter()
            .enumerate()
    {
        record(&journal, &number.to_string(), answer);
    }
    journal.record(&url("x"), None, &Bytes::from_static(b"{\"x\":\"\xff\"}"));
    assert!(journal.is_empty());
    assert_eq!(folder.resume().unwrap().kept(), 0);
}

#[test]
fn a_list_is_replayed_whole_or_not_at_all() {
    let folder = Folder::new();
    let journal = folder.begin();
    record(
        &journal,
        "whole",
        r#"{"value":[1],"nextLink":"https://management.azure.com/subscriptions/whole?2"}"#,
    );
    record(&journal, "cut", r#"{"value":[1],"nextLink":"?2"}"#);
    record(&journal, "whole?2", r#"{"value":[2]}"#);
    record(&journal, "cut?2", r#"{"value":[2],"nextLink":"?3"}"#);
    record(&journal, "loop", r#"{"value":[1],"nextLink":"loop"}"#);
    let journal = folder.resume().unwrap();
    assert!(found(&journal, "whole").is_some() && found(&journal, "whole?2").is_some());
    for rest in ["cut", "cut?2", "loop"] {
        assert_eq!(found(&journal, rest), None, "{rest}");
    }
    // Its first page led elsewhere when it was asked for again.
    record(&journal, "cut", r#"{"value":[1],"nextLink":"?b"}"#);
    record(&journal, "cut?b", r#"{"value":[2]}"#);
    let journal = folder.resume().unwrap();
    assert_eq!(found(&journal, "cut").as_deref(), Some(r#"{"value":[1],"nextLink":"?b"}"#));
    assert!(found(&journal, "cut?b").is_some() && found(&journal, "whole").is_some());
}

#[test]
fn queries_are_told_apart_by_their_body_and_led_on_by_tokens() {
    let folder = Folder::new();
    let journal = folder.begin();
    let ask = |request: &str, answer: &str| {
        let (request, answer) = (Bytes::from(request.to_owned()), Bytes::from(answer.to_owned()));
        journal.record(&url("query"), Some(&request), &answer);
    };
    ask(r#"{"query":"a"}"#, r#"{"data":[1],"$skipToken":"t1"}"#);
    ask(r#"{"query":"a","options":{"$skipToken":"t1"}}"#, r#"{"data":[2]}"#);
    ask(r#"{"query":"b"}"#, r#"{"data":[3],"$skipToken":"t2"}"#);
    ask(r#"{"query":"c","options":null}"#, r#"{"data":[4],"$skipToken":null}"#);
    let journal = folder.resume().unwrap();
    assert_eq!(journal.kept(), 3);
    let first = found_by(&journal, "query", Some(r#"{"query":"a"}"#));
    assert_eq!(first.as_deref(), Some(r#"{"data":[1],"$skipToken":"t1"}"#));
    assert!(found_by(&journal, "query", Some(r#"{"query":"c","options":null}"#)).is_some());
    assert_eq!(found_by(&journal, "query", Some(r#"{"query":"b"}"#)), None);
    assert_eq!(found(&journal, "query"), None);
}

#[test]
fn of_two_answers_the_later_holds() {
    let folder = Folder::new();
    let journal = folder.begin();
    record(&journal, "x", "[1]");
    record(&journal, "x", "[2]");
    assert_eq!(found(&folder.resume().unwrap(), "x").as_deref(), Some("[2]"));
}

#[test]
fn a_last_line_that_was_cut_off_is_dropped_wherever_it_was_cut() {
    let folder = Folder::new();
    let journal = folder.begin();
    record(&journal, "a", "[1]");
    let whole = folder.bytes();
    record(&journal, "b", "[2]");
    let all = folder.bytes();
    for length in whole.len()..all.len() {
        fs::write(folder.path(), &all[..length]).unwrap();
        let journal = folder.resume().unwrap();
        assert_eq!(journal.kept(), 1, "cut at {length}");
        assert_eq!(folder.bytes(), whole, "cut at {length}");
        record(&journal, "b", "[3]");
        let journal = folder.resume().unwrap();
        assert_eq!(
            (found(&journal, "a").unwrap(), found(&journal, "b").unwrap()),
            ("[1]".into(), "[3]".into())
        );
    }
}

#[test]
fn any_other_damage_names_its_line() {
    for damage in [
        "\n",
        "{}\n",
        "x\n",
        "{\"url\":\"u\"}\n",
        "[]\n",
        "\0\0\n",
        "{\"url\":7,\"answer\":\"\"}\n",
        "\u{ff}\n",
    ] {
        let folder = Folder::new();
        let journal = folder.begin();
        record(&journal, "a", "[1]");
        folder.append(damage.as_bytes());
        record(&journal, "b", "[2]");
        let error = folder.resume().unwrap_err();
        assert!(error.to_string().contains("is damaged at line 3:"), "{damage:?}: {error}");
        assert!(error.help().contains("without --resume"), "{}", error.help());
    }
}

#[test]
fn what_is_no_journal_is_refused() {
    let header = |version: &str, time: &str| {
        format!(
            "{{\"plaudit\":\"journal\",\"version\":{version},\"tool\":{{\"name\":\"plaudit\",\"version\":\"9.1\"}},\
             \"startedAt\":\"{time}\",\"about\":{}}}\n",
            serde_json::to_string(&about()).unwrap()
        )
    };
    let good = header("1", "2026-03-04T05:00:00Z");
    for (text, told) in [
        (String::new(), "is not the journal of a run: its first line is cut off"),
        (good.trim_end().to_owned(), "its first line is cut off"),
        ("{}\n".to_owned(), "is no header"),
        (good.replace("journal", "snapshot"), "the header of something else"),
        (good.replace("\"about\"", "\"abou\""), "is damaged at line 1:"),
        (header("2", "2026-03-04T05:00:00Z"), "is too new: plaudit 9.1 wrote it in format version 2"),
        (header("1", "yesterday"), "is damaged at line 1: it does not say when the run started"),
        (header("1", "2026-03-03T05:06:06Z"), "is too old: its run started at 2026-03-03T05:06:06Z"),
        (good.clone(), ""),
        (header("1", "2026-03-03T05:06:08Z"), ""),
    ] {
        let folder = Folder::new();
        fs::write(folder.path(), &text).unwrap();
        match folder.resume() {
            Ok(_) => assert_eq!(told, "", "{text}"),
            Err(error) => {
                assert!(!told.is_empty() && error.to_string().contains(told), "{text}: {error}");
            }
        }
    }
    assert!(matches!(Folder::new().resume(), Err(JournalError::Missing { .. })));
}

#[test]
fn a_journal_of_another_run_is_refused() {
    let folder = Folder::new();
    let then = About { tenant: Some("t1".into()), ..about() };
    let journal = Journal::begin(&folder.path(), &then, at(NOW)).unwrap();
    let told = |about: &About| journal.check(about).err().map(|error| error.to_string()).unwrap_or_default();
    for same in [
        then.clone(),
        About { tenant: None, ..then.clone() },
        About { subscriptions: vec![" ONE".into(), "one".into()], ..then.clone() },
    ] {
        assert_eq!(told(&same), "");
    }
    for (other, what) in [
        (
            About { cloud: Cloud::AzureChinaCloud, ..then.clone() },
            "--cloud was AzureCloud, and is AzureChinaCloud now",
        ),
        (
            About { arm_endpoint: Some("https://x".into()), ..then.clone() },
            "--arm-endpoint was the cloud's own,",
        ),
        (About { tenant: Some("t2".into()), ..then.clone() }, "the tenant was t1, and is t2 now"),
        (About { source: "graph".into(), ..then.clone() }, "--source was auto, and is graph now"),
        (
            About { subscriptions: vec!["two".into()], ..then.clone() },
            "--subscription was one, and is two now",
        ),
        (
            About { all_subscriptions: true, ..then.clone() },
            "--all-subscriptions was not given, and is given now",
        ),
        (About { management_groups: vec!["m".into()], ..then.clone() }, "--management-group"),
        (About { resource_groups: vec!["g".into()], ..then.clone() }, "--resource-group"),
        (About { context_subscriptions: vec!["c".into()], ..then.clone() }, "--context-subscription"),
        (About { no_context: true, ..then.clone() }, "--no-context"),
        (About { deep: true, ..then.clone() }, "--deep"),
        (
            About { appliance: Some("a".into()), ..then.clone() },
            "--appliance-object-id was not given, and is a now",
        ),
        (
            About { packs: vec!["expressroute".into()], ..then.clone() },
            "--pack was not given, and is expressroute now",
        ),
    ] {
        assert!(told(&other).contains(what), "{what}: {}", told(&other));
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_it_and_no_link_is_followed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let elsewhere = folder.0.path().join("elsewhere");
    fs::write(&elsewhere, "untouched").unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.path()).unwrap();
    let journal = folder.begin();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "untouched");
    assert_eq!(fs::symlink_metadata(folder.path()).unwrap().permissions().mode() & 0o777, 0o600);
    journal.discard();
    assert!(!folder.path().exists());
    // Twice is no failure of the run.
    journal.discard();
}

#[test]
fn a_journal_that_changes_under_a_run_answers_nothing_wrong() {
    let folder = Folder::new();
    let journal = folder.begin();
    record(&journal, "a", "[1]");
    record(&journal, "b", "[2]");
    let journal = folder.resume().unwrap();
    let bytes = String::from_utf8(folder.bytes()).unwrap();
    fs::write(folder.path(), bytes.replace("/a", "/c")).unwrap();
    assert_eq!(found(&journal, "a"), None);
    assert_eq!(found(&journal, "b").as_deref(), Some("[2]"));
    fs::write(folder.path(), "").unwrap();
    assert_eq!(found(&journal, "b"), None);
}
