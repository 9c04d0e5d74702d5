//! The names of an estate and what stands for each. Knows no JSON.
//!
//! Names are numbered in their alphabetical order and not hashed: a hash of a short name can be guessed. In this order
//! the ids of an estate sort as they did, so that whatever is taken "the first" is the same one afterwards.

use std::collections::{BTreeSet, HashMap, HashSet};

use ipnet::IpNet;

use super::addresses::{Addresses, Gathered};
use super::text::{Pass, Role};
use crate::topology::zones::Words;

/// Digits of a number at least, so that a stand-in is told from a word.
const LEAST_DIGITS: usize = 4;

/// What key vaults of Azure Migrate begin and end with, and what stands somewhere in the name of its Recovery Services
/// vaults, by which rules know them.
const VAULT_PARTS: [&str; 3] = ["migratekv", "kv", "migratevault"];

/// What storage accounts of Azure Migrate begin with, and namespaces of its Service Bus, by which rules know them; the longer ones first.
const STORAGE_PREFIXES: [&str; 4] = ["migratelsa", "migrategwsa", "lsa", "gwsa"];

/// What peerings begin with that Virtual WAN and Virtual Network Manager make.
const PEERING_PREFIXES: [&str; 2] = ["remotevnettohubpeering_", "anm_"];

/// Groups of managed networks are called `vnet-…-rg`.
const MANAGED: (&str, &str) = ("vnet-", "-rg");

/// What public names add to the name of a resource (Azure docs: secondary endpoints of storage, Synapse's serverless
/// pool).
const SUFFIXES: [&str; 2] = ["-secondary", "-ondemand"];

/// The label of private link, alone or with something behind it.
const PRIVATE: &str = "privatelink";

/// The first pass: everything that will need a stand-in.
#[derive(Debug)]
pub(super) struct Seen {
    words: &'static Words,
    labels: BTreeSet<String>,
    guids: BTreeSet<String>,
    addresses: Gathered,
    groups: HashSet<String>,
    slots: HashSet<String>,
    /// What is kept of a label before and behind its number.
    affixes: HashMap<String, (&'static str, &'static str)>,
}

/// The second pass: what stands for what was seen.
#[derive(Debug)]
pub(super) struct Names {
    words: &'static Words,
    labels: HashMap<String, usize>,
    guids: HashMap<String, usize>,
    addresses: Addresses,
    slots: HashSet<String>,
    affixes: HashMap<String, (&'static str, &'static str)>,
    letter: char,
    digits: usize,
    /// The middle of GUIDs.
    salt: u16,
}

impl Seen {
    pub(super) fn new(words: &'static Words) -> Seen {
        Seen {
            words,
            labels: BTreeSet::new(),
            guids: BTreeSet::new(),
            addresses: Gathered::default(),
            groups: HashSet::new(),
            slots: HashSet::new(),
            affixes: HashMap::new(),
        }
    }

    /// What both have seen.
    pub(super) fn joined(mut self, mut other: Seen) -> Seen {
        self.labels.append(&mut other.labels);
        self.guids.append(&mut other.guids);
        self.addresses.join(other.addresses);
        self.groups.extend(other.groups);
        self.slots.extend(other.slots);
        for (label, (start, end)) in other.affixes {
            self.keep_of_label(label, start, end);
        }
        self
    }

    fn keep_first(&mut self, name: &str, prefixes: &[&'static str]) {
        if let Some(prefix) = prefixes.iter().find(|prefix| name.starts_with(**prefix)) {
            self.keep(name, prefix, "");
        }
    }

    /// Keeps what tells a vault of Azure Migrate.
    fn keep_vault(&mut self, name: &str) {
        let [replication, appliance, recovery] = VAULT_PARTS;
        if name.starts_with(replication) {
            self.keep(name, replication, "");
        }
        if name.contains(recovery) {
            self.keep(name, recovery, "");
        }
        if name.ends_with(appliance) {
            self.keep(name, "", appliance);
        }
    }

    /// Keeps the start of a name's first label and the end of its last one.
    fn keep(&mut self, name: &str, start: &'static str, end: &'static str) {
        let (first, last) = (name.split('.').next(), name.rsplit('.').next());
        self.keep_of_label(first.unwrap_or(name).to_owned(), start, "");
        self.keep_of_label(last.unwrap_or(name).to_owned(), "", end);
    }

    /// Of several the longest is kept, whichever was seen first.
    fn keep_of_label(&mut self, label: String, start: &'static str, end: &'static str) {
        let known = self.affixes.entry(label).or_default();
        let longer = |known: &mut &'static str, new: &'static str| {
            if new.len() > known.len() {
                *known = new;
            }
        };
        longer(&mut known.0, start);
        longer(&mut known.1, end);
    }

    pub(super) fn settled(self) -> Names {
        let digits = self.labels.len().to_string().len().max(LEAST_DIGITS);
        let letter = free_letter(&self.labels, digits);
        let salt = free_salt(&self.guids);
        let groups = self.groups;
        let mut labels: Vec<String> = self.labels.into_iter().collect();
        // In ids a slash follows the name of a group, and nothing that of the resource itself.
        labels.sort_by_cached_key(|label| match groups.contains(label) {
            true => format!("{label}/"),
            false => label.clone(),
        });
        let numbered = |(at, text): (usize, String)| (text, at + 1);
        Names {
            words: self.words,
            labels: labels.into_iter().enumerate().map(numbered).collect(),
            guids: self.guids.into_iter().enumerate().map(numbered).collect(),
            addresses: self.addresses.settled(),
            slots: self.slots,
            affixes: self.affixes,
            letter,
            digits,
            salt,
        }
    }
}

/// A letter whose stand-ins are in no name of the estate.
fn free_letter(labels: &BTreeSet<String>, digits: usize) -> char {
    let has = |label: &String, letter: char| {
        label.match_indices(letter).any(|(at, found)| {
            let behind = label.get(at + found.len()..).unwrap_or_default();
            behind.bytes().take_while(u8::is_ascii_digit).count() >= digits
        })
    };
    let letters = "nxkqwvjyhmfbgpdtrcslaeiou".chars();
    letters.into_iter().find(|letter| !labels.iter().any(|label| has(label, *letter))).unwrap_or('n')
}

/// A middle part whose GUIDs are none of the estate's.
fn free_salt(guids: &BTreeSet<String>) -> u16 {
    let is_free = |salt: &u16| (1..=guids.len()).all(|at| !guids.contains(&guid(at, *salt)));
    (0..=u16::MAX).find(is_free).unwrap_or_default()
}

/// The number stands first, so that GUIDs sort as they did.
fn guid(at: usize, salt: u16) -> String {
    format!("{at:08x}-{salt:04x}-4000-8000-000000000000")
}

impl Pass for Seen {
    fn words(&self) -> &'static Words {
        self.words
    }

    fn label(&mut self, label: &str) -> String {
        if !self.labels.contains(label) {
            self.labels.insert(label.to_owned());
        }
        String::new()
    }

    fn guid(&mut self, guid: &str) -> String {
        if !self.guids.contains(guid) {
            self.guids.insert(guid.to_owned());
        }
        String::new()
    }

    fn net(&mut self, net: IpNet) -> IpNet {
        self.addresses.add(net);
        net
    }

    fn role(&mut self, label: &str, role: Role) {
        match role {
            Role::ResourceGroup => {
                self.groups.insert(label.to_owned());
            }
            Role::Slot => {
                self.slots.insert(label.to_owned());
            }
            Role::ManagedGroup => {
                let (start, end) = MANAGED;
                if label.starts_with(start) && label.ends_with(end) && label.len() >= start.len() + end.len()
                {
                    self.keep(label, start, end);
                }
            }
            Role::StorageAccount | Role::Namespace => self.keep_first(label, &STORAGE_PREFIXES),
            Role::Vault => self.keep_vault(label),
            Role::Peering => self.keep_first(label, &PEERING_PREFIXES),
        }
    }
}

impl Names {
    /// The stand-in of a label in lower case. One that was never seen has none of its own.
    fn of_label(&self, label: &str) -> String {
        if let Some(made) = self.composed(label) {
            return made;
        }
        let number = self.labels.get(label).copied().unwrap_or_default();
        let (letter, digits) = (self.letter, self.digits);
        let bare = format!("{letter}{number:0digits$}{}", shape(label));
        match self.affixes.get(label) {
            Some((start, end)) => format!("{start}{bare}{end}"),
            None => match label.strip_prefix(PRIVATE) {
                Some(rest) if rest.starts_with('-') => format!("{PRIVATE}-{bare}"),
                Some(_) => format!("{PRIVATE}{bare}"),
                None => bare,
            },
        }
    }

    /// A label that Azure makes of names: `account-secondary`, `app-slot`.
    fn composed(&self, label: &str) -> Option<String> {
        let by_suffix = SUFFIXES.iter().find_map(|suffix| {
            let name = self.known(label.strip_suffix(suffix)?)?;
            Some(format!("{name}{suffix}"))
        });
        let by_slot = || {
            label.match_indices('-').find_map(|(at, _)| {
                let slot = label.get(at + 1..).filter(|slot| self.slots.contains(*slot))?;
                Some(format!("{}-{}", self.known(label.get(..at)?)?, self.known(slot)?))
            })
        };
        by_suffix.or_else(by_slot)
    }

    /// What becomes of a part of a label that is the name of something itself.
    fn known(&self, name: &str) -> Option<String> {
        if self.words.labels.contains(name) {
            return Some(name.to_owned());
        }
        match self.guids.get(name) {
            Some(number) => Some(guid(*number, self.salt)),
            None => self.labels.contains_key(name).then(|| self.of_label(name)),
        }
    }
}

/// What keeps a stand-in as fit for a region or a label as the name was: neither has a hyphen where a region is due, and
/// neither is a label where the other is none.
fn shape(label: &str) -> &'static str {
    let is_plain = label.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_label = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    match (is_plain && label.starts_with(|c: char| c.is_ascii_alphabetic()), is_label) {
        (true, _) => "",
        (false, true) => "-x",
        (false, false) => "~",
    }
}

impl Pass for &Names {
    fn words(&self) -> &'static Words {
        self.words
    }

    fn label(&mut self, label: &str) -> String {
        self.of_label(label)
    }

    fn guid(&mut self, text: &str) -> String {
        guid(self.guids.get(text).copied().unwrap_or_default(), self.salt)
    }

    fn net(&mut self, net: IpNet) -> IpNet {
        self.addresses.of(net)
    }

    fn role(&mut self, _: &str, _: Role) {}
}
