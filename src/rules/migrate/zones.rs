//! MIG-001: the private DNS zones that a project's parts need.

use std::collections::BTreeMap;

use super::{draft, projects, unread};
use crate::finding::Confidence;
use crate::inventory::{Cloud, Kind, ResourceId};
use crate::rules::dns::diagnosis::{Why, is_approved};
use crate::rules::{Draft, Estate, Sink, remedy};
use crate::topology::Topology;
use crate::topology::migration::{MigrationProject, MigrationRole};

/// Why a project needs a zone.
struct Need {
    /// The parts that need it, in words.
    parts: Vec<String>,
    /// Zones that do as well.
    alternatives: Vec<String>,
    confidence: Confidence,
}

impl Need {
    fn new(confidence: Confidence) -> Self {
        Need { parts: Vec::new(), alternatives: Vec::new(), confidence }
    }
}

/// MIG-001: a zone that a project needs is nowhere, and no endpoint that is reported on tells of it. Where the zone is
/// does not matter: Azure Migrate makes it beside the endpoint, and central zones do as well.
pub(in crate::rules) fn missing(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for project in projects(estate) {
        for (zone, need) in needs(estate, project, sink) {
            let serves = |name: &str| *name == zone || need.alternatives.iter().any(|other| other == name);
            let exists = topology.records.zone_names().any(serves);
            match (exists, topology.knowledge.every_zone()) {
                (true, _) => sink.pass(),
                (false, Some(unread)) => {
                    sink.unknown(&Why::Unread(unread), about(topology, project, &zone, &need, false));
                }
                (false, None) => sink.fail(need.confidence, about(topology, project, &zone, &need, true)),
            }
        }
    }
    unread(
        estate,
        &[Kind::MigrationResources],
        "which private DNS zones projects of Azure Migrate need",
        sink,
    );
}

/// The zones that no rule about single endpoints looks for.
fn needs(estate: &Estate<'_>, project: &MigrationProject, sink: &mut Sink<'_>) -> BTreeMap<String, Need> {
    let topology = estate.topology;
    let mut needs: BTreeMap<String, Need> = BTreeMap::new();
    for (endpoint, role) in &project.endpoints {
        let joined = &topology.endpoints[*endpoint];
        if joined.reported {
            sink.not_judged("DNS-001 tells of the endpoint's zones");
            continue;
        }
        if !is_approved(topology, *endpoint) {
            sink.not_judged("connection is not approved");
            continue;
        }
        let part =
            format!("{} ({})", topology.inventory.private_endpoints[*endpoint].id.name(), role.title());
        for name in &joined.requirements.names {
            let zone = name.needed.zone.clone();
            let need = needs.entry(zone).or_insert_with(|| Need::new(name.ceiling));
            need.confidence = need.confidence.min(name.ceiling);
            need.alternatives.extend(name.needed.alternatives.iter().map(|other| other.zone.clone()));
            if !need.parts.contains(&part) {
                need.parts.push(part.clone());
            }
        }
    }
    if estate.settings.expect_er.private {
        caches_without_endpoint(topology, project, &mut needs);
    }
    needs
}

/// The one zone that Azure Migrate never makes by itself is that of the cache account, whose endpoint is still to come
/// (Azure docs: "Troubleshoot network connectivity", confirm that the required zone exists).
fn caches_without_endpoint(
    topology: &Topology,
    project: &MigrationProject,
    needs: &mut BTreeMap<String, Need>,
) {
    let suffix = match topology.inventory.origin.cloud {
        Cloud::AzureCloud => "core.windows.net",
        Cloud::AzureUSGovernment => "core.usgovcloudapi.net",
        Cloud::AzureChinaCloud => "core.chinacloudapi.cn",
    };
    let caches = project.parts.iter().filter(|(_, role)| *role == MigrationRole::CacheStorage);
    for (id, role) in caches.filter(|(id, _)| topology.endpoints_of(id).is_empty()) {
        let need = needs
            .entry(format!("privatelink.blob.{suffix}"))
            .or_insert_with(|| Need::new(Confidence::Probable));
        need.parts.push(format!("{} ({})", id.name(), role.title()));
    }
}

fn about(topology: &Topology, project: &MigrationProject, zone: &str, need: &Need, known: bool) -> Draft {
    let (name, parts) = (project.id.name(), need.parts.join(", "));
    let message = match known {
        true => format!(
            "Azure Migrate project {name} needs the private DNS zone {zone} for {parts}, and it is nowhere"
        ),
        false => format!(
            "whether the private DNS zone {zone} exists, which Azure Migrate project {name} needs for {parts}, is not known"
        ),
    };
    let mut draft = draft(project, &project.id, message)
        .detail(zone)
        .evidence("zone", zone)
        .evidence("neededFor", need.parts.clone());
    draft.cause.kind = "zone";
    draft.cause.id = zone.to_owned();
    draft.headline = format!("{zone}: projects of Azure Migrate need it, and it is nowhere");
    let endpoint = project.endpoints.iter().find(|(endpoint, _)| !topology.endpoints[*endpoint].reported);
    if let Some((endpoint, _)) = endpoint {
        draft = draft.related("privateEndpoint", &topology.inventory.private_endpoints[*endpoint].id);
    }
    let beside = project.id.as_str().split("/providers/").next().unwrap_or_default();
    let made = ResourceId::new(&format!("{beside}/providers/Microsoft.Network/privateDnsZones/{zone}"));
    draft
        .command("make the zone, if no central one is to serve", remedy::create_zone(&made))
        .advice("link it to the network of the endpoint and have its record written: a zone group on the endpoint does that")
}
