//! What real DNS answers and whether connections open: LIVE-001 to LIVE-006. They read what a probe saw and find
//! nothing without one.

mod connections;
mod hosts;
mod names;

use super::dns::diagnosis::Why;
use crate::finding::Confidence;
use crate::probe::{Answer, DnsFault, Heard, Outcome, Resolver};
use crate::rules::Standing;
use crate::topology::knowledge::Unread;

pub(super) use connections::no_connection;
pub(super) use hosts::{host_out_of_reach, public_host_out_of_reach};
pub(super) use names::{not_found, overridden, wrong_answer};

/// A resolver as people call it.
fn title(resolver: Resolver) -> String {
    match resolver {
        Resolver::System => "this host's resolver".to_owned(),
        Resolver::Own(server) | Resolver::Given(server) => match server.port() {
            53 => format!("DNS server {}", server.ip()),
            _ => format!("DNS server {server}"),
        },
    }
}

/// The resolvers whose answers clients get: the system's, and those that somebody named. A DNS server of the system
/// is asked for comparison only.
fn is_judged(heard: &&Heard) -> bool {
    !matches!(heard.resolver, Resolver::Own(_))
}

/// What may be said of the networks that need an endpoint, from where this host stands.
fn from_here(standing: Standing, ceiling: Confidence) -> Confidence {
    match standing {
        Standing::Inside => ceiling,
        Standing::Nowhere | Standing::Elsewhere => Confidence::Possible,
    }
}

/// Why an answer is missing, when that says nothing of the name.
fn silence(heard: &Heard) -> Option<Why> {
    let who = title(heard.resolver);
    let reason = match heard.answer.as_ref().err()? {
        DnsFault::TimedOut => format!("{who} gave no answer in time"),
        DnsFault::Failed(reason) => format!("{who} gave no usable answer: {reason}"),
        DnsFault::NoSuchName { .. } | DnsFault::NoAddress { .. } => return None,
    };
    Some(unseen(reason))
}

/// Nothing could be learnt; the report is incomplete for it.
fn unseen(reason: String) -> Why {
    Why::Unread(Unread { gaps: Vec::new(), more: false, not_asked: reason })
}

fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(T::to_string).collect()
}

fn listed<T: ToString>(items: &[T]) -> String {
    texts(items).join(", ")
}

/// What each resolver said, for evidence.
fn answers(heard: &[Heard]) -> Vec<String> {
    heard.iter().map(|one| format!("{}: {}", title(one.resolver), said(one))).collect()
}

fn said(heard: &Heard) -> String {
    match &heard.answer {
        Ok(Answer { addresses, .. }) => listed(addresses),
        Err(DnsFault::NoSuchName { .. }) => "NXDOMAIN".to_owned(),
        Err(DnsFault::NoAddress { .. }) => "no address".to_owned(),
        Err(DnsFault::TimedOut) => "no answer in time".to_owned(),
        Err(DnsFault::Failed(reason)) => reason.clone(),
    }
}

fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Connected => "connected",
        Outcome::Refused => "refused",
        Outcome::TimedOut => "no answer in time",
        Outcome::Unreachable => "no route",
        Outcome::Failed(_) => "not tried",
    }
}
