//! What the caller may do in each subscription, asked for once in a run, and what that leaves out of lists that came
//! without an error.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::arm::{self, List};
use super::client::{Client, Failed};
use super::limits::Lane;
use super::page;
use super::paging::{self, gap_in};
use super::permissions::{self, Permission};
use crate::inventory::{Gap, Kind};

/// More pages than rights have.
const PAGES: usize = 100;

type Known = Arc<OnceCell<Arc<[Permission]>>>;

/// The rights that are known so far, by subscription. What could not be read is asked for again.
#[derive(Default)]
pub(super) struct Rights(Mutex<HashMap<String, Known>>);

impl Rights {
    /// The rights in a subscription (id in lower case). `Err` holds the gap that it leaves when they did not arrive: lists
    /// may be short then. There is none where the service refuses to tell, from which nothing is concluded.
    pub(super) async fn of(
        &self,
        client: &Client,
        subscription: &str,
    ) -> Result<Arc<[Permission]>, Option<Gap>> {
        let known = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(subscription.to_owned()).or_default())
        };
        let read = known.get_or_try_init(|| read(client, subscription)).await.cloned();
        read.map_err(|failed| {
            let is_refused = matches!(failed.status, Some(400 | 403 | 404 | 405));
            let message =
                format!("the caller's rights did not arrive, so lists may be short: {}", failed.message);
            (!is_refused).then(|| gap_in(subscription, Kind::Permissions, Failed { message, ..failed }))
        })
    }
}

async fn read(client: &Client, subscription: &str) -> Result<Arc<[Permission]>, Failed> {
    let mut all = Vec::new();
    let mut next = Some(arm::permissions(&client.endpoints, subscription));
    let mut pages = 0;
    while let Some(url) = next.take() {
        pages += 1;
        let body = client.get(&url, subscription, Lane::Network).await?;
        let (entries, link) =
            page::read_values::<Permission>(&body).map_err(|why| paging::malformed("MalformedPage", &why))?;
        all.extend(entries);
        if let Some(link) = link {
            // A foreign link is refused by the client, an endless one here.
            let url = url.join(&link).ok().filter(|_| pages < PAGES);
            let lost = || paging::malformed("PagingLoop", "the pages of the caller's rights do not end");
            next = Some(url.ok_or_else(lost)?);
        }
    }
    Ok(all.into())
}

/// The gaps that the caller's rights leave in lists which arrived without an error. Children are asked for one
/// parent at a time, where a missing right is an error and not a shorter list.
pub(super) fn missing_rights(
    permissions: &[Permission],
    subscription: &str,
    lists: &[List],
    known: &[Gap],
) -> Vec<Gap> {
    let mut short = Vec::new();
    for list in lists {
        let actions = arm::read_actions(list.kind);
        let lacking = actions.into_iter().find(|action| !permissions::allows(permissions, action));
        short.extend(lacking.map(|action| (list.kind, action)));
    }
    let missing = |kind, message| {
        let code = "MissingPermission".to_owned();
        gap_in(subscription, kind, Failed { status: None, code, message })
    };
    if lists.len() > 1 && short.len() == lists.len() {
        let message = "the caller's rights cover parts of this subscription at most; assign Reader at the \
                       subscription to read it whole";
        return vec![missing(Kind::Permissions, message.to_owned())];
    }
    let told = |kind: Kind| known.iter().any(|gap| gap.kind == kind && gap.resource.is_none());
    short
        .into_iter()
        .filter(|(kind, _)| !told(*kind))
        .map(|(kind, action)| {
            missing(kind, format!("the caller's rights do not cover {action}, so the list may be short"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::endpoints::Endpoints;
    use crate::inventory::Cloud;

    fn rights(actions: &str, known: &[Gap], kinds: &[Kind]) -> Vec<(Kind, String)> {
        let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
        let lists: Vec<List> =
            kinds.iter().filter_map(|k| arm::over_subscription(&endpoints, *k, "s")).collect();
        let permissions: Vec<Permission> =
            serde_json::from_str(&format!(r#"[{{"actions":{actions},"notActions":[]}}]"#)).unwrap();
        let gaps = missing_rights(&permissions, "s", &lists, known);
        gaps.into_iter().map(|gap| (gap.kind, gap.code)).collect()
    }

    #[test]
    fn rights_that_cover_everything_leave_no_gap() {
        assert!(rights(r#"["*/read"]"#, &[], &Kind::LISTED).is_empty());
        assert!(rights(r#"["Microsoft.Network/*/read"]"#, &[], &Kind::LISTED).is_empty());
    }

    #[test]
    fn rights_that_cover_nothing_leave_one_gap() {
        let one = vec![(Kind::Permissions, "MissingPermission".to_owned())];
        assert_eq!(rights("[]", &[], &Kind::LISTED), one);
        assert_eq!(rights("[]", &[], &arm::OF_DNS), one);
    }

    #[test]
    fn a_right_that_is_missing_is_told_once() {
        let all_but_one = r#"["Microsoft.Network/privateEndpoints/read","Microsoft.Network/networkInterfaces/read",
            "Microsoft.Network/privateDnsZones/read","Microsoft.Network/virtualNetworks/read",
            "Microsoft.Network/dnsResolvers/read","Microsoft.Network/dnsForwardingRulesets/read",
            "Microsoft.Network/firewallPolicies/read","Microsoft.Network/loadBalancers/read",
            "Microsoft.Network/privateLinkServices/read","Microsoft.Network/routeTables/read",
            "Microsoft.Network/networkSecurityGroups/read","Microsoft.Network/virtualHubs/read"]"#;
        let firewalls = vec![(Kind::AzureFirewalls, "MissingPermission".to_owned())];
        assert_eq!(rights(all_but_one, &[], &Kind::LISTED), firewalls);
        let failed = Failed { status: Some(403), code: "AuthorizationFailed".into(), message: String::new() };
        let known = [gap_in("s", Kind::AzureFirewalls, failed)];
        assert!(rights(all_but_one, &known, &Kind::LISTED).is_empty());
    }
}
