//! What private link services suffer, with what stands behind them, and what the packs look at.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::json;

use super::super::yard::APPLIANCE;
use super::{array, endpoint, of, one, set};
use crate::estate::Estate;

// Private link services and the packs

pub(super) fn service_connection(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let (service, pe) = (one(e, Kind::PrivateLinkServices, at)?, endpoint(e, how)?);
    e.service_connection(&service, &pe, of(&["Pending", "Rejected", "Disconnected", "Approved"], how));
    Some(())
}

pub(super) fn service_property(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let service = one(e, Kind::PrivateLinkServices, at)?;
    let (field, value) = match how % 7 {
        0 => ("visibility", json!({"subscriptions": ["*"]})),
        1 => ("visibility", json!({"subscriptions": []})),
        2 => ("autoApproval", json!({"subscriptions": ["99999999-aaaa-4bbb-8ccc-dddddddddddd"]})),
        3 => ("enableProxyProtocol", json!(true)),
        4 => ("alias", json!("other.guid.westeurope.azure.privatelinkservice")),
        5 => ("ipConfigurations", json!([])),
        _ => {
            e.remove(&service);
            return Some(());
        }
    };
    set(e, &service, field, value)
}

pub(super) fn service_gone(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    e.remove(&one(e, Kind::PrivateLinkServices, at)?);
    Some(())
}

/// Somebody else may see it, and its endpoints wait.
pub(super) fn service_visibility(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    let service = one(e, Kind::PrivateLinkServices, at)?;
    let stranger = json!({"subscriptions": ["99999999-aaaa-4bbb-8ccc-dddddddddddd"]});
    set(e, &service, "visibility", stranger)?;
    let leads = |id: &ResourceId| ResourceId::new(&e.target(id)) == service;
    let waiting = e.ids().into_iter().find(|id| Kind::of(id) == Some(Kind::PrivateEndpoints) && leads(id))?;
    e.set_status(&waiting, "Pending");
    set(e, &service, "privateEndpointConnections", json!([]))
}

pub(super) fn balancer(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let balancer = one(e, Kind::LoadBalancers, at)?;
    match how % 4 {
        0 => return set(e, &balancer, "loadBalancingRules", json!([])),
        1 => return set(e, &balancer, "backendAddressPools", json!([])),
        2 => drop(e.edit(&balancer, |b| b["sku"]["name"] = "Basic".into())),
        _ => drop(e.edit(&balancer, |b| {
            if let Some(pool) = array(b, "backendAddressPools", 0) {
                pool["properties"]["backendIPConfigurations"] = json!([]);
                pool["properties"]["loadBalancerBackendAddresses"] = json!([]);
            }
        })),
    }
    Some(())
}

pub(super) fn databricks(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let peering = one(e, Kind::DatabricksPeerings, at)?;
    set(e, &peering, "peeringState", json!(of(&["Disconnected", "Initiated", "Connected"], how)))
}

pub(super) fn account(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    if how.is_multiple_of(5) {
        let vault = one(e, Kind::KeyVaults, at)?;
        return set(e, &vault, "accessPolicies", json!([{"objectId": APPLIANCE, "permissions": {}}]));
    }
    let account = one(e, Kind::StorageAccounts, at)?;
    match how % 4 {
        0 => return set(e, &account, "publicNetworkAccess", json!("Disabled")),
        1 => {
            return set(
                e,
                &account,
                "networkAcls",
                json!({"defaultAction": "Deny", "bypass": "None", "ipRules": []}),
            );
        }
        2 => drop(e.edit(&account, |a| a["kind"] = "Storage".into())),
        _ => drop(e.edit(&account, |a| a["kind"] = "BlockBlobStorage".into())),
    }
    Some(())
}

pub(super) fn circuit(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let circuit = one(e, Kind::ExpressRouteCircuits, at)?;
    match how % 4 {
        0 => return set(e, &circuit, "circuitProvisioningState", json!("Disabled")),
        1 => return set(e, &circuit, "serviceProviderProvisioningState", json!("NotProvisioned")),
        2 => drop(e.edit(&circuit, |c| {
            if let Some(peering) = array(c, "peerings", 0) {
                peering["properties"]["state"] = "Disabled".into();
            }
        })),
        _ => {
            let filter = one(e, Kind::RouteFilters, at)?;
            e.edit(&filter, |f| {
                if let Some(rule) = array(f, "rules", 0) {
                    rule["properties"]["communities"] = json!(["12076:5010"]);
                }
            });
        }
    }
    Some(())
}
