//! One `named` for one estate: its configuration, its life and its end.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::relay::{Front, Relays};

/// What one address answers.
#[derive(Debug, Clone)]
pub struct View {
    pub name: String,
    pub front: Front,
    /// Where a question goes that no zone here takes; `None`: nowhere.
    pub default: Option<Ipv4Addr>,
    pub zones: Vec<Zone>,
}

/// A `zone` of a view.
#[derive(Debug, Clone)]
pub enum Zone {
    /// Its name and what its file holds.
    Primary(String, String),
    /// Asks somebody else, and nobody after that.
    Forward(String, Ipv4Addr),
    /// Answers every question that this view would deny the name of.
    Redirect(String),
}

impl View {
    /// Whom it asks.
    pub fn asks(&self) -> impl Iterator<Item = Ipv4Addr> {
        let of_zones = self.zones.iter().filter_map(|zone| match zone {
            Zone::Forward(_, to) => Some(*to),
            Zone::Primary(..) | Zone::Redirect(_) => None,
        });
        of_zones.chain(self.default)
    }
}

/// A process that ends when nobody holds it any more, for whatever reason.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// A name server at work; it ends with it.
pub struct Named {
    _server: Running,
    pub port: u16,
    _relays: Relays,
    _directory: TempDir,
}

impl Named {
    /// Starts one that serves the views.
    pub fn start(views: &[View]) -> Self {
        let mut told = String::new();
        // Between finding a free port and taking it, another may take it.
        for attempt in 0..5 {
            let port = free_port();
            let directory = TempDir::with_prefix("plaudit-witness-").unwrap();
            fs::write(directory.path().join("named.conf"), configuration(views, port, directory.path()))
                .unwrap();
            let mut server = spawn(directory.path(), attempt > 0);
            match wait(&mut server, &directory.path().join("log")) {
                Ok(()) => {
                    let fronts: Vec<Front> = views.iter().map(|view| view.front).collect();
                    return Named {
                        _server: server,
                        port,
                        _relays: Relays::start(&fronts, port),
                        _directory: directory,
                    };
                }
                Err(log) => told = log,
            }
        }
        panic!("named does not start:\n{told}");
    }
}

/// Ubuntu's AppArmor lets `named` read no files but its own; a copy is free of it.
fn spawn(directory: &Path, copied: bool) -> Running {
    let log = File::create(directory.join("log")).unwrap();
    let mut program = crate::program("named").unwrap();
    if copied {
        let copy = directory.join("named");
        fs::copy(&program, &copy).unwrap();
        program = copy;
    }
    let mut named = Command::new(program);
    named.args(["-4", "-n", "1", "-g", "-c"]).arg(directory.join("named.conf"));
    Running(named.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
}

/// Until it runs with every zone loaded; else its log.
fn wait(server: &mut Running, log: &Path) -> Result<(), String> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let told = fs::read_to_string(log).unwrap_or_default();
        let broken =
            |line: &&str| ["not loaded due to errors", ": error:", ".zone:"].iter().any(|e| line.contains(e));
        let broken: Vec<&str> = told.lines().filter(broken).collect();
        assert!(broken.is_empty(), "{broken:#?}");
        if told.lines().any(|line| line.ends_with(" running")) {
            return Ok(());
        }
        let ended = server.0.try_wait().unwrap().is_some();
        if ended || Instant::now() > deadline {
            return Err(told);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn free_port() -> u16 {
    loop {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = udp.local_addr().unwrap().port();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}

/// Nothing here leads off the machine: no root servers, no keys to fetch, forwarders on loopback alone.
fn configuration(views: &[View], port: u16, directory: &Path) -> String {
    let at = directory.display();
    let mut text = format!(
        "options {{\n  directory \"{at}\";\n  listen-on port {port} {{ 127.0.0.1; }};\n  listen-on-v6 {{ none; }};\n  \
         query-source address 127.0.0.1;\n  pid-file none;\n  session-keyfile none;\n  lock-file none;\n  \
         dnssec-validation no;\n  empty-zones-enable no;\n  notify no;\n  minimal-responses no;\n  \
         check-names primary ignore;\n  qname-minimization off;\n  max-cache-size 8m;\n  max-cache-ttl 0;\n  \
         max-ncache-ttl 0;\n  servfail-ttl 0;\n  resolver-query-timeout 3000;\n}};\ncontrols {{}};\n"
    );
    for (number, view) in views.iter().enumerate() {
        let Front { address, .. } = view.front;
        writeln!(text, "view \"{}\" {{\n  match-clients {{ {address}; }};", view.name).unwrap();
        writeln!(text, "  server 127.0.0.0/8 {{ edns no; }};").unwrap();
        match view.default {
            Some(to) => {
                writeln!(text, "  recursion yes;\n  forward only;\n  forwarders {{ {to} port {port}; }};")
            }
            None => writeln!(text, "  recursion no;"),
        }
        .unwrap();
        for (at, zone) in view.zones.iter().enumerate() {
            let file = format!("{number}-{at}.zone");
            text.push_str(&statement(zone, &file, port, directory));
        }
        text.push_str("};\n");
    }
    text
}

/// A `zone` statement; writes its file where it has one.
fn statement(zone: &Zone, file: &str, port: u16, directory: &Path) -> String {
    let (name, kind, content) = match zone {
        Zone::Forward(name, to) => {
            return format!(
                "  zone \"{name}\" {{ type forward; forward only; forwarders {{ {to} port {port}; }}; }};\n"
            );
        }
        Zone::Primary(name, content) => (name.as_str(), "primary", content),
        Zone::Redirect(content) => (".", "redirect", content),
    };
    fs::write(directory.join(file), content).unwrap();
    format!("  zone \"{name}\" {{ type {kind}; file \"{file}\"; }};\n")
}
