//! One camera: its worker, its watcher and its voice, in a task of their own.

use std::time::Duration;

use domain::MotionId;
use domain::event::Body;
use mqtt_config::settings::{CameraSettings, Secret};
use tokio::sync::oneshot;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::key::Key;
use super::place::Place;
use super::plan;
use super::state::{Act, STOPPED, Watcher};
use super::voice::{Voice, VoiceError, Wish};
use super::worker::{Heard, Worker};
use crate::worker::protocol::Word;
use crate::worker::{boot_ms, redact};

/// How long a camera that ends may take until the broker has its last words.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// How often it is looked whether what a camera needs is there by now.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// As many words are heard before a clock is looked at.
const MOST_AT_ONCE: usize = 1_000;
/// How often it is told, at debug, how a camera is.
const STATUS_EVERY: Duration = Duration::from_secs(60);
/// Why a camera has no picture whose password cannot be read.
const NO_PASSWORD: &str = "no_password";
/// Why a camera has no picture whose worker cannot be started.
const NO_WORKER: &str = "worker";

/// Watches a camera until `stop`, or until its outbox has to be opened anew. `started` is told once
/// its worker was started, or cannot be for now.
pub(super) async fn watch(
    key: Key,
    settings: CameraSettings,
    place: Place,
    stop: CancellationToken,
    started: oneshot::Sender<()>,
) {
    let mut started = Some(started);
    let seed = Uuid::new_v4().as_u64_pair().0;
    let Some(voice) = voice(key, &place, seed, &stop, &mut started).await else { return };
    let names = Box::new(|| MotionId::new(&Uuid::now_v7().to_string()).expect("a UUID is printable and short"));
    let watcher = Watcher::new(plan::setup(&settings), names, seed, boot_ms());
    let camera = Camera {
        key,
        settings,
        place,
        watcher,
        voice,
        worker: None,
        secrets: Vec::new(),
        started,
        why: None,
        told_why: None,
        status_at: Instant::now() + STATUS_EVERY,
    };
    camera.run(&stop).await;
}

/// Waits for what the camera's voice needs: a secret may be written, a disk be mended later.
async fn voice(
    key: Key,
    place: &Place,
    seed: u64,
    stop: &CancellationToken,
    started: &mut Option<oneshot::Sender<()>>,
) -> Option<Voice> {
    let mut told = String::new();
    loop {
        match Voice::open(key, place, seed) {
            Ok(voice) => return Some(voice),
            Err(error) => tell_once(key, &error, &mut told),
        }
        // Nobody waits for this one.
        *started = None;
        tokio::select! {
            () = stop.cancelled() => return None,
            () = sleep(TRY_AGAIN) => {}
        }
    }
}

fn tell_once(key: Key, error: &VoiceError, told: &mut String) {
    let sentence = error.to_string();
    if *told != sentence {
        tracing::error!(camera = %key, "The camera is not watched: {sentence}");
        *told = sentence;
    }
}

struct Camera {
    key: Key,
    settings: CameraSettings,
    place: Place,
    watcher: Watcher,
    voice: Voice,
    worker: Option<Worker>,
    /// What the present worker knows and no log may.
    secrets: Vec<Secret>,
    /// Dropped when a worker was started or cannot be.
    started: Option<oneshot::Sender<()>>,
    /// Why there is no picture, in the worker's last sentence.
    why: Option<String>,
    /// The last such sentence in the log.
    told_why: Option<String>,
    status_at: Instant,
}

impl Camera {
    async fn run(mut self, stop: &CancellationToken) {
        let mut leave_by = None;
        loop {
            self.act().await;
            if let Some(by) = leave_by
                && !self.watcher.has_worker()
                && (self.voice.is_through() || by <= Instant::now())
            {
                break;
            }
            let wake = self.wake(leave_by);
            tokio::select! {
                biased;
                () = stop.cancelled(), if leave_by.is_none() => {
                    self.watcher.stop(boot_ms());
                    leave_by = Some(Instant::now() + LAST_WORDS);
                }
                heard = hear(self.worker.as_mut()) => self.hear(heard),
                () = sleep_until(wake) => {
                    self.catch_up().await;
                    self.on_time();
                }
                wish = self.voice.next() => if self.grant(wish) {
                    break;
                },
            }
        }
        // Where the outbox failed, the worker is killed and reaped as it is dropped.
        self.voice.close().await;
    }

    fn wake(&self, leave_by: Option<Instant>) -> Instant {
        let deadline = self.watcher.deadline().map(|at_ms| {
            let left_ms = u64::try_from(at_ms - boot_ms()).unwrap_or(0);
            // Tokio's timers round down as well as up.
            Instant::now() + Duration::from_millis(left_ms + 1)
        });
        // A moment that has passed and is still waited for (a worker that is not reaped) is no alarm.
        let leave_by = leave_by.filter(|by| *by > Instant::now());
        [deadline, leave_by].into_iter().flatten().fold(self.status_at, Instant::min)
    }

    /// Hears what lies in the worker's pipe before a clock is looked at: where this process stood
    /// still for a while, its timers wake up before its pipes.
    async fn catch_up(&mut self) {
        yield_now().await;
        for _ in 0..MOST_AT_ONCE {
            match timeout(Duration::ZERO, hear(self.worker.as_mut())).await {
                Ok(heard) => self.hear(heard),
                Err(_) => break,
            }
        }
    }

    fn on_time(&mut self) {
        self.watcher.on_time(boot_ms());
        if self.status_at <= Instant::now() {
            self.status_at = Instant::now() + STATUS_EVERY;
            tracing::debug!(
                camera = %self.key,
                online = self.watcher.is_online(),
                phase = ?self.watcher.phase(),
                pid = self.worker.as_ref().and_then(Worker::pid),
                zones = self.watcher.levels().count(),
                kept = self.voice.kept(),
                "How the camera is."
            );
        }
    }

    /// Does what the watcher wants.
    async fn act(&mut self) {
        loop {
            let acts = self.watcher.acts();
            if acts.is_empty() {
                return;
            }
            for act in acts {
                match act {
                    Act::Say { at_ms, body } => self.say(at_ms, body),
                    Act::Start => self.start().await,
                    Act::End => self.worker.iter_mut().for_each(Worker::let_go),
                    Act::Kill => {
                        tracing::warn!(camera = %self.key, "The worker does not answer: it is killed.");
                        self.worker.iter_mut().for_each(Worker::kill);
                    }
                }
            }
        }
    }

    fn say(&mut self, at_ms: i64, body: Body) {
        match &body {
            Body::CameraOnline { .. } => tracing::info!(camera = %self.key, "The picture is there."),
            Body::CameraOffline { reason, .. } if reason.as_deref() == Some(STOPPED) => {
                tracing::info!(camera = %self.key, "The camera is not watched any more.");
            }
            Body::CameraOffline { reason, .. } => {
                let (reason, why) = (reason.as_deref().unwrap_or_default(), self.why.as_deref().unwrap_or_default());
                tracing::warn!(camera = %self.key, reason, "The picture is gone. {why}");
                self.told_why.clone_from(&self.why);
            }
            other => tracing::trace!(camera = %self.key, event = other.type_code(), "A zone has changed."),
        }
        self.voice.say(at_ms, body);
    }

    async fn start(&mut self) {
        let worker = self.begin().await;
        let (now_ms, was_offline) = (boot_ms(), self.watcher.is_online() == Some(false));
        match worker {
            Ok(worker) => {
                tracing::debug!(camera = %self.key, pid = worker.pid(), "A worker was started.");
                self.worker = Some(worker);
                self.watcher.started(now_ms);
            }
            Err((reason, sentence)) => {
                self.why = Some(sentence);
                self.watcher.not_started(now_ms, reason);
                self.tell_why(was_offline);
            }
        }
        self.started = None;
    }

    /// A worker with its job, or why not, as a code and as a sentence.
    async fn begin(&mut self) -> Result<Worker, (&'static str, String)> {
        let password = self.settings.password.as_ref().map(|from| from.read()).transpose();
        let password = password.map_err(|error| (NO_PASSWORD, format!("It cannot be opened: {error}.")))?;
        self.secrets = password.iter().cloned().collect();
        let job = plan::job(&self.settings, password);
        let started = Worker::start(self.key, &self.place.worker, &job).await;
        started.map_err(|error| (NO_WORKER, format!("The worker cannot be started: {error}.")))
    }

    fn hear(&mut self, heard: Heard) {
        let (now_ms, was_offline) = (boot_ms(), self.watcher.is_online() == Some(false));
        let word = match heard {
            Heard::Word(word) => word,
            Heard::Gone(status, last) => {
                self.worker = None;
                let status = status.map_or_else(|| "in an unknown way".to_owned(), |status| format!("with {status}"));
                let last = last.map_or_else(String::new, |last| format!(" Its last line: {last}"));
                self.why = Some(format!("The worker ended {status}.{last}"));
                self.watcher.exited(now_ms);
                self.tell_why(was_offline);
                return;
            }
        };
        match &word {
            Word::Lost { why, .. } => self.why = Some(redact(why, &self.secrets)),
            Word::Looked { .. } => self.why = None,
            Word::Stream(stream) => tracing::info!(
                camera = %self.key, codec = %redact(&stream.codec, &self.secrets),
                width = stream.width, height = stream.height, frames_per_s = stream.frames_per_s,
                "The stream is open."
            ),
            _ => {}
        }
        self.watcher.hear(now_ms, &word);
        self.tell_why(was_offline);
    }

    /// A camera that is offline for another reason than before says so.
    fn tell_why(&mut self, was_offline: bool) {
        if was_offline
            && !self.watcher.is_stopping()
            && self.watcher.is_online() == Some(false)
            && let Some(why) = self.why.as_ref().filter(|why| self.told_why.as_ref() != Some(why))
        {
            tracing::info!(camera = %self.key, "Still no picture. {why}");
            self.told_why.clone_from(&self.why);
        }
    }

    /// Whether the task has to end and begin again.
    fn grant(&mut self, wish: Wish) -> bool {
        match wish {
            Wish::Levels => self.voice.show(self.watcher.last_ms(), self.watcher.levels()),
            Wish::Identify => tracing::info!(camera = %self.key, "Somebody looks for this camera: here it is."),
            Wish::BeginAgain(error) => {
                tracing::error!(camera = %self.key, %error, "The outbox is closed and opened again.");
                return true;
            }
        }
        false
    }
}

/// What the worker says; nothing while there is none.
async fn hear(worker: Option<&mut Worker>) -> Heard {
    match worker {
        Some(worker) => worker.next().await,
        None => std::future::pending().await,
    }
}
