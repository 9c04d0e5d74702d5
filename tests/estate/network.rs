//! Virtual networks, what sits in their subnets, and peerings.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use plaudit::inventory::ResourceId;
use serde_json::{Value, json};

use super::shapes;
use super::{Estate, text};

/// Where machines sit.
pub const WORKLOAD: &str = "snet-workload";
/// Where endpoints sit.
pub const ENDPOINTS: &str = "snet-endpoints";

impl Estate {
    /// A virtual network with a subnet for machines and one for endpoints. In a network of /20 or wider these
    /// are the first /24 and the second /22, so `x.y.1.0` to `x.y.3.255` is free for resolvers and firewalls;
    /// in a smaller one the first and second quarter.
    pub fn vnet(&mut self, name: &str, prefix: &str) -> ResourceId {
        let id = self.network_id("virtualNetworks", name);
        let location = self.current.location.clone();
        self.put(shapes::vnet(&id, &location, prefix));
        let net: Ipv4Net = prefix.parse().expect("an IPv4 prefix");
        let (workload, endpoints) = if net.prefix_len() <= 20 {
            (nth_subnet(net, 24, 0), nth_subnet(net, 22, 1))
        } else {
            (nth_subnet(net, net.prefix_len() + 2, 0), nth_subnet(net, net.prefix_len() + 2, 1))
        };
        self.subnet(&id, WORKLOAD, &workload.to_string());
        self.subnet(&id, ENDPOINTS, &endpoints.to_string());
        id
    }

    /// Another subnet.
    pub fn subnet(&mut self, vnet: &ResourceId, name: &str, prefix: &str) -> ResourceId {
        let id = subnet_id(vnet, name);
        let subnets = self.properties(vnet)["subnets"].as_array_mut().expect("subnets");
        subnets.push(shapes::subnet(&id, prefix));
        id
    }

    /// Adds a further prefix to a network. Peerings made before do not learn of it: see [`Estate::sync`].
    pub fn add_prefix(&mut self, vnet: &ResourceId, prefix: &str) -> &mut Self {
        let prefixes = &mut self.properties(vnet)["addressSpace"]["addressPrefixes"];
        prefixes.as_array_mut().expect("prefixes").push(prefix.into());
        self
    }

    /// Custom DNS servers; none means Azure-provided DNS.
    pub fn dns_servers(&mut self, vnet: &ResourceId, servers: &[&str]) -> &mut Self {
        self.properties(vnet)["dhcpOptions"] = json!({"dnsServers": servers});
        self
    }

    /// Puts a virtual machine's network interface into the network; returns the interface.
    pub fn client(&mut self, vnet: &ResourceId) -> ResourceId {
        let subnet = subnet_id(vnet, WORKLOAD);
        let address = self.next_address(&subnet);
        let name = format!("vm-{}-{}-nic", vnet.name(), address.octets()[3]);
        self.machine(vnet, &name, &address.to_string())
    }

    /// A virtual machine's network interface at this address: a domain controller, say.
    pub fn machine(&mut self, vnet: &ResourceId, name: &str, address: &str) -> ResourceId {
        let subnet = self.subnet_for(vnet, address, "snet-servers", 28);
        let id = self.network_id_in(owner(vnet), "networkInterfaces", name);
        let config = shapes::interface_address(&id, "ipconfig1", address, &subnet, true, None);
        self.back_reference(&subnet, text(&config["id"]));
        let location = self.location_of(vnet);
        let mut nic = shapes::network_interface(&id, &location, vec![config]);
        let machine = format!(
            "{}/providers/Microsoft.Compute/virtualMachines/{}",
            group_of(&id),
            name.trim_end_matches("-nic")
        );
        nic["properties"]["virtualMachine"] = json!({"id": machine});
        self.put(nic)
    }

    /// Puts a scale set's address into the network: it shows in the subnet and in no list of interfaces.
    pub fn scale_set(&mut self, vnet: &ResourceId) -> &mut Self {
        let subnet = subnet_id(vnet, WORKLOAD);
        self.next_address(&subnet);
        let set = format!("{}/providers/Microsoft.Compute/virtualMachineScaleSets/vmss", group_of(vnet));
        self.back_reference(
            &subnet,
            &format!("{set}/virtualMachines/0/networkInterfaces/nic/ipConfigurations/ip"),
        );
        self
    }

    /// Delegates a subnet of its own to a service: `Microsoft.Web/serverFarms`.
    pub fn delegate(&mut self, vnet: &ResourceId, subnet: &str, prefix: &str, service: &str) -> ResourceId {
        let id = self.subnet(vnet, subnet, prefix);
        let delegation = shapes::delegation(&id, service);
        self.edit_subnet(&id, |s| s["properties"]["delegations"] = json!([delegation]));
        id
    }

    /// Puts a service association link into the subnet for machines.
    pub fn service_association(&mut self, vnet: &ResourceId) -> &mut Self {
        let id = subnet_id(vnet, WORKLOAD);
        let link = shapes::service_association_link(&id, "Microsoft.Web/serverfarms");
        self.edit_subnet(&id, |s| s["properties"]["serviceAssociationLinks"] = json!([link]))
    }

    /// Changes a subnet's JSON inside its network.
    pub fn edit_subnet(&mut self, subnet: &ResourceId, change: impl FnOnce(&mut Value)) -> &mut Self {
        change(self.subnet_mut(subnet));
        self
    }

    /// Peers two networks, both ways, connected and in sync.
    pub fn peer(&mut self, a: &ResourceId, b: &ResourceId) -> &mut Self {
        self.peer_one_way(a, b);
        self.peer_one_way(b, a);
        self
    }

    /// One side of a connected peering; the remote network must be in the estate.
    pub fn peer_one_way(&mut self, from: &ResourceId, to: &ResourceId) -> ResourceId {
        let space = self.get(to)["properties"]["addressSpace"]["addressPrefixes"].clone();
        self.peer_with(from, to, &space)
    }

    /// One side of a connected peering with a network that may be anywhere.
    pub fn peer_with(&mut self, from: &ResourceId, to: &ResourceId, remote_space: &Value) -> ResourceId {
        let id = peering_id(from, to);
        let mut pair = [from.lower(), to.lower()];
        pair.sort();
        let peering = shapes::peering(&id, &pair.concat(), to, remote_space);
        self.peerings(from).push(peering);
        id
    }

    /// The side of a network towards a Virtual WAN hub, which lives in a subscription of Microsoft's.
    pub fn connect_to_virtual_hub(&mut self, vnet: &ResourceId, hub: &str) -> ResourceId {
        let (sub, tag) = (shapes::guid("Microsoft's"), shapes::guid(hub));
        let hub_vnet = ResourceId::new(&format!(
            "/subscriptions/{sub}/resourceGroups/RG_{hub}_{tag}/providers/Microsoft.Network/virtualNetworks/HV_{hub}_{tag}"
        ));
        let id = ResourceId::new(&format!("{vnet}/virtualNetworkPeerings/RemoteVnetToHubPeering_{tag}"));
        let peering = shapes::peering(&id, &tag, &hub_vnet, &json!(["192.168.0.0/23"]));
        self.peerings(vnet).push(peering);
        id
    }

    /// Changes the side of a peering that `from` holds.
    pub fn edit_peering(
        &mut self,
        from: &ResourceId,
        to: &ResourceId,
        change: impl FnOnce(&mut Value),
    ) -> &mut Self {
        let id = peering_id(from, to);
        let found = self.peerings(from).iter_mut().find(|p| ResourceId::new(text(&p["id"])) == id);
        change(found.unwrap_or_else(|| panic!("no peering {id}")));
        self
    }

    /// Deletes the side of a peering that `from` holds: the other side turns Disconnected.
    pub fn unpeer(&mut self, from: &ResourceId, to: &ResourceId) -> &mut Self {
        let id = peering_id(from, to);
        self.peerings(from).retain(|p| ResourceId::new(text(&p["id"])) != id);
        self.edit_peering(to, from, |p| {
            p["properties"]["peeringState"] = "Disconnected".into();
        })
    }

    /// Forgets that the other side was ever made: this one is Initiated, and so never in sync.
    pub fn half_peer(&mut self, from: &ResourceId, to: &ResourceId) -> ResourceId {
        let id = self.peer_one_way(from, to);
        self.edit_peering(from, to, |p| {
            p["properties"]["peeringState"] = "Initiated".into();
            p["properties"]["peeringSyncLevel"] = "RemoteNotInSync".into();
        });
        id
    }

    /// The side of a pair that `to` holds was never made: what is left is Initiated.
    pub fn only_one_side(&mut self, from: &ResourceId, to: &ResourceId) -> &mut Self {
        self.unpeer(to, from);
        self.edit_peering(from, to, |p| {
            p["properties"]["peeringState"] = "Initiated".into();
            p["properties"]["peeringSyncLevel"] = "RemoteNotInSync".into();
        })
    }

    /// What both sides would say after the remote network `to` grew and nobody synchronised.
    pub fn out_of_sync(&mut self, from: &ResourceId, to: &ResourceId, peered: &[&str]) -> &mut Self {
        let now = self.get(to)["properties"]["addressSpace"]["addressPrefixes"].clone();
        self.edit_peering(from, to, |p| {
            p["properties"]["peeringSyncLevel"] = "LocalNotInSync".into();
            p["properties"]["remoteAddressSpace"] = json!({"addressPrefixes": peered});
            p["properties"]["remoteVirtualNetworkAddressSpace"] = json!({"addressPrefixes": now});
        });
        self.edit_peering(to, from, |p| p["properties"]["peeringSyncLevel"] = "RemoteNotInSync".into())
    }

    fn peerings(&mut self, vnet: &ResourceId) -> &mut Vec<Value> {
        self.properties(vnet)["virtualNetworkPeerings"].as_array_mut().expect("peerings")
    }

    /// The next free address of a subnet; Azure keeps the first four for itself.
    pub(super) fn next_address(&mut self, subnet: &ResourceId) -> Ipv4Addr {
        let net: Ipv4Net =
            text(&self.subnet_mut(subnet)["properties"]["addressPrefix"]).parse().expect("a prefix");
        let host = self.next_host.entry(subnet.clone()).or_insert(4);
        let address = Ipv4Addr::from(u32::from(net.network()) + *host);
        *host += 1;
        assert!(net.contains(&address) && address != net.broadcast(), "{subnet} is full");
        address
    }

    /// The subnet that holds this address, made under this name if there is none.
    pub(super) fn subnet_for(
        &mut self,
        vnet: &ResourceId,
        address: &str,
        name: &str,
        length: u8,
    ) -> ResourceId {
        let address: Ipv4Addr = address.parse().expect("an IPv4 address");
        let subnets = self.get(vnet)["properties"]["subnets"].as_array().expect("subnets");
        let holds = |s: &&Value| {
            let prefix: Ipv4Net = text(&s["properties"]["addressPrefix"]).parse().expect("a prefix");
            prefix.contains(&address)
        };
        if let Some(found) = subnets.iter().find(holds) {
            return ResourceId::new(text(&found["id"]));
        }
        let prefix = Ipv4Net::new(address, length).expect("a length").trunc();
        self.subnet(vnet, name, &prefix.to_string())
    }

    /// Notes in the subnet who has an address in it. ARM writes names in such references in capitals.
    pub(super) fn back_reference(&mut self, subnet: &ResourceId, ip_configuration: &str) {
        let spelled = capital_names(ip_configuration);
        let properties = &mut self.subnet_mut(subnet)["properties"];
        match properties["ipConfigurations"].as_array_mut() {
            Some(known) => known.push(json!({"id": spelled})),
            None => properties["ipConfigurations"] = json!([{"id": spelled}]),
        }
    }

    /// Forgets everything of one resource in a subnet.
    pub(super) fn drop_back_references(&mut self, subnet: &ResourceId, resource: &ResourceId) {
        let under = format!("{}/", resource.lower());
        if let Some(known) = self.subnet_mut(subnet)["properties"]["ipConfigurations"].as_array_mut() {
            known.retain(|c| !text(&c["id"]).to_ascii_lowercase().starts_with(&under));
        }
    }

    pub(super) fn location_of(&self, id: &ResourceId) -> String {
        text(&self.get(id)["location"]).to_owned()
    }

    fn subnet_mut(&mut self, subnet: &ResourceId) -> &mut Value {
        let vnet = subnet.virtual_network().expect("a subnet is in a network");
        let subnets = self.properties(&vnet)["subnets"].as_array_mut().expect("subnets");
        let found = subnets
            .iter_mut()
            .find(|s| s["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(subnet.as_str())));
        found.unwrap_or_else(|| panic!("no subnet {subnet}"))
    }
}

/// The id of a subnet by name.
pub fn subnet_id(vnet: &ResourceId, name: &str) -> ResourceId {
    ResourceId::new(&format!("{vnet}/subnets/{name}"))
}

/// The id of the peering that `from` holds towards `to`.
pub fn peering_id(from: &ResourceId, to: &ResourceId) -> ResourceId {
    ResourceId::new(&format!("{from}/virtualNetworkPeerings/peer-to-{}", to.name()))
}

/// The subscription that owns a resource.
pub(super) fn owner(id: &ResourceId) -> &str {
    id.subscription().expect("an id in a subscription")
}

/// `/subscriptions/{guid}/resourceGroups/{name}` of a resource.
pub(super) fn group_of(id: &ResourceId) -> String {
    format!("/subscriptions/{}/resourceGroups/{}", owner(id), id.resource_group().expect("an id in a group"))
}

fn nth_subnet(net: Ipv4Net, length: u8, n: usize) -> Ipv4Net {
    net.subnets(length).expect("a shorter prefix").nth(n).expect("room for a subnet")
}

/// Group, resource and configuration names in capitals, types as they are.
fn capital_names(id: &str) -> String {
    let segments = id.split('/').enumerate().map(|(at, segment)| match at {
        // "", subscriptions, {guid}, resourceGroups, {4}, providers, {namespace}, type, {8}, type, {10} …
        4 => segment.to_ascii_uppercase(),
        n if n >= 8 && n % 2 == 0 => segment.to_ascii_uppercase(),
        _ => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}
