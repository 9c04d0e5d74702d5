//! MON-001, MON-002 and PLS-010: what went through endpoints and private link services, as far as it was measured.

use plaudit::finding::{Finding, Report};
use plaudit::inventory::{Collected, Gap, Kind, Measure, Resource, ResourceId, Want, wire};
use plaudit::rules::{self, Former, Settings, Thresholds};
use serde_json::{Value, json};

use crate::estate::Estate;
use crate::estate::services::storage;
use crate::judged::{evidence, line, not_judged, only, read, topology};
use crate::services::{Offer, commands};

/// What an estate holds once its traffic was read. Seven days before 2026-01-15T07:00, in steps of six hours.
struct Read {
    collected: Collected,
    settings: Settings,
}

const FROM: &str = "2026-01-08T07:00:00Z";
const UNTIL: &str = "2026-01-15T07:00:00Z";

impl Read {
    fn of(e: &Estate) -> Read {
        let mut collected = read(e);
        collected.origin.scope.metrics = Some("7d".parse().unwrap());
        Read { collected, settings: Settings::default() }
    }

    /// Keeps an answer: the points of each metric, with the fields that are given.
    fn answered(&mut self, of: &ResourceId, measure: Measure, points: &[Value]) -> &mut Self {
        let series = json!([{"metadatavalues": [], "data": points}]);
        let metrics = measure.metrics().iter();
        let value: Vec<Value> =
            metrics.map(|name| json!({"name": {"value": name}, "timeseries": series})).collect();
        self.kept(of, measure, &json!(value))
    }

    fn kept(&mut self, of: &ResourceId, measure: Measure, value: &Value) -> &mut Self {
        let id = measure.id_of(of);
        let body = json!({"id": id.as_str(), "type": "Microsoft.Insights/metrics", "starttime": FROM,
            "endtime": UNTIL, "interval": "PT6H", "value": value});
        self.collected.resources.push(Resource { id, json: body.to_string().into() });
        self
    }

    /// Bytes that went through in one step, in each direction.
    fn bytes(&mut self, of: &ResourceId, measure: Measure, bytes: f64) -> &mut Self {
        self.answered(of, measure, &[point(1, json!({"total": bytes})), point(2, json!({}))])
    }

    /// The use of the ports of each of these addresses.
    fn ports(&mut self, of: &ResourceId, addresses: &[(&str, Value)]) -> &mut Self {
        let series = addresses.iter().map(|(address, value)| {
            json!({"metadatavalues": [{"name": {"value": "privatelinkserviceipaddress"}, "value": address}],
                "data": [point(1, json!({"maximum": 1})), point(3, value.clone())]})
        });
        let series: Vec<Value> = series.collect();
        self.kept(
            of,
            Measure::NatPorts,
            &json!([{"name": {"value": "PLSNatPortsUsage"}, "timeseries": series}]),
        )
    }

    fn gap(&mut self, of: &ResourceId) -> &mut Self {
        self.collected.coverage.gaps.push(Gap {
            subscription: of.subscription().map(str::to_ascii_lowercase),
            kind: Kind::Metrics,
            resource: Some(of.clone()),
            status: Some(429),
            code: "TooManyRequests".into(),
            message: "slow down".into(),
        });
        self
    }

    fn judge(&self) -> Report {
        let mut rules = rules::all().unwrap();
        rules.iter_mut().for_each(|rule| rule.enabled |= rules::TRAFFIC.contains(&rule.page.id));
        crate::redacted::gives_the_same_under(&self.collected, &rules, &self.settings);
        plaudit::audit::audit(&topology(self.collected.clone()), &rules, &self.settings)
    }

    /// What the rules about traffic say.
    #[track_caller]
    fn expect(&self, expected: &[&str]) -> Report {
        let report = self.judge();
        let ours = report.findings.iter().filter(|finding| rules::TRAFFIC.contains(&finding.rule));
        let mut said: Vec<String> = ours.map(line).collect();
        said.sort();
        assert_eq!(said, expected, "{:#?}", report.findings);
        report
    }
}

/// A step of the window, with its time.
fn point(step: i64, mut fields: Value) -> Value {
    let day = 8 + (7 + step * 6) / 24;
    fields["timeStamp"] = json!(format!("2026-01-{day:02}T{:02}:00:00Z", (7 + step * 6) % 24));
    fields
}

fn endpoint() -> (Estate, ResourceId) {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let pe = e.endpoint("pe", &vnet, storage("acct", "blob"));
    (e, pe)
}

fn offer() -> Offer {
    let mut it = Offer::new();
    let far = ResourceId::new(
        "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/far",
    );
    let service = it.service.clone();
    it.e.service_connection(&service, &far, "Approved");
    it
}

const BYTES: Measure = Measure::EndpointBytes;

#[test]
fn an_endpoint_through_which_nothing_went() {
    let (e, pe) = endpoint();
    for silent in [
        vec![point(1, json!({"total": 0.0})), point(2, json!({"total": 0}))],
        vec![point(1, json!({"total": null})), point(2, json!({}))],
        vec![],
    ] {
        let mut it = Read::of(&e);
        let report = it.answered(&pe, BYTES, &silent).expect(&["MON-001 pe fail info probable"]);
        let finding = only(&report, "MON-001");
        assert!(finding.message.contains("no byte went through pe to acct in 7 days"), "{}", finding.message);
        assert_eq!(evidence(finding, "bytesIn"), "0");
        assert_eq!(evidence(finding, "from"), format!("\"{FROM}\""));
        assert_eq!(evidence(finding, "course").matches('0').count(), 28);
        assert!(commands(finding).iter().any(|command| command.starts_with("plaudit trace /subscriptions/")));
        assert!(commands(finding).iter().any(|command| command.contains("--metrics PEBytesIn PEBytesOut")));
        assert!(!report.incomplete);
    }
    // No series at all is no traffic either.
    let none = json!([{"name": {"value": "pebytesin"}, "timeseries": []}, {"name": {"value": "PEBytesOut"}}]);
    Read::of(&e).kept(&pe, BYTES, &none).expect(&["MON-001 pe fail info probable"]);
}

#[test]
fn one_byte_is_traffic() {
    let (e, pe) = endpoint();
    let mut it = Read::of(&e);
    let report = it.bytes(&pe, BYTES, 1.0).expect(&[]);
    let traffic = report.traffic.unwrap();
    assert_eq!(
        (traffic.span.as_str(), traffic.from.as_str(), traffic.until.as_str()),
        ("7 days", FROM, UNTIL)
    );
    assert_eq!((traffic.flows[0].bytes_in, traffic.flows[0].bytes_out), (1, 1));
    assert_eq!(traffic.flows[0].course[..3], [0, 2, 0]);
    // The last steps may be all that is there yet.
    let late = [point(27, json!({"total": 4.0}))];
    Read::of(&e).answered(&pe, BYTES, &late).expect(&[]);
}

#[test]
fn nothing_is_said_where_traffic_was_not_asked_for() {
    let (e, pe) = endpoint();
    let mut it = Read::of(&e);
    it.bytes(&pe, BYTES, 0.0);
    it.collected.origin.scope.metrics = None;
    let report = it.expect(&[]);
    assert_eq!((report.traffic, not_judged(&it.judge(), "MON-001")), (None, vec![]));
}

#[test]
fn what_was_not_measured_is_unknown() {
    let (e, pe) = endpoint();
    let report = Read::of(&e).gap(&pe).expect(&["MON-001 pe unknown"]);
    assert!(report.incomplete);
    assert_eq!(report.findings.iter().filter(|finding| finding.rule == "COV-003").count(), 1);
    let others: Vec<&Finding> =
        report.findings.iter().filter(|one| !matches!(one.rule, "MON-001" | "COV-003")).collect();
    let before = Read::of(&e).judge();
    let usual: Vec<&Finding> = before.findings.iter().collect();
    assert_eq!(others, usual, "a gap in metrics touches nothing else");
    let offered = not_judged(&Read::of(&e).judge(), "MON-001");
    assert_eq!(offered, [("Azure Monitor does not measure it here", 1)]);
}

/// A value that cannot be understood is not nothing.
#[test]
fn odd_answers_are_unknown() {
    let (e, pe) = endpoint();
    for odd in [json!("NaN"), json!(-1), json!(-0.5), json!([]), json!("many"), json!(true)] {
        let mut it = Read::of(&e);
        it.answered(&pe, BYTES, &[point(1, json!({"total": odd}))]).expect(&["MON-001 pe unknown"]);
    }
    for odd in [
        json!([]),
        json!("none"),
        json!([{"name": {"value": "PEBytesIn"}, "timeseries": []}]),
        json!([{"name": {"value": "PEBytesIn"}}, {"name": {"value": "PEBytesOut"}, "errorCode": "Busy"}]),
        json!([{"name": {"value": "PEBytesIn"}}, {"name": {"value": "PEBytesOut"}, "timeseries": [7]}]),
        json!([{"name": {"value": "PEBytesIn"}}, {"name": {"value": "PEBytesOut"}, "timeseries": [{"data": [null]}]}]),
    ] {
        Read::of(&e).kept(&pe, BYTES, &odd).expect(&["MON-001 pe unknown"]);
    }
    let untimed = [json!({"total": 0.0, "timeStamp": "soon"}), json!({"total": 0.0})];
    for odd in untimed {
        Read::of(&e).answered(&pe, BYTES, &[odd]).expect(&["MON-001 pe unknown"]);
    }
}

#[test]
fn an_endpoint_that_may_be_new_is_not_judged() {
    let (mut e, pe) = endpoint();
    let young = [("made or approved within the time that was measured", 1)];
    let judged = |e: &Estate, change: &dyn Fn(&mut Read)| {
        let mut it = Read::of(e);
        change(it.bytes(&pe, BYTES, 0.0));
        not_judged(&it.judge(), "MON-001")
    };
    let since = |at: &str, state: &str| {
        let collected_at = at.parse::<jiff::Timestamp>().unwrap().as_second();
        let unfinished = [(pe.clone(), state.to_owned())].into();
        Former { collected_at, unfinished, ..Former::default() }
    };
    let former = |at: &'static str, state: &'static str| {
        let former = since(at, state);
        move |it: &mut Read| it.settings.former = Some(former.clone())
    };
    assert_eq!(judged(&e, &former("2026-01-09T00:00:00Z", "Pending")), young);
    assert_eq!(judged(&e, &former("2026-01-08T00:00:00Z", "Pending")), [], "before the window");
    e.edit(&pe, |pe| pe["systemData"] = json!({"createdAt": "2026-01-10T00:00:00.1234567Z"}));
    assert_eq!(judged(&e, &|_| {}), young);
    // Only an endpoint that is known to be older was there all the time.
    e.edit(&pe, |pe| pe["systemData"] = json!({"createdAt": "2025-01-10T00:00:00Z"}));
    Read::of(&e).bytes(&pe, BYTES, 0.0).expect(&["MON-001 pe fail info certain"]);
    for old in [json!({"createdAt": "2025-01-10T00:00:00Z"}), json!({"createdAt": 7}), json!([]), json!(null)]
    {
        e.edit(&pe, |pe| pe["systemData"] = old.clone());
        assert_eq!(judged(&e, &|_| {}), [], "{old}");
    }
}

#[test]
fn an_endpoint_that_is_not_approved_is_not_asked_for() {
    let (mut e, pe) = endpoint();
    let wanted = |e: &Estate| {
        let mut it = Read::of(e).collected;
        it.coverage.asked_singly.clear();
        let wants = topology(it).wanted();
        wants.into_iter().filter(|want| matches!(want, Want::Metrics { .. })).count()
    };
    assert_eq!(wanted(&e), 1);
    for status in ["Pending", "Rejected", "Disconnected", "Odd", ""] {
        e.set_status(&pe, status);
        assert_eq!(wanted(&e), 0, "{status}");
        let report = Read::of(&e).judge();
        assert_eq!(
            not_judged(&report, "MON-001"),
            [("no connection is approved, so nothing can go through", 1)]
        );
    }
}

#[test]
fn a_service_through_which_nothing_went() {
    let it = offer();
    let mut read = Read::of(&it.e);
    read.bytes(&it.service, Measure::ServiceBytes, 0.0).ports(&it.service, &[]);
    let report = read.expect(&["MON-002 svc fail info probable"]);
    let finding = only(&report, "MON-002");
    assert!(finding.message.contains("though 1 connection to it is approved"), "{}", finding.message);
    let mut read = Read::of(&it.e);
    read.bytes(&it.service, Measure::ServiceBytes, 5.0).ports(&it.service, &[]).expect(&[]);
    let idle = Offer::new();
    let mut read = Read::of(&idle.e);
    read.bytes(&idle.service, Measure::ServiceBytes, 0.0).ports(&idle.service, &[]).expect(&[]);
}

#[test]
fn ports_that_run_out() {
    let it = offer();
    let with = |addresses: &[(&str, Value)]| {
        let mut read = Read::of(&it.e);
        read.bytes(&it.service, Measure::ServiceBytes, 5.0).ports(&it.service, addresses);
        read
    };
    let tight =
        with(&[("10.1.0.5", json!({"maximum": 12})), ("10.1.0.6", json!({"maximum": 93.456, "average": 2}))]);
    let report = tight.expect(&["PLS-010 svc fail warning certain"]);
    let finding = only(&report, "PLS-010");
    assert!(finding.message.starts_with("93.46 % of the ports of 10.1.0.6"), "{}", finding.message);
    assert_eq!(evidence(finding, "at"), "\"2026-01-09T01:00:00Z\"");
    assert_eq!(evidence(finding, "threshold"), "80");
    assert!(evidence(finding, "addresses").contains("10.1.0.5"));
    for fine in
        [json!({"maximum": 80}), json!({"average": 80.0}), json!({"maximum": 3, "average": 99}), json!({})]
    {
        with(&[("10.1.0.5", fine)]).expect(&[]);
    }
    with(&[]).expect(&[]);
    with(&[("10.1.0.5", json!({"average": 81}))]).expect(&["PLS-010 svc fail warning certain"]);
    with(&[("10.1.0.5", json!({"maximum": "NaN"}))]).expect(&["PLS-010 svc unknown"]);
    let mut strict = with(&[("10.1.0.5", json!({"maximum": 51}))]);
    strict.settings.thresholds = Thresholds { capacity: 50, ..Thresholds::default() };
    strict.expect(&["PLS-010 svc fail warning certain"]);
}

#[test]
fn what_was_not_measured_of_a_service_is_unknown() {
    let it = offer();
    Read::of(&it.e).gap(&it.service).expect(&["MON-002 svc unknown", "PLS-010 svc unknown"]);
    // One half may have arrived.
    let mut read = Read::of(&it.e);
    read.bytes(&it.service, Measure::ServiceBytes, 0.0).gap(&it.service);
    read.expect(&["MON-002 svc fail info probable", "PLS-010 svc unknown"]);
}

#[test]
fn what_is_not_reported_on_is_neither_asked_for_nor_judged() {
    let mut e = Estate::new();
    e.in_subscription("elsewhere");
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let pe = e.endpoint("pe", &vnet, storage("acct", "blob"));
    let mut it = Read::of(&e);
    assert!(topology(it.collected.clone()).wanted().iter().all(|want| !matches!(want, Want::Metrics { .. })));
    let report = it.bytes(&pe, BYTES, 0.0).expect(&[]);
    assert!(report.traffic.unwrap().flows.is_empty());
}

/// An id that is no plain path, or of a subscription that does not answer, never becomes part of an address.
#[test]
fn odd_ids_are_never_asked_for() {
    let (e, pe) = endpoint();
    let whole = |id: &str| {
        let mut collected = Read::of(&e).collected;
        let body = collected.resources.iter().find(|one| one.id == pe).unwrap().json.replace(pe.as_str(), id);
        collected.resources.retain(|one| one.id != pe);
        collected.resources.push(Resource { id: ResourceId::new(id), json: body.into() });
        collected.resources.sort_by(|a, b| a.id.cmp(&b.id));
        let wants = topology(collected).wanted();
        wants.into_iter().filter(|want| matches!(want, Want::Metrics { .. })).count()
    };
    assert_eq!(whole(pe.as_str()), 1);
    for odd in ["pe?x", "pe#x", "pe%2f", "..", "pe\\x", "pe\u{7}"] {
        let id = format!("{}/{odd}", pe.as_str().rsplit_once('/').unwrap().0);
        assert_eq!(whole(&id), 0, "{id}");
    }
}

/// Nothing that stands in a file makes it fall over.
#[test]
fn mangled_answers_do_no_harm() {
    let (e, pe) = endpoint();
    for body in ["{}", "null", "7", r#"{"value":1e999}"#, r#"{"interval":"PT7H"}"#, "{"] {
        let mut it = Read::of(&e);
        it.collected.resources.push(Resource { id: BYTES.id_of(&pe), json: body.into() });
        it.expect(&["MON-001 pe unknown"]);
    }
    for (from, until) in [(UNTIL, FROM), (FROM, FROM), ("-009999-01-01T00:00:00Z", "9999-01-01T00:00:00Z")] {
        let mut it = Read::of(&e);
        it.bytes(&pe, BYTES, 0.0);
        let last = it.collected.resources.last_mut().unwrap();
        last.json = last.json.replace(FROM, "LEFT").replace(UNTIL, until).replace("LEFT", from).into();
        let _ = it.judge();
    }
    let mut it = Read::of(&e);
    let stranger = format!("{pe}/providers/Microsoft.Insights/metrics/PEBytesIn");
    it.collected.resources.push(Resource { id: ResourceId::new(&stranger), json: "{}".into() });
    let inventory = wire::inventory(it.collected.clone());
    assert!(inventory.measured.is_empty() && inventory.coverage.gaps.is_empty());
}
