//! Who holds an address.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::{Holder, Naive, Sure, array, connected, last, network_of, text, virtual_hubs};

impl Naive {
    /// The first in `from`, its peers, the networks behind the same hub, or anywhere if there is but one.
    pub(super) fn holder(&self, from: &str, address: &str) -> Option<(Holder, Sure)> {
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
}
