//! What networks suffer: their DNS servers and rulesets, their peerings, what routes and filters in them.

use plaudit::inventory::{Kind, ResourceId};
use serde_json::{Value, json};

use super::{array, of, one, set};
use crate::estate::Estate;
use crate::estate::network::{ENDPOINTS, WORKLOAD, subnet_id};
use crate::estate::service::NAT;
use crate::small::INBOUND;

// DNS servers and forwarding

pub(super) fn dns_servers(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let servers: &[&str] = match how % 8 {
        0 => &[],
        1 => &[INBOUND],
        2 => &["10.0.2.4"],
        3 => &["10.0.1.5"],
        4 => &["192.168.7.4"],
        5 => &[INBOUND, "168.63.129.16"],
        6 => &["10.2.0.4"],
        _ => &["192.168.7.4", INBOUND],
    };
    e.dns_servers(&vnet, servers);
    Some(())
}

pub(super) fn resolver_gone(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let kind =
        of(&[Kind::InboundEndpoints, Kind::DnsResolvers, Kind::AzureFirewalls, Kind::RulesetLinks], how);
    e.remove(&one(e, kind, at)?);
    Some(())
}

pub(super) fn forwarding(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let ruleset = one(e, Kind::DnsForwardingRulesets, at)?;
    let domains =
        ["vault.azure.net.", "privatelink.blob.core.windows.net.", "windows.net.", "azurecr.io.", "."];
    let domain = of(&domains, at);
    let name = if domain == "." { "root".to_owned() } else { domain.trim_end_matches('.').replace('.', "-") };
    if e.holds(&ResourceId::new(&format!("{ruleset}/forwardingRules/{name}"))) {
        let rule = one(e, Kind::ForwardingRules, how)?;
        return set(e, &rule, "forwardingRuleState", json!("Disabled"));
    }
    e.rule(&ruleset, domain, &[of(&[INBOUND, "10.0.2.4", "192.168.7.4", "10.2.0.4"], how)]);
    Some(())
}

pub(super) fn ruleset_linked(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    let (ruleset, vnet) = (one(e, Kind::DnsForwardingRulesets, 0)?, one(e, Kind::VirtualNetworks, at)?);
    let link = ResourceId::new(&format!("{ruleset}/virtualNetworkLinks/to-{}", vnet.name()));
    (!e.holds(&link)).then(|| drop(e.link_ruleset(&ruleset, &vnet)))
}

pub(super) fn proxy(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let policy = one(e, Kind::FirewallPolicies, at)?;
    let servers: &[&str] = of(&[&[], &["192.168.7.4"], &[INBOUND]], how / 2);
    set(e, &policy, "dnsSettings", json!({"enableProxy": how.is_multiple_of(2), "servers": servers}))
}

// Peerings and networks

/// A side of a peering, to be changed.
pub(super) fn on_peering(e: &mut Estate, at: usize, change: impl FnOnce(&mut Value)) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    e.edit(&vnet, |v| {
        if let Some(side) = array(v, "virtualNetworkPeerings", at / 7) {
            change(&mut side["properties"]);
        }
    });
    Some(())
}

pub(super) fn peering_state(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    on_peering(e, at, |p| match how % 4 {
        0 => p["peeringState"] = "Disconnected".into(),
        1 => p["peeringState"] = "Initiated".into(),
        2 => p["provisioningState"] = "Failed".into(),
        _ => p["provisioningState"] = "Updating".into(),
    })
}

pub(super) fn peering_side_gone(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let mut remote = None;
    e.edit(&vnet, |v| {
        if let Some(sides) = v["properties"]["virtualNetworkPeerings"].as_array_mut()
            && !sides.is_empty()
        {
            let side = sides.remove(how % sides.len());
            remote = side["properties"]["remoteVirtualNetwork"]["id"].as_str().map(ResourceId::new);
        }
    });
    let remote = remote.filter(|id| e.holds(id))?;
    e.edit(&remote, |v| {
        for side in v["properties"]["virtualNetworkPeerings"].as_array_mut().into_iter().flatten() {
            let leads = side["properties"]["remoteVirtualNetwork"]["id"].as_str().map(ResourceId::new);
            if leads.as_ref() == Some(&vnet) {
                side["properties"]["peeringState"] = of(&["Disconnected", "Initiated"], how).into();
            }
        }
    });
    Some(())
}

pub(super) fn peering_flag(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let flags =
        ["allowVirtualNetworkAccess", "allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways"];
    on_peering(e, at, |p| {
        let flag = &mut p[of(&flags, how)];
        *flag = (!flag.as_bool().unwrap_or_default()).into();
    })
}

pub(super) fn peering_out_of_sync(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    on_peering(e, at, |p| {
        p["peeringSyncLevel"] = "LocalNotInSync".into();
        p["remoteAddressSpace"] = json!({"addressPrefixes": ["10.99.0.0/16"]});
    })
}

pub(super) fn network_gone(e: &mut Estate, at: usize, _: usize) -> Option<()> {
    // Where machines and endpoints stand, Azure refuses to delete.
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let stands = |value: &Value| {
        value.to_string().to_ascii_lowercase().contains(&format!("{}/subnets/", vnet.lower()))
    };
    let used = e.values().iter().any(|value| {
        value["properties"]["ipConfigurations"].is_array() && stands(&value["properties"]["ipConfigurations"])
    });
    (!used).then(|| {
        e.remove(&vnet);
    })
}

pub(super) fn subnet_policies(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let name = of(&[ENDPOINTS, WORKLOAD, NAT], how);
    let has = e.get(&vnet)["properties"]["subnets"].as_array()?.iter().any(|s| s["name"] == name);
    has.then_some(())?;
    let field = of(&["privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies"], how / 3);
    let value = of(&["Enabled", "Disabled", "NetworkSecurityGroupEnabled"], how / 6);
    e.edit_subnet(&subnet_id(&vnet, name), |s| s["properties"][field] = value.into());
    Some(())
}

pub(super) fn security_rule(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    let group = one(e, Kind::NetworkSecurityGroups, at)?;
    e.edit(&group, |g| {
        if let Some(rule) = array(g, "securityRules", at) {
            let rule = &mut rule["properties"];
            match how % 3 {
                0 => rule["sourceAddressPrefix"] = of(&["10.0.0.0/8", "10.1.0.0/24", "*"], how / 3).into(),
                1 => rule["access"] = of(&["Deny", "Allow"], how / 3).into(),
                _ => rule["destinationPortRange"] = of(&["443", "80"], how / 3).into(),
            }
        }
    });
    Some(())
}

pub(super) fn route(e: &mut Estate, at: usize, how: usize) -> Option<()> {
    if let Some(table) = one(e, Kind::RouteTables, at) {
        e.edit(&table, |t| {
            if let Some(route) = array(t, "routes", 0) {
                let route = &mut route["properties"];
                route["nextHopType"] = of(&["VirtualAppliance", "None", "Internet"], how).into();
                route["addressPrefix"] = of(&["10.1.0.0/16", "0.0.0.0/0", "10.0.0.0/8"], how / 3).into();
            }
        });
        return Some(());
    }
    let vnet = one(e, Kind::VirtualNetworks, at)?;
    let hop = of(&["VirtualAppliance", "None", "Internet"], how);
    e.route(&subnet_id(&vnet, WORKLOAD), "10.1.0.0/16", hop, "10.0.2.4");
    Some(())
}
