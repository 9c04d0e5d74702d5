//! Holds an expression against the types of facts before any row is at hand: a fact that is misspelt would be unread in
//! every row, and nobody would ever know.

mod calls;
mod operators;

use std::collections::BTreeSet;

use cel::common::ast::operators::{ADD, CONDITIONAL, INDEX};
use cel::common::ast::{ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr};

use super::expression::Due;
use super::functions::Patterns;
use super::shape::{Form, Type};
use crate::spelling::did_you_mean;
pub(super) use operators::shown;

/// A fact that an expression looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Read {
    /// As it is written: `endpoint.network`; `endpoint.connections[].status` for one of every item.
    pub shown: String,
    /// The way to it, from the row on.
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Field(String),
    /// Every item of a list.
    Items,
}

impl Read {
    fn then(mut self, step: Step) -> Read {
        match &step {
            Step::Field(name) => self.shown = format!("{}.{name}", self.shown),
            Step::Items => self.shown.push_str("[]"),
        }
        self.steps.push(step);
        self
    }

    /// The way as far as its n-th step, which belongs to it.
    pub fn up_to(&self, step: usize) -> Read {
        let subject = self.shown.split(['.', '[']).next().unwrap_or_default().to_owned();
        let start = Read { shown: subject, steps: Vec::new() };
        self.steps.iter().take(step + 1).cloned().fold(start, Read::then)
    }
}

/// Comprehensions that stand in one another, or hang on each other's results.
const COMPREHENSIONS: usize = 4;
/// Comprehensions that stand in one another: each goes through a whole list for every item of the one around it, and
/// nothing else bounds how long a row takes.
const NESTED: usize = 2;

/// The names under which people look for a comprehension.
const MACROS: [&str; 5] = ["all", "exists", "exists_one", "filter", "map"];

/// A fault and the id of the expression that it concerns.
type Wrong = (u64, String);

/// The facts a sound expression looks at and the patterns it writes out; else its faults.
pub(super) fn check(tree: &IdedExpr, due: &Due<'_>) -> Result<(Vec<Read>, Patterns), Vec<Wrong>> {
    let mut check = Check {
        due,
        scope: Vec::new(),
        comprehensions: 0,
        faults: Vec::new(),
        reads: BTreeSet::new(),
        patterns: Patterns::default(),
    };
    let found = check.type_of(tree);
    if check.faults.is_empty() && (!found.meets(due.result) || found.form == Form::Null) {
        check.fault(tree, format!("it has to be a {}, and is a {found}", due.result));
    }
    match check.faults.is_empty() {
        true => Ok((check.reads.into_iter().collect(), check.patterns)),
        false => Err(check.faults),
    }
}

/// A variable of a comprehension.
struct Variable {
    name: String,
    form: Type,
    /// The items of a list of facts, where it stands for them.
    origin: Option<Read>,
}

struct Check<'a> {
    due: &'a Due<'a>,
    /// The innermost last.
    scope: Vec<Variable>,
    /// How many comprehensions stand around.
    comprehensions: usize,
    faults: Vec<Wrong>,
    reads: BTreeSet<Read>,
    patterns: Patterns,
}

impl Check<'_> {
    /// Tells a fault, and goes on with a type that goes with everything.
    fn fault(&mut self, at: &IdedExpr, message: impl Into<String>) -> Type {
        self.faults.push((at.id, message.into()));
        Type::ANY
    }

    fn type_of(&mut self, tree: &IdedExpr) -> Type {
        match &tree.expr {
            Expr::Literal(literal) => of_literal(literal),
            Expr::Ident(name) => self.variable(tree, name),
            Expr::Select(select) => self.selection(tree, select),
            Expr::Call(call) => match operators::is_one(call) {
                true => self.operator(tree, call),
                false => self.call(tree, call),
            },
            Expr::List(list) => {
                let mut items = Type::NOTHING;
                for element in &list.elements {
                    let found = self.type_of(element);
                    items = match items.or(&found) {
                        Some(all) => all,
                        None => self.fault(element, format!("a list of {items} cannot hold a {found}")),
                    };
                }
                Type::list(items)
            }
            Expr::Comprehension(one) => self.comprehension(tree, one),
            Expr::Map(_) => self.fault(tree, "a map written out is not offered here"),
            Expr::Struct(_) => self.fault(tree, "a message is not offered here"),
            Expr::Unspecified => self.fault(tree, "something is missing here"),
        }
    }

    fn variable(&mut self, tree: &IdedExpr, name: &str) -> Type {
        if let Some(found) = self.scope.iter().rev().find(|one| one.name == name) {
            return found.form.clone();
        }
        let subject = self.due.subject;
        if name == subject {
            let message =
                format!("`{subject}` is the whole row; name one of its facts, such as `{subject}.id`");
            return self.fault(tree, message);
        }
        let fields = self.fields();
        let message = if fields.contains(&name) {
            format!("unknown variable `{name}`; the fact is `{subject}.{name}`")
        } else {
            let known = self.scope.iter().map(|one| one.name.as_str()).chain([subject]);
            format!("unknown variable `{name}`{}; the facts are in `{subject}`", did_you_mean(name, known))
        };
        self.fault(tree, message)
    }

    fn fields(&self) -> Vec<&str> {
        match &self.due.row.form {
            Form::Record(fields) => fields.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The fact that a chain of selections names, as far as it is one, and its type. Faults are told once, where the
    /// chain goes astray.
    fn selection(&mut self, tree: &IdedExpr, select: &SelectExpr) -> Type {
        if select.test {
            let message = "`has()` would take what was not read for what is not there; compare with null, which is what \
                           is known not to be there";
            return self.fault(tree, message);
        }
        let read = self.read(tree);
        let operand = match &select.operand.expr {
            Expr::Ident(name) if self.is_row(name) => self.due.row.clone(),
            _ => self.type_of(&select.operand),
        };
        let field = &select.field;
        let found = match &operand.form {
            Form::Any => Type::ANY,
            Form::Record(fields) => match fields.get(field) {
                Some(found) => found.clone(),
                None => {
                    let near = did_you_mean(field, fields.keys().map(String::as_str));
                    let owner = written(&select.operand).unwrap_or_else(|| "this record".to_owned());
                    return self.fault(tree, format!("{owner} has no fact `{field}`{near}"));
                }
            },
            Form::Map(_) => {
                let owner = written(&select.operand).unwrap_or_else(|| "a map".to_owned());
                let message = format!(
                    "{owner} has any keys, and one that is not there would count as unread; write tag({}, '{field}'), \
                     which is null then",
                    owner.trim_matches('`')
                );
                return self.fault(tree, message);
            }
            _ => return self.fault(tree, format!("a {operand} has no field `{field}`")),
        };
        if let Some(read) = read {
            // Only the whole chain is of interest.
            if let Some(owner) = self.read(&select.operand) {
                self.reads.remove(&owner);
            }
            self.reads.insert(read);
        }
        found
    }

    fn is_row(&self, name: &str) -> bool {
        name == self.due.subject && !self.scope.iter().any(|one| one.name == name)
    }

    /// The fact that an expression names: selections on the row, on an item of a list of facts, or on one of a part of
    /// them.
    fn read(&self, tree: &IdedExpr) -> Option<Read> {
        match &tree.expr {
            Expr::Ident(name) if self.is_row(name) => Some(Read { shown: name.clone(), steps: Vec::new() }),
            Expr::Ident(name) => {
                self.scope.iter().rev().find(|one| one.name == *name).and_then(|one| one.origin.clone())
            }
            Expr::Select(select) if !select.test => {
                Some(self.read(&select.operand)?.then(Step::Field(select.field.clone())))
            }
            Expr::Call(_) => match arguments(tree, INDEX) {
                [list, _] => Some(self.read(list)?.then(Step::Items)),
                _ => None,
            },
            Expr::Comprehension(one) if is_filter(one) => self.read(&one.iter_range),
            _ => None,
        }
    }

    fn comprehension(&mut self, tree: &IdedExpr, one: &ComprehensionExpr) -> Type {
        let range = self.type_of(&one.iter_range);
        let builds_list = matches!(one.accu_init.expr, Expr::List(_));
        let items = match &range.form {
            Form::List(items) => (**items).clone(),
            // Its keys come in any order.
            Form::Map(_) if !builds_list => Type::TEXT,
            Form::Map(_) => {
                return self.fault(tree, "`map` and `filter` take lists; the keys of a map have no order");
            }
            Form::Any => Type::ANY,
            _ => return self.fault(tree, format!("this goes through a list, not a {range}")),
        };
        if self.is_row(&one.iter_var) || self.scope.iter().any(|other| other.name == one.iter_var) {
            let message = format!("`{}` is the name of something else already", one.iter_var);
            return self.fault(tree, message);
        }
        if self.comprehensions >= NESTED {
            let message = format!("at most two of {} may stand in one another", MACROS.join(", "));
            return self.fault(tree, message);
        }
        if self.comprehensions + chained(&one.iter_range) >= COMPREHENSIONS {
            let message = format!("at most {COMPREHENSIONS} of {} may hang together", MACROS.join(", "));
            return self.fault(tree, message);
        }
        let origin = self.read(&one.iter_range).map(|read| read.then(Step::Items));
        let init = self.type_of(&one.accu_init);
        let depth = self.scope.len();
        self.comprehensions += 1;
        self.scope.push(Variable { name: one.iter_var.clone(), form: items, origin });
        self.scope.push(Variable { name: one.accu_var.clone(), form: init, origin: None });
        self.type_of(&one.loop_cond);
        let step = self.type_of(&one.loop_step);
        if let Some(result) = self.scope.last_mut() {
            result.form = step;
        }
        let found = self.type_of(&one.result);
        self.scope.truncate(depth);
        self.comprehensions -= 1;
        found
    }
}

/// How many comprehensions made what one goes through.
fn chained(range: &IdedExpr) -> usize {
    let mut count = 0;
    let mut range = range;
    while let Expr::Comprehension(one) = &range.expr {
        count += 1;
        range = &one.iter_range;
    }
    count
}

/// Whether a comprehension hands on items of its list as they are: `filter` is parsed into `condition ? so far + [item]
/// : so far`.
fn is_filter(one: &ComprehensionExpr) -> bool {
    let [_, added, _] = arguments(&one.loop_step, CONDITIONAL) else { return false };
    let [_, items] = arguments(added, ADD) else { return false };
    let is_item = |item: &IdedExpr| matches!(&item.expr, Expr::Ident(name) if *name == one.iter_var);
    matches!(&items.expr, Expr::List(list) if matches!(list.elements.as_slice(), [item] if is_item(item)))
}

/// The arguments of an operator; none where the expression is another one.
fn arguments<'t>(tree: &'t IdedExpr, operator: &str) -> &'t [IdedExpr] {
    match &tree.expr {
        Expr::Call(call) if call.target.is_none() && call.func_name == operator => &call.args,
        _ => &[],
    }
}

fn of_literal(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::BOOL,
        LiteralValue::Bytes(_) => Type::BYTES,
        LiteralValue::Double(_) => Type::DOUBLE,
        LiteralValue::Int(_) => Type::INT,
        LiteralValue::Null => Type::NULL,
        LiteralValue::String(_) => Type::TEXT,
        LiteralValue::UInt(_) => Type::UINT,
    }
}

/// A chain of names as it is written, in backticks.
fn written(tree: &IdedExpr) -> Option<String> {
    let mut names = Vec::new();
    let mut tree = tree;
    loop {
        match &tree.expr {
            Expr::Ident(name) => {
                names.push(name.as_str());
                names.reverse();
                return Some(format!("`{}`", names.join(".")));
            }
            Expr::Select(select) => {
                names.push(&select.field);
                tree = &select.operand;
            }
            _ => return None,
        }
    }
}
