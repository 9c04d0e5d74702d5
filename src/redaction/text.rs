//! Texts taken apart: names, ids, addresses and what else stands in a field. Knows which parts are names, and leaves
//! to a [`Pass`] what becomes of them.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::words::{self, is_child_type, is_identifier, is_microsoft};
use crate::inventory::{REGISTERING_ROLES, is_guid};
use crate::topology::zones::Words;

/// What private DNS zone groups write into a record, around the name of their endpoint and its GUID.
const CREATOR: &str = "created by private endpoint";
const CREATOR_GUID: &str = " with resource guid ";

/// What the names of communities of regions begin with.
const AZURE: &str = "azure";

/// Stands where something else than text was due, and is as odd as what stood there.
const NOTHING: &str = "redacted";

/// A part that a rule knows a name by, or that ties it to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    ResourceGroup,
    /// The group of a network that Data Factory and the like manage.
    ManagedGroup,
    StorageAccount,
    /// The Service Bus of a migration is called like its storage account.
    Namespace,
    Vault,
    Peering,
    Slot,
}

/// What is done with the parts of texts: they are gathered, or replaced.
pub(super) trait Pass {
    fn words(&self) -> &'static Words;
    /// A name, or a label of one, in lower case.
    fn label(&mut self, label: &str) -> String;
    /// In lower case.
    fn guid(&mut self, guid: &str) -> String;
    fn net(&mut self, net: IpNet) -> IpNet;
    /// Told of a label before it is replaced anywhere.
    fn role(&mut self, label: &str, role: Role);
}

/// A name of whatever kind: of a resource, of a host. Labels between dots are names of their own.
pub(super) fn name(pass: &mut impl Pass, text: &str) -> String {
    if let Some(made) = guid(pass, text).or_else(|| net(pass, text)) {
        return made;
    }
    let numbers = text.split('.').filter(|label| is_number(label)).count();
    let labels = text.split('.').map(|one| match is_number(one) && numbers == 1 {
        // Partitions of Static Web Apps are numbers; several numbers may be an address.
        true => one.to_owned(),
        false => label(pass, one),
    });
    labels.collect::<Vec<_>>().join(".")
}

fn guid(pass: &mut impl Pass, text: &str) -> Option<String> {
    is_guid(text).then(|| pass.guid(&text.to_ascii_lowercase()))
}

fn is_number(label: &str) -> bool {
    (1..=3).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_digit())
}

fn label(pass: &mut impl Pass, label: &str) -> String {
    let lower = label.to_ascii_lowercase();
    // Zones of storage accounts and Static Web Apps are numbered.
    let is_zone = lower.strip_prefix('z').is_some_and(is_number);
    if matches!(label, "" | "*" | "@") || is_zone || pass.words().labels.contains(&lower) {
        return label.to_owned();
    }
    if let Some(made) = guid(pass, label) {
        return made;
    }
    match lower.strip_prefix('*') {
        Some(rest) => format!("*{}", pass.label(rest)),
        None => pass.label(&lower),
    }
}

/// A text that is no name: nothing of it is left but that it is the same as others.
pub(super) fn prose(pass: &mut impl Pass, text: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => format!("{NOTHING}-{}", whole(pass, text)),
    }
}

/// The stand-in of a text that is not taken apart.
fn whole(pass: &mut impl Pass, text: &str) -> String {
    pass.label(&text.to_ascii_lowercase())
}

/// A state or a choice, or several with commas between them: those that are known stay.
pub(super) fn value(pass: &mut impl Pass, text: &str) -> String {
    let part = |part: &str| match part.is_empty() || words::is_value(part) {
        true => part.to_owned(),
        false => whole(pass, part),
    };
    text.split(',').map(str::trim).map(part).collect::<Vec<_>>().join(",")
}

/// The name of a metric, which is Azure's, or an address whose share of it is told.
pub(super) fn measured(pass: &mut impl Pass, text: &str) -> String {
    if words::is_metric(text) { text.to_owned() } else { name(pass, text) }
}

/// A time says nothing of whose it is.
pub(super) fn time(text: &str) -> String {
    match text.parse::<Timestamp>() {
        Ok(_) => text.to_owned(),
        Err(_) => NOTHING.to_owned(),
    }
}

/// A BGP community: those of Microsoft stay (Azure docs: "ExpressRoute routing requirements", support for BGP
/// communities).
pub(super) fn community(pass: &mut impl Pass, text: &str) -> String {
    let is_microsofts = text.strip_prefix("12076:").is_some_and(|value| value.parse::<u16>().is_ok());
    if is_microsofts { text.to_owned() } else { whole(pass, text) }
}

/// What a BGP community stands for: `Azure West Europe`. A region that is not known has one stand-in, here as where a
/// resource lies in it.
pub(super) fn community_name(pass: &mut impl Pass, text: &str) -> String {
    let plain: String =
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    match plain.strip_prefix(AZURE).filter(|region| !region.is_empty()) {
        Some(region) if pass.words().regions.contains(region) => text.to_owned(),
        Some(region) => format!("{AZURE}{}", name(pass, region)),
        None => whole(pass, text),
    }
}

/// An error code: those that are known stay.
pub(super) fn code(pass: &mut impl Pass, text: &str) -> String {
    if text.is_empty() || words::is_code(text) { text.to_owned() } else { whole(pass, text) }
}

/// A flag or a number that is written as text.
pub(super) fn plain(text: &str) -> String {
    let is_flag = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    if is_flag || text.parse::<u64>().is_ok() { text.to_owned() } else { NOTHING.to_owned() }
}

/// A region: those that are known stay, in whatever spelling (`West Europe`); the spellings of another become one.
pub(super) fn region(pass: &mut impl Pass, text: &str) -> String {
    let plain: String = text.chars().filter(|c| *c != ' ').collect::<String>().to_ascii_lowercase();
    if pass.words().regions.contains(&plain) { text.to_owned() } else { name(pass, &plain) }
}

/// A group id or the name of one of its members.
pub(super) fn group(pass: &mut impl Pass, text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if pass.words().groups.contains(&lower) {
        return text.to_owned();
    }
    let prefix = pass.words().group_prefixes.iter().find(|prefix| lower.starts_with(prefix.as_str()));
    if let Some(prefix) = prefix.filter(|prefix| prefix.len() < lower.len()) {
        let slot = lower.get(prefix.len()..).unwrap_or_default();
        pass.role(slot, Role::Slot);
        return format!("{prefix}{}", name(pass, slot));
    }
    match lower.strip_suffix("_secondary").filter(|rest| !rest.is_empty()) {
        Some(rest) => format!("{}_secondary", group(pass, rest)),
        None => name(pass, text),
    }
}

/// Ports and ranges of them.
pub(super) fn ports(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '*' | ',' | ' '));
    if is_plain { text.to_owned() } else { NOTHING.to_owned() }
}

/// An address, a prefix, a service tag; or several, with commas between them.
pub(super) fn addresses(pass: &mut impl Pass, text: &str) -> String {
    let parts = text.split(',').map(str::trim).map(|part| match net(pass, part) {
        Some(made) => made,
        None if part.is_empty() || part == "*" || words::is_service_tag(pass.words(), part) => {
            part.to_owned()
        }
        None => whole(pass, part),
    });
    parts.collect::<Vec<_>>().join(",")
}

fn net(pass: &mut impl Pass, text: &str) -> Option<String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(pass.net(IpNet::from(address)).addr().to_string());
    }
    text.parse::<IpNet>().ok().map(|prefix| pass.net(prefix).to_string())
}

/// Who wrote a record, as zone groups say it.
pub(super) fn creator(pass: &mut impl Pass, text: &str) -> String {
    let Some(rest) = text.strip_prefix(CREATOR) else { return prose(pass, text) };
    match rest.trim().split_once(CREATOR_GUID) {
        Some((endpoint, guid)) => {
            let endpoint = name(pass, endpoint.trim());
            format!("{CREATOR} {endpoint}{CREATOR_GUID}{}", name(pass, guid.trim()))
        }
        None => format!("{CREATOR} {}", name(pass, rest.trim())).trim_end().to_owned(),
    }
}

/// A resource type, such as `Microsoft.Network/dnsResolvers`.
pub(super) fn resource_type(pass: &mut impl Pass, text: &str) -> String {
    let mut segments = text.split('/');
    let namespace = segments.next().unwrap_or_default();
    let mut provider = Provider::new(pass.words(), namespace);
    let mut made = vec![provider.namespace(pass, namespace)];
    segments.for_each(|segment| made.push(provider.kind(pass, segment)));
    made.join("/")
}

/// A namespace and the types under it, while they are gone through.
struct Provider {
    /// In lower case.
    full: String,
    namespace_is_known: bool,
    is_microsoft: bool,
    depth: usize,
}

impl Provider {
    fn new(words: &Words, namespace: &str) -> Provider {
        let full = namespace.to_ascii_lowercase();
        let is_microsoft = is_microsoft(namespace);
        let begins = |kind: &String| kind.strip_prefix(&full).is_some_and(|rest| rest.starts_with('/'));
        let known = is_microsoft || full == "microsoft.customproviders" || words.types.iter().any(begins);
        Provider { full, namespace_is_known: known, is_microsoft, depth: 0 }
    }

    fn namespace(&self, pass: &mut impl Pass, text: &str) -> String {
        if self.namespace_is_known { text.to_owned() } else { name(pass, text) }
    }

    fn kind(&mut self, pass: &mut impl Pass, segment: &str) -> String {
        self.depth += 1;
        self.full = format!("{}/{}", self.full, segment.to_ascii_lowercase());
        let is_own = self.is_microsoft || (self.namespace_is_known && self.depth == 1);
        let is_known = (is_own && is_identifier(segment))
            || pass.words().types.contains(&self.full)
            || is_child_type(segment)
            || segment.is_empty();
        if is_known { segment.to_owned() } else { name(pass, segment) }
    }
}

/// What comes next in an id.
enum Next {
    Key,
    Namespace,
    Value,
}

/// An ARM id: the words that hold it together stay. What has no slash is a name, or an alias that is one.
pub(super) fn id(pass: &mut impl Pass, text: &str) -> String {
    if !text.contains('/') {
        return name(pass, text);
    }
    note_roles(pass, text);
    let mut made = Vec::new();
    let (mut next, mut provider): (Next, Option<Provider>) = (Next::Key, None);
    let mut key = String::new();
    for segment in text.split('/') {
        let lower = segment.to_ascii_lowercase();
        next = match next {
            // What a name begins or ends with, or two in a row, is no segment.
            Next::Key if segment.is_empty() => {
                made.push(String::new());
                Next::Key
            }
            Next::Key if lower == "providers" => {
                made.push(segment.to_owned());
                Next::Namespace
            }
            Next::Key => {
                made.push(match &mut provider {
                    Some(provider) => provider.kind(pass, segment),
                    None if matches!(lower.as_str(), "subscriptions" | "resourcegroups") => {
                        segment.to_owned()
                    }
                    None => name(pass, segment),
                });
                key = lower;
                Next::Value
            }
            Next::Namespace => {
                let of = Provider::new(pass.words(), segment);
                made.push(of.namespace(pass, segment));
                provider = Some(of);
                Next::Key
            }
            Next::Value => {
                made.push(value_of(pass, &key, segment));
                Next::Key
            }
        };
    }
    made.join("/")
}

/// What stands behind a key of an id, which is in lower case.
fn value_of(pass: &mut impl Pass, key: &str, text: &str) -> String {
    match key {
        "roledefinitions" if REGISTERING_ROLES.iter().any(|known| known.eq_ignore_ascii_case(text)) => {
            text.to_owned()
        }
        "bgpservicecommunities" => community_name(pass, text),
        "metrics" if words::is_measure(text) => text.to_owned(),
        _ => name(pass, text),
    }
}

/// Tells which of the names in an id mean something to rules by how they begin or end, or are parts of host names.
fn note_roles(pass: &mut impl Pass, text: &str) {
    let segments: Vec<&str> = text.split('/').collect();
    let mut group = None;
    for pair in segments.windows(2) {
        let [key, value] = pair else { continue };
        let (key, value) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
        match key.as_str() {
            "resourcegroups" => {
                pass.role(&value, Role::ResourceGroup);
                group = Some(value);
            }
            "storageaccounts" => pass.role(&value, Role::StorageAccount),
            "namespaces" => pass.role(&value, Role::Namespace),
            "vaults" => pass.role(&value, Role::Vault),
            "virtualnetworkpeerings" => pass.role(&value, Role::Peering),
            "slots" => pass.role(&value, Role::Slot),
            "privateendpoints" if value.contains('.') => {
                if let Some(group) = &group {
                    pass.role(group, Role::ManagedGroup);
                }
            }
            _ => {}
        }
    }
}
