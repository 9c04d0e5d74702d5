//! MIG-007 to MIG-009: a project's endpoints, as far as no rule about single endpoints tells of them.

use std::collections::BTreeSet;

use super::{draft, projects, unread};
use crate::finding::Confidence;
use crate::inventory::{Kind, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::endpoint::connection::with_approval;
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::Topology;
use crate::topology::endpoints::{Status, target_and_group};
use crate::topology::knowledge::Seen;
use crate::topology::migration::{MigrationProject, MigrationRole};

/// MIG-007: a part of a project is waited for, or cut off, by an endpoint that is not reported on itself.
pub(in crate::rules) fn not_approved(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut seen = BTreeSet::new();
    for project in projects(estate) {
        for (index, role) in &project.endpoints {
            // Two projects in one group share their parts.
            if !seen.insert(*index) {
                continue;
            }
            if topology.endpoints[*index].reported {
                sink.not_judged("PE-001, PE-002 and PE-003 tell of the endpoint");
                continue;
            }
            judge_connection(topology, project, *index, *role, sink);
        }
    }
    unread(estate, &[Kind::MigrationResources], "whether endpoints of Azure Migrate are approved", sink);
}

fn judge_connection(
    topology: &Topology,
    project: &MigrationProject,
    index: usize,
    role: MigrationRole,
    sink: &mut Sink<'_>,
) {
    let endpoint = &topology.inventory.private_endpoints[index];
    let Some((target, _)) = target_and_group(endpoint) else { return };
    for connection in &endpoint.connections {
        let status = connection.status.as_deref().unwrap_or("none");
        let part = topology.migration.role_in_words(target).unwrap_or_else(|| role.title().to_owned());
        let message = format!(
            "endpoint {}, in another place than what is reported on, leads to {} ({part}), and its connection is {status}",
            endpoint.id.name(),
            target.name(),
        );
        let about = || {
            draft(project, target, message.clone())
                .detail(&endpoint.id.lower())
                .related("privateEndpoint", &endpoint.id)
                .evidence("status", status)
        };
        match Status::of(connection) {
            Status::Approved => sink.pass(),
            Status::InProgress | Status::Absent => sink.not_judged("connection is being changed"),
            Status::Unrecognised => {
                sink.unknown(&Why::Undecided("connection status is not recognised"), about());
            }
            Status::Pending => {
                sink.fail(Confidence::Certain, with_approval(about(), &endpoint.id, target, None));
            }
            Status::Rejected | Status::Disconnected => {
                let draft = about()
                    .advice("have the endpoint's owner delete it and make it anew, and approve it then");
                sink.fail(Confidence::Certain, draft);
            }
        }
    }
}

/// MIG-008: a private project has no use for the Service Bus namespace that a public one needs.
pub(in crate::rules) fn needless_bus(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut seen = BTreeSet::new();
    for project in projects(estate) {
        if !project.is_private {
            sink.not_judged("project is not seen to be private");
            continue;
        }
        let mut buses =
            project.endpoints.iter().filter(|(_, role)| *role == MigrationRole::ServiceBus).peekable();
        if buses.peek().is_none() {
            sink.pass();
            continue;
        }
        for (index, _) in buses.filter(|(index, _)| seen.insert(*index)) {
            let endpoint = &topology.inventory.private_endpoints[*index];
            let Some((target, _)) = target_and_group(endpoint) else { continue };
            // A public project beside it may be the one that the namespace serves.
            if !topology.migration.served_by(target).all(|project| project.is_private) {
                sink.not_judged("a project of the same resource group is not seen to be private");
                continue;
            }
            let message = format!(
                "Service Bus namespace {} and its endpoint {} are of no use: project {} is private, and then replication goes through no Service Bus",
                target.name(),
                endpoint.id.name(),
                project.id.name()
            );
            let draft = draft(project, target, message)
                .detail(&endpoint.id.lower())
                .related("privateEndpoint", &endpoint.id)
                .advice("pass over what articles say of a Service Bus when a private project is looked into")
                .command(
                    "delete the endpoint, if nothing else uses it",
                    remedy::delete_endpoint(&endpoint.id),
                );
            sink.fail(Confidence::Certain, draft);
        }
    }
    unread(estate, &[Kind::MigrationResources], "whether private projects keep Service Bus namespaces", sink);
}

/// MIG-009: a part of a project has endpoints, and none in a network in which the project itself has one.
pub(in crate::rules) fn elsewhere(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let mut seen = BTreeSet::new();
    for project in projects(estate) {
        let own = match networks(topology, project, |role, _| role == MigrationRole::Project) {
            Ok(own) => own,
            Err(why) => {
                let message = format!(
                    "in which network the endpoint of project {} stands is not known",
                    project.id.name()
                );
                sink.unknown(&why, draft(project, &project.id, message));
                continue;
            }
        };
        if own.is_empty() {
            sink.not_judged("no endpoint of the project itself is in sight");
            continue;
        }
        let others = project
            .parts
            .iter()
            .filter(|(_, role)| *role != MigrationRole::Project && role.is_reached_privately());
        for (part, role) in others.filter(|(part, _)| seen.insert(part)) {
            judge_place(topology, project, (part, *role), sink);
        }
    }
    unread(estate, &[Kind::MigrationResources], "where endpoints of Azure Migrate stand", sink);
}

fn judge_place(
    topology: &Topology,
    project: &MigrationProject,
    (part, role): (&ResourceId, MigrationRole),
    sink: &mut Sink<'_>,
) {
    let (own, each_known) = match networks_of_served(topology, part) {
        Ok(found) => found,
        Err(why) => return sink.unknown(&why, place_unknown(project, part)),
    };
    let name = |network: &usize| topology.inventory.virtual_networks[*network].id.name();
    match networks(topology, project, |_, target| target == part) {
        Ok(theirs) if theirs.is_empty() => {}
        Ok(theirs) if !theirs.is_disjoint(&own) => sink.pass(),
        Ok(theirs) => {
            let (expected, found): (Vec<&str>, Vec<&str>) =
                (own.iter().map(name).collect(), theirs.iter().map(name).collect());
            let message = format!(
                "{} {} has its endpoint in {}, and project {} has its own in {}: an appliance that reaches one may not reach the other",
                role.title(),
                part.name(),
                found.join(", "),
                project.id.name(),
                expected.join(", ")
            );
            let mut draft = draft(project, part, message)
                .detail(&project.id.lower())
                .evidence("expected", expected)
                .evidence("found", found);
            for network in &theirs {
                draft = draft.related("virtualNetwork", &topology.inventory.virtual_networks[*network].id);
            }
            let sure = each_known && topology.migration.is_surely_part(part);
            sink.fail(
                if sure { Confidence::Certain } else { Confidence::Possible },
                draft.advice("make an endpoint in the project's network too, and take the other away if nobody else uses it; leave it where the appliance reaches both networks"),
            );
        }
        Err(why) => sink.unknown(&why, place_unknown(project, part)),
    }
}

fn place_unknown(project: &MigrationProject, part: &ResourceId) -> Draft {
    let message = format!("in which network the endpoint of {} stands is not known", part.name());
    draft(project, part, message).detail(&project.id.lower())
}

/// The networks in which the projects that a part may serve have their own endpoints, and whether each has one.
fn networks_of_served(topology: &Topology, part: &ResourceId) -> Result<(BTreeSet<usize>, bool), Why> {
    let mut all = BTreeSet::new();
    let mut each_known = true;
    for project in topology.migration.served_by(part) {
        let own = networks(topology, project, |role, _| role == MigrationRole::Project)?;
        each_known &= !own.is_empty();
        all.extend(own);
    }
    Ok((all, each_known))
}

/// The networks of a project's endpoints that fit, unless one of them is not known.
fn networks(
    topology: &Topology,
    project: &MigrationProject,
    fits: impl Fn(MigrationRole, &ResourceId) -> bool,
) -> Result<BTreeSet<usize>, Why> {
    let mut found = BTreeSet::new();
    for (index, role) in &project.endpoints {
        let endpoint = &topology.inventory.private_endpoints[*index];
        let Some((target, _)) = target_and_group(endpoint) else { continue };
        if !fits(*role, target) {
            continue;
        }
        match &topology.endpoints[*index].network {
            Seen::Found(network) => drop(found.insert(*network)),
            Seen::Absent => return Err(Why::Undecided("endpoint's network is not there")),
            Seen::Unknown(unread) => return Err(Why::Unread(unread.clone())),
        }
    }
    Ok(found)
}
