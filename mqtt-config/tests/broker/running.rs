//! A Mosquitto that runs on the generated files, in a data directory of the test's own.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use mqtt_config::broker::{BrokerFiles, BrokerSettings, Listener, Registry, Strangers};
use mqtt_config::settings::Secret;

use super::LIMIT;

/// An account beside the generated ones, which may do everything.
pub const TESTER: &str = "tester";

/// A data directory, removed at the end.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("broker {}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub struct Running {
    pub port: u16,
    pub data: Scratch,
    pub tester: Secret,
    strangers: Strangers,
    process: Child,
}

impl Running {
    pub fn start(data: Scratch, strangers: Strangers) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let devices = Listener { bind: Ipv4Addr::LOCALHOST.into(), port, tls: None };
        let settings = BrokerSettings { devices, programs: None, max_inflight: 1_000, strangers };
        let files = BrokerFiles::write(&data.0, &settings, &Registry::load(&data.0).unwrap()).unwrap();
        let tester = Secret::generate().unwrap();
        add_tester(&files, &tester);
        let process = launch(&files, &data.0, port);
        Self { port, data, tester, strangers, process }
    }

    /// Writes the accounts anew, as `motcua device` does, and tells the broker.
    pub fn reload(&self) {
        let registry = Registry::load(&self.data.0).unwrap();
        BrokerFiles::of(&self.data.0).write_accounts(&self.data.0, self.strangers, &registry).unwrap();
        let told = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status().unwrap();
        assert!(told.success());
    }
}

fn add_tester(files: &BrokerFiles, secret: &Secret) {
    let made = Command::new("mosquitto_passwd").arg("-b").arg(&files.passwd).args([TESTER, secret.expose()]).status();
    assert!(made.expect("mosquitto_passwd is part of Mosquitto").success());
    let mut acl = OpenOptions::new().append(true).open(&files.acl).unwrap();
    write!(acl, "\nuser {TESTER}\ntopic readwrite #\n").unwrap();
}

fn launch(files: &BrokerFiles, data_dir: &Path, port: u16) -> Child {
    let log = data_dir.join("broker.log");
    let mut process = Command::new("mosquitto")
        .env("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")
        .arg("-c")
        .arg(&files.conf)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .expect("these tests need Mosquitto (Debian: mosquitto)");
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let running = process.try_wait().unwrap().is_none() && start.elapsed() < LIMIT;
        assert!(running, "Mosquitto did not start: {}", fs::read_to_string(&log).unwrap_or_default());
        std::thread::yield_now();
    }
    process
}

impl Drop for Running {
    fn drop(&mut self) {
        // A broker that has ended by itself leaves nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
