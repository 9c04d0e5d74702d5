//! The types that operators take and give.

use cel::common::ast::operators::{
    ADD, CONDITIONAL, DIVIDE, EQUALS, GREATER, GREATER_EQUALS, IN, INDEX, LESS, LESS_EQUALS, LOGICAL_AND,
    LOGICAL_NOT, LOGICAL_OR, MODULO, MULTIPLY, NEGATE, NOT_EQUALS, NOT_STRICTLY_FALSE, OPT_INDEX, OPT_SELECT,
    SUBSTRACT,
};
use cel::common::ast::{CallExpr, Expr, IdedExpr};

use super::calls::literal;
use super::{Check, written};
use crate::rules::own::shape::{Form, Type};
use crate::spelling::did_you_mean;

/// Operators and how people write them.
const OPERATORS: [(&str, &str); 21] = [
    (ADD, "+"),
    (CONDITIONAL, "? :"),
    (DIVIDE, "/"),
    (EQUALS, "=="),
    (GREATER, ">"),
    (GREATER_EQUALS, ">="),
    (IN, "in"),
    (INDEX, "[]"),
    (LESS, "<"),
    (LESS_EQUALS, "<="),
    (LOGICAL_AND, "&&"),
    (LOGICAL_NOT, "!"),
    (LOGICAL_OR, "||"),
    (MODULO, "%"),
    (MULTIPLY, "*"),
    (NEGATE, "-"),
    (NOT_EQUALS, "!="),
    (NOT_STRICTLY_FALSE, "!"),
    (OPT_INDEX, "[?]"),
    (OPT_SELECT, ".?"),
    (SUBSTRACT, "-"),
];

pub(super) fn is_one(call: &CallExpr) -> bool {
    call.target.is_none() && OPERATORS.iter().any(|(name, _)| *name == call.func_name)
}

/// An operator as people write it; anything else as it is.
pub(in crate::rules::own) fn shown(function: &str) -> &str {
    OPERATORS.iter().find(|(name, _)| *name == function).map_or(function, |(_, shown)| shown)
}

impl Check<'_> {
    pub(super) fn operator(&mut self, tree: &IdedExpr, call: &CallExpr) -> Type {
        let name = call.func_name.as_str();
        match (name, call.args.as_slice()) {
            (LOGICAL_AND | LOGICAL_OR | LOGICAL_NOT, args) => {
                for arg in args {
                    self.due_form(arg, name, &Type::BOOL);
                }
                Type::BOOL
            }
            (NOT_STRICTLY_FALSE, [arg]) => {
                self.type_of(arg);
                Type::BOOL
            }
            (CONDITIONAL, [condition, yes, no]) => self.conditional(tree, condition, yes, no),
            (EQUALS | NOT_EQUALS, [left, right]) => self.equality(tree, left, right, name),
            (LESS | LESS_EQUALS | GREATER | GREATER_EQUALS, [left, right]) => {
                self.order(tree, left, right, name)
            }
            (IN, [value, list]) => self.membership(tree, value, list),
            (INDEX, [list, index]) => self.index(tree, list, index),
            (ADD | SUBSTRACT | MULTIPLY | DIVIDE | MODULO, [left, right]) => {
                self.arithmetic(tree, left, right, name)
            }
            (NEGATE, [arg]) => {
                let found = self.type_of(arg);
                match found.form {
                    Form::Int | Form::Double | Form::Any => found,
                    _ => self.fault(tree, format!("`-` takes a number, not a {found}")),
                }
            }
            _ => self.fault(tree, format!("`{}` is not offered here", shown(name))),
        }
    }

    /// Says so where an operand is of another type than is due.
    fn due_form(&mut self, arg: &IdedExpr, operator: &str, due: &Type) {
        let found = self.type_of(arg);
        if !found.meets(due) || found.form == Form::Null {
            self.fault(arg, format!("`{}` takes a {due}, not a {found}", shown(operator)));
        }
    }

    fn conditional(&mut self, tree: &IdedExpr, condition: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> Type {
        self.due_form(condition, CONDITIONAL, &Type::BOOL);
        let (yes, no) = (self.type_of(yes), self.type_of(no));
        match yes.or(&no) {
            Some(either) => either,
            None => self.fault(tree, format!("the two sides of `? :` differ: {yes} and {no}")),
        }
    }

    fn equality(&mut self, tree: &IdedExpr, left: &IdedExpr, right: &IdedExpr, name: &str) -> Type {
        let (a, b) = (self.type_of(left), self.type_of(right));
        let is_null = |one: &Type| one.form == Form::Null;
        if (a.holds_record() || b.holds_record()) && !is_null(&a) && !is_null(&b) {
            let message = "records cannot be compared: what was not read of them would count as not there; compare \
                           their facts";
            self.fault(tree, message);
        } else if !a.meets(&b) {
            self.fault(
                tree,
                format!("a {a} is never `{}` a {b}", shown(name)).replace("never `!=`", "always `!=`"),
            );
        }
        self.word(left, &b);
        self.word(right, &a);
        Type::BOOL
    }

    /// Says so where a text that is written out is none that a fact may be.
    fn word(&mut self, given: &IdedExpr, fact: &Type) {
        let (Some(text), Some(words)) = (literal(given), &fact.words) else { return };
        if words.iter().any(|word| word == text) {
            return;
        }
        let known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let near = did_you_mean(text, words.iter().map(String::as_str));
        self.fault(given, format!("it is never `{text}`{near}; there are {}", known.join(", ")));
    }

    fn order(&mut self, tree: &IdedExpr, left: &IdedExpr, right: &IdedExpr, name: &str) -> Type {
        let (a, b) = (self.type_of(left), self.type_of(right));
        let has_order = |one: &Type| {
            matches!(one.form, Form::Any | Form::Int | Form::UInt | Form::Double | Form::Text | Form::Bool)
        };
        if !has_order(&a) || !has_order(&b) || !a.meets(&b) {
            self.fault(tree, format!("`{}` cannot compare a {a} with a {b}", shown(name)));
        }
        Type::BOOL
    }

    /// `in` over a fact asks whether something is there; over a list that is written out it asks what a fact is.
    fn membership(&mut self, tree: &IdedExpr, value: &IdedExpr, list: &IdedExpr) -> Type {
        if !matches!(list.expr, Expr::List(_)) {
            let fact =
                written(list).map_or_else(|| "the list".to_owned(), |name| name.trim_matches('`').to_owned());
            let message = format!(
                "`in` takes a list that is written out, since over facts it could take what was not read for what is not \
                 there; write {fact}.contains(…) for a list, tag({fact}, …) != null for tags"
            );
            return self.fault(tree, message);
        }
        let written_out = list;
        let (value, list) = (self.type_of(value), self.type_of(list));
        if let Expr::List(all) = &written_out.expr {
            all.elements.iter().for_each(|element| self.word(element, &value));
        }
        if let Form::List(items) = &list.form
            && !items.meets(&value)
        {
            self.fault(tree, format!("a {value} is never in a {list}"));
        }
        if value.holds_record() {
            self.fault(tree, "a record is never in a list that is written out");
        }
        Type::BOOL
    }

    fn index(&mut self, tree: &IdedExpr, list: &IdedExpr, index: &IdedExpr) -> Type {
        let name = written(list).unwrap_or_else(|| "this".to_owned());
        if let Expr::Ident(variable) = &list.expr
            && self.is_row(variable)
        {
            return self
                .fault(tree, format!("write {variable}.name for the fact `name`, not {variable}['name']"));
        }
        let list = self.type_of(list);
        let found = self.type_of(index);
        match &list.form {
            Form::List(items) if matches!(found.form, Form::Int | Form::UInt | Form::Any) => {
                (**items).clone()
            }
            Form::List(_) => self.fault(index, format!("a list is asked by number, not by a {found}")),
            Form::Any => Type::ANY,
            Form::Map(_) => {
                let message = format!(
                    "{name} has any keys, and one that is not there would count as unread; write tag({}, …), which is null \
                     then",
                    name.trim_matches('`')
                );
                self.fault(tree, message)
            }
            _ => self.fault(tree, format!("a {list} has no items")),
        }
    }

    fn arithmetic(&mut self, tree: &IdedExpr, left: &IdedExpr, right: &IdedExpr, name: &str) -> Type {
        let (a, b) = (self.type_of(left), self.type_of(right));
        let takes = |form: &Form| match form {
            Form::Any | Form::Int | Form::UInt => true,
            Form::Double => name != MODULO,
            Form::Text | Form::List(_) | Form::Bytes => name == ADD,
            _ => false,
        };
        let either = a.or(&b).filter(|_| takes(&a.form) && takes(&b.form));
        match either {
            Some(either) => Type { nullable: false, ..either },
            None => {
                let hint = if name == ADD && (a.form == Form::Text || b.form == Form::Text) {
                    "; string(…) makes a text of a number"
                } else {
                    ""
                };
                self.fault(tree, format!("`{}` cannot join a {a} and a {b}{hint}", shown(name)))
            }
        }
    }
}
