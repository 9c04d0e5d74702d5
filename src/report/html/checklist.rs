//! What is left for a person: steps, each with a box to tick while the page is open.

use askama::Template;

use super::is_reference;
use crate::finding::Report;
use crate::report::text::prose;

#[derive(Template)]
#[template(path = "checklist.html")]
pub(super) struct Checklist<'a> {
    steps: Vec<Step<'a>>,
}

struct Step<'a> {
    id: &'static str,
    title: &'static str,
    why: String,
    commands: &'a [String],
    entries: &'a [String],
    /// Title and address, where it is one of ours.
    article: Option<(&'static str, &'static str)>,
}

impl<'a> Checklist<'a> {
    pub fn new(report: &'a Report) -> Self {
        let steps = report.checklist.iter().map(|item| Step {
            id: item.id,
            title: item.title,
            why: prose(&item.why),
            commands: &item.commands,
            entries: &item.entries,
            article: is_reference(item.article.url).then_some((item.article.title, item.article.url)),
        });
        Checklist { steps: steps.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
