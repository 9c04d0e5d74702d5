use serde_json::{Value, json};

use super::*;
use crate::inventory::{Kind, Role, SubscriptionCoverage};

const HOME: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
const ENDPOINT_GUID: &str = "AAAAAAAA-4F89-11D3-9A0C-0305E82C3301";

fn id(rest: &str) -> String {
    format!("/subscriptions/{HOME}/resourceGroups/{rest}")
}

fn resource(value: Value) -> Resource {
    Resource { id: ResourceId::new(value["id"].as_str().unwrap()), json: value.to_string().into() }
}

fn estate(resources: Vec<Value>) -> Collected {
    Collected { resources: resources.into_iter().map(resource).collect(), ..Collected::default() }
}

/// The redaction of an estate and its resources by their place.
fn redacted(resources: Vec<Value>) -> (Redaction, Vec<Value>) {
    let collected = estate(resources);
    let redaction = Redaction::of(&collected).unwrap();
    let made = collected.resources.iter().map(|one| document::resource(&mut &redaction.0, one));
    let read = made.map(|one| serde_json::from_str(&one.json).unwrap()).collect();
    (redaction, read)
}

/// The only resource with these properties.
fn with(kind: &str, properties: Value) -> (Redaction, Value) {
    let id = id(&format!("rg/providers/Microsoft.Network/{kind}"));
    let (redaction, mut made) = redacted(vec![json!({"id": id, "properties": properties})]);
    (redaction, made.remove(0)["properties"].take())
}

#[test]
fn ids_keep_what_holds_them_together() {
    let id = id("Contoso-RG/providers/Microsoft.Network/virtualNetworks/Contoso.Hub/subnets/GatewaySubnet");
    let (redaction, made) = redacted(vec![json!({"id": id})]);
    let expected = "/subscriptions/00000001-0000-4000-8000-000000000000/resourceGroups/n0002-x/providers/\
                    Microsoft.Network/virtualNetworks/n0001.n0003/subnets/GatewaySubnet";
    assert_eq!(made[0]["id"], expected);
    assert_eq!(redaction.id(&id.to_uppercase()).to_lowercase(), expected.to_lowercase(), "case says nothing");
    assert_eq!(redaction.id(&format!("{id}/")), format!("{expected}/"));
}

#[test]
fn types_of_others_than_microsoft_are_names() {
    let unknown = id("rg/providers/Contoso.Things/widgets/w");
    let custom = id("rg/providers/Microsoft.CustomProviders/resourceProviders/p/contosoThings/w");
    let (_, made) = redacted(vec![json!({"id": unknown}), json!({"id": custom})]);
    let text = format!("{made:?}").to_lowercase();
    assert!(!text.contains("contoso") && !text.contains("widgets"), "{text}");
    assert!(text.contains("/microsoft.customproviders/resourceproviders/n"), "{text}");
}

#[test]
fn a_name_is_the_same_wherever_it_stands() {
    let (redaction, made) = with(
        "privateEndpoints/pe-data",
        json!({
            "customDnsConfigs": [{"fqdn": "CONTOSODATA.blob.core.windows.net.", "ipAddresses": ["10.0.0.4"]}],
            "privateLinkServiceConnections": [{"name": "pe-data", "properties": {
                "privateLinkServiceId": id("rg/providers/Microsoft.Storage/storageAccounts/contosodata"),
                "groupIds": ["blob"]}}],
        }),
    );
    let name = redaction.name("contosodata");
    assert_eq!(made["customDnsConfigs"][0]["fqdn"], format!("{name}.blob.core.windows.net."));
    let connection = &made["privateLinkServiceConnections"][0]["properties"];
    assert!(connection["privateLinkServiceId"].as_str().unwrap().ends_with(&format!("/{name}")));
    assert_eq!(connection["groupIds"], json!(["blob"]));
    assert_eq!(made["customDnsConfigs"][0]["ipAddresses"], json!(["10.0.0.4"]));
}

#[test]
fn names_that_azure_makes_of_names_stay_made_of_them() {
    let site = id("rg/providers/Microsoft.Web/sites/contosoapp/slots/green");
    let account = id("rg/providers/Microsoft.Storage/storageAccounts/contosodata");
    let (redaction, _) = redacted(vec![json!({"id": site}), json!({"id": account})]);
    let of = |name: &str| redaction.name(name);
    assert_eq!(of("contosoapp-green"), format!("{}-{}", of("contosoapp"), of("green")));
    assert_eq!(of("contosodata-secondary"), format!("{}-secondary", of("contosodata")));
    assert!(!of("contosodata").contains("data"));
}

#[test]
fn what_rules_know_a_name_by_stays() {
    let of_type = |kind: &str| id(&format!("rg/providers/{kind}"));
    let network = of_type("Microsoft.Network/virtualNetworks/v");
    let managed = id("vnet-Contoso-rg/providers/Microsoft.Network/privateEndpoints/contosofactory.sql");
    let (redaction, _) = redacted(vec![
        json!({"id": of_type("Microsoft.Storage/storageAccounts/migratelsacontoso")}),
        json!({"id": format!("{network}/virtualNetworkPeerings/RemoteVnetToHubPeering_contoso")}),
        json!({"id": managed}),
        json!({"id": of_type("Microsoft.Network/privateDnsZones/privatelink-contoso.example")}),
        json!({"id": of_type("Microsoft.Network/virtualNetworks/lsanetwork")}),
    ]);
    for (name, start, end) in [
        ("migratelsacontoso", "migratelsan", ""),
        ("RemoteVnetToHubPeering_contoso", "remotevnettohubpeering_n", "-x"),
        ("vnet-contoso-rg", "vnet-n", "-rg"),
        ("privatelink-contoso", "privatelink-n", "-x"),
        ("lsanetwork", "n", ""),
    ] {
        let made = redaction.name(name);
        assert!(made.starts_with(start) && made.ends_with(end), "{name} became {made}");
        assert!(!made.contains("contoso") && !made.contains("network"), "{name} became {made}");
    }
}

#[test]
fn stand_ins_are_as_fit_for_a_label_as_the_name() {
    let names = ["contoso", "contoso-1", "1contoso", "contoso_x", "contoso x", "contoşo"];
    let resources = names.map(|name| json!({"id": id(&format!("rg/providers/Microsoft.Web/sites/{name}"))}));
    let (redaction, _) = redacted(resources.to_vec());
    let ends = names.map(|name| {
        redaction.name(name).trim_start_matches(['n', '0', '1', '2', '3', '4', '5', '6', '7']).to_owned()
    });
    assert_eq!(ends, ["", "-x", "-x", "-x", "~", "~"]);
    for kept in ["*", "@", "", "default", "nic", "privatelink", "z20", "westeurope", "10.1.2.3"] {
        assert_eq!(redaction.name(kept), kept);
    }
    assert_eq!(redaction.name("app.2.azurestaticapps.net").split('.').nth(1), Some("2"));
}

#[test]
fn addresses_in_names_are_no_numbers() {
    let names = ["20.50.3.4", "4.3.50.20.in-addr.arpa", "host.20.50.3.4"];
    let resources = names
        .map(|name| json!({"id": id(&format!("rg/providers/Microsoft.Network/privateDnsZones/{name}"))}));
    let (_, made) = redacted(resources.to_vec());
    let text = format!("{made:?}");
    assert!(!text.contains("50.") && !text.contains("20.50") && !text.contains(".20."), "{text}");
    assert!(text.contains(".arpa"));
}

#[test]
fn records_keep_who_wrote_them() {
    let creators = |creator: &str| {
        let properties = json!({"metadata": {"creator": creator, "secret": "contoso"}, "aRecords": []});
        let (redaction, made) = with("privateDnsZones/contoso.example/A/pe-1", properties);
        assert_eq!(made["metadata"].as_object().unwrap().len(), 1, "{made}");
        (redaction, made["metadata"]["creator"].as_str().unwrap().to_owned())
    };
    let (redaction, made) =
        creators(&format!("created by private endpoint PE-1 with resource guid {ENDPOINT_GUID}"));
    let expected = format!(
        "created by private endpoint {} with resource guid {}",
        redaction.name("pe-1"),
        redaction.name(&ENDPOINT_GUID.to_lowercase())
    );
    assert_eq!(made, expected);
    let (redaction, made) = creators("created by private endpoint pe-1");
    assert_eq!(made, format!("created by private endpoint {}", redaction.name("pe-1")));
    assert_eq!(creators("created by private endpoint").1, "created by private endpoint");
    let (_, made) = creators("contoso's Terraform");
    assert!(made.starts_with("redacted-") && !made.contains("contoso"), "{made}");
}

#[test]
fn aliases_keep_their_parts() {
    let alias = format!("contosopls.{HOME}.westeurope.azure.privatelinkservice");
    let (redaction, made) = with("privateLinkServices/contosopls", json!({"alias": alias}));
    let expected = format!(
        "{}.{}.westeurope.azure.privatelinkservice",
        redaction.name("contosopls"),
        redaction.name(HOME)
    );
    assert_eq!(made["alias"], expected);
}

#[test]
fn group_ids_may_end_in_names() {
    let group = |group: &str| with("privateEndpoints/pe", json!({"groupIds": [group]}));
    for known in ["blob", "sqlServer", "SITES", "blob_secondary"] {
        assert_eq!(group(known).1["groupIds"], json!([known]));
    }
    let (redaction, made) = group("sites-contoso");
    assert_eq!(made["groupIds"], json!([format!("sites-{}", redaction.name("contoso"))]));
    let (redaction, made) = group("contosogroup");
    assert_eq!(made["groupIds"], json!([redaction.name("contosogroup")]));
}

#[test]
fn only_known_states_tags_and_ports_stay() {
    let rule = |properties: Value| json!({"name": "contoso-rule", "properties": properties});
    let (_, made) = with(
        "networkSecurityGroups/nsg",
        json!({"securityRules": [rule(json!({
            "access": "Deny",
            "direction": "contoso",
            "protocol": "*",
            "priority": "100",
            "sourceAddressPrefixes": ["VirtualNetwork", "Storage.WestEurope", "contoso", "10.0.0.0/8", "0.0.0.0/0"],
            "destinationPortRange": "443-445",
            "destinationPortRanges": ["contoso"],
            "sourcePortRange": "*",
            "sourcePortRanges": ["1024-65535", "contoso"],
            "description": "contoso",
        }))]}),
    );
    let rule = &made["securityRules"][0]["properties"];
    assert_eq!(
        (&rule["access"], &rule["protocol"], &rule["priority"]),
        (&json!("Deny"), &json!("*"), &json!("100"))
    );
    let sources = rule["sourceAddressPrefixes"].as_array().unwrap();
    assert_eq!((&sources[0], &sources[1]), (&json!("VirtualNetwork"), &json!("Storage.WestEurope")));
    assert_eq!((&sources[3], &sources[4]), (&json!("10.0.0.0/8"), &json!("0.0.0.0/0")));
    assert_eq!(rule["destinationPortRange"], "443-445");
    assert_eq!((&rule["sourcePortRange"], &rule["sourcePortRanges"][0]), (&json!("*"), &json!("1024-65535")));
    assert!(!made.to_string().contains("contoso"), "{made}");
}

#[test]
fn tags_keep_their_number_and_what_is_the_same_in_them() {
    let id = id("rg/providers/Microsoft.Network/virtualNetworks/v");
    let (redaction, made) = redacted(vec![json!({"id": id, "tags": {
        "contoso-owner": "Jane Doe <jane@contoso.com>", "team": "contoso", "was": "contoso", "none": "",
        "databricks-environment": "true", "application": "contoso", "odd": {"contoso": ["contoso"]}, "n": 7}})]);
    let tags = made[0]["tags"].as_object().unwrap();
    assert_eq!(tags.len(), 8);
    assert_eq!(tags[&redaction.name("team")], tags[&redaction.name("was")]);
    assert_eq!(tags[&redaction.name("none")], "");
    assert_eq!(tags["databricks-environment"], "true");
    assert_eq!(tags[&redaction.name("n")], 0, "a number may be anybody's");
    let text = made[0].to_string().to_lowercase();
    assert!(["contoso", "jane", "application"].iter().all(|told| !text.contains(told)), "{text}");
}

#[test]
fn what_nobody_reads_is_left_out() {
    let (_, made) = with(
        "virtualNetworks/v",
        json!({"contosoField": "contoso", "subnets": [{"id": "/x", "etag": "contoso", "contoso": {"id": "/contoso"}}]}),
    );
    assert_eq!(made.to_string().matches("contoso").count(), 0, "{made}");
    assert_eq!(made["subnets"][0].as_object().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_read_cannot_be_read_afterwards() {
    let twice = r#"{"id":"/subscriptions/s","displayName":"contoso","displayName":"contoso"}"#;
    let deep = format!(r#"{{"id":"/subscriptions/s","properties":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let surrogate = r#"{"id":"/subscriptions/s","displayName":"\ud800contoso"}"#;
    for (json, expected) in [(twice, 1), (&deep, 0), (surrogate, 1), ("[]", 1), ("contoso", 1)] {
        let one = Resource { id: ResourceId::new("/subscriptions/s"), json: json.into() };
        let collected = Collected { resources: vec![one], ..Collected::default() };
        let made = Redaction::of(&collected).unwrap().redacted(&collected);
        assert!(!made.resources[0].json.contains("contoso"), "{}", made.resources[0].json);
        let gaps = |collected| crate::inventory::wire::inventory(collected).coverage.gaps.len();
        assert_eq!((gaps(collected), gaps(made)), (expected, expected), "{json}");
    }
}

#[test]
fn scope_coverage_and_gaps_are_redacted_too() {
    let mut collected = estate(Vec::new());
    collected.origin.tenant_id = Some("contoso.onmicrosoft.com".to_owned());
    collected.origin.scope.subscriptions = vec![HOME.to_owned()];
    collected.origin.scope.resource_groups = vec!["Contoso-RG".to_owned()];
    collected.origin.scope.context_subscriptions = vec!["contoso hub".to_owned()];
    collected.coverage.subscriptions = vec![SubscriptionCoverage {
        id: HOME.to_owned(),
        role: Role::Audited,
        kinds: vec![Kind::RecordSets],
    }];
    let gap = |code: &str, message: &str| Gap {
        subscription: Some(HOME.to_owned()),
        kind: Kind::RecordSets,
        resource: Some(ResourceId::new(&id("contoso-rg"))),
        status: Some(403),
        code: code.to_owned(),
        message: message.to_owned(),
    };
    collected.coverage.gaps = vec![
        gap("AuthorizationFailed", "contoso may not"),
        gap("AuthorizationFailed", "contoso may not either"),
        gap("ContosoCode", ""),
    ];
    collected.coverage.unrelated_zones = vec![ResourceId::new(&id("contoso-rg"))];
    collected.coverage.note_asked(Kind::Targets, &ResourceId::new(&id("contoso-rg")));
    let redaction = Redaction::of(&collected).unwrap();
    let made = redaction.redacted(&collected);
    let text = format!("{made:?}").to_lowercase();
    assert!(!text.contains("contoso") && !text.contains(HOME), "{text}");
    assert_eq!(made.coverage.gaps.len(), 3);
    assert_eq!(made.coverage.gaps[0].code, "AuthorizationFailed");
    assert_eq!(made.coverage.subscriptions[0].id, made.origin.scope.subscriptions[0]);
    assert_eq!(made.origin.scope.resource_groups, [redaction.name("contoso-rg")]);
    assert!(made.origin.redacted);
}

#[test]
fn ids_sort_as_they_did() {
    let group = |group: &str| json!({"id": id(&format!("{group}/providers/Microsoft.Web/sites/x"))});
    let groups = ["hub", "hub-dns", "hub-dns-2", "spoke", "a"];
    let collected = estate(groups.map(group).to_vec());
    let mut sorted: Vec<&ResourceId> = collected.resources.iter().map(|one| &one.id).collect();
    sorted.sort();
    let redaction = Redaction::of(&collected).unwrap();
    let made: Vec<ResourceId> = sorted.iter().map(|id| ResourceId::new(&redaction.id(id.as_str()))).collect();
    assert!(made.is_sorted(), "{sorted:?} became {made:?}");
}

#[test]
fn no_stand_in_looks_like_a_name_of_the_estate() {
    let (redaction, _) = redacted(vec![
        json!({"id": id("n0001/providers/Microsoft.Web/sites/x0002")}),
        json!({"id": "/subscriptions/00000001-0000-4000-8000-000000000000"}),
    ]);
    assert!(redaction.name("n0001").starts_with('k'), "{}", redaction.name("n0001"));
    assert_eq!(
        redaction.name("00000001-0000-4000-8000-000000000000"),
        "00000001-0001-4000-8000-000000000000"
    );
}

#[test]
fn vaults_and_namespaces_of_a_migration_are_known_by_their_names() {
    let of_type = |kind: &str| json!({"id": id(&format!("rg/providers/{kind}"))});
    let (redaction, _) = redacted(vec![
        of_type("Microsoft.KeyVault/vaults/migratekvcontoso"),
        of_type("Microsoft.KeyVault/vaults/contoso-kv"),
        of_type("Microsoft.KeyVault/vaults/contosovault"),
        of_type("Microsoft.RecoveryServices/vaults/Contoso-MigrateVault-7"),
        of_type("Microsoft.ServiceBus/namespaces/migratelsacontoso"),
    ]);
    for (name, start, end) in [
        ("migratekvcontoso", "migratekvn", ""),
        ("contoso-kv", "n", "kv"),
        ("contosovault", "n", ""),
        ("contoso-migratevault-7", "migratevaultn", ""),
        ("migratelsacontoso", "migratelsan", ""),
    ] {
        let made = redaction.name(name);
        assert!(
            made.starts_with(start) && made.ends_with(end) && !made.contains("contoso"),
            "{name}: {made}"
        );
    }
}

#[test]
fn roles_that_rules_know_stay_and_others_do_not() {
    let [owner, _] = crate::inventory::REGISTERING_ROLES;
    let role = |role: &str| format!("/providers/Microsoft.Authorization/roleDefinitions/{role}");
    let (redaction, made) = redacted(vec![json!({
        "id": format!("/subscriptions/{HOME}/providers/Microsoft.Authorization/roleAssignments/{ENDPOINT_GUID}"),
        "properties": {"principalId": owner, "roleDefinitionId": role(owner), "scope": "/"},
    })]);
    let properties = &made[0]["properties"];
    assert_eq!(properties["roleDefinitionId"], role(owner));
    assert_ne!(properties["principalId"], owner, "it is a role by its place alone");
    assert_eq!(properties["scope"], "/");
    assert_eq!(redaction.id(&role(ENDPOINT_GUID)), role(&redaction.name(ENDPOINT_GUID)));
}

#[test]
fn communities_stay_where_they_are_microsoft_s() {
    let (redaction, made) = with(
        "bgpServiceCommunities/AzureWestEurope",
        json!({"bgpCommunities": [
            {"communityName": "Azure West Europe", "communityValue": "12076:51002", "communityPrefixes": ["20.50.0.0/16"]},
            {"communityName": "Azure Contosoland", "communityValue": "64500:1"},
        ]}),
    );
    let community = |at: usize, key: &str| made["bgpCommunities"][at][key].as_str().unwrap().to_owned();
    assert_eq!(
        (&*community(0, "communityName"), &*community(0, "communityValue")),
        ("Azure West Europe", "12076:51002")
    );
    assert_eq!(community(1, "communityName"), format!("azure{}", redaction.name("contosoland")));
    assert!(!made.to_string().contains("64500") && !made.to_string().contains("20.50"), "{made}");
    let listed =
        "/subscriptions//resourceGroups//providers/Microsoft.Network/bgpServiceCommunities/AzureWestEurope";
    assert_eq!(redaction.id(listed), listed);
}

#[test]
fn what_was_measured_stays_but_for_the_address() {
    let endpoint = id("rg/providers/Microsoft.Network/privateEndpoints/contoso");
    let answer = json!({"id": format!("{endpoint}/providers/Microsoft.Insights/metrics/plaudit-nat-ports"),
        "starttime": "2026-01-08T07:00:00Z", "endtime": "contoso", "interval": "PT6H",
        "value": [{"name": {"value": "PLSNatPortsUsage", "localizedValue": "contoso"}, "timeseries": [{
            "metadatavalues": [{"name": {"value": "contoso"}, "value": "20.50.3.4"}],
            "data": [{"timeStamp": "2026-01-08T13:00:00Z", "maximum": 91.5}]}]}]});
    let (redaction, made) = redacted(vec![answer]);
    let made = &made[0];
    let expected =
        format!("{}/providers/Microsoft.Insights/metrics/plaudit-nat-ports", redaction.id(&endpoint));
    assert_eq!(made["id"], expected);
    assert_eq!((&made["starttime"], &made["endtime"]), (&json!("2026-01-08T07:00:00Z"), &json!("redacted")));
    assert_eq!(made["value"][0]["name"], json!({"value": "PLSNatPortsUsage"}));
    let series = &made["value"][0]["timeseries"][0];
    assert_eq!(series["data"][0], json!({"timeStamp": "2026-01-08T13:00:00Z", "maximum": 91.5}));
    assert_eq!(series["metadatavalues"][0]["value"], redaction.name("20.50.3.4"));
    assert!(!made.to_string().contains("contoso") && !made.to_string().contains("20.50"), "{made}");
}

#[test]
fn policies_keep_who_may_do_what_without_telling_who() {
    let policies = json!([{"objectId": ENDPOINT_GUID, "tenantId": HOME, "applicationId": HOME,
        "permissions": {"secrets": ["Get", "contoso"], "storage": ["all"]}}]);
    let (redaction, made) = with(
        "virtualNetworks/v",
        json!({"accessPolicies": policies, "networkAcls": {"bypass": "Logging, AzureServices",
            "ipRules": [{"value": "20.50.3.4"}], "virtualNetworkRules": [{"id": "/subscriptions/contoso"}]}}),
    );
    let policy = &made["accessPolicies"][0];
    assert_eq!(policy["objectId"], redaction.name(&ENDPOINT_GUID.to_lowercase()));
    assert_eq!(policy["permissions"]["secrets"], json!(["Get", redaction.name("contoso")]));
    assert_eq!(policy["permissions"]["storage"], json!(["all"]));
    assert_eq!(made["networkAcls"]["bypass"], "Logging,AzureServices");
    assert_eq!(
        (&made["networkAcls"]["ipRules"], &made["networkAcls"]["virtualNetworkRules"]),
        (&json!([{}]), &json!([{}]))
    );
}

#[test]
fn the_identity_of_an_appliance_is_the_same_in_the_scope() {
    let mut collected = estate(Vec::new());
    collected.origin.scope.appliance = Some(ENDPOINT_GUID.to_lowercase());
    collected.origin.scope.packs = crate::inventory::Pack::ALL.to_vec();
    let redaction = Redaction::of(&collected).unwrap();
    let scope = redaction.redacted(&collected).origin.scope;
    assert_eq!(scope.appliance, Some(redaction.name(ENDPOINT_GUID)));
    assert_ne!(scope.appliance, collected.origin.scope.appliance);
    assert_eq!(scope.packs, collected.origin.scope.packs);
}
