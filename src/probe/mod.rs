//! Asks real DNS and opens real TCP connections, and says what came back. Knows names, addresses, ports and servers;
//! neither Azure nor what ought to be. Sends DNS queries and TCP handshakes, and nothing else.

mod dns;
mod system;
mod tcp;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;

pub use dns::Servers;
use system::SystemResolver;
pub use system::{Os, SystemLookup, own_servers};

/// A name to ask for, and where to connect then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Lower case, without trailing dot; an IP address is not asked for.
    pub host: String,
    pub connect: Connect,
    pub ports: Vec<u16>,
}

impl Question {
    /// Whether DNS is asked at all.
    pub fn is_asked(&self) -> bool {
        self.host.parse::<IpAddr>().is_err()
    }

    /// The addresses that will be connected to, each once; `None` where DNS will tell them. Without a port there are
    /// none, and none ever stands for something on this very host or link.
    pub fn known_addresses(&self) -> Option<Vec<IpAddr>> {
        let known = match (&self.connect, self.host.parse::<IpAddr>()) {
            (Connect::To(addresses), _) => addresses.clone(),
            (Connect::Answered, Ok(address)) => vec![address],
            (Connect::Answered, Err(_)) => return None,
        };
        Some(if self.ports.is_empty() { Vec::new() } else { somewhere(known) })
    }
}

/// Which addresses are connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connect {
    /// These, whatever DNS says.
    To(Vec<IpAddr>),
    /// Those that DNS answers: somebody named the host.
    Answered,
}

/// Who is asked.
#[derive(Clone)]
pub struct Resolvers {
    /// The resolver of this host, hosts file and all; `None` when it is not to be asked.
    pub system: Option<Arc<dyn SystemLookup>>,
    /// The DNS servers of this host's configuration, asked past the hosts file.
    pub own: Vec<SocketAddr>,
    /// The DNS servers that were named.
    pub given: Vec<SocketAddr>,
}

/// How long to wait, and how much at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub dns: Duration,
    pub connect: Duration,
    pub jobs: usize,
}

/// Who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolver {
    System,
    /// A DNS server of this host's configuration.
    Own(SocketAddr),
    /// A DNS server that was named.
    Given(SocketAddr),
}

/// What came of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub resolver: Resolver,
    pub answer: Result<Answer, DnsFault>,
}

/// Addresses, and the way to them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// Sorted, each once, never empty.
    pub addresses: Vec<IpAddr>,
    /// The names that CNAME records lead through, in order. The system's resolver tells none.
    pub chain: Vec<String>,
    /// The server failed when it was asked for AAAA: whether there are IPv6 addresses is not known.
    pub only_v4: bool,
}

/// Why there is no address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsFault {
    /// NXDOMAIN, and the CNAME records that were found on the way.
    NoSuchName {
        chain: Vec<String>,
    },
    /// The name is there, and has no address.
    NoAddress {
        chain: Vec<String>,
    },
    TimedOut,
    /// SERVFAIL, REFUSED, a server that cannot be reached: nothing is known of the name.
    Failed(String),
}

impl DnsFault {
    /// Whether somebody said that there is no address, rather than nothing at all.
    pub fn is_a_no(&self) -> bool {
        matches!(self, DnsFault::NoSuchName { .. } | DnsFault::NoAddress { .. })
    }
}

/// What came of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Connected,
    Refused,
    TimedOut,
    /// A router, or this host's own table, says that there is no way.
    Unreachable,
    /// Something on this host failed: nothing is known of the address.
    Failed(String),
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    pub address: IpAddr,
    pub port: u16,
    pub outcome: Outcome,
}

/// What came of one question.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    /// One for each resolver: the system's, its servers, those named.
    pub heard: Vec<Heard>,
    pub connections: Vec<Connection>,
}

/// Is told how far a probe is.
pub trait Progress: Sync {
    fn at(&self, what: &'static str, done: usize, of: usize);
}

/// Asks every question and opens every connection; observations come in the order of the questions. Never more than
/// `jobs` at once, the lookups of this host included that nobody waits for any more, and never more than one
/// connection at a time to one address.
pub async fn probe(
    questions: &[Question],
    resolvers: &Resolvers,
    limits: &Limits,
    progress: &dyn Progress,
) -> Vec<Observation> {
    let servers = Servers::new(resolvers, limits);
    let system = resolvers.system.clone().map(|system| SystemResolver::new(system, limits));
    let count = Count::new("names asked", questions.len(), progress);
    let heard = futures::stream::iter(questions)
        .map(|question| async {
            let heard = ask(question, system.as_ref(), &servers, limits).await;
            count.one();
            heard
        })
        .buffered(limits.jobs.max(1));
    let heard: Vec<Vec<Heard>> = heard.collect().await;
    let connections = connect(&targets(questions, &heard), limits, progress).await;
    let pairs = questions.iter().zip(heard);
    pairs
        .map(|(question, heard)| {
            let wanted = addresses(question, &heard);
            let of = |address: &IpAddr| connections.get(address).into_iter().flatten();
            let connections = wanted.iter().flat_map(of).filter(|one| question.ports.contains(&one.port));
            Observation { connections: connections.cloned().collect(), heard }
        })
        .collect()
}

async fn ask(
    question: &Question,
    system: Option<&SystemResolver>,
    servers: &Servers,
    limits: &Limits,
) -> Vec<Heard> {
    let mut heard = Vec::new();
    if !question.is_asked() {
        return heard;
    }
    for (resolver, client) in &servers.all {
        let answer = dns::ask(client, &question.host, limits.dns).await;
        heard.push(Heard { resolver: *resolver, answer });
    }
    if let Some(system) = system {
        let answer = system.ask(&question.host, limits.dns).await;
        let answer = answer.map_err(|fault| system::confirmed(fault, &heard));
        heard.insert(0, Heard { resolver: Resolver::System, answer });
    }
    heard
}

/// Where a question leads.
fn addresses(question: &Question, heard: &[Heard]) -> Vec<IpAddr> {
    question.known_addresses().unwrap_or_else(|| {
        let is_asked = |one: &&Heard| !matches!(one.resolver, Resolver::Own(_));
        let answers = heard.iter().filter(is_asked).filter_map(|one| one.answer.as_ref().ok());
        somewhere(answers.flat_map(|answer| answer.addresses.iter().copied()).collect())
    })
}

/// Addresses without doubles, and without those that are of no host somewhere.
fn somewhere(mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    addresses.iter_mut().for_each(|address| *address = address.to_canonical());
    addresses.retain(is_somewhere);
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Whether an address is one of a host somewhere. Link-local addresses are not: behind one of them are a cloud
/// machine's own credentials (Azure docs: instance metadata service), and no estate has business there.
fn is_somewhere(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.is_unspecified())
        }
        IpAddr::V6(v6) => !(v6.is_unicast_link_local() || v6.is_multicast() || v6.is_unspecified()),
    }
}

/// The ports of each address, each once.
fn targets(questions: &[Question], heard: &[Vec<Heard>]) -> BTreeMap<IpAddr, Vec<u16>> {
    let mut targets: BTreeMap<IpAddr, Vec<u16>> = BTreeMap::new();
    for (question, heard) in questions.iter().zip(heard) {
        for address in addresses(question, heard).into_iter().filter(|_| !question.ports.is_empty()) {
            targets.entry(address).or_default().extend(&question.ports);
        }
    }
    for ports in targets.values_mut() {
        ports.sort_unstable();
        ports.dedup();
    }
    targets
}

/// One task an address, which takes its ports one after another.
async fn connect(
    targets: &BTreeMap<IpAddr, Vec<u16>>,
    limits: &Limits,
    progress: &dyn Progress,
) -> BTreeMap<IpAddr, Vec<Connection>> {
    let count = &Count::new("addresses tried", targets.len(), progress);
    let tried = futures::stream::iter(targets)
        .map(|(address, ports)| async move {
            let mut connections = Vec::with_capacity(ports.len());
            for port in ports {
                let outcome = tcp::connect(SocketAddr::new(*address, *port), limits.connect).await;
                connections.push(Connection { address: *address, port: *port, outcome });
            }
            count.one();
            (*address, connections)
        })
        .buffer_unordered(limits.jobs.max(1));
    tried.collect().await
}

struct Count<'a> {
    what: &'static str,
    done: AtomicUsize,
    of: usize,
    progress: &'a dyn Progress,
}

impl<'a> Count<'a> {
    fn new(what: &'static str, of: usize, progress: &'a dyn Progress) -> Self {
        Count { what, done: AtomicUsize::new(0), of, progress }
    }

    fn one(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.progress.at(self.what, done, self.of);
    }
}
