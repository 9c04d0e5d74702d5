//! What is asked of what endpoints lead to, and what the answers mean.

use plaudit::inventory::{Collected, Gap, Kind, Resource, ResourceId, Scope, Want};
use plaudit::topology::Topology;
use plaudit::topology::knowledge::Seen;
use serde_json::{Value, json};

use crate::estate::services::{alias, cosmos, key_vault, private_link_service, storage, web_app};
use crate::estate::{Estate, HOME, Service};
use crate::judged::{read, topology};
use crate::small::Direct;

/// What is wanted of targets.
fn wanted(collected: Collected) -> Vec<Want> {
    let mut wants = topology(collected).wanted();
    wants.retain(|want| !matches!(want, Want::ZoneGroups { .. }));
    wants
}

fn deep(mut collected: Collected) -> Collected {
    collected.origin.scope = Scope { deep: true, ..collected.origin.scope };
    collected
}

/// A network with an endpoint to this service, its connection in this state.
fn with(service: Service, status: &str) -> (Estate, ResourceId, ResourceId) {
    let mut e = Estate::new();
    let vnet = e.vnet("vnet", "10.1.0.0/16");
    let pe = e.endpoint("pe", &vnet, service);
    e.set_status(&pe, status);
    let target = e.target_id(&pe);
    (e, pe, target)
}

fn account_list(e: &Estate) -> Want {
    Want::StorageAccounts { subscription: e.subscription_guid(HOME) }
}

#[test]
fn targets_of_connections_that_are_not_approved() {
    for status in ["Pending", "Rejected", "Disconnected", "Removed", "Odd"] {
        let (e, _, target) = with(key_vault("kv"), status);
        assert_eq!(wanted(e.collected()), [Want::Target { target }], "{status}");
    }
    for status in ["Approved", "Approving", ""] {
        let (e, _, _) = with(key_vault("kv"), status);
        assert_eq!(wanted(e.collected()), [], "{status}");
    }
}

#[test]
fn a_target_is_asked_for_once() {
    let (mut e, _, target) = with(key_vault("kv"), "Pending");
    let vnet = e.vnet("other", "10.2.0.0/16");
    let second = e.endpoint("second", &vnet, key_vault("kv").at(&target.as_str().to_uppercase()));
    e.set_status(&second, "Pending");
    assert_eq!(wanted(e.collected()).len(), 1);
    assert_eq!(wanted(read(&e)), []);
}

#[test]
fn what_cannot_be_asked_is_not() {
    let guid = "9a7c1f00-0000-4000-8000-00000000000a";
    let far = format!("/subscriptions/{guid}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v");
    let home = Estate::new().subscription_guid(HOME);
    let within = |rest: &str| format!("/subscriptions/{home}/resourceGroups/{rest}");
    for id in [
        far,
        within("g/providers/Microsoft.Contoso/things/t"),
        within("g/providers/Microsoft.Web/sites/s/slots/t"),
        within("../providers/Microsoft.KeyVault/vaults/v"),
        within("g?x=y/providers/Microsoft.KeyVault/vaults/v"),
        within("g%2f/providers/Microsoft.KeyVault/vaults/v"),
        within("g//providers/Microsoft.KeyVault/vaults/v"),
        format!("https://x{}", within("g/providers/Microsoft.KeyVault/vaults/v")),
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v".to_owned(),
        String::new(),
    ] {
        let (e, _, _) = with(key_vault("v").at(&id), "Disconnected");
        assert_eq!(wanted(e.collected()), [], "{id}");
        assert_eq!(wanted(deep(e.collected())).len(), 1, "{id}: Databricks alone");
    }
    let (e, _, _) = with(
        alias("svc.3f2504e0-4f89-11d3-9a0c-0305e82c3301.westeurope.azure.privatelinkservice"),
        "Pending",
    );
    assert_eq!(wanted(e.collected()), []);
}

#[test]
fn a_subscription_that_refuses_is_asked_for_no_target() {
    let (mut e, _, _) = with(key_vault("kv"), "Pending");
    e.in_subscription("far");
    let vnet = e.vnet("far", "10.7.0.0/16");
    let far = e.endpoint("theirs", &vnet, key_vault("far"));
    let target = e.target(&far);
    e.in_subscription(HOME);
    let vnet = e.vnet("more", "10.8.0.0/16");
    let pe = e.endpoint("ours", &vnet, key_vault("far").at(&target));
    e.set_status(&pe, "Disconnected");
    assert_eq!(wanted(e.collected()).len(), 2, "the other subscription can be seen");
    e.gap(Kind::Subscriptions, "far", 403, "AuthorizationFailed");
    assert_eq!(wanted(e.collected()).len(), 1);
}

#[test]
fn endpoints_that_are_not_reported_on_are_no_suspects() {
    let mut it = Direct::new();
    it.e.in_subscription("far");
    let vnet = it.e.vnet("far", "10.7.0.0/16");
    let theirs = it.e.endpoint("theirs", &vnet, key_vault("far"));
    it.e.set_status(&theirs, "Rejected");
    assert_eq!(wanted(it.e.collected()), [account_list(&it.e)]);
}

#[test]
fn a_private_link_service_is_asked_for_where_it_was_not_listed() {
    let (mut e, _, target) = with(private_link_service("pls"), "Pending");
    assert_eq!(wanted(e.collected()), [], "the list says that it is gone");
    assert_eq!(topology(e.collected()).service(&target), Seen::Absent);
    let mut unlisted = e.collected();
    unlisted.coverage.subscriptions[0].kinds.retain(|kind| *kind != Kind::PrivateLinkServices);
    assert_eq!(wanted(unlisted.clone()), [Want::Target { target: target.clone() }]);
    unlisted.coverage.note_asked(Kind::Targets, &target);
    assert_eq!(topology(unlisted.clone()).service(&target), Seen::Absent);
    unlisted.coverage.gaps.push(gap(Kind::Targets, &target));
    assert!(matches!(topology(unlisted).service(&target), Seen::Unknown(_)));
    e.add("privateLinkServices", "pls", json!({"privateEndpointConnections": []}));
    assert_eq!(wanted(e.collected()), []);
    assert!(matches!(topology(e.collected()).service(&target), Seen::Found(_)));
    assert_eq!(names(&topology(e.collected()), &target), Some(Vec::new()));
}

#[test]
fn accounts_of_which_half_is_reached_are_listed_once_a_subscription() {
    let mut it = Direct::new();
    assert_eq!(wanted(it.e.collected()), [account_list(&it.e)]);
    let second = it.e.endpoint("second", &it.vnet, storage("other", "dfs"));
    assert_eq!(wanted(it.e.collected()), [account_list(&it.e)]);
    assert_eq!(wanted(read(&it.e)), [], "asked once");
    // Both halves of each, secondary ones apart.
    let _ = it.e.endpoint("dfs", &it.vnet, storage("acct", "dfs"));
    let blob = it.e.endpoint("blob", &it.vnet, storage("other", "blob"));
    assert_eq!(wanted(it.e.collected()), []);
    it.e.edit_connection(&blob, |c| c["properties"]["groupIds"] = json!(["blob_secondary"]));
    assert_eq!(wanted(it.e.collected()), [account_list(&it.e)]);
    it.e.edit_connection(&second, |c| c["properties"]["groupIds"] = json!(["dfs_secondary"]));
    assert_eq!(wanted(it.e.collected()), []);
}

#[test]
fn other_group_ids_are_no_half() {
    for group in ["file", "queue", "web", "blob_secondary"] {
        let mut it = Direct::new();
        it.e.edit_connection(&it.pe.clone(), |c| c["properties"]["groupIds"] = json!([group]));
        assert_eq!(wanted(it.e.collected()), [], "{group}");
    }
}

#[test]
fn a_deep_run_asks_for_everything_once() {
    let mut it = Direct::new();
    let second = it.e.endpoint("second", &it.vnet, cosmos("cdb", "westeurope"));
    let all = topology(deep(it.e.collected())).wanted();
    let subscription = it.e.subscription_guid(HOME);
    let mut expected = vec![Want::Databricks { subscription }];
    for endpoint in [&it.pe, &second] {
        let target = it.e.target_id(endpoint);
        expected.push(Want::ZoneGroups { endpoint: endpoint.clone() });
        expected.push(Want::LinkResources { target: target.clone() });
        expected.push(Want::Target { target });
    }
    expected.sort();
    assert_eq!(all, expected);
    let mut collected = deep(it.e.collected());
    for want in &all {
        match want {
            Want::ZoneGroups { endpoint } => {
                collected.coverage.note_asked(Kind::PrivateDnsZoneGroups, endpoint)
            }
            Want::Target { target } => collected.coverage.note_asked(Kind::Targets, target),
            Want::LinkResources { target } => collected.coverage.note_asked(Kind::LinkResources, target),
            _ => collected.coverage.subscriptions[0].kinds.push(Kind::DatabricksWorkspaces),
        }
    }
    collected.coverage.normalise();
    assert_eq!(topology(collected).wanted(), []);
}

// What the answers mean.

fn gap(kind: Kind, resource: &ResourceId) -> Gap {
    Gap {
        subscription: resource.subscription().map(str::to_ascii_lowercase),
        kind,
        resource: Some(resource.clone()),
        status: Some(403),
        code: "AuthorizationFailed".into(),
        message: "no right".into(),
    }
}

fn held(collected: &mut Collected, value: &Value) {
    let id = ResourceId::new(value["id"].as_str().unwrap());
    collected.resources.retain(|resource| resource.id != id);
    collected.resources.push(Resource { id, json: value.to_string().into() });
}

fn names(topology: &Topology, target: &ResourceId) -> Option<Vec<String>> {
    match topology.connections_of(target) {
        Seen::Found(found) => Some(found.iter().map(|c| c.id.name().to_owned()).collect()),
        Seen::Absent | Seen::Unknown(_) => None,
    }
}

#[test]
fn there_gone_unread_and_never_asked_are_four_things() {
    let (mut e, _, target) = with(key_vault("kv"), "Pending");
    let never = topology(e.collected());
    assert!(!never.target_was_asked(&target));
    assert!(matches!(never.target(&target), Seen::Unknown(why) if why.gaps.is_empty()));
    let there = topology(read(&e));
    assert!(there.target_was_asked(&target) && there.target(&target).found().is_some());
    e.delete_target(&target);
    assert_eq!(topology(read(&e)).target(&target), Seen::Absent);
    assert!(matches!(topology(read(&e)).connections_of(&target), Seen::Absent));
    let mut unread = read(&e);
    unread.coverage.gaps.push(gap(Kind::Targets, &target));
    assert!(matches!(topology(unread).target(&target), Seen::Unknown(why) if why.gaps.len() == 1));
}

#[test]
fn a_body_that_cannot_be_read_is_no_absence() {
    for service in [key_vault("kv"), storage("acct", "file"), private_link_service("pls")] {
        let (e, _, target) = with(service, "Pending");
        let mut collected = e.collected();
        collected.coverage.note_asked(Kind::Targets, &target);
        collected.resources.push(Resource { id: target.clone(), json: "[]".into() });
        let topology = topology(collected);
        let seen = match Kind::of(&target) {
            Some(Kind::PrivateLinkServices) => topology.service(&target),
            _ => topology.target(&target),
        };
        assert!(matches!(seen, Seen::Unknown(_)), "{target}");
    }
}

#[test]
fn listed_connections_come_first_and_embedded_ones_stand_in() {
    let (e, _, target) = with(storage("acct", "file"), "Pending");
    let own =
        |name: &str| json!({"id": format!("{target}/privateEndpointConnections/{name}"), "properties": {}});
    let mut collected = read(&e);
    let mut body = e.target_object(&target);
    body["properties"]["privateEndpointConnections"] = json!([own("embedded")]);
    held(&mut collected, &body);
    assert_eq!(names(&topology(collected.clone()), &target), Some(vec!["pe.mirror".into()]));
    collected.coverage.gaps.push(gap(Kind::TargetConnections, &target));
    assert_eq!(names(&topology(collected.clone()), &target), Some(vec!["embedded".into()]));
    body["properties"].as_object_mut().unwrap().remove("privateEndpointConnections");
    held(&mut collected, &body);
    assert!(matches!(topology(collected).connections_of(&target), Seen::Unknown(_)));
}

#[test]
fn a_type_without_a_list_tells_its_connections_itself_or_not_at_all() {
    for service in [web_app("app"), cosmos("cdb", "westeurope"), key_vault("kv")] {
        let (e, _, target) = with(service, "Pending");
        let mut collected = e.collected();
        collected.coverage.note_asked(Kind::Targets, &target);
        collected.coverage.note_asked(Kind::TargetConnections, &target);
        let mut body = e.target_object(&target);
        held(&mut collected, &body);
        assert!(
            matches!(topology(collected.clone()).connections_of(&target), Seen::Absent),
            "it does not tell"
        );
        body["properties"]["privateEndpointConnections"] = json!([]);
        held(&mut collected, &body);
        assert_eq!(names(&topology(collected.clone()), &target), Some(Vec::new()));
        body["properties"]["privateEndpointConnections"] = json!([{"properties": {}}]);
        held(&mut collected, &body);
        assert!(matches!(topology(collected).connections_of(&target), Seen::Unknown(_)), "one without an id");
    }
}

#[test]
fn accounts_that_were_listed_are_there_or_not() {
    let mut it = Direct::new();
    let target = it.e.target_id(&it.pe);
    let there = topology(read(&it.e));
    assert!(there.target_was_asked(&target) && there.target(&target).found().is_some());
    // No endpoint leads to this one.
    let other = ResourceId::new(&format!("{target}other"));
    assert!(there.target_was_asked(&other) && there.target(&other) == Seen::Absent);
    it.e.delete_target(&target);
    assert_eq!(topology(read(&it.e)).target(&target), Seen::Absent);
    it.e.gap(Kind::StorageAccounts, HOME, 403, "AuthorizationFailed");
    let unread = topology(read(&it.e));
    assert!(matches!(unread.target(&target), Seen::Unknown(why) if why.gaps.len() == 1));
    assert!(unread.target_was_asked(&target));
}

#[test]
fn group_ids_are_told_or_not() {
    let (mut e, _, target) = with(key_vault("kv"), "Approved");
    e.link_resource(&target, "vault", &["privatelink.vaultcore.azure.net"]);
    assert!(matches!(topology(e.collected()).groups_of(&target), Seen::Unknown(_)));
    let mut collected = deep(e.collected());
    for value in e.answer(&Want::LinkResources { target: target.clone() }) {
        held(&mut collected, &value);
    }
    collected.coverage.note_asked(Kind::LinkResources, &target);
    let told = topology(collected.clone());
    let Seen::Found(groups) = told.groups_of(&target) else { panic!("{:?}", told.groups_of(&target)) };
    assert_eq!(groups[0].group_id.as_deref(), Some("vault"));
    collected.coverage.gaps.push(gap(Kind::LinkResources, &target));
    assert!(matches!(topology(collected).groups_of(&target), Seen::Unknown(_)));
}
