//! What zones and forwarding rules say.

use serde_json::Value;

use super::{Naive, Outcome, RESERVED, Rule, Sure, array, has_records, last, text, under};

impl Naive {
    /// What the zones linked to a network say, and how surely: a link that failed may not work. `None` when none of
    /// them holds the name's place.
    pub(super) fn zones_say(&self, network: &str, name: &str) -> Option<(Outcome, Sure)> {
        let mut sure = Sure::Certain;
        let outcome = self.zones_tell(network, name, &mut sure)?;
        Some((outcome, sure))
    }

    fn zones_tell(&self, network: &str, name: &str, sure: &mut Sure) -> Option<Outcome> {
        let mut name = name.to_lowercase();
        let mut before: Option<String> = None;
        // Eight CNAMEs in a row are a loop.
        for _ in 0..8 {
            let Some((zone, redirects, failed)) = self.linked_zone(network, &name) else {
                return before.map(|zone| Outcome::LeadsOut { zone, target: name });
            };
            if failed {
                *sure = Sure::Probable;
            }
            let Some(owner) = self.owner_in_zone(&zone, &name) else {
                return Some(if redirects {
                    Outcome::Redirected { zone }
                } else {
                    Outcome::NoAddress { zone }
                });
            };
            let mut addresses = Vec::new();
            let mut cname = None;
            for record in self.records(&zone) {
                if text(&record["name"]).to_lowercase() != owner {
                    continue;
                }
                let properties = &record["properties"];
                addresses.extend(array(&properties["aRecords"]).iter().map(|r| text(&r["ipv4Address"])));
                addresses.extend(array(&properties["aaaaRecords"]).iter().map(|r| text(&r["ipv6Address"])));
                let target = text(&properties["cnameRecord"]["cname"]);
                if !target.is_empty() {
                    cname = Some(target.trim_end_matches('.').to_lowercase());
                }
            }
            addresses.sort();
            addresses.dedup();
            match cname {
                Some(target) if addresses.is_empty() => {
                    before = Some(zone);
                    name = target;
                }
                _ if addresses.is_empty() => return Some(Outcome::NoAddress { zone }),
                _ => return Some(Outcome::Addresses { zone, addresses }),
            }
        }
        before.map(|zone| Outcome::LeadsOut { zone, target: name })
    }

    /// The id of the longest zone linked to the network that is `name` or a suffix of it, and whether the link
    /// sends names that do not exist on to public DNS, and whether it failed.
    fn linked_zone(&self, network: &str, name: &str) -> Option<(String, bool, bool)> {
        let mut best: Option<(String, bool, bool)> = None;
        for link in self.of("privateDnsZones/virtualNetworkLinks") {
            if !text(&link["properties"]["virtualNetwork"]["id"]).eq_ignore_ascii_case(network) {
                continue;
            }
            let id = text(&link["id"]);
            let zone = id[..id.to_lowercase().find("/virtualnetworklinks/").expect("a link")].to_owned();
            if !under(name, &last(&zone)) || self.find(&zone).is_none() {
                continue;
            }
            // The policy works for privatelink zones alone.
            let redirects = last(&zone).split('.').any(|label| label == "privatelink")
                && text(&link["properties"]["resolutionPolicy"]).eq_ignore_ascii_case("NxDomainRedirect");
            let failed = text(&link["properties"]["provisioningState"]) == "Failed";
            if best.as_ref().is_none_or(|(other, ..)| last(other).len() < last(&zone).len()) {
                best = Some((zone, redirects, failed));
            }
        }
        best
    }

    /// The record name in a zone that answers for `name` (RFC 4592), or `None` if the name does not exist.
    fn owner_in_zone(&self, zone: &str, name: &str) -> Option<String> {
        // Record sets without records stand in ARM and not in DNS.
        let full = |owner: &str| match owner {
            "@" => last(zone),
            owner => format!("{owner}.{}", last(zone)),
        };
        let owners: Vec<String> = self
            .records(zone)
            .iter()
            .filter(|record| has_records(record))
            .map(|record| text(&record["name"]).to_lowercase())
            .collect();
        let exists = |name: &str| owners.iter().any(|owner| under(&full(owner), name));
        let relative = |name: &str| match name.strip_suffix(&format!(".{}", last(zone))) {
            Some(relative) => relative.to_owned(),
            None => "@".to_owned(),
        };
        if exists(name) || name == last(zone) {
            return Some(relative(name));
        }
        let mut encloser = name.to_owned();
        while encloser != last(zone) {
            encloser = encloser.split_once('.').expect("the zone is a suffix").1.to_owned();
            if encloser == last(zone) || exists(&encloser) {
                let wildcard = format!("*.{encloser}");
                return owners.iter().find(|owner| full(owner) == wildcard).cloned();
            }
        }
        None
    }

    fn records(&self, zone: &str) -> Vec<&Value> {
        let under = format!("{}/", zone.to_lowercase());
        let mut found = Vec::new();
        for value in &self.resources {
            let id = value["id"].as_str().unwrap_or_default();
            let inside = id.len() > under.len() && id[..under.len()].eq_ignore_ascii_case(&under);
            if inside && !id[under.len()..].to_lowercase().starts_with("virtualnetworklinks/") {
                found.push(value);
            }
        }
        found
    }

    /// The longest enabled rule of the network's ruleset that covers `name`.
    pub(super) fn rule(&self, network: &str, name: &str) -> Option<Rule> {
        let links = self.of("dnsForwardingRulesets/virtualNetworkLinks");
        let link = links
            .iter()
            .find(|link| text(&link["properties"]["virtualNetwork"]["id"]).eq_ignore_ascii_case(network))?;
        let ruleset = text(&link["id"]).to_lowercase();
        let ruleset = ruleset[..ruleset.find("/virtualnetworklinks/").expect("a link")].to_owned();
        let from = self.network_of_outbound(&ruleset).unwrap_or_else(|| network.to_owned());
        let mut best: Option<(String, Rule)> = None;
        for rule in self.of("dnsForwardingRulesets/forwardingRules") {
            let properties = &rule["properties"];
            let own = text(&rule["id"]).to_lowercase().starts_with(&format!("{ruleset}/"));
            if !own || text(&properties["forwardingRuleState"]).eq_ignore_ascii_case("Disabled") {
                continue;
            }
            let domain = text(&properties["domainName"]).trim_end_matches('.').to_lowercase();
            let covers = match domain.as_str() {
                "" => !RESERVED.iter().any(|reserved| under(name, reserved)),
                domain => under(name, domain),
            };
            if covers && best.as_ref().is_none_or(|(other, _)| other.len() < domain.len()) {
                let targets = array(&properties["targetDnsServers"]);
                let targets =
                    targets.iter().map(|t| text(&t["ipAddress"])).filter(|t| !t.is_empty()).collect();
                best = Some((domain, Rule { id: text(&rule["id"]), from: from.clone(), targets }));
            }
        }
        best.map(|(_, rule)| rule)
    }

    /// The network of a ruleset's outbound endpoint, if its resolver can be seen.
    fn network_of_outbound(&self, ruleset: &str) -> Option<String> {
        let ruleset = self.find(ruleset)?;
        let outbound = text(&ruleset["properties"]["dnsResolverOutboundEndpoints"][0]["id"]);
        let resolver = outbound[..outbound.to_lowercase().find("/outboundendpoints/")?].to_owned();
        Some(text(&self.find(&resolver)?["properties"]["virtualNetwork"]["id"]))
    }
}
