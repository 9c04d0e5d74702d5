//! Rules about the DNS servers that a network is told to ask: DNS-017, DNS-035, DNS-036. One finding a network and
//! server (DNS-017: a network), however many names are asked there.

use std::net::IpAddr;

use super::diagnosis::{Why, reason};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Firewall, ResourceId, VirtualNetwork};
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::Topology;
use crate::topology::networks::Network;
use crate::topology::resolve::Outcome;
use crate::topology::servers::{Location, Server};

const UNREAD: &str = "DNS server in a place that could not be read";
const DECLARED: &str = "DNS server that the configuration speaks for";

/// One of a network's own DNS servers.
#[derive(Clone, Copy)]
struct Asked<'a> {
    topology: &'a Topology,
    network: usize,
    text: &'a str,
    location: &'a Location,
}

impl<'a> Asked<'a> {
    fn vnet(self) -> &'a VirtualNetwork {
        &self.topology.inventory.virtual_networks[self.network]
    }

    fn servers(self) -> &'a [(Box<str>, Location)] {
        &self.topology.networks[self.network].servers
    }

    /// The address, in the one way of writing it.
    fn address(self) -> String {
        self.text.trim().parse::<IpAddr>().map_or_else(|_| self.text.to_owned(), |ip| ip.to_string())
    }

    fn is_declared(self) -> bool {
        let address = self.text.trim().parse::<IpAddr>();
        address.is_ok_and(|address| self.topology.options.dns_servers.contains_key(&address))
    }

    /// How sure it is that clients fail: those that can ask another server may get by.
    fn confidence(self) -> Confidence {
        let all_dead = self.servers().iter().all(|(_, location)| is_silent(self.topology, &location.server));
        let floor = if all_dead { Confidence::Certain } else { Confidence::Probable };
        self.location.confidence.max(floor)
    }

    fn cause(self) -> Cause {
        Cause { kind: "dnsServer", id: self.address() }
    }

    fn draft(self, headline: String, message: String) -> Draft {
        let servers: Vec<&str> = self.servers().iter().map(|(text, _)| &**text).collect();
        Draft::new(&self.vnet().id, self.cause(), headline, message)
            .detail(&self.address())
            .evidence("dnsServer", self.address())
            .evidence("dnsServers", servers)
    }

    fn unknown(self, what: &str) -> Draft {
        let message = format!("{} asks DNS server {}, and {what}", self.vnet().id.name(), self.address());
        self.draft(format!("DNS server {} cannot be judged", self.address()), message)
    }
}

/// Networks that are reported on and in which something asks.
fn asking(topology: &Topology) -> impl Iterator<Item = (usize, &Network)> {
    topology.networks.iter().enumerate().filter(|(_, network)| network.reported && network.has_clients)
}

/// Every DNS server of such networks.
fn asked(topology: &Topology) -> impl Iterator<Item = Asked<'_>> {
    asking(topology).flat_map(move |(network, joined)| {
        joined.servers.iter().map(move |(text, location)| Asked { topology, network, text, location })
    })
}

/// Whether nothing answers there.
fn is_silent(topology: &Topology, server: &Server) -> bool {
    match server {
        Server::Dead { .. } => true,
        Server::Firewall { firewall, .. } => {
            let settings = topology.firewall_dns(&topology.inventory.firewalls[*firewall]);
            settings.is_ok_and(|settings| settings.enable_proxy != Some(true))
        }
        _ => false,
    }
}

/// Counts the networks that ask nothing, or Azure's own DNS.
fn count_others(topology: &Topology, sink: &mut Sink<'_>) {
    for network in topology.networks.iter().filter(|network| network.reported) {
        match (network.has_clients, network.servers.is_empty()) {
            (false, _) => sink.not_judged(reason::NO_CLIENTS),
            (true, true) => sink.pass(),
            (true, false) => {}
        }
    }
}

/// DNS-017: none of a network's DNS servers is anywhere to be seen.
pub(in crate::rules) fn unlocated(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    count_others(topology, sink);
    for (index, network) in asking(topology).filter(|(_, network)| !network.servers.is_empty()) {
        let lost = |server: &Server| matches!(server, Server::Outside | Server::Misdeclared);
        if network.servers.iter().all(|(_, location)| lost(&location.server)) {
            sink.fail(Confidence::Certain, unlocated_draft(topology, index));
        } else if network.servers.iter().any(|(_, location)| location.server == Server::Trusted) {
            sink.not_judged(reason::TRUSTED);
        } else if network.servers.iter().all(|(_, location)| matches!(location.server, Server::Unread(_))) {
            // DNS-035 says of each of them that it cannot be known.
            sink.not_judged(UNREAD);
        } else {
            sink.pass();
        }
    }
}

fn unlocated_draft(topology: &Topology, network: usize) -> Draft {
    let id = &topology.inventory.virtual_networks[network].id;
    let servers = &topology.networks[network].servers;
    let mut addresses: Vec<&str> = servers.iter().map(|(text, _)| text.trim()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let all = addresses.join(", ");
    let headline = format!("how DNS servers {all} resolve private names cannot be seen");
    let message = format!(
        "{} asks DNS servers {all}, which are nowhere to be found: what its clients get cannot be judged",
        id.name(),
    );
    let draft = Draft::new(id, Cause { kind: "dnsServers", id: all }, headline, message)
        .evidence("dnsServers", addresses);
    let misdeclared = servers.iter().any(|(_, location)| location.server == Server::Misdeclared);
    let draft = match misdeclared {
        true => draft.advice(
            "the configuration lets one of them resolve through a virtual network that does not exist: correct its id",
        ),
        false => draft,
    };
    draft
        .advice(
            "let them forward the public names (blob.core.windows.net, not privatelink.blob.core.windows.net) to an inbound endpoint of a DNS private resolver in a network that is linked to the zones",
        )
        .advice("then tell plaudit through which virtual network they resolve, or that they are to be trusted")
}

/// DNS-035: nothing holds the address of a DNS server.
pub(in crate::rules) fn held_by_nothing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    count_others(topology, sink);
    for asked in asked(topology) {
        match &asked.location.server {
            Server::Dead { network } => sink.fail(asked.confidence(), dead_draft(asked, *network)),
            Server::Unread(_) if asked.is_declared() => sink.not_judged(DECLARED),
            Server::Unread(unread) => {
                let draft = asked.unknown("whether anything has this address cannot be known");
                sink.unknown(&Why::Unread(unread.clone()), draft);
            }
            Server::Outside | Server::Misdeclared => sink.not_judged(reason::OUTSIDE),
            Server::Trusted => sink.not_judged(reason::TRUSTED),
            Server::AzureDns
            | Server::Inbound { .. }
            | Server::Firewall { .. }
            | Server::Machine { .. }
            | Server::Declared { .. } => sink.pass(),
        }
    }
}

fn dead_draft(asked: Asked<'_>, home: usize) -> Draft {
    let topology = asked.topology;
    let address = asked.address();
    let home = &topology.inventory.virtual_networks[home].id;
    let headline = format!("nothing answers at DNS server {address}: no inbound endpoint has this address");
    let message = format!(
        "clients in {} ask DNS server {address}, which lies in a subnet of {} for DNS private resolvers, and no inbound endpoint has it",
        asked.vnet().id.name(),
        home.name(),
    );
    let draft = asked.draft(headline, message).related("remoteVirtualNetwork", home);
    let live = live_inbound(topology, home);
    let draft = draft.evidence("inboundEndpoints", live.iter().map(ToString::to_string).collect::<Vec<_>>());
    let [live] = live.as_slice() else {
        return draft.advice(match live.is_empty() {
            true => format!(
                "no inbound endpoint is left in {}: make one with the static address {address}, or point the network's DNS servers at one that lives",
                home.name()
            ),
            false => "point the network's DNS servers at an inbound endpoint that lives".to_owned(),
        });
    };
    let mut servers: Vec<String> = Vec::new();
    for (text, location) in asked.servers() {
        let dead = matches!(location.server, Server::Dead { .. });
        let server = if dead { live.to_string() } else { text.trim().to_owned() };
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    draft
        .command(
            format!("point the network at the inbound endpoint that lives in {}", home.name()),
            remedy::set_dns_servers(&asked.vnet().id, &servers),
        )
        .advice("restart the network's machines, or renew their leases, so that they learn of it")
}

/// The addresses of the inbound endpoints in a network, sorted.
fn live_inbound(topology: &Topology, home: &ResourceId) -> Vec<IpAddr> {
    let held = topology.inventory.inbound_endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
    let here =
        held.filter(|held| held.subnet.as_ref().and_then(ResourceId::virtual_network).as_ref() == Some(home));
    let mut live: Vec<IpAddr> = here.filter_map(|held| held.address).collect();
    live.sort_unstable();
    live.dedup();
    live
}

/// DNS-036: a firewall is the DNS server, and its DNS proxy is off.
pub(in crate::rules) fn proxy_off(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    count_others(topology, sink);
    for asked in asked(topology) {
        let Server::Firewall { firewall, .. } = &asked.location.server else {
            sink.pass();
            continue;
        };
        let firewall = &topology.inventory.firewalls[*firewall];
        match topology.firewall_dns(firewall) {
            Ok(settings) if settings.enable_proxy == Some(true) => sink.pass(),
            Ok(_) => sink.fail(asked.confidence(), proxy_draft(asked, firewall)),
            Err(Outcome::Unread(unread)) => {
                let draft = asked.unknown("whether its firewall answers DNS cannot be known");
                sink.unknown(&Why::Unread(unread), draft.related("firewall", &firewall.id));
            }
            Err(_) => sink.not_judged("the firewall's policy cannot be seen"),
        }
    }
}

fn proxy_draft(asked: Asked<'_>, firewall: &Firewall) -> Draft {
    let (address, name) = (asked.address(), firewall.id.name());
    let headline = format!("nothing answers at DNS server {address}: the firewall's DNS proxy is off");
    let message = format!(
        "clients in {} ask DNS server {address}, which is firewall {name}, and its DNS proxy is off",
        asked.vnet().id.name(),
    );
    let draft = asked.draft(headline, message).related("firewall", &firewall.id);
    let Some(policy) = policy_to_change(asked.topology, firewall) else {
        return draft
            .command("turn the firewall's DNS proxy on", remedy::enable_firewall_proxy(&firewall.id));
    };
    let shared =
        asked.topology.inventory.firewalls.iter().filter(|other| {
            other.id != firewall.id && asked.topology.policy_chain(other).any(|id| id == policy)
        });
    let draft = draft.related("firewallPolicy", policy);
    let draft = match shared.count() {
        0 => draft,
        others => draft.advice(format!(
            "policy {} also governs {others} other firewalls: their DNS proxy is turned on with it",
            policy.name()
        )),
    };
    draft.command("turn the DNS proxy on in the firewall's policy", remedy::enable_policy_proxy(policy))
}

/// The policy whose DNS settings are in force, else the firewall's own: settings of its own would take the place of
/// all those it inherits.
fn policy_to_change<'a>(topology: &'a Topology, firewall: &'a Firewall) -> Option<&'a ResourceId> {
    let sets = |id: &&ResourceId| {
        let policies = &topology.inventory.firewall_policies;
        policies.binary_search_by(|policy| policy.id.cmp(id)).is_ok_and(|at| policies[at].dns.is_some())
    };
    topology.policy_chain(firewall).find(sets).or(firewall.policy.as_ref())
}
