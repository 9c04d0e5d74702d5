//! Writes a generated estate as a snapshot file, so that whole runs can be measured:
//! `cargo bench --bench generate -- 100000 estate.jsonl`. A name in `.gz` or `.zst` gets a compressed file, and with
//! several names the same estate is written to each.

#[path = "../tests/estate/mod.rs"]
mod estate;

use std::path::Path;

use estate::generated::generated;
use plaudit::inventory::snapshot;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo adds `--bench` by itself.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let Some((endpoints, files)) = arguments.split_first() else {
        return Ok(());
    };
    let estate = generated(endpoints.parse()?, 1).collected;
    for file in files {
        snapshot::write(Path::new(file), &estate)?;
    }
    Ok(())
}
