//! One page of a list: bytes → raw resources, the link to the next page, and what was malformed.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::arm;
use crate::inventory::{Kind, Resource, ResourceId};

/// A page taken apart.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub resources: Vec<Resource>,
    /// What is wrong with each item that could not be taken.
    pub malformed: Vec<String>,
    /// As written; `None` at the end of the list.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow, default)]
    value: Option<Vec<&'a RawValue>>,
    #[serde(rename = "nextLink", default)]
    next_link: Value,
}

#[derive(Deserialize)]
struct Head {
    id: Option<String>,
}

/// Reads a page of resources of one kind. `Err` says why the page as a whole cannot be read.
pub(super) fn read(body: &[u8], kind: Kind) -> Result<Page, String> {
    let raw = raw_page(body)?;
    let mut page = Page { next: next(raw.next_link)?, ..Page::default() };
    for (index, item) in raw.value.unwrap_or_default().into_iter().enumerate() {
        match resource(item, kind) {
            Ok(resource) => page.resources.push(resource),
            Err(why) => page.malformed.push(format!("item {} of a page {why}", index + 1)),
        }
    }
    Ok(page)
}

/// Reads a page of anything else: its items, and the link to the next page.
pub(super) fn read_values<T: serde::de::DeserializeOwned>(
    body: &[u8],
) -> Result<(Vec<T>, Option<String>), String> {
    let raw = raw_page(body)?;
    let parse = |item: &RawValue| serde_json::from_str(item.get()).map_err(|e| e.to_string());
    let items = raw.value.unwrap_or_default().into_iter().map(parse).collect::<Result<_, _>>()?;
    Ok((items, next(raw.next_link)?))
}

/// Reads a list that a target keeps. Its items are the target's whatever their ids say: some providers leave out
/// the first slash, write another casing, or no id at all. Some answer a bare list, or one bare object.
pub(super) fn read_kept(body: &[u8], kind: Kind, target: &ResourceId) -> Result<Page, String> {
    let segment = arm::segment_of(kind).ok_or("the answer is of no kind that a target keeps")?;
    let text = without_mark(body).trim_ascii();
    let (items, next) = match text.first() {
        Some(b'[') => (serde_json::from_slice(text).map_err(|_| "the answer is not JSON")?, None),
        _ => match raw_page(body) {
            Ok(raw) => (raw.value.unwrap_or_default(), next(raw.next_link)?),
            Err(why) => (vec![bare(text).ok_or(why)?], None),
        },
    };
    let mut page = Page { next, ..Page::default() };
    for (index, item) in items.into_iter().enumerate() {
        match kept(item, kind, target, segment) {
            Ok(resource) => page.resources.push(resource),
            Err(why) => page.malformed.push(format!("item {} of a page {why}", index + 1)),
        }
    }
    Ok(page)
}

/// An object that stands in the place of a list of one.
fn bare(text: &[u8]) -> Option<&RawValue> {
    let raw: &RawValue = serde_json::from_slice(text).ok()?;
    let fields: Map<String, Value> = serde_json::from_str(raw.get()).ok()?;
    let is_item = fields.get("id").or(fields.get("name")).is_some_and(Value::is_string);
    (is_item && !fields.contains_key("value")).then_some(raw)
}

/// One thing that a target keeps, under the target's id as it was asked.
fn kept(raw: &RawValue, kind: Kind, target: &ResourceId, segment: &str) -> Result<Resource, String> {
    let fields: Map<String, Value> = serde_json::from_str(raw.get()).map_err(|_| "is not an object")?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let own = text("id").map(ResourceId::new);
    let named = own.as_ref().map(ResourceId::name).or(text("name").and_then(|name| name.rsplit('/').next()));
    let name = named.filter(|name| !name.is_empty()).ok_or("has neither an id nor a name")?;
    let id = ResourceId::new(&format!("{target}/{segment}/{name}"));
    named_anew(raw, own, id, kind)
}

/// Reads the answer for one target. Its id is the one asked for, but for casing and the first slash.
pub(super) fn read_target(body: &[u8], target: &ResourceId) -> Result<Resource, String> {
    let raw: &RawValue = serde_json::from_slice(without_mark(body)).map_err(|_| "is not JSON".to_owned())?;
    let head: Head = serde_json::from_str(raw.get()).map_err(|_| "has no id that is text".to_owned())?;
    let own = head.id.filter(|id| !id.is_empty()).map(|id| ResourceId::new(&id));
    let bare = |id: &ResourceId| ResourceId::new(id.as_str().trim_start_matches('/'));
    if own.as_ref().is_some_and(|own| bare(own) != bare(target)) {
        return Err("is about another resource".to_owned());
    }
    let kind = Kind::of(target).ok_or("is of no kind that is read")?;
    named_anew(raw, own, target.clone(), kind)
}

/// The resource under `id`. Its JSON stays as it is, unless it says another id (or none).
fn named_anew(
    raw: &RawValue,
    own: Option<ResourceId>,
    id: ResourceId,
    kind: Kind,
) -> Result<Resource, String> {
    if own.as_ref() == Some(&id) {
        return resource(raw, kind);
    }
    let mut fields: Map<String, Value> = serde_json::from_str(raw.get()).map_err(|_| "is not an object")?;
    fields.insert("id".to_owned(), id.as_str().into());
    if Kind::of(&id) != Some(kind) {
        return Err(format!("has an id that is not one of {}", kind.title()));
    }
    Ok(Resource { id, json: Value::Object(fields).to_string().into_boxed_str() })
}

/// Reads an answer that is a resource itself.
pub(super) fn read_one(body: &[u8], kind: Kind) -> Result<Resource, String> {
    let raw: &RawValue = serde_json::from_slice(without_mark(body)).map_err(|_| "is not JSON".to_owned())?;
    resource(raw, kind)
}

fn raw_page(body: &[u8]) -> Result<RawPage<'_>, String> {
    let body = without_mark(body);
    // A derived structure would accept an array in place of the object.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err("the answer is not a JSON object".to_owned());
    }
    let page: RawPage = serde_json::from_slice(body)
        .map_err(|error| format!("the answer is not a page of a list: {error}"))?;
    if page.value.is_none() {
        return Err("the answer holds no list".to_owned());
    }
    Ok(page)
}

fn next(link: Value) -> Result<Option<String>, String> {
    match link {
        Value::Null => Ok(None),
        Value::String(link) if link.is_empty() => Ok(None),
        Value::String(link) => Ok(Some(link)),
        _ => Err("the link to the next page is no text".to_owned()),
    }
}

fn resource(raw: &RawValue, kind: Kind) -> Result<Resource, String> {
    if !raw.get().starts_with('{') {
        return Err("is not an object".to_owned());
    }
    let head: Head = serde_json::from_str(raw.get()).map_err(|_| "has no id that is text".to_owned())?;
    let id = head.id.filter(|id| !id.is_empty()).ok_or("has no id")?;
    // A snapshot takes no other, and a live run shall not see more than its snapshot does.
    if !id.starts_with('/') {
        return Err("has an id that does not start with a slash".to_owned());
    }
    let id = ResourceId::new(&id);
    // What downstream cannot tell the kind of would be lost without a word.
    if Kind::of(&id) != Some(kind) {
        return Err(format!("has an id that is not one of {}", kind.title()));
    }
    Ok(Resource { id, json: compact(raw.get()).into_boxed_str() })
}

/// Some of Azure's providers put a byte order mark in front.
pub(super) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// JSON text (known to be valid) without white space between its tokens: Azure's own numbers, escapes and order
/// of keys stay as they are, and it fits on one line, since strings hold line breaks in escaped form only.
pub(super) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find(['"', ' ', '\t', '\r', '\n']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let taken = if from.starts_with('"') {
            let end = string_end(from);
            out.push_str(&from[..end]);
            end
        } else {
            1
        };
        rest = &from[taken..];
    }
    out.push_str(rest);
    out
}

/// Where the string that `text` starts with ends, the closing quote included.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VNET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";

    #[test]
    fn json_is_compacted_and_otherwise_left_alone() {
        let azure = "{ \"b\" :\t1.0e3 ,\r\n \"a\": [ \"x  \\\" \\\\\" , \"\\n\\u00e4 ö\" ] , \"c\":{ } }";
        let compacted = compact(azure);
        assert_eq!(compacted, "{\"b\":1.0e3,\"a\":[\"x  \\\" \\\\\",\"\\n\\u00e4 ö\"],\"c\":{}}");
        let same = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(same(azure), same(&compacted));
    }

    #[test]
    fn compaction_survives_anything() {
        for odd in ["", "\"", "\"\\", "\"\\\"", "{", " ", "ä\"ö"] {
            compact(odd);
        }
    }

    #[test]
    fn a_page_gives_resources_as_azure_wrote_them() {
        let body =
            format!("\u{FEFF}{{\"value\": [ {{ \"id\": \"{VNET}\", \"z\": 1 }} ], \"nextLink\": \"n\"}}");
        let page = read(body.as_bytes(), Kind::VirtualNetworks).unwrap();
        assert_eq!(&*page.resources[0].json, format!("{{\"id\":\"{VNET}\",\"z\":1}}"));
        assert_eq!(page.next.as_deref(), Some("n"));
        assert!(page.malformed.is_empty());
    }

    #[test]
    fn a_malformed_item_costs_itself_alone() {
        let good = format!("{{\"id\":\"{VNET}\"}}");
        let body = format!(
            r#"{{"value":[null,3,[],["x"],{{}},{{"id":null}},{{"id":7}},{{"id":""}},{{"id":"/x"}},
                {{"id":"{}"}},{good}]}}"#,
            VNET.trim_start_matches('/')
        );
        let page = read(body.as_bytes(), Kind::VirtualNetworks).unwrap();
        assert_eq!(page.resources.len(), 1);
        assert_eq!(page.malformed.len(), 10, "{:?}", page.malformed);
        let of_another_kind = read(body.as_bytes(), Kind::LoadBalancers).unwrap();
        assert_eq!(of_another_kind.resources.len(), 0);
    }

    #[test]
    fn the_end_of_a_list_has_many_forms() {
        for end in ["", r#","nextLink":null"#, r#","nextLink":"""#] {
            let body = format!(r#"{{"value":[]{end}}}"#);
            assert_eq!(read(body.as_bytes(), Kind::VirtualNetworks).unwrap().next, None, "{end}");
        }
    }

    #[test]
    fn what_is_no_page_is_an_error() {
        let bodies: [&[u8]; 12] = [
            b"",
            b"null",
            b"[]",
            b"[[]]",
            b"{}",
            b"{\"value\":null}",
            b"{\"value\":{}}",
            b"{\"value\":[",
            b"{\"value\":[],\"nextLink\":7}",
            b"{\"value\":[\"\xff\"]}",
            b"<html>",
            b"{\"value\":[],\"value\":[]}",
        ];
        for body in bodies {
            assert!(read(body, Kind::VirtualNetworks).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_resource_alone_is_read_too() {
        let body = br#" {"id": "/subscriptions/3f2504e0", "displayName": "a b"} "#;
        let resource = read_one(body, Kind::Subscriptions).unwrap();
        assert_eq!(&*resource.json, r#"{"id":"/subscriptions/3f2504e0","displayName":"a b"}"#);
        for odd in ["", "[]", "{}", r#"{"id":"/x"}"#] {
            assert!(read_one(odd.as_bytes(), Kind::Subscriptions).is_err(), "{odd}");
        }
    }

    const ACCOUNT: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a";

    #[test]
    fn the_answer_for_a_target_is_about_that_target() {
        let target = ResourceId::new(ACCOUNT);
        let read = |id: &str| read_target(format!(r#"{{"id":{id},"z":1.0}}"#).as_bytes(), &target);
        let shouted = ACCOUNT.to_uppercase();
        assert_eq!(read(&format!("\"{shouted}\"")).unwrap().id.as_str(), shouted, "as Azure wrote it");
        for odd in [format!("\"{}\"", &ACCOUNT[1..]), "null".to_owned(), "\"\"".to_owned()] {
            let resource = read(&odd).unwrap();
            assert_eq!(resource.id.as_str(), ACCOUNT, "{odd}");
            assert!(resource.json.contains(&format!("\"id\":\"{ACCOUNT}\"")), "{}", resource.json);
        }
        for other in [format!("\"{ACCOUNT}b\""), "7".to_owned(), "{}".to_owned()] {
            assert!(read(&other).is_err(), "{other}");
        }
        for body in ["", "[]", "null", "[{}]", "<html>", "\"x\""] {
            assert!(read_target(body.as_bytes(), &target).is_err(), "{body}");
        }
    }

    #[test]
    fn what_a_target_keeps_is_its_own_whatever_the_ids_say() {
        let target = ResourceId::new(ACCOUNT);
        let read = |body: &str| read_kept(body.as_bytes(), Kind::LinkResources, &target);
        let elsewhere =
            "subscriptions/t/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a/x/blob";
        for body in [
            format!(r#"{{"value":[{{"id":"{elsewhere}"}}]}}"#),
            format!(r#"[{{"id":"{elsewhere}"}}]"#),
            r#" {"name":"a/blob","properties":{}} "#.to_owned(),
        ] {
            let page = read(&body).unwrap();
            assert_eq!(page.malformed, Vec::<String>::new(), "{body}");
            let expected = format!("{ACCOUNT}/privateLinkResources/blob");
            assert_eq!(page.resources[0].id.as_str(), expected, "{body}");
        }
        assert!(read(r#"{"value":[]}"#).unwrap().resources.is_empty());
        assert!(read("[]").unwrap().resources.is_empty());
        assert_eq!(read(r#"[null,{},{"id":"/"},{"name":""}]"#).unwrap().malformed.len(), 4);
        for body in ["", "{}", "null", "7", r#"{"value":null}"#, r#"{"value":{}}"#, r#"{"id":7}"#, "[{]"] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
