//! The right spelling nearest to a wrong one.

/// The known word that is closest to what was written, unless none is close.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_ascii_lowercase();
    // A short word is soon another one.
    let most = if given.chars().count() < 4 { 1 } else { 2 };
    let distance = |word: &str| strsim::osa_distance(&given, &word.to_ascii_lowercase());
    let near = known.into_iter().map(|word| (distance(word), word)).filter(|(distance, _)| *distance <= most);
    near.min_by_key(|(distance, _)| *distance).map(|(_, word)| word)
}

/// ` (did you mean `x`?)`, or nothing.
pub fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |word| format!(" (did you mean `{word}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_forgiven_and_another_word_is_not() {
        let known = ["table", "json", "sarif"];
        assert_eq!(nearest("tabel", known), Some("table"));
        assert_eq!(nearest("JSN", known), Some("json"));
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest("csv", known), None);
        assert_eq!(hint(nearest("jason", known)), " (did you mean `json`?)");
        assert_eq!(hint(None), "");
    }
}
