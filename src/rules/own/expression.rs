//! One expression: parsed, measured, checked.

use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo};
use cel::{Env, ParseErrors};

use super::check::{self, Read};
use super::fault::Place;
use super::functions::Patterns;
use super::nesting;
use super::shape::Type;

/// The name of threads whose panics are expected, and come to an error that says what they mean.
pub(crate) const CONTAINED: &str = "expression";

/// An expression that can be evaluated.
#[derive(Debug)]
pub(super) struct Expression {
    pub tree: IdedExpr,
    /// The facts it looks at, sorted.
    pub reads: Vec<Read>,
    pub patterns: Patterns,
}

/// What an expression is about and has to be.
pub(super) struct Due<'a> {
    /// The name of the variable that holds the row.
    pub subject: &'a str,
    pub row: &'a Type,
    /// The type it has to have.
    pub result: &'a Type,
}

/// Levels of a parsed expression: a macro such as `exists` makes several of one.
const DEEPEST: usize = 96;
/// The parser calls itself some twenty times for one bracket.
const STACK: usize = 64 << 20;

/// Compiles an expression; every fault that can be told, with its place in `source`.
pub(super) fn compile(
    env: &Arc<Env>,
    source: &str,
    due: &Due<'_>,
) -> Result<Expression, Vec<(Place, String)>> {
    nesting::check(source).map_err(|fault| vec![fault])?;
    // The parser is not ours: what it does to a stack, or when it panics, stays in a thread of its own.
    let compiled = std::thread::scope(|scope| {
        let work = std::thread::Builder::new().name(CONTAINED.to_owned()).stack_size(STACK);
        let work = work.spawn_scoped(scope, || parsed(env, source, due)).ok()?;
        work.join().ok()
    });
    compiled.unwrap_or_else(|| Err(vec![(Place::at(0), "this is no expression that can be read".to_owned())]))
}

fn parsed(env: &Env, source: &str, due: &Due<'_>) -> Result<Expression, Vec<(Place, String)>> {
    let parser = env.parser().max_recursion_depth(256);
    let (tree, info) = parser.parse_with_source_info(source).map_err(|errors| told(source, &errors))?;
    if depth(&tree) > DEEPEST {
        return Err(vec![(Place::at(0), "it nests too deep; make two rules of this one".to_owned())]);
    }
    let checked = check::check(&tree, due);
    match checked {
        Ok((reads, patterns)) => Ok(Expression { tree, reads, patterns }),
        Err(faults) => {
            Err(faults.into_iter().map(|(id, message)| (place(source, &info, id), message)).collect())
        }
    }
}

/// The parser counts in characters.
fn place(source: &str, info: &SourceInfo, id: u64) -> Place {
    let (start, _) = info.offset_for(id).unwrap_or_default();
    let start = usize::try_from(start).unwrap_or_default();
    Place::at(source.char_indices().nth(start).map_or(source.len(), |(at, _)| at))
}

/// What the parser says, a line each; its own words, without the copy of the source it adds.
fn told(source: &str, errors: &ParseErrors) -> Vec<(Place, String)> {
    let told = errors.errors.iter().map(|error| {
        let line = usize::try_from(error.pos.0).unwrap_or_default().saturating_sub(1);
        let before: usize = source.split_inclusive('\n').take(line).map(str::len).sum();
        let message = error.msg.lines().next().unwrap_or_default();
        (Place::at(before), format!("this is no expression: {message}"))
    });
    // One slip makes the parser stumble many times.
    told.take(1).collect()
}

/// How deep a tree is, up to a little more than is allowed.
fn depth(tree: &IdedExpr) -> usize {
    let mut deepest = 0;
    let mut open = vec![(tree, 1)];
    while let Some((tree, level)) = open.pop() {
        deepest = deepest.max(level);
        if deepest > DEEPEST {
            break;
        }
        open.extend(children(tree).into_iter().map(|child| (child, level + 1)));
    }
    deepest
}

fn children(tree: &IdedExpr) -> Vec<&IdedExpr> {
    match &tree.expr {
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::Comprehension(one) => {
            vec![&one.iter_range, &one.accu_init, &one.loop_cond, &one.loop_step, &one.result]
        }
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Map(map) => map.entries.iter().flat_map(|entry| parts(&entry.expr)).collect(),
        Expr::Struct(one) => one.entries.iter().flat_map(|entry| parts(&entry.expr)).collect(),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
    }
}

fn parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::StructField(field) => vec![&field.value],
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
    }
}
