//! Whether packets get from a network to an endpoint, in words that name what leads there: the same network, a
//! peering of networks or of single subnets, a hub between the two, gateways. Judges by the model's own answer; knows
//! no DNS.

use super::{Step, StepKind, Verdict};
use crate::inventory::{Peering, ResourceId};
use crate::topology::Topology;
use crate::topology::networks::{Remote, VirtualWan, is_connected};
use crate::topology::reach::{Path, Shared};

/// How many hubs between two networks are named.
const NAMED: usize = 3;

/// What a way of packets is worth.
pub(super) struct Led {
    pub verdict: Verdict,
    pub because: String,
    pub step: Step,
}

impl Led {
    fn new(verdict: Verdict, because: String, id: Option<ResourceId>, facts: Facts) -> Self {
        Led { verdict, step: Step { kind: StepKind::Path, text: because.clone(), id, facts }, because }
    }
}

type Facts = Vec<(&'static str, String)>;

/// From a network to an endpoint that stands in `home`.
pub(super) fn lead(topology: &Topology, network: usize, home: usize, endpoint: usize) -> Led {
    let between = Between { topology, from: network, to: home };
    let own = &topology.inventory.private_endpoints[endpoint];
    if network == home {
        let because = format!("{} stands in {} itself", own.id.name(), between.far_name());
        return Led::new(Verdict::Reachable, because, None, Vec::new());
    }
    match topology.path_to_endpoint(network, endpoint).unwrap_or(Path::None) {
        Path::Direct => between.over_peering(own.subnet.as_ref()),
        Path::Possible(why) => {
            let doubt = format!(
                "{}whether {} reaches {} cannot be seen: {}",
                between.left_out(own.id.name()),
                between.near_name(),
                between.far_name(),
                between.detour(why),
            );
            let led = Led::new(Verdict::Unknown, doubt, None, between.legs());
            Led { because: format!("DNS is right; {}", led.because), ..led }
        }
        Path::None => {
            let because = format!(
                "{}no path leads from {} to {}: {}",
                between.left_out(own.id.name()),
                between.near_name(),
                between.far_name(),
                between.severed(),
            );
            Led::new(Verdict::Unreachable, because, None, between.legs())
        }
    }
}

/// Two networks, packets going from the first to the second.
struct Between<'a> {
    topology: &'a Topology,
    from: usize,
    to: usize,
}

impl<'a> Between<'a> {
    fn name(&self, network: usize) -> &'a str {
        self.topology.inventory.virtual_networks[network].id.name()
    }

    fn near_name(&self) -> &'a str {
        self.name(self.from)
    }

    fn far_name(&self) -> &'a str {
        self.name(self.to)
    }

    /// The Connected peerings between the two, whichever side holds them.
    fn peerings(&self) -> impl Iterator<Item = &'a Peering> {
        let there = self.topology.peerings_between(self.from, self.to);
        there.chain(self.topology.peerings_between(self.to, self.from))
    }

    fn over_peering(&self, subnet: Option<&ResourceId>) -> Led {
        let (from, to) = (self.near_name(), self.far_name());
        let peering = self.peerings().next();
        let id = peering.map(|peering| peering.id.clone());
        let facts = peering.map_or_else(Vec::new, |peering| vec![("peering", leg(peering))]);
        let sides = subnet.map(|subnet| (subnet.name(), self.topology.shared(self.from, self.to, subnet)));
        if let Some((subnet, Shared::OnOneSide)) = sides {
            let because = format!(
                "the peering of {from} with {to} is one of single subnets, and only one side lists {subnet}: whether it takes part cannot be seen"
            );
            return Led::new(Verdict::Unknown, because, id, facts);
        }
        // The default rules of security groups let in the service tag VirtualNetwork, of which the other network is
        // then no part (Azure docs: create, change, or delete a virtual network peering).
        if self.peerings().any(|peering| peering.allow_virtual_network_access == Some(false)) {
            let because = format!(
                "the peering of {from} with {to} does not let the networks talk (allowVirtualNetworkAccess is off): only what a security group's own rules let in gets through"
            );
            return Led::new(Verdict::Unknown, because, id, facts);
        }
        let of_subnets = self.peerings().any(|peering| peering.peer_complete_vnets == Some(false));
        let part = match sides {
            Some((subnet, Shared::Yes)) if of_subnets => {
                format!(", one of single subnets in which {subnet} takes part")
            }
            _ => String::new(),
        };
        Led::new(
            Verdict::Reachable,
            format!("a Connected peering leads from {from} to {to}{part}"),
            id,
            facts,
        )
    }

    /// Said first where a peering of single subnets is there and does not help.
    fn left_out(&self, endpoint: &str) -> String {
        match self.topology.path(self.from, self.to) {
            Path::Direct => format!(
                "the peering of {} with {} is one of single subnets and leaves the subnet of {endpoint} out; ",
                self.near_name(),
                self.far_name(),
            ),
            Path::Possible(_) | Path::None => String::new(),
        }
    }

    /// What may lead there though no peering does; `why` is the model's own word for it.
    fn detour(&self, why: &str) -> String {
        let broken = self.broken().map(|broken| format!("{broken}; ")).unwrap_or_default();
        let [ours, theirs] = [self.from, self.to].map(|network| &self.topology.networks[network].virtual_wan);
        if ours.may_be_shared(theirs) {
            // Azure docs: about virtual hub routing.
            return format!(
                "{broken}{why}{}, whose hubs pass packets on unless their route tables keep the networks apart",
                shared_wan(ours, theirs),
            );
        }
        let hubs = self.hubs();
        if !hubs.is_empty() {
            return format!("{broken}{}", self.over_hubs(&hubs));
        }
        let bounds = [self.from, self.to].map(|network| self.topology.bounds(network));
        if bounds[0].island != bounds[1].island && bounds.iter().all(|bounds| bounds.gateway) {
            return format!("{broken}{why}: {}; {}", self.way_out(self.from), self.way_out(self.to));
        }
        format!("{broken}{why}")
    }

    /// Networks with which both are peered.
    fn hubs(&self) -> Vec<usize> {
        let theirs: Vec<usize> = self.topology.peers(self.to).collect();
        let mut hubs: Vec<usize> =
            self.topology.peers(self.from).filter(|hub| theirs.contains(hub)).collect();
        hubs.sort_unstable();
        hubs.dedup();
        hubs
    }

    /// Peering is not transitive (Azure docs: virtual network peering overview).
    fn over_hubs(&self, hubs: &[usize]) -> String {
        let names: Vec<&str> = hubs.iter().take(NAMED).map(|hub| self.name(*hub)).collect();
        let same = match hubs {
            [_] => format!("both networks are peered with one hub, {}", names.join(", ")),
            hubs => format!("both networks are peered with {} hubs ({})", hubs.len(), names.join(", ")),
        };
        let transit: String = hubs.iter().take(NAMED).filter_map(|hub| self.transit(*hub)).collect();
        format!(
            "{same}, and not with each other. Peerings do not pass on: a router or firewall there would have to forward, and routes lead to it{transit}"
        )
    }

    /// Who of the two uses the gateway of a hub. A VPN gateway may route between networks that both do (Azure docs:
    /// spoke-to-spoke networking; configure VPN gateway transit for virtual network peering).
    fn transit(&self, hub: usize) -> Option<String> {
        if !self.topology.has_gateway(hub) {
            return None;
        }
        let (from, to, hub_name) = (self.near_name(), self.far_name(), self.name(hub));
        Some(match (self.uses(self.from, hub), self.uses(self.to, hub)) {
            (true, true) => format!(
                "; both use the gateway of {hub_name} by gateway transit, and a VPN gateway may route between them"
            ),
            (true, false) => {
                format!("; {from} uses the gateway of {hub_name} by gateway transit, and {to} does not")
            }
            (false, true) => {
                format!("; {to} uses the gateway of {hub_name} by gateway transit, and {from} does not")
            }
            (false, false) => format!("; neither uses the gateway of {hub_name} (gateway transit)"),
        })
    }

    /// Whether a network uses the gateway of a peered one: it wants to, and the other side lets it.
    fn uses(&self, network: usize, hub: usize) -> bool {
        let mut wants = self.topology.peerings_between(network, hub);
        let mut offers = self.topology.peerings_between(hub, network);
        wants.any(|peering| peering.use_remote_gateways == Some(true))
            && offers.any(|peering| peering.allow_gateway_transit != Some(false))
    }

    /// How packets may leave Azure, or the part of it that is peered, from a network.
    fn way_out(&self, network: usize) -> String {
        let topology = self.topology;
        let name = self.name(network);
        if topology.has_gateway(network) {
            return format!("a gateway stands in {name} itself");
        }
        let with_gateway = || topology.peers(network).filter(|hub| topology.has_gateway(*hub));
        if let Some(hub) = with_gateway().find(|hub| self.uses(network, *hub)) {
            return format!("{name} uses the gateway of {} by gateway transit", self.name(hub));
        }
        if topology.networks[network].virtual_wan != VirtualWan::None {
            return format!("{name} is connected to Virtual WAN");
        }
        match with_gateway().next() {
            Some(hub) => {
                format!("{name} does not use the gateway of {} (no gateway transit)", self.name(hub))
            }
            None => format!("{name} hangs together with a network that has one"),
        }
    }

    /// Why nothing leads there.
    fn severed(&self) -> String {
        let broken = self.broken().unwrap_or_else(|| "the two are not peered".to_owned());
        let out = [self.from, self.to].map(|network| self.topology.bounds(network).gateway);
        let (from, to) = (self.near_name(), self.far_name());
        match out {
            [true, false] => {
                format!("{broken}; {}, and no gateway leads to {to}", self.way_out(self.from))
            }
            [false, true] => {
                format!("{broken}; {}, and no gateway leads to {from}", self.way_out(self.to))
            }
            [_, _] => format!("{broken}, and no hub or gateway that was read connects them"),
        }
    }

    /// A peering between the two that is not Connected.
    fn broken(&self) -> Option<String> {
        let ends = [(self.from, self.to), (self.to, self.from)];
        ends.into_iter().find_map(|(near, far)| {
            let peerings = &self.topology.inventory.virtual_networks[near].peerings;
            let mut ends = peerings.iter().zip(&self.topology.networks[near].remotes);
            let is = |(peering, remote): &(&Peering, &Remote)| {
                **remote == Remote::Network(far) && !is_connected(peering)
            };
            let (peering, _) = ends.find(is)?;
            let state = peering.state.as_deref().unwrap_or("without a state");
            Some(format!("the peering {} of {} is {state}", peering.id.name(), self.name(near)))
        })
    }

    /// The peerings that lead half the way.
    fn legs(&self) -> Facts {
        let legs = self.hubs().into_iter().take(NAMED).flat_map(|hub| {
            let mut legs: Facts = Vec::new();
            for spoke in [self.from, self.to] {
                let (name, hub_name) = (self.name(spoke), self.name(hub));
                let own = self.topology.peerings_between(spoke, hub).next();
                legs.extend(own.map(|peering| ("peering", leg(peering))));
                // What a router in the hub passes on comes from elsewhere (Azure docs: virtual network peering
                // overview, service chaining).
                if own.is_some_and(|peering| peering.allow_forwarded_traffic == Some(false)) {
                    legs.push(("forwardedTraffic", format!("{name} does not accept it from {hub_name}")));
                }
            }
            legs
        });
        legs.collect()
    }
}

fn leg(peering: &Peering) -> String {
    let state = peering.state.as_deref().unwrap_or("without a state");
    let holder = peering.id.parent();
    let holder = holder.as_ref().map_or("", ResourceId::name);
    format!("{} of {holder} is {state}", peering.id.name())
}

/// The Virtual WANs that two networks share, in brackets; nothing when they are not known.
fn shared_wan(ours: &VirtualWan, theirs: &VirtualWan) -> String {
    let (VirtualWan::Of(ours), VirtualWan::Of(theirs)) = (ours, theirs) else { return String::new() };
    let shared: Vec<&str> = ours.iter().filter(|wan| theirs.contains(wan)).map(ResourceId::name).collect();
    format!(" ({})", shared.join(", "))
}
