//! Public addresses → others that are public too. Knows bits, and nothing of where an address stood.
//!
//! Two addresses that share so many leading bits share as many afterwards, so that what lay in a prefix lies in it
//! still, lengths stay, and the order too. Every other bit is lost: where all addresses of the estate have the same bit
//! behind the same beginning, it is written as one and the same bit. The bits that tell an address from the private
//! ranges beside it stay, and so do those ranges.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};

/// Ranges that are kept, bit for bit: what rules take for private (RFC 1918, RFC 6598, RFC 3927), what is nobody's
/// (RFC 1122, multicast), and Azure's own 168.63.129.16 (Azure docs: what is IP address 168.63.129.16).
const KEPT_V4: [([u8; 4], u8); 9] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 0], 24),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([224, 0, 0, 0], 3),
];

/// Unspecified, loopback and what stands for IPv4; unique local (RFC 4193); link-local and multicast (RFC 4291).
const KEPT_V6: [(u128, u8); 4] = [(0, 8), (0xfc00 << 112, 7), (0xfe80 << 112, 10), (0xff00 << 112, 8)];

/// Bits that are written where none is to be told; more than one choice, so that none comes out as it went in.
const FILLERS: [fn(u8) -> bool; 6] =
    [|_| false, |_| true, |at| at % 2 == 0, |at| at % 2 == 1, |at| at % 3 == 0, |at| at % 3 == 1];

/// The addresses of an estate, gathered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    v4: BTreeSet<Block>,
    v6: BTreeSet<Block>,
}

/// The leading bits of an address, at the top of the number; and how many of them count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Block {
    bits: u128,
    length: u8,
}

/// What becomes of the addresses of an estate.
#[derive(Debug)]
pub(super) struct Addresses {
    v4: Family,
    v6: Family,
}

#[derive(Debug)]
struct Family {
    /// Sorted.
    seen: Vec<Block>,
    kept: Vec<Block>,
    filler: fn(u8) -> bool,
}

impl Gathered {
    /// Takes note of a prefix; host bits count, where it has any.
    pub(super) fn add(&mut self, net: IpNet) {
        let given = canonical(net);
        let family = if given.addr().is_ipv4() { &mut self.v4 } else { &mut self.v6 };
        family.insert(block(given));
    }

    pub(super) fn join(&mut self, mut other: Gathered) {
        self.v4.append(&mut other.v4);
        self.v6.append(&mut other.v6);
    }

    pub(super) fn settled(self) -> Addresses {
        let kept_v4 = KEPT_V4
            .iter()
            .map(|(octets, length)| Block { bits: of_v4(Ipv4Addr::from(*octets)), length: *length });
        let kept_v6 = KEPT_V6.iter().map(|(bits, length)| Block { bits: *bits, length: *length });
        Addresses { v4: Family::new(self.v4, kept_v4.collect()), v6: Family::new(self.v6, kept_v6.collect()) }
    }
}

impl Addresses {
    /// The stand-in of an address or prefix of the estate.
    pub(super) fn of(&self, net: IpNet) -> IpNet {
        let given = canonical(net);
        let Block { bits, length } = block(given);
        let address = match given {
            IpNet::V4(_) => {
                let made = Ipv4Addr::from(leading(self.v4.of(bits, length)));
                if net.addr().is_ipv6() { IpAddr::V6(made.to_ipv6_mapped()) } else { IpAddr::V4(made) }
            }
            IpNet::V6(_) => IpAddr::V6(Ipv6Addr::from_bits(self.v6.of(bits, length))),
        };
        // The address is of the family of the one that had this length.
        IpNet::new(address, net.prefix_len()).unwrap_or(net)
    }
}

impl Family {
    fn new(seen: BTreeSet<Block>, kept: Vec<Block>) -> Family {
        let mut family = Family { seen: seen.into_iter().collect(), kept, filler: |_| false };
        let known: BTreeSet<u128> = family.seen.iter().map(|block| block.bits).collect();
        for filler in FILLERS {
            family.filler = filler;
            let open = family.seen.iter().filter(|block| !family.touches_kept(block.bits, block.length));
            if !open.map(|block| family.of(block.bits, block.length)).any(|made| known.contains(&made)) {
                break;
            }
        }
        family
    }

    /// The first `length` bits, each as it is where something hangs on it; the bits behind them are none.
    fn of(&self, bits: u128, length: u8) -> u128 {
        let mut made = bits & mask(length);
        for at in 0..length {
            let bit = 1 << (127 - at);
            if self.touches_kept(bits, at) || self.branches(bits, at) {
                continue;
            }
            made = if (self.filler)(at) { made | bit } else { made & !bit };
        }
        made
    }

    /// Whether what begins with these bits lies in a kept range, or holds one.
    fn touches_kept(&self, bits: u128, length: u8) -> bool {
        self.kept.iter().any(|kept| (kept.bits ^ bits) & mask(kept.length.min(length)) == 0)
    }

    /// Whether the estate has both bits at this place behind the bits before it.
    fn branches(&self, bits: u128, at: u8) -> bool {
        let zero = bits & mask(at);
        let one = zero | 1 << (127 - at);
        self.has(zero, at) && self.has(one, at)
    }

    /// Whether something of the estate begins with these bits and is longer than they are: `at` bits and one more.
    fn has(&self, bits: u128, at: u8) -> bool {
        let from = self.seen.partition_point(|block| *block < Block { bits, length: at + 1 });
        let end = bits | !mask(at + 1);
        let behind = self.seen.get(from..).unwrap_or_default();
        // Wider prefixes that begin with the same bits stand before it; those within come next.
        behind.iter().take_while(|block| block.bits <= end).any(|block| block.length > at)
    }
}

fn mask(length: u8) -> u128 {
    if length == 0 { 0 } else { u128::MAX << (128 - u32::from(length)) }
}

fn of_v4(address: Ipv4Addr) -> u128 {
    u128::from(address.to_bits()) << 96
}

fn leading(bits: u128) -> [u8; 4] {
    let [a, b, c, d, ..] = bits.to_be_bytes();
    [a, b, c, d]
}

/// A prefix without host bits ends where its length says; one with them is an address whose place is told.
fn block(net: IpNet) -> Block {
    let length = if net.addr() == net.network() { net.prefix_len() } else { net.max_prefix_len() };
    let bits = match net.addr() {
        IpAddr::V4(v4) => of_v4(v4),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    Block { bits, length }
}

/// What is written as IPv6 and means IPv4 is IPv4.
fn canonical(net: IpNet) -> IpNet {
    let inner = match net {
        IpNet::V6(v6) => v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96)),
        IpNet::V4(_) => None,
    };
    inner.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(net, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        let net = |text: &&str| text.parse().unwrap_or_else(|_| IpNet::from(text.parse::<IpAddr>().unwrap()));
        texts.iter().map(net).collect()
    }

    fn made(nets: &[IpNet]) -> Vec<IpNet> {
        let mut gathered = Gathered::default();
        nets.iter().for_each(|net| gathered.add(*net));
        let addresses = gathered.settled();
        nets.iter().map(|net| addresses.of(*net)).collect()
    }

    #[test]
    fn private_and_azure_s_own_addresses_stay() {
        let given = nets(&[
            "10.1.2.3",
            "10.0.0.0/8",
            "172.16.0.0/12",
            "172.31.255.254",
            "192.168.1.0/24",
            "100.64.0.0/10",
            "168.63.129.16",
            "169.254.1.1",
            "0.0.0.0/0",
            "0.0.0.0/1",
            "128.0.0.0/1",
            "255.255.255.255",
            "fd00::1",
            "fe80::1/64",
            "::/0",
            "::1",
        ]);
        assert_eq!(made(&given), given);
    }

    #[test]
    fn a_lone_public_address_says_nothing_of_itself() {
        for lone in ["20.50.3.4", "20.50.200.9", "23.1.2.3"] {
            assert_eq!(made(&nets(&[lone])), nets(&["16.0.0.0"]), "{lone}");
        }
        assert_ne!(made(&nets(&["16.0.0.0"])), nets(&["16.0.0.0"]), "it comes out as another");
        assert_eq!(made(&nets(&["::ffff:20.50.3.4"])), nets(&["::ffff:16.0.0.0"]));
    }

    #[test]
    fn what_lies_in_a_prefix_lies_in_it_still() {
        let given =
            nets(&["20.50.0.0/16", "20.50.3.4", "20.50.3.5", "20.51.0.1", "2603:1030::/32", "2603:1030::4"]);
        let made = made(&given);
        assert!(made[0].contains(&made[1]) && made[0].contains(&made[2]) && !made[0].contains(&made[3]));
        assert!(made[4].contains(&made[5]));
        assert_eq!(made[0].prefix_len(), 16);
    }

    fn net() -> impl Strategy<Value = IpNet> {
        // Few octets, so that much lies in one another.
        let octet = || {
            prop_oneof![Just(0u8), Just(1), Just(10), Just(16), Just(20), Just(168), Just(255), any::<u8>()]
        };
        let v4 = ((octet(), octet(), octet(), octet()), 0u8..=32).prop_map(|((a, b, c, d), length)| {
            IpNet::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length).unwrap()
        });
        let v6 = (any::<u128>(), 0u8..=128)
            .prop_map(|(bits, length)| IpNet::new(IpAddr::V6(Ipv6Addr::from_bits(bits)), length).unwrap());
        prop_oneof![4 => v4, 1 => v6]
    }

    fn is_kept(address: IpAddr) -> bool {
        let kept = [
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
        ];
        let kept = nets(&kept).into_iter().chain(nets(&[
            "168.63.129.0/24",
            "224.0.0.0/3",
            "::/8",
            "fc00::/7",
            "fe80::/10",
            "ff00::/8",
        ]));
        let address = address.to_canonical();
        kept.into_iter().any(|net| net.contains(&address))
    }

    proptest! {
        #[test]
        fn containment_equality_order_and_privacy_stay(given in prop::collection::vec(net(), 1..12)) {
            let made = made(&given);
            for (a, a_made) in given.iter().zip(&made) {
                prop_assert_eq!(a.prefix_len(), a_made.prefix_len());
                prop_assert_eq!(is_kept(a.addr()), is_kept(a_made.addr()), "{} {}", a, a_made);
                prop_assert!(!is_kept(a.addr()) || a.addr().to_canonical() == a_made.addr().to_canonical());
                for (b, b_made) in given.iter().zip(&made) {
                    prop_assert_eq!(a == b, a_made == b_made);
                    prop_assert_eq!(a.contains(b), a_made.contains(b_made), "{} {} → {} {}", a, b, a_made, b_made);
                    let whole = |net: &IpNet| net.prefix_len() == net.max_prefix_len();
                    if whole(a) && whole(b) && a.addr().is_ipv4() == b.addr().is_ipv4() {
                        prop_assert_eq!(a.addr().cmp(&b.addr()), a_made.addr().cmp(&b_made.addr()));
                    }
                }
            }
        }
    }
}
