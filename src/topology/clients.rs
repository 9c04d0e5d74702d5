//! The networks whose clients must reach every endpoint, as a configuration names them. Knows no names.

use foldhash::HashMap;

use super::knowledge::{Knowledge, Seen, Unread};
use super::options::Options;
use crate::inventory::{IdPattern, Inventory, Kind, ResourceId};

/// The configured client networks, looked up.
#[derive(Debug, Default)]
pub struct ClientNetworks {
    /// Those that were read, in the order of their ids.
    pub found: Vec<usize>,
    /// Those given by their whole id that were not found, and why they may be there after all; `None` when there
    /// is surely no such network.
    pub missing: Vec<(ResourceId, Option<Unread>)>,
}

impl ClientNetworks {
    pub(super) fn new(
        inventory: &Inventory,
        knowledge: &Knowledge,
        by_id: &HashMap<ResourceId, usize>,
        options: &Options,
    ) -> Self {
        let patterns = &options.client_networks;
        if patterns.is_empty() {
            return ClientNetworks::default();
        }
        let fits = |id: &ResourceId| patterns.iter().any(|pattern| pattern.matches(id));
        let networks = inventory.virtual_networks.iter().enumerate();
        let found = networks.filter(|(_, network)| fits(&network.id)).map(|(index, _)| index).collect();
        let mut missing: Vec<(ResourceId, Option<Unread>)> = patterns
            .iter()
            .filter_map(whole_id)
            .filter(|id| !by_id.contains_key(id))
            .map(|id| match knowledge.missing::<usize>(&id, Kind::VirtualNetworks) {
                Seen::Unknown(unread) => (id, Some(unread)),
                Seen::Absent | Seen::Found(_) => (id, None),
            })
            .collect();
        missing.sort_by(|(a, _), (b, _)| a.cmp(b));
        missing.dedup_by(|(a, _), (b, _)| a == b);
        ClientNetworks { found, missing }
    }
}

/// The network that a pattern names, when it is no pattern but the id of one.
pub(super) fn whole_id(pattern: &IdPattern) -> Option<ResourceId> {
    // None of these may stand in the name of a resource group or network (Azure docs: naming rules).
    const WILD: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];
    let text = pattern.as_str();
    let id = ResourceId::new(text);
    (!text.contains(WILD) && Kind::of(&id) == Some(Kind::VirtualNetworks)).then_some(id)
}
