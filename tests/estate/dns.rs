//! Private DNS zones, and what answers DNS queries inside a network: resolvers, firewalls, load balancers.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::{Value, json};

use super::network::owner;
use super::shapes;
use super::{Estate, text};

impl Estate {
    /// A private DNS zone with its SOA record. The provider writes group names in lower case.
    pub fn zone(&mut self, name: &str) -> ResourceId {
        let group = self.current.group.clone();
        self.current.group = group.to_ascii_lowercase();
        let id = self.network_id("privateDnsZones", name);
        self.current.group = group;
        self.put(shapes::zone(&id));
        self.put_record(&id, "SOA", "@", 3600, shapes::soa());
        id
    }

    /// The zone of this name in the current subscription and group, made if need be.
    pub fn zone_once(&mut self, name: &str) -> ResourceId {
        let id = self.network_id("privateDnsZones", name);
        if self.resources.contains_key(&id) { id } else { self.zone(name) }
    }

    /// Links a zone to a network, without registration.
    pub fn link(&mut self, zone: &ResourceId, vnet: &ResourceId) -> ResourceId {
        let id = link_id(zone, vnet);
        self.put(shapes::zone_link(&id, vnet));
        self.count_in_zone(&id, 1);
        id
    }

    /// Takes the link between a zone and a network away.
    pub fn unlink(&mut self, zone: &ResourceId, vnet: &ResourceId) -> &mut Self {
        self.remove(&link_id(zone, vnet))
    }

    /// An A record made by hand.
    pub fn record(&mut self, zone: &ResourceId, name: &str, addresses: &[&str]) -> ResourceId {
        self.put_record(zone, "A", name, 3600, json!({"aRecords": a_records(addresses)}))
    }

    /// An AAAA record made by hand.
    pub fn aaaa(&mut self, zone: &ResourceId, name: &str, addresses: &[&str]) -> ResourceId {
        let records: Vec<Value> = addresses.iter().map(|a| json!({"ipv6Address": a})).collect();
        self.put_record(zone, "AAAA", name, 3600, json!({"aaaaRecords": records}))
    }

    /// A CNAME record made by hand.
    pub fn cname(&mut self, zone: &ResourceId, name: &str, target: &str) -> ResourceId {
        self.put_record(zone, "CNAME", name, 3600, json!({"cnameRecord": {"cname": target}}))
    }

    /// A TXT record: it makes a name exist and answers nothing.
    pub fn txt(&mut self, zone: &ResourceId, name: &str, value: &str) -> ResourceId {
        self.put_record(zone, "TXT", name, 3600, json!({"txtRecords": [{"value": [value]}]}))
    }

    /// Gives an A record other addresses and leaves everything else as it is.
    pub fn set_addresses(&mut self, record: &ResourceId, addresses: &[&str]) -> &mut Self {
        let records = a_records(addresses);
        self.edit(record, |r| r["properties"]["aRecords"] = records)
    }

    /// Makes a record look made by hand: no creator, an hour to live.
    pub fn forget_creator(&mut self, record: &ResourceId) -> &mut Self {
        self.edit(record, |r| {
            r["properties"].as_object_mut().expect("properties").remove("metadata");
            r["properties"]["ttl"] = 3600.into();
        })
    }

    /// A record that a zone group wrote, replacing what stood there.
    pub(super) fn managed_record(
        &mut self,
        zone: &ResourceId,
        name: &str,
        addresses: &[String],
        creator: &str,
    ) -> ResourceId {
        let id = record_id(zone, "A", name);
        if self.resources.contains_key(&id) {
            self.remove(&id);
        }
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let data = json!({"aRecords": a_records(&addresses), "metadata": {"creator": creator}});
        self.put_record(zone, "A", name, 10, data)
    }

    fn put_record(&mut self, zone: &ResourceId, kind: &str, name: &str, ttl: u32, data: Value) -> ResourceId {
        assert!(self.resources.contains_key(zone), "no zone {zone}");
        let id = record_id(zone, kind, name);
        self.put(shapes::record_set(&id, ttl, data));
        self.count_in_zone(&id, 1);
        id
    }

    /// Keeps a zone's own counts right when a link or record set comes or goes.
    pub(super) fn count_in_zone(&mut self, child: &ResourceId, by: i64) {
        let field = match Kind::of(child) {
            Some(Kind::VirtualNetworkLinks) => "numberOfVirtualNetworkLinks",
            Some(Kind::RecordSets) => "numberOfRecordSets",
            _ => return,
        };
        let Some(zone) = child.parent().and_then(|zone| self.resources.get_mut(&zone)) else { return };
        let count = &mut zone["properties"][field];
        *count = json!(count.as_i64().expect("a count") + by);
    }

    /// A DNS private resolver.
    pub fn resolver(&mut self, name: &str, vnet: &ResourceId) -> ResourceId {
        let id = self.network_id_in(owner(vnet), "dnsResolvers", name);
        let location = self.location_of(vnet);
        self.put(shapes::resolver(&id, &location, vnet))
    }

    /// An inbound endpoint of a resolver, in a delegated subnet of its network (made if need be).
    pub fn inbound(&mut self, resolver: &ResourceId, address: &str) -> ResourceId {
        let vnet = ResourceId::new(text(&self.get(resolver)["properties"]["virtualNetwork"]["id"]));
        let subnet = self.subnet_for(&vnet, address, "snet-dns-inbound", 28);
        let delegation = shapes::delegation(&subnet, "Microsoft.Network/dnsResolvers");
        self.edit_subnet(&subnet, |s| s["properties"]["delegations"] = json!([delegation]));
        let id =
            ResourceId::new(&format!("{resolver}/inboundEndpoints/inbound-{}", address.replace('.', "-")));
        let location = self.location_of(&vnet);
        self.put(shapes::inbound_endpoint(&id, &location, address, &subnet))
    }

    /// A forwarding ruleset, in the current place.
    pub fn ruleset(&mut self, name: &str) -> ResourceId {
        let id = self.network_id("dnsForwardingRulesets", name);
        let resolver = self.network_id("dnsResolvers", &format!("{name}-resolver"));
        let outbound = ResourceId::new(&format!("{resolver}/outboundEndpoints/outbound"));
        let location = self.current.location.clone();
        self.put(shapes::ruleset(&id, &location, &outbound))
    }

    /// An enabled rule; the domain as Azure writes it, with its trailing dot.
    pub fn rule(&mut self, ruleset: &ResourceId, domain: &str, targets: &[&str]) -> ResourceId {
        let name = if domain == "." { "root".into() } else { domain.trim_end_matches('.').replace('.', "-") };
        let id = ResourceId::new(&format!("{ruleset}/forwardingRules/{name}"));
        self.put(shapes::forwarding_rule(&id, domain, targets))
    }

    /// Links a ruleset to a network.
    pub fn link_ruleset(&mut self, ruleset: &ResourceId, vnet: &ResourceId) -> ResourceId {
        let id = ResourceId::new(&format!("{ruleset}/virtualNetworkLinks/to-{}", vnet.name()));
        self.put(shapes::ruleset_link(&id, vnet))
    }

    /// An Azure Firewall in a network, without policy and without DNS proxy.
    pub fn firewall(&mut self, name: &str, vnet: &ResourceId, address: &str) -> ResourceId {
        let subnet = self.subnet_for(vnet, address, "AzureFirewallSubnet", 26);
        let id = self.network_id_in(owner(vnet), "azureFirewalls", name);
        let location = self.location_of(vnet);
        let firewall = shapes::firewall(&id, &location, address, &subnet);
        self.back_reference(&subnet, text(&firewall["properties"]["ipConfigurations"][0]["id"]));
        self.put(firewall)
    }

    /// An Azure Firewall in a Virtual WAN hub.
    pub fn hub_firewall(&mut self, name: &str, hub: &str, address: &str) -> ResourceId {
        let id = self.network_id("azureFirewalls", name);
        let hub = self.network_id("virtualHubs", hub);
        let location = self.current.location.clone();
        self.put(shapes::hub_firewall(&id, &location, address, &hub))
    }

    /// A classic firewall's own DNS settings.
    pub fn classic_dns(&mut self, firewall: &ResourceId, proxy: bool, servers: &[&str]) -> &mut Self {
        let additional = json!({
            "Network.DNS.EnableProxy": proxy.to_string(),
            "Network.DNS.Servers": servers.join(","),
        });
        self.edit(firewall, |f| f["properties"]["additionalProperties"] = additional)
    }

    /// A firewall policy with DNS settings.
    pub fn firewall_policy(&mut self, name: &str, proxy: bool, servers: &[&str]) -> ResourceId {
        let id = self.network_id("firewallPolicies", name);
        let location = self.current.location.clone();
        let mut policy = shapes::firewall_policy(&id, &location);
        policy["properties"]["dnsSettings"] = json!({"enableProxy": proxy, "servers": servers});
        self.put(policy)
    }

    /// A firewall policy without DNS settings, which takes them from its base.
    pub fn child_policy(&mut self, name: &str, base: &ResourceId) -> ResourceId {
        let id = self.network_id("firewallPolicies", name);
        let location = self.current.location.clone();
        let mut policy = shapes::firewall_policy(&id, &location);
        policy["properties"]["basePolicy"] = shapes::reference(base);
        self.put(policy)
    }

    /// Puts a firewall under a policy.
    pub fn use_policy(&mut self, firewall: &ResourceId, policy: &ResourceId) -> &mut Self {
        let known = self.properties(policy)["firewalls"].as_array_mut().expect("firewalls");
        known.push(shapes::reference(firewall));
        self.edit(firewall, |f| f["properties"]["firewallPolicy"] = shapes::reference(policy))
    }

    /// An internal load balancer.
    pub fn load_balancer(&mut self, name: &str, vnet: &ResourceId, address: &str) -> ResourceId {
        let subnet = self.subnet_for(vnet, address, "snet-servers", 28);
        let id = self.network_id_in(owner(vnet), "loadBalancers", name);
        let location = self.location_of(vnet);
        let balancer = shapes::load_balancer(&id, &location, address, &subnet);
        self.back_reference(&subnet, text(&balancer["properties"]["frontendIPConfigurations"][0]["id"]));
        self.put(balancer)
    }
}

/// The id of the link between a zone and a network. The provider writes link names in lower case.
pub fn link_id(zone: &ResourceId, vnet: &ResourceId) -> ResourceId {
    ResourceId::new(&format!("{zone}/virtualNetworkLinks/to-{}", vnet.name().to_ascii_lowercase()))
}

/// The id of a record set. The provider writes record names in lower case.
pub fn record_id(zone: &ResourceId, kind: &str, name: &str) -> ResourceId {
    ResourceId::new(&format!("{zone}/{kind}/{}", name.to_ascii_lowercase()))
}

fn a_records(addresses: &[&str]) -> Value {
    addresses.iter().map(|a| json!({"ipv4Address": a})).collect()
}
