//! Random estates as plain data: small enough to read when a case fails, and to shrink.

use proptest::collection::vec;
use proptest::prelude::*;

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
    /// The network, whether the link sends NXDOMAIN on, and whether it failed.
    pub links: Vec<(usize, bool, bool)>,
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

pub const LITERALS: [&str; 6] = ["*", "scm", "www", "x.y", "*.scm", "eastus.data"];

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
    /// Servers that somebody speaks for: the network they resolve through, or that they are to be trusted.
    pub said: Vec<(Server, Option<usize>)>,
}

/// What somebody says of a DNS server.
#[derive(Debug, Clone)]
pub struct Said {
    pub address: String,
    /// The id of the network whose Azure DNS it asks; `None` for a server that is merely to be trusted.
    pub through: Option<String>,
}

pub const ANY: usize = 60;

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
    let link = (0..ANY, prop::bool::weighted(0.3), prop::bool::weighted(0.15));
    (name, vec(link, 0..6), vec(record(), 1..8)).prop_map(|(name, links, records)| Zone {
        name,
        links,
        records,
    })
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
        prop_oneof![2 => Just(Vec::new()), 1 => vec((server(), prop::option::weighted(0.7, 0..ANY)), 1..4)],
    )
        .prop_map(|(family, vnets, peerings, zones, rulesets, hub_firewalls, said)| Plan {
            family,
            vnets,
            peerings,
            zones,
            rulesets,
            hub_firewalls,
            said,
        })
}
