//! Fields that may be absent or odd without costing the object they stand in. Knows JSON, and no kind.

use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::inventory::ResourceId;

/// What stands in a field. Any JSON value can be read into it, so that one odd field fails alone.
#[derive(Debug, Default)]
pub(super) enum Field<T> {
    /// No such key, or `null`: with [`Field::Empty`] the ways in which Azure writes "nothing".
    #[default]
    Absent,
    /// An empty text.
    Empty,
    Read(T),
    /// A value that is no `T`.
    Odd,
}

impl<T> Field<T> {
    /// The value, for fields whose oddity nobody needs to hear of.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Field::Read(value) => Some(value),
            Field::Absent | Field::Empty | Field::Odd => None,
        }
    }

    /// As it is, where "nothing" is no answer but odd.
    pub(super) fn required(self) -> Self {
        if matches!(self, Field::Absent | Field::Empty) { Field::Odd } else { self }
    }

    /// As it is, in a list: an empty text says that there is none of it, and `null` says nothing of what was there.
    pub(super) fn element(self) -> Self {
        if matches!(self, Field::Absent) { Field::Odd } else { self }
    }
}

/// A text field.
pub(super) type Text = Field<Box<str>>;
/// A list; its elements may be odd one by one.
pub(super) type List<T> = Field<Vec<Field<T>>>;
/// A nested object with the fields of `T`.
pub(super) type Fields<T> = Field<Object<T>>;

/// How a `T` is spelled in JSON. What is not said here is odd.
pub(super) trait Shape<'de>: Sized {
    /// From text without surrounding blanks; never empty.
    fn from_text(_: &str) -> Option<Self> {
        None
    }

    fn from_flag(_: bool) -> Option<Self> {
        None
    }

    fn from_number(_: u64) -> Option<Self> {
        None
    }

    /// From a number that is negative or has a fraction.
    fn from_real(_: f64) -> Option<Self> {
        None
    }

    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn from_object<A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Shape<'_> for Box<str> {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

impl Shape<'_> for ResourceId {
    fn from_text(text: &str) -> Option<Self> {
        Some(ResourceId::new(text))
    }
}

impl Shape<'_> for IpAddr {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Shape<'_> for bool {
    fn from_flag(flag: bool) -> Option<Self> {
        Some(flag)
    }

    /// The firewall's `additionalProperties` hold flags as text.
    fn from_text(text: &str) -> Option<Self> {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("true") { Some(true) } else { is("false").then_some(false) }
    }
}

impl Shape<'_> for u64 {
    fn from_number(number: u64) -> Option<Self> {
        Some(number)
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A number that counts or measures something, and so is not below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Amount(pub(super) f64);

impl Shape<'_> for Amount {
    fn from_number(number: u64) -> Option<Self> {
        Some(Amount(number as f64))
    }

    fn from_real(number: f64) -> Option<Self> {
        (number.is_finite() && number >= 0.0).then_some(Amount(number))
    }
}

impl<'de, E: Deserialize<'de>> Shape<'de> for Vec<E> {
    fn from_list<A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Some(elements))
    }
}

/// A JSON object with the fields of `T`.
#[derive(Debug, Default)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Shape<'de> for Object<T> {
    fn from_object<A: MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|fields| Some(Object(fields)))
    }
}

/// An object of which only `properties` are read.
#[derive(Debug, Deserialize)]
#[serde(default, bound = "T: for<'a> Deserialize<'a>")]
pub(super) struct Plain<T> {
    pub(super) properties: Fields<T>,
}

impl<T> Default for Plain<T> {
    fn default() -> Self {
        Plain { properties: Field::Absent }
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(parsed(text))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(read_or_odd(T::from_flag(flag)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(read_or_odd(T::from_number(number)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(read_or_odd(T::from_real(number as f64)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(read_or_odd(T::from_real(number)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        T::from_list(list).map(read_or_odd)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::from_object(object).map(read_or_odd)
    }
}

fn read_or_odd<T>(read: Option<T>) -> Field<T> {
    read.map_or(Field::Odd, Field::Read)
}

/// One of Azure's own models. They refuse a whole object for one field of an odd type, read or not, so they are
/// used for the leaves alone, where all fields are read, and what a model refuses costs that leaf.
#[derive(Debug)]
pub(super) struct Model<M>(pub(super) Field<M>);

impl<M> Default for Model<M> {
    fn default() -> Self {
        Model(Field::Absent)
    }
}

impl<'de, M: DeserializeOwned> Deserialize<'de> for Model<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Model(match text.as_bytes().first() {
            Some(b'n') => Field::Absent,
            // A list would be taken for the fields in their order.
            Some(b'{') => serde_json::from_str(text).map_or(Field::Odd, Field::Read),
            _ => Field::Odd,
        }))
    }
}

/// A prefix, without the host bits that some tools leave in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix(pub(super) IpNet);

impl Shape<'_> for Prefix {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().map(|prefix: IpNet| Prefix(prefix.trunc()))
    }
}

/// A text of Azure's models as a field of ours.
pub(super) fn parsed<'a, T: Shape<'a>>(text: &str) -> Field<T> {
    let text = text.trim();
    if text.is_empty() { Field::Empty } else { read_or_odd(T::from_text(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        address: Field<IpAddr>,
        names: Field<Vec<Field<Box<str>>>>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Outer {
        first: Field<Object<Inner>>,
        flag: Field<bool>,
        count: Field<u64>,
        last: Field<Box<str>>,
    }

    #[test]
    fn every_json_value_in_every_field_leaves_the_others_alone() {
        let values =
            ["null", "true", "1", "-1", "1.5", r#""""#, r#""x""#, "[]", "[[1],{}]", "{}", r#"{"a":[1]}"#];
        for value in values {
            for field in ["first", "flag", "count"] {
                let json = format!(r#"{{"{field}":{value},"last":"here"}}"#);
                let read: Outer = serde_json::from_str(&json).unwrap();
                assert_eq!(read.last.value().as_deref(), Some("here"), "{json}");
            }
            let json = format!(r#"{{"first":{{"address":{value},"names":["a",{value}]}},"last":"here"}}"#);
            let read: Outer = serde_json::from_str(&json).unwrap();
            assert_eq!(read.last.value().as_deref(), Some("here"), "{json}");
        }
    }

    #[test]
    fn nothing_has_three_spellings_and_none_of_them_is_odd() {
        for json in ["{}", r#"{"address":null}"#, r#"{"address":""}"#, r#"{"address":"  "}"#] {
            let read: Inner = serde_json::from_str(json).unwrap();
            assert!(matches!(read.address, Field::Absent | Field::Empty), "{json}");
        }
    }

    #[test]
    fn what_cannot_be_the_value_is_odd() {
        for json in [r#"{"address":"10.0.0.256"}"#, r#"{"address":7}"#, r#"{"address":["10.0.0.1"]}"#] {
            let read: Inner = serde_json::from_str(json).unwrap();
            assert!(matches!(read.address, Field::Odd), "{json}");
        }
    }

    #[test]
    fn flags_and_counts_may_be_text() {
        let read: Outer = serde_json::from_str(r#"{"flag":"True","count":"12"}"#).unwrap();
        assert!(matches!((read.flag, read.count), (Field::Read(true), Field::Read(12))));
    }

    #[test]
    fn a_model_that_refuses_its_object_leaves_the_others_alone() {
        use azure_mgmt_privatedns::package_2024_06::models::ARecord;
        let read: Vec<Model<ARecord>> =
            serde_json::from_str(r#"[{"ipv4Address":7},["10.0.0.1"],null,{"ipv4Address":"10.0.0.4"}]"#)
                .unwrap();
        assert!(matches!(read[0].0, Field::Odd));
        assert!(matches!(read[1].0, Field::Odd));
        assert!(matches!(read[2].0, Field::Absent));
        assert!(matches!(&read[3].0, Field::Read(a) if a.ipv4_address.as_deref() == Some("10.0.0.4")));
    }

    #[test]
    fn a_prefix_loses_its_host_bits() {
        assert!(
            matches!(parsed::<Prefix>("10.1.2.3/16"), Field::Read(p) if p.0.to_string() == "10.1.0.0/16")
        );
        assert!(matches!(parsed::<Prefix>("10.1.2.3"), Field::Odd));
    }
}
