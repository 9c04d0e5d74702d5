//! An answer before it is sent. Knows nothing of HTTP libraries.

use serde_json::{Value, json};

/// The bytes of an answer, and how they come.
#[derive(Debug, Clone)]
pub enum Body {
    Whole(Vec<u8>),
    /// The length is declared, half is sent, then the connection drops.
    Cut(Vec<u8>),
    /// This many megabytes of blanks, length not declared.
    Huge {
        megabytes: usize,
    },
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Body::Whole(text.as_bytes().to_vec())
    }
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Body,
}

impl Reply {
    /// A JSON document.
    pub fn json(status: u16, value: &Value) -> Self {
        Reply::text(status, value.to_string())
    }

    /// A text that is said to be JSON.
    pub fn text(status: u16, text: impl Into<String>) -> Self {
        let headers = vec![("Content-Type", "application/json; charset=utf-8".to_owned())];
        Reply { status, headers, body: Body::Whole(text.into().into_bytes()) }
    }

    /// An error in the shape of the Azure Resource Manager.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Reply::json(status, &json!({"error": {"code": code, "message": message}}))
    }

    /// The same answer, whose second half never arrives.
    pub fn cut(mut self) -> Self {
        if let Body::Whole(bytes) = self.body {
            self.body = Body::Cut(bytes);
        }
        self
    }
}
