//! By which BGP community a region's routes are told: the management API's own list, else rules/communities.toml.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::inventory::Inventory;

const TABLE: &str = include_str!("../../../rules/communities.toml");

/// The communities of one cloud.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCloud {
    entra: Option<String>,
    #[serde(default)]
    regional: BTreeMap<String, String>,
    #[serde(default)]
    storage: BTreeMap<String, String>,
}

fn table() -> &'static BTreeMap<String, OfCloud> {
    static PARSED: OnceLock<BTreeMap<String, OfCloud>> = OnceLock::new();
    // The tests hold the file to what can be read; without it no region is known, which is said where it matters.
    PARSED.get_or_init(|| toml::from_str(TABLE).unwrap_or_default())
}

/// What is known of one cloud's communities, and what the management API told.
pub struct Communities<'a> {
    inventory: &'a Inventory,
    own: Option<&'static OfCloud>,
}

impl<'a> Communities<'a> {
    /// Those of the inventory's cloud.
    pub fn of(inventory: &'a Inventory) -> Self {
        Communities { inventory, own: table().get(inventory.origin.cloud.name()) }
    }

    /// The community of Microsoft Entra ID, where it is known.
    pub fn entra(&self) -> Option<&'static str> {
        self.own.and_then(|own| own.entra.as_deref())
    }

    /// The communities of which one suffices to reach a region: that of all its services, then that of its storage
    /// accounts. Empty where it is not known.
    pub fn of_region(&self, region: &str) -> Vec<&str> {
        let region = region.to_ascii_lowercase();
        let regional = self.listed(&region).or_else(|| self.own?.regional.get(&region).map(String::as_str));
        let storage = self.own.and_then(|own| own.storage.get(&region)).map(String::as_str);
        regional.into_iter().chain(storage).collect()
    }

    /// As the management API lists it: as `AzureEastUS`, or as `Azure East US`.
    fn listed(&self, region: &str) -> Option<&'a str> {
        let is_it = |name: &str| {
            let mut plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            plain.make_ascii_lowercase();
            plain.strip_prefix("azure") == Some(region)
        };
        self.inventory.service_communities.iter().find_map(|service| {
            let own = is_it(service.id.name());
            let fits = |(name, _): &&(Box<str>, Box<str>)| own || is_it(name);
            service.communities.iter().find(fits).map(|(_, value)| &**value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Cloud, ResourceId, ServiceCommunity};

    fn is_community(text: &str) -> bool {
        text.split_once(':').is_some_and(|(asn, value)| asn == "12076" && value.parse::<u32>().is_ok())
    }

    #[test]
    fn the_table_holds_communities_of_every_cloud() {
        let parsed: BTreeMap<String, OfCloud> = toml::from_str(TABLE).unwrap();
        for cloud in [Cloud::AzureCloud, Cloud::AzureUSGovernment, Cloud::AzureChinaCloud] {
            let own = &parsed[cloud.name()];
            assert!(
                own.regional.values().chain(own.storage.values()).chain(&own.entra).all(|c| is_community(c))
            );
            assert!(!own.regional.is_empty(), "{cloud:?}");
        }
        assert_eq!(parsed["AzureCloud"].regional.len(), 42);
    }

    #[test]
    fn what_azure_lists_comes_first() {
        let mut inventory = Inventory::default();
        let of = |inventory: &Inventory, region: &str| -> Vec<String> {
            Communities::of(inventory).of_region(region).into_iter().map(str::to_owned).collect()
        };
        assert_eq!(of(&inventory, "EastUS"), ["12076:51004", "12076:52004"]);
        assert!(of(&inventory, "swedencentral").is_empty());
        let listed = |name: &str, community: &str, value: &str| ServiceCommunity {
            id: ResourceId::new(&format!(
                "/subscriptions//resourceGroups//providers/Microsoft.Network/bgpServiceCommunities/{name}"
            )),
            communities: vec![(community.into(), value.into())],
        };
        inventory.service_communities = vec![
            listed("AzureSwedenCentral", "Azure Sweden Central", "12076:51060"),
            listed("x", "Azure East US", "12076:1"),
        ];
        assert_eq!(of(&inventory, "swedencentral"), ["12076:51060"]);
        assert_eq!(of(&inventory, "eastus"), ["12076:1", "12076:52004"]);
        assert_eq!(Communities::of(&inventory).entra(), Some("12076:5060"));
    }
}
