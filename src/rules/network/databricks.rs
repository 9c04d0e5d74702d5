//! NET-017: peerings that Databricks workspaces keep for the networks they manage.

use crate::finding::{Cause, Confidence};
use crate::inventory::{DatabricksPeering, Gap, Kind, ResourceId};
use crate::rules::dns::diagnosis::Why;
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::knowledge::Unread;
use crate::topology::networks::{Remote, is_connected};
use crate::topology::{Topology, is_reported};

/// What a workspace says of a peering that is on its way.
const ON_ITS_WAY: [&str; 3] = ["Updating", "Deleting", "Creating"];

/// NET-017: a workspace's peering is not connected.
pub(in crate::rules) fn not_connected(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let inventory = &topology.inventory;
    for peering in &inventory.databricks_peerings {
        if !peering.id.parent().is_some_and(|workspace| is_reported(inventory, &workspace)) {
            continue;
        }
        let on_its_way = |state: &str| ON_ITS_WAY.iter().any(|known| known.eq_ignore_ascii_case(state));
        if peering.provisioning_state.as_deref().is_some_and(on_its_way) {
            sink.not_judged("peering is being changed");
            continue;
        }
        match peering.state.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
            "connected" => sink.pass(),
            "initiated" | "disconnected" if is_told(topology, peering) => {
                sink.not_judged("NET-001 or NET-002 tells of the pair");
            }
            "initiated" | "disconnected" => sink.fail(Confidence::Certain, draft(topology, peering)),
            _ => {
                let why = Why::Undecided("peering state is not recognised");
                sink.unknown(&why, draft(topology, peering));
            }
        }
    }
    unread(topology, sink);
}

/// Whether a peering between the same two networks, of which something is reported, says that it is broken. Where the
/// workspace does not name its network, only the tags tell that one is Databricks'.
fn is_told(topology: &Topology, peering: &DatabricksPeering) -> bool {
    let Some(other) = peering.remote.as_ref().and_then(|id| topology.network(id)) else { return false };
    let networks = &topology.inventory.virtual_networks;
    let is_managed = |network: usize| match &peering.managed {
        Some(id) => networks[network].id == *id,
        None => networks[network].databricks,
    };
    let broken = |from: usize, to: Option<usize>| {
        let ends = networks[from].peerings.iter().zip(&topology.networks[from].remotes);
        let mut ends = ends.filter(|(peering, _)| !is_connected(peering));
        ends.any(|(_, remote)| match (remote, to) {
            (Remote::Network(found), None) => is_managed(*found),
            (Remote::Network(found), Some(to)) => *found == to,
            _ => false,
        })
    };
    let managed = (0..networks.len()).filter(|index| is_managed(*index));
    let reported = |network: usize| topology.networks[network].reported;
    (reported(other) && broken(other, None))
        || managed.into_iter().any(|network| reported(network) && broken(network, Some(other)))
}

fn draft(topology: &Topology, peering: &DatabricksPeering) -> Draft {
    let workspace = peering.id.parent();
    let workspace = workspace.as_ref().map_or("a workspace", |id| id.name());
    let remote = peering.remote.as_ref().map_or("an unnamed network", ResourceId::name);
    let state = peering.state.as_deref().filter(|state| !state.is_empty()).unwrap_or("no state");
    let message = format!(
        "the peering of Databricks workspace {workspace} with {remote} is {state}: clusters do not reach the endpoints there"
    );
    let cause = Cause { kind: "peering", id: peering.id.to_string() };
    let mut draft = Draft::new(&peering.id, cause, message.clone(), message).evidence("state", state);
    if let Some(managed) = &peering.managed {
        draft = draft.related("virtualNetwork", managed);
    }
    let Some(network) = &peering.remote else { return draft };
    draft = draft.related("remoteVirtualNetwork", network);
    if state.eq_ignore_ascii_case("Initiated") {
        if let Some(managed) = &peering.managed {
            return draft.command(format!("make the side of {remote}"), other_side(network, managed));
        }
        return draft.advice(format!(
            "make the side of {remote}: peer it with the network that the workspace manages, whose id `az databricks workspace vnet-peering show` tells as databricksVirtualNetwork"
        ))
        .command("show the peering", remedy::show_databricks_peering(&peering.id));
    }
    let gone = topology.network(network).is_none();
    let draft = draft
        .command("note the settings it has", remedy::show_databricks_peering(&peering.id))
        .command("delete what is left", remedy::delete_databricks_peering(&peering.id));
    if gone {
        return draft.advice(format!("if {remote} is still there, peer the workspace with it again"));
    }
    let draft = draft.command("make it again", remedy::create_databricks_peering(&peering.id, network));
    match &peering.managed {
        Some(managed) => {
            draft.command(format!("make the side of {remote} again"), other_side(network, managed))
        }
        None => draft.advice(format!("make the side of {remote} again, from that network")),
    }
}

/// The side of the workspace's counterpart, whose owner has rights on it.
fn other_side(network: &ResourceId, managed: &ResourceId) -> String {
    let flags = remedy::PeeringFlags { access: true, ..remedy::PeeringFlags::default() };
    remedy::create_peering(network, &format!("to-{}", managed.name()), managed, flags)
}

/// Workspaces and peerings that could not be read.
fn unread(topology: &Topology, sink: &mut Sink<'_>) {
    let coverage = &topology.inventory.coverage;
    for (index, gap) in coverage.gaps.iter().enumerate() {
        if !matches!(gap.kind, Kind::DatabricksWorkspaces | Kind::DatabricksPeerings) {
            continue;
        }
        let Some(subject) = place(gap).filter(|id| is_reported(&topology.inventory, id)) else { continue };
        let message =
            format!("whether peerings of Databricks workspaces in {} work cannot be known", subject.name());
        let cause = Cause { kind: "gap", id: subject.to_string() };
        let draft = Draft::new(&subject, cause, message.clone(), message);
        let unread = Unread { gaps: vec![index], ..Unread::default() };
        sink.unknown(&Why::Unread(unread), draft);
    }
}

/// Where a gap is: the workspace, or the subscription.
fn place(gap: &Gap) -> Option<ResourceId> {
    let subscription = || Some(ResourceId::new(&format!("/subscriptions/{}", gap.subscription.as_ref()?)));
    gap.resource.clone().or_else(subscription)
}
