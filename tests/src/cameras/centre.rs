//! An installation with cameras: broker, collector and dashboard under their supervisor, and
//! `camera-ingest` beside them as in a larger installation, so that what it sends can be kept.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::clip::ZONES;
use super::family;
use crate::http::get_with_token;
use crate::program::{Motcua, binary, command, started};
use crate::proxy::Proxy;

/// The site of these tests.
pub const SITE: &str = "mat-sang";
const START: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(30);

/// `camera-ingest`, where it is built.
#[must_use]
pub fn program() -> Option<PathBuf> {
    Some(binary().with_file_name("camera-ingest")).filter(|file| file.is_file())
}

/// A camera as the site's file names it.
#[derive(Debug, Clone)]
pub struct Camera {
    /// Its id.
    pub camera: String,
    /// Where it is.
    pub source: String,
    /// More keys of it, a line each (`user`, `password_file`, ...).
    pub more: String,
    /// Its zones, as in the file.
    pub zones: String,
}

impl Camera {
    /// One with the zones of the drawn hall.
    #[must_use]
    pub fn new(camera: &str, source: &str) -> Self {
        let mut zones = String::new();
        for (zone, kind, polygon) in ZONES {
            let lines = format!("[[camera.zone]]\nzone = \"{zone}\"\nkind = \"{kind}\"\npolygon = {polygon}\n");
            zones.push_str(&lines);
        }
        Self { camera: camera.to_owned(), source: source.to_owned(), more: String::new(), zones }
    }

    /// The same with more keys.
    #[must_use]
    pub fn with(mut self, more: &str) -> Self {
        self.more.push_str(more);
        self.more.push('\n');
        self
    }
}

/// A site's file: one service, two counters, these cameras. `eyes`: with what `camera-ingest` needs
/// to look; without it another program speaks for the cameras.
#[must_use]
pub fn site_file(cameras: &[Camera], more: &str, eyes: bool) -> String {
    let mut text = format!(
        "site = \"{SITE}\"\nname = \"Mắt Sáng\"\n[[department]]\ndepartment = \"vp\"\nname = \"Văn phòng\"\n\
         [[department.field]]\nfield = \"ho-tich\"\nname = \"Hộ tịch\"\n\
         [[department.field.service]]\nservice = \"khai-sinh\"\nname = \"Khai sinh\"\n\
         [[department.counter]]\ncounter = \"q1\"\nname = \"Quầy 1\"\nservices = [\"khai-sinh\"]\n\
         [[department.counter]]\ncounter = \"q2\"\nname = \"Quầy 2\"\nservices = [\"khai-sinh\"]\n{more}\n"
    );
    for Camera { camera, source, more, zones } in cameras {
        let look = if eyes { format!("source = \"{source}\"\n{more}") } else { String::new() };
        // Writing to a text cannot fail.
        let _ = write!(text, "[[camera]]\ncamera = \"{camera}\"\n{look}\n{zones}");
    }
    text
}

/// The running centre. Its parts end in this order: the cameras' watcher, the rest.
#[derive(Debug)]
pub struct Centre {
    /// `camera-ingest`.
    pub eyes: Eyes,
    /// Between it and the broker; keeps what it sends.
    pub tap: Proxy,
    /// Broker, collector, dashboard.
    pub motcua: Motcua,
    /// A director's token.
    pub director: String,
    folder: TempDir,
}

impl Centre {
    /// With these cameras and more lines of the site's file.
    ///
    /// # Panics
    /// When anything of it does not start; logs are shown.
    #[must_use]
    pub fn start(cameras: &[Camera], more: &str) -> Self {
        Self::start_in(&[], cameras, more)
    }

    /// The same, with variables in the environment of `camera-ingest`.
    ///
    /// # Panics
    /// As [`Self::start`].
    #[must_use]
    pub fn start_in(variables: &[(&str, &str)], cameras: &[Camera], more: &str) -> Self {
        let folder = tempfile::tempdir().expect("the system has room for temporary files");
        let data = tempfile::tempdir().expect("the system has room for temporary files");
        let config = installation(folder.path(), "hall", &site_file(cameras, more, false), "");
        let place = ["--config", &config, "--data-dir", utf8(data.path())];
        let say = |words: &[&str]| command(&[words, &place[..]].concat());
        let secrets = folder.path().join("accounts");
        fs::create_dir(&secrets).expect("the folder is ours");
        for Camera { camera, .. } in cameras {
            let secret = say(&["device", "add", SITE, "camera", camera]);
            fs::write(secrets.join(format!("{SITE}.{camera}")), secret).expect("the folder is ours");
        }
        let director = say(&["token", "add", "--role", "director"]);
        let motcua = Motcua::start(&["--config", &config], Some(data));
        let tap = Proxy::tapped(motcua.mqtt_port);
        let broker = format!("camera_broker = \"127.0.0.1:{}\"\ncamera_secrets = \"{}\"\n", tap.port, utf8(&secrets));
        let config = installation(folder.path(), "eyes", &site_file(cameras, more, true), &broker);
        let eyes = Eyes::start(variables, Path::new(&config), &folder.path().join("eyes.log"));
        Self { eyes, tap, motcua, director, folder }
    }

    /// The board as a director sees it.
    ///
    /// # Errors
    /// When there is none.
    pub fn board(&self) -> Result<Value, String> {
        get_with_token(&self.motcua.http, &format!("/api/v1/sites/{SITE}/board"), &self.director)?.json()
    }

    /// What the board says of a zone: `None`, it is not known.
    ///
    /// # Errors
    /// When the board has no such zone.
    pub fn level(&self, camera: &str, zone: &str) -> Result<Option<f64>, String> {
        let board = self.board()?;
        let rows = board["zones"].as_array().into_iter().flatten();
        let mut rows = rows.filter(|row| row["camera"] == camera && row["zone"] == zone);
        rows.next().map(|row| row["level"].as_f64()).ok_or_else(|| format!("no zone {zone} of {camera} on the board"))
    }

    /// A place for files of a test.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// An installation's files under `folder/name`; gives the path of the installation's file.
///
/// # Panics
/// When they cannot be written.
#[must_use]
pub fn installation(folder: &Path, name: &str, site: &str, more: &str) -> String {
    let own = folder.join(name);
    fs::create_dir_all(own.join("sites")).expect("the folder is ours");
    fs::write(own.join("sites/site.toml"), site).expect("the folder is ours");
    let file = own.join("motcua.toml");
    let text = format!("data_dir = \"data\"\nsites = [\"sites/*.toml\"]\nmqtt_port = 0\nhttp_port = 0\n{more}");
    fs::write(&file, text).expect("the folder is ours");
    utf8(&file).to_owned()
}

/// `camera-ingest --config FILE`, at work.
#[derive(Debug)]
pub struct Eyes {
    child: Child,
    log: PathBuf,
}

impl Eyes {
    /// Starts it and waits until all its cameras are watched.
    ///
    /// # Panics
    /// When they are not within a minute; its log is shown.
    #[must_use]
    pub fn start(variables: &[(&str, &str)], config: &Path, log: &Path) -> Self {
        let program = program().expect("asked before: camera-ingest is built");
        let file = File::options().create(true).append(true).open(log).expect("the folder is ours");
        let child = started(&program)
            .arg("--config")
            .arg(config)
            .env("MOTCUA_LOG", "debug")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn();
        let mut child = child.expect("the program was found");
        let stdout = child.stdout.take().expect("it is piped");
        let (hand_over, line) = sync_channel(1);
        // Nobody waits any more when the limit has passed.
        thread::spawn(move || drop(hand_over.send(BufReader::new(stdout).lines().next())));
        let eyes = Self { child, log: log.to_owned() };
        let ready = line.recv_timeout(START).ok().flatten().and_then(Result::ok).unwrap_or_default();
        assert!(ready.contains("\"ready\":true"), "camera-ingest did not become ready: {ready}\n{}", eyes.log());
        eyes
    }

    /// The parent process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its workers at this moment.
    #[must_use]
    pub fn workers(&self) -> Vec<u32> {
        family::children_of(self.pid())
    }

    /// Everything it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        // A log that cannot be read shows as empty: what is looked for is then not found.
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks it to end; whether it did so in time and in good order.
    #[must_use]
    pub fn stop(&mut self) -> bool {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let asked = pid.is_some_and(|pid| kill_process(pid, Signal::TERM).is_ok());
        let begin = Instant::now();
        while asked && begin.elapsed() < END {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.success();
            }
            thread::park_timeout(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for Eyes {
    #[expect(clippy::print_stderr, reason = "the log of a failed test is for the person who reads it")]
    fn drop(&mut self) {
        // One that has ended already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
        if thread::panicking() {
            let log = self.log();
            let from = log.char_indices().rev().nth(6_000).map_or(0, |(at, _)| at);
            eprintln!("--- the log of camera-ingest ends:\n{}", &log[from..]);
        }
    }
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("temporary files have plain names")
}
