//! Private endpoints, their network interfaces, connection states and zone groups.

use plaudit::inventory::ResourceId;
use serde_json::{Value, json};

use super::network::{ENDPOINTS, owner, subnet_id};
use super::services::{Service, Target};
use super::{Estate, shapes, text};

impl Estate {
    /// An approved endpoint with its interface: one address for each member, no zone group.
    pub fn endpoint(&mut self, name: &str, vnet: &ResourceId, service: Service) -> ResourceId {
        let id = self.network_id_in(owner(vnet), "privateEndpoints", name);
        let subnet = subnet_id(vnet, ENDPOINTS);
        let location = self.location_of(vnet);
        let nic = ResourceId::new(&format!(
            "{}.nic.{}",
            self.network_id_in(owner(vnet), "networkInterfaces", name),
            shapes::guid(&format!("nic {id}"))
        ));
        let target = self.target_of(&service, vnet);
        let by_hand = matches!(service.target, Target::Alias(_));
        let list = if by_hand { MANUAL } else { AUTOMATIC };
        let mut value = shapes::private_endpoint(&id, &location, &subnet, &nic);
        value["properties"][list] = json!([shapes::connection(&id, list, &target, &service.group_ids)]);
        self.put(value);
        let addresses = self.interface_addresses(&nic, &subnet, &service);
        let mut interface = shapes::network_interface(&nic, &location, addresses);
        interface["properties"]["privateEndpoint"] = shapes::reference(&id);
        interface["managedBy"] = id.as_str().into();
        interface["kind"] = "Regular".into();
        self.put(interface);
        self.services.insert(id.clone(), service);
        self.tell_dns_configs(&id);
        id
    }

    /// Attaches a zone group: writes the records of the names that belong to these zones and, as Azure does,
    /// empties `customDnsConfigs`.
    pub fn zone_group(&mut self, endpoint: &ResourceId, zones: &[&ResourceId]) -> ResourceId {
        let creator = self.creator(endpoint);
        let names = self.names_and_addresses(endpoint);
        let mut configs = Vec::new();
        for zone in zones {
            let mut told = Vec::new();
            for (name, address) in names.iter().filter(|(n, _)| n.zone.eq_ignore_ascii_case(zone.name())) {
                let addresses = std::slice::from_ref(address);
                if self.resources.contains_key(*zone) {
                    self.managed_record(zone, &name.record, addresses, &creator);
                }
                told.push(shapes::zone_group_record(zone.name(), &name.record, addresses));
            }
            configs.push(((*zone).clone(), told));
        }
        let id = ResourceId::new(&format!("{endpoint}/privateDnsZoneGroups/default"));
        self.apart.insert(id.clone(), shapes::zone_group(&id, configs));
        self.properties(endpoint)["customDnsConfigs"] = json!([]);
        id
    }

    /// Deletes the zone group with the records it wrote; `customDnsConfigs` tells the names again.
    pub fn drop_zone_group(&mut self, endpoint: &ResourceId) -> &mut Self {
        self.drop_managed_records(endpoint);
        self.apart.retain(|group, _| group.parent().as_ref() != Some(endpoint));
        self.tell_dns_configs(endpoint);
        self
    }

    /// Waiting for its target's owner: in the manual array, without names, without records.
    pub fn pending(&mut self, endpoint: &ResourceId) -> &mut Self {
        self.unnamed(endpoint);
        self.move_connections(endpoint, MANUAL);
        self.edit_connection(endpoint, |c| {
            c["properties"]["requestMessage"] = "please approve".into();
            c["properties"]["privateLinkServiceConnectionState"] =
                json!({"status": "Pending", "description": "Awaiting approval", "actionsRequired": "None"});
        })
    }

    /// Refused by its target's owner: in the manual array, without names, without records.
    pub fn rejected(&mut self, endpoint: &ResourceId, description: &str) -> &mut Self {
        self.unnamed(endpoint);
        self.move_connections(endpoint, MANUAL);
        self.edit_connection(endpoint, |c| {
            c["properties"]["privateLinkServiceConnectionState"] =
                json!({"status": "Rejected", "description": description, "actionsRequired": "None"});
        })
    }

    /// Sets the connection's status and nothing else.
    pub fn set_status(&mut self, endpoint: &ResourceId, status: impl Into<Value>) -> &mut Self {
        let status = status.into();
        self.edit_connection(endpoint, |c| {
            c["properties"]["privateLinkServiceConnectionState"]["status"] = status;
        })
    }

    /// Changes the only connection, in whichever array it is.
    pub fn edit_connection(&mut self, endpoint: &ResourceId, change: impl FnOnce(&mut Value)) -> &mut Self {
        let properties = self.properties(endpoint);
        let list = if properties[MANUAL].get(0).is_some() { MANUAL } else { AUTOMATIC };
        change(&mut properties[list][0]);
        self
    }

    /// Deletes an endpoint as Azure does: its interface, zone group and managed records go with it.
    pub fn delete_endpoint(&mut self, endpoint: &ResourceId) -> &mut Self {
        self.drop_managed_records(endpoint);
        let nic = self.interface_of(endpoint);
        let subnet = ResourceId::new(text(&self.get(endpoint)["properties"]["subnet"]["id"]));
        self.drop_back_references(&subnet, &nic);
        self.remove(&nic);
        self.services.remove(endpoint);
        self.remove(endpoint)
    }

    /// Makes the interface tell no names, as many do (an empty `fqdns` array is normal).
    pub fn without_fqdns(&mut self, endpoint: &ResourceId) -> &mut Self {
        let nic = self.interface_of(endpoint);
        self.edit(&nic, |nic| {
            for config in nic["properties"]["ipConfigurations"].as_array_mut().into_iter().flatten() {
                config["properties"]["privateLinkConnectionProperties"]["fqdns"] = json!([]);
            }
        })
    }

    /// The endpoint's interface.
    pub fn interface_of(&self, endpoint: &ResourceId) -> ResourceId {
        ResourceId::new(text(&self.get(endpoint)["properties"]["networkInterfaces"][0]["id"]))
    }

    /// The endpoint's addresses, in the order of its service's members.
    pub fn addresses_of(&self, endpoint: &ResourceId) -> Vec<String> {
        let nic = self.get(&self.interface_of(endpoint));
        let configs = nic["properties"]["ipConfigurations"].as_array().into_iter().flatten();
        configs.map(|c| text(&c["properties"]["privateIPAddress"]).to_owned()).collect()
    }

    /// What a zone group of this endpoint writes into `metadata.creator`.
    pub fn creator(&self, endpoint: &ResourceId) -> String {
        let guid = text(&self.get(endpoint)["properties"]["resourceGuid"]);
        format!("created by private endpoint {} with resource guid {guid}", endpoint.name())
    }

    /// The target's id, or its alias.
    pub fn target(&self, endpoint: &ResourceId) -> String {
        let properties = &self.get(endpoint)["properties"];
        let list = if properties[MANUAL].get(0).is_some() { MANUAL } else { AUTOMATIC };
        text(&properties[list][0]["properties"]["privateLinkServiceId"]).to_owned()
    }

    fn target_of(&self, service: &Service, vnet: &ResourceId) -> String {
        match &service.target {
            Target::Resource { kind, name } => {
                let (sub, group) = (owner(vnet), &self.current.group);
                format!("/subscriptions/{sub}/resourceGroups/{group}/providers/{kind}/{name}")
            }
            Target::Id(id) => id.clone(),
            Target::Alias(alias) => alias.clone(),
        }
    }

    fn interface_addresses(
        &mut self,
        nic: &ResourceId,
        subnet: &ResourceId,
        service: &Service,
    ) -> Vec<Value> {
        let mut configs = Vec::new();
        for member in &service.members {
            let address = self.next_address(subnet).to_string();
            let group = service.group_ids.first().map_or("", String::as_str);
            let fqdns: Vec<&str> = member.names.iter().map(|n| n.fqdn.as_str()).collect();
            let link = json!({"groupId": group, "requiredMemberName": member.name, "fqdns": fqdns});
            let name = format!("privateEndpointIpConfig.{}", shapes::guid(&format!("{nic} {}", member.name)));
            let primary = configs.is_empty();
            let config = shapes::interface_address(nic, &name, &address, subnet, primary, Some(link));
            self.back_reference(subnet, text(&config["id"]));
            configs.push(config);
        }
        configs
    }

    fn names_and_addresses(&self, endpoint: &ResourceId) -> Vec<(super::services::Name, String)> {
        let service = self.services.get(endpoint).unwrap_or_else(|| panic!("no endpoint {endpoint}"));
        let addresses = self.addresses_of(endpoint);
        let members = service.members.iter().zip(addresses);
        members.flat_map(|(m, address)| m.names.iter().map(move |n| (n.clone(), address.clone()))).collect()
    }

    fn tell_dns_configs(&mut self, endpoint: &ResourceId) {
        let names = self.names_and_addresses(endpoint);
        let configs =
            names.iter().map(|(name, address)| json!({"fqdn": name.fqdn, "ipAddresses": [address]}));
        self.properties(endpoint)["customDnsConfigs"] = configs.collect();
    }

    fn unnamed(&mut self, endpoint: &ResourceId) {
        self.drop_managed_records(endpoint);
        self.without_fqdns(endpoint);
        self.properties(endpoint)["customDnsConfigs"] = json!([]);
    }

    /// A zone group writes only names of its endpoint's service, so there is no need to search every record.
    fn drop_managed_records(&mut self, endpoint: &ResourceId) {
        let creator = self.creator(endpoint);
        let records: Vec<ResourceId> = self
            .zone_groups_of_unsorted(endpoint)
            .flat_map(|group| {
                group["properties"]["privateDnsZoneConfigs"].as_array().cloned().unwrap_or_default()
            })
            .flat_map(|config| {
                let zone = ResourceId::new(text(&config["properties"]["privateDnsZoneId"]));
                let told = config["properties"]["recordSets"].as_array().cloned().unwrap_or_default();
                told.into_iter().map(move |r| super::dns::record_id(&zone, "A", text(&r["recordSetName"])))
            })
            .collect();
        for id in records {
            let own = |r: &Value| r["properties"]["metadata"]["creator"] == creator.as_str();
            if self.resources.get(&id).is_some_and(own) {
                self.remove(&id);
            }
        }
    }

    fn zone_groups_of_unsorted(&self, endpoint: &ResourceId) -> impl Iterator<Item = &Value> {
        let id = ResourceId::new(&format!("{endpoint}/privateDnsZoneGroups/default"));
        self.apart.get(&id).into_iter()
    }

    fn move_connections(&mut self, endpoint: &ResourceId, to: &str) {
        let properties = self.properties(endpoint);
        let from = if to == MANUAL { AUTOMATIC } else { MANUAL };
        let moved = std::mem::replace(&mut properties[from], json!([]));
        if let Some(moved) = moved.as_array().filter(|list| !list.is_empty()) {
            let respelled = moved.iter().cloned().map(|mut connection| {
                connection["id"] = text(&connection["id"]).replace(from, to).into();
                connection["type"] = text(&connection["type"]).replace(from, to).into();
                connection
            });
            properties[to] = respelled.collect();
        }
    }
}

const AUTOMATIC: &str = "privateLinkServiceConnections";
const MANUAL: &str = "manualPrivateLinkServiceConnections";
