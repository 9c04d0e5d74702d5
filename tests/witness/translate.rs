//! An estate's JSON, as ARM sends it, as the configuration of a name server. Knows nothing of the product's model:
//! what a zone, a link, a rule or a firewall means is said here once more, in BIND's words.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use crate::arm::{Arm, Holder, array, text, under};
use crate::named::{View, Zone};
use crate::relay::Front;
use crate::zone_file;

const AZURE_DNS: &str = "168.63.129.16";

/// Names that a rule for `.` leaves to Azure (Azure docs: DNS Private Resolver, rules for the wildcard).
const RESERVED: [&str; 8] = [
    "windows.net",
    "azure.com",
    "azure.net",
    "windowsazure.us",
    "azure.us",
    "usgovcloudapi.net",
    "azure.cn",
    "chinacloudapi.cn",
];

/// Where the internet answers.
const INTERNET: Ipv4Addr = Ipv4Addr::new(127, 20, 0, 1);
/// Where nobody listens.
const NOBODY: Ipv4Addr = Ipv4Addr::new(127, 20, 0, 2);

/// A name that public DNS knows, and its alias there.
pub type Name = (String, Option<String>);

/// Whether an address is one that public DNS gives.
pub fn is_public(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.octets()[..3] == [203, 0, 113])
}

/// One estate as views. A list of servers, in a rule or a firewall, is asked one at a time, as one never knows which
/// will be: the one whose turn it is in this `round`.
pub struct Translation<'a> {
    arm: &'a Arm,
    round: usize,
    pub views: Vec<View>,
    azure: BTreeMap<String, Ipv4Addr>,
    machines: BTreeMap<String, Ipv4Addr>,
    firewalls: BTreeMap<String, Ipv4Addr>,
    /// Each link that hands NXDOMAIN on, as its network and zone: the zone in a view of its own, in which every
    /// NXDOMAIN is handed on.
    redirecting: BTreeMap<(String, String), Ipv4Addr>,
}

/// The view that plays public DNS.
pub fn internet(names: &[Name]) -> View {
    let content = zone_file::internet(names);
    let zones = vec![Zone::Primary(".".to_owned(), content)];
    View {
        name: "internet".to_owned(),
        front: Front { address: INTERNET, hides_chain: false },
        default: None,
        zones,
    }
}

impl<'a> Translation<'a> {
    /// Addresses are `127.{21 + round}.{sort}.{number}`.
    pub fn new(arm: &'a Arm, names: &[Name], round: usize) -> Self {
        let second = 21 + u8::try_from(round).unwrap();
        let place = |sort: u8, at: usize| Ipv4Addr::new(127, second, sort, u8::try_from(at + 1).unwrap());
        let number = |sort: u8, ids: Vec<String>| -> BTreeMap<String, Ipv4Addr> {
            ids.into_iter().enumerate().map(|(at, id)| (id, place(sort, at))).collect()
        };
        let links = arm.ids("virtualNetworks").into_iter().flat_map(|network| {
            let linked = arm.linked_zones(&network).into_iter().filter(|(_, redirects)| *redirects);
            linked.map(move |(zone, _)| (network.clone(), zone)).collect::<Vec<_>>()
        });
        let redirecting = links.enumerate().map(|(at, link)| (link, place(3, at))).collect();
        let mut it = Translation {
            arm,
            round,
            views: Vec::new(),
            azure: number(0, arm.ids("virtualNetworks")),
            machines: number(1, arm.ids("virtualNetworks")),
            firewalls: number(2, arm.ids("azureFirewalls")),
            redirecting,
        };
        for (at, network) in arm.ids("virtualNetworks").iter().enumerate() {
            it.azure_view(at, network);
            it.forwarder(format!("machine-{at}"), it.machines[network], it.azure[network]);
        }
        for (at, firewall) in arm.ids("azureFirewalls").iter().enumerate() {
            it.firewall(at, firewall);
        }
        for (at, ((network, zone), address)) in it.redirecting.clone().into_iter().enumerate() {
            // The one who asks goes on to follow CNAMEs in its own zones.
            let content = zone_file::of_zone(arm, &zone, &it.zones_below(&network, &last(&zone)));
            let zones = vec![Zone::Primary(last(&zone), content), Zone::Redirect(zone_file::redirect(names))];
            it.add(format!("redirecting-{at}"), address, false, None, zones);
        }
        it
    }

    fn add(
        &mut self,
        name: String,
        address: Ipv4Addr,
        hides_chain: bool,
        default: Option<Ipv4Addr>,
        zones: Vec<Zone>,
    ) {
        let name = format!("{name}-{}", self.round);
        self.views.push(View { name, front: Front { address, hides_chain }, default, zones });
    }

    fn forwarder(&mut self, name: String, address: Ipv4Addr, to: Ipv4Addr) {
        self.add(name, address, true, Some(to), Vec::new());
    }

    /// The names of the zones linked to a network that lie in another.
    fn zones_below(&self, network: &str, name: &str) -> Vec<String> {
        let linked = self.arm.linked_zones(network).into_iter().map(|(zone, _)| last(&zone));
        linked.filter(|zone| zone != name && under(zone, name)).collect()
    }

    /// The addresses that the clients of a network ask, in the order of its setting.
    pub fn asked_by(&self, network: &str) -> Vec<(String, Ipv4Addr)> {
        let servers = self.arm.servers_of(network);
        if servers.is_empty() {
            return vec![(String::new(), self.azure[network])];
        }
        servers.into_iter().map(|server| (server.clone(), self.answers_at(&server, Some(network)))).collect()
    }

    /// Where the holder of an address answers, when `from` asks it; `None` is a Virtual WAN hub.
    fn answers_at(&self, server: &str, from: Option<&str>) -> Ipv4Addr {
        if server == AZURE_DNS {
            // No zone can be linked to a hub.
            return from.map_or(INTERNET, |network| self.azure[network]);
        }
        match self.arm.holder(server) {
            Holder::Inbound { network } => self.azure[&network],
            Holder::Machine { network } => self.machines[&network],
            Holder::Firewall { id } => self.firewalls[&id],
            Holder::Nothing | Holder::Unknown => NOBODY,
        }
    }

    /// The one of several servers whose turn it is.
    fn turn(&self, servers: &[String], from: Option<&str>) -> Ipv4Addr {
        match servers {
            [] => NOBODY,
            servers => self.answers_at(&servers[self.round % servers.len()], from),
        }
    }

    fn firewall(&mut self, at: usize, id: &str) {
        let home = self.arm.network_of_firewall(id);
        let to = match self.arm.proxy_of(id) {
            Some((true, servers)) if servers.is_empty() => self.answers_at(AZURE_DNS, home.as_deref()),
            Some((true, servers)) => self.turn(&servers, home.as_deref()),
            // Nothing listens there.
            Some((false, _)) | None => return,
        };
        self.forwarder(format!("firewall-{at}"), self.firewalls[id], to);
    }

    /// Azure's resolver in a network.
    fn azure_view(&mut self, at: usize, network: &str) {
        let linked = self.arm.linked_zones(network);
        let redirecting: Vec<String> =
            linked.iter().filter(|(_, redirects)| *redirects).map(|(zone, _)| last(zone)).collect();
        let mut zones = Vec::new();
        for (zone, redirects) in &linked {
            let name = last(zone);
            zones.push(match redirects {
                true => Zone::Forward(name, self.redirecting[&(network.to_owned(), zone.clone())]),
                false => {
                    // Without a delegation BIND would not look outside a zone of its own.
                    let cuts: Vec<String> = redirecting
                        .iter()
                        .filter(|cut| **cut != name && under(cut, &name))
                        .cloned()
                        .collect();
                    Zone::Primary(name, zone_file::of_zone(self.arm, zone, &cuts))
                }
            });
        }
        let mut default = INTERNET;
        let rules = self.rules(network);
        for (domain, to) in &rules {
            let is_zone =
                |zone: &(String, bool)| *domain == last(&zone.0) || (zone.1 && under(domain, &last(&zone.0)));
            if domain.is_empty() {
                default = *to;
            } else if !linked.iter().any(is_zone) {
                // BIND has one zone of a name; Azure asks linked zones first.
                zones.push(Zone::Forward(domain.clone(), *to));
            }
        }
        if default != INTERNET {
            for reserved in RESERVED {
                let ruled = rules.keys().any(|domain| !domain.is_empty() && under(reserved, domain));
                if !ruled && !linked.iter().any(|(zone, _)| last(zone) == reserved) {
                    zones.push(Zone::Forward(reserved.to_owned(), INTERNET));
                }
            }
        }
        self.add(format!("azure-{at}"), self.azure[network], true, Some(default), zones);
    }

    /// The enabled rules of the ruleset linked to a network, by domain, and whom each asks.
    fn rules(&self, network: &str) -> BTreeMap<String, Ipv4Addr> {
        let mut rules = BTreeMap::new();
        for ruleset in self.arm.rulesets_of(network) {
            let from = self.arm.network_of_outbound(&ruleset).unwrap_or_else(|| network.to_owned());
            for rule in self.arm.of("dnsForwardingRulesets/forwardingRules") {
                let id = text(&rule["id"]).to_lowercase();
                let properties = &rule["properties"];
                let enabled = text(&properties["forwardingRuleState"]).eq_ignore_ascii_case("Enabled");
                if !enabled || !id.starts_with(&format!("{ruleset}/")) {
                    continue;
                }
                let domain = text(&properties["domainName"]).trim_end_matches('.').to_lowercase();
                let targets: Vec<String> =
                    array(&properties["targetDnsServers"]).iter().map(|t| text(&t["ipAddress"])).collect();
                rules.insert(domain, self.turn(&targets, Some(&from)));
            }
        }
        rules
    }
}

fn last(id: &str) -> String {
    id.rsplit('/').next().unwrap_or_default().to_owned()
}
