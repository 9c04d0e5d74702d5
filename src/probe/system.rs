//! The resolver that programs of this host use, and the DNS servers of its configuration.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::system_conf::read_system_conf;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Answer, DnsFault, Heard, Limits, Resolver};

/// Resolves a name as programs of this host do.
pub trait SystemLookup: Send + Sync {
    /// Sorted, each once, never empty. Blocks until there is an answer, however long that takes: no system's lookup
    /// can be called off.
    fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, DnsFault>;
}

/// Asks the system on threads of its own, `jobs` at most.
pub(super) struct SystemResolver {
    lookup: Arc<dyn SystemLookup>,
    /// One for each thread. A thread gives it back when its lookup ends, not when people stop waiting for it.
    seats: Arc<Semaphore>,
}

impl SystemResolver {
    pub(super) fn new(lookup: Arc<dyn SystemLookup>, limits: &Limits) -> Self {
        SystemResolver { lookup, seats: Arc::new(Semaphore::new(limits.jobs.max(1))) }
    }

    pub(super) async fn ask(&self, host: &str, patience: Duration) -> Result<Answer, DnsFault> {
        let Ok(Ok(seat)) = timeout(patience, Arc::clone(&self.seats).acquire_owned()).await else {
            return Err(DnsFault::Failed(
                "the resolver is busy: it still owes answers to earlier questions".to_owned(),
            ));
        };
        let (lookup, host) = (Arc::clone(&self.lookup), host.to_owned());
        let work = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            lookup.lookup(&host)
        });
        match timeout(patience, work).await {
            Ok(Ok(found)) => found.map(|addresses| Answer { addresses, ..Answer::default() }),
            // A fault of ours is no answer of the system's.
            Ok(Err(broken)) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
            Ok(Err(_)) => Err(DnsFault::Failed("the lookup broke off".to_owned())),
            Err(_) => Err(DnsFault::TimedOut),
        }
    }
}

/// What a system's no is worth. macOS and Windows say that a name is not there also when a server failed, so one of
/// the system's own DNS servers must say so too. Which kind of no it is, the server knows better.
pub(super) fn confirmed(fault: DnsFault, heard: &[Heard]) -> DnsFault {
    if !fault.is_a_no() {
        return fault;
    }
    let mut own = heard.iter().filter(|one| matches!(one.resolver, Resolver::Own(_))).peekable();
    if own.peek().is_none() {
        return DnsFault::Failed(
            "it says that the name is not there, as some systems also do when DNS fails, and this host tells no DNS \
             server of its own that could be asked"
                .to_owned(),
        );
    }
    let said: Vec<&DnsFault> =
        own.filter_map(|one| one.answer.as_ref().err()).filter(|fault| fault.is_a_no()).collect();
    let kind = std::mem::discriminant(&fault);
    let is_alike = said.iter().any(|one| std::mem::discriminant(*one) == kind);
    match (is_alike, said.first()) {
        (true, _) => fault,
        (false, Some(DnsFault::NoSuchName { .. })) => DnsFault::NoSuchName { chain: Vec::new() },
        (false, Some(_)) => DnsFault::NoAddress { chain: Vec::new() },
        (false, None) => DnsFault::Failed(
            "it says that the name is not there, and none of this host's DNS servers says so when asked directly"
                .to_owned(),
        ),
    }
}

/// The operating system itself (getaddrinfo): hosts file, search lists and caches count, as for every program.
pub struct Os;

impl SystemLookup for Os {
    fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, DnsFault> {
        let found = (name, 0).to_socket_addrs().map_err(|error| fault(&error))?;
        let mut addresses: Vec<IpAddr> = found.map(|socket| socket.ip().to_canonical()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        match addresses.is_empty() {
            true => Err(DnsFault::NoAddress { chain: Vec::new() }),
            false => Ok(addresses),
        }
    }
}

/// What systems say of a name that is not there: glibc, musl, macOS. Programs get the text and no number.
const NO_SUCH_NAME: [&str; 3] =
    ["Name or service not known", "Name does not resolve", "nodename nor servname provided"];
const NO_ADDRESS: [&str; 2] = ["No address associated with hostname", "Name has no usable address"];
/// WSAHOST_NOT_FOUND and WSANO_DATA of Windows.
const NO_SUCH_NAME_NUMBER: i32 = 11_001;
const NO_ADDRESS_NUMBER: i32 = 11_004;

/// Only what plainly says that the name is not there is taken for that, and then only once it is [`confirmed`]; all
/// else is no knowledge of it.
fn fault(error: &io::Error) -> DnsFault {
    let text = error.to_string();
    let says = |texts: &[&str]| texts.iter().any(|known| text.contains(known));
    let number = error.raw_os_error().filter(|_| cfg!(windows));
    if says(&NO_SUCH_NAME) || number == Some(NO_SUCH_NAME_NUMBER) {
        DnsFault::NoSuchName { chain: Vec::new() }
    } else if says(&NO_ADDRESS) || number == Some(NO_ADDRESS_NUMBER) {
        DnsFault::NoAddress { chain: Vec::new() }
    } else {
        DnsFault::Failed(text)
    }
}

/// The DNS servers of this host's configuration, as far as it tells them.
pub fn own_servers() -> Vec<SocketAddr> {
    let Ok((config, _)) = read_system_conf() else { return Vec::new() };
    let mut servers: Vec<SocketAddr> = Vec::new();
    for server in config.name_servers() {
        let port = server.connections.first().map_or(53, |connection| connection.port);
        let address = SocketAddr::new(server.ip, port);
        if !servers.contains(&address) {
            servers.push(address);
        }
    }
    servers
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{DnsFault, fault};

    #[test]
    fn only_a_plain_no_is_a_no() {
        let of =
            |text: &str| fault(&io::Error::other(format!("failed to lookup address information: {text}")));
        for text in ["Name or service not known", "Name does not resolve"] {
            assert_eq!(of(text), DnsFault::NoSuchName { chain: Vec::new() }, "{text}");
        }
        assert_eq!(of("No address associated with hostname"), DnsFault::NoAddress { chain: Vec::new() });
        for text in ["Temporary failure in name resolution", "Try again", "System error", ""] {
            assert!(matches!(of(text), DnsFault::Failed(_)), "{text}");
        }
    }
}
