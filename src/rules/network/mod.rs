//! Rules about virtual networks: whether packets get from a client to an endpoint.

pub(super) mod databricks;
pub(super) mod flags;
pub(super) mod gateways;
pub(super) mod overlap;
pub(super) mod peering;
pub(super) mod reach;
pub(super) mod side;
pub(super) mod subnets;
