//! Where the estate comes from, how much of it is read, and how to sign in.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::value::{address, resource_group};
use crate::azure::Auth;
use crate::inventory::Cloud;

/// What means nothing to an estate that is not read from Azure, and must not be passed over in silence.
pub(super) const ONLY_LIVE: [&str; 15] = [
    "subscriptions",
    "all_subscriptions",
    "management_groups",
    "read_from",
    "no_verify",
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

    /// Audit the subscriptions of this management group and of those below it, by id (repeatable)
    #[arg(
        long = "management-group",
        value_name = "ID",
        conflicts_with = "all_subscriptions",
        help_heading = "Scope"
    )]
    pub management_groups: Vec<String>,

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

    /// What the estate is read from
    #[arg(long = "source", value_name = "SOURCE", default_value = "auto", help_heading = "Azure")]
    pub read_from: ReadFrom,

    /// Believe Resource Graph, and do not read again what findings hang on
    #[arg(long, help_heading = "Azure")]
    pub no_verify: bool,

    /// The management API's address, where it is not the cloud's own
    #[arg(long, value_name = "URL", value_parser = address, help_heading = "Azure")]
    pub arm_endpoint: Option<url::Url>,

    /// The sign-in service's address, where it is not the cloud's own [default: $AZURE_AUTHORITY_HOST]
    #[arg(long, value_name = "URL", value_parser = address, help_heading = "Azure")]
    pub authority_host: Option<url::Url>,

    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE", help_heading = "Azure")]
    pub ca_file: Option<PathBuf>,

    /// Stop reading after this many seconds, and report what was read
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u64).range(1..=604_800), help_heading = "Azure")]
    pub timeout: u64,
}

/// Which of Azure's services the estate is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReadFrom {
    /// The management API: what is
    Arm,
    /// Resource Graph: an index over all subscriptions, quick; what findings hang on is read again
    Graph,
    /// The management API for up to ten subscriptions, Resource Graph for more
    Auto,
}
