//! A hall with cameras: a broker, a site's file, scripts for the workers, and ears on what is said.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camera_ingest::run::{Error, Place, run};
use mqtt_config::session::{Qos, Session, SessionEvent, SessionOptions, Subscription};
use mqtt_config::settings::CameraRuntime;
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::subscriber::DefaultGuard;

use super::LIMIT;
use super::broker::Broker;
use super::fake;

/// How often is looked for what no message tells.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What was heard: the camera, the channel, the payload, and when (the wall clock, ms).
pub struct Heard {
    pub camera: String,
    pub channel: String,
    pub payload: Value,
    pub at_ms: i64,
}

pub struct Hall {
    pub dir: tempfile::TempDir,
    pub runtime: CameraRuntime,
    pub heard: Vec<Heard>,
    ears: Session,
    log: Log,
    broker: Broker,
    _log_guard: DefaultGuard,
}

impl Hall {
    /// A hall whose site's file holds these cameras (see [`Hall::camera`]).
    pub async fn open() -> Self {
        let (dir, broker, log) = (tempfile::tempdir().unwrap(), Broker::start(), Log::default());
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter("camera_ingest=trace")
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        // Of this thread, on which everything of one test runs.
        let guard = tracing::subscriber::set_default(subscriber);
        let runtime = CameraRuntime {
            data_dir: dir.path().join("data"),
            host: "127.0.0.1".to_owned(),
            port: broker.port,
            secrets: dir.path().join("secrets"),
            sites: vec![dir.path().join("*.toml")],
        };
        fs::create_dir(&runtime.secrets).unwrap();
        let ears = listen(broker.port).await;
        Self { dir, runtime, heard: Vec::new(), ears, log, broker, _log_guard: guard }
    }

    /// Writes a script and the camera's secret; gives the camera's part of the site's file: a waiting
    /// area for ten, a street that is not looked at.
    pub fn camera(&self, id: &str, script: &str) -> String {
        fs::write(self.script(id), script).unwrap();
        fs::write(self.secret_file(id), "its own").unwrap();
        format!(
            "[[camera]]\ncamera = \"{id}\"\nsource = \"{id}.script\"\nstall_s = 1\nfirst_frame_s = 2\n\
             [[camera.zone]]\nzone = \"seats\"\nkind = \"waiting\"\nseats = 10\npolygon = [[0, 0], [1, 0], [1, 1]]\n\
             [[camera.zone]]\nzone = \"street\"\nkind = \"ignore\"\npolygon = [[0, 0], [1, 1], [0, 1]]\n"
        )
    }

    pub fn script(&self, id: &str) -> PathBuf {
        self.dir.path().join(format!("{id}.script"))
    }

    pub fn secret_file(&self, id: &str) -> PathBuf {
        self.runtime.secrets.join(format!("hoa-mai.{id}"))
    }

    /// Writes the site's file as careful editors do.
    pub fn write_site(&self, cameras: &[&str]) {
        let draft = self.dir.path().join("hoa-mai.draft");
        fs::write(&draft, format!("site = \"hoa-mai\"\nname = \"Hoa Mai\"\n{}", cameras.concat())).unwrap();
        fs::rename(draft, self.dir.path().join("hoa-mai.toml")).unwrap();
    }

    pub fn run(&self) -> Running {
        let place = Place { runtime: self.runtime.clone(), worker: fake::command() };
        let (stop, ready) = (CancellationToken::new(), Arc::new(Mutex::new(None)));
        let (told, stopped) = (Arc::clone(&ready), stop.clone());
        let task =
            tokio::spawn(
                async move { run(place, stopped, move |ready| *told.lock().unwrap() = Some(ready.cameras)).await },
            );
        Running { stop, ready, task }
    }

    /// Everybody's connection is lost, and the broker has forgotten everything.
    pub async fn restart_broker(&mut self) {
        self.broker.kill();
        self.broker.restart();
        self.ears = listen(self.broker.port).await;
    }

    /// Listens until it is as wished.
    pub async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !done(self) {
            assert!(begin.elapsed() < LIMIT, "waited for {what}; heard {:?}\nlog:\n{}", self.events(), self.log());
            let Ok(event) = timeout(LOOK_EVERY, self.ears.next()).await else { continue };
            if let SessionEvent::Messages(messages) = event {
                for message in messages {
                    self.take(std::str::from_utf8(&message.topic).unwrap(), &message.payload);
                    self.ears.ack(message.ack.unwrap());
                }
            }
        }
    }

    fn take(&mut self, topic: &str, payload: &[u8]) {
        let mut parts = topic.rsplit('/');
        let (channel, camera) = (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned());
        let payload: Value = serde_json::from_slice(payload).unwrap();
        // Nobody acknowledges here, so events come again.
        if channel != "evt" || !self.heard.iter().any(|heard| heard.payload["id"] == payload["id"]) {
            let at_ms = jiff::Timestamp::now().as_millisecond();
            self.heard.push(Heard { camera, channel, payload, at_ms });
        }
    }

    /// The events of all cameras, in short: `cam online`, `cam offline worker`, …
    pub fn events(&self) -> Vec<String> {
        self.heard.iter().filter(|heard| heard.channel == "evt").map(short).collect()
    }

    pub fn count(&self, event: &str) -> usize {
        self.events().iter().filter(|heard| *heard == event).count()
    }

    /// The last payload on a channel of a camera; null where there is none.
    pub fn last(&self, camera: &str, channel: &str) -> &Value {
        let mut all = self.heard.iter().rev().filter(|heard| heard.camera == camera && heard.channel == channel);
        all.next().map_or(&Value::Null, |heard| &heard.payload)
    }

    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.0.lock().unwrap()).into_owned()
    }

    /// The one worker of this camera that lives.
    pub fn worker(&self, id: &str) -> Option<u32> {
        fake::pids(&self.script(id)).last().copied().filter(|pid| fake::is_there(*pid))
    }

    /// None of the workers before the last is there, not even as a zombie.
    pub fn assert_reaped(&self, id: &str) {
        let pids = fake::pids(&self.script(id));
        let before = pids.iter().rev().skip(1);
        assert_eq!(before.filter(|pid| fake::is_there(**pid)).count(), 0, "{pids:?}");
    }
}

fn short(heard: &Heard) -> String {
    let Heard { camera, payload, .. } = heard;
    assert_eq!(payload["camera"], camera.as_str());
    let kind = payload["type"].as_str().unwrap().trim_start_matches("camera.");
    let more = ["zone", "level", "people", "reason"].map(|key| match &payload[key] {
        Value::Null => String::new(),
        Value::String(text) => format!(" {text}"),
        other => format!(" {other}"),
    });
    format!("{camera} {kind}{}", more.concat())
}

async fn listen(port: u16) -> Session {
    let options = SessionOptions {
        clean_start: false,
        session_expiry_s: 3_600,
        subscriptions: ["evt", "state", "status"]
            .map(|channel| Subscription::new(format!("motcua/v1/hoa-mai/camera/+/{channel}"), Qos::AtLeastOnce))
            .into(),
        ..SessionOptions::new(port, "ears")
    };
    let mut session = Session::new(options);
    let connected = async { while !matches!(session.next().await, SessionEvent::Connected { .. }) {} };
    timeout(LIMIT, connected).await.unwrap();
    session
}

/// A parent at work in this process.
pub struct Running {
    stop: CancellationToken,
    ready: Arc<Mutex<Option<usize>>>,
    task: JoinHandle<Result<(), Error>>,
}

impl Running {
    /// For how many cameras it said that it is ready.
    pub fn ready(&self) -> Option<usize> {
        *self.ready.lock().unwrap()
    }

    /// Ends it in order.
    pub async fn stop(self) {
        self.stop.cancel();
        timeout(LIMIT, self.task).await.expect("it ends").unwrap().unwrap();
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a process was started with, and what its environment is.
pub fn seen_by_ps(pid: u32) -> Vec<u8> {
    let read = |name: &str| fs::read(Path::new("/proc").join(pid.to_string()).join(name)).unwrap();
    [read("cmdline"), read("environ")].concat()
}
