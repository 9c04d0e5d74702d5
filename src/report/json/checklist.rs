//! The checklist in json-v1.

use schemars::JsonSchema;
use serde::Serialize;

use crate::finding::ChecklistItem;

/// A step for a person.
#[derive(Serialize, JsonSchema)]
pub(super) struct ChecklistItemV1<'a> {
    /// A stable name, such as `migrate-gateway-service`.
    id: &'a str,
    /// What ought to be so.
    title: &'a str,
    /// Why it is asked of this estate, and how to look.
    why: &'a str,
    /// Commands with real names; what only a person knows stands in `<brackets>`.
    commands: &'a [String],
    /// What is to be entered or compared somewhere, line by line.
    entries: &'a [String],
    article: ArticleV1<'a>,
    /// ARM ids of the resources it is about.
    about: Vec<&'a str>,
}

/// The page of Microsoft's that asks for a step.
#[derive(Serialize, JsonSchema)]
struct ArticleV1<'a> {
    /// Its title.
    title: &'a str,
    /// Its address.
    url: &'a str,
}

impl<'a> From<&'a ChecklistItem> for ChecklistItemV1<'a> {
    fn from(item: &'a ChecklistItem) -> Self {
        ChecklistItemV1 {
            id: item.id,
            title: item.title,
            why: &item.why,
            commands: &item.commands,
            entries: &item.entries,
            article: ArticleV1 { title: item.article.title, url: item.article.url },
            about: item.about.iter().map(|id| id.as_str()).collect(),
        }
    }
}
