//! The rules of the Azure Migrate pack. Faults of single endpoints are told by the rules about endpoints and names,
//! which say what role an endpoint plays; these tell what lies between a project, its parts and the way to them.

pub(super) mod access;
pub(super) mod endpoints;
pub(super) mod storage;
pub(super) mod way;
pub(super) mod zones;

use super::dns::diagnosis::Why;
use super::{Draft, Estate, Sink};
use crate::finding::Cause;
use crate::inventory::{Gap, Kind, MigrationStorage, Pack, ResourceId, Role};
use crate::topology::is_reported;
use crate::topology::knowledge::Unread;
use crate::topology::migration::{MigrationProject, MigrationRole};

/// The projects that are reported on.
fn projects<'a>(estate: &'a Estate<'a>) -> impl Iterator<Item = &'a MigrationProject> {
    estate.topology.migration.projects.iter().filter(|project| project.reported)
}

/// Hands on each part of this role of the projects that are reported on, once.
fn for_each_part<'a>(
    estate: &'a Estate<'a>,
    wanted: MigrationRole,
    mut each: impl FnMut(&'a MigrationProject, &'a ResourceId),
) {
    let mut seen: Vec<&ResourceId> = Vec::new();
    for project in projects(estate) {
        for (id, role) in &project.parts {
            if *role == wanted && !seen.contains(&id) {
                seen.push(id);
                each(project, id);
            }
        }
    }
}

/// A draft about a part of a project.
fn draft(project: &MigrationProject, part: &ResourceId, message: String) -> Draft {
    let cause = Cause { kind: "target", id: part.to_string() };
    let draft = Draft::new(part, cause, message.clone(), message);
    if *part == project.id { draft } else { draft.related("migrateProject", &project.id) }
}

/// Says what could not be judged because one of these kinds was not read: the gaps in audited subscriptions, and
/// subscriptions that were not asked though the pack was asked for.
fn unread(estate: &Estate<'_>, kinds: &[Kind], what: &str, sink: &mut Sink<'_>) {
    let inventory = &estate.topology.inventory;
    for (index, gap) in inventory.coverage.gaps.iter().enumerate() {
        if !kinds.contains(&gap.kind) || is_of_others(gap) {
            continue;
        }
        let Some(subject) = place(gap).filter(|id| is_reported(inventory, id)) else { continue };
        let why = Why::Unread(Unread { gaps: vec![index], ..Unread::default() });
        sink.unknown(&why, unread_draft(&subject, what));
    }
    for (subscription, kind) in unasked(estate, kinds) {
        let subject = ResourceId::new(&format!("/subscriptions/{subscription}"));
        if !is_reported(inventory, &subject) {
            continue;
        }
        let not_asked = format!(
            "{} of subscription {subscription} were not asked for: read with --pack {}",
            kind.title(),
            Pack::AzureMigrate.name()
        );
        let why = Why::Unread(Unread { not_asked, ..Unread::default() });
        sink.unknown(&why, unread_draft(&subject, what));
    }
}

/// Whether a gap takes away something that is there all the same, or an account that serves no migration.
fn is_of_others(gap: &Gap) -> bool {
    let account = gap.resource.as_ref().filter(|_| gap.kind == Kind::StorageAccounts);
    gap.code == "MalformedField" || account.is_some_and(|id| MigrationStorage::of(id.name()).is_none())
}

fn unread_draft(subject: &ResourceId, what: &str) -> Draft {
    let message = format!("{what} in {} cannot be known", subject.name());
    let cause = Cause { kind: "gap", id: subject.to_string() };
    Draft::new(subject, cause, message.clone(), message)
}

/// The first of these kinds that an audited subscription was not asked for, where it ought to have been: the projects
/// where the pack is asked for by name, the rest where a project is.
fn unasked<'a>(estate: &'a Estate<'a>, kinds: &'a [Kind]) -> impl Iterator<Item = (&'a str, Kind)> {
    let coverage = &estate.topology.inventory.coverage;
    let audited = coverage.subscriptions.iter().filter(|one| one.role == Role::Audited);
    audited.filter_map(move |one| {
        let has_project = || {
            let in_it = |project: &MigrationProject| {
                project.id.subscription().is_some_and(|id| id.eq_ignore_ascii_case(&one.id))
            };
            projects(estate).any(in_it)
        };
        let due = |kind: Kind| match kind {
            Kind::MigrationResources => estate.settings.packs.contains(&Pack::AzureMigrate) || has_project(),
            _ => has_project(),
        };
        // What could not be read at all is a gap of its own.
        let is_visible = estate.topology.knowledge.is_visible(&one.id);
        let lacking = kinds.iter().find(|kind| is_visible && !one.kinds.contains(kind) && due(**kind))?;
        Some((one.id.as_str(), *lacking))
    })
}

/// Where a gap is: the resource, or the subscription.
fn place(gap: &Gap) -> Option<ResourceId> {
    let subscription = || Some(ResourceId::new(&format!("/subscriptions/{}", gap.subscription.as_ref()?)));
    gap.resource.clone().or_else(subscription)
}
