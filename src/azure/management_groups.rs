//! The subscriptions of a management group and of all groups below it.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::client::{Client, Failed};
use super::limits::Lane;
use super::{arm, page, paging};
use crate::inventory::{Gap, Kind, is_guid};

/// More pages than any group has.
const PAGES: usize = 1_000;

/// What lies below a group: groups, which are of no use here, and subscriptions, whose ids are `/subscriptions/{guid}`
/// (Azure REST: Management Groups, Get Descendants).
#[derive(Deserialize)]
struct Descendant {
    id: String,
}

/// The ids (in lower case) of the subscriptions, and what of their list could not be read.
pub(super) async fn subscriptions(client: &Client, group: &str) -> (BTreeSet<String>, Option<Gap>) {
    let mut found = BTreeSet::new();
    match read(client, group, &mut found).await {
        Ok(()) if found.is_empty() => {
            let message = "there is no subscription in it that the signed-in identity can see".to_owned();
            let failed = Failed { status: None, code: "ManagementGroupEmpty".to_owned(), message };
            (found, Some(gap(group, failed)))
        }
        Ok(()) => (found, None),
        Err(failed) => (found, Some(gap(group, failed))),
    }
}

async fn read(client: &Client, group: &str, found: &mut BTreeSet<String>) -> Result<(), Failed> {
    let mut next = Some(arm::descendants(&client.endpoints, group));
    let mut pages = 0;
    while let Some(url) = next.take() {
        pages += 1;
        let body = client.get(&url, "", Lane::Network).await?;
        let malformed = |why: &str| paging::malformed("MalformedPage", why);
        let (items, link) = page::read_values::<Descendant>(&body).map_err(|why| malformed(&why))?;
        let ids = items.into_iter().map(|item| item.id.to_ascii_lowercase());
        found.extend(
            ids.filter_map(|id| id.strip_prefix("/subscriptions/").map(str::to_owned))
                .filter(|id| is_guid(id)),
        );
        if let Some(link) = link {
            let url = url.join(&link).ok().filter(|_| pages < PAGES);
            // A foreign link is refused by the client, an endless one here.
            next = Some(url.ok_or_else(|| malformed("the list does not end"))?);
        }
    }
    Ok(())
}

fn gap(group: &str, failed: Failed) -> Gap {
    Gap {
        subscription: None,
        kind: Kind::Subscriptions,
        resource: None,
        status: failed.status,
        code: failed.code,
        message: format!("management group {group}: {}", failed.message),
    }
}
