//! `motcua init`, `check-config` and `device` as a person runs them, beside a real Mosquitto that
//! must take each change while it runs.

#![allow(clippy::unwrap_used, reason = "a test whose preparation fails has failed")]

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use mqtt_config::broker::{BrokerFiles, BrokerSettings, Registry, Strangers};
use mqtt_config::session::{Login, Session, SessionError, SessionEvent, SessionOptions};
use mqtt_config::settings::{Flags, Secret, load_installation_with};
use tokio::time::timeout;

/// Far above what any step takes; reaching it is a failure.
const LIMIT: Duration = Duration::from_secs(20);
const KIOSK: [&str; 3] = ["hoa-mai", "kiosk", "kiosk-1"];

/// An installation whose broker runs, as `serve` would have started it.
struct Installed {
    dir: tempfile::TempDir,
    port: u16,
    broker: Child,
}

impl Installed {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let made = Command::new(env!("CARGO_BIN_EXE_motcua")).arg("init").arg(dir.path()).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let flags = Flags { mqtt_port: Some(port), ..Flags::default() };
        let installation = load_installation_with(&dir.path().join("motcua.toml"), &flags).unwrap();
        let data_dir = &installation.data_dir;
        fs::create_dir_all(data_dir.join("run")).unwrap();
        let data_dir = data_dir.canonicalize().unwrap();
        let settings = BrokerSettings::new(&installation.mqtt, 0, Strangers::Refused);
        let files = BrokerFiles::write(&data_dir, &settings, &Registry::default()).unwrap();
        let broker = Command::new("mosquitto")
            .env("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")
            .arg("-c")
            .arg(&files.conf)
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs Mosquitto (Debian: mosquitto)");
        fs::write(data_dir.join("run/broker.pid"), broker.id().to_string()).unwrap();
        let installed = Self { dir, port, broker };
        let begin = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(begin.elapsed() < LIMIT, "the broker does not start");
            std::thread::yield_now();
        }
        installed
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("motcua.toml")
    }

    /// `motcua ARGS --config FILE`.
    fn motcua(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_motcua")).args(args).arg("--config").arg(self.config()).output().unwrap()
    }

    /// Waits until the broker takes the kiosk's secret, or until it does not any more: it reads
    /// its accounts soon after it was told, not at once.
    async fn until_taken(&self, secret: &Secret, taken: bool) {
        let attempt = || async {
            let login = Login { username: "hoa-mai.kiosk-1".into(), password: secret.clone() };
            let options = SessionOptions { login: Some(login), ..SessionOptions::new(self.port, "hoa-mai.kiosk-1") };
            let mut session = Session::new(options);
            match session.next().await {
                SessionEvent::Connected { .. } => true,
                SessionEvent::Lost { why: SessionError::Refused { .. }, .. } => false,
                other => panic!("neither taken nor refused: {other:?}"),
            }
        };
        let wait = async { while attempt().await != taken {} };
        timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("the account was to be taken: {taken}"));
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        // A broker that has ended by itself leaves nothing to end.
        let _ = self.broker.kill();
        let _ = self.broker.wait();
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn a_running_broker_takes_a_new_device_and_drops_a_removed_one() {
    let installed = Installed::start();
    let added = installed.motcua(&[&["device", "add"], &KIOSK[..]].concat());
    assert!(added.status.success() && told(&added).contains("The running broker has it."), "{added:?}");
    let secret = String::from_utf8(added.stdout).unwrap();
    assert_eq!(secret.lines().count(), 1, "the secret alone");
    let secret = Secret::new(secret.trim());
    installed.until_taken(&secret, true).await;

    let removed = installed.motcua(&[&["device", "remove"], &KIOSK[..]].concat());
    assert!(removed.status.success(), "{removed:?}");
    installed.until_taken(&secret, false).await;
}

#[test]
fn mistakes_end_with_64_and_name_their_line() {
    let dir = tempfile::tempdir().unwrap();
    let motcua =
        |args: &[&str]| Command::new(env!("CARGO_BIN_EXE_motcua")).args(args).current_dir(dir.path()).output().unwrap();
    assert_eq!(motcua(&["init", "."]).status.code(), Some(0));
    assert_eq!(motcua(&["check-config", "motcua.toml"]).status.code(), Some(0));
    fs::write(dir.path().join("motcua.toml"), "\nhttp_bind = \"0.0.0.0\"\nhttp_prot = 1\n").unwrap();
    fs::write(dir.path().join("sites/hoa-mai.toml"), "site = \"hoa-mai\"\nname = \"x\"\nday_end = \"25:00\"").unwrap();
    let checked = motcua(&["check-config", "motcua.toml"]);
    assert_eq!(checked.status.code(), Some(64));
    let site = dir.path().canonicalize().unwrap().join("sites/hoa-mai.toml");
    let expected = [
        "motcua.toml:2: http_bind: 0.0.0.0 is not loopback: set `tls_cert` and `tls_key`, or `behind_proxy = true`",
        "motcua.toml:3: http_prot: unknown key `http_prot`; did you mean `http_port`?",
        &format!("{}:3: day_end: `25:00` is not a time of the day; write it as \"07:00\"", site.display()),
    ];
    assert_eq!(told(&checked).lines().collect::<Vec<_>>(), expected);
    assert_eq!(motcua(&["token", "add", "--role", "king"]).status.code(), Some(64), "arguments too");
}
