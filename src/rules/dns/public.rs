//! DNS-025: a public address in a zone of private link.

use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use super::super::{Draft, Estate, Sink, remedy};
use super::diagnosis::Why;
use super::zone_records::{Entry, for_each_record, texts};
use crate::finding::Confidence;
use crate::inventory::Kind;
use crate::topology::Topology;
use crate::topology::zones::has_private_label;

/// DNS-025.
pub(in crate::rules) fn public_address(estate: &Estate<'_>, sink: &mut Sink<'_>) {
    let topology = estate.topology;
    let unread = topology.knowledge.gaps_in(&[Kind::VirtualNetworks]);
    let whole = topology.knowledge.asked_for_all(&[Kind::VirtualNetworks]);
    let used = used_prefixes(topology);
    let fit = |zone: usize| has_private_label(&topology.inventory.zones[zone].name);
    for_each_record(estate, sink, "whether its records hold public addresses", fit, |entry, sink| {
        let record = entry.record();
        if let Some(unread) = entry.odd() {
            if entry.is_reported_as_name() {
                return sink.pass();
            }
            return sink.unknown(&Why::Unread(unread), entry.unknown("whether its address is public"));
        }
        if record.addresses.is_empty() {
            return;
        }
        let is_wrong = |address: &&IpAddr| {
            is_public(**address)
                && !used.iter().any(|prefix| prefix.contains(*address))
                && entry.estate.claims.of_address(**address).next().is_none()
                && !topology.holders.held_by_something_else(**address)
        };
        let public: Vec<IpAddr> = record.addresses.iter().filter(is_wrong).copied().collect();
        if public.is_empty() || entry.is_reported_as_name() {
            return sink.pass();
        }
        if let Some(unread) = &unread {
            let unknown = entry.unknown("whether a network uses its public address");
            return sink.unknown(&Why::Unread(unread.clone()), unknown);
        }
        let confidence = if whole { Confidence::Certain } else { Confidence::Probable };
        sink.fail(confidence, draft(entry, &public));
    });
}

/// Whether an address is none of those that are private by standard: RFC 1918, RFC 6598 (carriers), RFC 3927 and
/// RFC 4291 (link-local), RFC 4193 (unique local).
pub(in crate::rules) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let carrier = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
            !(v4.is_private() || carrier || v4.is_link_local() || v4.is_loopback() || v4.is_unspecified())
        }
        IpAddr::V6(v6) => !(is_local(v6) || v6.is_loopback() || v6.is_unspecified()),
    }
}

fn is_local(address: Ipv6Addr) -> bool {
    address.is_unique_local() || address.is_unicast_link_local()
}

/// Public prefixes that networks use as if they were private: their own, and those that their peerings bring.
fn used_prefixes(topology: &Topology) -> Vec<IpNet> {
    let networks = &topology.inventory.virtual_networks;
    let peerings = networks.iter().flat_map(|network| &network.peerings);
    let brought = peerings.flat_map(|peering| {
        peering.remote_address_space.iter().chain(&peering.remote_vnet_address_space).flatten()
    });
    let own = networks.iter().flat_map(|network| &network.address_prefixes);
    let mut used: Vec<IpNet> =
        own.chain(brought).filter(|prefix| is_public(prefix.addr())).copied().collect();
    used.sort_unstable();
    used.dedup();
    used
}

fn draft(entry: Entry<'_>, public: &[IpAddr]) -> Draft {
    let (zone, record) = (entry.zone(), entry.record());
    let headline = format!("records in {} hold public addresses", zone.name);
    let message = format!(
        "`{}` in {} says {}, a public address that no virtual network uses: clients pass private link by",
        record.name,
        zone.name,
        texts(public).join(", "),
    );
    let mut draft = entry
        .draft(headline, message)
        .evidence("public", texts(public))
        .advice("write the address of the service's private endpoint, by its zone group where it has one");
    for address in public {
        let command = remedy::remove_record(&zone.id, &record.name, *address);
        draft = draft.command("take the public address out", command);
    }
    draft
}
