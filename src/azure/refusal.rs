//! What a server said when it refused: the body of an error answer → a code and one line for a person.

use serde_json::Value;

use super::redact;

/// The longest message that is kept, in characters.
pub(super) const MESSAGE_LENGTH: usize = 300;

/// Bodies beyond this are no error messages any more; they are not parsed.
const PARSED_LENGTH: usize = 256 * 1024;

/// Why a server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The server's own code, or `HttpStatus` when its body holds none.
    pub code: String,
    /// One line, without secrets.
    pub message: String,
}

impl Refusal {
    /// Reads the body of an answer that is no success. Knows four forms: `{"error":{"code","message"}}` (ARM),
    /// `{"code","message"}` (private DNS), `{"error":"…","error_description":"…"}` (Entra, identity endpoints)
    /// and anything else, HTML included.
    pub(super) fn read(status: u16, body: &[u8]) -> Refusal {
        let parsed =
            (body.len() <= PARSED_LENGTH).then(|| serde_json::from_slice::<Value>(body).ok()).flatten();
        let Some(value) = parsed else {
            let about = if body.is_empty() { "without a body" } else { "with a body that is not JSON" };
            return Refusal { code: "HttpStatus".to_owned(), message: format!("HTTP {status} {about}") };
        };
        if let Some(description) = value.get("error_description").and_then(Value::as_str) {
            return from_entra(status, value.get("error").and_then(Value::as_str), description);
        }
        let inner = value.get("error").filter(|e| e.is_object()).unwrap_or(&value);
        let code = text(inner, &["code", "Code", "error"]).map(code_only).filter(|c| !c.is_empty());
        let message = text(inner, &["message", "Message"]).map(|m| redact::line(m, MESSAGE_LENGTH));
        Refusal {
            code: code.unwrap_or_else(|| "HttpStatus".to_owned()),
            message: message.filter(|m| !m.is_empty()).unwrap_or_else(|| format!("HTTP {status}")),
        }
    }
}

/// Entra starts its description with its own code and appends ids and a time that help nobody here:
/// `AADSTS7000215: Invalid client secret provided. … Trace ID: … Correlation ID: … Timestamp: …`.
fn from_entra(status: u16, error: Option<&str>, description: &str) -> Refusal {
    let end = description.find("Trace ID:").unwrap_or(description.len());
    let message = redact::line(&description[..end], MESSAGE_LENGTH);
    let own = message.split([':', ' ']).next().filter(|word| word.starts_with("AADSTS"));
    let code = own.or(error).map(code_only).filter(|code| !code.is_empty());
    let message = if message.is_empty() { format!("HTTP {status}") } else { message };
    Refusal { code: code.unwrap_or_else(|| "HttpStatus".to_owned()), message }
}

fn text<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| value.get(name)?.as_str())
}

/// A code is a word; a sentence (or worse) in its place is cut down to its harmless characters.
fn code_only(code: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let word: String = code.chars().filter(plain).collect();
    // What was hidden is no code.
    redact::line(&word, 80).chars().filter(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> (String, String) {
        let refusal = Refusal::read(403, body.as_bytes());
        (refusal.code, refusal.message)
    }

    #[test]
    fn every_form_of_error_body_is_read() {
        let said = |code: &str, message: &str| (code.to_owned(), message.to_owned());
        assert_eq!(
            read(r#"{"error":{"code":"AuthorizationFailed","message":"no\nright"}}"#),
            said("AuthorizationFailed", "no right")
        );
        assert_eq!(
            read(r#"{"code":"ResourceNotFound","message":"zone gone"}"#),
            said("ResourceNotFound", "zone gone")
        );
        assert_eq!(
            read(
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret.\r\nTrace ID: 1\r\nCorrelation ID: 2"}"#
            ),
            said("AADSTS7000215", "AADSTS7000215: Invalid client secret.")
        );
        assert_eq!(
            read(r#"{"error":"invalid_request","error_description":"Identity not found"}"#),
            said("invalid_request", "Identity not found")
        );
        assert_eq!(
            read("<html><h1>Bad gateway</h1></html>"),
            said("HttpStatus", "HTTP 403 with a body that is not JSON")
        );
        assert_eq!(read(""), said("HttpStatus", "HTTP 403 without a body"));
    }

    #[test]
    fn odd_bodies_still_give_a_code_and_a_message() {
        for body in ["null", "[]", "3", r#"{"error":null}"#, r#"{"error":{"code":7,"message":[]}}"#, "{}"] {
            assert_eq!(read(body), ("HttpStatus".to_owned(), "HTTP 403".to_owned()), "{body}");
        }
        let (code, message) = read(r#"{"error":{"code":"A B\u001b[31m","message":"\u001b]0;x"}}"#);
        assert_eq!(code, "AB31m");
        assert!(!message.contains('\u{1b}'));
    }

    #[test]
    fn messages_are_short() {
        let body = format!(r#"{{"error":{{"code":"X","message":"{}"}}}}"#, "word ".repeat(500));
        assert_eq!(read(&body).1.chars().count(), MESSAGE_LENGTH);
    }
}
