//! DNS-029: a CNAME stands where an address record ought to.

use super::super::{Draft, Estate, Names, Sink};
use super::diagnosis::{Judged, covering_zones, reason};
use super::record::name_in;
use super::{Item, drafts, mending};
use crate::finding::Confidence;
use crate::topology::Topology;
use crate::topology::endpoints::ExpectedName;
use crate::topology::records::{Lookup, relative, suffixes};
use crate::topology::resolve::{Answer, Outcome, Query};

/// How many CNAMEs are followed.
const CNAMES: usize = 8;

/// Where the CNAME stands.
struct Found {
    zone: usize,
    record: usize,
    /// The way to it, when the endpoint's network was asked.
    answer: Option<Answer>,
}

/// DNS-029.
pub(in crate::rules) fn in_place_of_address(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for (endpoint, names) in estate.names.iter().enumerate() {
        let diagnoses = match names {
            Names::Diagnosed(diagnoses) => diagnoses,
            Names::Excused(reason) => {
                sink.not_judged(reason);
                continue;
            }
            // DNS-021 says that it cannot be known.
            Names::Unread(_) | Names::Unreported => continue,
        };
        let expected = &estate.topology.endpoints[endpoint].requirements.names;
        for (name, diagnosis) in expected.iter().zip(diagnoses) {
            judge(Item { estate, endpoint, name, diagnosis, from: None }, sink);
        }
    }
}

fn judge(item: Item<'_>, sink: &mut Sink<'_>) {
    match &item.diagnosis.record {
        Judged::NotJudged(reason::CNAME) => match find(item).filter(|found| !found.leads_home(item)) {
            Some(found) => sink.fail(found.confidence(item), draft(item, &found)),
            None => sink.pass(),
        },
        Judged::NotJudged(reason) => sink.not_judged(reason),
        // DNS-021 and DNS-022 say it.
        Judged::Fail(_) | Judged::Unknown(_) | Judged::Muted => {}
        Judged::Pass => sink.pass(),
    }
}

impl Found {
    /// Whether clients get one of the endpoint's addresses in the end.
    fn leads_home(&self, item: Item<'_>) -> bool {
        let topology = item.estate.topology;
        let network = self.answer.as_ref().and(topology.endpoints[item.endpoint].network.found());
        match (network, topology.inventory.record_sets[self.record].cname.as_deref()) {
            (_, None) => false,
            (Some(network), Some(target)) => answers_home(item, network, target),
            (None, Some(target)) => stands_at_home(item, target),
        }
    }

    /// Where it leads in public DNS cannot be seen.
    fn confidence(&self, item: Item<'_>) -> Confidence {
        let seen = self.answer.as_ref().map_or(Confidence::Probable, |answer| answer.confidence);
        seen.max(item.name.ceiling)
    }
}

/// The CNAME that made the name not to be judged: as the endpoint's network hears it, else in the zone itself.
fn find(item: Item<'_>) -> Option<Found> {
    let topology = item.estate.topology;
    let needed = &item.name.needed;
    let network = topology.endpoints[item.endpoint].network.found();
    let heard = network.filter(|network| topology.networks[*network].has_clients).and_then(|network| {
        let answers = topology.answers(network, Query { fqdn: &needed.fqdn, alias: &needed.alias });
        answers.into_iter().find_map(|answer| match answer.outcome {
            Outcome::Elsewhere { zone, record } => Some(Found { zone, record, answer: Some(answer) }),
            _ => None,
        })
    });
    heard.or_else(|| {
        covering_zones(topology, item.name).into_iter().find_map(|zone| {
            match topology.records.lookup(&topology.inventory, zone, name_in(topology, zone, item.name)) {
                Lookup::Cname { record } => Some(Found { zone, record, answer: None }),
                _ => None,
            }
        })
    })
}

/// Whether the network that was led to `target` gets the right address for it: public DNS makes a privatelink
/// name of it where it is an endpoint's.
fn answers_home(item: Item<'_>, network: usize, target: &str) -> bool {
    let topology = item.estate.topology;
    let alias = alias_of(item.estate, target).unwrap_or(target);
    let answers = topology.answers(network, Query { fqdn: target, alias });
    answers.iter().any(|answer| match &answer.outcome {
        Outcome::Records { records, .. } => holds_own(topology, records, item.name),
        _ => false,
    })
}

/// Whether `target` has the right address in a zone of any place, where nobody's view is known.
fn stands_at_home(item: Item<'_>, target: &str) -> bool {
    let topology = item.estate.topology;
    let mut next = Some(target.to_owned());
    for _ in 0..CNAMES {
        let Some(name) = next.take() else { return false };
        for asked in [Some(name.as_str()), alias_of(item.estate, &name)].into_iter().flatten() {
            match in_any_zone(topology, asked, item.name) {
                Step::Home => return true,
                Step::On(target) => next = Some(target),
                Step::Lost => {}
            }
        }
    }
    false
}

fn holds_own(topology: &Topology, records: &[usize], own: &ExpectedName) -> bool {
    let sets = records.iter().map(|set| &topology.inventory.record_sets[*set]);
    sets.flat_map(|set| &set.addresses).any(|address| own.addresses.contains(address))
}

enum Step {
    Home,
    On(String),
    Lost,
}

fn alias_of<'a>(estate: &'a Estate<'_>, name: &str) -> Option<&'a str> {
    let claim = estate.claims.of_name(name).next()?;
    let expected = estate.topology.endpoints[claim.endpoint].requirements.names.get(claim.name)?;
    (expected.needed.alias != name).then_some(expected.needed.alias.as_str())
}

fn in_any_zone(topology: &Topology, name: &str, own: &ExpectedName) -> Step {
    let mut step = Step::Lost;
    for suffix in suffixes(name) {
        for zone in topology.records.zones_named(suffix) {
            let record = relative(name, suffix).unwrap_or("@");
            match topology.records.lookup(&topology.inventory, *zone, record) {
                Lookup::Addresses { records, .. } => {
                    if holds_own(topology, &records, own) {
                        return Step::Home;
                    }
                }
                Lookup::Cname { record } => {
                    if let Some(next) = &topology.inventory.record_sets[record].cname {
                        step = Step::On(next.to_string());
                    }
                }
                Lookup::NoAddress | Lookup::Absent => {}
            }
        }
    }
    step
}

fn draft(item: Item<'_>, found: &Found) -> Draft {
    let topology = item.estate.topology;
    let record = &topology.inventory.record_sets[found.record];
    let zone = drafts::zone_id(item, found.zone);
    let leads_to = record.cname.as_deref().unwrap_or("nothing");
    let headline = format!("{} holds CNAMEs in place of address records", zone.name());
    let message = format!(
        "`{}` in {} is a CNAME to {leads_to}, which leads out of the private zones, and {} needs an address record there",
        record.name,
        zone.name(),
        drafts::endpoint(item).id.name(),
    );
    let draft = drafts::base(item, drafts::zone_cause(zone), headline, message)
        .detail(&item.name.needed.fqdn)
        .related("zone", zone)
        .evidence("zone", zone.as_str())
        .evidence("record", &*record.name)
        .evidence("cname", leads_to);
    let draft = match &found.answer {
        Some(answer) => draft.evidence("path", topology.describe(answer)),
        None => draft,
    };
    mending::write_record(item, draft, found.zone)
}
