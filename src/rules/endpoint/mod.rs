//! Rules about private endpoints themselves: what stands at both ends of their connections.

pub(super) mod connection;
pub(super) mod sharing;
