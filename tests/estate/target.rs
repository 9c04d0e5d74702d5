//! What endpoints lead to, and its own side of the connections. A target is there, private, and agrees with its
//! endpoints, unless it is told otherwise.

use plaudit::inventory::{Kind, Resource, ResourceId, Want};
use serde_json::{Value, json};

use super::{Estate, text};

impl Estate {
    /// The target of an endpoint as an id.
    pub fn target_id(&self, endpoint: &ResourceId) -> ResourceId {
        ResourceId::new(&self.target(endpoint))
    }

    /// The target is deleted; endpoints that name it stay as they are.
    pub fn delete_target(&mut self, target: &ResourceId) -> &mut Self {
        let under = format!("{}/", target.lower());
        self.apart.retain(|id, _| id != target && !id.lower().starts_with(&under));
        self.gone.insert(target.clone());
        self
    }

    /// Sets a field of a target's properties.
    pub fn set_target(&mut self, target: &ResourceId, field: &str, value: impl Into<Value>) -> &mut Self {
        let mut own = self.target_object(target);
        own["properties"][field] = value.into();
        self.apart.insert(target.clone(), own);
        self
    }

    /// Adds a connection at a target that comes from any endpoint, of whatever tenant.
    pub fn target_connection(
        &mut self,
        target: &ResourceId,
        name: &str,
        endpoint: &str,
        status: &str,
    ) -> ResourceId {
        let id = ResourceId::new(&format!("{target}/privateEndpointConnections/{name}"));
        self.apart.insert(
            id.clone(),
            connection(&id, endpoint, &json!({"status": status, "actionsRequired": "None"})),
        );
        id
    }

    /// Changes the target's side of an endpoint's connection.
    pub fn edit_target_connection(
        &mut self,
        endpoint: &ResourceId,
        change: impl FnOnce(&mut Value),
    ) -> &mut Self {
        let (id, mut own) = self.mirrored(endpoint).expect("an endpoint with a target");
        change(&mut own);
        self.apart.insert(id, own);
        self
    }

    /// The target knows nothing of an endpoint's connection.
    pub fn forget_at_target(&mut self, endpoint: &ResourceId) -> &mut Self {
        let (id, _) = self.mirrored(endpoint).expect("an endpoint with a target");
        self.gone.insert(id);
        self
    }

    /// A target offers this group id.
    pub fn link_resource(&mut self, target: &ResourceId, group_id: &str, zones: &[&str]) -> ResourceId {
        let id = ResourceId::new(&format!("{target}/privateLinkResources/{group_id}"));
        let properties =
            json!({"groupId": group_id, "requiredMembers": [group_id], "requiredZoneNames": zones});
        let own = json!({"id": id.as_str(), "name": group_id, "properties": properties});
        self.apart.insert(id.clone(), own);
        id
    }

    /// What a run gets that asks for one thing by itself; empty for what is not there.
    pub fn answer(&self, want: &Want) -> Vec<Value> {
        match want {
            Want::ZoneGroups { endpoint } => self.zone_groups_of(endpoint),
            Want::Target { target } if self.gone.contains(target) => Vec::new(),
            Want::Target { target } => {
                let mut answer = vec![self.target_object(target)];
                answer.extend(self.connections_of(target));
                answer
            }
            Want::StorageAccounts { subscription } => self.storage_accounts(subscription),
            Want::List { subscription, kind } => self.list(*kind, subscription),
            Want::Roles { subscription, .. } => self.list(Kind::RoleAssignments, subscription),
            Want::LinkResources { target } => self.children(target, Kind::LinkResources),
            _ => Vec::new(),
        }
    }

    /// As [`Estate::answer`], as a run holds it.
    pub fn answer_read(&self, want: &Want) -> Vec<Resource> {
        let read = |value: Value| Resource {
            id: ResourceId::new(text(&value["id"])),
            json: value.to_string().into(),
        };
        self.answer(want).into_iter().map(read).collect()
    }

    /// A target as `GET` answers.
    pub fn target_object(&self, target: &ResourceId) -> Value {
        let plain = || {
            json!({
                "id": target.as_str(),
                "name": target.name(),
                "type": target.resource_type(),
                "location": "westeurope",
                "properties": {"provisioningState": "Succeeded", "publicNetworkAccess": "Disabled"},
            })
        };
        self.apart.get(target).cloned().unwrap_or_else(plain)
    }

    /// The accounts that endpoints lead to, in a subscription.
    pub fn storage_accounts(&self, subscription: &str) -> Vec<Value> {
        let all = self.services.keys().filter(|id| self.resources.contains_key(id));
        let mut all: Vec<ResourceId> = all.map(|endpoint| self.target_id(endpoint)).collect();
        all.sort();
        all.dedup();
        let here = |id: &&ResourceId| {
            Kind::of(id) == Some(Kind::StorageAccounts)
                && id.subscription().is_some_and(|own| own.eq_ignore_ascii_case(subscription))
        };
        let there = all.iter().filter(here).filter(|id| !self.gone.contains(*id));
        let there = there.filter(|id| !self.resources.contains_key(*id));
        let own = self.list(Kind::StorageAccounts, subscription);
        there.map(|id| self.target_object(id)).chain(own).collect()
    }

    /// A target's side of the connections to it: as its endpoints say, unless told otherwise.
    pub fn connections_of(&self, target: &ResourceId) -> Vec<Value> {
        let endpoints = self.services.keys().filter(|id| self.resources.contains_key(id));
        let mut all: std::collections::BTreeMap<ResourceId, Value> = endpoints
            .filter_map(|endpoint| self.mirrored(endpoint))
            .filter(|(id, _)| id.parent().as_ref() == Some(target) && !self.gone.contains(id))
            .collect();
        let own = self.apart.iter().filter(|(id, _)| {
            Kind::of(id) == Some(Kind::TargetConnections) && id.parent().as_ref() == Some(target)
        });
        all.extend(own.map(|(id, value)| (id.clone(), value.clone())));
        all.into_values().collect()
    }

    /// An endpoint's connection as its target sees it; `None` where the target is no resource.
    fn mirrored(&self, endpoint: &ResourceId) -> Option<(ResourceId, Value)> {
        let target = self.target_id(endpoint);
        target.resource_type()?;
        let id = ResourceId::new(&format!("{target}/privateEndpointConnections/{}.mirror", endpoint.name()));
        let properties = &self.get(endpoint)["properties"];
        let lists = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];
        let own = lists.iter().find_map(|list| properties[*list].get(0))?;
        let state = &own["properties"]["privateLinkServiceConnectionState"];
        let said = self.apart.get(&id).cloned();
        Some((id.clone(), said.unwrap_or_else(|| connection(&id, endpoint.as_str(), state))))
    }
}

fn connection(id: &ResourceId, endpoint: &str, state: &Value) -> Value {
    json!({
        "id": id.as_str(),
        "name": id.name(),
        "type": id.resource_type(),
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpoint": {"id": endpoint},
            "privateLinkServiceConnectionState": state,
        },
    })
}
