//! The queries for Resource Graph: texts, and the bodies that carry them. Sends nothing.
//!
//! What its tables hold: Azure docs, "Azure Resource Graph table and resource type reference". Zone groups,
//! forwarding rules, the links of rulesets and the connections of hubs are in none of them.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::inventory::{Kind, ResourceId};

/// One query: what it asks for, and its text.
#[derive(Debug, Clone)]
pub(super) struct Query {
    /// The kinds of its rows.
    pub kinds: &'static [Kind],
    pub text: Cow<'static, str>,
}

/// The rows of some types. They come in the order of their ids, without which pages may overlap (Azure docs:
/// "Work with large Azure resource data sets").
macro_rules! of_types {
    ($first:literal $(, $more:literal)*) => {
        concat!(
            "resources | where type in~ ('", $first, "'" $(, ", '", $more, "'")*,
            ") | project id, name, type, location, tags, sku, kind, properties | order by id asc"
        )
    };
}

pub(super) static SUBSCRIPTIONS: Query = Query {
    kinds: &[Kind::Subscriptions],
    text: Cow::Borrowed(
        "resourcecontainers | where type == 'microsoft.resources/subscriptions' \
         | project id, name, type, subscriptionId, tenantId, properties | order by id asc",
    ),
};

pub(super) static RECORDS: Query = Query {
    kinds: &[Kind::RecordSets],
    text: Cow::Borrowed(
        "dnsresources | where type startswith 'microsoft.network/privatednszones/' \
         | project id, name, type, managedBy, properties | order by id asc",
    ),
};

/// Every other query: one for each kind that an estate has many of, and one for all the rest.
pub(super) static LISTS: [Query; 6] = [
    Query {
        kinds: &[Kind::PrivateEndpoints],
        text: Cow::Borrowed(of_types!("microsoft.network/privateendpoints")),
    },
    Query {
        kinds: &[Kind::NetworkInterfaces],
        text: Cow::Borrowed(of_types!("microsoft.network/networkinterfaces")),
    },
    Query {
        kinds: &[Kind::VirtualNetworks],
        text: Cow::Borrowed(of_types!("microsoft.network/virtualnetworks")),
    },
    // These two are asked of every subscription that can be seen.
    Query {
        kinds: &[Kind::PrivateDnsZones, Kind::DnsForwardingRulesets],
        text: Cow::Borrowed(of_types!(
            "microsoft.network/privatednszones",
            "microsoft.network/dnsforwardingrulesets"
        )),
    },
    Query {
        kinds: &[Kind::VirtualNetworkLinks],
        text: Cow::Borrowed(of_types!("microsoft.network/privatednszones/virtualnetworklinks")),
    },
    Query {
        kinds: &[
            Kind::DnsResolvers,
            Kind::InboundEndpoints,
            Kind::AzureFirewalls,
            Kind::FirewallPolicies,
            Kind::LoadBalancers,
            Kind::PrivateLinkServices,
            Kind::RouteTables,
            Kind::NetworkSecurityGroups,
            Kind::VirtualHubs,
        ],
        text: Cow::Borrowed(of_types!(
            "microsoft.network/dnsresolvers",
            "microsoft.network/dnsresolvers/inboundendpoints",
            "microsoft.network/azurefirewalls",
            "microsoft.network/firewallpolicies",
            "microsoft.network/loadbalancers",
            "microsoft.network/privatelinkservices",
            "microsoft.network/routetables",
            "microsoft.network/networksecuritygroups",
            "microsoft.network/virtualhubs"
        )),
    },
];

/// The rows of these ids, each of which [`may_be_named`].
pub(super) fn of_ids(ids: &[&ResourceId]) -> Query {
    let ids: Vec<String> = ids.iter().map(|id| format!("'{}'", id.as_str())).collect();
    let text = format!(
        "resources | where id in~ ({}) | project id, name, type, location, tags, sku, kind, properties \
         | order by id asc",
        ids.join(", ")
    );
    Query { kinds: &[Kind::Targets], text: Cow::Owned(text) }
}

/// Whether an id can stand in the text of a query as it is. It is text that anybody may have written.
pub(super) fn may_be_named(id: &ResourceId) -> bool {
    id.as_str()
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | ' ' | '(' | ')'))
}

/// Rows on a page: the most there may be (Azure docs: "Work with large Azure resource data sets").
const ROWS: usize = 1000;

/// The body of a request for one page of a query's rows in some subscriptions.
pub(super) fn body(query: &Query, subscriptions: &[&str], skip_token: Option<&str>) -> Bytes {
    let mut options = json!({"$top": ROWS, "resultFormat": "objectArray"});
    if let Some(token) = skip_token {
        options["$skipToken"] = Value::from(token);
    }
    let body = json!({"subscriptions": subscriptions, "query": query.text, "options": options});
    Bytes::from(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm;

    #[test]
    fn the_texts_are_plain() {
        let text = |kind: Kind| LISTS.iter().find(|query| query.kinds.contains(&kind)).unwrap().text.as_ref();
        assert_eq!(
            text(Kind::PrivateEndpoints),
            "resources | where type in~ ('microsoft.network/privateendpoints') | project id, name, type, location, \
             tags, sku, kind, properties | order by id asc"
        );
        assert_eq!(
            text(Kind::PrivateDnsZones),
            "resources | where type in~ ('microsoft.network/privatednszones', \
             'microsoft.network/dnsforwardingrulesets') | project id, name, type, location, tags, sku, kind, \
             properties | order by id asc"
        );
        assert_eq!(
            RECORDS.text,
            "dnsresources | where type startswith 'microsoft.network/privatednszones/' | project id, name, type, \
             managedBy, properties | order by id asc"
        );
        assert_eq!(
            SUBSCRIPTIONS.text,
            "resourcecontainers | where type == 'microsoft.resources/subscriptions' | project id, name, type, \
             subscriptionId, tenantId, properties | order by id asc"
        );
    }

    #[test]
    fn every_kind_is_asked_for_once_here_or_as_a_child() {
        let indexed = || LISTS.iter().chain([&RECORDS]).flat_map(|query| query.kinds);
        for kind in Kind::LISTED {
            let apart = matches!(kind, Kind::ForwardingRules | Kind::RulesetLinks | Kind::HubConnections);
            assert_eq!(indexed().filter(|own| **own == kind).count(), usize::from(!apart), "{kind}");
        }
        for kind in arm::OF_DNS {
            let with = LISTS.iter().find(|query| query.kinds.contains(&kind));
            assert!(
                with.is_none_or(|query| query.kinds.iter().all(|own| arm::OF_DNS.contains(own))),
                "{kind}"
            );
        }
    }

    #[test]
    fn each_type_stands_in_the_text_of_its_query() {
        for query in &LISTS {
            assert_eq!(query.text.matches("'microsoft.network/").count(), query.kinds.len());
            for kind in query.kinds {
                let name = kind.name().to_ascii_lowercase();
                assert!(query.text.contains(&format!("/{name}'")), "{name}: {}", query.text);
            }
        }
    }

    #[test]
    fn a_body_holds_the_query_the_subscriptions_and_the_page() {
        let read = |token| serde_json::from_slice::<Value>(&body(&RECORDS, &["a", "b"], token)).unwrap();
        let first = read(None);
        assert_eq!(first["subscriptions"], json!(["a", "b"]));
        assert_eq!(first["query"], *RECORDS.text);
        assert_eq!(first["options"], json!({"$top": 1000, "resultFormat": "objectArray"}));
        assert_eq!(read(Some("t+\"="))["options"]["$skipToken"], "t+\"=");
    }
}
