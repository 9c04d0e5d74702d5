//! What the values of arguments may be, and how they are read.

use std::ffi::OsStr;
use std::net::{IpAddr, SocketAddr};

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error, ValueEnum};

use crate::azure::Auth;
use crate::facts::Subject;
use crate::inventory::{Cloud, Pack, is_guid};
use crate::report::schema::Document;
use crate::report::{Format, Output, names, trace};
use crate::rules;

/// `10.0.0.4`, `10.0.0.4:5353`, `fd00::4`, `[fd00::4]:5353`
pub(super) fn dns_server(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let alone = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
    let server = alone.or_else(|_| text.parse::<SocketAddr>());
    let server = server.map_err(|_| "give an IP address, such as 10.0.0.4 or 10.0.0.4:5353".to_owned())?;
    match server.port() {
        0 => Err("0 is no port".to_owned()),
        _ => Ok(server),
    }
}

/// `esx1.corp.example:902`, `[fd00::4]:902`
pub(super) fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let wrong = || "give a host and a port, such as esx1.corp.example:902".to_owned();
    let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 =
        port.parse().ok().filter(|port| *port != 0).ok_or_else(|| format!("`{port}` is no port"))?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let host = bare.trim_end_matches('.').to_ascii_lowercase();
    let is_name = |host: &str| {
        let is_label = |label: &str| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        host.split('.').all(is_label)
    };
    match host.parse::<IpAddr>().is_ok() || is_name(&host) {
        true => Ok((host, port)),
        false => Err(wrong()),
    }
}

/// A group without a name, from a variable that is not set, would leave nothing to report on.
pub(super) fn resource_group(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("it is empty; is a variable not set?"),
        name => Ok(name.to_owned()),
    }
}

/// A name, which no list of roles takes, would find nobody.
pub(super) fn object_id(text: &str) -> Result<String, &'static str> {
    let id = text.trim();
    is_guid(id).then(|| id.to_ascii_lowercase()).ok_or("give an object id, such as `az ad user show` tells")
}

/// What `Url` says of a host without a scheme helps nobody.
pub(super) fn address(text: &str) -> Result<url::Url, String> {
    let url = url::Url::parse(text)
        .map_err(|why| format!("{why}; give an address such as https://management.azure.com"))?;
    // Before anything keeps or shows it.
    match url.username().is_empty() && url.password().is_none() {
        true => Ok(url),
        false => Err("it holds a user name or password".to_owned()),
    }
}

/// An address without what stands before the host; `None` where nothing does.
pub(super) fn without_password(given: &str) -> Option<String> {
    let (scheme, rest) = given.split_once("://")?;
    let (_, host) = rest.rsplit_once('@')?;
    Some(format!("{scheme}://***@{host}"))
}

/// Reads `FORMAT[=FILE]`. The formats are told to shells, which cannot know that a file may follow.
#[derive(Clone)]
pub(super) struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Output, Error> {
        let text = StringValueParser::new().parse_ref(command, arg, value)?;
        text.parse().map_err(|why| command.clone().error(ErrorKind::ValueValidation, why))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let told = |format: Format| PossibleValue::new(format.name()).help(format.summary());
        Some(Box::new(Format::ALL.into_iter().map(told)))
    }
}

/// Takes any text, since the command knows what is meant by a misspelled one. The rules are told to shells.
#[derive(Clone)]
pub(super) struct RuleParser;

impl TypedValueParser for RuleParser {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let rules = rules::all().ok()?;
        Some(Box::new(rules.into_iter().map(|rule| PossibleValue::new(rule.page.id).help(rule.page.name))))
    }
}

impl ValueEnum for Document {
    fn value_variants<'a>() -> &'a [Self] {
        &Document::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Document::Report => "A report of audit or probe",
            Document::Names => "What names writes",
            Document::Trace => "What trace writes",
            Document::Rules => "What rules list writes",
            Document::Diff => "What diff writes",
            Document::Facts => "A row of facts",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Subject {
    fn value_variants<'a>() -> &'a [Self] {
        &Subject::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.title()))
    }
}

impl ValueEnum for trace::Format {
    fn value_variants<'a>() -> &'a [Self] {
        &trace::Format::ALL
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
        &names::Format::ALL
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

impl ValueEnum for Pack {
    fn value_variants<'a>() -> &'a [Self] {
        &Pack::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Pack::AzureMigrate => {
                "Azure Migrate: projects, their vaults and storage accounts, and the way to them"
            }
            Pack::ExpressRoute => "ExpressRoute: circuits, their Microsoft peering and route filters",
        };
        Some(PossibleValue::new(self.name()).help(help))
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
