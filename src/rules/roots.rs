//! Which faults stand before which others: what a rule does not look at while a root cause is there.

/// A root cause, and the beginnings of the ids of the rules that are silent behind it.
const ROOTS: [(&str, &[&str]); 11] = [
    // A connection that carries nothing, or an endpoint that is not whole: its names and paths do not matter yet.
    ("PE-001", BEHIND_THE_ENDPOINT),
    ("PE-002", BEHIND_THE_ENDPOINT),
    ("PE-003", BEHIND_THE_ENDPOINT),
    ("PE-004", BEHIND_THE_ENDPOINT),
    ("PE-005", BEHIND_THE_ENDPOINT),
    ("PE-009", BEHIND_THE_ENDPOINT),
    // Without the zone there is no link and no record; a network that does not see it sees no record in it.
    ("DNS-001", &["DNS-", "PE-008"]),
    ("DNS-010", &["DNS-", "PE-008"]),
    // Through a dead DNS server nobody sees any zone.
    ("DNS-035", &["DNS-", "PE-008"]),
    ("DNS-036", &["DNS-", "PE-008"]),
    // What a peering without a filter lets through is nothing.
    ("ER-003", &["ER-001", "ER-002"]),
];

const BEHIND_THE_ENDPOINT: &[&str] = &["PE-", "DNS-", "NET-", "PLS-"];

/// Whether faults of one rule may keep another from looking, where both are about the same thing.
pub fn stands_before(root: &str, rule: &str) -> bool {
    let silent = ROOTS.iter().find(|(id, _)| *id == root).map(|(_, silent)| *silent);
    root != rule && silent.is_some_and(|silent| silent.iter().any(|start| rule.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_rules_and_stand_before_no_root_of_their_own() {
        let rules = crate::rules::all().unwrap();
        for (root, _) in ROOTS {
            assert!(rules.iter().any(|rule| rule.page.id == root), "{root}");
        }
        assert!(stands_before("PE-001", "DNS-022") && stands_before("DNS-036", "DNS-001"));
        assert!(!stands_before("DNS-022", "DNS-001") && !stands_before("PE-011", "DNS-022"));
        assert!(!stands_before("DNS-001", "DNS-001") && !stands_before("DNS-036", "PE-001"));
    }
}
