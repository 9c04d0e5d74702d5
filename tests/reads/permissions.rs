//! What the README's section on permissions says.

use std::collections::BTreeSet;

use serde_json::Value;

const README: &str = include_str!("../../README.md");

/// The section.
pub fn section() -> &'static str {
    let body = README.split_once("\n## Permissions\n").unwrap().1;
    body.split_once("\n## ").unwrap().0
}

/// The actions of its role.
pub fn role() -> Vec<String> {
    let text = section().split_once("```json\n").unwrap().1.split_once("```").unwrap().0;
    let role: Value = serde_json::from_str(text).unwrap();
    assert_eq!(role.get("DataActions"), None, "nothing is asked for on the data plane");
    role["Actions"].as_array().unwrap().iter().map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// The actions of its table of packs, in the rows that name a pack first.
pub fn of_pack(pack: &str) -> Vec<String> {
    let rows = section().lines().filter(|line| line.starts_with(&format!("| `{pack}`")));
    let found: Vec<String> = rows.flat_map(|row| named(row.splitn(3, '|').nth(2).unwrap())).collect();
    assert!(!found.is_empty(), "no row for {pack}");
    found
}

/// The actions that its text names outside the role, those of packs among them.
pub fn beside() -> BTreeSet<String> {
    let after = section().split_once("```bash\n").unwrap().1.split_once("```\n").unwrap().1;
    named(after).into_iter().collect()
}

fn named(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    spans
        .filter(|span| span.starts_with("Microsoft.") && span.ends_with("/read"))
        .map(str::to_owned)
        .collect()
}
