//! A row of Resource Graph → what the management API would have sent for the same object.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::value::RawValue;

use super::answer::Row;
use crate::azure::page;
use crate::inventory::{Kind, Resource, ResourceId};

/// The columns that the management API has under the same names, and that anything reads.
const COLUMNS: [&str; 7] = ["name", "type", "location", "tags", "sku", "kind", "properties"];

/// An object of one of these kinds.
pub(super) fn resource(row: &Row, kinds: &[Kind]) -> Result<Resource, String> {
    let id = id(row)?;
    // What downstream cannot tell the kind of would be lost without a word.
    if !Kind::of(&id).is_some_and(|kind| kinds.contains(&kind)) {
        return Err("has an id that is none of what was asked for".to_owned());
    }
    Ok(named(row, &id))
}

/// The object of a row, under this id.
pub(super) fn named(row: &Row, id: &ResourceId) -> Resource {
    let fields = COLUMNS.into_iter().filter_map(|column| Some((column, written(row, column)?.to_owned())));
    Resource { json: object(id, fields), id: id.clone() }
}

/// A subscription, as `GET /subscriptions/{id}` answers.
pub(super) fn subscription(row: &Row) -> Result<Resource, String> {
    let id = id(row)?;
    if Kind::of(&id) != Some(Kind::Subscriptions) {
        return Err("has an id that is no subscription's".to_owned());
    }
    let columns = [("subscriptionId", "subscriptionId"), ("name", "displayName"), ("tenantId", "tenantId")];
    let fields = columns.into_iter().filter_map(|(from, to)| Some((to, written(row, from)?.to_owned())));
    Ok(Resource { json: object(&id, fields), id })
}

/// A record set as the index tells it.
#[derive(Debug)]
pub(super) struct Record {
    pub zone: ResourceId,
    /// The record that every zone has, and that not every list of them shows.
    pub is_soa: bool,
    /// `None` where the row cannot stand for what the management API would say: it is in no shape that is known, or
    /// does not tell what a verdict may hang on.
    pub resource: Option<Resource>,
}

/// A record set of a private DNS zone.
pub(super) fn record(row: &Row) -> Result<Record, String> {
    let id = id(row)?;
    if Kind::of(&id) != Some(Kind::RecordSets) {
        return Err("has an id that is no record set's".to_owned());
    }
    let zone = id.parent().ok_or("has an id without a zone")?;
    let of_type = id.as_str().rsplit('/').nth(1).unwrap_or_default().to_ascii_lowercase();
    let resource = record_properties(row, &of_type).map(|properties| {
        let named = ["name", "type"];
        let named = named.into_iter().filter_map(|column| Some((column, written(row, column)?.to_owned())));
        Resource { json: object(&id, named.chain([("properties", properties)])), id: id.clone() }
    });
    Ok(Record { zone, is_soa: of_type == "soa", resource })
}

/// The properties of a record set in the shape of the management API (Azure docs: the REST reference of private
/// DNS, "Record Sets"). `None` where the row's are not understood.
///
/// Who wrote an address stands in `metadata.creator`, and whether a record is orphaned hangs on it. The index is
/// not documented to tell metadata, so that a set of addresses without them says nothing of its writer; those that
/// Azure registers itself have none.
fn record_properties(row: &Row, of_type: &str) -> Option<String> {
    let properties: Row = serde_json::from_str(row.get("properties")?.get()).ok()?;
    let of = |name: &str| written(&properties, name);
    let told = match of("isAutoRegistered") {
        None => false,
        Some("true") => true,
        Some("false") => false,
        Some(_) => return None,
    };
    let registered = told || of("virtualNetworkId").is_some_and(|id| id != "\"\"");
    let holds_addresses = matches!(of_type, "a" | "aaaa");
    if holds_addresses && !registered && of("metadata").is_none() {
        return None;
    }
    let mut fields: Vec<(&str, String)> = vec![("isAutoRegistered", registered.to_string())];
    if let Some(ttl) = of("ttl") {
        ttl.parse::<u64>().ok()?;
        fields.push(("ttl", ttl.to_owned()));
    }
    for name in ["fqdn", "metadata"] {
        fields.extend(of(name).map(|value| (name, value.to_owned())));
    }
    fields.extend(records(&properties, of_type)?);
    Some(braced(fields.into_iter()))
}

/// The records of a set under the name that the management API has for them; nothing for types that nobody reads.
fn records(properties: &Row, of_type: &str) -> Option<Option<(&'static str, String)>> {
    let (name, field) = match of_type {
        "a" => ("aRecords", "ipv4Address"),
        "aaaa" => ("aaaaRecords", "ipv6Address"),
        "cname" => ("cnameRecord", "cname"),
        _ => return Some(None),
    };
    let records: Vec<BTreeMap<String, &RawValue>> =
        serde_json::from_str(properties.get("records")?.get()).ok()?;
    let texts = records.iter().map(|record| text(record, field));
    let texts: Vec<String> = texts.collect::<Option<_>>()?;
    let quoted = |text: &String| serde_json::Value::from(text.as_str()).to_string();
    if name == "cnameRecord" {
        let [only] = texts.as_slice() else { return None };
        return Some(Some((name, format!("{{\"cname\":{}}}", quoted(only)))));
    }
    // An address that was made unreadable on its way into the index is as good as none.
    if !texts.iter().all(|text| text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4() == (of_type == "a"))) {
        return None;
    }
    let items: Vec<String> = texts.iter().map(|text| format!("{{\"{field}\":{}}}", quoted(text))).collect();
    Some(Some((name, format!("[{}]", items.join(",")))))
}

/// The id of the row's object, where it has one that can be kept.
pub(super) fn id(row: &Row) -> Result<ResourceId, String> {
    let id = text(row, "id").filter(|id| !id.is_empty()).ok_or("has no id")?;
    // A snapshot takes no other, and a live run shall not see more than its snapshot does.
    if !id.starts_with('/') {
        return Err("has an id that does not start with a slash".to_owned());
    }
    Ok(ResourceId::new(&id))
}

fn text(row: &Row, column: &str) -> Option<String> {
    serde_json::from_str(row.get(column)?.get()).ok()
}

/// A cell as it was written; `None` where it holds nothing. Every row has every column, and the management API
/// leaves out what there is not.
fn written<'a>(row: &Row<'a>, column: &str) -> Option<&'a str> {
    row.get(column).map(|cell| cell.get()).filter(|text| *text != "null")
}

fn object<'f>(id: &ResourceId, fields: impl Iterator<Item = (&'f str, String)>) -> Box<str> {
    let id = ("id", serde_json::Value::from(id.as_str()).to_string());
    page::compact(&braced([id].into_iter().chain(fields))).into_boxed_str()
}

/// Names (of ours, which need no escapes) and JSON values as an object.
fn braced<'f>(fields: impl Iterator<Item = (&'f str, String)>) -> String {
    let fields: Vec<String> = fields.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/S/resourceGroups/g/providers/Microsoft.Network";

    fn row(json: &str) -> Row<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_object_is_what_the_management_api_sends() {
        let json = format!(
            r#"{{"type":"microsoft.network/virtualnetworks","id":"{GROUP}/virtualNetworks/V","name":"V","sku":null,
                "tags":null,"location":"westeurope","kind":"","extra":1,"properties":{{ "n": 1.50, "z": null }}}}"#
        );
        let resource = super::resource(&row(&json), &[Kind::VirtualNetworks]).unwrap();
        assert_eq!(
            &*resource.json,
            format!(
                r#"{{"id":"{GROUP}/virtualNetworks/V","name":"V","type":"microsoft.network/virtualnetworks","#
            ) + r#""location":"westeurope","kind":"","properties":{"n":1.50,"z":null}}"#
        );
        assert!(super::resource(&row(&json), &[Kind::PrivateDnsZones]).is_err());
        for odd in
            [r#"{}"#, r#"{"id":null}"#, r#"{"id":7}"#, r#"{"id":""}"#, r#"{"id":"x/y"}"#, r#"{"id":"/x"}"#]
        {
            assert!(super::resource(&row(odd), &Kind::LISTED).is_err(), "{odd}");
            assert!(super::record(&row(odd)).is_err(), "{odd}");
            assert!(super::subscription(&row(odd)).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_subscription_is_named_by_its_row() {
        let json = r#"{"id":"/subscriptions/S","name":"a \"b\"","subscriptionId":"S","tenantId":"T","properties":{}}"#;
        let resource = subscription(&row(json)).unwrap();
        assert_eq!(
            &*resource.json,
            r#"{"id":"/subscriptions/S","subscriptionId":"S","displayName":"a \"b\"","tenantId":"T"}"#
        );
    }

    fn record_of(of_type: &str, properties: &str) -> Record {
        let id = format!("{GROUP}/privateDnsZones/z/{of_type}/r");
        record(&row(&format!(r#"{{"id":"{id}","properties":{properties}}}"#))).unwrap()
    }

    fn properties_of(of_type: &str, properties: &str) -> Option<String> {
        let resource = record_of(of_type, properties).resource?;
        let json: BTreeMap<String, &RawValue> = serde_json::from_str(&resource.json).unwrap();
        Some(json["properties"].get().to_owned())
    }

    #[test]
    fn a_record_set_gets_the_shape_of_the_management_api() {
        for (of_type, told, expected) in [
            (
                "A",
                r#"{"ttl":10,"fqdn":"r.z.","metadata":{"creator":"c"},"records":[{"ipv4Address":"10.0.0.4"}]}"#,
                r#"{"isAutoRegistered":false,"ttl":10,"fqdn":"r.z.","metadata":{"creator":"c"},"aRecords":[{"ipv4Address":"10.0.0.4"}]}"#,
            ),
            (
                "AAAA",
                r#"{"metadata":{},"records":[{"ipv6Address":"fd00::4"},{"ipv6Address":"fd00::5"}]}"#,
                r#"{"isAutoRegistered":false,"metadata":{},"aaaaRecords":[{"ipv6Address":"fd00::4"},{"ipv6Address":"fd00::5"}]}"#,
            ),
            (
                "a",
                r#"{"records":[{"ipv4Address":"10.0.0.4"}],"virtualNetworkId":"/v","virtualNetworkLinkName":"l"}"#,
                r#"{"isAutoRegistered":true,"aRecords":[{"ipv4Address":"10.0.0.4"}]}"#,
            ),
            (
                "CNAME",
                r#"{"records":[{"cname":"x.example"}]}"#,
                r#"{"isAutoRegistered":false,"cnameRecord":{"cname":"x.example"}}"#,
            ),
            ("TXT", r#"{"ttl":60,"records":7}"#, r#"{"isAutoRegistered":false,"ttl":60}"#),
        ] {
            assert_eq!(properties_of(of_type, told).as_deref(), Some(expected), "{told}");
        }
    }

    #[test]
    fn what_is_not_understood_is_for_the_management_api_to_say() {
        let address = r#""records":[{"ipv4Address":"10.0.0.4"}]"#;
        for odd in [
            "null".to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
            // Nobody knows who wrote it.
            format!("{{{address}}}"),
            format!(r#"{{"metadata":null,{address}}}"#),
            format!(r#"{{"metadata":{{}},"ttl":"60",{address}}}"#),
            format!(r#"{{"metadata":{{}},"isAutoRegistered":"no",{address}}}"#),
            r#"{"metadata":{},"records":null}"#.to_owned(),
            r#"{"metadata":{},"records":["10.0.0.4"]}"#.to_owned(),
            r#"{"metadata":{},"records":[{"value":"10.0.0.4"}]}"#.to_owned(),
            r#"{"metadata":{},"records":[{"ipv4Address":"10.0.0.x"}]}"#.to_owned(),
            r#"{"metadata":{},"records":[{"ipv4Address":"fd00::4"}]}"#.to_owned(),
        ] {
            assert_eq!(properties_of("A", &odd), None, "{odd}");
        }
        for odd in
            [r#"{"records":[]}"#, r#"{"records":[{"cname":"a"},{"cname":"b"}]}"#, r#"{"records":[{}]}"#]
        {
            assert_eq!(properties_of("CNAME", odd), None, "{odd}");
        }
        let record = record_of("SOA", "{}");
        assert!(record.is_soa && record.zone.name() == "z" && record.resource.is_some());
    }
}
