//! The types that functions take and give, and the arguments that can be judged before any row is at hand.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};
use regex::RegexBuilder;

use super::{Check, MACROS};
use crate::inventory::IdPattern;
use crate::rules::own::functions::{is_name, prefix};
use crate::rules::own::shape::{Form, Type};
use crate::spelling::did_you_mean;

/// Bytes that a compiled regular expression may take.
const REGEX_SIZE: usize = 1 << 20;

/// What may be called, as `f(x)` and as `x.f()`.
pub(in crate::rules::own) const FUNCTIONS: [&str; 15] = [
    "contains",
    "double",
    "endsWith",
    "endsWithLabel",
    "glob",
    "inCidr",
    "int",
    "join",
    "lowerAscii",
    "matches",
    "size",
    "startsWith",
    "string",
    "tag",
    "has",
];

impl Check<'_> {
    pub(super) fn call(&mut self, tree: &IdedExpr, call: &CallExpr) -> Type {
        let target = call.target.as_deref();
        let all: Vec<&IdedExpr> = target.into_iter().chain(&call.args).collect();
        let name = call.func_name.as_str();
        match (name, target.is_some(), all.as_slice()) {
            ("size", _, [one]) => self.size(one),
            ("startsWith" | "endsWith", true, [text, other]) => {
                self.texts(name, &[text, other]);
                Type::BOOL
            }
            ("contains", true, [whole, part]) => self.contains(tree, whole, part),
            ("join", true, [list, between]) => {
                let found = self.type_of(list);
                if !found.meets(&Type::list(Type::TEXT)) || found.form == Form::Null {
                    self.fault(list, format!("join() takes a list of string, not a {found}"));
                }
                self.texts(name, &[between]);
                Type::TEXT
            }
            ("lowerAscii", true, [text]) => {
                self.texts(name, &[text]);
                Type::TEXT
            }
            ("string" | "int" | "double", false, [one]) => self.conversion(name, one),
            ("tag", false, [tags, key]) => {
                let found = self.type_of(tags);
                self.texts(name, &[key]);
                match &found.form {
                    Form::Map(values) => Type { nullable: true, ..(**values).clone() },
                    Form::Any => Type::ANY,
                    _ => self.fault(tags, format!("tag() takes tags, not a {found}")),
                }
            }
            ("inCidr", false, [ip, cidr]) => self.in_cidr(ip, cidr),
            ("endsWithLabel", false, [fqdn, zone]) => {
                self.texts(name, &[fqdn, zone]);
                if let Some(text) = literal(zone).filter(|text| !is_name(text)) {
                    self.fault(zone, format!("`{text}` is no name of a zone"));
                }
                Type::BOOL
            }
            ("glob", false, [id, pattern]) => self.glob(id, pattern),
            ("matches", _, [text, pattern]) => self.matches(text, pattern),
            _ => self.no_such(tree, name, target.is_some()),
        }
    }

    fn no_such(&mut self, tree: &IdedExpr, name: &str, on_target: bool) -> Type {
        let message = if FUNCTIONS.contains(&name) || MACROS.contains(&name) {
            let form = match name {
                "size" => "x.size()",
                "startsWith" => "x.startsWith('…')",
                "endsWith" => "x.endsWith('…')",
                "contains" => "x.contains('…')",
                "join" => "list.join(', ')",
                "lowerAscii" => "x.lowerAscii()",
                "tag" => "tag(tags, 'name')",
                "inCidr" => "inCidr(ip, '10.0.0.0/8')",
                "endsWithLabel" => "endsWithLabel(fqdn, 'zone')",
                "glob" => "glob(id, '*/name')",
                "matches" => "matches(x, '^…$')",
                "string" | "int" | "double" => "string(x), int(x), double(x)",
                "map" | "filter" | "all" | "exists" | "exists_one" => "list.exists(x, …)",
                _ => "…",
            };
            format!("{name}() is written {form}")
        } else {
            let known = FUNCTIONS.into_iter().filter(|one| *one != "has").chain(MACROS);
            let place = if on_target { "." } else { "" };
            format!("unknown function {place}{name}(){}", did_you_mean(name, known))
        };
        self.fault(tree, message)
    }

    fn texts(&mut self, function: &str, args: &[&IdedExpr]) {
        for arg in args {
            let found = self.type_of(arg);
            if !matches!(found.form, Form::Text | Form::Any) {
                self.fault(arg, format!("{function}() takes a string, not a {found}"));
            }
        }
    }

    fn size(&mut self, one: &IdedExpr) -> Type {
        let found = self.type_of(one);
        if !matches!(found.form, Form::Text | Form::Bytes | Form::List(_) | Form::Map(_) | Form::Any) {
            self.fault(one, format!("size() takes a string, a list or a map, not a {found}"));
        }
        Type::INT
    }

    fn contains(&mut self, tree: &IdedExpr, whole: &IdedExpr, part: &IdedExpr) -> Type {
        let (a, b) = (self.type_of(whole), self.type_of(part));
        match &a.form {
            Form::Any => {}
            Form::Text if matches!(b.form, Form::Text | Form::Any) => {}
            Form::List(_) if a.holds_record() => {
                self.fault(tree, "records cannot be compared; write list.exists(x, …) over their facts");
            }
            Form::List(items) if items.meets(&b) => {}
            _ => {
                self.fault(tree, format!("a {a} never contains a {b}"));
            }
        }
        Type::BOOL
    }

    fn conversion(&mut self, name: &str, one: &IdedExpr) -> Type {
        let found = self.type_of(one);
        let takes = match found.form {
            Form::Int | Form::UInt | Form::Double | Form::Text | Form::Any => true,
            Form::Bool => name == "string",
            _ => false,
        };
        if !takes {
            self.fault(one, format!("{name}() cannot be made of a {found}"));
        }
        match name {
            "string" => Type::TEXT,
            "int" => Type::INT,
            _ => Type::DOUBLE,
        }
    }

    fn in_cidr(&mut self, ip: &IdedExpr, cidr: &IdedExpr) -> Type {
        self.texts("inCidr", &[ip, cidr]);
        if let Some(text) = literal(ip).filter(|text| text.parse::<std::net::IpAddr>().is_err()) {
            self.fault(ip, format!("`{text}` is no IP address"));
        }
        if let Some(text) = literal(cidr).filter(|text| prefix(text).is_none()) {
            self.fault(cidr, format!("`{text}` is no prefix in CIDR notation, such as 10.0.0.0/8"));
        }
        Type::BOOL
    }

    fn glob(&mut self, id: &IdedExpr, pattern: &IdedExpr) -> Type {
        self.texts("glob", &[id, pattern]);
        match literal(pattern).map(|text| (text, IdPattern::new(text))) {
            None => {
                self.fault(pattern, "the pattern of glob() has to be written out");
            }
            Some((text, Ok(glob))) => {
                self.patterns.globs.insert(text.to_owned(), glob);
            }
            Some((_, Err(wrong))) => {
                self.fault(pattern, wrong.to_string());
            }
        }
        Type::BOOL
    }

    fn matches(&mut self, text: &IdedExpr, pattern: &IdedExpr) -> Type {
        self.texts("matches", &[text, pattern]);
        let compiled = literal(pattern).map(|text| {
            (text, RegexBuilder::new(text).size_limit(REGEX_SIZE).dfa_size_limit(REGEX_SIZE).build())
        });
        match compiled {
            None => {
                self.fault(pattern, "the pattern of matches() has to be written out");
            }
            Some((text, Ok(regex))) => {
                self.patterns.regexes.insert(text.to_owned(), regex);
            }
            Some((text, Err(wrong))) => {
                let why = wrong.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
                self.fault(pattern, format!("`{text}` is no regular expression: {why}"));
            }
        }
        Type::BOOL
    }
}

/// A text that is written out.
pub(super) fn literal(tree: &IdedExpr) -> Option<&str> {
    match &tree.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
