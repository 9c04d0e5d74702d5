//! The JSON Schema of everything that is written as JSON, made from the very structs that write it.

use std::io::{self, Write};

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};

use crate::facts::{self, Subject};

/// Something that is written as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// The report of an audit or a probe.
    Report,
    /// The names of endpoints.
    Names,
    /// How names are resolved.
    Trace,
    /// The list of rules.
    Rules,
    /// What changed between two runs.
    Diff,
    /// A row of the estate's facts.
    Facts,
}

impl Document {
    /// Every one.
    pub const ALL: [Document; 6] = [
        Document::Report,
        Document::Names,
        Document::Trace,
        Document::Rules,
        Document::Diff,
        Document::Facts,
    ];

    /// The name on the command line and in the document's own `schema` field.
    pub fn name(self) -> &'static str {
        match self {
            Document::Report => "report",
            Document::Names => "names",
            Document::Trace => "trace",
            Document::Rules => "rules",
            Document::Diff => "diff",
            Document::Facts => "facts",
        }
    }
}

/// The schema of a document: draft 2020-12. What it does not name is allowed, because later versions add fields.
pub fn of(document: Document) -> Schema {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = match document {
        Document::Report => root::<super::json::ReportV1<'_>>(generator),
        Document::Names => root::<super::names::NamesV1<'_>>(generator),
        Document::Trace => root::<super::trace::TracesV1<'_>>(generator),
        Document::Rules => root::<super::catalogue::ListV1<'_>>(generator),
        Document::Diff => root::<super::diff::DiffV1<'_>>(generator),
        Document::Facts => facts::schema_of_all(),
    };
    schema.insert("$id".to_owned(), format!("urn:plaudit:{}:v1", document.name()).into());
    schema
}

fn root<T: JsonSchema>(generator: SchemaGenerator) -> Schema {
    generator.into_root_schema_for::<T>()
}

/// Writes the schema of a document.
pub fn write(document: Document, out: &mut dyn Write) -> io::Result<()> {
    put(&of(document), out)
}

/// Writes the schema of rows of facts: that of one subject, else of every one.
pub fn write_facts(subjects: &[Subject], out: &mut dyn Write) -> io::Result<()> {
    match subjects {
        [subject] => put(&facts::schema(*subject), out),
        _ => put(&facts::schema_of_all(), out),
    }
}

fn put(schema: &Schema, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, schema)?;
    out.write_all(b"\n")
}
