//! The types of facts, from the JSON Schema of a row.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

/// The type of an expression or a fact.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Type {
    pub form: Form,
    /// Whether it may be null: known, and not there.
    pub nullable: bool,
    /// Every text that it may be, where there are only these.
    pub words: Option<Arc<[String]>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// Not known before a row is at hand.
    Any,
    Null,
    Bool,
    Int,
    UInt,
    Double,
    Text,
    Bytes,
    List(Arc<Type>),
    /// Any keys, such as tags.
    Map(Arc<Type>),
    /// Named fields, each of which may be unread.
    Record(Arc<BTreeMap<String, Type>>),
}

/// How deep a schema is followed; one that refers to itself ends here.
const DEEPEST: usize = 16;

impl Type {
    pub const ANY: Type = Type { form: Form::Any, nullable: true, words: None };
    pub const NULL: Type = Type { form: Form::Null, nullable: true, words: None };
    /// The items of an empty list.
    pub const NOTHING: Type = Type { form: Form::Null, nullable: false, words: None };
    pub const BOOL: Type = Type { form: Form::Bool, nullable: false, words: None };
    pub const INT: Type = Type { form: Form::Int, nullable: false, words: None };
    pub const UINT: Type = Type { form: Form::UInt, nullable: false, words: None };
    pub const DOUBLE: Type = Type { form: Form::Double, nullable: false, words: None };
    pub const TEXT: Type = Type { form: Form::Text, nullable: false, words: None };
    pub const BYTES: Type = Type { form: Form::Bytes, nullable: false, words: None };

    pub fn list(items: Type) -> Type {
        Type { form: Form::List(Arc::new(items)), nullable: false, words: None }
    }

    /// The type that a root schema describes.
    pub fn of_schema(schema: &Value) -> Type {
        read(schema, schema, 0)
    }

    /// The type of what is either of the two; `None` when nothing is both.
    pub fn or(&self, other: &Type) -> Option<Type> {
        let nullable = self.nullable || other.nullable;
        let form = match (&self.form, &other.form) {
            (Form::Null, form) | (form, Form::Null) => form.clone(),
            (Form::Any, _) | (_, Form::Any) => Form::Any,
            (Form::List(a), Form::List(b)) => Form::List(Arc::new(a.or(b)?)),
            (Form::Record(a), Form::Record(b)) => Form::Record(Arc::new(merged(a, b))),
            (a, b) if a == b => a.clone(),
            _ => return None,
        };
        let words = match (&self.form, &other.form) {
            (Form::Null, _) => other.words.clone(),
            (_, Form::Null) => self.words.clone(),
            _ => self
                .words
                .iter()
                .zip(&other.words)
                .next()
                .map(|(a, b)| a.iter().chain(b.iter()).cloned().collect()),
        };
        Some(Type { form, nullable, words })
    }

    /// Whether two values may be equal at all.
    pub fn meets(&self, other: &Type) -> bool {
        let is_number = |form: &Form| matches!(form, Form::Int | Form::UInt | Form::Double);
        match (&self.form, &other.form) {
            (Form::Any | Form::Null, _) | (_, Form::Any | Form::Null) => true,
            (Form::List(a), Form::List(b)) | (Form::Map(a), Form::Map(b)) => a.meets(b),
            (a, b) => a == b || (is_number(a) && is_number(b)),
        }
    }

    /// Whether facts that may be unread hide inside: two such values cannot be compared, since what was not read would
    /// count as not there.
    pub fn holds_record(&self) -> bool {
        match &self.form {
            Form::Record(_) => true,
            Form::List(inner) | Form::Map(inner) => inner.holds_record(),
            _ => false,
        }
    }
}

/// The fields of a record that is of one shape or of another: those that both have, since any other would be unread in
/// some of them.
fn merged(a: &BTreeMap<String, Type>, b: &BTreeMap<String, Type>) -> BTreeMap<String, Type> {
    let both = a.iter().filter_map(|(name, one)| b.get(name).map(|other| (name, one, other)));
    both.map(|(name, one, other)| (name.clone(), one.or(other).unwrap_or(Type::ANY))).collect()
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.form {
            Form::Any => f.write_str("any value"),
            Form::Null => f.write_str("null"),
            Form::Bool => f.write_str("bool"),
            Form::Int => f.write_str("int"),
            Form::UInt => f.write_str("uint"),
            Form::Double => f.write_str("double"),
            Form::Text => f.write_str("string"),
            Form::Bytes => f.write_str("bytes"),
            Form::List(items) if items.form == Form::Any => f.write_str("list"),
            Form::List(items) => write!(f, "list of {items}"),
            Form::Map(_) => f.write_str("map"),
            Form::Record(_) => f.write_str("record"),
        }
    }
}

fn read(schema: &Value, root: &Value, depth: usize) -> Type {
    if depth > DEEPEST {
        return Type::ANY;
    }
    if let Some(name) = schema["$ref"].as_str() {
        let target = name.strip_prefix('#').and_then(|path| root.pointer(path));
        return target.map_or(Type::ANY, |target| read(target, root, depth + 1));
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(parts) = schema[key].as_array() {
            let mut types = parts.iter().map(|part| read(part, root, depth + 1));
            let first = types.next().unwrap_or(Type::ANY);
            return types.try_fold(first, |all, one| all.or(&one)).unwrap_or(Type::ANY);
        }
    }
    let named = |name: &str| form(name, schema, root, depth);
    match &schema["type"] {
        Value::String(name) => named(name),
        Value::Array(names) => {
            let mut types = names.iter().filter_map(Value::as_str).map(named);
            let first = types.next().unwrap_or(Type::ANY);
            types.try_fold(first, |all, one| all.or(&one)).unwrap_or(Type::ANY)
        }
        _ => match schema.get("const").or_else(|| schema["enum"].get(0)) {
            Some(Value::String(_)) => Type { words: words(schema), ..Type::TEXT },
            _ => Type::ANY,
        },
    }
}

/// The texts of an `enum`.
fn words(schema: &Value) -> Option<Arc<[String]>> {
    let all = schema["enum"].as_array()?;
    Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

fn form(name: &str, schema: &Value, root: &Value, depth: usize) -> Type {
    match name {
        "string" => Type { words: words(schema), ..Type::TEXT },
        "boolean" => Type::BOOL,
        "integer" => Type::INT,
        "number" => Type::DOUBLE,
        "null" => Type::NULL,
        "array" => Type::list(read(&schema["items"], root, depth + 1)),
        "object" => {
            let form = match (schema["properties"].as_object(), &schema["additionalProperties"]) {
                (Some(fields), _) => {
                    let field =
                        |(name, schema): (&String, &Value)| (name.clone(), read(schema, root, depth + 1));
                    Form::Record(Arc::new(fields.iter().map(field).collect()))
                }
                (None, values @ Value::Object(_)) => Form::Map(Arc::new(read(values, root, depth + 1))),
                (None, _) => Form::Map(Arc::new(Type::ANY)),
            };
            Type { form, nullable: false, words: None }
        }
        _ => Type::ANY,
    }
}
