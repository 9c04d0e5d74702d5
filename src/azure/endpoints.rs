//! Where a cloud's management API and sign-in service are, and which URLs belong to them.

use url::Url;

use super::AzureError;
use crate::inventory::Cloud;

/// The service that a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Audience {
    /// The scope that is asked for.
    pub scope: String,
    /// The same, as older identity endpoints want it.
    pub resource: String,
}

impl Audience {
    /// The audience of the service at this address.
    pub(super) fn of(service: &Url) -> Audience {
        let address = service.as_str().trim_end_matches('/');
        Audience { scope: format!("{address}/.default"), resource: format!("{address}/") }
    }
}

/// The addresses of one cloud.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    /// The management API.
    arm: Url,
    /// The sign-in service.
    authority: Url,
}

impl Endpoints {
    /// The cloud's own addresses, unless others are given. Both must be `https`.
    pub(super) fn new(cloud: Cloud, arm: Option<&Url>, authority: Option<&Url>) -> Result<Self, AzureError> {
        // Azure docs: "National clouds", "Endpoints" of Azure Government and of Azure operated by 21Vianet.
        let (own_arm, own_authority) = match cloud {
            Cloud::AzureCloud => ("https://management.azure.com", "https://login.microsoftonline.com"),
            Cloud::AzureUSGovernment => {
                ("https://management.usgovcloudapi.net", "https://login.microsoftonline.us")
            }
            Cloud::AzureChinaCloud => {
                ("https://management.chinacloudapi.cn", "https://login.partner.microsoftonline.cn")
            }
        };
        Ok(Endpoints {
            arm: checked("--arm-endpoint", arm, own_arm)?,
            authority: checked("--authority-host", authority, own_authority)?,
        })
    }

    /// The sign-in service's address.
    pub(super) fn authority(&self) -> &Url {
        &self.authority
    }

    /// Whom a token for the management API is for.
    pub(super) fn audience(&self) -> Audience {
        Audience::of(&self.arm)
    }

    /// The URL of a resource or list. `path` starts with a slash; whatever it holds, the host stays ARM's.
    pub(super) fn url(&self, path: &str, api_version: &str) -> Url {
        let mut url = self.arm.clone();
        url.set_path(&format!("{}{path}", self.arm.path().trim_end_matches('/')));
        url.set_query(None);
        url.query_pairs_mut().append_pair("api-version", api_version);
        url
    }

    /// Whether `url` leads to the management API.
    pub(super) fn owns(&self, url: &Url) -> bool {
        is_within(&self.arm, url)
    }
}

/// Whether `url` leads to a service: same scheme, host and port (443 written out is the same), and no user or password
/// in front of the host.
pub(super) fn is_within(service: &Url, url: &Url) -> bool {
    url.origin() == service.origin() && url.username().is_empty() && url.password().is_none()
}

pub(super) fn checked(option: &'static str, given: Option<&Url>, own: &str) -> Result<Url, AzureError> {
    let bad = |url: &str, reason: &str| AzureError::Endpoint {
        option,
        url: super::redact::line(url, 200),
        reason: reason.to_owned(),
    };
    let url = match given {
        Some(url) => url.clone(),
        None => Url::parse(own).map_err(|e| bad(own, &e.to_string()))?,
    };
    // First, so that no other message shows them.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("", "it holds a user name or password"));
    }
    if url.scheme() != "https" {
        return Err(bad(url.as_str(), "it does not start with https://"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(bad(url.as_str(), "it names no host"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad(url.as_str(), "it holds a query or fragment"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn each_cloud_has_its_own_addresses() {
        let public = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
        assert_eq!(public.audience().scope, "https://management.azure.com/.default");
        assert_eq!(public.audience().resource, "https://management.azure.com/");
        let government = Endpoints::new(Cloud::AzureUSGovernment, None, None).unwrap();
        assert_eq!(government.authority().host_str(), Some("login.microsoftonline.us"));
        let other = Endpoints::new(
            Cloud::AzureChinaCloud,
            Some(&url("https://localhost:4443")),
            Some(&url("https://localhost:4444/")),
        )
        .unwrap();
        assert_eq!(other.audience().scope, "https://localhost:4443/.default");
    }

    #[test]
    fn only_tls_addresses_are_taken() {
        for bad in ["http://localhost/", "ftp://x/", "https://u:p@x/", "https://x/?q", "data:x"] {
            for both in [(Some(url(bad)), None), (None, Some(url(bad)))] {
                let made = Endpoints::new(Cloud::AzureCloud, both.0.as_ref(), both.1.as_ref());
                assert!(matches!(made, Err(AzureError::Endpoint { .. })), "{bad}");
            }
        }
    }

    #[test]
    fn links_are_followed_to_the_same_origin_alone() {
        let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
        assert!(endpoints.owns(&url("https://management.azure.com:443/x?$skipToken=a b")));
        for foreign in [
            "http://management.azure.com/",
            "https://management.azure.com:444/",
            "https://management.azure.com.evil.com/",
            "https://evil.com/management.azure.com",
            "https://u@management.azure.com/",
        ] {
            assert!(!endpoints.owns(&url(foreign)), "{foreign}");
        }
    }

    #[test]
    fn no_path_leads_away_from_the_host() {
        let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
        for path in ["//evil.com/x", "/../../x", "/a?b#c", "@evil.com", "/subscriptions/\u{1b}[31m"] {
            let made = endpoints.url(path, "2024-01-01");
            assert!(endpoints.owns(&made), "{made}");
            assert_eq!(made.query(), Some("api-version=2024-01-01"), "{made}");
        }
        let based = Endpoints::new(Cloud::AzureCloud, Some(&url("https://proxy.local/arm/")), None).unwrap();
        assert_eq!(
            based.url("/subscriptions", "1").as_str(),
            "https://proxy.local/arm/subscriptions?api-version=1"
        );
    }
}
