//! What the caller may do in each subscription, asked for once in a run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use super::client::{Client, Failed};
use super::limits::Lane;
use super::permissions::Permission;
use super::{arm, page, paging};

/// More pages than rights have.
const PAGES: usize = 100;

type Known = Arc<OnceCell<Arc<[Permission]>>>;

/// The rights that are known so far, by subscription. What could not be read is asked for again.
#[derive(Default)]
pub(super) struct Rights(Mutex<HashMap<String, Known>>);

impl Rights {
    /// The rights in a subscription (id in lower case), or why they cannot be read.
    pub(super) async fn of(&self, client: &Client, subscription: &str) -> Result<Arc<[Permission]>, Failed> {
        let known = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(subscription.to_owned()).or_default())
        };
        known.get_or_try_init(|| read(client, subscription)).await.cloned()
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
