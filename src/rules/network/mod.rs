//! Rules about virtual networks: whether packets get from a client to an endpoint.

mod filter;
pub(super) mod forwarding;
pub(super) mod peering;
pub(super) mod routes;
pub(super) mod security;
