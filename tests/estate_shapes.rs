//! Tests of the estate builder itself: a witness that lies would let every other test pass.

mod estate;

use estate::generated::generated;
use estate::services::{alias, key_vault, private_link_service, registry, storage, web_app};
use estate::{Estate, HOME};
use plaudit::inventory::{Kind, ResourceId, Role, Want};
use serde_json::{Value, json};

struct Small {
    e: Estate,
    hub: ResourceId,
    spoke: ResourceId,
    zone: ResourceId,
    pe: ResourceId,
}

fn small() -> Small {
    let mut e = Estate::new();
    e.in_subscription("hub-sub");
    let hub = e.vnet("hub", "10.0.0.0/16");
    let zone = e.zone("privatelink.blob.core.windows.net");
    e.link(&zone, &hub);
    e.in_subscription(HOME);
    let spoke = e.vnet("spoke-a", "10.1.0.0/16");
    e.client(&spoke);
    e.peer(&hub, &spoke);
    e.link(&zone, &spoke);
    let pe = e.endpoint("pe-blob", &spoke, storage("acct", "blob"));
    e.zone_group(&pe, &[&zone]);
    Small { e, hub, spoke, zone, pe }
}

fn has(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).is_some()
}

#[test]
fn every_resource_says_who_it_is() {
    let Small { e, .. } = small();
    for value in e.values() {
        let id = ResourceId::new(value["id"].as_str().unwrap());
        assert!(Kind::of(&id).is_some(), "{id} is of a kind that nobody reads");
        if Kind::of(&id) != Some(Kind::Subscriptions) {
            assert_eq!(value["name"].as_str(), Some(id.name()));
            assert_eq!(value["type"].as_str(), id.resource_type().as_deref());
        }
    }
}

#[test]
fn the_same_calls_make_the_same_bytes_sorted_by_id() {
    let (a, b) = (small().e.collected(), small().e.collected());
    assert_eq!(a, b);
    let ids: Vec<String> = a.resources.iter().map(|r| r.id.lower()).collect();
    assert!(ids.is_sorted());
    assert!(a.resources.iter().all(|r| !r.json.contains('\n')));
}

#[test]
fn an_endpoint_has_what_a_recorded_one_has() {
    let Small { e, pe, spoke, .. } = small();
    let value = e.get(&pe);
    for field in ["/location", "/etag", "/properties/resourceGuid", "/properties/customDnsConfigs"] {
        assert!(has(value, field), "{field}");
    }
    let connection = &value["properties"]["privateLinkServiceConnections"][0];
    assert_eq!(connection["properties"]["privateLinkServiceConnectionState"]["status"], "Approved");
    assert_eq!(connection["properties"]["groupIds"], json!(["blob"]));
    assert!(e.target(&pe).ends_with("/providers/Microsoft.Storage/storageAccounts/acct"));
    let nic = e.get(&e.interface_of(&pe));
    assert_eq!(nic["properties"]["privateEndpoint"]["id"], pe.as_str());
    let config = &nic["properties"]["ipConfigurations"][0]["properties"];
    assert_eq!(config["privateIPAddress"], "10.1.4.4");
    assert_eq!(config["privateLinkConnectionProperties"]["fqdns"], json!(["acct.blob.core.windows.net"]));
    let subnet = ResourceId::new(config["subnet"]["id"].as_str().unwrap());
    assert_eq!(subnet.virtual_network(), Some(spoke));
}

#[test]
fn a_zone_group_writes_its_record_and_empties_the_dns_configs() {
    let Small { mut e, pe, zone, .. } = small();
    assert_eq!(e.get(&pe)["properties"]["customDnsConfigs"], json!([]));
    let record = ResourceId::new(&format!("{zone}/A/acct"));
    let properties = &e.get(&record)["properties"];
    assert_eq!(properties["aRecords"], json!([{"ipv4Address": "10.1.4.4"}]));
    assert_eq!(properties["ttl"], 10);
    assert_eq!(properties["fqdn"], "acct.privatelink.blob.core.windows.net.");
    assert_eq!(properties["metadata"]["creator"], e.creator(&pe).as_str());
    let groups = e.zone_groups_of(&pe);
    let config = &groups[0]["properties"]["privateDnsZoneConfigs"][0]["properties"];
    assert_eq!(config["privateDnsZoneId"], zone.as_str());
    assert_eq!(config["recordSets"][0]["fqdn"], "acct.privatelink.blob.core.windows.net");

    e.drop_zone_group(&pe);
    assert!(e.zone_groups_of(&pe).is_empty());
    assert!(!e.values().iter().any(|v| v["id"] == record.as_str()));
    assert_eq!(e.get(&pe)["properties"]["customDnsConfigs"][0]["fqdn"], "acct.blob.core.windows.net");
}

#[test]
fn a_zone_counts_its_soa_its_records_and_its_links() {
    let Small { mut e, zone, spoke, .. } = small();
    let counts = |e: &Estate| {
        let properties = &e.get(&zone)["properties"];
        (properties["numberOfRecordSets"].as_u64(), properties["numberOfVirtualNetworkLinks"].as_u64())
    };
    assert_eq!(counts(&e), (Some(2), Some(2)));
    let extra = e.record(&zone, "other", &["10.9.9.9"]);
    e.unlink(&zone, &spoke);
    assert_eq!(counts(&e), (Some(3), Some(1)));
    e.remove(&extra);
    assert_eq!(counts(&e), (Some(2), Some(1)));
    assert_eq!(e.children(&zone, Kind::RecordSets).len(), 2);
    // What cannot be read is still counted by the zone.
    e.gap_under(&zone, Kind::RecordSets, 403, "AuthorizationFailed");
    assert_eq!(counts(&e), (Some(2), Some(1)));
    assert!(e.children(&zone, Kind::RecordSets).is_empty());
    assert_eq!(e.coverage().gaps[0].resource.as_ref(), Some(&zone));
}

#[test]
fn a_peering_stands_in_both_networks() {
    let Small { mut e, hub, spoke, .. } = small();
    let side = |e: &Estate, v: &ResourceId| e.get(v)["properties"]["virtualNetworkPeerings"].clone();
    for (from, to, space) in [(&hub, &spoke, "10.1.0.0/16"), (&spoke, &hub, "10.0.0.0/16")] {
        let peering = &side(&e, from)[0];
        assert_eq!(peering["properties"]["peeringState"], "Connected");
        assert_eq!(peering["properties"]["peeringSyncLevel"], "FullyInSync");
        assert_eq!(peering["properties"]["remoteVirtualNetwork"]["id"], to.as_str());
        assert_eq!(peering["properties"]["remoteAddressSpace"]["addressPrefixes"], json!([space]));
    }
    e.unpeer(&hub, &spoke);
    assert_eq!(side(&e, &hub), json!([]));
    assert_eq!(side(&e, &spoke)[0]["properties"]["peeringState"], "Disconnected");
}

#[test]
fn a_pending_endpoint_stands_in_the_manual_array_without_names_or_records() {
    let Small { mut e, pe, zone, .. } = small();
    e.pending(&pe);
    let properties = &e.get(&pe)["properties"];
    assert_eq!(properties["privateLinkServiceConnections"], json!([]));
    let connection = &properties["manualPrivateLinkServiceConnections"][0];
    assert_eq!(connection["properties"]["privateLinkServiceConnectionState"]["status"], "Pending");
    assert_eq!(connection["properties"]["provisioningState"], "Succeeded");
    assert!(connection["id"].as_str().unwrap().contains("/manualPrivateLinkServiceConnections/"));
    assert_eq!(properties["customDnsConfigs"], json!([]));
    assert_eq!(e.children(&zone, Kind::RecordSets).len(), 1, "the SOA alone is left");
}

#[test]
fn deleting_an_endpoint_takes_its_interface_and_records() {
    let Small { mut e, pe, zone, spoke, .. } = small();
    let nic = e.interface_of(&pe);
    e.delete_endpoint(&pe);
    let left = e.collected_with_zone_groups();
    assert!(!left.resources.iter().any(|r| r.id == pe || r.id == nic || r.id.parent() == Some(pe.clone())));
    assert_eq!(e.children(&zone, Kind::RecordSets).len(), 1);
    assert!(!e.get(&spoke).to_string().to_ascii_lowercase().contains(&nic.lower()));
}

#[test]
fn several_names_and_addresses_stand_as_azure_writes_them() {
    let mut e = Estate::new();
    let vnet = e.vnet("v", "10.1.0.0/16");
    let acr = e.endpoint("pe-acr", &vnet, registry("reg", "westeurope"));
    let web = e.endpoint("pe-web", &vnet, web_app("shop"));
    let kv = e.endpoint("pe-kv", &vnet, key_vault("kv"));
    let pls = e.endpoint("pe-pls", &vnet, private_link_service("svc"));
    let other = e.endpoint("pe-alias", &vnet, alias("svc.guid.westus2.azure.privatelinkservice"));
    assert_eq!(e.addresses_of(&acr), ["10.1.4.4", "10.1.4.5"]);
    assert_eq!(e.addresses_of(&web), ["10.1.4.6"]);
    let fqdn = |pe: &ResourceId, n: usize| e.get(pe)["properties"]["customDnsConfigs"][n]["fqdn"].clone();
    assert_eq!(fqdn(&acr, 0), "reg.westeurope.data.azurecr.io");
    assert_eq!(fqdn(&web, 1), "shop.scm.azurewebsites.net");
    assert_eq!(fqdn(&kv, 0), "kv.vault.azure.net");
    assert_eq!(e.get(&pls)["properties"]["customDnsConfigs"], json!([]));
    assert!(!e.get(&pls).to_string().contains("groupIds"));
    assert_eq!(e.target(&other), "svc.guid.westus2.azure.privatelinkservice");
    assert!(has(e.get(&other), "/properties/manualPrivateLinkServiceConnections/0"));
}

#[test]
fn back_references_have_names_in_capitals() {
    let Small { e, spoke, .. } = small();
    let subnets = &e.get(&spoke)["properties"]["subnets"];
    let id = subnets[0]["properties"]["ipConfigurations"][0]["id"].as_str().unwrap();
    assert!(id.contains(
        "/resourceGroups/RG-NETWORK/providers/Microsoft.Network/networkInterfaces/VM-SPOKE-A-4-NIC/"
    ));
}

#[test]
fn a_gap_takes_out_what_it_hides_and_says_so() {
    let Small { mut e, zone, .. } = small();
    e.gap(Kind::PrivateDnsZones, "hub-sub", 403, "AuthorizationFailed");
    let hidden = e.values().iter().any(|v| v["id"].as_str().is_some_and(|id| id.starts_with(zone.as_str())));
    assert!(!hidden);
    let coverage = e.coverage();
    assert_eq!(coverage.gaps.len(), 1);
    assert_eq!(coverage.gaps[0].subscription, Some(e.subscription_guid("hub-sub")));
    assert_eq!(coverage.gaps[0].status, Some(403));
    assert!(!e.list(Kind::VirtualNetworks, &e.subscription_guid("hub-sub")).is_empty());

    e.gap(Kind::Subscriptions, "hub-sub", 404, "SubscriptionNotFound");
    let guid = e.subscription_guid("hub-sub");
    assert!(!e.values().iter().any(|v| v["id"].as_str().is_some_and(|id| id.contains(&guid))));
}

#[test]
fn coverage_says_what_was_asked_of_whom() {
    let Small { e, .. } = small();
    let coverage = e.coverage();
    let role = |name: &str| coverage.subscription(&e.subscription_guid(name)).unwrap().role;
    assert_eq!((role(HOME), role("hub-sub")), (Role::Audited, Role::Context));
    assert!(coverage.every_visible_subscription);
    assert!(coverage.subscriptions.iter().all(|s| s.kinds == Kind::LISTED));
    assert_eq!(e.origin().scope.subscriptions, [e.subscription_guid(HOME)]);
}

#[test]
fn a_target_answers_for_itself_and_for_its_endpoints() {
    let Small { mut e, pe, spoke, .. } = small();
    let target = e.target_id(&pe);
    let ask = Want::Target { target: target.clone() };
    let [own, connection] = e.answer(&ask).try_into().unwrap();
    assert_eq!(own["id"], target.as_str());
    assert_eq!(connection["properties"]["privateEndpoint"]["id"], pe.as_str());
    assert_eq!(connection["properties"]["privateLinkServiceConnectionState"]["status"], "Approved");
    e.set_status(&pe, "Rejected");
    let state =
        |e: &Estate| e.answer(&ask)[1]["properties"]["privateLinkServiceConnectionState"]["status"].clone();
    assert_eq!(state(&e), "Rejected", "both sides agree unless told otherwise");
    for value in e.answer(&ask) {
        assert!(Kind::of(&ResourceId::new(value["id"].as_str().unwrap())).is_some());
    }
    let vault = e.endpoint("pe-vault", &spoke, key_vault("kv"));
    let subscription = e.subscription_guid(HOME);
    assert_eq!(e.answer(&Want::StorageAccounts { subscription: subscription.clone() }).len(), 1);
    e.link_resource(&target, "blob", &[]);
    assert_eq!(e.answer(&Want::LinkResources { target: target.clone() }).len(), 1);
    assert!(e.answer(&Want::LinkResources { target: e.target_id(&vault) }).is_empty());
    e.delete_target(&target);
    assert!(e.answer(&ask).is_empty());
    assert!(e.answer(&Want::StorageAccounts { subscription }).is_empty());
}

#[test]
fn shouting_changes_references_and_leaves_own_ids() {
    let Small { mut e, pe, .. } = small();
    let before: Vec<ResourceId> = e.collected().resources.into_iter().map(|r| r.id).collect();
    e.shout_references();
    let after: Vec<ResourceId> = e.collected().resources.into_iter().map(|r| r.id).collect();
    assert_eq!(
        before.iter().map(|i| i.as_str()).collect::<Vec<_>>(),
        after.iter().map(|i| i.as_str()).collect::<Vec<_>>()
    );
    let subnet = e.get(&pe)["properties"]["subnet"]["id"].as_str().unwrap();
    assert!(subnet.contains("/VIRTUALNETWORKS/SPOKE-A/"));
}

#[test]
fn the_forms_of_dns_servers() {
    let mut e = Estate::new();
    let hub = e.vnet("hub", "10.0.0.0/16");
    let resolver = e.resolver("resolver", &hub);
    let inbound = e.inbound(&resolver, "10.0.1.4");
    assert_eq!(e.get(&inbound)["properties"]["ipConfigurations"][0]["privateIpAddress"], "10.0.1.4");
    let firewall = e.firewall("fw", &hub, "10.0.2.4");
    let policy = e.firewall_policy("policy", true, &["10.0.1.4"]);
    e.use_policy(&firewall, &policy);
    assert_eq!(e.get(&firewall)["properties"]["firewallPolicy"]["id"], policy.as_str());
    e.classic_dns(&firewall, true, &["10.0.1.4", "10.0.1.5"]);
    let additional = &e.get(&firewall)["properties"]["additionalProperties"];
    assert_eq!(additional["Network.DNS.Servers"], "10.0.1.4,10.0.1.5");
    let ruleset = e.ruleset("ruleset");
    let rule = e.rule(&ruleset, "blob.core.windows.net.", &["10.0.1.4"]);
    assert_eq!(e.get(&rule)["properties"]["targetDnsServers"][0]["ipAddress"], "10.0.1.4");
    let spoke = e.vnet("spoke", "10.1.0.0/16");
    e.link_ruleset(&ruleset, &spoke);
    e.load_balancer("lb", &hub, "10.0.3.4");
    e.machine(&hub, "dc1-nic", "10.0.3.5");
    let names: Vec<&str> = e.get(&hub)["properties"]["subnets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["snet-workload", "snet-endpoints", "snet-dns-inbound", "AzureFirewallSubnet", "snet-servers"]
    );
}

#[test]
fn a_generated_estate_is_as_large_as_asked_and_within_azures_limits() {
    let made = generated(600, 7);
    let of = |kind| made.collected.resources.iter().filter(|r| Kind::of(&r.id) == Some(kind)).count();
    assert_eq!(of(Kind::PrivateEndpoints), 600);
    assert_eq!(of(Kind::VirtualNetworks), 3, "a hub and two spokes");
    assert_eq!(of(Kind::NetworkInterfaces), 602, "one for each endpoint and one machine in each spoke");
    assert!(made.collected.resources.is_sorted_by(|a, b| a.id < b.id));
    assert!((1..30).contains(&made.faults.values().sum::<usize>()), "{:?}", made.faults);
}

#[test]
fn a_generated_estate_is_the_same_for_the_same_seed() {
    assert_eq!(generated(200, 7).collected, generated(200, 7).collected);
    assert_ne!(generated(200, 7).collected, generated(200, 8).collected);
}
