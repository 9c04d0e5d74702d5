//! TCP listeners on loopback that tell what came.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

/// Accepts everybody and reads what they send.
pub struct Listener {
    visits: Arc<Mutex<Vec<Visit>>>,
}

/// One connection.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    pub at: Instant,
    pub bytes: usize,
}

impl Listener {
    pub fn start(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let visits: Arc<Mutex<Vec<Visit>>> = Arc::default();
        let told = Arc::clone(&visits);
        thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let at = Instant::now();
                let mut sent = Vec::new();
                let _ = stream.read_to_end(&mut sent);
                told.lock().unwrap().push(Visit { at, bytes: sent.len() });
            }
        });
        Listener { visits }
    }

    /// The connections so far, once there is one at least.
    pub fn visits(&self) -> Vec<Visit> {
        let began = Instant::now();
        while self.visits.lock().unwrap().is_empty() && began.elapsed().as_secs() < 5 {
            thread::sleep(std::time::Duration::from_millis(5));
        }
        self.visits.lock().unwrap().clone()
    }
}

/// A port at which packets vanish: its queue is full, and nobody takes anybody out of it.
pub struct BlackHole {
    _runtime: tokio::runtime::Runtime,
    _listener: tokio::net::TcpListener,
    _queue: Vec<TcpStream>,
}

impl BlackHole {
    pub fn start(address: &str) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(address).unwrap();
            socket.listen(1).unwrap()
        });
        let mut queue = Vec::new();
        let patience = std::time::Duration::from_millis(200);
        while let Ok(stream) = TcpStream::connect_timeout(&address, patience) {
            queue.push(stream);
            assert!(queue.len() < 100, "the queue does not fill");
        }
        BlackHole { _runtime: runtime, _listener: listener, _queue: queue }
    }
}
