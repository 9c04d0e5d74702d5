//! A resource's JSON → the same with other texts in it. Knows no kind.
//!
//! Keys that stand twice stay twice: such an object cannot be read, and must not become one that can.

use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::field::Field;
use super::text::{self, Pass};
use crate::inventory::{Resource, ResourceId};

/// JSON of which only the fields that somebody reads are left.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// What becomes of a resource.
pub(super) fn resource(pass: &mut impl Pass, resource: &Resource) -> Resource {
    let id = ResourceId::new(&text::id(pass, resource.id.as_str()));
    let mut json = serde_json::Deserializer::from_str(&resource.json);
    let read = Inside(Field::Holder, 0).deserialize(&mut json).and_then(|node| json.end().map(|()| node));
    let node = match read {
        Ok(Node::Object(fields)) => Node::Object(of_resource(pass, fields, &id)),
        Ok(_) | Err(_) => unreadable(&id),
    };
    // A tree of text, numbers and lists can always be written.
    let json = serde_json::to_string(&node).unwrap_or_default();
    Resource { id, json: json.into() }
}

/// The id of the resource itself is taken as it was when it was read.
fn of_resource(pass: &mut impl Pass, fields: Vec<(String, Node)>, id: &ResourceId) -> Vec<(String, Node)> {
    let made = |(key, node): (String, Node)| {
        let node = match (key.as_str(), node) {
            ("id", Node::Text(_)) => Node::Text(id.to_string()),
            (_, node) => rewritten(pass, Field::Holder.inner(&key).unwrap_or(Field::Prose), node),
        };
        (key, node)
    };
    fields.into_iter().map(made).collect()
}

/// Stands for what cannot be read, and cannot be read either: no kind takes a field that stands twice.
fn unreadable(id: &ResourceId) -> Node {
    let zero = || Node::Number(Number::from(0));
    let twice = ["displayName", "displayName", "properties", "properties"];
    let odd = twice.into_iter().map(|key| (key.to_owned(), zero()));
    Node::Object(std::iter::once(("id".to_owned(), Node::Text(id.to_string()))).chain(odd).collect())
}

fn rewritten(pass: &mut impl Pass, field: Field, node: Node) -> Node {
    match node {
        Node::Text(text) => Node::Text(field.made(pass, &text)),
        Node::List(list) => Node::List(list.into_iter().map(|node| rewritten(pass, field, node)).collect()),
        Node::Object(fields) if field == Field::Tags => {
            Node::Object(fields.into_iter().map(|(key, node)| tag(pass, &key, node)).collect())
        }
        Node::Object(fields) => {
            let made = |(key, node): (String, Node)| {
                let inner = field.inner(&key).unwrap_or(Field::Prose);
                (key, rewritten(pass, inner, node))
            };
            Node::Object(fields.into_iter().map(made).collect())
        }
        Node::Number(_) => number(field, node),
        Node::Null | Node::Flag(_) => node,
    }
}

/// A number stays where one is due; elsewhere it is as odd as any other.
fn number(field: Field, node: Node) -> Node {
    if field == Field::Plain { node } else { Node::Number(Number::from(0)) }
}

fn tag(pass: &mut impl Pass, key: &str, node: Node) -> (String, Node) {
    match node {
        Node::Text(value) => {
            let (key, value) = Field::tag(pass, key, &value);
            (key, Node::Text(value))
        }
        // Azure's tags are text; whatever else stands there says nothing.
        Node::List(_) | Node::Object(_) => (text::name(pass, key), Node::List(Vec::new())),
        Node::Null | Node::Flag(_) | Node::Number(_) => {
            (text::name(pass, key), rewritten(pass, Field::Prose, node))
        }
    }
}

/// Nothing that is read lies as deep; what does is left out, so that no depth is too much.
const DEEPEST: u8 = 32;

/// Reads what stands in a field, so many levels deep.
#[derive(Clone, Copy)]
struct Inside(Field, u8);

impl<'de> DeserializeSeed<'de> for Inside {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inside {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(Number::from_f64(number).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let Inside(field, depth) = self;
        let mut nodes = Vec::new();
        if depth == DEEPEST {
            while list.next_element::<IgnoredAny>()?.is_some() {}
        }
        while let Some(node) = list.next_element_seed(Inside(field, depth + 1))? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let Inside(field, depth) = self;
        let mut fields = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match field.inner(&key).filter(|_| depth < DEEPEST) {
                Some(inner) => fields.push((key, map.next_value_seed(Inside(inner, depth + 1))?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Node::Object(fields))
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Null => serializer.serialize_unit(),
            Node::Flag(flag) => serializer.serialize_bool(*flag),
            Node::Number(number) => number.serialize(serializer),
            Node::Text(text) => serializer.serialize_str(text),
            Node::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                list.iter().try_for_each(|node| seq.serialize_element(node))?;
                seq.end()
            }
            Node::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields.iter().try_for_each(|(key, node)| map.serialize_entry(key, node))?;
                map.end()
            }
        }
    }
}
