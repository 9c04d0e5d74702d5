//! Rules about virtual networks: whether packets get from a client to an endpoint.

pub(super) mod peering;
