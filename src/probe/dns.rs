//! DNS queries to one server, past the hosts file and every cache of this host.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::{Answer, DnsFault, Limits, Resolver, Resolvers};

/// Whoever is asked directly.
pub struct Servers {
    pub(super) all: Vec<(Resolver, TokioResolver)>,
}

impl Servers {
    /// Makes a client for each server. One that cannot be made is never asked, and no server needs more than its
    /// address to make one.
    pub fn new(resolvers: &Resolvers, limits: &Limits) -> Self {
        let own = resolvers.own.iter().map(|server| (Resolver::Own(*server), *server));
        let given = resolvers.given.iter().map(|server| (Resolver::Given(*server), *server));
        let client = |(resolver, server)| Some((resolver, client(server, limits)?));
        Servers { all: own.chain(given).filter_map(client).collect() }
    }
}

fn client(server: SocketAddr, limits: &Limits) -> Option<TokioResolver> {
    // TCP is what a client turns to when an answer does not fit a datagram.
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = server.port();
        connection
    });
    let server = NameServerConfig::new(server.ip(), true, connections.into());
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let mut options = ResolverOpts::default();
    // A lost datagram is not a server that is silent: each query may be sent twice.
    options.timeout = limits.dns / 2;
    options.attempts = 1;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.preserve_intermediates = true;
    options.max_active_requests = limits.jobs.saturating_mul(4).max(32);
    let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.with_options(options).build().ok()
}

/// Asks for the addresses of a name.
pub(super) async fn ask(client: &TokioResolver, host: &str, patience: Duration) -> Result<Answer, DnsFault> {
    let Ok(mut name) = Name::from_ascii(host) else {
        return Err(DnsFault::Failed("it is no name that DNS can be asked for".to_owned()));
    };
    // No search list: the name is whole.
    name.set_fqdn(true);
    let both = async {
        tokio::join!(records(client, &name, RecordType::A), records(client, &name, RecordType::AAAA))
    };
    // The client keeps its own time; this is for what it does not foresee.
    let (v4, v6) = tokio::time::timeout(patience + Duration::from_secs(1), both)
        .await
        .map_err(|_| DnsFault::TimedOut)?;
    match joined(host, v4, v6) {
        Err(DnsFault::NoSuchName { .. }) => {
            Err(DnsFault::NoSuchName { chain: alias(client, &name, patience).await })
        }
        Err(DnsFault::NoAddress { .. }) => {
            Err(DnsFault::NoAddress { chain: alias(client, &name, patience).await })
        }
        other => other,
    }
}

/// What the answers for A and AAAA say together.
fn joined(
    host: &str,
    v4: Result<Vec<Record>, DnsFault>,
    v6: Result<Vec<Record>, DnsFault>,
) -> Result<Answer, DnsFault> {
    match (v4, v6) {
        (Ok(v4), Ok(v6)) => Ok(answer(host, &[v4, v6].concat())),
        // Some servers do not know AAAA. Whatever they say to it, A decides.
        (Ok(v4), Err(fault)) => Ok(Answer { only_v4: !fault.is_a_no(), ..answer(host, &v4) }),
        (Err(no), Ok(v6)) if no.is_a_no() => Ok(answer(host, &v6)),
        // NXDOMAIN speaks of the name, whatever was asked of it (RFC 8020).
        (Err(none @ DnsFault::NoSuchName { .. }), _) => Err(none),
        (Err(none @ DnsFault::NoAddress { .. }), Err(fault)) if fault.is_a_no() => Err(none),
        // Half a no is none: the name may have an address of the other kind.
        (Err(DnsFault::NoAddress { .. }), Err(fault)) => {
            let reason = match fault {
                DnsFault::Failed(reason) => reason,
                _ => "no answer in time".to_owned(),
            };
            Err(DnsFault::Failed(format!(
                "there is no A record, and of AAAA records nothing is known ({reason})"
            )))
        }
        (Err(fault), _) => Err(fault),
    }
}

async fn records(client: &TokioResolver, name: &Name, kind: RecordType) -> Result<Vec<Record>, DnsFault> {
    let found = client.lookup(name.clone(), kind).await.map_err(fault)?;
    let records = found.answers().to_vec();
    match records.iter().any(|record| address(record).is_some()) || kind == RecordType::CNAME {
        true => Ok(records),
        false => Err(DnsFault::NoAddress { chain: Vec::new() }),
    }
}

/// A name that is not there may still lead somewhere: that it is a privatelink name tells most of the story.
async fn alias(client: &TokioResolver, name: &Name, patience: Duration) -> Vec<String> {
    let asked = records(client, name, RecordType::CNAME);
    let found = tokio::time::timeout(patience, asked).await.ok().and_then(Result::ok);
    chain(&text(name), &found.unwrap_or_default())
}

fn fault(error: NetError) -> DnsFault {
    match error {
        NetError::Timeout => DnsFault::TimedOut,
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => DnsFault::NoSuchName { chain: Vec::new() },
            ResponseCode::NoError => DnsFault::NoAddress { chain: Vec::new() },
            code => DnsFault::Failed(response(code)),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => DnsFault::Failed(response(code)),
        other => DnsFault::Failed(other.to_string()),
    }
}

fn response(code: ResponseCode) -> String {
    match code {
        ResponseCode::ServFail => "the server answered SERVFAIL".to_owned(),
        ResponseCode::Refused => "the server answered REFUSED".to_owned(),
        other => format!("the server answered {other}"),
    }
}

fn answer(host: &str, records: &[Record]) -> Answer {
    let mut addresses: Vec<IpAddr> = records.iter().filter_map(address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    Answer { addresses, chain: chain(host, records), only_v4: false }
}

fn address(record: &Record) -> Option<IpAddr> {
    match &record.data {
        RData::A(v4) => Some(IpAddr::V4(v4.0)),
        RData::AAAA(v6) => Some(IpAddr::V6(v6.0).to_canonical()),
        _ => None,
    }
}

/// The names that follow one another from `host` on. A chain that comes back to itself ends there.
fn chain(host: &str, records: &[Record]) -> Vec<String> {
    let target = |name: &str| {
        records.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if text(&record.name) == name => Some(text(&target.0)),
            _ => None,
        })
    };
    let mut chain = Vec::new();
    let mut at = host.to_owned();
    while let Some(next) = target(&at) {
        if next == host || chain.contains(&next) {
            break;
        }
        chain.push(next.clone());
        at = next;
    }
    chain
}

fn text(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}
