//! `plaudit facts`: the estate as rows of JSON.

use super::console::Console;
use super::source::{self, Loaded};
use super::stopping;
use super::{configuration, stdout};
use crate::cli::FactsArgs;
use crate::error::Failure;
use crate::facts::{self, Subject};
use crate::inventory::{Coverage, Gap, Kind, wire};
use crate::report::facts::write;
use crate::report::schema;
use crate::topology::Topology;

/// Runs the command; gives its exit code: 3 when a gap takes facts or rows away.
pub(super) fn run(args: &FactsArgs, console: &Console) -> Result<u8, Failure> {
    let subjects: Vec<Subject> = Subject::ALL
        .into_iter()
        .filter(|one| args.subjects.is_empty() || args.subjects.contains(one))
        .collect();
    if args.schema {
        return stdout(|out| schema::write_facts(&subjects, out)).map(|()| 0);
    }
    let config = configuration(&args.estate.config, console)?;
    let loaded = source::load(&args.estate, &config, console)?;
    loaded.note().iter().for_each(|note| console.say(&format!("warning: {note}")));
    let Loaded { collected, stopped } = loaded;
    let table = config.zone_table(collected.origin.cloud)?;
    let topology = Topology::build(wire::inventory(collected), &table, config.options.clone());
    let gaps = touching(&topology.inventory.coverage, &subjects);
    if gaps > 0 {
        let (gaps, hide) =
            if gaps == 1 { ("1 gap".to_owned(), "hides") } else { (format!("{gaps} gaps"), "hide") };
        console.say(&format!(
            "warning: what {gaps} {hide} is absent from these rows; `plaudit audit` names each"
        ));
    }
    stdout(|out| {
        for subject in &subjects {
            let rows = facts::rows(&topology, *subject);
            rows.iter().filter(|row| row.reported || !args.reported).try_for_each(|row| write(row, out))?;
        }
        Ok(())
    })?;
    Ok(stopping::exit_code(if gaps > 0 { 3 } else { 0 }, stopped))
}

/// How many gaps take something away that rows of these subjects are made of.
fn touching(coverage: &Coverage, subjects: &[Subject]) -> usize {
    let whole = |kind: Kind| matches!(kind, Kind::Subscriptions | Kind::Permissions);
    let of_rows = |gap: &&Gap| whole(gap.kind) || subjects.iter().any(|one| one.kinds().contains(&gap.kind));
    coverage.gaps.iter().filter(of_rows).count()
}
