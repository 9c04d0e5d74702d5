//! Which faults stand before which others: what a rule does not look at while a root cause is there.

/// Roots of one rank, and the beginnings of the ids of the rules that are silent behind each of them.
type Rank = (&'static [&'static str], &'static [&'static str]);

/// In the order in which they are looked at: a root is silent behind those of earlier ranks alone, so that of two roots
/// never both are taken for the reason why the other one is gone.
const RANKS: [Rank; 6] = [
    // Nobody is left at the other end: what its connections say follows from it.
    (&["PE-005"], BEHIND_THE_ENDPOINT),
    // A connection that carries nothing, or an endpoint that is not whole: its names and paths do not matter yet.
    (&["PE-001", "PE-002", "PE-003", "PE-004"], BEHIND_THE_ENDPOINT),
    (&["PE-009"], BEHIND_THE_ENDPOINT),
    // Without the zone there is no link and no record, whatever the DNS server does; through a dead DNS server nobody
    // sees a zone that is there. Both are looked for by themselves.
    (&["DNS-001", "DNS-035", "DNS-036"], BEHIND_THE_ZONE),
    // A network that does not see the zone sees no record in it.
    (&["DNS-010"], BEHIND_THE_ZONE),
    // What a peering without a filter lets through is nothing.
    (&["ER-003"], &["ER-001", "ER-002"]),
];

const BEHIND_THE_ENDPOINT: &[&str] = &["PE-", "DNS-", "NET-", "PLS-"];
const BEHIND_THE_ZONE: &[&str] = &["DNS-", "PE-008"];

/// Whether faults of one rule may keep another from looking, where both are about the same thing.
pub fn stands_before(root: &str, rule: &str) -> bool {
    let rank = |id: &str| RANKS.iter().position(|(roots, _)| roots.contains(&id));
    let Some((own, (_, silent))) = rank(root).and_then(|own| Some((own, RANKS.get(own)?))) else {
        return false;
    };
    silent.iter().any(|start| rule.starts_with(start)) && rank(rule).is_none_or(|other| own < other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Vec<&'static str> {
        crate::rules::all().unwrap().iter().map(|rule| rule.page.id).collect()
    }

    #[test]
    fn what_is_named_here_is_a_rule_and_a_root_once() {
        let rules = rules();
        let mut roots: Vec<&str> = RANKS.iter().flat_map(|(roots, _)| roots.iter().copied()).collect();
        for root in &roots {
            assert!(rules.contains(root), "{root} is no rule");
            assert!(rules.iter().any(|rule| stands_before(root, rule)), "nothing is silent behind {root}");
        }
        let count = roots.len();
        roots.sort_unstable();
        roots.dedup();
        assert_eq!(roots.len(), count, "a root has two ranks");
        for (roots, silent) in RANKS {
            for start in silent {
                let begins = |rule: &&&str| rule.starts_with(start) && !roots.contains(*rule);
                assert!(rules.iter().any(|rule| begins(&rule)), "no rule but {roots:?} begins with {start}");
            }
        }
    }

    /// Takes rules away that stand before no other, again and again: what is left goes in a circle.
    #[test]
    fn no_rule_stands_before_itself_by_way_of_others() {
        let mut left = rules();
        loop {
            let before = left.len();
            let open = left.clone();
            left.retain(|root| open.iter().any(|rule| stands_before(root, rule)));
            if left.len() == before {
                break;
            }
        }
        assert_eq!(left, Vec::<&str>::new(), "these stand before one another");
    }

    #[test]
    fn the_order_is_that_in_which_rules_look() {
        for (root, rule) in [
            ("PE-005", "PE-001"),
            ("PE-001", "PE-009"),
            ("PE-001", "DNS-022"),
            ("DNS-001", "DNS-010"),
            ("DNS-036", "DNS-010"),
            ("DNS-010", "DNS-021"),
            ("ER-003", "ER-001"),
        ] {
            assert!(stands_before(root, rule) && !stands_before(rule, root), "{root} {rule}");
        }
        for (one, other) in [("PE-001", "PE-002"), ("DNS-001", "DNS-036"), ("DNS-022", "DNS-023")] {
            assert!(!stands_before(one, other) && !stands_before(other, one), "{one} {other}");
        }
        assert!(!stands_before("PE-011", "DNS-022") && !stands_before("DNS-036", "PE-001"));
        assert!(!stands_before("DNS-001", "DNS-001"));
    }
}
