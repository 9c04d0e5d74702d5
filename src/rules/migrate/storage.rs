//! MIG-002 to MIG-005: the accounts that replicated data, and the state of replication, pass through.

use super::{draft, for_each_part, unread};
use crate::finding::Confidence;
use crate::inventory::{Kind, PrivateEndpoint, ResourceId, Target};
use crate::rules::dns::diagnosis::{Why, is_approved};
use crate::rules::endpoint::lake::others;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::Topology;
use crate::topology::endpoints::target_and_group;
use crate::topology::knowledge::Seen;
use crate::topology::migration::{MigrationProject, MigrationRole};

const KINDS: [Kind; 2] = [Kind::MigrationResources, Kind::StorageAccounts];

/// MIG-002: replication is to go over private peering, and no endpoint leads to the cache account.
pub(in crate::rules) fn cache_without_endpoint(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    if !estate.settings.expect_er.private {
        return;
    }
    let topology = estate.topology;
    for_each_part(estate, MigrationRole::CacheStorage, |project, account| {
        let to_blobs: Vec<usize> = topology
            .endpoints_of(account)
            .iter()
            .copied()
            .filter(|index| leads_to_blobs(&topology.inventory.private_endpoints[*index]))
            .collect();
        if to_blobs.iter().any(|index| is_approved(topology, *index)) {
            return sink.pass();
        }
        if to_blobs.iter().any(|index| topology.endpoints[*index].reported) {
            return sink.not_judged("rules about its connection tell of the account's endpoint");
        }
        match others(topology, account) {
            Ok(confidence) => sink.fail(confidence, without_endpoint(project, account)),
            Err(unread) => {
                let message = format!("whether an endpoint leads to {} is not known", account.name());
                sink.unknown(&Why::Unread(unread), draft(project, account, message));
            }
        }
    });
    unread(estate, &KINDS, "which cache accounts have private endpoints", sink);
}

/// Whether an approved endpoint leads to an account's blobs.
fn has_blob_endpoint(topology: &Topology, account: &ResourceId) -> bool {
    topology.endpoints_of(account).iter().any(|index| {
        leads_to_blobs(&topology.inventory.private_endpoints[*index]) && is_approved(topology, *index)
    })
}

fn leads_to_blobs(endpoint: &PrivateEndpoint) -> bool {
    target_and_group(endpoint).is_some_and(|(_, group)| group.eq_ignore_ascii_case("blob"))
}

fn without_endpoint(project: &MigrationProject, account: &ResourceId) -> Draft {
    let message = format!(
        "cache storage account {} of Azure Migrate project {} has no approved private endpoint for blob: replication does not go over ExpressRoute private peering",
        account.name(),
        project.id.name()
    );
    draft(project, account, message)
        .evidence("groupId", "blob")
        .advice("put it into a network that holds the ExpressRoute gateway, or is connected to the one that does")
        .command("make the endpoint", remedy::create_blob_endpoint(account))
        .advice("have its record written into privatelink.blob, and let the appliance's DNS see it; keep the account's public endpoint open, which Azure Migrate itself uses")
}

/// The account itself, or why it is not to be judged.
fn account<'a>(
    topology: &'a Topology,
    project: &MigrationProject,
    id: &ResourceId,
    what: &str,
    sink: &mut Sink<'_>,
) -> Option<&'a Target> {
    match topology.target(id) {
        Seen::Found(index) => Some(&topology.inventory.targets[index]),
        // PE-005 tells it, where an endpoint leads to it.
        Seen::Absent => None,
        Seen::Unknown(why) => {
            let message = format!("{what} {} is not known", id.name());
            sink.unknown(&Why::Unread(why), draft(project, id, message));
            None
        }
    }
}

/// MIG-003: an account of a kind that private endpoints cannot lead to.
pub(in crate::rules) fn cache_kind(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for_each_part(estate, MigrationRole::CacheStorage, |project, id| {
        let wanted =
            estate.settings.expect_er.private || project.is_private || !topology.endpoints_of(id).is_empty();
        if !wanted {
            return sink.not_judged("nobody wants a private endpoint for the account");
        }
        let Some(account) = account(topology, project, id, "of which kind is", sink) else { return };
        let kind = account.account_kind.as_deref().unwrap_or_default();
        match (kind.to_ascii_lowercase().as_str(), topology.knowledge.field(id)) {
            ("storagev2", _) => sink.pass(),
            ("", Some(why)) => {
                let message = format!("the kind of {} is not known", id.name());
                sink.unknown(&Why::Unread(why), draft(project, id, message));
            }
            ("", None) => sink.not_judged("account does not tell its kind"),
            // Of all kinds, private endpoints leave out this alone (Azure docs: "Use private endpoints for Azure
            // Storage").
            ("storage", _) => sink.fail(Confidence::Certain, old_kind(project, id, kind, true)),
            _ if has_blob_endpoint(topology, id) => sink.pass(),
            ("blobstorage", _) => sink.fail(Confidence::Possible, old_kind(project, id, kind, true)),
            // Somebody chose these.
            _ => sink.fail(Confidence::Probable, old_kind(project, id, kind, false)),
        }
    });
    unread(estate, &KINDS, "of which kind cache accounts are", sink);
}

fn old_kind(project: &MigrationProject, id: &ResourceId, kind: &str, upgrade: bool) -> Draft {
    let message = format!(
        "cache storage account {} of Azure Migrate project {} is of kind {kind}: replication over private endpoints takes a general-purpose v2 account",
        id.name(),
        project.id.name()
    );
    let draft = draft(project, id, message).evidence("kind", kind);
    if upgrade {
        return draft.command("upgrade it, which cannot be undone", remedy::upgrade_account(id));
    }
    draft.advice(
        "an account of this kind cannot be upgraded: let the replication use a general-purpose v2 account",
    )
}

/// How an account's public endpoint stands.
enum Public<'a> {
    Open,
    /// Closed but for the services that Azure trusts.
    Trusted,
    /// Open to single addresses or networks.
    Some,
    Closed(&'a str),
    /// Guarded by a perimeter, of which nothing is known here.
    Perimeter,
    Untold,
}

fn public(account: &Target) -> Public<'_> {
    let is = |text: &str, known: &str| text.eq_ignore_ascii_case(known);
    let access = account.public_network_access.as_deref().unwrap_or_default();
    if is(access, "Disabled") {
        return Public::Closed("publicNetworkAccess is Disabled");
    }
    if is(access, "SecuredByPerimeter") {
        return Public::Perimeter;
    }
    let Some(action) = account.default_action.as_deref().filter(|action| !action.is_empty()) else {
        return Public::Untold;
    };
    if is(action, "Allow") {
        return Public::Open;
    }
    let bypass = account.bypass.as_deref().unwrap_or_default();
    match bypass.split(',').any(|who| is(who.trim(), "AzureServices")) {
        true if account.has_network_rules => Public::Some,
        true => Public::Trusted,
        false if account.has_network_rules => Public::Some,
        false => Public::Closed("networkAcls deny everybody, and services that Azure trusts too"),
    }
}

/// Whether services that Azure trusts get in.
fn trusts_azure(account: &Target) -> bool {
    let bypass = account.bypass.as_deref().unwrap_or_default();
    bypass.split(',').any(|who| who.trim().eq_ignore_ascii_case("AzureServices"))
}

/// MIG-004: Azure Migrate itself cannot reach the cache account.
pub(in crate::rules) fn cache_closed(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for_each_part(estate, MigrationRole::CacheStorage, |project, id| {
        let Some(account) = account(topology, project, id, "whether Azure Migrate reaches", sink) else {
            return;
        };
        // Only the agentless way moves data through the public endpoint, and no other makes such an account; but
        // that servers of VMware are replicated is seen by their site alone.
        let floor = if project.has_vmware_site { Confidence::Certain } else { Confidence::Probable };
        match public(account) {
            Public::Open | Public::Trusted => sink.pass(),
            Public::Some if trusts_azure(account) => sink.pass(),
            Public::Some => {
                let why = "networkAcls let single addresses in, and not the services that Azure trusts";
                sink.fail(floor, closed_cache(topology, project, account, why));
            }
            Public::Closed(why) => sink.fail(floor, closed_cache(topology, project, account, why)),
            Public::Perimeter => sink.not_judged("a network security perimeter guards the account"),
            Public::Untold => untold(topology, project, id, sink),
        }
    });
    unread(estate, &KINDS, "whether Azure Migrate reaches cache accounts", sink);
}

fn untold(topology: &Topology, project: &MigrationProject, id: &ResourceId, sink: &mut Sink<'_>) {
    match topology.knowledge.field(id) {
        Some(why) => {
            let message = format!("whether {} can be reached publicly is not known", id.name());
            sink.unknown(&Why::Unread(why), draft(project, id, message));
        }
        None => sink.not_judged("account does not tell whether it is public"),
    }
}

fn access_of(draft: Draft, account: &Target) -> Draft {
    draft
        .evidence("publicNetworkAccess", account.public_network_access.as_deref().unwrap_or("none"))
        .evidence("defaultAction", account.default_action.as_deref().unwrap_or("none"))
        .evidence("bypass", account.bypass.as_deref().unwrap_or("none"))
}

fn closed_cache(topology: &Topology, project: &MigrationProject, account: &Target, why: &str) -> Draft {
    let message = format!(
        "Azure Migrate cannot move data out of cache storage account {} of project {}: {why}",
        account.id.name(),
        project.id.name()
    );
    // Without rules the account is open to everybody as soon as its public endpoint is.
    let denies = account.default_action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("Deny"));
    let has_endpoint = has_blob_endpoint(topology, &account.id);
    let deny = !denies && has_endpoint;
    let title = match denies || deny {
        true => "open the public endpoint to services that Azure trusts alone",
        false => {
            "open the public endpoint, to everybody who has a key or a token: no approved private endpoint leads to its blobs, and servers must get in"
        }
    };
    let bypass = account.bypass.as_deref().unwrap_or_default();
    let draft = access_of(draft(project, &account.id, message), account)
        .command(title, remedy::open_to_azure(&account.id, bypass, deny));
    if !has_endpoint {
        return draft;
    }
    draft.advice("servers still send their data through the private endpoint: what resolves the account's name decides that")
}

/// MIG-005: the appliance cannot reach the gateway account over the internet.
pub(in crate::rules) fn gateway_closed(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for_each_part(estate, MigrationRole::GatewayStorage, |project, id| {
        let Some(account) = account(topology, project, id, "whether the appliance reaches", sink) else {
            return;
        };
        match public(account) {
            Public::Open => sink.pass(),
            Public::Perimeter => sink.not_judged("a network security perimeter guards the account"),
            Public::Untold => untold(topology, project, id, sink),
            Public::Closed(why) => sink.fail(Confidence::Certain, closed_gateway(project, account, why)),
            Public::Trusted => {
                let why = "networkAcls let nobody in but services that Azure trusts";
                sink.fail(Confidence::Certain, closed_gateway(project, account, why));
            }
            Public::Some => {
                let why = "networkAcls let single addresses in, and the appliance's must be among them";
                sink.fail(Confidence::Possible, closed_gateway(project, account, why));
            }
        }
    });
    unread(estate, &KINDS, "whether appliances reach gateway accounts", sink);
}

fn closed_gateway(project: &MigrationProject, account: &Target, why: &str) -> Draft {
    let message = format!(
        "gateway storage account {} of Azure Migrate project {} takes no traffic from the internet, which the appliance needs: {why}",
        account.id.name(),
        project.id.name()
    );
    access_of(draft(project, &account.id, message), account)
        .command("open the public endpoint", remedy::open_to_internet(&account.id))
        .advice("let the appliance's proxy bypass name the cache account alone, never all of blob storage: this account is reached over the internet")
}
