//! Commands about what Azure Migrate and ExpressRoute take.

use super::{name, place, quote};
use crate::inventory::{ResourceId, RouteFilter};

fn update_account(account: &ResourceId, change: &str) -> String {
    format!("az storage account update {} -n {} {change}", place(account), name(account))
}

/// Makes a general-purpose v2 account of an older one.
pub(in crate::rules) fn upgrade_account(account: &ResourceId) -> String {
    update_account(account, "--set kind=StorageV2 --access-tier Hot")
}

/// Opens an account to the services that Azure trusts, beside those that its rules let pass already (`bypass`, as Azure
/// writes it); `deny` shuts everybody else out.
pub(in crate::rules) fn open_to_azure(account: &ResourceId, bypass: &str, deny: bool) -> String {
    let passes = |who: &&str| bypass.split(',').any(|own| own.trim().eq_ignore_ascii_case(who));
    let kept = ["Logging", "Metrics"].into_iter().filter(passes);
    // The option sets the whole list.
    let all: Vec<&str> = kept.chain(["AzureServices"]).collect();
    let deny = if deny { "--default-action Deny " } else { "" };
    update_account(account, &format!("--public-network-access Enabled {deny}--bypass {}", all.join(" ")))
}

/// Opens an account to everybody who has a key or a token.
pub(in crate::rules) fn open_to_internet(account: &ResourceId) -> String {
    update_account(account, "--public-network-access Enabled --default-action Allow")
}

/// Makes an endpoint for an account's blobs; where, is for a person to say.
pub(in crate::rules) fn create_blob_endpoint(account: &ResourceId) -> String {
    format!(
        "az network private-endpoint create {} -n {} --subnet '<subnet-id>' --private-connection-resource-id {} --group-id blob --connection-name {}",
        place(account),
        quote(&format!("pe-{}-blob", account.name())),
        quote(account.as_str()),
        quote(&format!("pe-{}-blob", account.name())),
    )
}

/// Gives an identity permissions on what a key vault holds, beside those it has.
pub(in crate::rules) fn set_vault_policy(vault: &ResourceId, object: &str, permissions: &str) -> String {
    format!(
        "az keyvault set-policy {} -n {} --object-id {} {permissions}",
        place(vault),
        name(vault),
        quote(object)
    )
}

/// Gives an identity a role in a subscription.
pub(in crate::rules) fn assign_role(object: &str, role: &str, subscription: &str) -> String {
    format!(
        "az role assignment create --assignee {} --role {} --scope {}",
        quote(object),
        quote(role),
        quote(&format!("/subscriptions/{subscription}"))
    )
}

/// Lets communities through a route filter, which can have one rule alone (Azure docs: "Configure route filters for
/// Microsoft peering"): with the whole list where that rule is there, else with a rule of its own. The list is set as a
/// whole, so that it must name all that is lacking: of two commands that each add one, the second undoes the first.
pub(in crate::rules) fn allow_communities(filter: &RouteFilter, lacking: &[&str]) -> String {
    let at = format!("{} --filter-name {}", place(&filter.id), name(&filter.id));
    match filter.rules.first() {
        Some(rule) => {
            let denies = rule.access.as_deref().is_some_and(|access| access.eq_ignore_ascii_case("Deny"));
            // What it denied is not to be let through with the rest.
            let (own, access) = match denies {
                true => (&[][..], "--access Allow "),
                false => (&rule.communities[..], ""),
            };
            let all: Vec<String> =
                own.iter().map(|own| quote(own)).chain(lacking.iter().map(|one| quote(one))).collect();
            format!(
                "az network route-filter rule update {at} -n {} {access}--communities {}",
                quote(&rule.name),
                all.join(" ")
            )
        }
        None => {
            let all: Vec<String> = lacking.iter().map(|one| quote(one)).collect();
            format!(
                "az network route-filter rule create {at} -n allow --access Allow --communities {}",
                all.join(" ")
            )
        }
    }
}

/// Changes the Microsoft peering of a circuit.
pub(in crate::rules) fn update_peering(circuit: &ResourceId, peering: &str, change: &str) -> String {
    format!(
        "az network express-route peering update {} --circuit-name {} -n {} {change}",
        place(circuit),
        name(circuit),
        quote(peering),
    )
}

/// Shows how far a circuit is.
pub(in crate::rules) fn show_circuit(circuit: &ResourceId) -> String {
    format!(
        "az network express-route show {} -n {} --query \"{{circuit:circuitProvisioningState,provider:serviceProviderProvisioningState,key:serviceKey}}\" -o jsonc",
        place(circuit),
        name(circuit),
    )
}
