//! Rules about virtual networks: whether packets get from a client to an endpoint.

pub(super) mod databricks;
mod filter;
pub(super) mod flags;
pub(super) mod forwarding;
pub(super) mod gateways;
pub(super) mod global;
mod linked;
pub(super) mod overlap;
pub(super) mod peering;
pub(super) mod reach;
pub(super) mod routes;
pub(super) mod security;
mod side;
pub(super) mod subnets;
