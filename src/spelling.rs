//! The nearest right spelling of a word that nobody knows.

/// The candidate that is closest to what was given, without regard to case; `None` when none is close: within two
/// edits, and a third of its letters.
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.trim().to_lowercase().replace(['_', ' '], "-");
    let given = plain(given);
    let ranked = candidates.into_iter().map(|one| (strsim::osa_distance(&given, &plain(one)), one));
    ranked
        .filter(|(edits, one)| *edits <= (one.chars().count() / 3).clamp(1, 2))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, one)| one)
}

/// As [`nearest`], in brackets after the wrong one; empty when nothing is near.
pub fn did_you_mean<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(given, candidates).map(|one| format!(" (did you mean `{one}`?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_named_and_nothing_else() {
        let keys = ["severity", "expect-onprem", "enable", "disable", "DNS-021", "DNS-022", "ttl"];
        for (given, expected) in [
            ("severty", Some("severity")),
            ("expect_onprem", Some("expect-onprem")),
            ("Enabled", Some("enable")),
            ("dns-021", Some("DNS-021")),
            ("DSN-022", Some("DNS-022")),
            ("ttls", Some("ttl")),
            ("it", None),
            ("", None),
            ("something-else", None),
        ] {
            assert_eq!(nearest(given, keys), expected, "{given}");
        }
        assert_eq!(did_you_mean("severty", keys), " (did you mean `severity`?)");
        assert_eq!(did_you_mean("nothing-like-it", keys), "");
    }
}
