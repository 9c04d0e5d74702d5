//! A list page by page: follows links to the next page, as far as they can be trusted.

use std::collections::HashSet;

use url::Url;

use super::arm::{self, List};
use super::client::{self, Client, Failed};
use super::page;
use super::redact;
use super::refusal::MESSAGE_LENGTH;
use crate::inventory::{Gap, Kind, Resource, ResourceId};

/// More pages than any list has: 10 000 pages of 100 are a million resources.
const PAGES: usize = 10_000;

/// A list that is being read.
pub(super) struct Pages<'a> {
    client: &'a Client,
    list: &'a List,
    next: Option<Url>,
    seen: HashSet<Url>,
    /// What the pages so far held.
    held: HashSet<ResourceId>,
}

/// What one step brought. Both may be there: a page's items and what is wrong with others.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub resources: Vec<Resource>,
    pub gaps: Vec<Gap>,
}

impl<'a> Pages<'a> {
    pub(super) fn new(client: &'a Client, list: &'a List) -> Self {
        Pages { client, list, next: Some(list.url.clone()), seen: HashSet::new(), held: HashSet::new() }
    }

    /// The next page, or the gap that ends the list; `None` after the end.
    pub(super) async fn step(&mut self) -> Option<Step> {
        let url = self.next.take()?;
        let body = match self.client.get(&url, &self.list.subscription, self.list.lane).await {
            Ok(body) => body,
            Err(failed) => return Some(self.failed(failed)),
        };
        let page = match (arm::segment_of(self.list.kind), &self.list.parent) {
            (Some(_), Some(target)) => page::read_kept(&body, self.list.kind, target),
            _ => page::read(&body, self.list.kind),
        };
        let page = match page {
            Ok(page) => page,
            Err(why) => return Some(Step::of(gap(self.list, malformed("MalformedPage", &why)))),
        };
        let mut step = Step { resources: page.resources, gaps: Vec::new() };
        step.gaps.extend(page.malformed.iter().map(|why| gap(self.list, malformed("MalformedItem", why))));
        if self.is_repeated(&mut step.resources) && page.next.is_some() {
            step.gaps.push(gap(self.list, malformed("PagingLoop", "a page came a second time")));
            return Some(step);
        }
        if let Some(link) = page.next {
            match follow(&self.client.endpoints, &url, &link, &mut self.seen) {
                Ok(next) => self.next = Some(next),
                Err(failed) => step.gaps.push(gap(self.list, failed)),
            }
        }
        Some(step)
    }

    /// Leaves of a page what earlier pages did not hold. A page that leads on and had items, none of them new, came in
    /// place of another: what that would have held is not known, and pages that follow may do so for ever. The last page
    /// may hold what moved there while others were read.
    fn is_repeated(&mut self, resources: &mut Vec<Resource>) -> bool {
        let items = resources.len();
        resources.retain(|resource| self.held.insert(resource.id.clone()));
        items > 0 && resources.is_empty()
    }

    fn failed(&self, failed: Failed) -> Step {
        // A target that was asked with a version it does not have has not said that nothing connects to it.
        let of_target = arm::segment_of(self.list.kind).is_some();
        if !of_target && arm::is_not_offered(failed.status, &failed.code) {
            tracing::info!(kind = self.list.kind.name(), code = failed.code, "not offered here");
            return Step::default();
        }
        Step::of(gap(self.list, failed))
    }
}

impl Step {
    fn of(gap: Gap) -> Step {
        Step { resources: Vec::new(), gaps: vec![gap] }
    }
}

/// A kind that could not be read in a subscription.
pub(super) fn gap_in(subscription: &str, kind: Kind, failed: Failed) -> Gap {
    Gap {
        subscription: Some(subscription.to_owned()),
        kind,
        resource: None,
        status: failed.status,
        code: failed.code,
        message: failed.message,
    }
}

/// The gap that a failure leaves in a list.
pub(super) fn gap(list: &List, failed: Failed) -> Gap {
    Gap {
        subscription: Some(list.subscription.clone()).filter(|id| !id.is_empty()),
        kind: list.kind,
        resource: list.parent.clone(),
        status: failed.status,
        code: failed.code,
        message: failed.message,
    }
}

/// A failure of ours: an answer that came and cannot be read.
pub(super) fn malformed(code: &str, why: &str) -> Failed {
    Failed { status: None, code: code.to_owned(), message: redact::line(why, MESSAGE_LENGTH) }
}

/// Where a link leads, when it may be followed. `seen` holds the pages already read.
pub(super) fn follow(
    endpoints: &super::endpoints::Endpoints,
    from: &Url,
    link: &str,
    seen: &mut HashSet<Url>,
) -> Result<Url, Failed> {
    let url = from.join(link).map_err(|_| malformed("MalformedPage", "the link to the next page is none"))?;
    if !endpoints.owns(&url) {
        let why = format!("the link to the next page leads to {}; it was not followed", client::host(&url));
        return Err(malformed("ForeignNextLink", &why));
    }
    seen.insert(from.clone());
    if seen.contains(&url) {
        return Err(malformed("PagingLoop", "the link to the next page leads to a page already read"));
    }
    if seen.len() >= PAGES {
        return Err(malformed("PagingLoop", &format!("the list did not end after {PAGES} pages")));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::endpoints::Endpoints;
    use crate::inventory::Cloud;

    fn first() -> Url {
        Url::parse("https://management.azure.com/subscriptions?api-version=1").unwrap()
    }

    fn code(link: &str, seen: &mut HashSet<Url>) -> Result<String, String> {
        let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
        follow(&endpoints, &first(), link, seen).map(|url| url.to_string()).map_err(|failed| failed.code)
    }

    #[test]
    fn links_to_the_same_origin_are_followed() {
        for link in [
            "https://management.azure.com:443/subscriptions?$skipToken=a b",
            "/subscriptions?$skipToken=a b",
            "?$skipToken=a b",
        ] {
            let url = code(link, &mut HashSet::new()).unwrap();
            assert_eq!(url, "https://management.azure.com/subscriptions?$skipToken=a%20b");
        }
    }

    #[test]
    fn links_to_elsewhere_are_refused() {
        for link in [
            "https://evil.example/x",
            "//evil.example/x",
            "http://management.azure.com/x",
            "https://u:p@management.azure.com/",
            "data:text/plain,x",
        ] {
            assert_eq!(code(link, &mut HashSet::new()), Err("ForeignNextLink".to_owned()), "{link}");
        }
        assert_eq!(code("https://", &mut HashSet::new()), Err("MalformedPage".to_owned()));
    }

    #[test]
    fn a_page_is_read_once() {
        let mut seen = HashSet::new();
        assert_eq!(code(first().as_str(), &mut seen), Err("PagingLoop".to_owned()));
        let mut many: HashSet<Url> =
            (0..PAGES).map(|n| first().join(&format!("?page={n}")).unwrap()).collect();
        assert_eq!(code("?page=new", &mut many), Err("PagingLoop".to_owned()));
        many.retain(|url| url.query().is_some_and(|q| q.len() < 8));
        assert!(code("?page=new", &mut many).is_ok());
    }
}
