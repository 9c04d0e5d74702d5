//! People's own rules: pages like ours, whose condition and message are expressions (CEL) over the rows of facts.
//! Loads and checks them, and judges rows with them; knows neither where the folders come from nor how findings are
//! shown.
//!
//! A fact that was not read is absent from its row. CEL's `&&` and `||` absorb the error that follows where the other
//! side decides; an expression that ends in it is a verdict of its own, unknown.

mod cases;
mod check;
mod evaluate;
mod expression;
mod fault;
mod functions;
#[cfg(test)]
mod hostile;
mod judge;
mod load;
mod nesting;
mod page;
mod shape;
mod starter;
#[cfg(test)]
mod tests;
mod value;
mod why;

use crate::facts::Subject;
use expression::Expression;

pub use cases::{Case, CaseFault, Due};
pub use evaluate::Outcome;
pub(crate) use expression::CONTAINED;
pub use fault::Fault;
pub(crate) use judge::judge;
pub use judge::{Judged, judge_rows};
#[cfg(any(test, fuzzing))]
pub(crate) use load::of_texts;
pub use load::{OwnRules, load};
pub use starter::{StarterError, page as starter_page};

/// What a rule of a person's own does.
#[derive(Debug)]
pub struct OwnRule {
    /// What its rows are about.
    pub subject: Subject,
    /// The page's file, as it was named.
    pub file: String,
    when: Expression,
    message: Expression,
    /// The page's advice, for the remedy of every finding.
    advice: String,
    /// The facts that stand in a finding's evidence: what `when` looks at, and its name.
    evidence: Vec<(&'static str, check::Read)>,
    pub cases: Vec<Case>,
}
