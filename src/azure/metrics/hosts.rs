//! Where metrics are asked for, and how: the metrics service of each region, and the management API. A token for the
//! service goes to its own hosts alone, and the region in a host's name is text from Azure.

use url::{Host, Url};

use super::super::endpoints::{Audience, Endpoints, checked, is_within};
use super::super::{AzureError, ConnectOptions};
use crate::inventory::metrics::rfc3339;
use crate::inventory::{Cloud, Measure, ResourceId, Window};

/// Azure REST: Metrics Batch - Batch, and Metrics - List.
const VERSION: &str = "2023-10-01";

/// The series of a metric that are asked for: a private link service has up to eight NAT addresses (Azure docs: "Azure
/// subscription and service limits", private link), and without a number ten are given.
const SERIES: &str = "20";

/// No region's name is nearly as long.
const LONGEST_REGION: usize = 40;

/// The hosts of the metrics service.
#[derive(Debug, Clone)]
pub(in crate::azure) enum MetricsHosts {
    /// One for each region below this domain, which is the audience of tokens too.
    Regional { domain: &'static str, audience: Url },
    /// One that was named, for every region. A token is asked for that host, so that one for Azure's own service never
    /// goes there.
    One(Url),
}

impl MetricsHosts {
    /// The cloud's own hosts, unless another is given. `None` where the management API is not the cloud's own and none
    /// is given: nobody knows then where the service is, and whether it is that cloud's.
    pub(super) fn new(options: &ConnectOptions) -> Result<Option<Self>, AzureError> {
        if options.metrics_endpoint.is_some() {
            let url = checked("--metrics-endpoint", options.metrics_endpoint.as_ref(), "")?;
            return Ok(Some(MetricsHosts::One(url)));
        }
        if options.arm_endpoint.is_some() {
            return Ok(None);
        }
        // Azure SDK: the audiences of the metrics clients for each cloud; a region's host lies below its audience's.
        let domain = match options.cloud {
            Cloud::AzureCloud => "metrics.monitor.azure.com",
            Cloud::AzureUSGovernment => "metrics.monitor.azure.us",
            Cloud::AzureChinaCloud => "metrics.monitor.azure.cn",
        };
        let audience = checked("--metrics-endpoint", None, &format!("https://{domain}"))?;
        Ok(Some(MetricsHosts::Regional { domain, audience }))
    }

    /// Whom a token for the service is for.
    pub(in crate::azure) fn audience(&self) -> Audience {
        match self {
            MetricsHosts::Regional { audience, .. } => Audience::of(audience),
            MetricsHosts::One(url) => Audience::of(url),
        }
    }

    /// Whether a URL leads to one of these hosts.
    pub(in crate::azure) fn own(&self, url: &Url) -> bool {
        match self {
            MetricsHosts::One(service) => is_within(service, url),
            MetricsHosts::Regional { domain, .. } => {
                let Some(Host::Domain(host)) = url.host() else { return false };
                let label = host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.'));
                url.scheme() == "https"
                    && url.port().is_none()
                    && url.username().is_empty()
                    && url.password().is_none()
                    && label.is_some_and(is_region)
            }
        }
    }

    /// Where a region answers for many resources of one subscription; `None` for a region that cannot be one.
    pub(super) fn batch(
        &self,
        region: &str,
        subscription: &str,
        measure: Measure,
        window: Window,
    ) -> Option<Url> {
        let mut url = match self {
            MetricsHosts::One(url) => url.clone(),
            MetricsHosts::Regional { domain, .. } => {
                let region = region_name(region)?;
                Url::parse(&format!("https://{region}.{domain}")).ok()?
            }
        };
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/subscriptions/{subscription}/metrics:getBatch"));
        url.set_query(None);
        url.query_pairs_mut()
            .append_pair("api-version", VERSION)
            .append_pair("starttime", &milliseconds(window.from))
            .append_pair("endtime", &milliseconds(window.until));
        ask(&mut url, measure, window, "filter");
        self.own(&url).then_some(url)
    }
}

/// Where the management API answers for one resource.
pub(super) fn single(endpoints: &Endpoints, of: &ResourceId, measure: Measure, window: Window) -> Url {
    let path = format!("/{}/providers/Microsoft.Insights/metrics", of.as_str().trim_start_matches('/'));
    let mut url = endpoints.url(&path, VERSION);
    let timespan = format!("{}/{}", rfc3339(window.from), rfc3339(window.until));
    url.query_pairs_mut().append_pair("timespan", &timespan).append_pair("AutoAdjustTimegrain", "true");
    ask(&mut url, measure, window, "$filter");
    url
}

/// What is asked for in either form.
fn ask(url: &mut Url, measure: Measure, window: Window, filter: &str) {
    let (namespace, aggregation) = match measure {
        Measure::EndpointBytes => ("microsoft.network/privateendpoints", "total"),
        Measure::ServiceBytes => ("microsoft.network/privatelinkservices", "total"),
        Measure::NatPorts => ("microsoft.network/privatelinkservices", "maximum,average"),
    };
    let mut query = url.query_pairs_mut();
    query
        .append_pair("interval", window.interval.name)
        .append_pair("metricnamespace", namespace)
        .append_pair("metricnames", &measure.metrics().join(","))
        .append_pair("aggregation", aggregation);
    if measure == Measure::NatPorts {
        query.append_pair(filter, "PrivateLinkServiceIPAddress eq '*'").append_pair("top", SERIES);
    }
}

/// The time as the service wants it: `yyyy-MM-ddTHH:mm:ss.fffZ`.
fn milliseconds(seconds: i64) -> String {
    rfc3339(seconds).replace('Z', ".000Z")
}

/// A region as hosts are named by it; `None` where the text can be none. Portals write `East US` for `eastus`.
pub(super) fn region_name(text: &str) -> Option<String> {
    let name: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_lowercase()).collect();
    is_region(&name).then_some(name)
}

fn is_region(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=LONGEST_REGION).contains(&name.len()) && name.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIPTION: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";

    fn hosts(cloud: Cloud) -> MetricsHosts {
        MetricsHosts::new(&ConnectOptions { cloud, ..ConnectOptions::default() }).unwrap().unwrap()
    }

    fn window() -> Window {
        Window::before("2026-11-20T16:34:14Z", "7d".parse().unwrap()).unwrap()
    }

    fn batch(hosts: &MetricsHosts, region: &str) -> Option<String> {
        hosts.batch(region, SUBSCRIPTION, Measure::EndpointBytes, window()).map(String::from)
    }

    #[test]
    fn each_region_of_each_cloud_has_its_host() {
        let url = batch(&hosts(Cloud::AzureCloud), "West Europe").unwrap();
        assert_eq!(
            url,
            format!(
                "https://westeurope.metrics.monitor.azure.com/subscriptions/{SUBSCRIPTION}/metrics:getBatch\
                 ?api-version=2023-10-01&starttime=2026-11-13T16%3A00%3A00.000Z\
                 &endtime=2026-11-20T16%3A00%3A00.000Z&interval=PT6H\
                 &metricnamespace=microsoft.network%2Fprivateendpoints\
                 &metricnames=PEBytesIn%2CPEBytesOut&aggregation=total"
            )
        );
        for (cloud, domain) in [
            (Cloud::AzureUSGovernment, "metrics.monitor.azure.us"),
            (Cloud::AzureChinaCloud, "metrics.monitor.azure.cn"),
        ] {
            let hosts = hosts(cloud);
            assert!(batch(&hosts, "x1").unwrap().starts_with(&format!("https://x1.{domain}/")));
            assert_eq!(hosts.audience().scope, format!("https://{domain}/.default"));
        }
    }

    #[test]
    fn no_region_leads_to_another_host() {
        let hosts = hosts(Cloud::AzureCloud);
        let long = "a".repeat(LONGEST_REGION + 1);
        for hostile in [
            "",
            " ",
            "evil.example/",
            "evil.example#",
            "evil.example?",
            "evil.example\\",
            "a@evil.example",
            "evil.example:443/",
            "a.b",
            "a-b",
            "a%2e",
            "a\u{2024}b",
            "\u{ff41}",
            "a\n",
            "a\u{0}",
            "..",
            long.as_str(),
        ] {
            assert_eq!(batch(&hosts, hostile), None, "{hostile:?}");
        }
    }

    #[test]
    fn only_the_services_own_hosts_are_its_own() {
        let regional = hosts(Cloud::AzureCloud);
        let own = |text: &str| regional.own(&Url::parse(text).unwrap());
        assert!(own("https://eastus.metrics.monitor.azure.com/x"));
        assert!(own("https://eastus.metrics.monitor.azure.com:443/x"));
        for foreign in [
            "http://eastus.metrics.monitor.azure.com/",
            "https://eastus.metrics.monitor.azure.com:444/",
            "https://u@eastus.metrics.monitor.azure.com/",
            "https://metrics.monitor.azure.com/",
            "https://.metrics.monitor.azure.com/",
            "https://a.b.metrics.monitor.azure.com/",
            "https://evilmetrics.monitor.azure.com/",
            "https://eastus.metrics.monitor.azure.com.evil.example/",
            "https://management.azure.com/",
            "https://10.0.0.1/",
        ] {
            assert!(!own(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_named_endpoint_is_the_only_one_and_the_audience() {
        let url = Url::parse("https://127.0.0.1:4443/metrics/").unwrap();
        let named = |url: &str, arm: Option<&str>| {
            MetricsHosts::new(&ConnectOptions {
                metrics_endpoint: Some(Url::parse(url).unwrap()),
                arm_endpoint: arm.map(|arm| Url::parse(arm).unwrap()),
                ..ConnectOptions::default()
            })
        };
        let hosts = named(url.as_str(), Some("https://127.0.0.1:4444")).unwrap().unwrap();
        let made = batch(&hosts, "evil.example/").unwrap();
        assert!(made.starts_with("https://127.0.0.1:4443/metrics/subscriptions/"), "{made}");
        assert_eq!(hosts.audience().scope, "https://127.0.0.1:4443/metrics/.default");
        assert!(!hosts.own(&Url::parse("https://eastus.metrics.monitor.azure.com/").unwrap()));
        for bad in ["http://127.0.0.1/", "https://u:p@x/", "https://x/?q"] {
            assert!(matches!(named(bad, None), Err(AzureError::Endpoint { .. })), "{bad}");
        }
    }

    #[test]
    fn beside_another_management_api_the_clouds_own_service_is_not_asked() {
        let arm_endpoint = Some(Url::parse("https://arm.local").unwrap());
        let options = ConnectOptions { arm_endpoint, ..ConnectOptions::default() };
        assert!(MetricsHosts::new(&options).unwrap().is_none());
    }

    #[test]
    fn one_resource_is_asked_of_the_management_api() {
        let endpoints = Endpoints::new(Cloud::AzureCloud, None, None).unwrap();
        let service = ResourceId::new(
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateLinkServices/p",
        );
        let url = single(&endpoints, &service, Measure::NatPorts, window());
        assert!(endpoints.owns(&url));
        assert_eq!(url.path(), format!("{service}/providers/Microsoft.Insights/metrics"));
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let of = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(of("timespan"), Some("2026-11-13T16:00:00Z/2026-11-20T16:00:00Z"));
        assert_eq!(of("$filter"), Some("PrivateLinkServiceIPAddress eq '*'"));
        assert_eq!((of("aggregation"), of("top")), (Some("maximum,average"), Some("20")));
    }
}
