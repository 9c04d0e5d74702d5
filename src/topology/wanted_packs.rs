//! What a further round of reading should fetch for the packs: a list a subscription at first, and more only where it
//! told of something.

use std::collections::BTreeSet;

use super::Topology;
use super::wanted::targets_of;
use crate::inventory::{Kind, MigrationStorage, Pack, ResourceId, Role, Want, is_guid};

impl Topology {
    pub(super) fn want_packs(&self, wants: &mut BTreeSet<Want>) {
        let packs = &self.inventory.origin.scope.packs;
        if packs.contains(&Pack::AzureMigrate) {
            self.want_of_each_audited(Kind::MigrationResources, wants);
        }
        self.want_migrations(wants);
        if packs.contains(&Pack::ExpressRoute) {
            self.want_of_each_audited(Kind::ExpressRouteCircuits, wants);
            self.want_route_filters(wants);
        }
    }

    fn want_of_each_audited(&self, kind: Kind, wants: &mut BTreeSet<Want>) {
        for subscription in &self.inventory.coverage.subscriptions {
            if subscription.role == Role::Audited {
                self.want_list(&subscription.id, kind, wants);
            }
        }
    }

    /// An endpoint that leads to Azure Migrate, or to an account named like one of its caches, asks for what is there: of
    /// a public project, the cache alone has an endpoint (Azure docs: "Replicate data over ExpressRoute with Azure
    /// Migrate"). A project asks for its accounts, and for its vaults and the roles of its appliance where that was
    /// named.
    fn want_migrations(&self, wants: &mut BTreeSet<Want>) {
        let of_azure_migrate = |id: &&ResourceId| match Kind::of(id) {
            Some(Kind::MigrationResources) => true,
            Some(Kind::StorageAccounts) => MigrationStorage::of(id.name()).is_some(),
            _ => false,
        };
        for target in self.reported_endpoints().flat_map(targets_of).filter(of_azure_migrate) {
            self.want_list(target.subscription().unwrap_or_default(), Kind::MigrationResources, wants);
        }
        for project in &self.migration.projects {
            let subscription = project.id.subscription().unwrap_or_default().to_ascii_lowercase();
            if !self.lacks(&subscription, Kind::MigrationResources) {
                self.want_parts(&subscription, wants);
            }
        }
    }

    fn want_parts(&self, subscription: &str, wants: &mut BTreeSet<Want>) {
        let id = || subscription.to_owned();
        if self.lacks(subscription, Kind::StorageAccounts) {
            wants.insert(Want::StorageAccounts { subscription: id() });
        }
        let Some(appliance) = self.inventory.origin.scope.appliance.as_ref().filter(|id| is_guid(id)) else {
            return;
        };
        self.want_list(subscription, Kind::KeyVaults, wants);
        if self.lacks(subscription, Kind::RoleAssignments) {
            wants.insert(Want::Roles { subscription: id(), principal: appliance.clone() });
        }
    }

    /// The filters that Microsoft peerings name, and once the communities of Azure's own regions.
    fn want_route_filters(&self, wants: &mut BTreeSet<Want>) {
        let circuits = &self.inventory.circuits;
        let peerings = circuits.iter().flat_map(|circuit| &circuit.peerings);
        let filters: Vec<&ResourceId> =
            peerings.filter_map(|peering| peering.route_filter.as_ref()).collect();
        for filter in &filters {
            self.want_list(filter.subscription().unwrap_or_default(), Kind::RouteFilters, wants);
        }
        let coverage = &self.inventory.coverage;
        let asked = coverage.subscriptions.iter().any(|one| one.kinds.contains(&Kind::ServiceCommunities));
        let first = circuits.first().and_then(|circuit| circuit.id.subscription());
        if let (false, false, Some(subscription)) = (filters.is_empty(), asked, first) {
            self.want_list(subscription, Kind::ServiceCommunities, wants);
        }
    }

    fn want_list(&self, subscription: &str, kind: Kind, wants: &mut BTreeSet<Want>) {
        let subscription = subscription.to_ascii_lowercase();
        if self.lacks(&subscription, kind) {
            wants.insert(Want::List { subscription, kind });
        }
    }

    /// Whether a subscription answers and was not asked for a kind. Its id is text that anybody may have written, and
    /// becomes part of a URL.
    fn lacks(&self, subscription: &str, kind: Kind) -> bool {
        let coverage = self.inventory.coverage.subscription(subscription);
        is_guid(subscription)
            && self.knowledge.is_visible(subscription)
            && coverage.is_some_and(|subscription| !subscription.kinds.contains(&kind))
    }
}
