//! The estate's facts: a row of JSON a line.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::facts::Row;

/// What a person looks for first; everything else follows in the order of its name.
const FIRST: [&str; 5] = ["schema", "subject", "id", "name", "fqdn"];

/// Writes one row and ends the line. No character of it acts on a terminal.
pub fn write(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    super::json::write_inert_compact(&Line(&row.facts), out)
}

struct Line<'a>(&'a Value);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(facts) = self.0 else { return self.0.serialize(serializer) };
        let mut line = serializer.serialize_map(Some(facts.len()))?;
        for (name, fact) in FIRST.iter().filter_map(|name| facts.get_key_value(*name)) {
            line.serialize_entry(name, fact)?;
        }
        for (name, fact) in facts.iter().filter(|(name, _)| !FIRST.contains(&name.as_str())) {
            line.serialize_entry(name, fact)?;
        }
        line.end()
    }
}
