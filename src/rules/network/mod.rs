//! Rules about virtual networks: whether packets get from a client to an endpoint.

pub(super) mod databricks;
pub(super) mod flags;
pub(super) mod gateways;
mod linked;
pub(super) mod overlap;
pub(super) mod peering;
pub(super) mod reach;
mod side;
pub(super) mod subnets;
