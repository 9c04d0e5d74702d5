//! The arguments of `plaudit facts`.

use clap::Args;

use super::{EstateArgs, ONLY_LIVE};
use crate::facts::Subject;

pub(super) const EXAMPLES: &str = "\
Examples:
  plaudit facts --demo --subject endpoint | jq -r 'select(.approved == false) | .name'
  plaudit facts --snapshot estate.jsonl.gz > facts.jsonl
  plaudit facts -s my-subscription --subject zone --subject link --reported
  plaudit facts --schema --subject endpoint

A row is one line of JSON and tells of one resource what is known, with what is known of the resources that it names. A
fact that could not be read is absent; one that was read and is not there is null. A list is there as a whole or absent.

Exit codes:
  0  everything that the rows are made of was read
  2  wrong usage or configuration
  3  something of it could not be read, so that facts or rows are absent; or the run was stopped
  4  nothing could be read";

#[derive(Debug, Args)]
pub struct FactsArgs {
    /// Rows of this subject only (repeatable) [default: all, one subject after the other]
    #[arg(long = "subject", value_name = "SUBJECT", help_heading = "Facts")]
    pub subjects: Vec<Subject>,

    /// No rows of what was read only as context
    #[arg(long, help_heading = "Facts")]
    pub reported: bool,

    /// Print the JSON Schema of the rows instead, and read nothing
    #[arg(
        long,
        conflicts_with_all = ONLY_LIVE,
        conflicts_with_all = ["snapshot", "demo", "resource_groups", "config", "no_config", "rules_dirs", "reported"],
        help_heading = "Facts"
    )]
    pub schema: bool,

    #[command(flatten)]
    pub estate: EstateArgs,
}
