//! The arguments of `plaudit diff`.

use std::path::PathBuf;

use clap::Args;

use super::{ConfigArgs, FailOn};

pub(super) const EXAMPLES: &str = "\
Examples:
  plaudit diff yesterday.json today.json
  plaudit diff before.jsonl.gz after.jsonl.gz -f markdown
  plaudit audit -s my-subscription -f json | plaudit diff known.json - --fail-on warning

A file is a JSON report (`-f json=FILE`) or a snapshot (`plaudit collect`), compressed or not; which, its content says.
A snapshot is judged with the configuration at hand, a report says what it said.

Mended is only what NEW looked for and did not find. What NEW cannot see is told apart as no longer judged, with the
reason.

Exit codes:
  0  nothing new at or above --fail-on
  1  something new at or above --fail-on, or worse than before
  2  wrong usage or configuration
  3  nothing new at or above it, but something is not covered any more: by a gap, a rule that did not run, a
     narrower scope, a root cause
  4  a file could not be read: no comparison was made";

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The earlier run: a JSON report or a snapshot; `-` is stdin
    #[arg(value_name = "OLD")]
    pub old: PathBuf,

    /// The later run: a JSON report or a snapshot; `-` is stdin
    #[arg(value_name = "NEW")]
    pub new: PathBuf,

    #[command(flatten)]
    pub config: ConfigArgs,

    /// Show it as `table` (the default), `json` or `markdown`; on stdout, or in a file (repeatable)
    #[arg(short, long = "format", value_name = "FORMAT[=FILE]", help_heading = "Report")]
    pub formats: Vec<String>,

    /// The least severity at which something new makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "error", help_heading = "Report")]
    pub fail_on: FailOn,
}
