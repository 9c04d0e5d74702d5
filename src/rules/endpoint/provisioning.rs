//! Rules about how far Azure has got with an endpoint: PE-004, PE-009, PE-010.

use super::anew::made_anew;
use super::connection::reported;
use crate::finding::{Cause, Confidence};
use crate::inventory::{
    Connection, Kind, NetworkInterface, PrivateDnsZone, PrivateEndpoint, ResourceId, ZoneGroup,
};
use crate::rules::dns::diagnosis::{Why, is_approved, reason};
use crate::rules::remedy;
use crate::rules::{Draft, Estate, Sink};
use crate::topology::endpoints::Status;
use crate::topology::knowledge::Seen;
use crate::topology::{Topology, is_reported};

/// What a provisioning state says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Done,
    Failed,
    /// Somebody stopped it; what it left behind is not told.
    Canceled,
    Deleting,
    OnItsWay,
    Untold,
    Unrecognised,
}

impl Progress {
    fn of(state: Option<&str>) -> Progress {
        match state.unwrap_or_default().to_ascii_lowercase().as_str() {
            "" => Progress::Untold,
            "succeeded" => Progress::Done,
            "failed" => Progress::Failed,
            "canceled" => Progress::Canceled,
            "deleting" => Progress::Deleting,
            "updating" | "creating" | "accepted" | "provisioning" => Progress::OnItsWay,
            _ => Progress::Unrecognised,
        }
    }
}

/// One thing that Azure provisions.
struct Provisioned<'a> {
    id: &'a ResourceId,
    /// `privateEndpoint`, `privateDnsZoneGroup`, `privateDnsZone`.
    kind: &'static str,
    /// For a person: `private endpoint pe`.
    label: String,
    state: Option<&'a str>,
    again: Again<'a>,
    /// How sure it is that a failure is felt.
    ceiling: Confidence,
    /// What a failure means.
    harm: &'static str,
}

/// How to start a provisioning anew.
enum Again<'a> {
    Endpoint,
    Group(&'a ZoneGroup),
    Zone,
}

const AGAIN: &str = "write it again as it is, which starts the provisioning anew";

/// PE-004: Azure could not finish an endpoint, its zone group or a zone.
pub(in crate::rules) fn failed(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (index, endpoint) in reported(topology) {
        judge(estate, sink, &own(endpoint));
        let groups = &topology.endpoints[index].zone_groups;
        for group in groups.iter().map(|group| &topology.inventory.zone_groups[*group]) {
            let provisioned = Provisioned {
                id: &group.id,
                kind: "privateDnsZoneGroup",
                label: format!("zone group {} of {}", group.id.name(), endpoint.id.name()),
                state: group.provisioning_state.as_deref(),
                again: Again::Group(group),
                ceiling: Confidence::Certain,
                harm: "the records it ought to write may be missing or old",
            };
            judge(estate, sink, &provisioned);
        }
        let coverage = &topology.inventory.coverage;
        let asked = coverage.was_asked(Kind::PrivateDnsZoneGroups, &endpoint.id);
        if groups.is_empty()
            && asked
            && let Some(unread) = topology.knowledge.children(&endpoint.id, Kind::PrivateDnsZoneGroups)
        {
            let message =
                format!("whether the zone group of {} was provisioned is not known", endpoint.id.name());
            let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
            let draft = Draft::new(&endpoint.id, cause, message.clone(), message).detail("zone group");
            sink.unknown(&Why::Unread(unread), draft);
        }
    }
    let unrelated = &topology.inventory.coverage.unrelated_zones;
    let zones = topology.inventory.zones.iter().filter(|zone| is_reported(&topology.inventory, &zone.id));
    for zone in zones.filter(|zone| unrelated.binary_search(&zone.id).is_err()) {
        judge(estate, sink, &of_zone(zone));
    }
}

fn own(endpoint: &PrivateEndpoint) -> Provisioned<'_> {
    Provisioned {
        id: &endpoint.id,
        kind: "privateEndpoint",
        label: format!("private endpoint {}", endpoint.id.name()),
        state: endpoint.provisioning_state.as_deref(),
        again: Again::Endpoint,
        ceiling: Confidence::Certain,
        harm: "it may have no address, or not what it was last told",
    }
}

fn of_zone(zone: &PrivateDnsZone) -> Provisioned<'_> {
    Provisioned {
        id: &zone.id,
        kind: "privateDnsZone",
        label: format!("private DNS zone {}", zone.id.name()),
        state: zone.provisioning_state.as_deref(),
        again: Again::Zone,
        // A zone keeps answering with what it held before.
        ceiling: Confidence::Probable,
        harm: "its last change was not made, and links or records made since may be missing",
    }
}

fn judge(estate: &Estate<'_>, sink: &mut Sink<'_>, it: &Provisioned<'_>) {
    match Progress::of(it.state) {
        Progress::Done => sink.pass(),
        Progress::Failed => sink.fail(it.ceiling, failed_draft(it)),
        Progress::Canceled => sink.fail(it.ceiling.max(Confidence::Probable), failed_draft(it)),
        Progress::Deleting => sink.not_judged("it is being deleted"),
        Progress::OnItsWay if lasts(estate, it) => sink.fail(Confidence::Possible, lasting_draft(it)),
        Progress::OnItsWay => sink.not_judged("it is being changed"),
        Progress::Unrecognised => sink.not_judged("provisioning state is not recognised"),
        Progress::Untold => match estate.topology.knowledge.field(it.id) {
            Some(unread) => {
                let message = format!("whether {} was provisioned is not known", it.label);
                sink.unknown(&Why::Unread(unread), base(it, message));
            }
            None => sink.not_judged("provisioning state is not told"),
        },
    }
}

/// Whether an earlier run saw it in the same state.
fn lasts(estate: &Estate<'_>, it: &Provisioned<'_>) -> bool {
    let before = estate.settings.former.as_ref().and_then(|former| former.unfinished.get(it.id));
    before.is_some_and(|before| it.state.is_some_and(|now| now.eq_ignore_ascii_case(before)))
}

fn base(it: &Provisioned<'_>, message: String) -> Draft {
    let cause = Cause { kind: it.kind, id: it.id.to_string() };
    Draft::new(it.id, cause, message.clone(), message)
        .evidence("provisioningState", it.state.unwrap_or("none"))
}

fn failed_draft(it: &Provisioned<'_>) -> Draft {
    let state = it.state.unwrap_or("none");
    let message = format!("{} says that its provisioning is `{state}`: {}", it.label, it.harm);
    let draft =
        base(it, message).command("see what was tried last, and why it failed", remedy::activity(it.id));
    match &it.again {
        Again::Endpoint => draft.command(AGAIN, remedy::write_endpoint_again(it.id)),
        Again::Zone => draft.command(AGAIN, remedy::write_zone_again(it.id)),
        Again::Group(group) => write_group_again(group, draft),
    }
}

/// A zone group is written with one zone, which replaces it, and then given its others back.
fn write_group_again(group: &ZoneGroup, draft: Draft) -> Draft {
    let Some(endpoint) = group.id.parent() else { return draft };
    let name = group.id.name();
    let mut zones = group.configs.iter().filter_map(|config| config.zone.as_ref());
    let Some(first) = zones.next() else {
        return draft.command("see what is in it", remedy::list_zone_groups(&endpoint));
    };
    let draft = draft.command(
        "write it again, which writes its records again",
        remedy::create_zone_group(&endpoint, name, first),
    );
    zones.fold(draft, |draft, zone| {
        let title = format!("give it {} back", zone.name());
        draft.command(title, remedy::add_to_zone_group(&endpoint, name, zone))
    })
}

fn lasting_draft(it: &Provisioned<'_>) -> Draft {
    let state = it.state.unwrap_or("none");
    let message = format!("{} is still `{state}`, as in an earlier run", it.label);
    base(it, message).command("see what is going on", remedy::activity(it.id))
}

/// PE-009: an endpoint that is approved and made, and has no address.
pub(in crate::rules) fn no_address(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    for (index, endpoint) in reported(topology) {
        if !is_approved(topology, index) {
            sink.not_judged(reason::NOT_APPROVED);
            continue;
        }
        if Progress::of(endpoint.provisioning_state.as_deref()) != Progress::Done {
            sink.not_judged(reason::IN_PROGRESS);
            continue;
        }
        let nic = match &topology.endpoints[index].interface {
            Seen::Unknown(unread) => {
                let message = format!("whether {} has an address is not known", endpoint.id.name());
                sink.unknown(&Why::Unread(unread.clone()), address_draft(endpoint, message));
                continue;
            }
            Seen::Absent => {
                let message = format!(
                    "{} is approved, but its network interface does not exist: it has no address",
                    endpoint.id.name()
                );
                sink.fail(Confidence::Certain, remade(topology, endpoint, address_draft(endpoint, message)));
                continue;
            }
            Seen::Found(nic) => &topology.inventory.network_interfaces[*nic],
        };
        if nic.ip_configurations.iter().any(|ip| ip.address.is_some()) {
            sink.pass();
        } else if let Some(unread) = topology.knowledge.field(&nic.id) {
            let message = format!("whether {} has an address is not known", endpoint.id.name());
            sink.unknown(&Why::Unread(unread), address_draft(endpoint, message));
        } else {
            sink.fail(Confidence::Certain, bare_draft(topology, endpoint, nic));
        }
    }
}

fn bare_draft(topology: &Topology, endpoint: &PrivateEndpoint, nic: &NetworkInterface) -> Draft {
    let message = format!("{} is approved, but its network interface holds no address", endpoint.id.name());
    remade(topology, endpoint, address_draft(endpoint, message).related("networkInterface", &nic.id))
}

fn address_draft(endpoint: &PrivateEndpoint, message: String) -> Draft {
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    let headline = format!("{}: no address", endpoint.id.name());
    let mut draft = Draft::new(&endpoint.id, cause, headline, message);
    for id in &endpoint.network_interfaces {
        draft = draft.evidence("interface", id.as_str());
    }
    draft
}

fn remade(topology: &Topology, endpoint: &PrivateEndpoint, draft: Draft) -> Draft {
    made_anew(topology, endpoint, endpoint.connections.first(), draft, "make it anew")
}

/// PE-010: the target asks for something. Of a connection that is not approved other rules say it.
pub(in crate::rules) fn action_required(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for (_, endpoint) in reported(estate.topology) {
        for connection in &endpoint.connections {
            match (asked_for(connection), Status::of(connection)) {
                (None, _) => sink.pass(),
                (Some(_), Status::Pending | Status::Rejected | Status::Disconnected) => {
                    sink.not_judged(reason::NOT_APPROVED);
                }
                (Some(actions), _) => {
                    sink.fail(Confidence::Certain, action_draft(endpoint, connection, actions));
                }
            }
        }
    }
}

/// What a connection asks for, when it asks for anything.
fn asked_for(connection: &Connection) -> Option<&str> {
    let actions = connection.actions_required.as_deref()?.trim();
    (!actions.is_empty() && !actions.eq_ignore_ascii_case("None")).then_some(actions)
}

fn action_draft(endpoint: &PrivateEndpoint, connection: &Connection, actions: &str) -> Draft {
    let cause = Cause { kind: "privateEndpoint", id: endpoint.id.to_string() };
    let headline = format!("{}: an action is asked for", endpoint.id.name());
    let message = format!("the target of {} asks for an action: {actions}", endpoint.id.name());
    let draft = Draft::new(&endpoint.id, cause, headline, message)
        .detail(&connection.name)
        .evidence("actions", actions)
        .evidence("status", connection.status.as_deref().unwrap_or("none"))
        .evidence("connection", &*connection.name)
        .advice("read the text, and ask the target's owner what is meant");
    match &connection.target {
        Some(target) => draft.related("target", target),
        None => draft,
    }
}
