//! LIVE-004 and LIVE-006: hosts outside the estate. This very host needs them, so that its vantage point is theirs.

use super::super::{Draft, Estate, ObservedHost, Purpose, Sink};
use super::{answers, is_judged, listed, outcome, silence, texts, title, unseen};
use crate::finding::{Cause, Confidence};
use crate::inventory::ResourceId;
use crate::probe::{Heard, Observation, Outcome};

/// LIVE-004: a host that somebody named.
pub(in crate::rules) fn host_out_of_reach(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each(estate, |host, asked, observation| {
        if host.purpose == Purpose::Named {
            judge(sink, host, asked, observation, Confidence::Certain, None);
        }
    });
}

/// LIVE-006: a public host that software needs. It may be reached through a proxy, which nobody sees here.
pub(in crate::rules) fn public_host_out_of_reach(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for_each(estate, |host, asked, observation| {
        if let Purpose::Preset { preset, stands_for, optional } = &host.purpose {
            let confidence = if *optional { Confidence::Possible } else { Confidence::Probable };
            judge(sink, host, asked, observation, confidence, Some((preset, stands_for)));
        }
    });
}

fn for_each(estate: &Estate<'_>, mut judge: impl FnMut(&ObservedHost, &str, &Observation)) {
    let Some(observed) = &estate.settings.observed else { return };
    for host in &observed.hosts {
        if let Some((question, observation)) = observed.asked.get(host.question) {
            judge(host, &question.host, observation);
        }
    }
}

fn judge(
    sink: &mut Sink<'_>,
    host: &ObservedHost,
    asked: &str,
    observation: &Observation,
    confidence: Confidence,
    preset: Option<(&String, &String)>,
) {
    let heard: Vec<&Heard> = observation.heard.iter().filter(is_judged).collect();
    let draft = |kind, headline: String, message| {
        let place = place(asked, host.port);
        let draft =
            Draft::new(&ResourceId::new(&place), Cause { kind, id: place.clone() }, headline, message);
        let draft = draft.evidence("host", asked).evidence("port", host.port);
        let draft = draft.evidence("answers", answers(&observation.heard));
        match preset {
            Some((preset, stands_for)) => {
                draft.evidence("preset", preset.as_str()).evidence("standsFor", stands_for.as_str())
            }
            None => draft,
        }
    };
    let is_found = heard.iter().any(|one| one.answer.is_ok());
    if !heard.is_empty() && !is_found {
        let silent = heard.iter().find_map(|one| Some((one, silence(one)?)));
        let Some((_, why)) = silent else {
            let who: Vec<String> = heard.iter().map(|one| title(one.resolver)).collect();
            let headline = format!("{asked} has no address here");
            let say = if who.len() == 1 { "says" } else { "say" };
            let message = format!("{asked} has no address, {say} {}", who.join(" and "));
            return sink.fail(confidence, advised(draft("host", headline, message), preset.is_some()));
        };
        return sink
            .unknown(&why, draft("host", String::new(), format!("whether {asked} resolves cannot be told")));
    }
    let connections = &observation.connections;
    if connections.iter().any(|one| one.outcome == Outcome::Connected) {
        return sink.pass();
    }
    let broken = connections.iter().find_map(|one| match &one.outcome {
        Outcome::Failed(reason) => Some(reason),
        _ => None,
    });
    match (connections.is_empty(), broken) {
        (true, _) => sink.not_judged("the address is none that a probe connects to"),
        (false, Some(reason)) => {
            let message = format!("whether {asked} can be reached cannot be told");
            let why = unseen(format!("this host could not try a connection: {reason}"));
            sink.unknown(&why, draft("host", String::new(), message));
        }
        (false, None) => {
            let tried: Vec<String> =
                connections.iter().map(|one| format!("{}: {}", one.address, outcome(&one.outcome))).collect();
            let headline = format!("no TCP connection opens to {}", place(asked, host.port));
            let message =
                format!("{asked} does not open a connection on port {}: {}", host.port, listed(&tried));
            let draft = draft("host", headline, message).evidence("connections", texts(&tried));
            sink.fail(confidence, advised(draft, preset.is_some()));
        }
    }
}

fn place(host: &str, port: u16) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

fn advised(draft: Draft, is_public: bool) -> Draft {
    match is_public {
        true => draft.advice(
            "open the way to this host on port 443; where the software leaves through a proxy, test with the proxy instead",
        ),
        false => draft.advice("check the host's name in DNS, that it is up, and firewalls between here and it"),
    }
}
