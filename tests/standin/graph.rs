//! Resource Graph: an index over all subscriptions, which may be older than the objects themselves. Understands the
//! few forms of queries that are sent to it, and refuses others.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::journal::matches;
use super::reply::Reply;
use super::store::{Store, text};

/// How the index differs from what is.
#[derive(Debug, Default)]
pub struct Index {
    /// Rows on a page when the client does not ask for fewer.
    pub page_size: usize,
    /// Whether record sets carry their metadata.
    pub metadata: bool,
    /// Whether targets tell the connections to them.
    pub connections: bool,
    /// Whether rows come as a table.
    pub tabular: bool,
    /// Objects as they were: instead of those of the same id, or though they are no more.
    pub overrides: Vec<Value>,
    /// Ids (in lower case) of objects that the index does not know yet.
    pub missing: Vec<String>,
    /// Where each opaque token leads: the query, and the first row.
    pub marks: Mutex<HashMap<String, (String, usize)>>,
}

/// What the caller may not see, as a closed door of the management API or as a right that is missing.
pub struct Caller<'a> {
    /// Whether a subscription (in lower case) is hidden from the caller as a whole.
    pub is_shut_out: &'a dyn Fn(&str) -> bool,
    /// The entries of `permissions` of a subscription, where it is not a reader's.
    pub permissions: &'a dyn Fn(&str) -> Option<Value>,
}

/// A query taken apart.
struct Query<'a> {
    table: &'a str,
    types: Vec<String>,
    /// The ids (in lower case) that are asked for, instead of types.
    ids: Vec<String>,
    /// Whether the types are beginnings.
    starts: bool,
    columns: Vec<&'a str>,
}

impl Index {
    /// Answers a query over an estate.
    pub fn answer(&self, store: &Store, caller: &Caller, query: &str, body: &[u8]) -> Reply {
        let versions = ["api-version=2021-03-01", "api-version=2022-10-01", "api-version=2024-04-01"];
        if !versions.contains(&query) {
            return Reply::error(
                400,
                "InvalidApiVersionParameter",
                "The api-version is none of this provider.",
            );
        }
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return bad("The body is not JSON.") };
        let Some(parsed) = Query::parse(text(&body, "query")) else {
            return bad(&format!("The stand-in does not understand {}", body["query"]));
        };
        let subscriptions: Vec<String> = match body["subscriptions"].as_array() {
            Some(ids) if (1..=1000).contains(&ids.len()) => {
                ids.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect()
            }
            _ => return bad("The subscriptions are none, or too many."),
        };
        let rows = self.rows(store, caller, &parsed, &subscriptions);
        self.page(store, &body, &parsed, &rows)
    }

    /// The objects that a query finds, by id.
    fn rows<'a>(
        &'a self,
        store: &'a Store,
        caller: &Caller,
        query: &Query,
        subscriptions: &[String],
    ) -> Vec<&'a Value> {
        let overrides: BTreeMap<String, &Value> =
            self.overrides.iter().map(|object| (text(object, "id").to_ascii_lowercase(), object)).collect();
        let mut rows: BTreeMap<String, &Value> = BTreeMap::new();
        for subscription in subscriptions.iter().filter(|id| !(caller.is_shut_out)(id)) {
            let permissions = (caller.permissions)(subscription);
            let asked_for = |id: &str| {
                let kind = type_of(id);
                let named = query.ids.is_empty() || query.ids.iter().any(|named| named == id);
                named && query.holds(&kind) && may_read(permissions.as_ref(), &kind)
            };
            let is_as_it_is = |id: &str| !overrides.contains_key(id) && !self.missing.iter().any(|m| m == id);
            let own = store.within(subscription).filter(|(id, _)| asked_for(id) && is_as_it_is(id));
            rows.extend(own.map(|(id, object)| (id.to_owned(), object)));
            let home = |id: &str| id.split('/').nth(2) == Some(subscription);
            let older = overrides.iter().filter(|(id, _)| home(id) && asked_for(id));
            rows.extend(older.map(|(id, object)| (id.clone(), *object)));
        }
        rows.into_values().collect()
    }

    fn row(&self, object: &Value, query: &Query) -> Value {
        let kind = type_of(&text(object, "id").to_ascii_lowercase());
        let mut told = object.clone();
        told["type"] = json!(kind);
        if query.table == "resourcecontainers" {
            told["name"] = object["displayName"].clone();
            told["properties"] = json!({"state": object["state"]});
        }
        if query.table == "dnsresources" {
            let zone = text(object, "id").split('/').rev().nth(2).unwrap_or_default();
            told["managedBy"] = json!(zone);
            told["properties"] = self.record(&object["properties"], &kind);
        }
        let columns = query.columns.iter().map(|column| ((*column).to_owned(), told[*column].clone()));
        Value::Object(columns.collect())
    }

    /// A target holds its connections, which are in no table.
    fn with_connections(&self, store: &Store, mut row: Value) -> Value {
        let below = format!("{}/privateendpointconnections/", text(&row, "id").to_ascii_lowercase());
        let is_older =
            |id: &str| self.overrides.iter().find(|other| text(other, "id").eq_ignore_ascii_case(id));
        let subscription = below.split('/').nth(2).unwrap_or_default();
        let own = store.within(subscription).filter(|(id, _)| id.starts_with(&below));
        let own: Vec<&Value> = own.map(|(id, object)| is_older(id).unwrap_or(object)).collect();
        if self.connections {
            row["properties"]["privateEndpointConnections"] = json!(own);
        }
        row
    }

    /// A record set as the index tells it.
    fn record(&self, properties: &Value, kind: &str) -> Value {
        let records = match kind.rsplit('/').next() {
            Some("a") => properties["aRecords"].clone(),
            Some("aaaa") => properties["aaaaRecords"].clone(),
            Some("cname") => json!([properties["cnameRecord"]]),
            _ => json!([]),
        };
        let mut told = json!({"fqdn": properties["fqdn"], "ttl": properties["ttl"], "records": records});
        if properties["isAutoRegistered"] == true {
            told["virtualNetworkId"] = json!("/subscriptions/x/y");
            told["virtualNetworkLinkName"] = json!("link");
        }
        if self.metadata {
            told["metadata"] = properties.get("metadata").cloned().unwrap_or(json!({}));
        }
        told
    }

    fn page(&self, store: &Store, body: &Value, query: &Query, rows: &[&Value]) -> Reply {
        let mut marks = self.marks.lock().unwrap();
        let options = &body["options"];
        let asked = json!([body["query"], body["subscriptions"]]).to_string();
        let start = match options["$skipToken"].as_str() {
            None => 0,
            Some(token) => match marks.get(token) {
                Some((of, start)) if *of == asked => *start,
                _ => return bad("The skip token was not issued for this query."),
            },
        };
        let top = options["$top"].as_u64().and_then(|top| usize::try_from(top).ok()).unwrap_or(100);
        let end = rows.len().min(start + top.min(self.page_size));
        let whole = |row: Value| if query.ids.is_empty() { row } else { self.with_connections(store, row) };
        let page: Vec<Value> = rows[start..end].iter().map(|object| whole(self.row(object, query))).collect();
        let mut answer = json!({"totalRecords": rows.len(), "count": page.len(), "facets": [],
            "resultTruncated": "false", "data": page});
        if self.tabular {
            let columns: Vec<Value> =
                query.columns.iter().map(|name| json!({"name": name, "type": "string"})).collect();
            let cells = |row: &Value| query.columns.iter().map(|name| row[*name].clone()).collect::<Vec<_>>();
            let cells: Vec<Vec<Value>> = page.iter().map(cells).collect();
            answer["data"] = json!({"columns": columns, "rows": cells});
        }
        if end < rows.len() {
            let token = format!("graph{:04}+/=", marks.len());
            answer["$skipToken"] = json!(token);
            marks.insert(token, (asked, end));
        }
        let mut reply = Reply::json(200, &answer);
        reply.headers.push(("x-ms-user-quota-remaining", "14".to_owned()));
        reply.headers.push(("x-ms-user-quota-resets-after", "00:00:05".to_owned()));
        reply
    }
}

impl<'a> Query<'a> {
    /// `table | where type in~ ('a', 'b') | project x, y | order by id asc`, or `==` or `startswith` one type, or
    /// `id in~` some ids.
    fn parse(query: &'a str) -> Option<Query<'a>> {
        let parts: Vec<&str> = query.split('|').map(str::trim).collect();
        let [table, filter, columns, "order by id asc"] = parts.as_slice() else { return None };
        let named: Vec<String> = filter.split('\'').skip(1).step_by(2).map(str::to_owned).collect();
        let known = ["resources", "dnsresources", "resourcecontainers"].contains(table);
        let columns = columns.strip_prefix("project ")?.split(',').map(str::trim).collect();
        if named.is_empty() || !known {
            return None;
        }
        if filter.starts_with("where id in~ (") {
            let ids = named.iter().map(|id| id.to_ascii_lowercase()).collect();
            return Some(Query { table, types: Vec::new(), ids, starts: false, columns });
        }
        let filter = filter.strip_prefix("where type ")?;
        let starts = filter.starts_with("startswith ");
        if !starts && !filter.starts_with("in~ (") && !filter.starts_with("== ") {
            return None;
        }
        Some(Query { table, types: named, ids: Vec::new(), starts, columns })
    }

    fn holds(&self, kind: &str) -> bool {
        let is_record =
            kind.starts_with("microsoft.network/privatednszones/") && !kind.ends_with("/virtualnetworklinks");
        let is_here = match self.table {
            "dnsresources" => is_record,
            "resourcecontainers" => kind == "microsoft.resources/subscriptions",
            // These are in no table.
            _ => !is_record && !UNKNOWN.contains(&kind),
        };
        let fits = |one: &String| if self.starts { kind.starts_with(one.as_str()) } else { one == kind };
        is_here && (!self.ids.is_empty() || self.types.iter().any(fits))
    }
}

const UNKNOWN: [&str; 4] = [
    "microsoft.network/privateendpoints/privatednszonegroups",
    "microsoft.network/dnsforwardingrulesets/forwardingrules",
    "microsoft.network/dnsforwardingrulesets/virtualnetworklinks",
    "microsoft.network/virtualhubs/hubvirtualnetworkconnections",
];

/// The type of what an id (in lower case) names.
fn type_of(id: &str) -> String {
    let Some((_, after)) = id.rsplit_once("/providers/") else {
        return "microsoft.resources/subscriptions".to_owned();
    };
    let parts: Vec<&str> = after.split('/').collect();
    let types: Vec<&str> = parts[1..].iter().step_by(2).copied().collect();
    format!("{}/{}", parts[0], types.join("/"))
}

/// Whether the entries of `permissions` allow to read a type; a reader may read all.
fn may_read(permissions: Option<&Value>, kind: &str) -> bool {
    let Some(entries) = permissions else { return true };
    let need = format!("{kind}/read");
    let named = |entry: &Value, list: &str| {
        entry[list]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|pattern| matches(pattern, &need))
    };
    let own = entries.as_array().into_iter().flatten();
    kind == "microsoft.resources/subscriptions"
        || own.into_iter().any(|entry| named(entry, "actions") && !named(entry, "notActions"))
}

fn bad(message: &str) -> Reply {
    Reply::error(400, "BadRequest", message)
}
