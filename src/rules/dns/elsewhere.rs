//! What ails an endpoint's names where other networks ask for them: configured clients, and peered networks.

use std::sync::Arc;

use super::Item;
use super::diagnosis::{Diagnosis, Judged, Why, diagnose_from, reason};
use super::drafts;
use crate::finding::{Cause, Confidence};
use crate::inventory::ResourceId;
use crate::rules::{Draft, Estate, Names, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::ExpectedName;
use crate::topology::resolve::{Outcome, Query};
use crate::topology::views::{Onlooker, View};

/// How many client networks a finding names. There may be one in every subscription.
const NAMED_CLIENTS: usize = 10;

/// One name, as a network sees it that does not get the right answer.
pub struct Glimpse {
    /// An index into `requirements.names`.
    pub name: usize,
    pub view: Arc<View>,
    pub diagnosis: Diagnosis,
}

/// One endpoint's names, as other networks see them.
#[derive(Default)]
pub struct Elsewhere {
    pub faults: Vec<Glimpse>,
    /// How many clients get the right answer, counted for each name.
    pub clean: usize,
}

impl Elsewhere {
    /// Looks at every name of an endpoint from every network that matters to it.
    pub fn of(topology: &Topology, index: usize) -> Self {
        let endpoint = &topology.endpoints[index];
        let own = endpoint.network.found();
        let mut elsewhere = Elsewhere::default();
        for (position, name) in endpoint.requirements.names.iter().enumerate() {
            let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
            for view in topology.views(own, query).iter() {
                match view.onlooker {
                    Onlooker::Peer => elsewhere.look_from_peer(topology, index, (position, name), view),
                    Onlooker::Client => elsewhere.look_from_client(topology, index, (position, name), view),
                }
            }
        }
        elsewhere
    }

    /// Of a peered network only what it does not see counts, so that most need no second look.
    fn look_from_peer(
        &mut self,
        topology: &Topology,
        index: usize,
        (position, name): (usize, &ExpectedName),
        view: &Arc<View>,
    ) {
        let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
        let answers = topology.answers(view.first(), query);
        if !answers.iter().all(|answer| matches!(answer.outcome, Outcome::Records { .. })) {
            self.note(position, view.clone(), diagnose_from(topology, index, name, view.first()));
        }
    }

    fn look_from_client(
        &mut self,
        topology: &Topology,
        index: usize,
        (position, name): (usize, &ExpectedName),
        view: &Arc<View>,
    ) {
        let diagnosis = diagnose_from(topology, index, name, view.first());
        let mut held = topology.addresses_named(&name.needed.fqdn).iter();
        // Which of several endpoints of a name can be reached is each network's own affair, and so is a link that
        // its own resolver lacks.
        let shared = held.any(|(_, endpoint)| *endpoint != index);
        if view.networks.len() > 1 && (shared || speaks_for_itself(&diagnosis, view)) {
            for network in &view.networks {
                let alone = Arc::new(View { onlooker: view.onlooker, networks: vec![*network] });
                self.note(position, alone, diagnose_from(topology, index, name, *network));
            }
        } else {
            self.note(position, view.clone(), diagnosis);
        }
    }

    fn note(&mut self, name: usize, view: Arc<View>, diagnosis: Diagnosis) {
        if !diagnosis.is_clean() {
            self.faults.push(Glimpse { name, view, diagnosis });
        } else if view.onlooker == Onlooker::Client {
            self.clean += view.networks.len();
        }
    }

    fn clients(&self) -> impl Iterator<Item = &Glimpse> {
        self.faults.iter().filter(|glimpse| glimpse.view.onlooker == Onlooker::Client)
    }
}

/// Whether the networks of a view do not see a name because of their own resolvers, each for itself.
pub(super) fn speaks_for_itself(diagnosis: &Diagnosis, view: &View) -> bool {
    matches!(&diagnosis.view, Judged::Fail(fault) if fault.answer.at == Some(view.first()))
}

/// The names of an endpoint that configured clients do not see right.
pub(super) fn client_items<'a>(estate: &'a Estate<'a>, endpoint: usize) -> Vec<(Item<'a>, &'a View)> {
    let names = &estate.topology.endpoints[endpoint].requirements.names;
    let item = |glimpse: &'a Glimpse| {
        let name = names.get(glimpse.name)?;
        let from = Some(glimpse.view.first());
        Some((Item { estate, endpoint, name, diagnosis: &glimpse.diagnosis, from }, &*glimpse.view))
    };
    estate.elsewhere[endpoint].clients().filter_map(item).collect()
}

/// One fault, and the clients that meet it beside those in the endpoint's own network.
struct Met<'a, T> {
    item: Item<'a>,
    fault: &'a T,
    confidence: Confidence,
    /// What the finding is known by.
    detail: String,
    clients: Vec<usize>,
}

/// The faults of one endpoint, each once: by what is at fault, whichever networks meet it.
struct Gathered<'a, K, T>(Vec<(K, Met<'a, T>)>);

impl<'a, K: PartialEq, T> Gathered<'a, K, T> {
    /// Adds what one view meets. The detail of the first to meet a fault counts, and the surest speaks.
    fn add(&mut self, key: K, met: Met<'a, T>) {
        let Some((_, known)) = self.0.iter_mut().find(|(known, _)| *known == key) else {
            return self.0.push((key, met));
        };
        known.clients.extend(met.clients);
        if met.confidence < known.confidence {
            (known.item, known.fault, known.confidence) = (met.item, met.fault, met.confidence);
        }
    }

    fn report(self, sink: &mut Sink<'_>, draft: impl Fn(Item<'a>, &T) -> Draft) {
        for (_, met) in self.0 {
            let draft = draft(met.item, met.fault).detail(&met.detail);
            sink.fail(met.confidence, with_clients(met.item, draft, &met.clients));
        }
    }
}

/// Names the configured clients that meet a fault.
fn with_clients(item: Item<'_>, mut draft: Draft, clients: &[usize]) -> Draft {
    if clients.is_empty() {
        return draft;
    }
    let id = |network: usize| &item.estate.topology.inventory.virtual_networks[network].id;
    for client in clients.iter().take(NAMED_CLIENTS) {
        draft = draft.related("clientNetwork", id(*client));
    }
    draft.evidence("clientNetworks", clients.len())
}

/// Adds to DNS-010 what configured clients meet, and reports all of it. `own` are the endpoint's own names, one a
/// zone.
pub(super) fn report_views<'a>(
    estate: &'a Estate<'a>,
    endpoint: usize,
    own: Vec<Item<'a>>,
    sink: &mut Sink<'_>,
) {
    let mut gathered = Gathered(Vec::new());
    let mut unknown: Vec<&str> = Vec::new();
    for item in own {
        let zone = item.name.needed.zone.as_str();
        match &item.diagnosis.view {
            Judged::Fail(fault) => {
                let (detail, confidence) = (zone.to_owned(), fault.confidence);
                let met = Met { item, fault, confidence, detail, clients: Vec::new() };
                gathered.add((zone, drafts::view_cause(item, fault)), met);
            }
            Judged::Unknown(why) => {
                unknown.push(zone);
                sink.unknown(why, drafts::unknown(item, zone, "whether its network can resolve it"));
            }
            Judged::NotJudged(reason) => sink.not_judged(reason),
            Judged::Pass => sink.pass(),
            Judged::Muted => {}
        }
    }
    for (item, view) in client_items(estate, endpoint) {
        let zone = item.name.needed.zone.as_str();
        match &item.diagnosis.view {
            Judged::Fail(fault) => {
                let cause = drafts::view_cause(item, fault);
                let detail = client_detail(zone, &cause);
                let met =
                    Met { item, fault, confidence: fault.confidence, detail, clients: view.networks.clone() };
                gathered.add((zone, cause), met);
            }
            Judged::Unknown(why) if !unknown.contains(&zone) => {
                unknown.push(zone);
                let detail = format!("{zone} from {}", network_id(item, view.first()));
                sink.unknown(why, drafts::unknown(item, &detail, "whether its clients can resolve it"));
            }
            Judged::Unknown(_) | Judged::Muted => {}
            Judged::NotJudged(reason) => sink.not_judged(reason),
            Judged::Pass => sink.pass(),
        }
    }
    gathered.report(sink, drafts::cannot_resolve);
    (0..estate.elsewhere[endpoint].clean).for_each(|_| sink.pass());
}

fn client_detail(zone: &str, cause: &Cause) -> String {
    match cause.kind {
        drafts::MISSING_LINK => cause.id.clone(),
        _ => format!("{zone} -> {}", cause.id),
    }
}

fn network_id(item: Item<'_>, network: usize) -> &ResourceId {
    &item.estate.topology.inventory.virtual_networks[network].id
}

/// A fault of a record, as DNS-021 or DNS-022 looks at it.
pub(super) struct OfRecord<T> {
    /// What the rule asks, in words.
    pub what: &'static str,
    /// The rule's part of a judgement.
    pub pick: for<'b> fn(Item<'b>) -> Judged<&'b T>,
    /// The zone in which the fault is, and how sure it is.
    pub place: fn(&T) -> (usize, Confidence),
    pub draft: fn(Item<'_>, &T) -> Draft,
}

/// Reports the faults of an endpoint's records, once for each copy of the zone that its own network or a client sees.
pub(super) fn report_records<'a, T>(
    estate: &'a Estate<'a>,
    endpoint: usize,
    own: Vec<Item<'a>>,
    rule: &OfRecord<T>,
    sink: &mut Sink<'_>,
) {
    let mut gathered = Gathered(Vec::new());
    let mut unknown: Vec<&str> = Vec::new();
    for item in own {
        let fqdn = item.name.needed.fqdn.as_str();
        match (rule.pick)(item) {
            Judged::Fail(fault) => {
                let (zone, confidence) = (rule.place)(fault);
                let met = Met { item, fault, confidence, detail: fqdn.to_owned(), clients: Vec::new() };
                gathered.add((fqdn, zone), met);
            }
            Judged::Unknown(why) => {
                unknown.push(fqdn);
                sink.unknown(&why, drafts::unknown(item, fqdn, rule.what));
            }
            Judged::NotJudged(reason) => sink.not_judged(reason),
            Judged::Pass => sink.pass(),
            Judged::Muted => {}
        }
    }
    for (item, view) in client_items(estate, endpoint) {
        let fqdn = item.name.needed.fqdn.as_str();
        match (rule.pick)(item) {
            Judged::Fail(fault) => {
                let (zone, confidence) = (rule.place)(fault);
                let detail = format!("{fqdn} in {}", estate.topology.inventory.zones[zone].id);
                let met = Met { item, fault, confidence, detail, clients: view.networks.clone() };
                gathered.add((fqdn, zone), met);
            }
            Judged::Unknown(why) if !unknown.contains(&fqdn) => {
                unknown.push(fqdn);
                let detail = format!("{fqdn} from {}", network_id(item, view.first()));
                sink.unknown(&why, drafts::unknown(item, &detail, rule.what));
            }
            Judged::Unknown(_) | Judged::Muted => {}
            Judged::NotJudged(reason) => sink.not_judged(reason),
            Judged::Pass => sink.pass(),
        }
    }
    gathered.report(sink, rule.draft);
    (0..estate.elsewhere[endpoint].clean).for_each(|_| sink.pass());
}

/// Zones that exist nowhere and that only clients miss, because something else serves the endpoint's own network.
pub(super) fn report_zones(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for (endpoint, names) in estate.names.iter().enumerate() {
        let Names::Diagnosed(own) = names else { continue };
        let required = &estate.topology.endpoints[endpoint].requirements.names;
        let said = required.iter().zip(own).filter(|(_, own)| own.zone != Judged::Pass);
        let mut said: Vec<&str> = said.map(|(name, _)| name.needed.zone.as_str()).collect();
        for (item, _) in client_items(estate, endpoint) {
            let zone = item.name.needed.zone.as_str();
            if let Judged::Fail(fault) = &item.diagnosis.zone
                && !said.contains(&zone)
            {
                said.push(zone);
                sink.fail(fault.confidence, drafts::zone_missing(item, fault));
            }
        }
    }
}

/// Client networks that a configuration names and that were not found, and those in which nothing asks.
pub(super) fn report_clients(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (id, unread) in &topology.clients.missing {
        let cause = Cause { kind: "virtualNetwork", id: id.to_string() };
        let headline = format!("client network {} was not found", id.name());
        let message = format!("whether clients in {} can resolve any endpoint cannot be known", id.name());
        let why = match unread {
            Some(unread) => Why::Unread(unread.clone()),
            None => Why::Undecided("the client network does not exist"),
        };
        sink.unknown(&why, Draft::new(id, cause, headline, message));
    }
    let quiet = topology.clients.found.iter().filter(|network| !topology.networks[**network].has_clients);
    quiet.for_each(|_| sink.not_judged(reason::NO_CLIENTS));
}
