//! Writes a generated estate as a snapshot file, so that whole runs can be measured:
//! `cargo bench --bench generate -- 100000 estate.jsonl`.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::path::Path;

use estate::generated::generated;
use plaudit::inventory::snapshot;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo adds `--bench` by itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let [endpoints, file] = arguments.as_slice() else {
        return Ok(());
    };
    snapshot::write(Path::new(file), &generated(endpoints.parse()?, 1).collected)?;
    Ok(())
}
