//! What might have answered before what did: zones and rulesets of which links or rules could not be read.

use super::Topology;
use super::knowledge::Unread;
use super::records::suffixes;
use super::resolve::{Answer, Hop, Query};
use crate::inventory::Kind;

/// One network's Azure resolver at work: what it went by.
#[derive(Debug, Clone, Copy)]
struct Turn {
    network: usize,
    /// Whether it had come to the privatelink alias.
    alias: bool,
    zone: Option<usize>,
    rule: bool,
}

fn turns(hops: &[Hop]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for hop in hops {
        if let Hop::AzureDns(network) = hop {
            turns.push(Turn { network: *network, alias: false, zone: None, rule: false });
        }
        let Some(turn) = turns.last_mut() else { continue };
        match hop {
            Hop::Alias => turn.alias = true,
            Hop::Zone(zone) => _ = turn.zone.get_or_insert(*zone),
            Hop::Rule(_) => turn.rule = true,
            Hop::AzureDns(_) | Hop::Server(..) | Hop::Proxy(_) => {}
        }
    }
    turns
}

impl Topology {
    /// A zone or ruleset that is known, would have been asked before what answered, and may be linked to a
    /// network on the way: its links or rules could not be read.
    pub fn overlooked(&self, answer: &Answer, query: Query<'_>) -> Option<Unread> {
        const KINDS: [Kind; 3] = [Kind::VirtualNetworkLinks, Kind::ForwardingRules, Kind::RulesetLinks];
        self.knowledge.gaps_in(&KINDS)?;
        let turns = turns(&answer.hops);
        let parts = turns.into_iter().flat_map(|turn| {
            [self.overlooked_zone(turn, query), self.overlooked_rules(turn, query)].into_iter().flatten()
        });
        parts.reduce(Unread::and)
    }

    fn overlooked_zone(&self, turn: Turn, query: Query<'_>) -> Option<Unread> {
        let answered = turn.zone.map_or(0, |zone| self.inventory.zones[zone].name.len());
        // Every zone of the name itself is asked before any of the alias.
        let of_name = suffixes(query.fqdn).filter(|zone| turn.alias || zone.len() > answered);
        let of_alias = suffixes(query.alias).filter(|zone| turn.alias && zone.len() > answered);
        let linked = &self.networks[turn.network].linked;
        of_name
            .chain(of_alias)
            .filter(|name| !linked.contains_key(*name))
            .flat_map(|name| self.records.zones_named(name))
            .filter_map(|zone| {
                self.knowledge.children(&self.inventory.zones[*zone].id, Kind::VirtualNetworkLinks)
            })
            .reduce(Unread::and)
    }

    fn overlooked_rules(&self, turn: Turn, query: Query<'_>) -> Option<Unread> {
        // A zone of the name itself is asked before any rule.
        if turn.zone.is_some() && !turn.alias {
            return None;
        }
        let rules_of = |ruleset: usize| {
            self.knowledge.children(&self.inventory.rulesets[ruleset].id, Kind::ForwardingRules)
        };
        let linked = &self.networks[turn.network].rulesets;
        if !linked.is_empty() {
            return linked.iter().filter_map(|ruleset| rules_of(*ruleset)).reduce(Unread::and);
        }
        let asked_of_alias = turn.alias && turn.zone.is_none();
        let may_take = |ruleset: usize| {
            let takes = |rule: &usize| {
                self.takes(*rule, query.fqdn) || (asked_of_alias && self.takes(*rule, query.alias))
            };
            rules_of(ruleset).is_some() || self.ruleset_rules[ruleset].iter().any(takes)
        };
        let links_of = |ruleset: usize| {
            self.knowledge.children(&self.inventory.rulesets[ruleset].id, Kind::RulesetLinks)
        };
        (0..self.inventory.rulesets.len())
            .filter_map(|ruleset| links_of(ruleset).filter(|_| may_take(ruleset)))
            .reduce(Unread::and)
    }

    /// Why it cannot be said that no zone and no ruleset serves a name: places that were not read.
    pub fn unread_views(&self, query: Query<'_>) -> Option<Unread> {
        const RULESETS: [Kind; 3] = [Kind::DnsForwardingRulesets, Kind::ForwardingRules, Kind::RulesetLinks];
        let links = suffixes(query.fqdn)
            .chain(suffixes(query.alias))
            .flat_map(|suffix| self.records.zones_named(suffix))
            .find_map(|zone| {
                self.knowledge.children(&self.inventory.zones[*zone].id, Kind::VirtualNetworkLinks)
            });
        let parts = [self.knowledge.every_zone(), self.knowledge.gaps_in(&RULESETS), links];
        parts.into_iter().flatten().reduce(Unread::and)
    }

    /// Lists of zones or rulesets that could not be read in the subscriptions of the networks that spoke and of
    /// the networks they are peered with: there stands what serves them, so that one of the unread may have
    /// answered first.
    pub fn unread_around(&self, answer: &Answer) -> Option<Unread> {
        let networks = turns(&answer.hops).into_iter().map(|turn| &self.networks[turn.network]);
        networks.filter_map(|network| network.unread_around.clone()).reduce(Unread::and)
    }
}
