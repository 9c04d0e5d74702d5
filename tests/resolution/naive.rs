//! How a network answers a name, worked out the dumbest way from raw ARM JSON: linear scans over strings, nothing
//! joined, nothing remembered. Shares neither code nor thought with the product, so that it can stand against it.

mod holders;
mod zones;

use std::fmt;

use serde_json::Value;

pub use crate::plan::Said;

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

/// An estate as ARM sends it, and what somebody says of it.
pub struct Naive {
    pub resources: Vec<Value>,
    pub said: Vec<Said>,
}

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
        if let Some((outcome, zones)) = self.zones_say(network, fqdn) {
            out.push(Answer { outcome, sure: sure.max(zones) });
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
        if let Some((outcome, zones)) = self.zones_say(network, alias) {
            out.push(Answer { outcome, sure: sure.max(zones) });
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
        // What somebody says counts, whoever holds the address.
        if let Some(said) = self.said.iter().find(|said| said.address == address.trim()) {
            match said.through.as_ref().filter(|network| self.find(network).is_some()) {
                Some(network) => self.view(network, fqdn, alias, sure, trail, out),
                None => out.push(Answer { outcome: Outcome::Outside, sure }),
            }
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
                self.firewall(from, &id, fqdn, alias, sure.max(Sure::Unsaid), &trail, out);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "plain recursion over everything there is")]
    fn firewall(
        &self,
        asker: &str,
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
            // A hub's firewall finds its servers where the one who asks would find them; but Azure's resolver there
            // is the hub's, which has no zones.
            let in_hub = network.is_none();
            let network = network.unwrap_or_else(|| asker.to_owned());
            for server in &servers {
                if in_hub && server == AZURE_DNS {
                    out.push(Answer { outcome: Outcome::Public, sure });
                    continue;
                }
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

    // Reading.

    /// Every resource of one type of the network provider, without regard to case.
    fn of(&self, kind: &str) -> Vec<&Value> {
        let wanted = format!("Microsoft.Network/{kind}");
        self.resources
            .iter()
            .filter(|value| value["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(&wanted)))
            .collect()
    }

    fn find(&self, id: &str) -> Option<&Value> {
        self.resources.iter().find(|value| value["id"].as_str().is_some_and(|i| i.eq_ignore_ascii_case(id)))
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
