//! The resolver that programs of this host use, and the DNS servers of its configuration.

use std::io;
use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;
use hickory_resolver::system_conf::read_system_conf;

use super::DnsFault;

/// Resolves a name as programs of this host do.
#[async_trait]
pub trait SystemLookup: Send + Sync {
    /// Sorted, each once, never empty.
    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, DnsFault>;
}

/// The operating system itself (getaddrinfo): hosts file, search lists and caches count, as for every program.
pub struct Os;

#[async_trait]
impl SystemLookup for Os {
    async fn lookup(&self, name: &str) -> Result<Vec<IpAddr>, DnsFault> {
        let found = tokio::net::lookup_host((name, 0)).await.map_err(|error| fault(&error))?;
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

/// Only what plainly says that the name is not there is taken for that; all else is no knowledge of it.
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
