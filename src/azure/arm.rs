//! The lists of the management API: paths, api-versions and rights in one table. Sends nothing.

use url::Url;

use super::endpoints::Endpoints;
use super::limits::Lane;
use crate::inventory::{Kind, MIGRATION_TYPES, ResourceId, TargetType};

/// One kind's place in the management API.
struct Entry {
    kind: Kind,
    provider: &'static str,
    /// Below `/subscriptions/{id}/providers/{provider}/`, or below the parent resource.
    segment: &'static str,
    api_version: &'static str,
    lane: Lane,
    /// Whose children these are; `None` for a list over the whole subscription.
    parent: Option<Kind>,
}

const NETWORK: &str = "2024-05-01";
const PRIVATE_DNS: &str = "2024-06-01";
const RESOLVER: &str = "2022-07-01";
const SUBSCRIPTIONS: &str = "2022-12-01";
const PERMISSIONS: &str = "2022-04-01";
const MANAGEMENT_GROUPS: &str = "2020-05-01";
const STORAGE: &str = "2023-01-01";
/// Azure docs: the REST reference of Azure Databricks, "Workspaces" and "VNet Peering".
const DATABRICKS: &str = "2024-05-01";
/// Azure docs: the REST references of Key Vault ("Vaults", List By Subscription), of authorization ("Role
/// Assignments", List For Subscription) and of resource management ("Resources", List).
const KEY_VAULT: &str = "2023-07-01";
const AUTHORIZATION: &str = "2022-04-01";
const RESOURCES: &str = "2021-04-01";
const RESOURCE_GRAPH: &str = "2022-10-01";

/// Every list there is. Azure docs: the REST reference of Virtual Networks, Private Link, Private DNS, DNS
/// Private Resolver, Firewall, Load Balancer, Virtual WAN, ExpressRoute, Storage, Key Vault and Databricks, "List By
/// Subscription" and "List". The projects and sites of Azure Migrate have no list over a subscription that is
/// documented, and are asked for together: see [`migration_resources`].
const TABLE: [Entry; 28] = [
    network(Kind::PrivateEndpoints, "privateEndpoints"),
    network(Kind::NetworkInterfaces, "networkInterfaces"),
    private_dns(Kind::PrivateDnsZones, "privateDnsZones", None),
    private_dns(Kind::VirtualNetworkLinks, "virtualNetworkLinks", Some(Kind::PrivateDnsZones)),
    private_dns(Kind::RecordSets, "ALL", Some(Kind::PrivateDnsZones)),
    network(Kind::VirtualNetworks, "virtualNetworks"),
    resolver(Kind::DnsResolvers, "dnsResolvers", None),
    resolver(Kind::InboundEndpoints, "inboundEndpoints", Some(Kind::DnsResolvers)),
    resolver(Kind::DnsForwardingRulesets, "dnsForwardingRulesets", None),
    resolver(Kind::ForwardingRules, "forwardingRules", Some(Kind::DnsForwardingRulesets)),
    resolver(Kind::RulesetLinks, "virtualNetworkLinks", Some(Kind::DnsForwardingRulesets)),
    network(Kind::AzureFirewalls, "azureFirewalls"),
    network(Kind::FirewallPolicies, "firewallPolicies"),
    network(Kind::LoadBalancers, "loadBalancers"),
    network(Kind::PrivateLinkServices, "privateLinkServices"),
    network(Kind::RouteTables, "routeTables"),
    network(Kind::NetworkSecurityGroups, "networkSecurityGroups"),
    network(Kind::VirtualHubs, "virtualHubs"),
    network(Kind::HubConnections, "hubVirtualNetworkConnections").below(Kind::VirtualHubs),
    network(Kind::PrivateDnsZoneGroups, "privateDnsZoneGroups").below(Kind::PrivateEndpoints),
    other(Kind::StorageAccounts, "Microsoft.Storage", "storageAccounts", STORAGE),
    other(Kind::DatabricksWorkspaces, "Microsoft.Databricks", "workspaces", DATABRICKS),
    other(Kind::DatabricksPeerings, "Microsoft.Databricks", "virtualNetworkPeerings", DATABRICKS)
        .below(Kind::DatabricksWorkspaces),
    other(Kind::KeyVaults, "Microsoft.KeyVault", "vaults", KEY_VAULT),
    other(Kind::RoleAssignments, "Microsoft.Authorization", "roleAssignments", AUTHORIZATION),
    network(Kind::ExpressRouteCircuits, "expressRouteCircuits"),
    network(Kind::RouteFilters, "routeFilters"),
    network(Kind::ServiceCommunities, "bgpServiceCommunities"),
];

impl Entry {
    const fn below(self, parent: Kind) -> Entry {
        Entry { parent: Some(parent), ..self }
    }
}

const fn network(kind: Kind, segment: &'static str) -> Entry {
    let provider = "Microsoft.Network";
    Entry { kind, provider, segment, api_version: NETWORK, lane: Lane::Network, parent: None }
}

const fn private_dns(kind: Kind, segment: &'static str, parent: Option<Kind>) -> Entry {
    Entry { api_version: PRIVATE_DNS, lane: Lane::PrivateDns, parent, ..network(kind, segment) }
}

const fn resolver(kind: Kind, segment: &'static str, parent: Option<Kind>) -> Entry {
    Entry { api_version: RESOLVER, parent, ..network(kind, segment) }
}

const fn other(
    kind: Kind,
    provider: &'static str,
    segment: &'static str,
    api_version: &'static str,
) -> Entry {
    Entry { kind, provider, segment, api_version, lane: Lane::Targets, parent: None }
}

/// The kinds that a subscription is read for when only its private DNS counts.
pub(super) const OF_DNS: [Kind; 6] = [
    Kind::PrivateDnsZones,
    Kind::VirtualNetworkLinks,
    Kind::RecordSets,
    Kind::DnsForwardingRulesets,
    Kind::ForwardingRules,
    Kind::RulesetLinks,
];

/// One list: where it is, what it holds, and whose limits its pages count against.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub kind: Kind,
    pub url: Url,
    /// Id in lower case; empty for what belongs to none.
    pub subscription: String,
    /// The resource whose children are listed.
    pub parent: Option<ResourceId>,
    pub lane: Lane,
}

/// The list of one kind over a whole subscription; `None` for a kind that has no such list.
pub(super) fn over_subscription(endpoints: &Endpoints, kind: Kind, subscription: &str) -> Option<List> {
    if kind == Kind::MigrationResources {
        return Some(migration_resources(endpoints, subscription));
    }
    let entry = TABLE.iter().find(|entry| entry.kind == kind && entry.parent.is_none())?;
    let path = format!("/subscriptions/{subscription}/providers/{}/{}", entry.provider, entry.segment);
    Some(List {
        kind,
        url: endpoints.url(&path, entry.api_version),
        subscription: subscription.to_owned(),
        parent: None,
        lane: entry.lane,
    })
}

/// The projects and sites of Azure Migrate in a subscription, in one list. It tells no properties. That types may be
/// joined by `or` is not documented in so many words; a cloud that refuses it leaves a gap.
fn migration_resources(endpoints: &Endpoints, subscription: &str) -> List {
    let mut url = endpoints.url(&format!("/subscriptions/{subscription}/resources"), RESOURCES);
    let types = MIGRATION_TYPES.map(|name| format!("resourceType eq '{name}'"));
    url.query_pairs_mut().append_pair("$filter", &types.join(" or "));
    List {
        kind: Kind::MigrationResources,
        url,
        subscription: subscription.to_owned(),
        parent: None,
        lane: Lane::Targets,
    }
}

/// The role assignments of one identity (an object id), and of groups that it is in, in a subscription and above it
/// (Azure docs: "List Azure role assignments using the REST API", assignedTo).
pub(super) fn roles(endpoints: &Endpoints, subscription: &str, principal: &str) -> Option<List> {
    let mut list = over_subscription(endpoints, Kind::RoleAssignments, subscription)?;
    list.url.query_pairs_mut().append_pair("$filter", &format!("assignedTo('{principal}')"));
    Some(list)
}

/// The children of one kind that a resource has; `None` where that kind is nobody's child.
pub(super) fn children(endpoints: &Endpoints, kind: Kind, parent: &ResourceId) -> Option<List> {
    let entry = TABLE.iter().find(|entry| entry.kind == kind && entry.parent.is_some())?;
    let path = format!("{}/{}", path_of(parent), entry.segment);
    Some(List {
        kind,
        url: endpoints.url(&path, entry.api_version),
        subscription: parent.subscription().unwrap_or_default().to_ascii_lowercase(),
        parent: Some(parent.clone()),
        lane: entry.lane,
    })
}

/// A target itself, as a list of one; `None` for a type that is not asked.
pub(super) fn target(endpoints: &Endpoints, target: &ResourceId) -> Option<List> {
    let row = TargetType::of(target)?;
    // Of the kinds that are listed too, both answers shall be the same.
    let listed = Kind::of(target).and_then(|kind| TABLE.iter().find(|entry| entry.kind == kind));
    let version = listed.map_or(row.own_version, |entry| entry.api_version);
    Some(of_target(Kind::Targets, endpoints.url(&path_of(target), version), target))
}

/// What a target keeps of one kind: its connections or the group ids that it offers. `None` for a type that has
/// no such list.
pub(super) fn kept_by(endpoints: &Endpoints, kind: Kind, target: &ResourceId) -> Option<List> {
    let row = TargetType::of(target)?;
    // A private link service tells its connections itself, and offers no group ids.
    let is_service = Kind::of(target) == Some(Kind::PrivateLinkServices);
    let segment = segment_of(kind)?;
    if is_service || (kind == Kind::TargetConnections && !row.lists_connections) {
        return None;
    }
    let url = endpoints.url(&format!("{}/{segment}", path_of(target)), row.api_version);
    Some(of_target(kind, url, target))
}

/// The last segment of the URL under which a target keeps things of this kind.
pub(super) fn segment_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::TargetConnections => Some("privateEndpointConnections"),
        Kind::LinkResources => Some("privateLinkResources"),
        _ => None,
    }
}

fn path_of(resource: &ResourceId) -> String {
    format!("/{}", resource.as_str().trim_start_matches('/'))
}

fn of_target(kind: Kind, url: Url, target: &ResourceId) -> List {
    let subscription = target.subscription().unwrap_or_default().to_ascii_lowercase();
    List { kind, url, subscription, parent: Some(target.clone()), lane: Lane::Targets }
}

/// The kinds of the children of a kind that are read with it. Zone groups are not: no read costs one call per
/// endpoint.
pub(super) fn kinds_below(parent: Kind) -> Vec<Kind> {
    let below = |entry: &&Entry| entry.parent == Some(parent) && entry.kind != Kind::PrivateDnsZoneGroups;
    TABLE.iter().filter(below).map(|entry| entry.kind).collect()
}

/// The rights that a list over a subscription takes; without one ARM answers with what is left, or with 403. What is
/// the same for everybody takes none.
pub(super) fn read_actions(kind: Kind) -> Vec<String> {
    match kind {
        Kind::MigrationResources => MIGRATION_TYPES.map(|name| format!("{name}/read")).into(),
        Kind::ServiceCommunities => Vec::new(),
        _ => {
            let listed = TABLE.iter().filter(|entry| entry.kind == kind && entry.parent.is_none());
            listed.map(|entry| format!("{}/{}/read", entry.provider, entry.segment)).collect()
        }
    }
}

/// The rights that children of this kind take to be in what Resource Graph answers, which leaves out what the caller
/// may not read. Records are read of every type at once or type by type, and it is not documented which of the rights
/// counts, so that both are taken for needed.
pub(super) fn read_actions_of_children(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::VirtualNetworkLinks => &["Microsoft.Network/privateDnsZones/virtualNetworkLinks/read"],
        Kind::RecordSets => &[
            "Microsoft.Network/privateDnsZones/ALL/read",
            "Microsoft.Network/privateDnsZones/A/read",
            "Microsoft.Network/privateDnsZones/AAAA/read",
            "Microsoft.Network/privateDnsZones/CNAME/read",
        ],
        Kind::InboundEndpoints => &["Microsoft.Network/dnsResolvers/inboundEndpoints/read"],
        _ => &[],
    }
}

/// Where Resource Graph takes queries.
pub(super) fn resource_graph(endpoints: &Endpoints) -> Url {
    endpoints.url("/providers/Microsoft.ResourceGraph/resources", RESOURCE_GRAPH)
}

/// Every subscription the caller can see.
pub(super) fn subscriptions(endpoints: &Endpoints) -> List {
    List {
        kind: Kind::Subscriptions,
        url: endpoints.url("/subscriptions", SUBSCRIPTIONS),
        subscription: String::new(),
        parent: None,
        lane: Lane::Network,
    }
}

/// The subscription object itself.
pub(super) fn subscription(endpoints: &Endpoints, subscription: &str) -> Url {
    endpoints.url(&format!("/subscriptions/{subscription}"), SUBSCRIPTIONS)
}

/// What lies below a management group, at any depth. Whatever stands in the name, it stays one segment of the path.
pub(super) fn descendants(endpoints: &Endpoints, group: &str) -> Url {
    let mut url = endpoints.url("/providers/Microsoft.Management/managementGroups", MANAGEMENT_GROUPS);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend([group, "descendants"]);
    }
    url
}

/// What the caller may do in a subscription.
pub(super) fn permissions(endpoints: &Endpoints, subscription: &str) -> Url {
    let path = format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/permissions");
    endpoints.url(&path, PERMISSIONS)
}

/// Whether a refusal says that this very resource is not there, in a subscription that answers (Azure docs:
/// "Resolve errors for resource not found"). A service's own `NotFound` may mean anything.
pub(super) fn is_gone(status: Option<u16>, code: &str) -> bool {
    const CODES: [&str; 3] = ["ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound"];
    status == Some(404) && CODES.iter().any(|known| known.eq_ignore_ascii_case(code))
}

/// Whether a refusal says that the cloud or the subscription has no such kind at all, so that the list is empty
/// rather than unread (Azure docs: "Common ARM errors": NoRegisteredProviderFound, MissingSubscriptionRegistration,
/// InvalidResourceType).
pub(super) fn is_not_offered(status: Option<u16>, code: &str) -> bool {
    const CODES: [&str; 5] = [
        "NoRegisteredProviderFound",
        "InvalidResourceType",
        "InvalidResourceNamespace",
        "MissingSubscriptionRegistration",
        "SubscriptionNotRegistered",
    ];
    matches!(status, Some(400 | 404 | 409)) && CODES.iter().any(|known| known.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Cloud;

    fn endpoints() -> Endpoints {
        Endpoints::new(Cloud::AzureCloud, None, None).unwrap()
    }

    #[test]
    fn the_table_knows_every_kind_that_is_asked_for() {
        for kind in Kind::LISTED {
            let parent = ResourceId::new("/subscriptions/S/resourceGroups/g/providers/Microsoft.Network/x/y");
            let list = over_subscription(&endpoints(), kind, "s").or(children(&endpoints(), kind, &parent));
            let list = list.unwrap();
            assert_eq!((list.kind, list.subscription.as_str()), (kind, "s"));
            assert!(list.url.query().unwrap().starts_with("api-version=20"), "{}", list.url);
        }
    }

    #[test]
    fn urls_are_those_of_the_reference() {
        let list = over_subscription(&endpoints(), Kind::PrivateDnsZones, "3f25").unwrap();
        assert_eq!(
            list.url.as_str(),
            "https://management.azure.com/subscriptions/3f25/providers/Microsoft.Network/privateDnsZones\
             ?api-version=2024-06-01"
        );
        let zone = "/subscriptions/3F25/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/a.b";
        let list = children(&endpoints(), Kind::RecordSets, &ResourceId::new(zone)).unwrap();
        assert_eq!(
            list.url.as_str(),
            format!("https://management.azure.com{zone}/ALL?api-version=2024-06-01")
        );
        assert_eq!((list.subscription.as_str(), list.lane), ("3f25", Lane::PrivateDns));
        assert_eq!(
            permissions(&endpoints(), "3f25").path(),
            "/subscriptions/3f25/providers/Microsoft.Authorization/permissions"
        );
    }

    #[test]
    fn children_belong_to_their_parents() {
        assert_eq!(kinds_below(Kind::PrivateDnsZones), [Kind::VirtualNetworkLinks, Kind::RecordSets]);
        assert_eq!(kinds_below(Kind::DnsResolvers), [Kind::InboundEndpoints]);
        assert_eq!(kinds_below(Kind::DnsForwardingRulesets), [Kind::ForwardingRules, Kind::RulesetLinks]);
        assert_eq!(kinds_below(Kind::VirtualHubs), [Kind::HubConnections]);
        assert_eq!(kinds_below(Kind::DatabricksWorkspaces), [Kind::DatabricksPeerings]);
        assert!(kinds_below(Kind::PrivateEndpoints).is_empty(), "no read costs one call per endpoint");
    }

    #[test]
    fn targets_are_asked_with_their_own_versions() {
        let cosmos = ResourceId::new(
            "/subscriptions/S/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/c",
        );
        let url = |list: Option<List>| list.map(|list| list.url.to_string());
        let base = format!("https://management.azure.com{cosmos}");
        assert_eq!(url(target(&endpoints(), &cosmos)), Some(format!("{base}?api-version=2020-03-01")));
        assert_eq!(url(kept_by(&endpoints(), Kind::TargetConnections, &cosmos)), None, "they stand in it");
        assert_eq!(
            url(kept_by(&endpoints(), Kind::LinkResources, &cosmos)),
            Some(format!("{base}/privateLinkResources?api-version=2019-08-01-preview"))
        );
        let of =
            |kind: &str| ResourceId::new(&format!("/subscriptions/s/resourceGroups/g/providers/{kind}/x"));
        let service = of("Microsoft.Network/privateLinkServices");
        let own = url(target(&endpoints(), &service)).unwrap();
        assert!(own.ends_with(NETWORK), "{own}: the version of the list of them");
        assert_eq!(url(kept_by(&endpoints(), Kind::TargetConnections, &service)), None);
        assert_eq!(url(target(&endpoints(), &of("Microsoft.Contoso/things"))), None);
        assert_eq!(url(kept_by(&endpoints(), Kind::Targets, &cosmos)), None);
    }

    #[test]
    fn what_is_gone_is_told_from_what_cannot_be_seen() {
        for code in ["ResourceNotFound", "resourcegroupnotfound", "ParentResourceNotFound"] {
            assert!(is_gone(Some(404), code), "{code}");
            assert!(!is_gone(Some(403), code) && !is_gone(None, code), "{code}");
        }
        for code in ["SubscriptionNotFound", "InvalidResourceType", "NotFound", "HttpStatus"] {
            assert!(!is_gone(Some(404), code), "{code}");
        }
    }

    #[test]
    fn rights_are_asked_for_lists_only() {
        assert_eq!(read_actions(Kind::PrivateEndpoints), ["Microsoft.Network/privateEndpoints/read"]);
        assert_eq!(read_actions(Kind::DatabricksWorkspaces), ["Microsoft.Databricks/workspaces/read"]);
        assert_eq!(read_actions(Kind::MigrationResources).len(), MIGRATION_TYPES.len());
        assert!(
            read_actions(Kind::RecordSets).is_empty() && read_actions(Kind::ServiceCommunities).is_empty()
        );
    }

    #[test]
    fn what_packs_ask_for_is_asked_in_one_list() {
        let list = over_subscription(&endpoints(), Kind::MigrationResources, "3f25").unwrap();
        assert_eq!(list.url.path(), "/subscriptions/3f25/resources");
        let filter = list.url.query_pairs().find(|(name, _)| name == "$filter").unwrap().1.into_owned();
        assert!(filter.starts_with("resourceType eq 'Microsoft.Migrate/migrateProjects' or "), "{filter}");
        assert_eq!(filter.matches(" or ").count(), MIGRATION_TYPES.len() - 1);
        let list = roles(&endpoints(), "3f25", "0b6f").unwrap();
        assert_eq!(list.url.path(), "/subscriptions/3f25/providers/Microsoft.Authorization/roleAssignments");
        assert!(list.url.query_pairs().any(|pair| pair.0 == "$filter" && pair.1 == "assignedTo('0b6f')"));
    }

    #[test]
    fn a_kind_that_is_not_offered_is_told_from_one_that_is_not_readable() {
        assert!(is_not_offered(Some(404), "InvalidResourceType"));
        assert!(is_not_offered(Some(400), "noregisteredproviderfound"));
        assert!(is_not_offered(Some(409), "MissingSubscriptionRegistration"));
        assert!(!is_not_offered(Some(403), "InvalidResourceType"));
        assert!(!is_not_offered(Some(404), "SubscriptionNotFound"));
        assert!(!is_not_offered(Some(404), "ResourceGroupNotFound"));
        assert!(!is_not_offered(None, "InvalidResourceType"));
    }
}
