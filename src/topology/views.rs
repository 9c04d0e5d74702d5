//! From where, beside its own network, an endpoint's names are asked for, and which of those networks get the same
//! answers: a hundred spokes behind one DNS server are asked once.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt, HashSet};

use super::Topology;
use super::knowledge::Unread;
use super::networks::{Remote, is_connected};
use super::records::suffixes;
use super::resolve::{Answer, Outcome, Query};
use super::servers::{Known, Location, Server, known};
use crate::inventory::{Inventory, Kind};

/// Why a network's view matters to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Onlooker {
    /// A configuration says that its clients must reach every endpoint.
    Client,
    /// A Connected peering leads from the endpoint's network to it.
    Peer,
}

/// Networks that get the same answer for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub onlooker: Onlooker,
    /// In the order of ids; never empty.
    pub networks: Vec<usize>,
}

impl View {
    /// The one that speaks for all.
    pub fn first(&self) -> usize {
        self.networks.first().copied().unwrap_or_default()
    }
}

/// Whether a zone is that of a single AKS cluster, whose links AKS looks after: that a network sees zones of services
/// does not say that it needs the cluster.
pub fn is_of_one_cluster(zone: &str) -> bool {
    zone.contains(".azmk8s.") && !zone.starts_with("privatelink.")
}

/// Every kind of view of a name.
type Looks = Arc<[Arc<View>]>;

/// Views found before: names that lie in the same zones and rules share them.
#[derive(Debug, Default)]
pub(super) struct Views {
    /// Names of zones and domains of rules: what can tell one name's way from another's.
    domains: HashSet<Box<str>>,
    around: Known<Option<usize>, Arc<[(Onlooker, usize)]>>,
    of_names: Known<(Option<usize>, String), Looks>,
}

impl Views {
    pub(super) fn new(inventory: &Inventory) -> Self {
        let zones = inventory.zones.iter().map(|zone| &zone.name);
        let rules = inventory.forwarding_rules.iter().map(|rule| &rule.domain);
        Views { domains: zones.chain(rules).cloned().collect(), ..Views::default() }
    }

    /// What of a name decides which zones and rules it meets.
    fn bearings(&self, query: Query<'_>) -> String {
        let known = |name: &&str| self.domains.contains(*name);
        let mut text = String::new();
        for name in suffixes(query.fqdn).filter(known) {
            text.push_str(name);
            text.push(' ');
        }
        text.push('>');
        for name in suffixes(query.alias).filter(known) {
            text.push_str(name);
            text.push(' ');
        }
        text
    }
}

/// All that decides what a network gets for names of one kind.
#[derive(PartialEq, Eq, Hash)]
struct Likeness<'a> {
    onlooker: Onlooker,
    reported: bool,
    servers: &'a [(Box<str>, Location)],
    /// Zones that matter, each with whether its link lets public DNS have the last word.
    zones: Vec<(usize, bool)>,
    rulesets: &'a [usize],
    /// What makes its answers less than known.
    unread: Option<&'a Unread>,
    /// A network that is like no other.
    alone: Option<usize>,
}

impl Topology {
    /// The networks with clients, beside an endpoint's own, whose view of a name matters to it: each kind of answer
    /// once. `own` is the endpoint's network.
    pub fn views(&self, own: Option<usize>, query: Query<'_>) -> Looks {
        let around = known(&self.views.around, own, || self.around(own).into());
        if around.is_empty() {
            return Arc::from([]);
        }
        let bearings = self.views.bearings(query);
        known(&self.views.of_names, (own, bearings), || self.alike(&around, query))
    }

    /// Why it is not known whether there are clients in a network: endpoints' interfaces cannot be told from others.
    pub fn clients_unread(&self, network: usize) -> Option<Unread> {
        let subscription = self.inventory.virtual_networks[network].id.subscription()?;
        let endpoints = self.knowledge.list(subscription, Kind::PrivateEndpoints)?;
        let interfaces = self.knowledge.list(subscription, Kind::NetworkInterfaces)?;
        Some(endpoints.and(interfaces))
    }

    fn around(&self, own: Option<usize>) -> Vec<(Onlooker, usize)> {
        let mut around: BTreeMap<usize, Onlooker> = BTreeMap::new();
        for peer in own.into_iter().flat_map(|own| self.open_peers(own)) {
            around.insert(peer, Onlooker::Peer);
        }
        for client in &self.clients.found {
            around.insert(*client, Onlooker::Client);
        }
        let asks = |network: &usize| Some(*network) != own && self.networks[*network].has_clients;
        around.into_iter().filter(|(network, _)| asks(network)).map(|(n, onlooker)| (onlooker, n)).collect()
    }

    /// Whether a network that is peered with an endpoint's shows that it needs a name of the endpoint, which lies in
    /// `zone`: it sees a private zone of the name, or nobody can see what it sees; or it is reported on and sees other
    /// private link zones, so that this one may be forgotten.
    pub fn shows_need(&self, network: usize, query: Query<'_>, zone: Option<&str>) -> bool {
        let answers = self.answers(network, query);
        let mut public = answers.iter().filter(|answer| answer.outcome == Outcome::Public).peekable();
        let forgotten = |answer: &Answer| {
            let speaker = answer.at.filter(|_| self.networks[network].reported);
            let lacks =
                |speaker: usize| zone.is_some_and(|zone| !self.networks[speaker].linked.contains_key(zone));
            speaker.is_some_and(|speaker| {
                lacks(speaker) && !zone.is_some_and(is_of_one_cluster) && self.sees_private_link(speaker)
            })
        };
        public.peek().is_none() || public.any(forgotten)
    }

    /// Whether a network is linked to any private link zone: a sign that its clients need private endpoints.
    pub fn sees_private_link(&self, network: usize) -> bool {
        let is_private = |name: &str| name.split('.').any(|label| label == "privatelink");
        self.networks[network].linked.keys().any(|name| is_private(name))
    }

    /// Networks to which a peering leads that leaves nothing out.
    pub fn open_peers(&self, network: usize) -> impl Iterator<Item = usize> + '_ {
        let peerings = &self.inventory.virtual_networks[network].peerings;
        peerings.iter().zip(&self.networks[network].remotes).filter_map(|(peering, remote)| match remote {
            Remote::Network(peer)
                if is_connected(peering)
                    && peering.peer_complete_vnets != Some(false)
                    && peering.allow_virtual_network_access != Some(false) =>
            {
                Some(*peer)
            }
            _ => None,
        })
    }

    fn alike(&self, around: &[(Onlooker, usize)], query: Query<'_>) -> Looks {
        let mut at: HashMap<Likeness<'_>, usize> = HashMap::new();
        let mut views: Vec<View> = Vec::new();
        for (onlooker, network) in around {
            let place = *at.entry(self.likeness(*onlooker, *network, query)).or_insert(views.len());
            match views.get_mut(place) {
                Some(view) => view.networks.push(*network),
                None => views.push(View { onlooker: *onlooker, networks: vec![*network] }),
            }
        }
        views.into_iter().map(Arc::new).collect()
    }

    fn likeness(&self, onlooker: Onlooker, index: usize, query: Query<'_>) -> Likeness<'_> {
        let network = &self.networks[index];
        let asks_azure = network.servers.is_empty()
            || network.servers.iter().any(|(_, location)| location.server == Server::AzureDns);
        let in_hub = |(_, location): &(Box<str>, Location)| {
            matches!(location.server, Server::Firewall { network: None, .. })
        };
        let (mut zones, mut rulesets) = (Vec::new(), &[][..]);
        if asks_azure {
            for name in suffixes(query.fqdn).chain(suffixes(query.alias)) {
                let linked = network.linked.get(name).into_iter().flatten();
                zones.extend(linked.map(|(zone, link)| (*zone, self.redirects(*zone, *link))));
            }
            rulesets = &network.rulesets;
        }
        let mut rules = rulesets.iter().flat_map(|ruleset| &self.ruleset_rules[*ruleset]);
        let asked_from_here = rules.any(|rule| self.rule_sources[*rule].is_none());
        let alone = asked_from_here || network.servers.iter().any(in_hub);
        Likeness {
            onlooker,
            reported: network.reported,
            servers: &network.servers,
            zones,
            rulesets,
            unread: network.unread_around.as_ref(),
            alone: alone.then_some(index),
        }
    }
}
