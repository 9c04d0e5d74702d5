//! How a network answers a name, worked out the dumbest way from raw ARM JSON: linear scans over strings, nothing
//! joined, nothing remembered. Written from the written model alone, so that it can stand against the product.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

const AZURE_DNS: &str = "168.63.129.16";

/// Names under these are never sent through a rule for `.`.
const RESERVED: [&str; 3] = ["windows.net", "azure.com", "azure.net"];

/// What one server, asked once, says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Addresses from a zone, sorted; never none.
    Addresses { zone: String, addresses: Vec<String> },
    /// A linked zone holds the name's place, and no address of the name.
    NoAddress { zone: String },
    /// The name does not exist in the zone, and the link sends the query on to public DNS.
    Redirected { zone: String },
    /// A record in a zone leads to a name that no zone of that network holds.
    LeadsOut { zone: String, target: String },
    /// No zone and no rule: public DNS.
    Public,
    /// Nothing there can answer.
    Dead,
    /// Nobody can say: nobody knows who holds the address, or the query comes back to where it has been.
    Outside,
    /// The product says that something could not be read; nothing is unread here.
    Unread,
}

/// How sure the model lets anybody be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    Certain,
    /// The model does not say.
    Unsaid,
    /// At most probable.
    Probable,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    pub outcome: Outcome,
    pub sure: Sure,
}

/// An estate as ARM sends it.
pub struct Naive(pub Vec<Value>);

/// Where a query has been: the rules and firewalls, and the name asked for.
type Trail = Vec<String>;

/// A forwarding rule: who it asks, and from which network.
struct Rule {
    id: String,
    from: String,
    targets: Vec<String>,
}

/// Who holds an address.
#[derive(Debug, Clone)]
enum Holder {
    Inbound {
        network: String,
    },
    /// The firewall's id.
    Firewall(String),
    /// A machine, a load balancer, or a subnet that must hold something unseen.
    Forwarder {
        network: String,
    },
    /// In a resolver's subnet, held by no inbound endpoint.
    Nothing,
}

impl Naive {
    /// One answer for each server that the network asks, sorted.
    pub fn answers(&self, network: &str, fqdn: &str, alias: Option<&str>) -> Vec<Answer> {
        let vnet = self.get(network);
        let servers = texts(&vnet["properties"]["dhcpOptions"]["dnsServers"]);
        let mut answers = Vec::new();
        if servers.iter().all(|s| s == AZURE_DNS) {
            self.view(network, fqdn, alias, Sure::Certain, &Trail::new(), &mut answers);
        } else {
            for server in &servers {
                self.server(network, server, fqdn, alias, Sure::Certain, &Trail::new(), &mut answers);
            }
        }
        answers.sort();
        answers
    }

    /// What Azure DNS says inside a network.
    fn view(
        &self,
        network: &str,
        fqdn: &str,
        alias: Option<&str>,
        sure: Sure,
        trail: &Trail,
        out: &mut Vec<Answer>,
    ) {
        if let Some(outcome) = self.zones_say(network, fqdn) {
            out.push(Answer { outcome, sure });
            return;
        }
        if let Some(rule) = self.rule(network, fqdn) {
            self.targets(&rule, fqdn, alias, sure, trail, out);
            return;
        }
        let Some(alias) = alias else {
            out.push(Answer { outcome: Outcome::Public, sure });
            return;
        };
        if let Some(outcome) = self.zones_say(network, alias) {
            out.push(Answer { outcome, sure });
            return;
        }
        if let Some(rule) = self.rule(network, alias) {
            self.targets(&rule, alias, None, sure.max(Sure::Probable), trail, out);
            return;
        }
        out.push(Answer { outcome: Outcome::Public, sure });
    }

    /// What a rule's targets say.
    fn targets(
        &self,
        rule: &Rule,
        fqdn: &str,
        alias: Option<&str>,
        sure: Sure,
        trail: &Trail,
        out: &mut Vec<Answer>,
    ) {
        let step = format!("{} {fqdn}", rule.id);
        if trail.contains(&step) || rule.targets.is_empty() {
            out.push(Answer { outcome: Outcome::Outside, sure });
            return;
        }
        let mut trail = trail.clone();
        trail.push(step);
        for target in &rule.targets {
            self.server(&rule.from, target, fqdn, alias, sure, &trail, out);
        }
    }

    /// What a server says that machines of `from` ask.
    #[allow(clippy::too_many_arguments, reason = "plain recursion over everything there is")]
    fn server(
        &self,
        from: &str,
        address: &str,
        fqdn: &str,
        alias: Option<&str>,
        sure: Sure,
        trail: &Trail,
        out: &mut Vec<Answer>,
    ) {
        if address == AZURE_DNS {
            self.view(from, fqdn, alias, sure, trail, out);
            return;
        }
        let Some((holder, place)) = self.holder(from, address) else {
            out.push(Answer { outcome: Outcome::Outside, sure });
            return;
        };
        let sure = sure.max(place);
        match holder {
            Holder::Inbound { network } => self.view(&network, fqdn, alias, sure, trail, out),
            Holder::Forwarder { network } => {
                self.view(&network, fqdn, alias, sure.max(Sure::Probable), trail, out);
            }
            Holder::Nothing => out.push(Answer { outcome: Outcome::Dead, sure }),
            Holder::Firewall(id) => {
                let step = format!("{} {fqdn}", id.to_lowercase());
                if trail.contains(&step) {
                    out.push(Answer { outcome: Outcome::Outside, sure });
                    return;
                }
                let mut trail = trail.clone();
                trail.push(step);
                self.firewall(&id, fqdn, alias, sure.max(Sure::Unsaid), &trail, out);
            }
        }
    }

    fn firewall(
        &self,
        id: &str,
        fqdn: &str,
        alias: Option<&str>,
        sure: Sure,
        trail: &Trail,
        out: &mut Vec<Answer>,
    ) {
        let firewall = self.get(id);
        let Some((proxy, servers)) = self.firewall_dns(firewall) else {
            out.push(Answer { outcome: Outcome::Outside, sure });
            return;
        };
        let network = networks_of_firewall(firewall).into_iter().next();
        if !proxy {
            out.push(Answer { outcome: Outcome::Dead, sure });
        } else if servers.is_empty() {
            match network {
                Some(network) => self.view(&network, fqdn, alias, sure, trail, out),
                None => out.push(Answer { outcome: Outcome::Public, sure }),
            }
        } else {
            // Where a hub's firewall finds its servers cannot be seen.
            let Some(network) = network else {
                out.push(Answer { outcome: Outcome::Outside, sure });
                return;
            };
            for server in &servers {
                self.server(&network, server, fqdn, alias, sure, trail, out);
            }
        }
    }

    /// Whether the proxy is on, and its servers; `None` when a policy cannot be seen.
    fn firewall_dns(&self, firewall: &Value) -> Option<(bool, Vec<String>)> {
        let properties = &firewall["properties"];
        let mut policy = text(&properties["firewallPolicy"]["id"]);
        if policy.is_empty() {
            let classic = &properties["additionalProperties"];
            let on = text(&classic["Network.DNS.EnableProxy"]).eq_ignore_ascii_case("true");
            let servers = text(&classic["Network.DNS.Servers"]);
            let servers = servers.split(',').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty());
            return Some((on, servers.collect()));
        }
        for _ in 0..20 {
            let found = self.find(&policy)?;
            let settings = &found["properties"]["dnsSettings"];
            if settings.is_object() {
                let on = settings["enableProxy"].as_bool().unwrap_or(false);
                return Some((on, texts(&settings["servers"])));
            }
            policy = text(&found["properties"]["basePolicy"]["id"]);
            if policy.is_empty() {
                return Some((false, Vec::new()));
            }
        }
        Some((false, Vec::new()))
    }

    // Who holds an address.

    /// The first in `from`, its peers, the networks behind the same hub, or anywhere if there is but one.
    fn holder(&self, from: &str, address: &str) -> Option<(Holder, Sure)> {
        let address: IpAddr = address.trim().parse().ok()?;
        let peers = self.peers(from);
        let (hubs, mates) = self.behind_the_same_hub(from);
        let everywhere: Vec<String> = self.of("virtualNetworks").iter().map(|v| text(&v["id"])).collect();
        let own = vec![from.to_owned()];
        let rings = [
            (own, Vec::new(), Sure::Certain),
            (peers, Vec::new(), Sure::Certain),
            (mates, hubs.clone(), Sure::Unsaid),
            (everywhere, vec!["*".to_owned()], Sure::Probable),
        ];
        for (networks, hubs, sure) in rings {
            // In one network the first sort of holder counts; in several networks nobody can say which is meant.
            let mut exact = Vec::new();
            for network in &networks {
                exact.extend(self.exact_holder(network, address));
            }
            let in_hubs = self.firewalls_in(&hubs, address);
            let mut subnets = self.subnets_around(&networks, address);
            if exact.len() + in_hubs.len() > 1 {
                return None;
            }
            if !in_hubs.is_empty() {
                exact = in_hubs;
                if !subnets.is_empty() {
                    return None;
                }
            }
            if let Some(holder) = exact.pop() {
                return holder.map(|holder| (holder, sure));
            }
            if subnets.len() == 1 {
                return subnets.remove(0).map(|holder| (holder, sure));
            }
            if subnets.len() > 1 {
                return None;
            }
        }
        None
    }

    /// What holds the address in a network; `Some(None)` for what is no DNS server.
    fn exact_holder(&self, network: &str, address: IpAddr) -> Option<Option<Holder>> {
        let here = |subnet: &Value| network_of(&text(subnet)).eq_ignore_ascii_case(network);
        let is = |value: &Value| text(value).parse::<IpAddr>().ok() == Some(address);
        for inbound in self.of("dnsResolvers/inboundEndpoints") {
            for config in array(&inbound["properties"]["ipConfigurations"]) {
                if is(&config["privateIpAddress"]) && here(&config["subnet"]["id"]) {
                    return Some(Some(Holder::Inbound { network: network.to_owned() }));
                }
            }
        }
        let mut endpoints = false;
        for (kind, list) in [
            ("azureFirewalls", "ipConfigurations"),
            ("networkInterfaces", "ipConfigurations"),
            ("loadBalancers", "frontendIPConfigurations"),
        ] {
            for value in self.of(kind) {
                for config in array(&value["properties"][list]) {
                    let config = &config["properties"];
                    if !is(&config["privateIPAddress"]) || !here(&config["subnet"]["id"]) {
                        continue;
                    }
                    if kind == "azureFirewalls" {
                        return Some(Some(Holder::Firewall(text(&value["id"]))));
                    }
                    if value["properties"]["privateEndpoint"].is_null() {
                        return Some(Some(Holder::Forwarder { network: network.to_owned() }));
                    }
                    endpoints = true;
                }
            }
        }
        endpoints.then_some(None)
    }

    /// The firewalls with this address in the hubs of these names; `*` is any hub.
    fn firewalls_in(&self, hubs: &[String], address: IpAddr) -> Vec<Option<Holder>> {
        let mut found = Vec::new();
        for firewall in self.of("azureFirewalls") {
            let hub = last(&text(&firewall["properties"]["virtualHub"]["id"]));
            let own = text(&firewall["properties"]["hubIPAddresses"]["privateIPAddress"]);
            let near = !hub.is_empty() && hubs.iter().any(|h| h == "*" || *h == hub);
            if near && own.parse::<IpAddr>().ok() == Some(address) {
                found.push(Some(Holder::Firewall(text(&firewall["id"]))));
            }
        }
        found
    }

    /// Who must stand in the subnets around an address; `None` where a firewall alone can stand.
    fn subnets_around(&self, networks: &[String], address: IpAddr) -> Vec<Option<Holder>> {
        let mut found = Vec::new();
        for vnet in self.of("virtualNetworks") {
            let network = text(&vnet["id"]);
            if !networks.iter().any(|n| n.eq_ignore_ascii_case(&network)) {
                continue;
            }
            for subnet in array(&vnet["properties"]["subnets"]) {
                let prefix = text(&subnet["properties"]["addressPrefix"]).parse::<IpNet>();
                if !prefix.is_ok_and(|p| p.contains(&address)) {
                    continue;
                }
                let for_resolvers = array(&subnet["properties"]["delegations"]).iter().any(|d| {
                    text(&d["properties"]["serviceName"])
                        .eq_ignore_ascii_case("Microsoft.Network/dnsResolvers")
                });
                found.push(if for_resolvers {
                    Some(Holder::Nothing)
                } else if text(&subnet["name"]).eq_ignore_ascii_case("AzureFirewallSubnet") {
                    None
                } else {
                    Some(Holder::Forwarder { network: network.clone() })
                });
            }
        }
        found
    }

    /// The networks at the other end of a connected peering, whichever side tells it.
    fn peers(&self, network: &str) -> Vec<String> {
        let mut found = Vec::new();
        for vnet in self.of("virtualNetworks") {
            let id = text(&vnet["id"]);
            for remote in connected(vnet) {
                if id.eq_ignore_ascii_case(network) {
                    found.push(remote);
                } else if remote.eq_ignore_ascii_case(network) {
                    found.push(id.clone());
                }
            }
        }
        found.iter_mut().for_each(|id| *id = id.to_lowercase());
        found.sort();
        found.dedup();
        found
    }

    /// The names of the hubs a network is connected to, and the other networks connected to them.
    fn behind_the_same_hub(&self, network: &str) -> (Vec<String>, Vec<String>) {
        let own: Vec<String> = self.find(network).into_iter().flat_map(virtual_hubs).collect();
        let mut mates = Vec::new();
        for vnet in self.of("virtualNetworks") {
            if virtual_hubs(vnet).iter().any(|hub| own.contains(hub)) {
                mates.push(text(&vnet["id"]));
            }
        }
        // .../virtualNetworks/HV_{hub}_{guid}
        let name = |id: &String| {
            let name = last(id).trim_start_matches("hv_").to_owned();
            name.rsplit_once('_').map(|(hub, _)| hub.to_owned()).unwrap_or(name)
        };
        (own.iter().map(name).collect(), mates)
    }

    // Zones and rules.

    /// What the zones linked to a network say; `None` when none of them holds the name's place.
    fn zones_say(&self, network: &str, name: &str) -> Option<Outcome> {
        let mut name = name.to_lowercase();
        let mut before: Option<String> = None;
        // Eight CNAMEs in a row are a loop.
        for _ in 0..8 {
            let Some((zone, redirects)) = self.linked_zone(network, &name) else {
                return before.map(|zone| Outcome::LeadsOut { zone, target: name });
            };
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
    /// sends names that do not exist on to public DNS.
    fn linked_zone(&self, network: &str, name: &str) -> Option<(String, bool)> {
        let mut best: Option<(String, bool)> = None;
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
            if best.as_ref().is_none_or(|(other, _)| last(other).len() < last(&zone).len()) {
                best = Some((zone, redirects));
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
        for value in &self.0 {
            let id = value["id"].as_str().unwrap_or_default();
            let inside = id.len() > under.len() && id[..under.len()].eq_ignore_ascii_case(&under);
            if inside && !id[under.len()..].to_lowercase().starts_with("virtualnetworklinks/") {
                found.push(value);
            }
        }
        found
    }

    /// The longest enabled rule of the network's ruleset that covers `name`.
    fn rule(&self, network: &str, name: &str) -> Option<Rule> {
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

    // Reading.

    /// Every resource of one type of the network provider, without regard to case.
    fn of(&self, kind: &str) -> Vec<&Value> {
        let wanted = format!("Microsoft.Network/{kind}");
        self.0
            .iter()
            .filter(|value| value["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(&wanted)))
            .collect()
    }

    fn find(&self, id: &str) -> Option<&Value> {
        self.0.iter().find(|value| value["id"].as_str().is_some_and(|i| i.eq_ignore_ascii_case(id)))
    }

    fn get(&self, id: &str) -> &Value {
        self.find(id).unwrap_or_else(|| panic!("no {id}"))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ({:?})", self.outcome, self.sure)
    }
}

fn has_records(record: &Value) -> bool {
    let Some(properties) = record["properties"].as_object() else { return false };
    properties.iter().any(|(field, value)| match field.as_str() {
        "soaRecord" => value.is_object(),
        "cnameRecord" => !text(&value["cname"]).is_empty(),
        field => field.ends_with("Records") && !array(value).is_empty(),
    })
}

/// The remote networks of a network's connected peerings.
fn connected(vnet: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for peering in array(&vnet["properties"]["virtualNetworkPeerings"]) {
        if text(&peering["properties"]["peeringState"]).eq_ignore_ascii_case("Connected") {
            found.push(text(&peering["properties"]["remoteVirtualNetwork"]["id"]));
        }
    }
    found
}

/// The Virtual WAN hubs (as ids of their hidden networks, in lower case) a network is connected to.
fn virtual_hubs(vnet: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for peering in array(&vnet["properties"]["virtualNetworkPeerings"]) {
        let to_hub = text(&peering["name"]).starts_with("RemoteVnetToHubPeering_");
        if to_hub && text(&peering["properties"]["peeringState"]).eq_ignore_ascii_case("Connected") {
            found.push(text(&peering["properties"]["remoteVirtualNetwork"]["id"]).to_lowercase());
        }
    }
    found
}

fn networks_of_firewall(firewall: &Value) -> Vec<String> {
    let configs = array(&firewall["properties"]["ipConfigurations"]);
    configs.iter().map(|config| network_of(&text(&config["properties"]["subnet"]["id"]))).collect()
}

/// Whether a name is a domain or lies in it.
fn under(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_lowercase(), domain.to_lowercase());
    name == domain || name.ends_with(&format!(".{domain}"))
}

/// The network of a subnet's id.
fn network_of(subnet: &str) -> String {
    match subnet.to_lowercase().find("/subnets/") {
        Some(at) => subnet[..at].to_owned(),
        None => String::new(),
    }
}

fn last(id: &str) -> String {
    id.rsplit('/').next().unwrap_or_default().to_lowercase()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The texts of a list; an empty one is nothing at all.
fn texts(value: &Value) -> Vec<String> {
    array(value).iter().map(text).filter(|text| !text.is_empty()).collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
