//! The body of an answer, whatever it is, handed to everything that reads answers. What is taken from it must be able
//! to stand in a snapshot: one line of JSON a resource, under an id whose kind is known.
#![allow(clippy::expect_used, reason = "what does not hold must stop a target")]

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;
use url::Url;

use super::endpoints::Endpoints;
use super::permissions::{Permission, allows};
use super::refusal::{MESSAGE_LENGTH, Refusal};
use super::{arm, graph, metrics, page, paging};
use crate::inventory::{Cloud, Collected, Kind, Resource, ResourceId, snapshot, wire};

/// Who is asked about, where the body names nobody.
const TARGET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/acct";

/// Reads a body in every way in which one is read.
pub fn answer(body: &[u8]) {
    let ids = ids(body);
    let mut kinds: BTreeSet<Kind> = ids.iter().filter_map(Kind::of).collect();
    kinds.insert(Kind::PrivateEndpoints);
    for kind in kinds {
        if let Ok(read) = page::read(body, kind) {
            page_of(&read, kind);
        }
        if let Ok(resource) = page::read_one(body, kind) {
            is_kept(&[resource]);
        }
    }
    let own = ResourceId::new(TARGET);
    for target in ids.iter().take(4).chain([&own]) {
        of_target(body, target);
    }
    graph::fuzzing::answer(body, &ids);
    metrics::fuzzing::answer(body, &own);
    if let Ok((rights, _)) = page::read_values::<Permission>(body) {
        allows(&rights, "Microsoft.Network/privateEndpoints/read");
    }
    refused(body);
}

/// Resources as a live run hands them on must come out of its snapshot as they went in, and be understood.
pub(super) fn is_kept(resources: &[Resource]) {
    let mut resources = resources.to_vec();
    resources.sort_by(|a, b| a.id.cmp(&b.id));
    resources.dedup_by(|later, first| later.id == first.id);
    for resource in &resources {
        assert!(!resource.json.contains(['\n', '\r']), "{resource:?} is not on one line");
        assert!(Kind::of(&resource.id).is_some(), "{resource:?} is of no kind");
    }
    let collected = Collected { resources, ..Collected::default() };
    let mut file = Vec::new();
    snapshot::write_to(&mut file, &collected).expect("memory can be written to");
    let again = snapshot::read_from(file.as_slice(), "file").expect("what was written can be read");
    assert_eq!(again, collected);
    wire::inventory(collected);
}

fn page_of(read: &page::Page, kind: Kind) {
    assert!(read.resources.iter().all(|resource| Kind::of(&resource.id) == Some(kind)));
    is_kept(&read.resources);
    let Some(link) = &read.next else { return };
    let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).expect("the cloud's own address");
    let first = arm::subscriptions(&endpoints).url;
    if let Ok(next) = paging::follow(&endpoints, &first, link, &mut HashSet::new()) {
        assert!(is_at_home(&next) && next != first, "{link} led to {next}");
    }
}

fn is_at_home(url: &Url) -> bool {
    url.as_str().starts_with("https://management.azure.com/")
}

fn of_target(body: &[u8], target: &ResourceId) {
    if let Ok(resource) = page::read_target(body, target) {
        assert_eq!(resource.id, *target);
        // Whose id has no slash in front is never asked.
        if target.as_str().starts_with('/') {
            is_kept(&[resource]);
        }
    }
    for kind in [Kind::TargetConnections, Kind::LinkResources] {
        if let (Ok(read), true) = (page::read_kept(body, kind, target), target.as_str().starts_with('/')) {
            page_of(&read, kind);
        }
    }
}

/// A refusal is one harmless line, whatever was said.
fn refused(body: &[u8]) {
    let Refusal { code, message } = Refusal::read(403, body);
    assert!(!code.is_empty() && code.chars().all(|c| c.is_ascii_graphic()), "{code:?}");
    assert!(!message.is_empty() && message.chars().count() <= MESSAGE_LENGTH, "{message:?}");
    assert!(!message.contains(char::is_control), "{message:?}");
}

/// Every text of the body that may be an id.
fn ids(body: &[u8]) -> Vec<ResourceId> {
    let mut found = Vec::new();
    let mut open: Vec<Value> = serde_json::from_slice(page::without_mark(body)).into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) if text.contains('/') => found.push(ResourceId::new(&text)),
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    found.sort();
    found.dedup();
    found
}
