use super::*;

#[test]
fn without_fqdns_the_row_speaks() {
    let storage = "Microsoft.Storage/storageAccounts";
    let found = unobserved_on(Cloud::AzureCloud, storage, "blob", "Acct");
    assert_eq!((found.selection, found.certainty), (Selection::Single, Certainty::High));
    assert_eq!(texts(&found.zones), ["privatelink.blob.core.windows.net"]);
    assert_eq!(fqdns(&found.names), ["acct.blob.core.windows.net"]);
    assert_eq!(found.names[0].alias, "acct.privatelink.blob.core.windows.net");
    let found = unobserved_on(Cloud::AzureCloud, storage, "blob_secondary", "acct");
    assert_eq!(fqdns(&found.names), ["acct-secondary.blob.core.windows.net"]);
    // The zone number of a static website cannot be known.
    assert_eq!(unobserved_on(Cloud::AzureCloud, storage, "web", "acct").names, []);

    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.KeyVault/vaults", "vault", "kv");
    assert_eq!(fqdns(&found.names), ["kv.vault.azure.net"]);
    assert_eq!(found.names[0].record, "kv");

    let aml = "Microsoft.MachineLearningServices/workspaces";
    let found = unobserved_on(Cloud::AzureCloud, aml, "amlworkspace", "ws");
    assert_eq!(found.selection, Selection::All);
    assert_eq!(texts(&found.zones), ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"]);
    assert_eq!(found.names, []);
}

#[test]
fn without_fqdns_open_zones_are_patterns() {
    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.Kusto/clusters", "cluster", "cl");
    assert_eq!(found.selection, Selection::ByFqdn);
    let open: Vec<_> = found.zones.iter().filter(|zone| zone.concrete().is_none()).collect();
    assert_eq!(open.len(), 1);
    assert!(open[0].matches("privatelink.westeurope.kusto.windows.net"));
    assert!(!open[0].matches("privatelink.kusto.windows.net"));

    let aks = "Microsoft.ContainerService/managedClusters";
    let found = unobserved_on(Cloud::AzureCloud, aks, "management", "c");
    assert_eq!(found.selection, Selection::Either);
    assert!(found.at_most_info);
    assert!(found.zones.iter().any(|zone| zone.matches("guid.privatelink.eastus.azmk8s.io")));

    // Two services under one type and group: either may be meant.
    let redis = "Microsoft.Cache/redisEnterprise";
    let found = unobserved_on(Cloud::AzureCloud, redis, "redisEnterprise", "c");
    assert_eq!(found.selection, Selection::ByFqdn);
    let expected = ["privatelink.redisenterprise.cache.azure.net", "privatelink.redis.azure.net"];
    assert_eq!(texts(&found.zones), expected);

    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.Batch/batchAccounts", "batchAccount", "b");
    assert_eq!(found.selection, Selection::Single);
    assert_eq!(texts(&found.zones), ["privatelink.batch.azure.com"]);
    assert_eq!(texts(&found.legacy_zones), ["{regionName}.privatelink.batch.azure.com"]);
}

#[test]
fn a_blank_fqdn_is_none() {
    let table = table(Cloud::AzureCloud);
    let needs = |fqdns: &[&str]| table.needs("Microsoft.KeyVault/vaults", "vault", "kv", fqdns);
    assert_eq!(needs(&["", " "]), needs(&[]));
    assert_eq!(needs(&["", "kv.vault.azure.net"]), needs(&["kv.vault.azure.net"]));
}

#[test]
fn a_slot_has_its_own_names() {
    let staging = ["app-staging.azurewebsites.net", "app-staging.scm.azurewebsites.net"];
    let production = ["app.azurewebsites.net", "app.scm.azurewebsites.net"];
    for (resource_type, group_id, target, expected) in [
        ("Microsoft.Web/sites", "sites", "app", production),
        ("Microsoft.Web/sites", "sites-staging", "app", staging),
        ("Microsoft.Web/sites", "sites-Staging", "App/slots/Staging", staging),
        ("Microsoft.Web/sites/slots", "sites", "app/slots/staging", staging),
    ] {
        let found = unobserved_on(Cloud::AzureCloud, resource_type, group_id, target);
        assert_eq!(fqdns(&found.names), expected, "{resource_type} {group_id} {target}");
    }
    // The slot is known, but the row knows no slots: better no name than the production app's.
    let found = unobserved_on(Cloud::AzureCloud, "Microsoft.Web/sites", "sites", "app/slots/staging");
    assert_eq!(found.names, []);
}

#[test]
fn a_target_name_that_is_no_label_gives_no_names() {
    for odd in ["", "a.b", "a b", "ä", "*", "{slot}", "/", "a/slots/"] {
        let found = unobserved_on(Cloud::AzureCloud, "Microsoft.KeyVault/vaults", "vault", odd);
        assert_eq!(found.names, [], "{odd}");
    }
}
