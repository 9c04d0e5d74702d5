//! Rules about private endpoints themselves: what stands at both ends of their connections.

mod anew;
pub(super) mod capacity;
pub(super) mod connection;
pub(super) mod lake;
pub(super) mod placement;
pub(super) mod provisioning;
pub(super) mod sharing;
pub(super) mod sides;
pub(super) mod target;
