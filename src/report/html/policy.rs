//! What the page may do: run its one script and nothing else, load nothing, send nothing.

use sha2::{Digest, Sha256};

/// The content security policy of a page with this inline script.
/// Source: <https://www.w3.org/TR/CSP3/#external-hash>
pub(super) fn policy(script: &str) -> String {
    let hash = base64(&Sha256::digest(script.as_bytes()));
    // Styles may stand in attributes: the picture has some.
    format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data:; \
         base-uri 'none'; form-action 'none'"
    )
}

/// Source: <https://www.rfc-editor.org/rfc/rfc4648#section-4>
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits =
            (0..3).fold(0usize, |bits, n| bits << 8 | chunk.get(n).map_or(0, |byte| usize::from(*byte)));
        for n in 0..4 {
            text.push(if n > chunk.len() { '=' } else { char::from(DIGITS[bits >> (18 - 6 * n) & 63]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_rfc() {
        for (plain, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()), text);
        }
    }

    /// The hash that a browser asks for when it has refused `alert(1)`.
    #[test]
    fn the_script_is_named_by_its_hash() {
        let policy = policy("alert(1)");
        assert!(
            policy.contains("script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"),
            "{policy}"
        );
        assert!(!policy.contains("http"), "{policy}");
    }
}
