//! The history, asked: where it is read from, how many questions at once, for how long. Every figure
//! is made by the crate `history`; here is none.

mod visits;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use history::answer::Mistake;
use history::{Error, Source, influx, sqlite};
use mqtt_config::settings::{HistoryStore, InfluxSettings, Runtime, history_file};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use crate::figures::Count;
pub use visits::{Texts, Written};

/// Questions that are answered at the same time: each fills a processor, and boards come first.
const AT_ONCE: usize = 2;
/// As many more may wait for their turn; who comes then is told to come again.
const WAITING: usize = 16;
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a question may take. A request as a whole has 20 s.
const DEADLINE: Duration = Duration::from_secs(14);

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// Too many questions are being answered.
    Busy,
    /// It took too long.
    TooSlow,
    /// It cannot be asked so; the sentence says what can.
    Mistake(Mistake),
    /// The store cannot be read; it says why.
    Store(Error),
    /// Our fault; the log says what.
    Internal,
}

impl From<Error> for Unanswered {
    fn from(error: Error) -> Self {
        match error {
            Error::Question(mistake) => Self::Mistake(mistake),
            other => Self::Store(other),
        }
    }
}

/// The history of an installation.
#[derive(Debug)]
pub struct Past {
    place: Arc<Place>,
    /// Who may be here at all, waiting or not.
    seats: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    /// What is counted.
    pub figures: Asked,
}

/// What is counted of questions.
#[derive(Debug, Default)]
pub struct Asked {
    /// Questions answered.
    pub answered: Count,
    /// Turned away: too many at once.
    pub busy: Count,
    /// Not answered: the store could not be read, or it took too long.
    pub failed: Count,
    /// Microseconds that answering took, turns not counted.
    pub us: Count,
}

/// Where it is.
#[derive(Debug)]
pub struct Place {
    /// The embedded store: every figure, the single visits, and what InfluxDB has not got yet.
    pub file: PathBuf,
    influx: Option<(InfluxSettings, influx::Retention)>,
}

/// The right to fill a processor; given back when it is dropped, wherever the work is done.
#[derive(Debug)]
pub struct Turn {
    _seat: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Place {
    /// What questions are read from.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn source(&self) -> Result<Box<dyn Source>, Error> {
        let Some((settings, retention)) = &self.influx else { return Ok(Box::new(sqlite::Reader::open(&self.file)?)) };
        let unreadable = |error: std::io::Error| Error::Influx {
            url: settings.url.clone(),
            why: format!("the token in {} cannot be read: {error}", settings.token_file.display()),
        };
        let token = settings.token().map_err(unreadable)?;
        let options = influx::Options {
            url: settings.url.clone(),
            org: settings.org.clone(),
            token: influx::Secret::new(token.expose()),
            bucket_prefix: settings.bucket_prefix.clone(),
            timeout: Duration::from_secs(u64::from(settings.timeout_s)),
            retention: *retention,
        };
        Ok(Box::new(influx::Reader::new(&options)?))
    }

    /// The word of `history_store`.
    #[must_use]
    pub const fn store(&self) -> &'static str {
        if self.influx.is_some() { "influxdb" } else { "embedded" }
    }
}

impl Past {
    /// The history of this installation. Opens nothing yet.
    #[must_use]
    pub fn new(runtime: &Runtime) -> Self {
        let history = &runtime.history;
        let influx = match &history.store {
            HistoryStore::Embedded => None,
            HistoryStore::Influx(settings) => {
                let retention = influx::Retention {
                    visit_days: history.visit_days,
                    rating_days: history.rating_days,
                    minute_days: history.minute_days,
                    hour_days: history.hour_days,
                };
                Some((settings.clone(), retention))
            }
        };
        Self {
            place: Arc::new(Place { file: history_file(&runtime.data_dir), influx }),
            seats: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            figures: Asked::default(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> Arc<Place> {
        Arc::clone(&self.place)
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Unanswered::Busy`] when there are too many.
    pub async fn turn(&self) -> Result<Turn, Unanswered> {
        let taken = async {
            let seat = Arc::clone(&self.seats).try_acquire_owned().ok()?;
            let turn = timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await.ok()?.ok()?;
            Some(Turn { _seat: seat, _turn: turn })
        };
        taken.await.ok_or_else(|| {
            self.figures.busy.one();
            Unanswered::Busy
        })
    }

    /// Does `work` on a thread of its own, when it is its turn. What takes too long goes on to its
    /// end there, and keeps its turn so long.
    ///
    /// # Errors
    /// When it is busy, when it takes too long, and those of the work.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Unanswered> {
        let turn = self.turn().await?;
        let (place, began) = (self.place(), Instant::now());
        let done = timeout(
            DEADLINE,
            spawn_blocking(move || {
                let _turn = turn;
                work(&place)
            }),
        );
        let answer = match done.await {
            Ok(Ok(answer)) => answer.map_err(Unanswered::from),
            Ok(Err(why)) => {
                tracing::error!(%why, "A question about the past was not answered.");
                Err(Unanswered::Internal)
            }
            Err(_) => Err(Unanswered::TooSlow),
        };
        self.figures.us.add(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
        match &answer {
            Ok(_) => self.figures.answered.one(),
            Err(Unanswered::Mistake(_)) => {}
            Err(why) => {
                tracing::warn!(?why, "A question about the past has no answer.");
                self.figures.failed.one();
            }
        }
        answer
    }

    /// Takes all turns, as long-running questions would.
    #[cfg(test)]
    pub async fn occupy(&self) -> Vec<Turn> {
        let mut turns = Vec::new();
        for _ in 0..AT_ONCE {
            turns.push(self.turn().await.unwrap());
        }
        turns
    }
}
