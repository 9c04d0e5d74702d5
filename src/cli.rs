//! The command line's arguments, and nothing else.

use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::azure::Auth;
use crate::inventory::Cloud;
use crate::report::{names, trace};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const FIRST_STEPS: &str = "\
First steps:
  plaudit audit --demo               a sample estate with mistakes in it; no account needed
  plaudit audit -s my-subscription   your own, after `az login`
  plaudit help audit                 scope, sign-in, formats, exit codes";

/// Says why an Azure private endpoint cannot be reached. It only ever reads.
#[derive(Debug, Parser)]
#[command(name = "plaudit", version, styles = STYLES, propagate_version = true, arg_required_else_help = true, after_help = FIRST_STEPS)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,

    #[command(flatten)]
    pub output: OutputOptions,
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
    /// List the rules, show a rule's page
    #[command(subcommand, arg_required_else_help = true)]
    Rules(RulesCommand),
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List every rule: its severity, whether it runs by itself, and what it needs
    List {
        /// How to write the list
        #[arg(short, long, value_name = "FORMAT", default_value = "table")]
        format: ListFormat,
    },
    /// Show a rule's page: what it finds, why it matters, how to mend it, when it stays silent
    Show {
        /// The rule, by id (`DNS-022`) or name (`a-record-wrong-ip`)
        #[arg(value_name = "RULE")]
        rule: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    Table,
    Json,
}

const AUDIT_EXAMPLES: &str = "\
Examples:
  plaudit audit --demo                       a sample estate with mistakes: exit code 1
  plaudit audit -s my-subscription           one subscription, and the hub it leans on
  plaudit audit --all-subscriptions -f table -f json=report.json
  plaudit audit --snapshot estate.jsonl.gz   what `plaudit collect` wrote
  plaudit audit --write-baseline known.json  accept what is found now
  plaudit audit --baseline known.json        only what is new counts

Exit codes:
  0  clean, and everything was read
  1  findings at or above --fail-on
  2  wrong usage or configuration
  3  nothing at or above it, but something that was asked for could not be read
  4  no audit was possible";

const COLLECT_EXAMPLES: &str = "\
Examples:
  plaudit collect -s my-subscription -o estate.jsonl.gz
  plaudit collect --all-subscriptions -o - | gzip > estate.jsonl.gz

Exit codes:
  0  everything was read
  2  wrong usage or configuration
  3  the snapshot was written, but something that was asked for could not be read
  4  nothing could be read";

const TRACE_EXAMPLES: &str = "\
Examples:
  plaudit trace pe-sql-orders --demo             every name of an endpoint, from where it is needed
  plaudit trace acct.blob.core.windows.net --from my-vnet -s my-subscription
  plaudit trace --snapshot estate.jsonl.gz my-endpoint -f mermaid

Exit codes:
  0  every trace ends at the endpoint, and a path leads there
  1  one does not
  2  wrong usage
  3  nothing is wrong as far as can be seen, but not everything can
  4  nothing could be read";

const NAMES_EXAMPLES: &str = "\
Examples:
  plaudit names --demo
  plaudit names -s my-subscription -f csv > names.csv
  plaudit names --snapshot estate.jsonl.gz -f proxy-bypass

Exit codes:
  0  every endpoint was read
  2  wrong usage
  3  names of some endpoint could not be read
  4  nothing could be read";

#[derive(Debug, Args)]
pub struct TraceArgs {
    /// A public or privatelink name, or an endpoint by id or name
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The virtual network that asks, by id or name [default: every network expected to reach the endpoint]
    #[arg(long, value_name = "VNET")]
    pub from: Option<String>,

    /// How to show it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: trace::Format,

    #[command(flatten)]
    pub config: ConfigArgs,

    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub scope: ScopeArgs,

    #[command(flatten)]
    pub azure: AzureArgs,
}

#[derive(Debug, Args)]
pub struct NamesArgs {
    /// How to write them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: names::Format,

    #[command(flatten)]
    pub config: ConfigArgs,

    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub scope: ScopeArgs,

    #[command(flatten)]
    pub azure: AzureArgs,
}

#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(flatten)]
    pub source: SourceArgs,

    #[command(flatten)]
    pub scope: ScopeArgs,

    #[command(flatten)]
    pub azure: AzureArgs,

    #[command(flatten)]
    pub config: ConfigArgs,

    #[command(flatten)]
    pub earlier: EarlierArgs,

    /// Report as `table` (the default) or `json`; to stdout, or to a file (repeatable)
    #[arg(short, long = "format", value_name = "FORMAT[=FILE]", help_heading = "Report")]
    pub formats: Vec<String>,

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
    pub azure: AzureArgs,

    #[command(flatten)]
    pub config: ConfigArgs,

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
}

/// What an earlier run found.
#[derive(Debug, Args)]
pub struct EarlierArgs {
    /// Findings of this JSON report are known: only others count towards the exit code
    #[arg(long, value_name = "FILE", help_heading = "Earlier runs")]
    pub baseline: Option<PathBuf>,

    /// Write the JSON report to this file, for --baseline; may be the same file
    #[arg(long, value_name = "FILE", help_heading = "Earlier runs")]
    pub write_baseline: Option<PathBuf>,

    /// An earlier snapshot or JSON report, for what counts only when it lasts
    #[arg(long, value_name = "FILE", help_heading = "Earlier runs")]
    pub since: Option<PathBuf>,
}

/// What means nothing to an estate that is not read from Azure, and must not be passed over in silence.
const ONLY_LIVE: [&str; 12] = [
    "subscriptions",
    "all_subscriptions",
    "context_subscriptions",
    "no_context",
    "deep",
    "auth",
    "tenant",
    "cloud",
    "arm_endpoint",
    "authority_host",
    "ca_file",
    "timeout",
];

/// Where the estate comes from; live Azure when none is given.
#[derive(Debug, Args)]
#[group(required = false, multiple = false)]
pub struct SourceArgs {
    /// Read a snapshot file instead of Azure; `-` is stdin
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ONLY_LIVE,
        help_heading = "Source"
    )]
    pub snapshot: Option<PathBuf>,

    /// Audit the sample estate inside the binary
    #[arg(
        long,
        value_name = "ESTATE",
        num_args = 0..=1,
        require_equals = false,
        default_missing_value = "faulty",
        conflicts_with_all = ONLY_LIVE,
        help_heading = "Source"
    )]
    pub demo: Option<Demo>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Demo {
    /// Has mistakes in it: exit code 1 is expected
    Faulty,
    /// Has none
    Healthy,
}

#[derive(Debug, Args)]
pub struct ScopeArgs {
    /// Subscription to audit, by id or name (repeatable) [default: $AZURE_SUBSCRIPTION_ID, else the Azure CLI's current one]
    #[arg(short, long = "subscription", value_name = "ID|NAME", help_heading = "Scope")]
    pub subscriptions: Vec<String>,

    /// Audit every subscription that can be seen
    #[arg(long, conflicts_with = "subscriptions", help_heading = "Scope")]
    pub all_subscriptions: bool,

    /// Report on this resource group only (repeatable); everything is still read
    #[arg(short = 'g', long = "resource-group", value_name = "NAME", value_parser = resource_group, help_heading = "Scope")]
    pub resource_groups: Vec<String>,

    /// Read this subscription as context too, by id or name (repeatable)
    #[arg(long = "context-subscription", value_name = "ID|NAME", help_heading = "Scope")]
    pub context_subscriptions: Vec<String>,

    /// Read nothing outside the audited subscriptions; missing zones and links are then at most unknown
    #[arg(long, conflicts_with = "context_subscriptions", help_heading = "Scope")]
    pub no_context: bool,

    /// Read every endpoint's zone group and every target's own side, not those of suspects alone
    #[arg(long, help_heading = "Scope")]
    pub deep: bool,
}

/// A group without a name, from a variable that is not set, would leave nothing to report on.
fn resource_group(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("it is empty; is a variable not set?"),
        name => Ok(name.to_owned()),
    }
}

#[derive(Debug, Args)]
pub struct AzureArgs {
    /// How to sign in
    #[arg(long, value_name = "HOW", default_value = "auto", help_heading = "Azure")]
    pub auth: Auth,

    /// The tenant to sign in to, by id or domain
    #[arg(long, value_name = "TENANT", help_heading = "Azure")]
    pub tenant: Option<String>,

    /// The cloud: decides endpoints and zone names
    #[arg(
        long,
        value_name = "CLOUD",
        default_value = "AzureCloud",
        ignore_case = true,
        help_heading = "Azure"
    )]
    pub cloud: Cloud,

    /// The management API's address, where it is not the cloud's own
    #[arg(long, value_name = "URL", value_parser = address, help_heading = "Azure")]
    pub arm_endpoint: Option<url::Url>,

    /// The sign-in service's address, where it is not the cloud's own [default: $AZURE_AUTHORITY_HOST]
    #[arg(long, value_name = "URL", value_parser = address, help_heading = "Azure")]
    pub authority_host: Option<url::Url>,

    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE", help_heading = "Azure")]
    pub ca_file: Option<PathBuf>,

    /// Give up after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=604_800), help_heading = "Azure")]
    pub timeout: u64,
}

/// What `Url` says of a host without a scheme helps nobody.
fn address(text: &str) -> Result<url::Url, String> {
    url::Url::parse(text)
        .map_err(|why| format!("{why}; give an address such as https://management.azure.com"))
}

impl ValueEnum for trace::Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[trace::Format::Table, trace::Format::Json, trace::Format::Mermaid, trace::Format::Dot]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            trace::Format::Table => ("table", "For people"),
            trace::Format::Json => ("json", "For programs"),
            trace::Format::Mermaid => ("mermaid", "A flowchart for Markdown"),
            trace::Format::Dot => ("dot", "A graph for Graphviz"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for names::Format {
    fn value_variants<'a>() -> &'a [Self] {
        use names::Format;
        &[Format::Table, Format::Json, Format::Csv, Format::Hosts, Format::ProxyBypass]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            names::Format::Table => ("table", "For people"),
            names::Format::Json => ("json", "For programs"),
            names::Format::Csv => ("csv", "For spreadsheets"),
            names::Format::Hosts => ("hosts", "Lines of a hosts file; for testing only"),
            names::Format::ProxyBypass => ("proxy-bypass", "One exact name a line"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Auth {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Auth::Auto,
            Auth::Cli,
            Auth::Environment,
            Auth::WorkloadIdentity,
            Auth::ManagedIdentity,
            Auth::AzurePipelines,
            Auth::GithubOidc,
            Auth::CloudShell,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Auth::Auto => ("auto", "What the environment announces, else the Azure CLI"),
            Auth::Cli => ("cli", "`az login`"),
            Auth::Environment => ("environment", "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"),
            Auth::WorkloadIdentity => ("workload-identity", "AZURE_FEDERATED_TOKEN_FILE"),
            Auth::ManagedIdentity => {
                ("managed-identity", "IDENTITY_ENDPOINT, or a virtual machine's own identity")
            }
            Auth::AzurePipelines => ("azure-pipelines", "A service connection of Azure Pipelines"),
            Auth::GithubOidc => ("github-oidc", "A GitHub Actions job with `id-token: write`"),
            Auth::CloudShell => ("cloud-shell", "Cloud Shell's local endpoint"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Cloud {
    fn value_variants<'a>() -> &'a [Self] {
        &[Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
