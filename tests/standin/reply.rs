//! An answer before it is sent. Knows nothing of HTTP libraries.

use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};
use serde_json::{Value, json};

/// The bytes of an answer, and how they come.
#[derive(Debug, Clone)]
pub enum Body {
    Whole(Vec<u8>),
    /// The length is declared, half is sent, then the connection drops.
    Cut(Vec<u8>),
    /// In pieces of a kilobyte, with a pause before each.
    Slow(Vec<u8>, Duration),
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

    /// The same answer, in pieces.
    pub fn slow(mut self, pause: Duration) -> Self {
        if let Body::Whole(bytes) = self.body {
            self.body = Body::Slow(bytes, pause);
        }
        self
    }

    /// This many megabytes of blanks, packed. One megabyte is packed, so that it stands for itself, and said again and
    /// again; the check sum at the end is wrong, where nobody should get to.
    pub fn bomb(megabytes: usize) -> Self {
        let mut packed = Vec::with_capacity(64 * 1024);
        let mut deflate = Compress::new(Compression::best(), false);
        deflate.compress_vec(&vec![b' '; 1024 * 1024], &mut packed, FlushCompress::Full).unwrap();
        let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
        let tail = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut reply = Reply::text(200, "");
        reply.headers.push(("Content-Encoding", "gzip".to_owned()));
        reply.body = Body::Whole([head.as_slice(), &packed.repeat(megabytes), &tail].concat());
        reply
    }
}
