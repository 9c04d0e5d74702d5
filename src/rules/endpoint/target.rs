//! Rules about what endpoints lead to: PE-005, PE-012, PE-015.

use foldhash::{HashMap, HashMapExt};

use super::anew::made_anew;
use super::connection::{is_changing, reported};
use crate::finding::{Cause, Confidence};
use crate::inventory::{
    Connection, Kind, LinkResource, MigrationStorage, PrivateEndpoint, ResourceId, Target, TargetType,
};
use crate::rules::dns::diagnosis::{Why, is_approved, reason};
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::Topology;
use crate::topology::endpoints::Status;
use crate::topology::knowledge::Seen;

/// Why what an endpoint leads to was never asked for.
pub(super) mod unasked {
    pub(in crate::rules::endpoint) const ALIAS: &str = "connection names an alias, and no resource";
    pub(in crate::rules::endpoint) const TYPE: &str = "target's type cannot be asked";
    pub(in crate::rules::endpoint) const APPROVED: &str = "target was not asked for: --deep asks for all";
    pub(in crate::rules::endpoint) const OUT_OF_SIGHT: &str = "target's subscription cannot be seen";
    pub(in crate::rules::endpoint) const NO_TARGET: &str = "connection names no target";
}

/// Whether a target was asked for and is not there. PE-005 says so, and no other rule says more of the connection.
/// Private link services have rules of their own.
pub(in crate::rules) fn is_gone(topology: &Topology, target: &ResourceId) -> bool {
    topology.target_was_asked(target)
        && Kind::of(target) != Some(Kind::PrivateLinkServices)
        && topology.target(target) == Seen::Absent
}

/// Why a connection's target was never asked for; `None` where it was.
pub(super) fn why_unasked(topology: &Topology, connection: &Connection) -> Option<&'static str> {
    let Some(target) = &connection.target else { return Some(unasked::NO_TARGET) };
    if topology.target_was_asked(target) {
        return None;
    }
    if target.resource_type().is_none() {
        return Some(unasked::ALIAS);
    }
    if TargetType::of(target).is_none() {
        return Some(unasked::TYPE);
    }
    let coverage = &topology.inventory.coverage;
    let seen = target.subscription().is_some_and(|id| coverage.subscription(id).is_some());
    Some(if seen { unasked::APPROVED } else { unasked::OUT_OF_SIGHT })
}

/// PE-005: what an endpoint leads to is no more.
pub(in crate::rules) fn missing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (_, endpoint) in reported(topology) {
        if is_changing(endpoint) {
            sink.not_judged("endpoint is being changed");
            continue;
        }
        for connection in &endpoint.connections {
            judge_presence(topology, endpoint, connection, sink);
        }
    }
}

fn judge_presence(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    sink: &mut Sink<'_>,
) {
    let target = match (&connection.target, why_unasked(topology, connection)) {
        // Rules about private link services tell of one that is not there.
        (Some(target), _) if Kind::of(target) == Some(Kind::PrivateLinkServices) => return,
        (_, Some(reason)) => return sink.not_judged(reason),
        (None, None) => return sink.not_judged(unasked::NO_TARGET),
        (Some(target), None) => target,
    };
    match topology.target(target) {
        Seen::Found(_) => sink.pass(),
        Seen::Unknown(unread) => {
            let message = format!("whether {} still exists is not known", target.name());
            sink.unknown(&Why::Unread(unread), of_target(endpoint, connection, target, message));
        }
        // Azure takes the connections of what is deleted away; what was moved keeps them.
        Seen::Absent if Status::of(connection) == Status::Approved => {
            sink.fail(Confidence::Probable, missing_draft(topology, endpoint, connection, target));
        }
        Seen::Absent => sink.fail(Confidence::Certain, missing_draft(topology, endpoint, connection, target)),
    }
}

fn of_target(
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
    message: String,
) -> Draft {
    let cause = Cause { kind: "target", id: target.to_string() };
    Draft::new(&endpoint.id, cause, message.clone(), message)
        .detail(&connection.name)
        .related("target", target)
        .evidence("connection", &*connection.name)
        .evidence("status", connection.status.as_deref().unwrap_or("none"))
}

fn missing_draft(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
) -> Draft {
    let (name, gone) = (endpoint.id.name(), target.name());
    let approved = Status::of(connection) == Status::Approved;
    let message = match approved {
        true => format!(
            "{name} is approved and leads to {gone}, which does not exist where it says: it was moved or deleted"
        ),
        false => format!("{name} leads to {gone}, which does not exist"),
    };
    let mut draft = of_target(endpoint, connection, target, message);
    draft.headline = format!("{gone}: endpoints lead to it, and it does not exist");
    if approved {
        draft = draft.advice(format!(
            "look where {gone} is now: if it was moved, names may still reach it, and the endpoint is best made anew with its new id"
        ));
    }
    let draft = draft.advice(format!(
        "if {gone} was deleted by mistake, restore it or make it again first: the old connection does not come back"
    ));
    // What may have been moved has another id now.
    let id = if approved { ResourceId::new("<target-id>") } else { target.clone() };
    let connection = Connection { target: Some(id), ..connection.clone() };
    let title = format!("make it anew, if it is still wanted and {gone} is there");
    made_anew(topology, endpoint, Some(&connection), draft, &title)
}

/// PE-012: a target that endpoints lead to still answers from everywhere. One finding a target.
pub(in crate::rules) fn public(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut of_target: HashMap<&ResourceId, Vec<usize>> = HashMap::new();
    for (index, endpoint) in reported(topology) {
        if !is_approved(topology, index) {
            sink.not_judged(reason::NOT_APPROVED);
            continue;
        }
        let state = endpoint.provisioning_state.as_deref();
        if !state.is_none_or(|state| state.eq_ignore_ascii_case("Succeeded")) {
            sink.not_judged(reason::IN_PROGRESS);
            continue;
        }
        let approved = |connection: &&Connection| Status::of(connection) == Status::Approved;
        for connection in endpoint.connections.iter().filter(approved) {
            match (&connection.target, why_unasked(topology, connection)) {
                (Some(target), None) => of_target.entry(target).or_default().push(index),
                (_, reason) => sink.not_judged(reason.unwrap_or(unasked::NO_TARGET)),
            }
        }
    }
    for (id, endpoints) in of_target {
        match topology.target(id) {
            // PE-005 tells it.
            Seen::Absent => {}
            Seen::Unknown(unread) => sink.unknown(&Why::Unread(unread), access_unread(id)),
            Seen::Found(target) => {
                judge_access(topology, &topology.inventory.targets[target], &endpoints, sink);
            }
        }
    }
}

fn judge_access(topology: &Topology, target: &Target, endpoints: &[usize], sink: &mut Sink<'_>) {
    if serves_migration(topology, &target.id) {
        return sink.not_judged("Azure Migrate needs its public endpoint");
    }
    let is = |text: Option<&str>, known: &str| text.is_some_and(|text| text.eq_ignore_ascii_case(known));
    let access = target.public_network_access.as_deref().filter(|access| !access.is_empty());
    if is(access, "Disabled") || is(access, "SecuredByPerimeter") {
        return sink.pass();
    }
    let action = target.default_action.as_deref().filter(|action| !action.is_empty());
    if (access.is_none() || action.is_none())
        && let Some(unread) = topology.knowledge.field(&target.id)
    {
        return sink.unknown(&Why::Unread(unread), access_unread(&target.id));
    }
    match (access, action) {
        (None, _) => sink.not_judged("target does not tell whether it is public"),
        (Some(_), Some(action)) if !action.eq_ignore_ascii_case("Allow") => sink.pass(),
        (Some(_), _) => sink.fail(Confidence::Certain, public_draft(topology, target, endpoints)),
    }
}

/// The accounts that Azure Migrate caches and carries data through, which its service reaches from outside (Azure
/// docs: replicate over private link): those beside a project, or by their names alone where nobody read whether a
/// project is beside them.
fn serves_migration(topology: &Topology, target: &ResourceId) -> bool {
    if Kind::of(target) != Some(Kind::StorageAccounts) || MigrationStorage::of(target.name()).is_none() {
        return false;
    }
    let subscription = target.subscription().unwrap_or_default();
    topology.migration.role(target).is_some()
        || topology.knowledge.list(subscription, Kind::MigrationResources).is_some()
}

fn access_unread(target: &ResourceId) -> Draft {
    let message = format!("whether {} answers from everywhere is not known", target.name());
    let cause = Cause { kind: "target", id: target.to_string() };
    Draft::new(target, cause, message.clone(), message)
}

fn public_draft(topology: &Topology, target: &Target, endpoints: &[usize]) -> Draft {
    let message = format!(
        "{} has private endpoints, and still answers anybody on its public endpoint who has a key or a token",
        target.id.name()
    );
    let cause = Cause { kind: "target", id: target.id.to_string() };
    let mut draft = Draft::new(&target.id, cause, message.clone(), message)
        .evidence("publicNetworkAccess", target.public_network_access.as_deref().unwrap_or("none"))
        .evidence("defaultAction", target.default_action.as_deref().unwrap_or("none"))
        .evidence("endpoints", endpoints.len());
    for endpoint in endpoints.iter().take(SHOWN) {
        draft = draft.related("privateEndpoint", &topology.inventory.private_endpoints[*endpoint].id);
    }
    draft
        .advice("make sure first that every client comes through a private endpoint: all others are cut off at once")
        .command("close the public endpoint", remedy::close_public_access(&target.id))
}

/// How many endpoints a finding about their target names.
pub(super) const SHOWN: usize = 10;

/// PE-015: an endpoint asks its target for a group id that it does not offer.
pub(in crate::rules) fn unknown_group(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (_, endpoint) in reported(topology) {
        for connection in &endpoint.connections {
            if let Some(target) = &connection.target
                && has_own_groups(target)
            {
                sink.not_judged("target's group ids are its owner's own");
                continue;
            }
            match (&connection.target, why_unasked(topology, connection)) {
                (Some(target), None) => judge_groups(topology, endpoint, connection, target, sink),
                (_, reason) => sink.not_judged(reason.unwrap_or(unasked::NO_TARGET)),
            }
        }
    }
}

/// Targets whose group ids are none, are frontends of theirs, or are volume groups of theirs.
fn has_own_groups(target: &ResourceId) -> bool {
    const TYPES: [&str; 3] = [
        "Microsoft.Network/privateLinkServices",
        "Microsoft.Network/applicationGateways",
        "Microsoft.ElasticSan/elasticSans",
    ];
    TYPES.iter().any(|kind| target.is_type(kind))
}

fn judge_groups(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
    sink: &mut Sink<'_>,
) {
    if connection.group_ids.is_empty() {
        return sink.not_judged("connection names no group id");
    }
    let groups_unread = || {
        let message = format!("which group ids {} offers is not known", target.name());
        of_target(endpoint, connection, target, message)
    };
    let offered = match topology.groups_of(target) {
        Seen::Found(offered) => offered,
        // PE-005 tells it.
        Seen::Absent if is_gone(topology, target) => return,
        Seen::Absent => return sink.not_judged("target tells no group ids"),
        Seen::Unknown(unread) if unread.gaps.is_empty() => return sink.not_judged(unasked::APPROVED),
        Seen::Unknown(unread) => return sink.unknown(&Why::Unread(unread), groups_unread()),
    };
    let known = |group: &str| offered.iter().any(|own| is_offered(own, group));
    let Some(odd) = connection.group_ids.iter().find(|group| !known(group)) else { return sink.pass() };
    if let Some(nameless) = offered.iter().find(|own| own.group_id.is_none()) {
        return match topology.knowledge.field(&nameless.id) {
            Some(unread) => sink.unknown(&Why::Unread(unread), groups_unread()),
            None => sink.not_judged("target tells no group ids"),
        };
    }
    // Azure let the connection come about, so that what the target tells may be short.
    let approved = Status::of(connection) == Status::Approved;
    let confidence = if approved { Confidence::Probable } else { Confidence::Certain };
    sink.fail(confidence, group_draft(topology, endpoint, connection, target, odd, &offered));
}

/// Whether a group id is the one offered, its replica in the other region (`blob_secondary`), or a web app's slot
/// (`sites-staging`): these are not always listed (Azure docs: private link resources).
fn is_offered(own: &LinkResource, group: &str) -> bool {
    let Some(known) = own.group_id.as_deref() else { return false };
    let group = group.to_ascii_lowercase();
    let known = known.to_ascii_lowercase();
    group == known
        || group.strip_suffix("_secondary") == Some(&*known)
        || (known == "sites" && group.starts_with("sites-"))
}

fn group_draft(
    topology: &Topology,
    endpoint: &PrivateEndpoint,
    connection: &Connection,
    target: &ResourceId,
    odd: &str,
    offered: &[&LinkResource],
) -> Draft {
    let mut known: Vec<&str> = offered.iter().filter_map(|own| own.group_id.as_deref()).collect();
    known.sort_unstable();
    let message = format!(
        "{} asks {} for group id `{odd}`, which it does not offer: {}",
        endpoint.id.name(),
        target.name(),
        known.join(", "),
    );
    let chosen = if let [only] = known.as_slice() { *only } else { "<group-id>" };
    let anew = Connection { group_ids: vec![chosen.into()], ..connection.clone() };
    let draft = of_target(endpoint, connection, target, message)
        .evidence("groupId", odd)
        .evidence("offered", known)
        .advice("a group id cannot be changed: the endpoint has to go");
    let title = "make it anew with a group id that is offered";
    let mut draft = made_anew(topology, endpoint, Some(&anew), draft, title);
    draft.cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    draft.headline = format!("{}: its target does not offer its group id", endpoint.id.name());
    draft
}
