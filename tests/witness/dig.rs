//! Asks with `dig`, many names of one server at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, Stdio};

use crate::translate::is_public;

/// What a server says of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// Private addresses, all of them.
    Addresses(BTreeSet<IpAddr>),
    /// What the internet says.
    Public,
    /// The name has no address; the mark of the zone that says so.
    Nothing { zone: String },
    /// No answer, or that of a server that has none.
    NoAnswer,
}

/// One answer as `dig` shows it.
#[derive(Debug, Default)]
struct Shown {
    status: String,
    addresses: BTreeSet<IpAddr>,
    zone: Option<String>,
}

/// What each server says of the names that are wanted of it; all are asked at once.
pub fn ask_all(
    wanted: &BTreeMap<Ipv4Addr, BTreeSet<String>>,
    port: u16,
) -> BTreeMap<Ipv4Addr, BTreeMap<String, Said>> {
    std::thread::scope(|scope| {
        let asking: Vec<_> = wanted
            .iter()
            .map(|(server, names)| (*server, scope.spawn(move || ask(*server, port, names))))
            .collect();
        asking.into_iter().map(|(server, said)| (server, said.join().unwrap())).collect()
    })
}

/// What the server at an address says of each name.
fn ask(server: Ipv4Addr, port: u16, names: &BTreeSet<String>) -> BTreeMap<String, Said> {
    let kinds = ["A", "AAAA"];
    let mut shown = batch(server, port, names, &kinds);
    let mut said = BTreeMap::new();
    for name in names {
        let both = kinds.map(|kind| shown.remove(&(name.clone(), kind.to_owned())).unwrap_or_default());
        said.insert(name.clone(), together(both));
    }
    said
}

fn together(both: [Shown; 2]) -> Said {
    if both.iter().any(|shown| !["NOERROR", "NXDOMAIN"].contains(&shown.status.as_str())) {
        return Said::NoAnswer;
    }
    let [v4, v6] = both;
    let addresses: BTreeSet<IpAddr> = v4.addresses.union(&v6.addresses).copied().collect();
    if addresses.is_empty() {
        return Said::Nothing { zone: v4.zone.unwrap_or_else(|| "no zone".to_owned()) };
    }
    let public = addresses.iter().filter(|address| is_public(**address)).count();
    if public == 0 { Said::Addresses(addresses) } else { Said::Public }
}

/// By name and type.
fn batch(
    server: Ipv4Addr,
    port: u16,
    names: &BTreeSet<String>,
    kinds: &[&str],
) -> BTreeMap<(String, String), Shown> {
    let mut dig = Command::new(crate::program("dig").unwrap());
    dig.args(["-r", &format!("@{server}"), "-p", &port.to_string()]);
    dig.args(["+tries=1", "+time=5", "+noedns", "+noall", "+comments", "+question", "+answer", "+authority"]);
    for name in names {
        for kind in kinds {
            dig.args([name, *kind]);
        }
    }
    let output = dig.stdin(Stdio::null()).output().unwrap();
    read(&String::from_utf8_lossy(&output.stdout))
}

fn read(text: &str) -> BTreeMap<(String, String), Shown> {
    let mut all = BTreeMap::new();
    let mut now = Shown::default();
    let mut question = None;
    for line in text.lines() {
        if let Some((_, status)) = line.split_once("status: ") {
            let status = status.split(',').next().unwrap_or_default().to_owned();
            if let Some(question) = question.take() {
                all.insert(question, std::mem::take(&mut now));
            }
            now = Shown { status, ..Shown::default() };
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [name, "IN", kind] if name.starts_with(';') => {
                let name = name.trim_start_matches(';').trim_end_matches('.').to_ascii_lowercase();
                question = Some((name, (*kind).to_owned()));
            }
            [_, _, "IN", "A" | "AAAA", address] => drop(now.addresses.insert(address.parse().unwrap())),
            [_, _, "IN", "SOA", mark, ..] => now.zone = Some(mark.trim_end_matches('.').to_owned()),
            _ => {}
        }
    }
    if let Some(question) = question {
        all.insert(question, now);
    }
    all
}
