//! NET-019: a security group that keeps clients from endpoints.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;

use super::filter::{Packet, Ruling, rule_on};
use crate::finding::{Cause, Confidence};
use crate::inventory::{ResourceId, SecurityGroup, SecurityRule, Subnet};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::Topology;
use crate::topology::endpoints::target_and_group;
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::networks::{Remote, is_connected};
use crate::topology::routing::obeys_security_groups;

/// How many offenders one finding names.
const NAMED: usize = 10;

/// The ports on which services listen behind an endpoint, where it is not 443 (Azure docs: connection architecture
/// of Azure SQL, networking of Azure Database for PostgreSQL and for MySQL, Azure Cache for Redis and Azure Managed
/// Redis with private link, Azure Files networking, NFS file shares, Elastic SAN iSCSI, Event Hubs and Service Bus
/// FAQ, Event Grid MQTT, Device Provisioning Service protocols). A service with several is kept from its clients when
/// all are closed.
const PORTS: &[(&str, &str, &[u16])] = &[
    ("microsoft.sql/servers", "", &[1433]),
    ("microsoft.sql/managedinstances", "", &[1433]),
    ("microsoft.synapse/workspaces", "sql", &[1433]),
    ("microsoft.synapse/workspaces", "sqlondemand", &[1433]),
    ("microsoft.dbforpostgresql/flexibleservers", "", &[5432]),
    ("microsoft.dbforpostgresql/servers", "", &[5432]),
    ("microsoft.dbforpostgresql/servergroupsv2", "", &[5432]),
    ("microsoft.dbformysql/flexibleservers", "", &[3306]),
    ("microsoft.dbformysql/servers", "", &[3306]),
    ("microsoft.dbformariadb/servers", "", &[3306]),
    ("microsoft.cache/redis", "", &[6380]),
    ("microsoft.cache/redisenterprise", "", &[10000]),
    ("microsoft.storage/storageaccounts", "file", &[445, 443, 2049]),
    ("microsoft.elasticsan/elasticsans", "", &[3260]),
    ("microsoft.servicebus/namespaces", "", &[443, 5671]),
    ("microsoft.eventhub/namespaces", "", &[443, 5671, 9093]),
    ("microsoft.eventgrid/namespaces", "topicspace", &[443, 8883]),
    ("microsoft.relay/namespaces", "", &[443, 5671]),
    ("microsoft.devices/iothubs", "", &[443, 5671, 8883]),
    ("microsoft.devices/provisioningservices", "", &[443, 5671, 8883]),
    ("microsoft.documentdb/mongoclusters", "", &[10260]),
    ("microsoft.documentdb/databaseaccounts", "mongodb", &[10255]),
    ("microsoft.documentdb/databaseaccounts", "cassandra", &[10350]),
];

/// Subnets in which nothing connects to endpoints: Bastion leads to machines, a gateway and a Route Server hand on
/// packets that keep their own source (Azure docs: virtual network, services that need a subnet of their own).
const NO_CLIENTS: [&str; 3] = ["GatewaySubnet", "AzureBastionSubnet", "RouteServerSubnet"];

/// What stands in a resolver's subnet speaks DNS alone (Azure docs: Azure DNS Private Resolver).
const RESOLVER: &str = "Microsoft.Network/dnsResolvers";

fn holds_clients(subnet: &Subnet) -> bool {
    !NO_CLIENTS.iter().any(|name| name.eq_ignore_ascii_case(subnet.id.name()))
        && !subnet.delegations.iter().any(|service| service.eq_ignore_ascii_case(RESOLVER))
}

/// The usual one.
const HTTPS: &[u16] = &[443];

/// What an endpoint of an application gateway, or of a private link service that was not read, serves is its owner's
/// choice: no port is known, so that only what closes all of them counts.
const UNKNOWN: &[u16] = &[];

fn ports(topology: &Topology, endpoint: usize) -> Cow<'static, [u16]> {
    let Some((target, group)) = target_and_group(&topology.inventory.private_endpoints[endpoint]) else {
        return UNKNOWN.into();
    };
    match topology.services.named(target) {
        Some(service) => topology.service_ports(service).into(),
        None => ports_of_type(target, group).into(),
    }
}

fn ports_of_type(target: &ResourceId, group: &str) -> &'static [u16] {
    let Some(kind) = target.resource_type().map(|kind| kind.to_ascii_lowercase()) else { return UNKNOWN };
    if kind.starts_with("microsoft.network/") {
        return UNKNOWN;
    }
    let fits = |(of, only, _): &&(&str, &str, &[u16])| {
        *of == kind && (only.is_empty() || group.to_ascii_lowercase().starts_with(only))
    };
    PORTS.iter().find(fits).map_or(HTTPS, |(_, _, ports)| ports)
}

/// Endpoints to which a security group does the same: they listen on the same ports, and the same rules name their
/// addresses.
type Class = (Cow<'static, [u16]>, Vec<usize>);

/// One subnet with endpoints and the group that applies to them.
struct Guarded<'a> {
    topology: &'a Topology,
    network: usize,
    subnet: &'a Subnet,
    group: &'a SecurityGroup,
    /// One address for each class, and the endpoints in it.
    classes: Vec<(Cow<'static, [u16]>, IpAddr, Vec<usize>)>,
}

/// NET-019: policies let a security group apply to endpoints, and it denies the clients of a network.
pub(in crate::rules) fn denies_clients(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (network, of) in topology.inventory.virtual_networks.iter().enumerate() {
        let unread = topology.unread_endpoints(network).filter(|_| topology.networks[network].reported);
        let known = topology.routing.endpoint_subnets(network);
        for (place, subnet) in of.subnets.iter().enumerate().filter(|(_, s)| obeys_security_groups(s)) {
            match (known.iter().find(|(at, _)| *at == place), &unread) {
                (Some((_, endpoints)), _) => judge_subnet(topology, sink, network, subnet, endpoints),
                (None, Some(unread)) if subnet.security_group.is_some() => {
                    sink.unknown(&Why::Unread(unread.clone()), unknown_draft(subnet));
                }
                (None, _) => {}
            }
        }
    }
}

fn judge_subnet(
    topology: &Topology,
    sink: &mut Sink<'_>,
    network: usize,
    subnet: &Subnet,
    endpoints: &[usize],
) {
    let group = match topology.security_group(subnet) {
        None => return sink.pass(),
        Some(Seen::Absent) => return sink.not_judged("security group does not exist"),
        Some(Seen::Unknown(unread)) => {
            return sink.unknown(&Why::Unread(unread), unknown_draft(subnet));
        }
        Some(Seen::Found(index)) => &topology.inventory.security_groups[index],
    };
    let classes = classes(topology, group, endpoints);
    let guarded = Guarded { topology, network, subnet, group, classes };
    let mut clients: Vec<usize> = topology.peers(network).filter(|peer| guarded.lets_in(*peer)).collect();
    clients.push(network);
    clients.sort_unstable();
    clients.dedup();
    for client in clients {
        guarded.judge(sink, client);
    }
    guarded.judge_unread(sink);
}

fn classes(
    topology: &Topology,
    group: &SecurityGroup,
    endpoints: &[usize],
) -> Vec<(Cow<'static, [u16]>, IpAddr, Vec<usize>)> {
    let mut classes: BTreeMap<Class, (IpAddr, Vec<usize>)> = BTreeMap::new();
    for endpoint in endpoints {
        let ports = ports(topology, *endpoint);
        for address in &topology.endpoints[*endpoint].addresses {
            let named = (0..group.rules.len()).filter(|rule| names(&group.rules[*rule], *address));
            let class = classes.entry((ports.clone(), named.collect())).or_insert((*address, Vec::new()));
            if class.1.last() != Some(endpoint) {
                class.1.push(*endpoint);
            }
        }
    }
    classes.into_iter().map(|((ports, _), (address, endpoints))| (ports, address, endpoints)).collect()
}

fn names(rule: &SecurityRule, address: IpAddr) -> bool {
    rule.destinations
        .iter()
        .filter_map(|text| super::filter::prefix(text))
        .any(|prefix| prefix.contains(&address))
}

/// What a group does to the clients of one network.
#[derive(Default)]
struct Outcome<'a> {
    /// The rule that denies, gravest first, and the endpoints it keeps clients from.
    denied: Option<Denial<'a>>,
    endpoints: Vec<usize>,
    subnets: Vec<&'a Subnet>,
    some_allowed: bool,
    unknowable: Option<&'static str>,
}

/// What keeps clients from the endpoints of one class.
#[derive(Clone, Copy)]
struct Denial<'a> {
    rule: &'a SecurityRule,
    ports: &'a [u16],
    address: IpAddr,
    /// Whether no subnet of the network gets through.
    wholly: bool,
}

impl<'a> Guarded<'a> {
    /// Whether a peered network belongs to the tag `VirtualNetwork` here. One that does not is NET-009's.
    fn lets_in(&self, peer: usize) -> bool {
        self.topology
            .connected_peering(self.network, peer)
            .is_some_and(|peering| peering.allow_virtual_network_access != Some(false))
    }

    /// Peers that could not be read. Only a rule of one's own turns a peered network away: Azure's let it in (Azure
    /// docs: network security groups, default security rules).
    fn judge_unread(&self, sink: &mut Sink<'_>) {
        let turns_away = |rule: &SecurityRule| {
            super::filter::is_inbound(rule)
                && rule.priority.is_none_or(|priority| priority <= LAST_OWN)
                && super::filter::is_denial(rule)
        };
        let peers = self.topology.networks[self.network].remotes.iter();
        let peerings = self.topology.inventory.virtual_networks[self.network].peerings.iter();
        let unread = peerings.zip(peers).filter_map(|(peering, remote)| match remote {
            Remote::Unread(unread)
                if is_connected(peering) && peering.allow_virtual_network_access != Some(false) =>
            {
                Some(unread.clone())
            }
            _ => None,
        });
        if let Some(unread) = unread.reduce(Unread::and)
            && self.group.rules.iter().any(turns_away)
        {
            let draft = unknown_draft(self.subnet).detail("networks that were not read");
            super::routes::unseen(sink, unread, draft);
        }
    }

    fn judge(&self, sink: &mut Sink<'_>, client: usize) {
        let outcome = self.outcome(client);
        if let Some(denial) = outcome.denied {
            let confidence = self.confidence(client, denial);
            sink.fail(confidence, self.draft(client, denial, &outcome));
        } else if let Some(reason) = outcome.unknowable {
            sink.not_judged(reason);
        } else if outcome.some_allowed {
            sink.pass();
        }
    }

    fn outcome(&self, client: usize) -> Outcome<'_> {
        let mut outcome = Outcome::default();
        for (ports, address, endpoints) in &self.classes {
            let mut allowed = false;
            let mut denied = None;
            for subnet in self.topology.client_subnets(client).filter(|subnet| holds_clients(subnet)) {
                for source in &subnet.prefixes {
                    match self.ruling(*source, *address, ports) {
                        Ruling::Denied(rule) => {
                            denied.get_or_insert(rule);
                            if outcome.subnets.iter().all(|known| known.id != subnet.id) {
                                outcome.subnets.push(subnet);
                            }
                        }
                        Ruling::Allowed => allowed = true,
                        Ruling::Unknowable(reason) => outcome.unknowable = Some(reason),
                    }
                }
            }
            outcome.some_allowed |= allowed;
            let Some(rule) = denied else { continue };
            outcome.endpoints.extend(endpoints);
            let denial = Denial { rule, ports, address: *address, wholly: !allowed };
            if outcome.denied.is_none_or(|before| denial.wholly && !before.wholly) {
                outcome.denied = Some(denial);
            }
        }
        outcome.endpoints.sort_unstable();
        outcome.endpoints.dedup();
        outcome
    }

    /// Of several ports all must be closed.
    fn ruling(&self, source: IpNet, address: IpAddr, ports: &[u16]) -> Ruling<'a> {
        let of =
            |port| rule_on(self.group, Packet { source, source_is_virtual_network: true, address, port });
        let Some((first, others)) = ports.split_first() else { return of(None) };
        let first = of(Some(*first));
        let mut rulings = std::iter::once(first).chain(others.iter().map(|port| of(Some(*port))));
        rulings.find(|ruling| !matches!(ruling, Ruling::Denied(_))).unwrap_or(first)
    }

    /// Some of a network let in, or others by name before all else is turned away: that may be all that is meant to
    /// get in.
    fn confidence(&self, client: usize, denial: Denial<'_>) -> Confidence {
        let id = &self.topology.inventory.virtual_networks[client].id;
        let expected = self.topology.options.client_networks.iter().any(|pattern| pattern.matches(id));
        let chosen = || super::filter::lets_others_in(self.group, denial.rule, denial.address, denial.ports);
        if !denial.wholly || (!expected && chosen()) {
            Confidence::Possible
        } else if client == self.network || expected {
            Confidence::Certain
        } else {
            Confidence::Probable
        }
    }

    fn draft(&self, client: usize, denial: Denial<'_>, outcome: &Outcome<'_>) -> Draft {
        let Denial { rule, ports, .. } = denial;
        let clients = &self.topology.inventory.virtual_networks[client].id;
        let group = &self.group.id;
        let port = match ports {
            [] => "any port".to_owned(),
            ports => format!("TCP {}", listed(ports)),
        };
        let message = format!(
            "rule `{}` of {} keeps clients in {} from {} in {} on {port}",
            rule.name,
            group.name(),
            clients.name(),
            if outcome.endpoints.len() == 1 {
                "1 endpoint".to_owned()
            } else {
                format!("{} endpoints", outcome.endpoints.len())
            },
            self.subnet.id.name(),
        );
        let under = if rule.priority.is_some_and(|priority| priority > LAST_OWN) {
            "defaultSecurityRules"
        } else {
            "securityRules"
        };
        let cause = Cause { kind: "securityRule", id: format!("{group}/{under}/{}", rule.name) };
        let headline = format!("rule `{}` of {} keeps clients from endpoints", rule.name, group.name());
        let endpoints = outcome.endpoints.iter().map(|at| &self.topology.inventory.private_endpoints[*at].id);
        let draft = Draft::new(&self.subnet.id, cause, headline, message)
            .detail(clients.as_str())
            .related("networkSecurityGroup", group)
            .related("client", clients)
            .evidence("rule", &*rule.name)
            .evidence("priority", rule.priority)
            .evidence("ports", listed(ports))
            .evidence(
                "clientSubnets",
                outcome.subnets.iter().take(NAMED).map(|s| s.id.to_string()).collect::<Vec<_>>(),
            )
            .evidence("endpoints", endpoints.take(NAMED).map(ToString::to_string).collect::<Vec<_>>())
            .evidence("count", outcome.endpoints.len());
        self.opening(draft, client, rule, outcome)
    }

    /// The steps that let the clients in, on the ports that are known to be served.
    fn opening(&self, draft: Draft, client: usize, deny: &SecurityRule, outcome: &Outcome<'_>) -> Draft {
        let Some(priority) = free_priority(self.group, deny.priority) else {
            return draft.advice(format!(
                "no priority is free before rule `{}`: move it back, or narrow it, if these clients are meant to get in",
                deny.name
            ));
        };
        let of_each: Vec<_> =
            outcome.endpoints.iter().map(|endpoint| ports(self.topology, *endpoint)).collect();
        let is_hidden = of_each.iter().any(|ports| ports.is_empty());
        let mut ports = of_each.concat();
        ports.sort_unstable();
        ports.dedup();
        let draft = match ports.as_slice() {
            [] => draft,
            ports => self.opening_command(draft, client, priority, ports, outcome),
        };
        if !is_hidden {
            return draft;
        }
        draft.advice(format!(
            "let these clients in, before rule `{}`, on the port that their service listens on, and on no other; which one, its owner knows",
            deny.name
        ))
    }

    fn opening_command(
        &self,
        draft: Draft,
        client: usize,
        priority: u64,
        ports: &[u16],
        outcome: &Outcome<'_>,
    ) -> Draft {
        let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
        let sources: Vec<String> =
            outcome.subnets.iter().flat_map(|s| &s.prefixes).map(ToString::to_string).collect();
        let destinations: Vec<String> = self.subnet.prefixes.iter().map(ToString::to_string).collect();
        let network = self.topology.inventory.virtual_networks[client].id.name();
        let network: String = network.chars().take(LONGEST_NAMED).collect();
        let name = free_name(self.group, &format!("allow-{network}-to-endpoints"));
        let rule = remedy::Opening {
            name: &name,
            priority,
            sources: &sources,
            destinations: &destinations,
            ports: &ports,
        };
        draft.command(
            "let these clients in, if they are meant to reach the endpoints",
            remedy::allow_inbound(&self.group.id, &rule),
        )
    }
}

/// Rules of one's own have priorities from 100 to 4096 (Azure docs: network security groups).
const FIRST_OWN: u64 = 100;
const LAST_OWN: u64 = 4096;

/// How much of a network's name goes into that of a rule, which has at most 80 characters (Azure docs: naming rules).
const LONGEST_NAMED: usize = 56;

/// The last inbound priority before `deny` that no rule has.
fn free_priority(group: &SecurityGroup, deny: Option<u64>) -> Option<u64> {
    let before = deny?.checked_sub(1)?.min(LAST_OWN);
    let taken = |priority: &u64| {
        group.rules.iter().any(|rule| rule.priority == Some(*priority) && super::filter::is_inbound(rule))
    };
    (FIRST_OWN..=before).rev().find(|priority| !taken(priority))
}

/// A name that no rule of the group has: making a rule of a known name would replace that one.
fn free_name(group: &SecurityGroup, wanted: &str) -> String {
    let taken = |name: &str| group.rules.iter().any(|rule| rule.name.eq_ignore_ascii_case(name));
    let further = (2u32..).map(|number| format!("{wanted}-{number}"));
    std::iter::once(wanted.to_owned()).chain(further).find(|name| !taken(name)).unwrap_or_default()
}

fn listed(ports: &[u16]) -> String {
    if ports.is_empty() {
        return "*".to_owned();
    }
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn unknown_draft(subnet: &Subnet) -> Draft {
    let id: &ResourceId = subnet.security_group.as_ref().unwrap_or(&subnet.id);
    let message = format!(
        "whom the security group of {} keeps from the endpoints there is not known",
        subnet.id.name()
    );
    let cause = Cause { kind: "networkSecurityGroup", id: id.to_string() };
    Draft::new(&subnet.id, cause, String::new(), message).related("networkSecurityGroup", id)
}
