//! Tags: what a house writes on its resources.

/// The tags of a resource: name and value as written, sorted by name. `None` when they cannot be understood: none of
/// them is then known, and nothing else of the resource is in doubt.
pub type Tags = Option<Vec<(Box<str>, Box<str>)>>;
