//! ER-003 and ER-004: circuits and peerings that carry nothing.

use super::{circuits, draft, microsoft_peering, unread};
use crate::finding::Confidence;
use crate::inventory::{Circuit, CircuitPeering};
use crate::rules::dns::diagnosis::Why;
use crate::rules::{Draft, Estate, Sink, remedy};

/// ER-003: the Microsoft peering lets no route through: it is disabled, or no route filter is attached to it.
pub(in crate::rules) fn peering_closed(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for circuit in circuits(estate) {
        let Some(peering) = microsoft_peering(circuit) else {
            sink.not_judged("circuit has no Microsoft peering");
            continue;
        };
        // What is off may be meant to be off.
        let floor = match (estate.settings.expect_er.microsoft, estate.settings.expect_er.private) {
            (true, _) => Confidence::Certain,
            (false, true) => {
                sink.not_judged("ExpressRoute is meant to carry private peering alone");
                continue;
            }
            (false, false) => Confidence::Possible,
        };
        let state = peering.state.as_deref().unwrap_or_default();
        if state.eq_ignore_ascii_case("Disabled") {
            sink.fail(floor, disabled(circuit, peering));
        } else if peering.route_filter.is_none() {
            // How old a peering is cannot be seen.
            sink.fail(floor.max(Confidence::Probable), unfiltered(estate, circuit, peering));
        } else if state.eq_ignore_ascii_case("Enabled") {
            sink.pass();
        } else {
            let message =
                format!("whether the Microsoft peering of circuit {} is on is not known", circuit.id.name());
            sink.unknown(&Why::Undecided("peering state is not recognised"), draft(&circuit.id, message));
        }
    }
    unread(estate, "whether Microsoft peerings of ExpressRoute circuits let routes through", sink);
}

fn disabled(circuit: &Circuit, peering: &CircuitPeering) -> Draft {
    let message = format!("the Microsoft peering of ExpressRoute circuit {} is disabled", circuit.id.name());
    draft(&circuit.id, message)
        .detail("peering")
        .evidence("peering", &*peering.name)
        .evidence("state", peering.state.as_deref().unwrap_or("none"))
        .command("turn it on", remedy::update_peering(&circuit.id, &peering.name, "--set state=Enabled"))
}

/// Peerings that were set up before 1 August 2017 are told routes without a filter (Azure docs: "Configure route filters
/// for Microsoft peering"). A filter that is attached to nothing may be the one that was meant.
fn unfiltered(estate: &Estate<'_>, circuit: &Circuit, peering: &CircuitPeering) -> Draft {
    let message = format!(
        "no route filter is attached to the Microsoft peering of ExpressRoute circuit {}: Azure tells it no routes, unless it was set up before August 2017",
        circuit.id.name()
    );
    let draft = draft(&circuit.id, message).detail("filter").evidence("peering", &*peering.name);
    let filters = &estate.topology.inventory.route_filters;
    let (filter, draft) = match filters.iter().find(|filter| filter.peerings.is_empty()) {
        Some(idle) => (remedy::quote(idle.id.as_str()), draft.related("routeFilter", &idle.id)),
        None => ("'<route-filter-id>'".to_owned(), draft),
    };
    draft.command(
        "attach the filter that lets the wanted regions through",
        remedy::update_peering(&circuit.id, &peering.name, &format!("--route-filter {filter}")),
    )
}

/// ER-004: the circuit itself is not up.
pub(in crate::rules) fn circuit_down(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    for circuit in circuits(estate) {
        match states(circuit) {
            (State::Up, State::Up) => sink.pass(),
            (State::Down, _) | (_, State::Down) => sink.fail(Confidence::Certain, down(circuit)),
            (State::Changing, _) | (_, State::Changing) => sink.not_judged("circuit is being changed"),
            (State::Untold, _) | (_, State::Untold) => {
                let message = format!("whether circuit {} is up is not known", circuit.id.name());
                sink.unknown(&Why::Undecided("circuit does not tell its state"), draft(&circuit.id, message));
            }
        }
    }
    unread(estate, "whether ExpressRoute circuits are up", sink);
}

/// How far the circuit is, and its provider's part of it.
fn states(circuit: &Circuit) -> (State, State) {
    let own = State::of(circuit.circuit_state.as_deref(), "Enabled");
    // On a port of one's own there is no provider to do its part.
    let provider = match circuit.direct {
        true => State::Up,
        false => State::of(circuit.provider_state.as_deref(), "Provisioned"),
    };
    (own, provider)
}

/// Whether a circuit is known to carry something.
pub(super) fn is_up(circuit: &Circuit) -> bool {
    matches!(states(circuit), (State::Up, State::Up))
}

enum State {
    Up,
    Down,
    Changing,
    Untold,
}

impl State {
    /// Azure docs: "ExpressRoute circuit provisioning workflows and circuit states".
    fn of(state: Option<&str>, wanted: &str) -> State {
        let Some(state) = state.filter(|state| !state.is_empty()) else { return State::Untold };
        match state.to_ascii_lowercase().as_str() {
            own if own == wanted.to_ascii_lowercase() => State::Up,
            "enabling" | "disabling" | "provisioning" | "deprovisioning" => State::Changing,
            _ => State::Down,
        }
    }
}

fn down(circuit: &Circuit) -> Draft {
    let (own, provider) = (
        circuit.circuit_state.as_deref().unwrap_or("none"),
        circuit.provider_state.as_deref().unwrap_or("none"),
    );
    let message = format!(
        "ExpressRoute circuit {} carries nothing: the circuit is {own}, the provider's part {provider}",
        circuit.id.name()
    );
    draft(&circuit.id, message)
        .evidence("circuitProvisioningState", own)
        .evidence("serviceProviderProvisioningState", provider)
        .advice("give the provider the service key, and ask how far the circuit is")
        .command("show the circuit", remedy::show_circuit(&circuit.id))
}
