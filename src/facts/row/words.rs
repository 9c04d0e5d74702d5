//! The closed sets of words that rows are written in.

use crate::topology::private_dns::Standing;
use crate::topology::resolve::Outcome;
use crate::topology::zones::Certainty;

/// What one way of asking ends in.
pub(super) const OUTCOMES: [&str; 6] = ["records", "missing", "fallback", "elsewhere", "public", "dead"];

/// How sure an answer is.
pub(super) const CONFIDENCES: [&str; 3] = ["certain", "probable", "possible"];

/// How well a name's zone is known.
pub(super) const CERTAINTIES: [&str; 3] = ["documented", "seen", "inferred"];

/// Where an endpoint's names were seen.
pub(super) const SOURCES: [&str; 4] =
    ["network interface", "customDnsConfigs", "private DNS zone group", "derived from the target's name"];

/// What a zone's name is to Microsoft's table.
pub(super) const STANDINGS: [&str; 3] = ["usual", "regional", "notToCreate"];

/// Who writes record sets.
pub(super) const WRITERS: [&str; 4] = ["zoneGroup", "registration", "azure", "other"];

/// The words of a fact that may be null.
pub(super) fn or_null(words: &[&'static str]) -> Vec<Option<&'static str>> {
    words.iter().copied().map(Some).chain([None]).collect()
}

/// `None` for what is no answer.
pub(super) fn outcome(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Records { .. } => Some("records"),
        Outcome::Missing { redirected: false, .. } => Some("missing"),
        Outcome::Missing { redirected: true, .. } => Some("fallback"),
        Outcome::Elsewhere { .. } => Some("elsewhere"),
        Outcome::Public => Some("public"),
        Outcome::Dead { .. } => Some("dead"),
        Outcome::Outside { .. } | Outcome::Unread(_) => None,
    }
}

pub(super) fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::High => "documented",
        Certainty::Medium => "seen",
        Certainty::Low => "inferred",
    }
}

pub(super) fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Usual => "usual",
        Standing::Regional => "regional",
        Standing::NotToCreate => "notToCreate",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "test code")]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use serde_json::{Value, json};

    use super::super::{Subject, schema};
    use super::*;
    use crate::topology::Confidence;
    use crate::topology::endpoints::NameSource;

    /// The words that a schema allows at a place.
    fn allowed(subject: Subject, place: &str) -> Value {
        let schema = serde_json::to_value(schema(subject)).unwrap();
        schema.pointer(place).and_then(|field| field.get("enum")).cloned().unwrap_or_default()
    }

    #[test]
    fn every_word_that_an_answer_can_hold_is_in_its_schema() {
        let records = Outcome::Records { zone: 0, records: vec![], wildcard: false };
        let dead = Outcome::Dead { server: IpAddr::V4(Ipv4Addr::LOCALHOST), why: "" };
        let all = [
            records,
            Outcome::Missing { zone: 0, redirected: false },
            Outcome::Missing { zone: 0, redirected: true },
            Outcome::Elsewhere { zone: 0, record: 0 },
            Outcome::Public,
            dead,
        ];
        let place = "/$defs/AnswerRow/properties/outcome";
        assert_eq!(allowed(Subject::Name, place), json!(all.each_ref().map(outcome)));
        assert_eq!(outcome(&Outcome::Outside { why: "" }), None);
        let all = [Confidence::Certain, Confidence::Probable, Confidence::Possible];
        let place = "/$defs/AnswerRow/properties/confidence";
        assert_eq!(allowed(Subject::Name, place), json!(all.map(Confidence::name)));
    }

    #[test]
    fn every_word_that_a_name_can_hold_is_in_its_schema() {
        let all = [Certainty::High, Certainty::Medium, Certainty::Low].map(certainty);
        let mut words = json!(all);
        words.as_array_mut().unwrap().push(Value::Null);
        assert_eq!(allowed(Subject::Name, "/properties/certainty"), words);
        let all = [
            NameSource::NetworkInterface,
            NameSource::CustomDnsConfigs,
            NameSource::ZoneGroup,
            NameSource::Derived,
        ];
        assert_eq!(allowed(Subject::Name, "/properties/source"), json!(all.map(NameSource::title)));
    }

    #[test]
    fn every_word_that_a_zone_and_a_record_can_hold_is_in_its_schema() {
        let all = [Standing::Usual, Standing::Regional, Standing::NotToCreate];
        assert_eq!(allowed(Subject::Zone, "/properties/standing"), json!(all.map(standing)));
        assert_eq!(allowed(Subject::Record, "/$defs/Writer/properties/by"), json!(WRITERS));
    }
}
