//! All cameras' tasks: started, ended and started again as the sites' files say.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use mqtt_config::settings::{CameraChange, CameraSettings, CameraWatch, Mistakes};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::camera;
use super::key::Key;
use super::place::Place;
use super::plan::ours;

/// How often the sites' files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause before a camera whose task ended by itself is watched again.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Why the cameras cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sites' files cannot be used.
    #[error("the cameras' settings cannot be used:\n{0}")]
    Settings(#[from] Mistakes),
}

/// What is told once every camera's worker was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// Cameras that are watched.
    pub cameras: usize,
}

/// Watches the cameras until `stop`; then says that they are offline and ends all workers.
/// `ready` is called once every camera's worker was started, or cannot be for now: pictures may
/// come later, or never. To be run on the main thread, to whose end the workers are tied.
///
/// # Errors
/// Mistakes in the sites' files at the start. Later ones are told in the log, and change nothing.
pub async fn run(place: Place, stop: CancellationToken, ready: impl FnOnce(Ready)) -> Result<(), Error> {
    let (mut files, cameras) = CameraWatch::open(&place.runtime.sites)?;
    let mut crew = Crew::new(place, cameras);
    let waited_for = crew.tend();
    let mut ready = Some(ready);
    let all_started = async {
        for started in waited_for {
            // Told by its end, too: a camera without a secret keeps nobody waiting.
            let _ = started.await;
        }
    };
    tokio::pin!(all_started);
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = &mut all_started, if ready.is_some() => {
                if let Some(ready) = ready.take() {
                    ready(Ready { cameras: crew.wanted.len() });
                }
            }
            ended = crew.tasks.join_next_with_id(), if !crew.tasks.is_empty() => {
                crew.ended(ended);
            }
            _ = looks.tick() => crew.look(&mut files),
        }
        // Whoever is started now is not waited for by `ready`.
        crew.tend();
    }
    crew.end().await;
    Ok(())
}

/// The cameras that are wanted, and the tasks that there are.
struct Crew {
    place: Place,
    wanted: BTreeMap<Key, CameraSettings>,
    at_work: BTreeMap<Key, AtWork>,
    tasks: JoinSet<()>,
    whose: HashMap<Id, Key>,
    /// Cameras whose task ended by itself, and when they are watched again.
    pausing: BTreeMap<Key, Instant>,
}

struct AtWork {
    settings: CameraSettings,
    stop: CancellationToken,
}

impl Crew {
    fn new(place: Place, cameras: Vec<CameraSettings>) -> Self {
        Self {
            place,
            wanted: ours(cameras).collect(),
            at_work: BTreeMap::new(),
            tasks: JoinSet::new(),
            whose: HashMap::new(),
            pausing: BTreeMap::new(),
        }
    }

    /// Ends what is not wanted any more, or not like this, and starts what is missing. A camera
    /// whose settings have changed starts when its task of before has ended: they share an outbox.
    fn tend(&mut self) -> Vec<oneshot::Receiver<()>> {
        for (key, at_work) in &self.at_work {
            if self.wanted.get(key) != Some(&at_work.settings) && !at_work.stop.is_cancelled() {
                let still = self.wanted.contains_key(key);
                tracing::info!(camera = %key, still, "The camera's settings have changed: its worker ends.");
                at_work.stop.cancel();
            }
        }
        let now = Instant::now();
        self.pausing.retain(|_, until| *until > now);
        let missing = self.wanted.iter().filter(|(key, _)| !self.at_work.contains_key(key));
        let missing = missing.filter(|(key, _)| !self.pausing.contains_key(key));
        let missing: Vec<(Key, CameraSettings)> = missing.map(|(key, settings)| (*key, settings.clone())).collect();
        missing.into_iter().map(|(key, settings)| self.begin(key, settings)).collect()
    }

    fn begin(&mut self, key: Key, settings: CameraSettings) -> oneshot::Receiver<()> {
        tracing::info!(camera = %key, zones = settings.zones.len(), "The camera is watched.");
        let stop = CancellationToken::new();
        let (started, waited_for) = oneshot::channel();
        let task = camera::watch(key, settings.clone(), self.place.clone(), stop.clone(), started);
        self.whose.insert(self.tasks.spawn(task).id(), key);
        self.at_work.insert(key, AtWork { settings, stop });
        waited_for
    }

    fn ended(&mut self, ended: Option<Result<(Id, ()), JoinError>>) {
        let id = match &ended {
            Some(Ok((id, ()))) => *id,
            Some(Err(error)) => error.id(),
            None => return,
        };
        let Some(key) = self.whose.remove(&id) else { return };
        if let Some(Err(error)) = ended {
            tracing::error!(camera = %key, %error, "The camera's task failed.");
        }
        let asked = self.at_work.remove(&key).is_some_and(|at_work| at_work.stop.is_cancelled());
        if !asked {
            self.pausing.insert(key, Instant::now() + AGAIN_AFTER);
        }
    }

    fn look(&mut self, files: &mut CameraWatch) {
        for change in files.poll() {
            match change {
                CameraChange::Changed { site, cameras } => {
                    self.wanted.retain(|key, _| key.site != site);
                    self.wanted.extend(ours(cameras));
                }
                CameraChange::Wrong(mistakes) => {
                    tracing::error!("The cameras stay as they are; a file cannot be used:\n{mistakes}");
                }
            }
        }
    }

    async fn end(mut self) {
        self.at_work.values().for_each(|at_work| at_work.stop.cancel());
        while self.tasks.join_next().await.is_some() {}
    }
}
