//! Loopback addresses in front of one name server. `named` listens only where an interface has an address, and on
//! most machines loopback has one; so each view's own address is held here, and what is asked there is asked of
//! `named` from that very address, by which it chooses the view.
//!
//! A relay may hide the CNAMEs of an answer. Azure's resolver, its firewalls and its clients take the answer of the
//! server they ask as it is; BIND asks the target of every CNAME again by itself, and so would mix in its own zones.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::runtime::{Builder, Runtime};

/// Longer than anybody waits.
const PATIENCE: Duration = Duration::from_secs(4);

const A: u16 = 1;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const AAAA: u16 = 28;

/// An address at which somebody answers.
#[derive(Debug, Clone, Copy)]
pub struct Front {
    pub address: Ipv4Addr,
    /// Whether an answer is handed on without its CNAMEs.
    pub hides_chain: bool,
}

/// Relays at work; they end with it.
pub struct Relays(Option<Runtime>);

impl Relays {
    pub fn start(fronts: &[Front], port: u16) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        for front in fronts {
            let front = *front;
            let socket = runtime.block_on(UdpSocket::bind((front.address, port))).unwrap();
            runtime.spawn(serve(Arc::new(socket), front, port));
        }
        Relays(Some(runtime))
    }
}

impl Drop for Relays {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(socket: Arc<UdpSocket>, front: Front, port: u16) {
    let mut buffer = [0; 4096];
    loop {
        // An error here is that of an answer to somebody who has gone.
        let Ok((length, asker)) = socket.recv_from(&mut buffer).await else { continue };
        tokio::spawn(relay(Arc::clone(&socket), front, port, buffer[..length].to_vec(), asker));
    }
}

async fn relay(socket: Arc<UdpSocket>, front: Front, port: u16, query: Vec<u8>, asker: SocketAddr) {
    let Ok(up) = UdpSocket::bind((front.address, 0)).await else { return };
    if up.connect((Ipv4Addr::LOCALHOST, port)).await.is_err() || up.send(&query).await.is_err() {
        return;
    }
    let mut buffer = [0; 4096];
    let Ok(Ok(length)) = tokio::time::timeout(PATIENCE, up.recv(&mut buffer)).await else { return };
    let answer = &buffer[..length];
    let retold = retold(answer, front.hides_chain);
    // Nobody may be waiting any more.
    _ = socket.send_to(retold.as_deref().unwrap_or(answer), asker).await;
}

/// One record of a message.
struct Record {
    kind: u16,
    /// Class and TTL.
    middle: [u8; 6],
    /// Names in it written out.
    data: Vec<u8>,
}

/// The answer with everything under the name that was asked, `None` when it is to be left as it is. A denial is told
/// so, too: BIND believes no SOA from above the zone it forwards.
fn retold(message: &[u8], hides_chain: bool) -> Option<Vec<u8>> {
    let count = |at: usize| Some(u16::from_be_bytes(message.get(at..at + 2)?.try_into().ok()?));
    let (answers, authorities) = (count(6)?, count(8)?);
    let mut at = name(message, 12)?.1 + 4;
    let mut out = message.get(..at)?.to_vec();
    let mut told = Vec::new();
    for _ in 0..answers {
        told.push(record(message, &mut at)?);
    }
    let chained = told.iter().any(|record| record.kind == CNAME);
    if !(told.is_empty() || chained && hides_chain) {
        return None;
    }
    told.retain(|record| [A, AAAA].contains(&record.kind));
    let mut proof = Vec::new();
    for _ in 0..authorities {
        proof.push(record(message, &mut at)?);
    }
    proof.retain(|record| record.kind == SOA);
    out[6..8].copy_from_slice(&(told.len() as u16).to_be_bytes());
    out[8..10].copy_from_slice(&(proof.len() as u16).to_be_bytes());
    out[10..12].copy_from_slice(&[0, 0]);
    for record in told.iter().chain(&proof) {
        // A pointer to the name in the question.
        out.extend([0xc0, 12]);
        out.extend(record.kind.to_be_bytes());
        out.extend(record.middle);
        out.extend((record.data.len() as u16).to_be_bytes());
        out.extend(&record.data);
    }
    Some(out)
}

fn record(message: &[u8], at: &mut usize) -> Option<Record> {
    let start = name(message, *at)?.1;
    let fixed = message.get(start..start + 10)?;
    let kind = u16::from_be_bytes([fixed[0], fixed[1]]);
    let length = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
    let (from, end) = (start + 10, start + 10 + length);
    let data = match kind {
        SOA => {
            let (mut data, next) = name(message, from)?;
            let (responsible, next) = name(message, next)?;
            data.extend(responsible);
            data.extend(message.get(next..end)?);
            data
        }
        _ => message.get(from..end)?.to_vec(),
    };
    *at = end;
    Some(Record { kind, middle: fixed[2..8].try_into().ok()?, data })
}

/// A name written out, and where what follows it begins (RFC 1035, 4.1.4).
fn name(message: &[u8], start: usize) -> Option<(Vec<u8>, usize)> {
    let (mut out, mut at, mut after) = (Vec::new(), start, None);
    for _ in 0..130 {
        let length = *message.get(at)?;
        if length >= 0xc0 {
            after.get_or_insert(at + 2);
            at = usize::from(u16::from_be_bytes([length & 0x3f, *message.get(at + 1)?]));
            continue;
        }
        let end = at + 1 + usize::from(length);
        out.extend(message.get(at..end)?);
        at = end;
        if length == 0 {
            return Some((out, after.unwrap_or(at)));
        }
    }
    None
}
