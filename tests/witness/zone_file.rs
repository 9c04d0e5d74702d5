//! Zones as master files (RFC 1035, 5).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::arm::{Arm, array, text, under};
use crate::translate::Name;

/// Time to live is nothing throughout: no question may meet what another left behind.
fn head(mark: &str) -> String {
    format!("$TTL 0\n@ IN SOA {mark}. hostmaster. 1 3600 600 86400 0\n@ IN NS ns.invalid.\n")
}

/// By what an answer tells which zone it is from.
pub fn mark(arm: &Arm, zone: &str) -> String {
    let at = arm.ids("privateDnsZones").iter().position(|id| id == zone);
    format!("zone-{}", at.unwrap())
}

/// A private zone. What lies at or below `cuts` is in other zones.
pub fn of_zone(arm: &Arm, zone: &str, cuts: &[String]) -> String {
    let origin = zone.rsplit('/').next().unwrap_or_default();
    let mut out = head(&mark(arm, zone));
    for cut in cuts {
        writeln!(out, "{cut}. IN NS ns.invalid.").unwrap();
    }
    for value in &arm.0 {
        let id = text(&value["id"]).to_lowercase();
        let Some((kind, owner)) = id.strip_prefix(&format!("{zone}/")).and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let name = if owner == "@" { origin.to_owned() } else { format!("{owner}.{origin}") };
        if ["virtualnetworklinks", "soa"].contains(&kind) || cuts.iter().any(|cut| under(&name, cut)) {
            continue;
        }
        let properties = &value["properties"];
        for record in array(&properties["aRecords"]) {
            writeln!(out, "{name}. IN A {}", text(&record["ipv4Address"])).unwrap();
        }
        for record in array(&properties["aaaaRecords"]) {
            writeln!(out, "{name}. IN AAAA {}", text(&record["ipv6Address"])).unwrap();
        }
        let target = text(&properties["cnameRecord"]["cname"]);
        if !target.is_empty() {
            writeln!(out, "{name}. IN CNAME {}.", target.trim_end_matches('.')).unwrap();
        }
        if kind == "txt" {
            writeln!(out, "{name}. IN TXT \"here\"").unwrap();
        }
    }
    out
}

/// The head of a zone that its own name server lies in.
fn root(mark: &str) -> String {
    head(mark) + "ns.invalid. IN A 203.0.113.254\n"
}

/// Public DNS: the alias of each name, and addresses of 203.0.113.0/24.
pub fn internet(names: &[Name]) -> String {
    let mut out = root("internet");
    let mut known = BTreeSet::new();
    for (name, alias) in names {
        match alias {
            Some(alias) => {
                writeln!(out, "{name}. IN CNAME {alias}.").unwrap();
                known.insert(alias.as_str());
            }
            None => drop(known.insert(name.as_str())),
        }
    }
    addresses(&mut out, known);
    out
}

/// What public DNS says of names that a private zone does not know.
pub fn redirect(names: &[Name]) -> String {
    let mut out = root("redirect");
    addresses(&mut out, names.iter().map(|(name, alias)| alias.as_ref().unwrap_or(name).as_str()).collect());
    out
}

fn addresses(out: &mut String, names: BTreeSet<&str>) {
    for (at, name) in names.into_iter().enumerate() {
        writeln!(out, "{name}. IN A 203.0.113.{}", at % 250 + 1).unwrap();
    }
}
