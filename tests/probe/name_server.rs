//! A DNS server on loopback that says what it was told to say.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

/// What is said of a name. A name of which nothing is said does not exist.
#[derive(Debug, Clone)]
pub enum Says {
    Addresses(Vec<IpAddr>),
    Alias(&'static str),
    /// One thing to A, another to AAAA.
    Apart(Box<Says>, Box<Says>),
    Nothing,
    /// NXDOMAIN.
    NoSuchName,
    Fails(ResponseCode),
    /// No answer at all.
    Silence,
}

/// A server that runs until the tests end.
pub struct NameServer {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    pub fn start(names: &[(&str, Says)]) -> Self {
        let names: BTreeMap<String, Says> =
            names.iter().map(|(name, says)| ((*name).to_owned(), says.clone())).collect();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = NameServer { address: socket.local_addr().unwrap(), asked: Arc::default() };
        let asked = Arc::clone(&server.asked);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let query = Message::from_vec(&buffer[..length]).unwrap();
                let name = text(&query.queries[0].name);
                asked.lock().unwrap().push(name);
                if let Some(answer) = answer(&names, &query) {
                    socket.send_to(&answer.to_vec().unwrap(), from).unwrap();
                }
            }
        });
        server
    }

    /// The names that were asked for, each once.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        asked.sort();
        asked.dedup();
        asked
    }
}

pub fn addresses(texts: &[&str]) -> Says {
    Says::Addresses(texts.iter().map(|text| text.parse().unwrap()).collect())
}

/// One thing to A, another to AAAA.
pub fn apart(a: Says, aaaa: Says) -> Says {
    Says::Apart(Box::new(a), Box::new(aaaa))
}

fn text(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_ascii_lowercase()
}

fn answer(names: &BTreeMap<String, Says>, query: &Message) -> Option<Message> {
    let asked = query.queries[0].clone();
    let kind = asked.query_type;
    let mut answer = Message::response(query.metadata.id, OpCode::Query);
    answer.metadata.recursion_available = true;
    answer.metadata.recursion_desired = true;
    answer.add_query(asked.clone());
    let mut at = text(&asked.name);
    loop {
        let owner = Name::from_ascii(format!("{at}.")).unwrap();
        let says = match names.get(&at) {
            Some(Says::Apart(a, _)) if kind == RecordType::A => Some(&**a),
            Some(Says::Apart(_, aaaa)) => Some(&**aaaa),
            says => says,
        };
        match says {
            None | Some(Says::NoSuchName) => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(Says::Silence) => return None,
            Some(Says::Fails(code)) => answer.metadata.response_code = *code,
            Some(Says::Nothing | Says::Apart(..)) => {}
            Some(Says::Alias(next)) => {
                let target = Name::from_ascii(format!("{next}.")).unwrap();
                answer.add_answer(Record::from_rdata(owner, 60, RData::CNAME(CNAME(target))));
                if kind == RecordType::CNAME {
                    return Some(answer);
                }
                at = (*next).to_owned();
                continue;
            }
            Some(Says::Addresses(addresses)) => {
                for address in addresses {
                    let data = match (address, kind) {
                        (IpAddr::V4(v4), RecordType::A) => RData::A(A(*v4)),
                        (IpAddr::V6(v6), RecordType::AAAA) => RData::AAAA(AAAA(*v6)),
                        _ => continue,
                    };
                    answer.add_answer(Record::from_rdata(owner.clone(), 60, data));
                }
            }
        }
        return Some(answer);
    }
}
