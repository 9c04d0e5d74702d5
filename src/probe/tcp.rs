//! One TCP handshake.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use super::Outcome;

/// Connects, sends nothing and hangs up.
pub(super) async fn connect(to: SocketAddr, patience: Duration) -> Outcome {
    match tokio::time::timeout(patience, TcpStream::connect(to)).await {
        Ok(Ok(stream)) => {
            drop(stream);
            Outcome::Connected
        }
        Ok(Err(error)) => outcome(&error),
        Err(_) => Outcome::TimedOut,
    }
}

fn outcome(error: &Error) -> Outcome {
    match error.kind() {
        // A middle box that cuts the handshake answers with a reset too.
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Outcome::Refused,
        ErrorKind::TimedOut => Outcome::TimedOut,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Outcome::Unreachable,
        _ => Outcome::Failed(error.to_string()),
    }
}
