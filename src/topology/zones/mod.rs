//! Which private DNS zones an endpoint needs (rules/zones.toml).
