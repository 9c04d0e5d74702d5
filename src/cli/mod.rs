//! The command line's arguments, and nothing else.

mod diff;
mod examples;
mod facts;
mod rules;
mod source;
mod traffic;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::inventory::Pack;
use crate::report::schema::Document;
use crate::report::{Output, names, trace};
pub use diff::DiffArgs;
use examples::*;
pub use facts::FactsArgs;
pub use rules::RulesCommand;
use source::ONLY_LIVE;
pub use source::{AzureArgs, Demo, ReadFrom, ScopeArgs, SourceArgs};
pub use traffic::TrafficArgs;
use value::{OutputParser, dns_server, host_and_port, object_id};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Says why an Azure private endpoint cannot be reached. It only ever reads.
#[derive(Debug, Parser)]
#[command(name = "plaudit", version, styles = STYLES, propagate_version = true, arg_required_else_help = true, after_help = FIRST_STEPS)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub output: OutputOptions,
}

/// What was probably meant by a command line that was refused, where clap has no idea of it.
pub fn hint(wrong: &clap::Error) -> Option<&'static str> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let is_version = |given: &ContextValue| matches!(given, ContextValue::String(one) if one == "version");
    let given =
        wrong.get(ContextKind::InvalidSubcommand).filter(|_| wrong.kind() == ErrorKind::InvalidSubcommand);
    given.filter(|given| is_version(given)).map(|_| "`plaudit --version` tells the version")
}

/// Takes what may be a password out of a command line that was refused: addresses with `user:password@` are among what is.
pub fn hide_passwords(wrong: &mut clap::Error) {
    use clap::error::{ContextKind, ContextValue};
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        let without = match wrong.get(kind) {
            Some(ContextValue::String(given)) => value::without_password(given),
            _ => None,
        };
        without.map(|without| wrong.insert(kind, ContextValue::String(without)));
    }
}

#[derive(Debug, Args)]
pub struct OutputOptions {
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub color: ColorWhen,

    /// No progress and no warnings on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,

    /// Log what is read (-v), and how (-vv), to stderr
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the estate, judge it, report
    #[command(after_help = AUDIT_EXAMPLES)]
    Audit(AuditArgs),
    /// Read Azure into a snapshot file; report nothing
    #[command(after_help = COLLECT_EXAMPLES)]
    Collect(CollectArgs),
    /// How a virtual network resolves a name, hop by hop, and whether the answer can be reached
    #[command(after_help = TRACE_EXAMPLES)]
    Trace(TraceArgs),
    /// The names of endpoints and the addresses they ought to have
    #[command(after_help = NAMES_EXAMPLES)]
    Names(NamesArgs),
    /// The estate as rows, joined: JSON Lines for jq, databases and checks of one's own
    #[command(after_help = facts::EXAMPLES)]
    Facts(FactsArgs),
    /// Ask real DNS and open real TCP connections from this host; compare with what ought to be
    #[command(after_help = PROBE_EXAMPLES)]
    Probe(ProbeArgs),
    /// What is new, mended and unchanged between two reports or snapshots
    #[command(after_help = diff::EXAMPLES)]
    Diff(DiffArgs),
    /// List the rules, show a rule's page, write and check rules of your own
    #[command(subcommand, arg_required_else_help = true, after_help = RULES_EXAMPLES)]
    Rules(RulesCommand),
    /// Print the JSON Schema of what the commands write as JSON
    #[command(after_help = SCHEMA_EXAMPLES)]
    Schema {
        /// What is described
        #[arg(value_name = "DOCUMENT", default_value = "report")]
        document: Document,
    },
    /// Print a script with which a shell completes the command line
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        #[arg(value_name = "SHELL", help = "The shell")]
        shell: Shell,
    },
    /// Print the manual page of plaudit or of one of its commands, in roff
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// The command, such as `audit` or `rules show` [default: plaudit itself]
        #[arg(value_name = "COMMAND", num_args = 0..)]
        command: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    Table,
    Json,
}

#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// Ask for this name of the estate only (repeatable)
    #[arg(long = "name", value_name = "FQDN", help_heading = "Probe")]
    pub names: Vec<String>,

    /// The virtual network in which this host stands, by id or name
    #[arg(long, value_name = "VNET", help_heading = "Probe")]
    pub vantage: Option<String>,

    /// Ask this DNS server too (repeatable)
    #[arg(long = "server", value_name = "IP[:PORT]", value_parser = dns_server, help_heading = "Probe")]
    pub servers: Vec<SocketAddr>,

    /// Ask neither this host's resolver nor its DNS servers, only --server
    #[arg(long, requires = "servers", help_heading = "Probe")]
    pub no_system: bool,

    /// Connect to this host too, such as a vCenter server or an ESXi host (repeatable)
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port, help_heading = "Probe")]
    pub also: Vec<(String, u16)>,

    /// Connect to the public hosts that this software needs (repeatable): `azure-migrate`
    #[arg(long = "preset", value_name = "NAME", help_heading = "Probe")]
    pub presets: Vec<String>,

    /// Seconds to wait for an answer of DNS
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120), help_heading = "Probe")]
    pub dns_timeout: u64,

    /// Seconds to wait for a connection
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=120), help_heading = "Probe")]
    pub connect_timeout: u64,

    /// Questions and connections under way at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "Probe")]
    pub jobs: u16,

    /// Write what would be asked, as plain lines, and contact nobody (Azure is still read, unless --snapshot or --demo
    /// is given)
    #[arg(long, conflicts_with_all = ["formats", "write_baseline"], help_heading = "Probe")]
    pub dry_run: bool,

    #[command(flatten)]
    pub estate: EstateArgs,

    #[command(flatten)]
    pub baseline: BaselineArgs,

    #[command(flatten)]
    pub report: ReportArgs,
}

#[derive(Debug, Args)]
pub struct TraceArgs {
    /// A public or privatelink name (or a URL that holds it), or an endpoint by id, name or address
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The virtual network that asks, by id or name [default: every network expected to reach the endpoint]
    #[arg(long, value_name = "VNET")]
    pub from: Option<String>,

    /// How to show it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: trace::Format,

    #[command(flatten)]
    pub estate: EstateArgs,
}

#[derive(Debug, Args)]
pub struct NamesArgs {
    /// How to write them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: names::Format,

    #[command(flatten)]
    pub estate: EstateArgs,
}

#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(flatten)]
    pub estate: EstateArgs,

    #[command(flatten)]
    pub traffic: TrafficArgs,

    #[command(flatten)]
    pub packs: PackArgs,

    #[command(flatten)]
    pub baseline: BaselineArgs,

    /// An earlier snapshot or JSON report, for what counts only when it lasts
    #[arg(long, value_name = "FILE", help_heading = "Earlier runs")]
    pub since: Option<PathBuf>,

    /// End the report with every step that is left for a person in this estate, and not those of packs alone
    #[arg(long, help_heading = "Report")]
    pub checklist: bool,

    #[command(flatten)]
    pub report: ReportArgs,
}

/// Which estate a command is about, and what is known of it beforehand.
#[derive(Debug, Args)]
pub struct EstateArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub scope: ScopeArgs,

    #[command(flatten)]
    pub azure: AzureArgs,

    #[command(flatten)]
    pub config: ConfigArgs,
}

/// How findings are reported, and which of them decide the exit code.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Report as `table` (the default), `json`, `html`, `markdown`, `csv`, `xlsx`, `sarif`, `junit` or `github`; to
    /// stdout, or to a file (repeatable)
    #[arg(short, long = "format", value_name = "FORMAT[=FILE]", value_parser = OutputParser, hide_possible_values = true, help_heading = "Report")]
    pub formats: Vec<Output>,

    /// The least severity that makes the exit code 1
    #[arg(long, value_name = "SEVERITY", default_value = "error", help_heading = "Report")]
    pub fail_on: FailOn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    /// Findings never change the exit code
    Never,
}

#[derive(Debug, Args)]
pub struct CollectArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,

    #[command(flatten)]
    pub traffic: TrafficArgs,

    #[command(flatten)]
    pub azure: AzureArgs,

    #[command(flatten)]
    pub config: ConfigArgs,

    #[command(flatten)]
    pub packs: PackArgs,

    /// Go on with the run of these arguments that was stopped, from the journal beside the output
    #[arg(long)]
    pub resume: bool,

    /// Write stand-ins for names, ids, tags, texts and public addresses, the same one wherever the same stood, so that
    /// the file gives the same findings and may be shown to others. Private addresses, regions, group ids and zones of
    /// Azure stay. The journal of a run that is stopped is not redacted
    #[arg(long)]
    pub redact: bool,

    /// Redact this snapshot file instead of reading Azure; `-` is stdin
    #[arg(
        long,
        value_name = "FILE",
        requires = "redact",
        conflicts_with_all = ONLY_LIVE,
        conflicts_with_all = ["resource_groups", "resume"],
        help_heading = "Source"
    )]
    pub snapshot: Option<PathBuf>,

    /// The file to write; `-` is stdout, names ending in .gz or .zst are compressed
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Which configuration holds.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Read this configuration [default: plaudit.toml in the working directory, if it is there]
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    pub config: Option<PathBuf>,

    /// Pass over a plaudit.toml in the working directory
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub no_config: bool,

    /// Judge by the rules in this folder too (repeatable)
    #[arg(long = "rules-dir", value_name = "DIR", help_heading = "Configuration")]
    pub rules_dirs: Vec<PathBuf>,
}

/// Which rules of one undertaking are asked for.
#[derive(Debug, Args)]
pub struct PackArgs {
    /// Judge by this pack of rules too, and read what it takes (repeatable)
    #[arg(long = "pack", value_name = "NAME", ignore_case = true, help_heading = "Configuration")]
    pub packs: Vec<Pack>,

    /// Look into the rights of this identity, by object id: who registers the appliance of a migration
    #[arg(long, value_name = "ID", value_parser = object_id, help_heading = "Configuration")]
    pub appliance_object_id: Option<String>,
}

/// What an earlier run found.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// Findings of this JSON report are known: only others count towards the exit code
    #[arg(long, value_name = "FILE", help_heading = "Earlier runs")]
    pub baseline: Option<PathBuf>,

    /// Write the JSON report to this file, for --baseline; may be the same file
    #[arg(long, value_name = "FILE", help_heading = "Earlier runs")]
    pub write_baseline: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn servers_and_hosts_are_told_from_nonsense() {
        let server = |text: &str| super::dns_server(text).map(|server| server.to_string()).ok();
        assert_eq!(server("10.0.0.4").as_deref(), Some("10.0.0.4:53"));
        assert_eq!(server("[fd00::4]:5353").as_deref(), Some("[fd00::4]:5353"));
        assert_eq!(server("fd00::4").as_deref(), Some("[fd00::4]:53"));
        for wrong in ["", "dns.example", "10.0.0.4:0", "10.0.0.4:x", "10.0.0"] {
            assert_eq!(server(wrong), None, "{wrong}");
        }
        let host = |text: &str| super::host_and_port(text).ok();
        assert_eq!(host("ESX1.corp.example:902"), Some(("esx1.corp.example".to_owned(), 902)));
        assert_eq!(host("[fd00::4]:902"), Some(("fd00::4".to_owned(), 902)));
        for wrong in [
            "",
            "esx1",
            "esx1:",
            ":902",
            "esx1:0",
            "esx1:70000",
            "*.corp:1",
            "https://x:443",
            "a b:1",
            "a..b:1",
        ] {
            assert_eq!(host(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
