//! What is Azure's own and says nothing of a customer: everything else is replaced.

use std::collections::BTreeSet;
use std::sync::{LazyLock, OnceLock};

use crate::inventory::{Cloud, Measure};
use crate::topology::zones::{Words, ZoneTable, ZoneTableError};

/// Names that rules know, and names that Azure gives: of subnets, resources and labels that many have.
const NAMES: [&str; 24] = [
    "AzureBastionSubnet",
    "AzureFirewallManagementSubnet",
    "AzureFirewallSubnet",
    "GatewaySubnet",
    "RouteServerSubnet",
    "default",
    "nic",
    "privatelink",
    "privatelinkservice",
    // Zones whose suffixes resolvers never forward, whichever cloud the estate is in.
    "azure",
    "windows",
    "windowsazure",
    "usgovcloudapi",
    "chinacloudapi",
    "cn",
    "us",
    "arpa",
    // Segments of ids: where a name is one of them, ids come apart otherwise than they seem to.
    "subscriptions",
    "resourceGroups",
    "providers",
    "virtualNetworks",
    // Peerings of circuits, which have no other names.
    "AzurePrivatePeering",
    "AzurePublicPeering",
    "MicrosoftPeering",
];

/// States, choices, protocols, steps of time and permissions, as the management API spells them.
const VALUES: [&str; 135] = [
    "*",
    "Accepted",
    "AH",
    "all",
    "Allow",
    "Approved",
    "Approving",
    "AZFW_Hub",
    "AZFW_VNet",
    "AzurePrivatePeering",
    "AzurePublicPeering",
    "AzureServices",
    "backup",
    "Basic",
    "BlobStorage",
    "BlockBlobStorage",
    "Canceled",
    "Completed",
    "Connected",
    "Connecting",
    "create",
    "Creating",
    "decrypt",
    "Default",
    "delete",
    "deleteIssuers",
    "deleteSAS",
    "Deleting",
    "Deny",
    "Deprovisioning",
    "Developer",
    "Disabled",
    "Disabling",
    "Disconnected",
    "Disconnecting",
    "Enabled",
    "Enabling",
    "encrypt",
    "ESP",
    "Failed",
    "FileStorage",
    "Free",
    "FullyInSync",
    "Gateway",
    "get",
    "getIssuers",
    "getRotationPolicy",
    "getSAS",
    "HyperNetGateway",
    "ICMP",
    "import",
    "Inbound",
    "Initiated",
    "InProgress",
    "Internet",
    "list",
    "listIssuers",
    "listSAS",
    "LocalAndRemoteNotInSync",
    "LocalNotInSync",
    "Logging",
    "manageContacts",
    "manageIssuers",
    "Metrics",
    "MicrosoftPeering",
    "Moving",
    "NetworkSecurityGroupEnabled",
    "None",
    "NotProvisioned",
    "NotSpecified",
    "NxDomainRedirect",
    "Outbound",
    "P1D",
    "Pending",
    "Premium",
    "Premium_LRS",
    "Premium_ZRS",
    "Provisioned",
    "Provisioning",
    "ProvisioningFailed",
    "PT12H",
    "PT15M",
    "PT1H",
    "PT1M",
    "PT30M",
    "PT5M",
    "PT6H",
    "purge",
    "Ready",
    "recover",
    "regenerateKey",
    "Rejected",
    "Rejecting",
    "release",
    "RemoteNotInSync",
    "Removed",
    "ResolvingDNS",
    "restore",
    "rotate",
    "RouteTableEnabled",
    "Running",
    "S0",
    "SecuredByPerimeter",
    "set",
    "setIssuers",
    "setRotationPolicy",
    "setSAS",
    "sign",
    "Standard",
    "Standard_GRS",
    "Standard_GZRS",
    "Standard_LRS",
    "Standard_RAGRS",
    "Standard_RAGZRS",
    "Standard_v2",
    "Standard_ZRS",
    "Starting",
    "Stopped",
    "Storage",
    "StorageV2",
    "Succeeded",
    "Success",
    "TCP",
    "Timeout",
    "UDP",
    "Unknown",
    "unwrapKey",
    "update",
    "Updating",
    "verify",
    "VirtualAppliance",
    "VirtualNetworkGateway",
    "VirtualNetworkServiceEndpoint",
    "VnetLocal",
    "wrapKey",
];

/// Service tags that stand in rules and routes (Azure docs: virtual network service tags).
const SERVICE_TAGS: [&str; 24] = [
    "Any",
    "ApiManagement",
    "AppService",
    "AppServiceManagement",
    "AzureActiveDirectory",
    "AzureBackup",
    "AzureCloud",
    "AzureContainerRegistry",
    "AzureCosmosDB",
    "AzureFrontDoor",
    "AzureKeyVault",
    "AzureLoadBalancer",
    "AzureMonitor",
    "AzurePlatformDNS",
    "AzureResourceManager",
    "AzureSiteRecovery",
    "AzureTrafficManager",
    "EventHub",
    "GatewayManager",
    "Internet",
    "ServiceBus",
    "Sql",
    "Storage",
    "VirtualNetwork",
];

/// Error codes: plaudit's own and those that the management API gives most.
const CODES: [&str; 42] = [
    "AuthenticationFailed",
    "AuthorizationFailed",
    "BadRequest",
    "BodyTooLarge",
    "ConnectionClosed",
    "ConnectionFailed",
    "Conflict",
    "DisallowedOperation",
    "Forbidden",
    "ForeignNextLink",
    "GatewayTimeout",
    "HttpStatus",
    "InternalServerError",
    "InvalidApiVersionParameter",
    "InvalidAuthenticationToken",
    "InvalidAuthenticationTokenTenant",
    "InvalidResourceType",
    "InvalidSubscriptionId",
    "LinkedAuthorizationFailed",
    "MalformedField",
    "MalformedItem",
    "MalformedPage",
    "ManagementGroupEmpty",
    "MissingPermission",
    "MissingSubscriptionRegistration",
    "NoRegisteredProviderFound",
    "NotFound",
    "PagingLoop",
    "ParentResourceNotFound",
    "PlainHttp",
    "RequestFailed",
    "ResourceGroupNotFound",
    "ResourceNotFound",
    "ServiceUnavailable",
    "SignInFailed",
    "Stopped",
    "SubscriptionNotFound",
    "SubscriptionNotRegistered",
    "TimedOut",
    "TooManyRequests",
    "Unauthorized",
    "UnsupportedMediaType",
];

/// Types of the product's own kinds; the zone table knows the types of targets.
const CHILD_TYPES: [&str; 2] = ["privateendpointconnections", "privatelinkresources"];

static LISTS: LazyLock<[BTreeSet<String>; 3]> =
    LazyLock::new(|| [lower(&VALUES), lower(&SERVICE_TAGS), lower(&CODES)]);

fn lower(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| word.to_ascii_lowercase()).collect()
}

/// Azure's own words, of every cloud: which one a name belongs to is not always told.
pub(super) fn azure() -> Result<&'static Words, ZoneTableError> {
    static WORDS: OnceLock<Words> = OnceLock::new();
    if let Some(words) = WORDS.get() {
        return Ok(words);
    }
    let mut words = Words::default();
    for cloud in [Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud] {
        ZoneTable::embedded(cloud)?.add_words(&mut words);
    }
    words.labels.extend(lower(&NAMES));
    Ok(WORDS.get_or_init(|| words))
}

pub(super) fn is_value(text: &str) -> bool {
    LISTS[0].contains(&text.to_ascii_lowercase())
}

/// Whether this is a metric that is asked for.
pub(super) fn is_metric(text: &str) -> bool {
    let mut metrics = Measure::ALL.into_iter().flat_map(Measure::metrics);
    metrics.any(|name| name.eq_ignore_ascii_case(text))
}

/// Whether an answer of Azure Monitor is kept under this name.
pub(super) fn is_measure(text: &str) -> bool {
    Measure::ALL.into_iter().any(|measure| measure.name().eq_ignore_ascii_case(text))
}

pub(super) fn is_code(text: &str) -> bool {
    LISTS[2].contains(&text.to_ascii_lowercase())
}

/// Whether this is a service tag, of one region or of all.
pub(super) fn is_service_tag(words: &Words, text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let (tag, region) = text.split_once('.').unwrap_or((&text, ""));
    LISTS[1].contains(tag) && (region.is_empty() || words.regions.contains(region))
}

/// Whether a namespace of resource providers is Microsoft's, whose types have names of Microsoft's. Of custom
/// providers only the first type has (Azure docs: Azure Custom Resource Providers).
pub(super) fn is_microsoft(namespace: &str) -> bool {
    let namespace = namespace.to_ascii_lowercase();
    let own = namespace.strip_prefix("microsoft.").is_some_and(is_identifier);
    own && namespace != "microsoft.customproviders"
}

pub(super) fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

pub(super) fn is_child_type(segment: &str) -> bool {
    CHILD_TYPES.contains(&&*segment.to_ascii_lowercase())
}
