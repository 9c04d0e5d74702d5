//! The management API: which path answers what, page by page. Knows nothing of tokens or faults.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::reply::Reply;
use super::store::{Store, text};

/// How lists are answered.
#[derive(Debug, Clone)]
pub struct Paging {
    /// Items on a page when the client does not ask for fewer.
    pub size: usize,
    /// Whether an empty page comes before every page but the first.
    pub empty_pages: bool,
}

/// The management API over an estate.
#[derive(Debug)]
pub struct Arm {
    pub store: Store,
    /// `https://127.0.0.1:port`
    pub origin: String,
    pub paging: Paging,
    /// Subscriptions (in lower case) that are left out of `GET /subscriptions`.
    pub hidden: Vec<String>,
    /// What `permissions` answers for a subscription (in lower case); `*/read` when it is not here.
    pub permissions: BTreeMap<String, Value>,
    /// Management groups (in lower case) with the subscriptions below them.
    pub management_groups: BTreeMap<String, Vec<Value>>,
    /// Where each opaque page token leads.
    pub marks: Mutex<HashMap<String, Mark>>,
}

/// Where a page token leads.
#[derive(Debug, Clone)]
pub struct Mark {
    path: String,
    offset: usize,
    /// Whether the empty page before this offset was sent.
    emptied: bool,
}

type Query = Vec<(String, String)>;

impl Arm {
    /// Answers a GET. The path is percent-decoded and has no trailing slash.
    pub fn answer(&self, path: &str, query: &str) -> Reply {
        let query: Query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let lower: Vec<String> = parts.iter().map(|part| part.to_ascii_lowercase()).collect();
        let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
        if let Err(reply) = check_version(&lower, &query) {
            return reply;
        }
        match lower.as_slice() {
            ["subscriptions"] => self.page(path, &query, self.visible()),
            ["providers", "microsoft.management", "managementgroups", group, "descendants"] => {
                match self.management_groups.get(*group) {
                    Some(below) => self.page(path, &query, below.iter().collect()),
                    None => Reply::error(403, "AuthorizationFailed", "The client may not read this group."),
                }
            }
            ["subscriptions", id, rest @ ..] => {
                if self.store.get(&format!("/subscriptions/{id}")).is_none() {
                    return Reply::error(
                        404,
                        "SubscriptionNotFound",
                        &format!("There is no subscription '{id}' here."),
                    );
                }
                self.in_subscription(path, &query, id, rest)
            }
            _ => no_such_thing(path),
        }
    }

    fn visible(&self) -> Vec<&Value> {
        let hidden = |s: &&Value| !self.hidden.contains(&text(s, "subscriptionId").to_ascii_lowercase());
        self.store.subscriptions().into_iter().filter(hidden).collect()
    }

    fn in_subscription(&self, path: &str, query: &Query, id: &str, rest: &[&str]) -> Reply {
        match rest {
            [] => self.one(path),
            ["resources"] => self.of_types(path, query, id),
            ["providers", "microsoft.authorization", "permissions"] => {
                let reader =
                    json!({"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []});
                let value = self.permissions.get(id).cloned().unwrap_or_else(|| json!([reader]));
                Reply::json(200, &json!({"value": value}))
            }
            ["providers", provider, kind] => {
                let full = format!("{provider}/{kind}");
                let of_network = *provider == "microsoft.network" && LISTED.contains(kind);
                if !of_network && !LISTED_ELSEWHERE.contains(&full.as_str()) {
                    return no_such_thing(path);
                }
                self.page(path, query, self.store.of_type(id, &full))
            }
            ["resourcegroups", _, "providers", _, within @ ..] if within.len() >= 2 => {
                self.in_resource(path, query, within)
            }
            _ => no_such_thing(path),
        }
    }

    /// The list over all types: of those that the filter names, and without properties.
    fn of_types(&self, path: &str, query: &Query, id: &str) -> Reply {
        let filter = query.iter().find(|(key, _)| key == "$filter").map_or("", |(_, filter)| filter);
        let type_of =
            |part: &str| Some(part.trim().strip_prefix("resourceType eq '")?.strip_suffix('\'')?.to_owned());
        let Some(types) = filter.split(" or ").map(type_of).collect::<Option<Vec<String>>>() else {
            return Reply::error(
                400,
                "InvalidFilterInQueryString",
                "The stand-in does not understand the filter.",
            );
        };
        let found = types.iter().flat_map(|kind| self.store.of_type(id, kind));
        let plain = |object: &Value| {
            let mut object = object.clone();
            object.as_object_mut().unwrap().remove("properties");
            object
        };
        let found: Vec<Value> = found.map(plain).collect();
        self.page(path, query, found.iter().collect())
    }

    fn in_resource(&self, path: &str, query: &Query, within: &[&str]) -> Reply {
        if within.len().is_multiple_of(2) {
            return self.one(path);
        }
        let (parent, kind) = path.trim_end_matches('/').rsplit_once('/').unwrap_or((path, ""));
        let types: Vec<&str> = within.iter().step_by(2).copied().collect();
        if self.store.get(parent).is_none() {
            return not_found(parent, types[0]);
        }
        let allowed = CHILDREN.iter().filter(|(of, _)| *of == types[0]).flat_map(|(_, kinds)| *kinds);
        if types.len() != 2 || !allowed.chain(&OF_TARGETS).any(|kind| *kind == types[1]) {
            return no_such_thing(path);
        }
        self.page(path, query, self.store.children(parent, kind))
    }

    fn one(&self, path: &str) -> Reply {
        let kind = path.split('/').nth(7).unwrap_or_default().to_ascii_lowercase();
        self.store.get(path).map_or_else(|| not_found(path, &kind), |object| Reply::json(200, object))
    }

    /// One page of a list: up to `$top` items, or as many as the stand-in was told.
    fn page(&self, path: &str, query: &Query, items: Vec<&Value>) -> Reply {
        let named =
            |name: &str| query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let mark = match named("$skiptoken") {
            None => Mark { path: path.to_ascii_lowercase(), offset: 0, emptied: true },
            Some(token) => match self.marks.lock().unwrap().get(token) {
                Some(mark) if mark.path == path.to_ascii_lowercase() => mark.clone(),
                _ => {
                    return Reply::error(
                        400,
                        "InvalidSkipToken",
                        "The skip token was not issued for this list.",
                    );
                }
            },
        };
        let top = named("$top").and_then(|top| top.parse().ok()).unwrap_or(self.paging.size);
        let version = named("api-version").map(String::as_str).unwrap_or_default();
        let (value, next) = if self.paging.empty_pages && !mark.emptied {
            (Vec::new(), Some(Mark { emptied: true, ..mark }))
        } else {
            let end = items.len().min(mark.offset + top.min(self.paging.size));
            let more = end < items.len();
            let next = more.then(|| Mark { offset: end, emptied: false, ..mark.clone() });
            (items[mark.offset.min(end)..end].to_vec(), next)
        };
        let mut body = json!({"value": value});
        match next {
            Some(next) => body["nextLink"] = json!(self.next_link(path, version, next)),
            // Some providers leave the member out, others send null.
            None if path.to_ascii_lowercase().contains("dnsresolvers") => body["nextLink"] = Value::Null,
            None => {}
        }
        Reply::json(200, &body)
    }

    /// Private DNS leaves its token unescaped and names the port; others escape even the dollar sign.
    fn next_link(&self, path: &str, version: &str, mark: Mark) -> String {
        let mut marks = self.marks.lock().unwrap();
        let number = marks.len();
        let (token, link) = if path.to_ascii_lowercase().contains("/privatednszones") {
            let token = format!("eyJuIjp7{number:04}/e30==");
            let link = format!("{}{path}?api-version={version}&$skipToken={token}", self.origin);
            (token, link)
        } else {
            let token = format!("1!{number}!a+b c%2F=");
            let escaped: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
            let link = format!("{}{path}?%24skiptoken={escaped}&api-version={version}", self.origin);
            (token, link)
        };
        marks.insert(token, mark);
        link
    }
}

/// What can be listed over a whole subscription.
const LISTED: [&str; 16] = [
    "privateendpoints",
    "networkinterfaces",
    "privatednszones",
    "virtualnetworks",
    "dnsresolvers",
    "dnsforwardingrulesets",
    "azurefirewalls",
    "firewallpolicies",
    "loadbalancers",
    "privatelinkservices",
    "routetables",
    "networksecuritygroups",
    "virtualhubs",
    "expressroutecircuits",
    "routefilters",
    "bgpservicecommunities",
];

/// The same, of other providers.
const LISTED_ELSEWHERE: [&str; 4] = [
    "microsoft.storage/storageaccounts",
    "microsoft.databricks/workspaces",
    "microsoft.keyvault/vaults",
    "microsoft.authorization/roleassignments",
];

/// What can be listed under whatever an endpoint may lead to.
const OF_TARGETS: [&str; 2] = ["privateendpointconnections", "privatelinkresources"];

/// What can be listed under a resource.
const CHILDREN: [(&str, &[&str]); 7] = [
    ("privateendpoints", &["privatednszonegroups"]),
    ("privatednszones", &["virtualnetworklinks", "all", "a", "aaaa", "cname"]),
    ("virtualnetworks", &["subnets", "virtualnetworkpeerings"]),
    ("dnsresolvers", &["inboundendpoints", "outboundendpoints"]),
    ("dnsforwardingrulesets", &["forwardingrules", "virtualnetworklinks"]),
    ("virtualhubs", &["hubvirtualnetworkconnections"]),
    ("workspaces", &["virtualnetworkpeerings"]),
];

/// The versions of the providers that have few of them (Azure REST API reference: private DNS, DNS resolver).
const PRIVATE_DNS: [&str; 4] = ["2018-09-01", "2020-01-01", "2020-06-01", "2024-06-01"];
const DNS_RESOLVER: [&str; 4] = ["2020-04-01-preview", "2022-07-01", "2023-07-01-preview", "2025-05-01"];
const PERMISSIONS: [&str; 3] = ["2015-07-01", "2018-07-01", "2022-04-01"];

/// An api-version must be there, once, and be one that the provider has.
fn check_version(lower: &[&str], query: &Query) -> Result<(), Reply> {
    let found: Vec<&str> = query
        .iter()
        .filter(|(key, _)| key.eq_ignore_ascii_case("api-version"))
        .map(|(_, v)| v.as_str())
        .collect();
    let [version] = found.as_slice() else {
        let message = "The api-version query parameter is required, once, for all requests.";
        return Err(Reply::error(400, "MissingApiVersionParameter", message));
    };
    let kind = lower.iter().rposition(|part| *part == "providers").and_then(|at| lower.get(at + 2)).copied();
    let known = match kind {
        Some("privatednszones") => PRIVATE_DNS.contains(version),
        Some("dnsresolvers" | "dnsforwardingrulesets") => DNS_RESOLVER.contains(version),
        Some("permissions") => PERMISSIONS.contains(version),
        // Preview versions are served by the providers that have nothing else.
        _ => is_date(version.trim_end_matches("-preview")),
    };
    if known {
        return Ok(());
    }
    let message = format!("The api-version '{version}' is none of {}.", kind.unwrap_or("subscriptions"));
    Err(Reply::error(400, "InvalidApiVersionParameter", &message))
}

fn is_date(version: &str) -> bool {
    let shape: String = version.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    shape == "9999-99-99"
}

fn no_such_thing(path: &str) -> Reply {
    Reply::error(404, "InvalidResourceType", &format!("The stand-in has nothing at '{path}'."))
}

/// The private DNS provider leaves out the wrapper that others have.
fn not_found(id: &str, kind: &str) -> Reply {
    let message = format!("There is no resource '{id}' here.");
    if kind == "privatednszones" {
        return Reply::json(404, &json!({"code": "NotFound", "message": message}));
    }
    Reply::error(404, "ResourceNotFound", &message)
}
