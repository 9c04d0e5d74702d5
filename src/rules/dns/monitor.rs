//! DNS-033: scopes of Azure Monitor share their names, and a DNS view can lead to one of them only.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Draft, Estate, Names, Sink};
use super::diagnosis::{Why, covering_zones, grouped_zones, is_approved, reason};
use super::record::{Creator, name_in};
use crate::finding::{Cause, Confidence};
use crate::inventory::{Kind, ResourceId};
use crate::topology::Topology;
use crate::topology::endpoints::{ExpectedName, target_and_group};
use crate::topology::knowledge::{Seen, Unread};
use crate::topology::resolve::{Outcome, Query};

const SCOPE: &str = "Microsoft.Insights/privateLinkScopes";
/// The only group id of a scope.
const GROUP: &str = "azuremonitor";
/// How many of the others a finding names.
const NAMED: usize = 10;
const PARTIAL: &str = "endpoints of other subscriptions were not read";

/// An approved endpoint of a scope.
struct Member<'a> {
    endpoint: usize,
    scope: &'a ResourceId,
    /// The zones in which the names it shares with other scopes' endpoints are looked up or written.
    zones: BTreeSet<usize>,
    unread: Option<Unread>,
}

/// DNS-033.
pub(in crate::rules) fn colliding_scopes(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let members = members(topology);
    let mut in_zone: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        member.zones.iter().for_each(|zone| in_zone.entry(*zone).or_default().push(index));
    }
    let hidden = members.iter().filter_map(|member| member.unread.clone());
    let hidden = hidden.chain(topology.knowledge.gaps_in(&[Kind::PrivateEndpoints])).reduce(Unread::and);
    for member in &members {
        match &estate.names[member.endpoint] {
            Names::Unreported => continue,
            Names::Excused(reason) => {
                sink.not_judged(reason);
                continue;
            }
            Names::Unread(_) | Names::Diagnosed(_) => {}
        }
        let met = member.zones.iter().filter_map(|zone| in_zone.get(zone)).flatten();
        let others = met.map(|other| &members[*other]).filter(|other| other.scope != member.scope);
        let colliding: Vec<&Member<'_>> = others.take(NAMED).collect();
        if !colliding.is_empty() {
            sink.fail(Confidence::Certain, draft(topology, member, &colliding));
        } else if let Some(unread) = &hidden {
            sink.unknown(&Why::Unread(unread.clone()), unknown(topology, member));
        } else if !topology.knowledge.asked_for_all(&[Kind::PrivateEndpoints]) {
            sink.not_judged(PARTIAL);
        } else if topology.endpoints[member.endpoint].requirements.names.is_empty() {
            sink.not_judged(reason::NO_NAME);
        } else {
            sink.pass();
        }
    }
}

fn members(topology: &Topology) -> Vec<Member<'_>> {
    let endpoints = topology.inventory.private_endpoints.iter().enumerate();
    let scopes = endpoints.filter_map(|(index, endpoint)| {
        let (target, group) = target_and_group(endpoint)?;
        // The type is asked only where the group fits: an estate has very many endpoints.
        let fits = group.eq_ignore_ascii_case(GROUP) && target.is_type(SCOPE) && is_approved(topology, index);
        fits.then_some((index, target))
    });
    let found: Vec<(usize, &ResourceId)> = scopes.collect();
    let first = found.first().map(|(_, scope)| *scope);
    let several = found.iter().any(|(_, scope)| Some(*scope) != first);
    found.into_iter().map(|(endpoint, scope)| member(topology, endpoint, scope, several)).collect()
}

/// One that is alone with its scope has nobody to meet.
fn member<'a>(topology: &'a Topology, endpoint: usize, scope: &'a ResourceId, several: bool) -> Member<'a> {
    let joined = &topology.endpoints[endpoint];
    let mut member = Member { endpoint, scope, zones: BTreeSet::new(), unread: None };
    if !several {
        return member;
    }
    if let Seen::Unknown(unread) = &joined.interface {
        member.note(unread.clone());
    }
    for name in &joined.requirements.names {
        if is_shared(topology, name, scope) {
            member.look(topology, name);
        }
    }
    member
}

/// Whether an endpoint of another scope has the name too.
fn is_shared(topology: &Topology, name: &ExpectedName, scope: &ResourceId) -> bool {
    let others = topology.addresses_named(&name.needed.fqdn).iter();
    others
        .map(|(_, other)| &topology.inventory.private_endpoints[*other])
        .any(|other| target_and_group(other).is_some_and(|(target, _)| target != scope))
}

impl Member<'_> {
    fn note(&mut self, unread: Unread) {
        self.unread = Some(self.unread.take().map_or(unread.clone(), |before| before.and(unread)));
    }

    /// Notes the zones that its network asks for a name, and those that it writes it into.
    fn look(&mut self, topology: &Topology, name: &ExpectedName) {
        let joined = &topology.endpoints[self.endpoint];
        let query = Query { fqdn: &name.needed.fqdn, alias: &name.needed.alias };
        match &joined.network {
            Seen::Found(network) => {
                for answer in topology.answers(*network, query) {
                    if let Some(unread) = topology.overlooked(&answer, query) {
                        self.note(unread);
                    }
                    match answer.outcome {
                        Outcome::Records { zone, .. } | Outcome::Missing { zone, .. } => {
                            self.zones.insert(zone);
                        }
                        Outcome::Unread(unread) => self.note(unread),
                        _ => {}
                    }
                }
            }
            Seen::Unknown(unread) => self.note(unread.clone()),
            Seen::Absent => {}
        }
        let own = &topology.inventory.private_endpoints[self.endpoint];
        for zone in covering_zones(topology, name) {
            let id = &topology.inventory.zones[zone].id;
            if let Some(unread) = topology.knowledge.children(id, Kind::RecordSets) {
                self.note(unread);
            }
            let sets = topology.records.exactly(zone, name_in(topology, zone, name)).iter();
            let writes = sets.map(|set| &topology.inventory.record_sets[*set]).any(|set| {
                let creator = set.creator.as_deref().and_then(Creator::parse);
                creator.is_some_and(|creator| creator.is(own))
                    || set.addresses.iter().any(|address| name.addresses.contains(address))
            });
            if writes || grouped_zones(topology, joined).any(|grouped| grouped == id) {
                self.zones.insert(zone);
            }
        }
    }
}

fn unknown(topology: &Topology, member: &Member<'_>) -> Draft {
    let id = &topology.inventory.private_endpoints[member.endpoint].id;
    let message = format!("{}: whether another scope's endpoint takes its names cannot be known", id.name());
    let cause = Cause { kind: "privateEndpoint", id: id.to_string() };
    Draft::new(id, cause, format!("{} cannot be judged", id.name()), message)
}

fn draft(topology: &Topology, member: &Member<'_>, colliding: &[&Member<'_>]) -> Draft {
    let endpoint = &topology.inventory.private_endpoints[member.endpoint];
    let met = colliding.iter().flat_map(|other| &other.zones).filter(|zone| member.zones.contains(zone));
    let zone = met.min().map(|zone| &topology.inventory.zones[*zone].id);
    let name = zone.map_or("a zone", ResourceId::name);
    let mut scopes: Vec<&str> = colliding.iter().map(|other| other.scope.name()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let headline = format!("endpoints of several Azure Monitor scopes answer in {name}");
    let message = format!(
        "{} of scope {} and the endpoints of {} use one DNS view ({name}): Monitor's names are the same for every scope, so what is written last wins, and the others' resources are not to be had",
        endpoint.id.name(),
        member.scope.name(),
        scopes.join(", "),
    );
    let cause = Cause { kind: "privateDnsZone", id: zone.map_or_else(String::new, ToString::to_string) };
    let mut draft = Draft::new(&endpoint.id, cause, headline, message)
        .related("target", member.scope)
        .evidence("scopes", scopes.into_iter().chain([member.scope.name()]).collect::<Vec<_>>());
    if let Some(zone) = zone {
        draft = draft.related("zone", zone);
    }
    for other in colliding {
        draft = draft.related("peer", &topology.inventory.private_endpoints[other.endpoint].id);
    }
    draft
        .advice("use one scope for all networks that share their DNS: add the resources of the others to it, then delete the others' endpoints")
        .advice("where the networks must stay apart, give each its own zones, linked to it alone")
}
