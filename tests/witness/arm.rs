//! What an estate's JSON says, looked up by plain scans. Ids are in lower case.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

/// Who holds an address. Estates asked here use no address twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    Inbound {
        network: String,
    },
    Firewall {
        id: String,
    },
    /// A machine, a load balancer, or what no list shows.
    Machine {
        network: String,
    },
    /// In a subnet of inbound endpoints, and none of them has it.
    Nothing,
    Unknown,
}

pub struct Arm(pub Vec<Value>);

impl Arm {
    /// Everything of a type of Microsoft.Network.
    pub fn of(&self, kind: &str) -> Vec<&Value> {
        let whole = format!("Microsoft.Network/{kind}");
        self.0.iter().filter(|value| text(&value["type"]).eq_ignore_ascii_case(&whole)).collect()
    }

    pub fn ids(&self, kind: &str) -> Vec<String> {
        self.of(kind).iter().map(|value| text(&value["id"]).to_lowercase()).collect()
    }

    fn get(&self, id: &str) -> Option<&Value> {
        self.0.iter().find(|value| text(&value["id"]).eq_ignore_ascii_case(id))
    }

    /// A network's own DNS servers; none is Azure's.
    pub fn servers_of(&self, network: &str) -> Vec<String> {
        let network = self.get(network).unwrap();
        array(&network["properties"]["dhcpOptions"]["dnsServers"]).iter().map(text).collect()
    }

    /// The length of the longest list of servers that one server asks in turn.
    pub fn longest_list(&self) -> usize {
        let proxies = self.ids("azureFirewalls");
        let proxies = proxies.iter().filter_map(|id| Some(self.proxy_of(id)?.1.len()));
        let rules = self.of("dnsForwardingRulesets/forwardingRules");
        let rules = rules.iter().map(|rule| array(&rule["properties"]["targetDnsServers"]).len());
        proxies.chain(rules).chain([1]).max().unwrap_or(1)
    }

    /// Who holds an address, wherever it is.
    pub fn holder(&self, address: &str) -> Holder {
        let Ok(wanted) = address.parse::<IpAddr>() else { return Holder::Unknown };
        let is = |value: &Value| text(value).parse::<IpAddr>().ok() == Some(wanted);
        for inbound in self.of("dnsResolvers/inboundEndpoints") {
            for config in array(&inbound["properties"]["ipConfigurations"]) {
                if is(&config["privateIpAddress"]) {
                    return Holder::Inbound { network: network_of(&config["subnet"]["id"]) };
                }
            }
        }
        for firewall in self.of("azureFirewalls") {
            let properties = &firewall["properties"];
            let own = array(&properties["ipConfigurations"])
                .iter()
                .any(|config| is(&config["properties"]["privateIPAddress"]));
            if own || is(&properties["hubIPAddresses"]["privateIPAddress"]) {
                return Holder::Firewall { id: text(&firewall["id"]).to_lowercase() };
            }
        }
        for (kind, list) in
            [("networkInterfaces", "ipConfigurations"), ("loadBalancers", "frontendIPConfigurations")]
        {
            for value in self.of(kind) {
                for config in array(&value["properties"][list]) {
                    if is(&config["properties"]["privateIPAddress"]) {
                        return match value["properties"]["privateEndpoint"].is_null() {
                            true => {
                                Holder::Machine { network: network_of(&config["properties"]["subnet"]["id"]) }
                            }
                            false => Holder::Unknown,
                        };
                    }
                }
            }
        }
        self.in_subnet(wanted)
    }

    fn in_subnet(&self, address: IpAddr) -> Holder {
        for network in self.of("virtualNetworks") {
            for subnet in array(&network["properties"]["subnets"]) {
                let prefix = text(&subnet["properties"]["addressPrefix"]).parse::<IpNet>();
                if !prefix.is_ok_and(|prefix| prefix.contains(&address)) {
                    continue;
                }
                let of_resolvers = array(&subnet["properties"]["delegations"]).iter().any(|delegation| {
                    text(&delegation["properties"]["serviceName"]) == "Microsoft.Network/dnsResolvers"
                });
                return if of_resolvers {
                    Holder::Nothing
                } else if text(&subnet["name"]) == "AzureFirewallSubnet" {
                    Holder::Unknown
                } else {
                    Holder::Machine { network: text(&network["id"]).to_lowercase() }
                };
            }
        }
        Holder::Unknown
    }

    /// Where a firewall stands; in a hub it is no network of the estate's.
    pub fn network_of_firewall(&self, id: &str) -> Option<String> {
        let configs = &self.get(id)?["properties"]["ipConfigurations"];
        let subnet =
            array(configs).iter().find_map(|config| config["properties"]["subnet"]["id"].as_str())?;
        Some(network_of(&subnet.into()))
    }

    /// Whether a firewall is a DNS proxy, and whom it asks; `None` when its policy is out of sight.
    pub fn proxy_of(&self, id: &str) -> Option<(bool, Vec<String>)> {
        let properties = &self.get(id)?["properties"];
        let mut policy = text(&properties["firewallPolicy"]["id"]);
        if policy.is_empty() {
            let classic = &properties["additionalProperties"];
            let on = text(&classic["Network.DNS.EnableProxy"]).eq_ignore_ascii_case("true");
            let servers = text(&classic["Network.DNS.Servers"]);
            let servers = servers.split(',').map(str::trim).filter(|server| !server.is_empty());
            return Some((on, servers.map(str::to_owned).collect()));
        }
        while !policy.is_empty() {
            let properties = &self.get(&policy)?["properties"];
            let settings = &properties["dnsSettings"];
            if settings.is_object() {
                let servers = array(&settings["servers"]).iter().map(text).collect();
                return Some((settings["enableProxy"] == true, servers));
            }
            policy = text(&properties["basePolicy"]["id"]);
        }
        Some((false, Vec::new()))
    }

    /// The zones linked to a network, and whether the link hands NXDOMAIN on, which works for privatelink zones
    /// alone (Azure docs: fallback to internet for private DNS zones).
    pub fn linked_zones(&self, network: &str) -> Vec<(String, bool)> {
        let mut zones = Vec::new();
        for link in self.of("privateDnsZones/virtualNetworkLinks") {
            let properties = &link["properties"];
            let zone = parent(&link["id"]);
            if text(&properties["virtualNetwork"]["id"]).eq_ignore_ascii_case(network)
                && self.get(&zone).is_some()
            {
                let redirects = text(&properties["resolutionPolicy"]) == "NxDomainRedirect";
                let private = zone.rsplit('/').next().is_some_and(|name| name.contains("privatelink"));
                zones.push((zone, redirects && private));
            }
        }
        zones
    }

    /// The rulesets linked to a network.
    pub fn rulesets_of(&self, network: &str) -> Vec<String> {
        let links = self.of("dnsForwardingRulesets/virtualNetworkLinks");
        let links = links
            .into_iter()
            .filter(|link| text(&link["properties"]["virtualNetwork"]["id"]).eq_ignore_ascii_case(network));
        links.map(|link| parent(&link["id"])).collect()
    }

    /// The network from which a ruleset's targets are asked.
    pub fn network_of_outbound(&self, ruleset: &str) -> Option<String> {
        let outbound = &self.get(ruleset)?["properties"]["dnsResolverOutboundEndpoints"][0]["id"];
        let resolver = self.get(&parent(outbound))?;
        Some(text(&resolver["properties"]["virtualNetwork"]["id"]).to_lowercase())
    }

    /// The addresses of the endpoints that bear a name.
    pub fn addresses_of(&self, fqdn: &str) -> Vec<IpAddr> {
        let mut found = Vec::new();
        for interface in self.of("networkInterfaces") {
            for config in array(&interface["properties"]["ipConfigurations"]) {
                let fqdns = &config["properties"]["privateLinkConnectionProperties"]["fqdns"];
                if array(fqdns).iter().any(|name| text(name).eq_ignore_ascii_case(fqdn)) {
                    found.extend(text(&config["properties"]["privateIPAddress"]).parse::<IpAddr>());
                }
            }
        }
        found
    }
}

/// `/…/{type}/{name}` without the last two.
fn parent(id: &Value) -> String {
    let id = text(id).to_lowercase();
    id.rsplitn(3, '/').nth(2).unwrap_or_default().to_owned()
}

fn network_of(subnet: &Value) -> String {
    let id = text(subnet).to_lowercase();
    id.split("/subnets/").next().unwrap_or_default().to_owned()
}

/// Whether a name is another or lies in it.
pub fn under(name: &str, above: &str) -> bool {
    name == above || name.ends_with(&format!(".{above}"))
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
