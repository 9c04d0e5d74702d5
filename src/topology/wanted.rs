//! What should be read before judging: what the estate points at, and the zone groups and targets of suspects.

use std::collections::{BTreeSet, HashSet};
use std::net::IpAddr;

use super::Topology;
use super::clients::whole_id;
use super::endpoints::Status;
use super::knowledge::{Seen, Unread};
use super::networks::{is_connected, is_virtual_hub_peering};
use super::options::DeclaredServer;
use super::records::suffixes;
use crate::inventory::{Kind, Peering, PrivateEndpoint, ResourceId, Role, TargetType, Want, is_guid};

impl Topology {
    /// What a further round of reading should fetch; empty when nothing more would help. Each thing is asked for
    /// once: what was asked and failed is a gap.
    pub fn wanted(&self) -> Vec<Want> {
        let mut wants = BTreeSet::new();
        if self.inventory.origin.scope.context {
            self.want_subscriptions(&mut wants);
        }
        self.want_passed_over_zones(&mut wants);
        self.want_packs(&mut wants);
        if wants.is_empty() {
            // What costs a call each comes last: only then is it known who is a suspect, and what can be seen.
            self.want_zone_groups(&mut wants);
            if self.inventory.origin.scope.deep {
                self.want_every_target(&mut wants);
                self.want_databricks(&mut wants);
            } else {
                self.want_targets_of_suspects(&mut wants);
                self.want_storage_accounts(&mut wants);
            }
        }
        wants.into_iter().collect()
    }

    fn want_subscriptions(&self, wants: &mut BTreeSet<Want>) {
        let mut want = |id: &ResourceId, kind: Kind| {
            // Text from Azure becomes part of a URL here.
            let Some(subscription) = id.subscription().filter(|id| is_guid(id)) else { return };
            let subscription = subscription.to_ascii_lowercase();
            if !self.was_asked(&subscription, kind) {
                let dns = !self.was_asked(&subscription, Kind::PrivateDnsZones);
                wants.insert(Want::Subscription { id: subscription, role: Role::Context, dns });
            }
        };
        for network in self.networks_of_concern() {
            let network = &self.inventory.virtual_networks[network];
            let real = network.peerings.iter().filter(|peering| self.leads_somewhere(peering));
            real.filter_map(|peering| peering.remote.as_ref()).for_each(|id| want(id, Kind::VirtualNetworks));
        }
        for link in self.inventory.links.iter().filter(|link| self.is_audited(&link.id)) {
            link.virtual_network.iter().for_each(|id| want(id, Kind::VirtualNetworks));
        }
        for group in &self.inventory.zone_groups {
            let zones = group.configs.iter().filter_map(|config| config.zone.as_ref());
            zones.for_each(|id| want(id, Kind::PrivateDnsZones));
        }
        for declared in self.options.dns_servers.values() {
            if let DeclaredServer::ResolvesThrough(id) = declared {
                want(id, Kind::VirtualNetworks);
            }
        }
        self.options
            .client_networks
            .iter()
            .filter_map(whole_id)
            .for_each(|id| want(&id, Kind::VirtualNetworks));
        let no_rules = self.inventory.forwarding_rules.is_empty();
        let domains = if no_rules { HashSet::new() } else { self.domains() };
        let asked = self.asked(self.networks_of_concern(), &domains);
        asked.policies.iter().for_each(|id| want(id, Kind::FirewallPolicies));
        self.places_of(&asked.lost, |id| want(id, Kind::VirtualNetworks));
    }

    /// Whether the other end of a peering is worth reading. A hub's network is Microsoft's; and what is left of a
    /// peering whose other end is gone often names a subscription that is gone too, or another company's.
    fn leads_somewhere(&self, peering: &Peering) -> bool {
        let gone = peering.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("Disconnected"));
        let subscription = peering.remote.as_ref().and_then(ResourceId::subscription);
        let visible = subscription.is_some_and(|id| self.inventory.coverage.subscription(id).is_some());
        !is_virtual_hub_peering(peering) && (!gone || visible)
    }

    /// Hands on networks that may hold one of these addresses: those that a peering, anywhere in what was read,
    /// says to hold it, and those of resolvers and firewalls that do.
    fn places_of<'a>(&'a self, addresses: &BTreeSet<IpAddr>, mut each: impl FnMut(&'a ResourceId)) {
        if addresses.is_empty() {
            return;
        }
        let leads = |peering: &&Peering| {
            let space = || peering.remote_address_space.iter().flatten();
            is_connected(peering)
                && !is_virtual_hub_peering(peering)
                && space().any(|prefix| addresses.iter().any(|address| prefix.contains(address)))
        };
        let peerings = self.inventory.virtual_networks.iter().flat_map(|network| &network.peerings);
        peerings.filter(leads).filter_map(|peering| peering.remote.as_ref()).for_each(&mut each);
        let inbound = self.inventory.inbound_endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
        let firewalls = self.inventory.firewalls.iter().flat_map(|firewall| &firewall.addresses);
        inbound
            .chain(firewalls)
            .filter(|held| held.address.is_some_and(|address| addresses.contains(&address)))
            .filter_map(|held| held.subnet.as_ref())
            .for_each(each);
    }

    /// Every name of an endpoint and all it lies in.
    fn domains(&self) -> HashSet<&str> {
        let names = self.endpoints.iter().flat_map(|endpoint| &endpoint.requirements.names);
        names.flat_map(|name| suffixes(&name.needed.fqdn).chain(suffixes(&name.needed.alias))).collect()
    }

    /// Zones passed over because of their names, in which a name of an endpoint lies after all.
    fn want_passed_over_zones(&self, wants: &mut BTreeSet<Want>) {
        let unrelated = &self.inventory.coverage.unrelated_zones;
        if unrelated.is_empty() {
            return;
        }
        let mut names = self.domains();
        let targets = self.inventory.record_sets.iter().filter_map(|set| set.cname.as_deref());
        names.extend(targets.flat_map(suffixes));
        for zone in unrelated {
            if names.contains(zone.name().to_ascii_lowercase().as_str()) {
                wants.insert(Want::ZoneChildren { zone: zone.clone() });
            }
        }
    }

    /// Endpoints whose names stand in no readable zone with the right address and that show no other sign of
    /// where their zone is; all that are reported on, when the run is deep.
    fn want_zone_groups(&self, wants: &mut BTreeSet<Want>) {
        let deep = self.inventory.origin.scope.deep;
        for (index, endpoint) in self.inventory.private_endpoints.iter().enumerate() {
            let due = if deep { self.endpoints[index].reported } else { self.is_suspect(index) };
            if due && !self.zone_groups_asked(&endpoint.id) {
                wants.insert(Want::ZoneGroups { endpoint: endpoint.id.clone() });
            }
        }
    }

    fn is_suspect(&self, index: usize) -> bool {
        let endpoint = &self.inventory.private_endpoints[index];
        let joined = &self.endpoints[index];
        let approved = endpoint.connections.iter().any(|c| Status::of(c) == Status::Approved);
        // A list that is not empty is evidence that there is no zone group.
        if !joined.reported || !approved || !endpoint.custom_dns_configs.is_empty() {
            return false;
        }
        let names = &joined.requirements.names;
        let unproven = names.iter().any(|name| !self.has_own_record(index, name));
        unproven || (names.is_empty() && !joined.requirements.choices.is_empty())
    }

    /// Whether some readable zone holds this name with one of the endpoint's addresses.
    fn has_own_record(&self, index: usize, name: &super::endpoints::ExpectedName) -> bool {
        let own = &self.endpoints[index].addresses;
        let mut zones = suffixes(&name.needed.alias).flat_map(|zone| self.records.zones_named(zone));
        zones.any(|zone| {
            let relative = super::records::relative(&name.needed.alias, &self.inventory.zones[*zone].name);
            let sets = self.records.exactly(*zone, relative.unwrap_or("@"));
            sets.iter().any(|set| self.inventory.record_sets[*set].addresses.iter().any(|a| own.contains(a)))
        })
    }

    /// What endpoints lead to whose connection was not approved, or no longer is: it may be gone, or say more.
    fn want_targets_of_suspects(&self, wants: &mut BTreeSet<Want>) {
        let suspicious = |status| match status {
            Status::Pending | Status::Rejected | Status::Disconnected | Status::Unrecognised => true,
            // On its way, or not told for a moment.
            Status::Approved | Status::InProgress | Status::Absent => false,
        };
        for endpoint in self.reported_endpoints() {
            let suspects = endpoint.connections.iter().filter(|c| suspicious(Status::of(c)));
            suspects
                .filter_map(|connection| connection.target.as_ref())
                .for_each(|id| self.want_target(id, wants));
        }
    }

    fn want_every_target(&self, wants: &mut BTreeSet<Want>) {
        for target in self.reported_endpoints().flat_map(targets_of) {
            self.want_target(target, wants);
            let asked = self.inventory.coverage.was_asked(Kind::LinkResources, target);
            // A private link service offers no group ids.
            if !asked && self.may_be_asked(target) && Kind::of(target) != Some(Kind::PrivateLinkServices) {
                wants.insert(Want::LinkResources { target: target.clone() });
            }
        }
    }

    fn want_target(&self, target: &ResourceId, wants: &mut BTreeSet<Want>) {
        let asked = self.inventory.coverage.was_asked(Kind::Targets, target);
        // A list of its kind may have told of it already.
        let listed = || Kind::of(target) == Some(Kind::PrivateLinkServices) && self.is_settled(target);
        if !asked && self.may_be_asked(target) && !listed() {
            wants.insert(Want::Target { target: target.clone() });
        }
    }

    /// Whether a private link service was seen, or missed, in a list that was read whole.
    fn is_settled(&self, service: &ResourceId) -> bool {
        !matches!(self.service(service), Seen::Unknown(_))
    }

    /// Accounts of which an endpoint leads to the blobs alone, or to the files of the data lake alone. Whether
    /// that is a mistake is for the account to say, and it is so common that each subscription is asked once for
    /// all of them.
    fn want_storage_accounts(&self, wants: &mut BTreeSet<Want>) {
        let approved = |endpoint: &&PrivateEndpoint| {
            endpoint.connections.iter().any(|c| Status::of(c) == Status::Approved)
        };
        let leads_to = |endpoint: &PrivateEndpoint, group: &str| {
            groups_of(endpoint).any(|own| own.eq_ignore_ascii_case(group))
        };
        let half = |endpoint: &&PrivateEndpoint| leads_to(endpoint, "blob") || leads_to(endpoint, "dfs");
        let suspects = self.reported_endpoints().filter(approved).filter(half).flat_map(targets_of);
        let accounts = suspects.filter(|id| Kind::of(id) == Some(Kind::StorageAccounts));
        for account in accounts.collect::<BTreeSet<_>>() {
            let others = self.endpoints_of(account).iter();
            let others = others.map(|index| &self.inventory.private_endpoints[*index]).filter(approved);
            let others: Vec<&PrivateEndpoint> = others.collect();
            let any = |group: &str| others.iter().any(|endpoint| leads_to(endpoint, group));
            if any("blob") == any("dfs") || self.target_was_asked(account) || !self.may_be_asked(account) {
                continue;
            }
            let subscription = account.subscription().map(str::to_ascii_lowercase);
            wants.extend(subscription.map(|subscription| Want::StorageAccounts { subscription }));
        }
    }

    fn want_databricks(&self, wants: &mut BTreeSet<Want>) {
        for subscription in &self.inventory.coverage.subscriptions {
            let id = &subscription.id;
            let asked = subscription.kinds.contains(&Kind::DatabricksWorkspaces);
            if subscription.role == Role::Audited && !asked && self.knowledge.is_visible(id) {
                wants.insert(Want::Databricks { subscription: id.clone() });
            }
        }
    }

    /// Whether a target is of a type that can be asked, in a subscription that answers. The id is text that
    /// anybody may have written, and becomes part of a URL.
    fn may_be_asked(&self, target: &ResourceId) -> bool {
        let text = target.as_str();
        let plain = text.strip_prefix('/').is_some_and(|path| path.split('/').all(is_plain));
        let subscription = text.split('/').nth(2).filter(|id| is_guid(id));
        plain
            && text.split('/').nth(1).is_some_and(|first| first.eq_ignore_ascii_case("subscriptions"))
            && subscription.is_some_and(|id| self.knowledge.is_visible(id))
            && TargetType::of(target).is_some()
    }

    pub(super) fn reported_endpoints(&self) -> impl Iterator<Item = &PrivateEndpoint> {
        let both = self.inventory.private_endpoints.iter().zip(&self.endpoints);
        both.filter(|(_, joined)| joined.reported).map(|(endpoint, _)| endpoint)
    }

    fn zone_groups_asked(&self, endpoint: &ResourceId) -> bool {
        self.inventory.coverage.was_asked(Kind::PrivateDnsZoneGroups, endpoint)
    }

    fn was_asked(&self, subscription: &str, kind: Kind) -> bool {
        match self.knowledge.list(subscription, kind) {
            None => true,
            Some(Unread { gaps, .. }) => !gaps.is_empty(),
        }
    }

    /// The networks whose own view is judged: those audited, and those that a configuration calls clients.
    fn networks_of_concern(&self) -> impl Iterator<Item = usize> + '_ {
        let clients = &self.clients.found;
        (0..self.networks.len()).filter(move |network| {
            self.is_audited(&self.inventory.virtual_networks[*network].id)
                || clients.binary_search(network).is_ok()
        })
    }

    fn is_audited(&self, id: &ResourceId) -> bool {
        let subscription = id.subscription().and_then(|id| self.inventory.coverage.subscription(id));
        subscription.is_some_and(|subscription| subscription.role == Role::Audited)
    }
}

/// Whether a segment of a path stands for itself in a URL.
fn is_plain(segment: &str) -> bool {
    let odd = |c: char| c.is_control() || matches!(c, '?' | '#' | '%' | '\\');
    !matches!(segment, "" | "." | "..") && !segment.contains(odd)
}

/// What an endpoint leads to.
pub(super) fn targets_of(endpoint: &PrivateEndpoint) -> impl Iterator<Item = &ResourceId> {
    endpoint.connections.iter().filter_map(|connection| connection.target.as_ref())
}

fn groups_of(endpoint: &PrivateEndpoint) -> impl Iterator<Item = &str> {
    endpoint.connections.iter().flat_map(|connection| &connection.group_ids).map(|group| &**group)
}
