//! What is read for packs, in the oddities that a test can think of: one odd field costs no object, unless it would be
//! judged wrongly without it.

use super::*;

fn one(id: &str, json: &str) -> Inventory {
    let id = ResourceId::new(id);
    let json = json.replace("ID", id.as_str()).into();
    inventory(Collected { resources: vec![Resource { id, json }], ..Collected::default() })
}

fn network(kind: &str) -> String {
    format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/{kind}/x")
}

const VAULT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv";

#[test]
fn a_project_has_no_properties_and_leaves_no_gap() {
    let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Migrate/MigrateProjects/p";
    for json in [r#"{"id":"ID","location":"westeurope"}"#, r#"{"id":"ID","location":null,"properties":7}"#] {
        let read = one(id, json);
        assert_eq!((read.targets.len(), read.coverage.gaps.len()), (1, 0), "{json}");
    }
}

#[test]
fn a_vault_is_a_target_and_a_vault() {
    let read = one(
        VAULT,
        r#"{"id":"ID","properties":{"enableRbacAuthorization":"false","publicNetworkAccess":"Disabled",
            "accessPolicies":[{"objectId":"o","permissions":{"storage":["Get"],"keys":null}}]}}"#,
    );
    let vault = &read.key_vaults[0];
    assert_eq!((vault.rbac, vault.access_policies.len()), (Some(false), 1));
    assert_eq!(vault.access_policies[0].permissions, [("storage", "Get".into())]);
    assert_eq!(read.targets[0].public_network_access.as_deref(), Some("Disabled"));
    // What an odd policy permits nobody knows; that the vault is there everybody does.
    let odd = one(VAULT, r#"{"id":"ID","properties":{"accessPolicies":[7]}}"#);
    assert_eq!((odd.key_vaults.len(), odd.targets.len(), odd.coverage.gaps.len()), (0, 1, 1));
}

#[test]
fn a_circuit_is_kept_without_what_nobody_judges_by() {
    let id = network("expressRouteCircuits");
    let read = one(
        &id,
        r#"{"id":"ID","location":7,"properties":{"circuitProvisioningState":"Enabled",
            "expressRoutePort":{"id":"/p"},"peerings":[{"name":"MicrosoftPeering","properties":{
            "peeringType":"MicrosoftPeering","state":"Enabled","routeFilter":{"id":"/f"}}}]}}"#,
    );
    let circuit = &read.circuits[0];
    assert!(circuit.direct && circuit.provider_state.is_none() && circuit.location.is_none());
    assert_eq!(circuit.peerings[0].route_filter, Some(ResourceId::new("/f")));
    assert_eq!(read.coverage.gaps.len(), 1);
    for odd in [r#"{"peerings":[7]}"#, r#"{"peerings":[{"properties":{"routeFilter":7}}]}"#] {
        let read = one(&id, &format!(r#"{{"id":"ID","properties":{odd}}}"#));
        assert_eq!((read.circuits.len(), read.coverage.gaps.len()), (0, 1), "{odd}");
    }
}

#[test]
fn a_filter_with_an_odd_rule_is_not_judged_by_the_rest() {
    let id = network("routeFilters");
    let read = one(
        &id,
        r#"{"id":"ID","properties":{"rules":[{"name":"r","properties":{"access":"Allow","communities":["1:2"]}}]}}"#,
    );
    assert_eq!(read.route_filters[0].rules[0].communities, ["1:2".into()]);
    for odd in [r#"[{"properties":{"communities":["1:2",7]}}]"#, "[7]", "7"] {
        let odd = one(&id, &format!(r#"{{"id":"ID","properties":{{"rules":{odd}}}}}"#));
        assert_eq!((odd.route_filters.len(), odd.coverage.gaps.len()), (0, 1));
    }
}

#[test]
fn communities_lie_in_no_subscription_and_never_leave_a_gap() {
    let id = "/subscriptions//resourceGroups//providers/Microsoft.Network/bgpServiceCommunities/AzureEastUS";
    for (json, found) in [
        (r#"{"bgpCommunities":[{"communityName":"Azure East US","communityValue":"12076:51004"},7,{}]}"#, 1),
        (r#"{"bgpCommunities":7}"#, 0),
        ("7", 0),
    ] {
        let read = one(id, &format!(r#"{{"id":"ID","properties":{json}}}"#));
        assert_eq!(read.service_communities[0].communities.len(), found, "{json}");
        assert!(read.coverage.gaps.is_empty(), "{json}");
    }
}

#[test]
fn a_role_says_where_it_holds() {
    let id = "/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/r";
    let read = one(
        id,
        r#"{"id":"ID","properties":{"principalId":"p","roleDefinitionId":"/d/x","scope":"/subscriptions/s"}}"#,
    );
    let role = &read.role_assignments[0];
    assert_eq!(role.scope, Some(ResourceId::new("/subscriptions/s")));
    assert_eq!(role.role_definition.as_ref().map(ResourceId::name), Some("x"));
}
