//! What leads packets between networks beside peerings: gateways, route servers, Virtual WAN, and the peerings that
//! Databricks keeps.

use plaudit::inventory::ResourceId;
use serde_json::{Value, json};

use super::network::{group_of, owner};
use super::{Estate, text};

impl Estate {
    /// A gateway, as the subnet it stands in tells of it. The prefix is that of the subnet.
    pub fn gateway(&mut self, vnet: &ResourceId, prefix: &str) -> &mut Self {
        self.in_own_subnet(
            vnet,
            "GatewaySubnet",
            prefix,
            "virtualNetworkGateways/vgw/ipConfigurations/default",
        )
    }

    /// A Route Server, likewise.
    pub fn route_server(&mut self, vnet: &ResourceId, prefix: &str) -> &mut Self {
        self.in_own_subnet(vnet, "RouteServerSubnet", prefix, "virtualHubs/rs/ipConfigurations/default")
    }

    /// A Bastion host, likewise.
    pub fn bastion(&mut self, vnet: &ResourceId, prefix: &str) -> &mut Self {
        self.in_own_subnet(
            vnet,
            "AzureBastionSubnet",
            prefix,
            "bastionHosts/bas/bastionHostIpConfigurations/ip",
        )
    }

    fn in_own_subnet(&mut self, vnet: &ResourceId, subnet: &str, prefix: &str, who: &str) -> &mut Self {
        let subnet = self.subnet(vnet, subnet, prefix);
        self.back_reference(&subnet, &format!("{}/providers/Microsoft.Network/{who}", group_of(vnet)));
        self
    }

    /// Sets a flag on the side of a peering that `from` holds.
    pub fn flag(
        &mut self,
        from: &ResourceId,
        to: &ResourceId,
        flag: &str,
        value: impl Into<Value>,
    ) -> &mut Self {
        let value = value.into();
        self.edit_peering(from, to, |p| p["properties"][flag] = value)
    }

    /// Peers single subnets of two networks, both ways.
    pub fn peer_subnets(
        &mut self,
        (a, of_a): (&ResourceId, &[&str]),
        (b, of_b): (&ResourceId, &[&str]),
    ) -> &mut Self {
        self.peer(a, b);
        for (from, to, local, remote) in [(a, b, of_a, of_b), (b, a, of_b, of_a)] {
            self.flag(from, to, "peerCompleteVnets", false);
            self.flag(from, to, "localSubnetNames", json!(local));
            self.flag(from, to, "remoteSubnetNames", json!(remote));
        }
        self
    }

    /// A hub of a Virtual WAN, as its owner reads it.
    pub fn virtual_hub(&mut self, name: &str, wan: &str) -> ResourceId {
        let wan = self.network_id("virtualWans", wan);
        self.add(
            "virtualHubs",
            name,
            json!({"virtualWan": {"id": wan.as_str()}, "addressPrefix": "192.168.0.0/23"}),
        )
    }

    /// Connects a network with a hub: both what the hub keeps and the peering that it makes.
    pub fn hub_connection(&mut self, hub: &ResourceId, vnet: &ResourceId) -> ResourceId {
        self.connect_to_virtual_hub(vnet, hub.name());
        let properties =
            json!({"remoteVirtualNetwork": {"id": vnet.as_str()}, "provisioningState": "Succeeded"});
        self.add_under(hub, "hubVirtualNetworkConnections", &format!("conn-{}", vnet.name()), properties)
    }

    /// The peering that a Databricks workspace keeps with a network, as a thorough reading finds it.
    pub fn databricks_peering(&mut self, workspace: &str, vnet: &ResourceId, state: &str) -> ResourceId {
        let (subscription, group) = (&self.current.subscription, &self.current.group);
        let workspace = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Databricks/workspaces/{workspace}"
        );
        let id = format!("{workspace}/virtualNetworkPeerings/to-{}", vnet.name());
        self.put(json!({
            "id": id,
            "name": format!("to-{}", vnet.name()),
            "type": "Microsoft.Databricks/workspaces/virtualNetworkPeerings",
            "properties": {
                "peeringState": state,
                "provisioningState": "Succeeded",
                "allowVirtualNetworkAccess": true,
                "remoteVirtualNetwork": {"id": vnet.as_str()},
            },
        }))
    }

    /// A route table with one route, on a subnet.
    pub fn route(&mut self, subnet: &ResourceId, prefix: &str, hop_type: &str, hop: &str) -> ResourceId {
        let route = json!({
            "name": "route",
            "properties": {"addressPrefix": prefix, "nextHopType": hop_type, "nextHopIpAddress": hop},
        });
        let table = self.add("routeTables", &format!("rt-{}", subnet.name()), json!({"routes": [route]}));
        let reference = table.as_str().to_owned();
        self.edit_subnet(subnet, |s| s["properties"]["routeTable"] = json!({"id": reference}));
        table
    }

    /// A peering of a network with one in a subscription that nobody can read.
    pub fn peer_with_unread(&mut self, vnet: &ResourceId, name: &str) -> ResourceId {
        let far = ResourceId::new(&format!(
            "/subscriptions/99999999-aaaa-4bbb-8ccc-dddddddddddd/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/{name}"
        ));
        assert_ne!(owner(vnet), owner(&far));
        self.peer_with(vnet, &far, &json!(["10.99.0.0/16"]));
        far
    }

    /// Renames the side of a peering that `from` holds, as Azure Virtual Network Manager calls its own.
    pub fn managed(&mut self, from: &ResourceId, to: &ResourceId) -> &mut Self {
        let id = format!("{from}/virtualNetworkPeerings/ANM_1A2B3C4D_{}", to.name());
        self.edit_peering(from, to, |p| {
            assert!(!text(&p["id"]).is_empty());
            p["name"] = id.rsplit('/').next().expect("a name").into();
            p["id"] = id.into();
        })
    }
}
