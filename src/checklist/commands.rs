//! Commands of the checklist. Text from Azure is quoted: a name never becomes a command.

use crate::inventory::ResourceId;
use crate::rules::quote;

/// ` --subscription … -g …` of a resource.
pub(super) fn place(id: &ResourceId) -> String {
    let subscription = quote(id.subscription().unwrap_or("<subscription>"));
    let group = quote(id.resource_group().unwrap_or("<resource-group>"));
    format!("--subscription {subscription} -g {group}")
}

/// A name for what nobody can quote: a line of a hosts file or of a proxy's list, or a command that is typed on Windows,
/// whose shells quote in ways of their own. `None` where it holds more than letters, digits, dots and hyphens.
pub(super) fn plain(name: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (!name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain)).then_some(name)
}

/// Names in a sentence: the first few, and how many more there are.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    let mut text = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_go_to_windows() {
        assert_eq!(plain("lsa123.blob.core.windows.net"), Some("lsa123.blob.core.windows.net"));
        for odd in ["", "-x", "a b", "a'b", "a;b", "$(a)", "a`b", "a&b", "ä"] {
            assert_eq!(plain(odd), None, "{odd}");
        }
    }

    #[test]
    fn many_names_are_counted() {
        assert_eq!(listed(["a", "b"]), "a, b");
        assert_eq!(listed(["a"; 7]), "a, a, a, a, a and 2 more");
    }
}
