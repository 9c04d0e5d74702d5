//! What the caller may do → the lists that would come back short without an error. Pure.
//!
//! With rights on a resource group only, ARM answers a list over the subscription with 200 and fewer items, so
//! a list proves nothing unless the caller's rights at the subscription cover it.

use serde::Deserialize;

/// One entry of `GET …/providers/Microsoft.Authorization/permissions`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Permission {
    #[serde(default)]
    actions: Option<Vec<String>>,
    #[serde(default, rename = "notActions")]
    not_actions: Option<Vec<String>>,
}

/// Whether the entries together allow an action. An entry's `notActions` take away from its own `actions`, and
/// what another entry allows stays allowed (Azure docs: "Understand Azure role definitions").
pub(super) fn allows(permissions: &[Permission], action: &str) -> bool {
    let named = |patterns: &Option<Vec<String>>| {
        patterns.iter().flatten().any(|pattern| matches(pattern.as_bytes(), action.as_bytes()))
    };
    permissions.iter().any(|entry| named(&entry.actions) && !named(&entry.not_actions))
}

/// Whether `text` is what `pattern` describes, where `*` stands for any text (slashes included), without regard
/// to case.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|c| c.eq_ignore_ascii_case(&text[t])) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            // Let the last star take one more character.
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: &str = "Microsoft.Network/privateEndpoints/read";

    fn permissions(json: &str) -> Vec<Permission> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn wildcards_stand_for_any_text() {
        for pattern in [
            "*",
            "*/read",
            "Microsoft.Network/*",
            "microsoft.network/PRIVATEENDPOINTS/READ",
            "Microsoft.*/*/read",
            "*a*e*/*ead*",
            "**",
        ] {
            assert!(matches(pattern.as_bytes(), READ.as_bytes()), "{pattern}");
        }
        for pattern in
            ["", "*/write", "Microsoft.Network/privateEndpoints", "read", "*/read/x", "Microsoft.Compute/*"]
        {
            assert!(!matches(pattern.as_bytes(), READ.as_bytes()), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let pattern = "*a".repeat(200);
        assert!(!matches(pattern.as_bytes(), "a".repeat(199).as_bytes()));
    }

    #[test]
    fn not_actions_take_away_from_their_own_entry_only() {
        let owner_without = r#"{"actions":["*"],"notActions":["Microsoft.Network/*/read"]}"#;
        assert!(!allows(&permissions(&format!("[{owner_without}]")), READ));
        let reader = r#"{"actions":["*/read"],"notActions":[],"dataActions":[]}"#;
        assert!(allows(&permissions(&format!("[{owner_without},{reader}]")), READ));
    }

    #[test]
    fn no_entry_allows_nothing() {
        assert!(!allows(&[], READ));
        assert!(!allows(&permissions(r#"[{},{"actions":null},{"actions":[]}]"#), READ));
    }
}
