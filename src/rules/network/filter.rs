//! What a network security group does with a packet: the first rule that fits decides. Knows groups and packets, no
//! network.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::inventory::{SecurityGroup, SecurityRule};

/// TCP packets from all of a prefix to one address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packet {
    pub source: IpNet,
    /// Whether the source belongs to the tag `VirtualNetwork` where the group applies.
    pub source_is_virtual_network: bool,
    pub address: IpAddr,
    /// `None` where nobody knows on which port the service listens.
    pub port: Option<u16>,
}

/// What becomes of them.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ruling<'a> {
    /// At least some of them get in.
    Allowed,
    /// All of them are turned away by this rule.
    Denied(&'a SecurityRule),
    /// Nobody can say, for this reason.
    Unknowable(&'static str),
}

const BY_GROUP: &str = "the security group goes by application security groups";
const BY_SOURCE_PORT: &str = "the security group goes by the ports that clients connect from";
const NONE_FITS: &str = "no rule of the security group fits";

/// How much of something a rule covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cover {
    Nothing,
    Part,
    All,
}

pub(super) fn is_inbound(rule: &SecurityRule) -> bool {
    is(rule.direction.as_deref(), "Inbound")
}

pub(super) fn is_denial(rule: &SecurityRule) -> bool {
    is(rule.access.as_deref(), "Deny")
}

fn is(text: Option<&str>, wanted: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(wanted))
}

/// Asks the rules in the order of their priorities. A rule that denies only part of the packets leaves the rest to
/// those behind it; one that allows part of them is enough to say that somebody gets in. One that goes by the ports
/// they come from does so for some packets of every client: what follows decides, unless it says the opposite.
pub(super) fn rule_on(group: &SecurityGroup, packet: Packet) -> Ruling<'_> {
    let mut rules: Vec<&SecurityRule> = group.rules.iter().filter(|rule| is_inbound(rule)).collect();
    rules.sort_by_key(|rule| rule.priority.unwrap_or(u64::MAX));
    let (mut some_denied, mut some_allowed) = (false, false);
    for rule in rules {
        let cover = protocol(rule).min(port(rule, packet.port)).min(to(rule, packet.address));
        if cover == Cover::Nothing {
            continue;
        }
        if rule.by_group {
            return Ruling::Unknowable(BY_GROUP);
        }
        let cover = cover.min(from(rule, packet));
        let for_some = from_port(rule) == Cover::Part;
        match (cover, is_denial(rule)) {
            (Cover::Nothing, _) | (Cover::Part, true) => {}
            (Cover::All, true) if for_some => some_denied = true,
            (Cover::Part | Cover::All, false) if for_some => some_allowed = true,
            (Cover::All, true) if some_allowed => return Ruling::Unknowable(BY_SOURCE_PORT),
            (Cover::All, true) => return Ruling::Denied(rule),
            (Cover::Part | Cover::All, false) if some_denied => return Ruling::Unknowable(BY_SOURCE_PORT),
            (Cover::Part | Cover::All, false) => return Ruling::Allowed,
        }
    }
    Ruling::Unknowable(NONE_FITS)
}

/// Whether a rule before `deny` lets somebody in to this address and these ports by name.
pub(super) fn lets_others_in(
    group: &SecurityGroup,
    deny: &SecurityRule,
    address: IpAddr,
    ports: &[u16],
) -> bool {
    group.rules.iter().any(|rule| {
        let asked = if ports.is_empty() {
            port(rule, None) > Cover::Nothing
        } else {
            ports.iter().any(|wanted| port(rule, Some(*wanted)) > Cover::Nothing)
        };
        is_inbound(rule)
            && is(rule.access.as_deref(), "Allow")
            && rule.priority < deny.priority
            && protocol(rule) > Cover::Nothing
            && asked
            && (rule.by_group || to(rule, address) > Cover::Nothing)
            && rule.sources.iter().all(|source| !source.eq_ignore_ascii_case("AzureLoadBalancer"))
    })
}

fn protocol(rule: &SecurityRule) -> Cover {
    let fits = rule.protocol.as_deref().is_some_and(|name| name == "*" || name.eq_ignore_ascii_case("Tcp"));
    if fits { Cover::All } else { Cover::Nothing }
}

fn port(rule: &SecurityRule, wanted: Option<u16>) -> Cover {
    let covers = |text: &str| {
        let (first, last) = match range(text) {
            Some(range) => range,
            None => return Cover::Nothing,
        };
        match wanted {
            Some(port) if (first..=last).contains(&port) => Cover::All,
            Some(_) => Cover::Nothing,
            // Every port but the one that is never used.
            None if first <= 1 && last == u16::MAX => Cover::All,
            None => Cover::Part,
        }
    };
    rule.destination_ports.iter().map(|text| covers(text)).max().unwrap_or(Cover::Nothing)
}

/// How much of the ports that a client connects from a rule covers. A client takes any that is free, so that a rule for
/// some of them is about some of its connections; a range that is not understood may be one of these.
fn from_port(rule: &SecurityRule) -> Cover {
    let named: Vec<&str> =
        rule.source_ports.iter().map(|text| text.trim()).filter(|t| !t.is_empty()).collect();
    let Some(mut ranges) = named.iter().map(|text| range(text)).collect::<Option<Vec<_>>>() else {
        return Cover::Part;
    };
    ranges.sort_unstable();
    // The first port that none covers; 0 is never used.
    let left = ranges.iter().fold(1, |left, (first, last)| match u32::from(*first) <= left {
        true => left.max(u32::from(*last) + 1),
        false => left,
    });
    if named.is_empty() || left > u32::from(u16::MAX) { Cover::All } else { Cover::Part }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let text = text.trim();
    if text == "*" {
        return Some((0, u16::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}

/// An endpoint's address is inside its network, and so in the tag `VirtualNetwork`. No other tag holds it: those of
/// services name their public addresses (Azure docs: virtual network service tags).
fn to(rule: &SecurityRule, address: IpAddr) -> Cover {
    // Rules that go by groups alone name no destination.
    if rule.by_group && rule.destinations.is_empty() {
        return Cover::Part;
    }
    let covers = |text: &str| {
        is_any(text)
            || text.eq_ignore_ascii_case("VirtualNetwork")
            || prefix(text).is_some_and(|prefix| prefix.contains(&address))
    };
    if rule.destinations.iter().any(|text| covers(text)) { Cover::All } else { Cover::Nothing }
}

fn from(rule: &SecurityRule, packet: Packet) -> Cover {
    let covers = |text: &str| {
        if is_any(text) || (text.eq_ignore_ascii_case("VirtualNetwork") && packet.source_is_virtual_network) {
            return Cover::All;
        }
        match prefix(text) {
            Some(prefix) if prefix.contains(&packet.source) => Cover::All,
            Some(prefix) if packet.source.contains(&prefix) => Cover::Part,
            _ => Cover::Nothing,
        }
    };
    rule.sources.iter().map(|text| covers(text)).max().unwrap_or(Cover::Nothing)
}

fn is_any(text: &str) -> bool {
    text == "*" || text.eq_ignore_ascii_case("Any") || text == "0.0.0.0/0"
}

/// A prefix or a single address, as rules write them.
pub(super) fn prefix(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
