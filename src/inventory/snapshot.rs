//! The snapshot file: JSON Lines with a header, resources as Azure returned them, and a footer. Knows no kind.

mod chunk;
mod error;
mod lines;
mod reading;
mod writing;

use serde::{Deserialize, Serialize};

use super::{Cloud, Coverage, Origin, Scope, Verification, is_false};

pub use error::SnapshotError;
pub use lines::lines;
pub use reading::{Part, Parts, read, read_from, read_parts, read_parts_from};
pub use writing::{write, write_to};

/// The version of the format that is written and read. Within a version the header and the footer only grow.
const VERSION: u64 = 1;

/// How the footer's line begins.
const FOOTER_START: &str = "{\"footer\"";

/// How the header's line begins.
const HEADER_START: &str = "{\"plaudit\"";

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    /// Always `snapshot`.
    plaudit: String,
    version: u64,
    tool: Tool,
    cloud: Cloud,
    tenant_id: Option<String>,
    collected_at: String,
    scope: Scope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verification: Option<Verification>,
    #[serde(default, skip_serializing_if = "is_false")]
    redacted: bool,
}

/// Who wrote the file.
#[derive(Serialize, Deserialize)]
struct Tool {
    name: String,
    version: String,
}

/// The last line.
#[derive(Serialize, Deserialize)]
struct Footer {
    /// Always true.
    footer: bool,
    /// How many lines stand between the header and this one.
    resources: usize,
    coverage: Coverage,
}

impl Header {
    fn of(origin: &Origin) -> Header {
        let Origin { cloud, tenant_id, collected_at, scope, verification, redacted } = origin.clone();
        Header {
            plaudit: "snapshot".to_owned(),
            version: VERSION,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            cloud,
            tenant_id,
            collected_at,
            scope,
            verification,
            redacted,
        }
    }

    fn origin(self) -> Origin {
        let Header { cloud, tenant_id, collected_at, scope, verification, redacted, .. } = self;
        Origin { cloud, tenant_id, collected_at, scope, verification, redacted }
    }
}
