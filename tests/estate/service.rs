//! Private link services with what stands behind them, and what routes and filters in subnets.

use plaudit::inventory::ResourceId;
use serde_json::{Value, json};

use super::network::{WORKLOAD, subnet_id};
use super::{Estate, shapes};

/// Where services take their addresses from.
pub const NAT: &str = "snet-nat";

impl Estate {
    /// A Standard load balancer in a network, with frontend `fe`, and a rule from it to pool `pool`, in which one
    /// machine stands.
    pub fn balancer(&mut self, name: &str, vnet: &ResourceId) -> ResourceId {
        let member = format!("{}/ipConfigurations/ipconfig1", self.client(vnet));
        let id = self.network_id("loadBalancers", name);
        let address = self.next_address(&subnet_id(vnet, WORKLOAD)).to_string();
        let frontend = frontend_of(&id);
        let pool = ResourceId::new(&format!("{id}/backendAddressPools/pool"));
        let rule = ResourceId::new(&format!("{id}/loadBalancingRules/rule"));
        let location = self.location_of(vnet);
        let mut value = shapes::resource(
            &id,
            &location,
            json!({
                "frontendIPConfigurations": [shapes::child(&frontend, json!({
                    "privateIPAddress": address,
                    "privateIPAllocationMethod": "Dynamic",
                    "subnet": shapes::reference(&subnet_id(vnet, WORKLOAD)),
                    "loadBalancingRules": [shapes::reference(&rule)],
                }))],
                "backendAddressPools": [shapes::child(&pool, json!({
                    "backendIPConfigurations": [{"id": member}],
                    "loadBalancerBackendAddresses": [
                        {"name": "one", "properties": {"networkInterfaceIPConfiguration": {"id": member}}},
                    ],
                }))],
                "loadBalancingRules": [shapes::child(&rule, json!({
                    "frontendIPConfiguration": shapes::reference(&frontend),
                    "backendAddressPool": shapes::reference(&pool),
                    "backendAddressPools": [shapes::reference(&pool)],
                    "protocol": "Tcp",
                    "frontendPort": 443,
                    "backendPort": 443,
                }))],
                "inboundNatRules": [],
            }),
        );
        value["sku"] = json!({"name": "Standard", "tier": "Regional"});
        self.put(value)
    }

    /// A private link service on frontend `fe` of a load balancer, with one NAT address in [`NAT`], for those with
    /// rights on it.
    pub fn link_service(&mut self, name: &str, vnet: &ResourceId, balancer: &ResourceId) -> ResourceId {
        let frontend = json!([shapes::reference(&frontend_of(balancer))]);
        let id = self.bare_service(name, vnet, 1);
        self.edit(&id, |s| s["properties"]["loadBalancerFrontendIpConfigurations"] = frontend);
        id
    }

    /// A private link service that leads straight to an address.
    pub fn direct_service(&mut self, name: &str, vnet: &ResourceId, addresses: usize) -> ResourceId {
        let id = self.bare_service(name, vnet, addresses);
        self.edit(&id, |s| s["properties"]["destinationIPAddress"] = "10.1.0.99".into());
        id
    }

    fn bare_service(&mut self, name: &str, vnet: &ResourceId, addresses: usize) -> ResourceId {
        let id = self.network_id("privateLinkServices", name);
        let subnet = subnet_id(vnet, NAT);
        if !self.get(vnet)["properties"]["subnets"].to_string().contains(NAT) {
            let prefix = self.get(vnet)["properties"]["addressSpace"]["addressPrefixes"][0].clone();
            let start = prefix.as_str().unwrap().split('.').take(2).collect::<Vec<_>>().join(".");
            self.subnet(vnet, NAT, &format!("{start}.2.0/24"));
            self.edit_subnet(&subnet, |s| {
                s["properties"]["privateLinkServiceNetworkPolicies"] = "Disabled".into()
            });
        }
        let configs = (0..addresses).map(|number| {
            let config = ResourceId::new(&format!("{id}/ipConfigurations/nat-{number}"));
            shapes::child(
                &config,
                json!({
                    "privateIPAllocationMethod": "Dynamic",
                    "subnet": shapes::reference(&subnet),
                    "primary": number == 0,
                    "privateIPAddressVersion": "IPv4",
                }),
            )
        });
        let configs: Value = configs.collect();
        let location = self.location_of(vnet);
        self.put(shapes::resource(
            &id,
            &location,
            json!({
                "resourceGuid": shapes::guid(&format!("service {id}")),
                "fqdns": [],
                "alias": alias_of(&id),
                "enableProxyProtocol": false,
                "ipConfigurations": configs,
                "privateEndpointConnections": [],
                "networkInterfaces": [],
            }),
        ))
    }

    /// A connection as the service sees it, from an endpoint of whatever tenant; returns its id.
    pub fn service_connection(
        &mut self,
        service: &ResourceId,
        endpoint: &ResourceId,
        status: impl Into<Value>,
    ) -> ResourceId {
        let id = ResourceId::new(&format!(
            "{service}/privateEndpointConnections/{}.{}",
            endpoint.name(),
            shapes::guid(endpoint.as_str())
        ));
        let connection = shapes::child(
            &id,
            json!({
                "privateEndpoint": shapes::reference(endpoint),
                "privateLinkServiceConnectionState":
                    {"status": status.into(), "description": "", "actionsRequired": "None"},
                "linkIdentifier": "520125339",
                "privateEndpointLocation": "westeurope",
            }),
        );
        self.properties(service)["privateEndpointConnections"].as_array_mut().unwrap().push(connection);
        id
    }

    /// A route table with these routes, as (name, prefix, next hop's type, next hop's address or nothing).
    pub fn route_table(&mut self, name: &str, routes: &[(&str, &str, &str, &str)]) -> ResourceId {
        let id = self.network_id("routeTables", name);
        let route = |(name, prefix, kind, hop): &(&str, &str, &str, &str)| {
            let mut properties = json!({"addressPrefix": prefix, "nextHopType": kind});
            if !hop.is_empty() {
                properties["nextHopIpAddress"] = (*hop).into();
            }
            shapes::child(&ResourceId::new(&format!("{id}/routes/{name}")), properties)
        };
        let routes: Value = routes.iter().map(route).collect();
        self.add("routeTables", name, json!({"routes": routes, "disableBgpRoutePropagation": false}))
    }

    /// Gives a subnet a route table.
    pub fn use_route_table(&mut self, subnet: &ResourceId, table: &ResourceId) -> &mut Self {
        let reference = shapes::reference(table);
        self.edit_subnet(subnet, |s| s["properties"]["routeTable"] = reference)
    }

    /// A security group with these inbound rules, as (name, priority, access, source, destination, ports), and
    /// Azure's default rules.
    pub fn security_group(
        &mut self,
        name: &str,
        rules: &[(&str, u64, &str, &str, &str, &str)],
    ) -> ResourceId {
        let id = self.network_id("networkSecurityGroups", name);
        let rule = |under: &str, rule: &(&str, u64, &str, &str, &str, &str)| {
            let (name, priority, access, source, destination, ports) = *rule;
            shapes::child(
                &ResourceId::new(&format!("{id}/{under}/{name}")),
                json!({
                    "protocol": "*",
                    "sourcePortRange": "*",
                    "destinationPortRange": ports,
                    "sourceAddressPrefix": source,
                    "destinationAddressPrefix": destination,
                    "access": access,
                    "priority": priority,
                    "direction": "Inbound",
                    "sourcePortRanges": [], "destinationPortRanges": [],
                    "sourceAddressPrefixes": [], "destinationAddressPrefixes": [],
                }),
            )
        };
        let defaults = [
            ("AllowVnetInBound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork", "*"),
            ("AllowAzureLoadBalancerInBound", 65001, "Allow", "AzureLoadBalancer", "*", "*"),
            ("DenyAllInBound", 65500, "Deny", "*", "*", "*"),
        ];
        let own: Value = rules.iter().map(|one| rule("securityRules", one)).collect();
        let defaults: Value = defaults.iter().map(|one| rule("defaultSecurityRules", one)).collect();
        self.add(
            "networkSecurityGroups",
            name,
            json!({"securityRules": own, "defaultSecurityRules": defaults}),
        )
    }

    /// Gives a subnet a security group.
    pub fn use_security_group(&mut self, subnet: &ResourceId, group: &ResourceId) -> &mut Self {
        let reference = shapes::reference(group);
        self.edit_subnet(subnet, |s| s["properties"]["networkSecurityGroup"] = reference)
    }

    /// Sets what applies to the endpoints of a subnet.
    pub fn endpoint_policies(&mut self, subnet: &ResourceId, policies: &str) -> &mut Self {
        self.edit_subnet(subnet, |s| s["properties"]["privateEndpointNetworkPolicies"] = policies.into())
    }
}

/// Frontend `fe` of a load balancer.
pub fn frontend_of(balancer: &ResourceId) -> ResourceId {
    ResourceId::new(&format!("{balancer}/frontendIPConfigurations/fe"))
}

/// The alias Azure gives a service.
pub fn alias_of(service: &ResourceId) -> String {
    format!(
        "{}.{}.westeurope.azure.privatelinkservice",
        service.name(),
        shapes::guid(&format!("alias {service}"))
    )
}
