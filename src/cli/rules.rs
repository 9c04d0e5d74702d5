//! The arguments of `plaudit rules`.

use std::path::PathBuf;

use clap::Subcommand;

use super::examples::{RULES_CHECK_EXAMPLES, RULES_LIST_EXAMPLES, RULES_NEW_EXAMPLES, RULES_SHOW_EXAMPLES};
use super::value::RuleParser;
use super::{ConfigArgs, ListFormat};
use crate::facts::Subject;

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List every rule: its severity, whether it runs by itself, and what it needs
    #[command(after_help = RULES_LIST_EXAMPLES)]
    List {
        /// How to write the list
        #[arg(short, long, value_name = "FORMAT", default_value = "table")]
        format: ListFormat,

        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Show a rule's page: what it finds, why it matters, how to mend it, when it stays silent
    #[command(after_help = RULES_SHOW_EXAMPLES)]
    Show {
        /// The rule, by id (`DNS-022`) or name (`a-record-wrong-ip`)
        #[arg(value_name = "RULE", value_parser = RuleParser, hide_possible_values = true)]
        rule: String,

        #[command(flatten)]
        config: ConfigArgs,
    },
    /// Check the pages of rules of your own, and run the cases they carry
    #[command(after_help = RULES_CHECK_EXAMPLES)]
    Check {
        /// A folder of pages (`*.md`)
        #[arg(value_name = "DIR", required = true)]
        folders: Vec<PathBuf>,
    },
    /// Write a page to start a rule of your own from
    #[command(after_help = RULES_NEW_EXAMPLES)]
    New {
        /// Its id, such as `HUB-001`
        #[arg(value_name = "ID")]
        id: String,

        /// What its rows are about
        #[arg(long, value_name = "SUBJECT", default_value = "endpoint")]
        subject: Subject,

        /// Its name, such as `zones-outside-the-hub` [default: rename-me and the id in lower case]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,

        /// The folder to write it to
        #[arg(short, long, value_name = "DIR", default_value = ".")]
        output: PathBuf,
    },
}
