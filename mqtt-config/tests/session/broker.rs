//! A Mosquitto of a test's own, in a folder of its own, on a free port.

#![allow(dead_code, reason = "each of the test programs that share it needs a part of it")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use super::LIMIT;

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct Broker {
    pub port: u16,
    folder: PathBuf,
    process: Child,
}

impl Broker {
    /// A broker that takes anybody and forgets everything when it is killed.
    pub fn start() -> Self {
        Self::in_folder(new_folder(), "allow_anonymous true\n")
    }

    /// A broker with one account.
    pub fn with_account(user: &str, password: &str) -> Self {
        let folder = new_folder();
        let file = folder.join("passwd");
        let made = Command::new("mosquitto_passwd").args(["-c", "-b"]).arg(&file).args([user, password]).status();
        assert!(made.expect("mosquitto_passwd is part of Mosquitto").success());
        Self::in_folder(folder, &format!("allow_anonymous false\npassword_file {}\n", file.display()))
    }

    fn in_folder(folder: PathBuf, access: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let common = "user root\nmax_queued_messages 0\nmax_inflight_messages 0\nset_tcp_nodelay true\n";
        fs::write(folder.join("mosquitto.conf"), format!("{common}listener {port} 127.0.0.1\n{access}")).unwrap();
        let process = launch(&folder, port);
        Self { port, folder, process }
    }

    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again on the same port, after [`Self::kill`].
    pub fn restart(&mut self) {
        self.process = launch(&self.folder, self.port);
    }

    /// SIGSTOP or SIGCONT.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Publishes with Mosquitto's own client, as a device of MQTT 3.1.1.
    pub fn publish_v311(&self, topic: &str, payload: &str) {
        let status = Command::new("mosquitto_pub")
            .args(["-V", "mqttv311", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-q", "1"])
            .args(["-t", topic, "-m", payload])
            .status()
            .expect("mosquitto_pub is part of mosquitto-clients");
        assert!(status.success());
    }
}

fn new_folder() -> PathBuf {
    let name = format!("session-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn launch(folder: &Path, port: u16) -> Child {
    let mut process = Command::new("mosquitto")
        .env("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin")
        .arg("-c")
        .arg(folder.join("mosquitto.conf"))
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("mosquitto.log")).unwrap())
        .spawn()
        .expect("these tests need Mosquitto (Debian: mosquitto, mosquitto-clients)");
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(process.try_wait().unwrap().is_none() && start.elapsed() < LIMIT, "Mosquitto did not start");
        std::thread::yield_now();
    }
    process
}

impl Drop for Broker {
    fn drop(&mut self) {
        // A test that has killed it already leaves nothing to end or to remove but the folder.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
