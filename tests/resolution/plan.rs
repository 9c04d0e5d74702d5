//! Random estates as plain data: small enough to read when a case fails, and to shrink.

use plaudit::inventory::ResourceId;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::estate::Estate;
use crate::estate::services::{key_vault, storage};

/// What a random estate is about: which zones, names and rules meet in it.
#[derive(Debug)]
pub struct Family {
    pub zones: &'static [&'static str],
    /// Names that are asked, with what public DNS makes of them.
    pub names: &'static [(&'static str, Option<&'static str>)],
    /// Domains of forwarding rules.
    pub domains: &'static [&'static str],
    /// Where CNAMEs lead.
    pub targets: &'static [&'static str],
}

pub const FAMILIES: [Family; 4] = [
    Family {
        zones: &[
            "privatelink.blob.core.windows.net",
            "blob.core.windows.net",
            "acct.blob.core.windows.net",
            "acct.privatelink.blob.core.windows.net",
            "corp.example",
        ],
        names: &[
            ("acct.blob.core.windows.net", Some("acct.privatelink.blob.core.windows.net")),
            ("other.blob.core.windows.net", Some("other.privatelink.blob.core.windows.net")),
            ("plain.blob.core.windows.net", None),
            ("www.corp.example", None),
        ],
        domains: &[
            "blob.core.windows.net.",
            "privatelink.blob.core.windows.net.",
            "acct.blob.core.windows.net.",
            "windows.net.",
            "corp.example.",
            ".",
        ],
        targets: &[
            "acct.blob.core.windows.net",
            "acct.privatelink.blob.core.windows.net.",
            "Other.Privatelink.blob.core.windows.net",
            "www.corp.example",
            "out.example.org",
        ],
    },
    Family {
        zones: &[
            "privatelink.azurewebsites.net",
            "scm.privatelink.azurewebsites.net",
            "azurewebsites.net",
            "app.scm.azurewebsites.net",
        ],
        names: &[
            ("app.azurewebsites.net", Some("app.privatelink.azurewebsites.net")),
            ("app.scm.azurewebsites.net", Some("app.scm.privatelink.azurewebsites.net")),
            ("scm.privatelink.azurewebsites.net", None),
            ("a.b.scm.privatelink.azurewebsites.net", None),
        ],
        domains: &[
            "azurewebsites.net.",
            "scm.azurewebsites.net.",
            "Privatelink.azurewebsites.net.",
            "scm.privatelink.azurewebsites.net",
            ".",
        ],
        targets: &[
            "app.privatelink.azurewebsites.net",
            "app.scm.privatelink.azurewebsites.net",
            "x.scm.azurewebsites.net",
            "elsewhere.example.org.",
        ],
    },
    Family {
        zones: &[
            "privatelink.azurecr.io",
            "data.privatelink.azurecr.io",
            "eastus.data.privatelink.azurecr.io",
            "azurecr.io",
        ],
        names: &[
            ("reg.azurecr.io", Some("reg.privatelink.azurecr.io")),
            ("reg.eastus.data.azurecr.io", Some("reg.eastus.data.privatelink.azurecr.io")),
            ("privatelink.azurecr.io", None),
        ],
        domains: &["azurecr.io.", "privatelink.azurecr.io.", "eastus.data.azurecr.io.", "io.", "."],
        targets: &["reg.privatelink.azurecr.io", "reg.azurecr.io", "reg.eastus.data.privatelink.azurecr.io"],
    },
    Family {
        zones: &["privatelink.vaultcore.azure.net", "vault.azure.net", "kv.vault.azure.net", "azure.example"],
        names: &[
            ("kv.vault.azure.net", Some("kv.privatelink.vaultcore.azure.net")),
            ("kv2.vault.azure.net", Some("kv2.privatelink.vaultcore.azure.net")),
            ("db.azure.example", None),
        ],
        domains: &["vault.azure.net.", "privatelink.vaultcore.azure.net.", "azure.net.", "example.", "."],
        targets: &["kv.privatelink.vaultcore.azure.net", "db.azure.example", "kv.vault.azure.net"],
    },
];

/// A DNS server's address in some setting. The network is taken modulo the number of networks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Server {
    AzureDns,
    Inbound(usize, u8),
    Firewall(usize),
    HubFirewall(usize),
    Machine(usize),
    Balancer(usize),
    /// An endpoint's interface.
    Endpoint(usize),
    /// In the subnet for machines, listed nowhere.
    Unlisted(usize),
    /// In the subnet of inbound endpoints, if there is one.
    Unheld(usize),
    /// In the firewall's subnet, if there is one.
    BesideFirewall(usize),
    OnPremises,
    Public,
    Garbage(usize),
}

#[derive(Debug, Clone)]
pub struct Vnet {
    /// Its address space is that of the network of this number.
    pub space: usize,
    pub servers: Vec<Server>,
    pub inbound: u8,
    pub machine: bool,
    pub balancer: bool,
    pub endpoint: bool,
    pub firewall: Option<Dns>,
    pub hub: Option<usize>,
    pub ruleset: Option<usize>,
}

/// A firewall's DNS settings and where they stand.
#[derive(Debug, Clone)]
pub struct Dns {
    pub place: DnsPlace,
    pub proxy: bool,
    pub servers: Vec<Server>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DnsPlace {
    /// Nothing is set anywhere.
    Nowhere,
    Classic,
    Policy,
    BasePolicy,
    /// A policy without settings; the classic ones do not count then.
    EmptyPolicy,
    /// The firewall names a policy that nobody sees.
    LostPolicy,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum State {
    Connected,
    /// Only one side was made.
    Initiated,
    /// The other side was deleted.
    Disconnected,
    /// One side disconnected, the other made anew.
    HalfRemade,
}

#[derive(Debug, Clone)]
pub struct Zone {
    pub name: usize,
    /// The network, and whether the link sends NXDOMAIN on.
    pub links: Vec<(usize, bool)>,
    pub records: Vec<Record>,
}

#[derive(Debug, Clone)]
pub struct Record {
    pub name: Name,
    pub data: Data,
}

/// A record's name in its zone.
#[derive(Debug, Clone, Copy)]
pub enum Name {
    /// That of one of the family's names, as it lies in the zone.
    Of(usize),
    /// Below that.
    Below(usize),
    /// What that lies in, so many labels up, with a star.
    Star(usize, usize),
    Apex,
    Literal(usize),
}

const LITERALS: [&str; 6] = ["*", "scm", "www", "x.y", "*.scm", "eastus.data"];

#[derive(Debug, Clone)]
pub enum Data {
    A(Vec<u8>),
    Aaaa(u8),
    Txt,
    Empty,
    Cname(usize),
}

#[derive(Debug, Clone)]
pub struct Ruleset {
    /// The network of its resolver, when that can be seen.
    pub outbound: Option<usize>,
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
pub struct Rule {
    pub domain: usize,
    pub enabled: bool,
    pub targets: Vec<Server>,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub family: usize,
    pub vnets: Vec<Vnet>,
    pub peerings: Vec<(usize, usize, State)>,
    pub zones: Vec<Zone>,
    pub rulesets: Vec<Ruleset>,
    pub hub_firewalls: Vec<Option<Dns>>,
}

const ANY: usize = 60;

fn server() -> impl Strategy<Value = Server> {
    use Server::*;
    prop_oneof![
        2 => Just(AzureDns),
        9 => (0..ANY, 0..2u8).prop_map(|(v, n)| Inbound(v, n)),
        4 => (0..ANY).prop_map(Firewall),
        2 => (0..ANY).prop_map(HubFirewall),
        3 => (0..ANY).prop_map(Machine),
        2 => (0..ANY).prop_map(Balancer),
        1 => (0..ANY).prop_map(Endpoint),
        2 => (0..ANY).prop_map(Unlisted),
        1 => (0..ANY).prop_map(Unheld),
        1 => (0..ANY).prop_map(BesideFirewall),
        1 => Just(OnPremises),
        1 => Just(Public),
        1 => (0..4usize).prop_map(Garbage),
    ]
}

fn dns() -> impl Strategy<Value = Dns> {
    use DnsPlace::*;
    let place = prop_oneof![
        1 => Just(Nowhere),
        3 => Just(Classic),
        4 => Just(Policy),
        2 => Just(BasePolicy),
        1 => Just(EmptyPolicy),
        1 => Just(LostPolicy),
    ];
    (place, prop::bool::weighted(0.8), vec(server(), 0..3)).prop_map(|(place, proxy, servers)| Dns {
        place,
        proxy,
        servers,
    })
}

fn vnet() -> impl Strategy<Value = Vnet> {
    let servers = prop_oneof![1 => Just(Vec::new()), 1 => vec(server(), 1..4)];
    let space = prop_oneof![7 => Just(ANY), 1 => 0..6usize];
    let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.3), prop::bool::weighted(0.3));
    (
        space,
        servers,
        prop_oneof![1 => Just(0u8), 2 => 1..3u8],
        flags,
        prop::option::weighted(0.3, dns()),
        prop::option::weighted(0.3, 0..2usize),
        prop::option::weighted(0.5, 0..ANY),
    )
        .prop_map(|(space, servers, inbound, (machine, balancer, endpoint), firewall, hub, ruleset)| {
            Vnet { space, servers, inbound, machine, balancer, endpoint, firewall, hub, ruleset }
        })
}

fn record() -> impl Strategy<Value = Record> {
    let name = prop_oneof![
        6 => (0..ANY).prop_map(Name::Of),
        1 => (0..ANY).prop_map(Name::Below),
        2 => (0..ANY, 1..3usize).prop_map(|(n, up)| Name::Star(n, up)),
        1 => Just(Name::Apex),
        2 => (0..LITERALS.len()).prop_map(Name::Literal),
    ];
    let data = prop_oneof![
        5 => vec(1..250u8, 1..3).prop_map(Data::A),
        1 => (1..250u8).prop_map(Data::Aaaa),
        1 => Just(Data::Txt),
        1 => Just(Data::Empty),
        3 => (0..ANY).prop_map(Data::Cname),
    ];
    (name, data).prop_map(|(name, data)| Record { name, data })
}

fn zone() -> impl Strategy<Value = Zone> {
    let name = prop_oneof![1 => Just(0usize), 1 => 0..ANY];
    (name, vec((0..ANY, prop::bool::weighted(0.3)), 0..6), vec(record(), 1..8))
        .prop_map(|(name, links, records)| Zone { name, links, records })
}

fn ruleset() -> impl Strategy<Value = Ruleset> {
    let targets = prop_oneof![1 => Just(Vec::new()), 9 => vec(server(), 1..3)];
    let rule = (0..ANY, prop::bool::weighted(0.8), targets).prop_map(|(domain, enabled, targets)| Rule {
        domain,
        enabled,
        targets,
    });
    (prop::option::of(0..ANY), vec(rule, 1..4)).prop_map(|(outbound, rules)| Ruleset { outbound, rules })
}

/// Any estate.
pub fn plan() -> impl Strategy<Value = Plan> {
    let state = prop_oneof![
        5 => Just(State::Connected),
        1 => Just(State::Initiated),
        1 => Just(State::Disconnected),
        1 => Just(State::HalfRemade),
    ];
    (
        0..FAMILIES.len(),
        vec(vnet(), 1..7),
        vec((0..ANY, 0..ANY, state), 0..7),
        vec(zone(), 0..8),
        vec(ruleset(), 0..3),
        vec(prop::option::of(dns()), 2),
    )
        .prop_map(|(family, vnets, peerings, zones, rulesets, hub_firewalls)| Plan {
            family,
            vnets,
            peerings,
            zones,
            rulesets,
            hub_firewalls,
        })
}

impl Plan {
    pub fn family(&self) -> &'static Family {
        &FAMILIES[self.family % FAMILIES.len()]
    }

    fn at(&self, vnet: usize) -> usize {
        vnet % self.vnets.len()
    }

    /// The second octet of a network's addresses.
    fn octet(&self, vnet: usize) -> usize {
        let at = self.at(vnet);
        let space = self.vnets[at].space;
        if space >= self.vnets.len() { at } else { space }
    }

    /// What stands in the setting.
    pub fn address(&self, server: Server) -> String {
        let of = |vnet: usize, rest: &str| format!("10.{}.{rest}", self.octet(vnet));
        match server {
            Server::AzureDns => "168.63.129.16".into(),
            Server::Inbound(v, n) => of(v, &format!("2.{}", 4 + n)),
            Server::Firewall(v) => of(v, "3.4"),
            Server::HubFirewall(h) => format!("192.168.{}.4", h % 2),
            Server::Machine(v) => of(v, "1.4"),
            Server::Balancer(v) => of(v, "1.10"),
            Server::Endpoint(v) => of(v, "4.4"),
            Server::Unlisted(v) => of(v, "0.200"),
            Server::Unheld(v) => of(v, "2.12"),
            Server::BesideFirewall(v) => of(v, "3.20"),
            Server::OnPremises => "172.31.0.53".into(),
            Server::Public => "8.8.8.8".into(),
            Server::Garbage(n) => ["", "dns.corp.example", "10.0.0", "10.0.1.4/32"][n % 4].into(),
        }
    }

    /// Addresses in the order given, each once, as Azure demands.
    fn addresses(&self, servers: &[Server]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for server in servers {
            let address = self.address(*server);
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }

    /// The estate, and the ids of its networks.
    pub fn build(&self) -> (Estate, Vec<ResourceId>) {
        let mut e = Estate::new();
        let mut vnets = Vec::new();
        for at in 0..self.vnets.len() {
            vnets.push(e.vnet(&format!("v{at}"), &format!("10.{}.0.0/16", self.octet(at))));
        }
        for (at, vnet) in self.vnets.iter().enumerate() {
            self.fill(&mut e, at, vnet, &vnets[at]);
        }
        for (hub, dns) in self.hub_firewalls.iter().enumerate() {
            if let Some(dns) = dns {
                let id = e.hub_firewall(
                    &format!("hubfw{hub}"),
                    &format!("hub{hub}"),
                    &self.address(Server::HubFirewall(hub)),
                );
                self.firewall_dns(&mut e, &id, &format!("hub{hub}"), dns);
            }
        }
        self.peer(&mut e, &vnets);
        let mut linked = Vec::new();
        for (number, zone) in self.zones.iter().enumerate() {
            self.zone(&mut e, number, zone, &vnets, &mut linked);
        }
        self.add_rulesets(&mut e, &vnets);
        (e, vnets)
    }

    fn fill(&self, e: &mut Estate, at: usize, vnet: &Vnet, id: &ResourceId) {
        e.client(id);
        let servers = self.addresses(&vnet.servers);
        if !servers.is_empty() {
            let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
            e.dns_servers(id, &servers);
        }
        if vnet.inbound > 0 {
            let resolver = e.resolver(&format!("resolver{at}"), id);
            for n in 0..vnet.inbound {
                e.inbound(&resolver, &self.address(Server::Inbound(at, n)));
            }
        }
        if vnet.machine {
            e.machine(id, &format!("dc{at}-nic"), &self.address(Server::Machine(at)));
        }
        if vnet.balancer {
            e.load_balancer(&format!("lb{at}"), id, &self.address(Server::Balancer(at)));
        }
        if vnet.endpoint {
            let service = if self.family == 3 { key_vault("kv") } else { storage("acct", "blob") };
            e.endpoint(&format!("pe{at}"), id, service);
        }
        if let Some(dns) = &vnet.firewall {
            let firewall = e.firewall(&format!("fw{at}"), id, &self.address(Server::Firewall(at)));
            self.firewall_dns(e, &firewall, &format!("{at}"), dns);
        }
        if let Some(hub) = vnet.hub {
            e.connect_to_virtual_hub(id, &format!("hub{hub}"));
            let space = serde_json::json!({"addressPrefixes": [format!("192.168.{}.0/24", hub % 2)]});
            e.edit(id, |v| {
                let peering = &mut v["properties"]["virtualNetworkPeerings"][0]["properties"];
                peering["remoteAddressSpace"] = space.clone();
                peering["remoteVirtualNetworkAddressSpace"] = space;
            });
        }
    }

    fn firewall_dns(&self, e: &mut Estate, id: &ResourceId, tag: &str, dns: &Dns) {
        let servers = self.addresses(&dns.servers);
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let own = format!("policy{tag}");
        match dns.place {
            DnsPlace::Nowhere => {}
            DnsPlace::Classic => {
                e.classic_dns(id, dns.proxy, &servers);
            }
            DnsPlace::Policy => {
                let policy = e.firewall_policy(&own, dns.proxy, &servers);
                e.use_policy(id, &policy);
            }
            DnsPlace::BasePolicy | DnsPlace::EmptyPolicy => {
                let base = e.firewall_policy(&format!("base{tag}"), dns.proxy, &servers);
                if dns.place == DnsPlace::EmptyPolicy {
                    e.edit(&base, |b| drop(b["properties"].as_object_mut().unwrap().remove("dnsSettings")));
                    e.classic_dns(id, dns.proxy, &servers);
                }
                let policy = e.child_policy(&own, &base);
                e.use_policy(id, &policy);
            }
            DnsPlace::LostPolicy => {
                let policy = e.firewall_policy(&own, dns.proxy, &servers);
                e.use_policy(id, &policy);
                e.remove(&policy);
            }
        }
    }

    fn peer(&self, e: &mut Estate, vnets: &[ResourceId]) {
        let mut done = Vec::new();
        for (a, b, state) in &self.peerings {
            let (a, b) = (self.at(*a), self.at(*b));
            let pair = (a.min(b), a.max(b));
            if a == b || done.contains(&pair) {
                continue;
            }
            done.push(pair);
            let (a, b) = (&vnets[a], &vnets[b]);
            match state {
                State::Connected => drop(e.peer(a, b)),
                State::Initiated => drop(e.half_peer(a, b)),
                State::Disconnected => drop(e.peer(a, b).unpeer(b, a)),
                State::HalfRemade => {
                    e.peer(a, b).unpeer(b, a);
                    e.half_peer(b, a);
                }
            }
        }
    }

    /// `linked` are the zone names that each network is linked to already: Azure allows one zone of a name.
    fn zone(
        &self,
        e: &mut Estate,
        number: usize,
        zone: &Zone,
        vnets: &[ResourceId],
        linked: &mut Vec<(&'static str, usize)>,
    ) {
        let name = self.family().zones[zone.name % self.family().zones.len()];
        e.in_group(&format!("rg-zone{number}"));
        let id = e.zone(name);
        for (vnet, redirects) in &zone.links {
            let vnet = self.at(*vnet);
            if linked.contains(&(name, vnet)) {
                continue;
            }
            linked.push((name, vnet));
            let link = e.link(&id, &vnets[vnet]);
            if *redirects {
                e.edit(&link, |l| l["properties"]["resolutionPolicy"] = "NxDomainRedirect".into());
            }
        }
        let mut names = Vec::new();
        for record in &zone.records {
            let Some(at) = self.record_name(name, record.name) else { continue };
            if names.contains(&at) {
                continue;
            }
            match &record.data {
                Data::A(hosts) => {
                    let addresses: Vec<String> = hosts.iter().map(|h| format!("10.9.{number}.{h}")).collect();
                    e.record(&id, &at, &addresses.iter().map(String::as_str).collect::<Vec<_>>());
                }
                Data::Aaaa(host) => drop(e.aaaa(&id, &at, &[&format!("fd00::{host}")])),
                Data::Txt => drop(e.txt(&id, &at, "hello")),
                Data::Empty => drop(e.record(&id, &at, &[])),
                Data::Cname(_) if at == "@" => continue,
                Data::Cname(to) => {
                    drop(e.cname(&id, &at, self.family().targets[to % self.family().targets.len()]));
                }
            }
            names.push(at);
        }
    }

    /// The name of a record in a zone, if it can have one.
    fn record_name(&self, zone: &str, name: Name) -> Option<String> {
        let of = |which: usize| {
            let names = self.family().names;
            let (fqdn, alias) = names[which % names.len()];
            let inside = |name: &str| Some(name.strip_suffix(zone)?.strip_suffix('.')?.to_owned());
            inside(fqdn).or_else(|| inside(alias?)).filter(|name| !name.is_empty())
        };
        match name {
            Name::Of(which) => of(which),
            Name::Below(which) => Some(format!("sub.{}", of(which)?)),
            Name::Star(which, up) => {
                let name = of(which)?;
                let rest: Vec<&str> = name.split('.').skip(up).collect();
                Some(if rest.is_empty() { "*".to_owned() } else { format!("*.{}", rest.join(".")) })
            }
            Name::Apex => Some("@".into()),
            Name::Literal(which) => Some(LITERALS[which % LITERALS.len()].into()),
        }
    }

    fn add_rulesets(&self, e: &mut Estate, vnets: &[ResourceId]) {
        e.in_group("rg-rules");
        for (number, ruleset) in self.rulesets.iter().enumerate() {
            if let Some(vnet) = ruleset.outbound {
                // The builder names a ruleset's resolver after it, in the group of the ruleset.
                e.resolver(&format!("rules{number}-resolver"), &vnets[self.at(vnet)]);
            }
            let id = e.ruleset(&format!("rules{number}"));
            let mut domains = Vec::new();
            for rule in &ruleset.rules {
                let domain = self.family().domains[rule.domain % self.family().domains.len()];
                let bare = domain.trim_end_matches('.').to_ascii_lowercase();
                if domains.contains(&bare) {
                    continue;
                }
                domains.push(bare);
                let mut targets = self.addresses(&rule.targets);
                // A rule with a target without address is left out as malformed, with a gap.
                targets.retain(|target| !target.is_empty());
                let made = e.rule(&id, domain, &targets.iter().map(String::as_str).collect::<Vec<_>>());
                if !rule.enabled {
                    e.edit(&made, |r| r["properties"]["forwardingRuleState"] = "Disabled".into());
                }
            }
        }
        for (at, vnet) in self.vnets.iter().enumerate() {
            if let (Some(ruleset), false) = (vnet.ruleset, self.rulesets.is_empty()) {
                let name = format!("rules{}", ruleset % self.rulesets.len());
                let id = ResourceId::new(&format!(
                    "/subscriptions/{}/resourceGroups/rg-rules/providers/Microsoft.Network/dnsForwardingRulesets/{name}",
                    e.subscription_guid(crate::estate::HOME)
                ));
                e.link_ruleset(&id, &vnets[at]);
            }
        }
    }
}
