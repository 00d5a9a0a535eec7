//! Runs dead letters again while the collector goes on serving: a stretch of the journal at a time,
//! because it was asked for, or by itself when a configuration names what was unknown.

mod request;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use domain::Timestamp;
use journal::{Error, Reader, Record};

use self::request::Accepted;
pub use self::request::{Asked, Request, Standing, Tally, ask};
use crate::ingest::{Door, names_a_stranger};
use crate::record::{DeadLetterHead, Kind};
use crate::recover::journal_dir;

/// Records of the journal that are looked at between two looks at the broker: some milliseconds.
const STRETCH: usize = 4_000;
/// Letters that are run in one group at most.
const LETTERS: usize = 256;

/// See the module.
pub struct Reruns {
    data_dir: PathBuf,
    /// Letters that name strangers are to be looked at: a configuration has changed, or this is the
    /// start and nobody knows how far the last collector came.
    configured: bool,
    /// Whether requests that a collector was at are still to be taken up.
    left: bool,
    /// A fault of the directory of requests was told.
    told: bool,
    /// At most one at a time; the others wait as files.
    run: Option<Run>,
}

struct Run {
    why: Why,
    reader: Reader,
    /// The last record that it looks at.
    until: u64,
    tally: Tally,
    /// What must be durable before it is answered, once it has looked at everything.
    needs: Option<u64>,
}

enum Why {
    Configured,
    Asked(Accepted),
}

impl Reruns {
    /// For the collector of this data directory.
    #[must_use]
    pub fn new(data_dir: &Path) -> Self {
        request::sweep(data_dir);
        Self { data_dir: data_dir.to_owned(), configured: true, left: true, told: false, run: None }
    }

    /// Whether there is something to do at once.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.needs.is_none())
    }

    /// Looks whether something is to be run again. `durable`: the last durable record.
    pub fn look(&mut self, door: &mut Door, durable: u64) {
        self.configured |= door.take_configured();
        self.finish(durable);
        if self.run.is_some() {
            return;
        }
        let until = door.journal().next_offset() - 1;
        if std::mem::take(&mut self.configured) {
            self.run = door.first_waiting().and_then(|from| self.begin(Why::Configured, from, until));
            if self.run.is_some() {
                return;
            }
        }
        match request::take(&self.data_dir, self.left) {
            Ok(Some(accepted)) => {
                let from = accepted.request.offsets.first().copied().unwrap_or(1);
                self.run = self.begin(Why::Asked(accepted), from, until);
            }
            Ok(None) => (self.left, self.told) = (false, false),
            Err(error) if !self.told => {
                self.told = true;
                tracing::error!(%error, "Requests to run dead letters again cannot be taken.");
            }
            Err(_) => {}
        }
    }

    fn begin(&self, why: Why, from: u64, until: u64) -> Option<Run> {
        let dir = journal_dir(&self.data_dir);
        let reader = match Reader::open(&dir, from) {
            Err(Error::Trimmed { first, .. }) => Reader::open(&dir, first),
            other => other,
        };
        match reader {
            Ok(reader) => Some(Run { why, reader, until, tally: Tally::default(), needs: None }),
            Err(error) => {
                why.answer(&Tally { failed: Some(error.to_string()), ..Tally::default() });
                None
            }
        }
    }

    /// Looks at a stretch of the journal and runs the letters in it that are wanted.
    pub fn step(&mut self, door: &mut Door, now: Timestamp) {
        let Some(run) = self.run.as_mut().filter(|run| run.needs.is_none()) else { return };
        let mut letters = 0;
        for _ in 0..STRETCH {
            let record = match run.reader.next_record() {
                Ok(Some(record)) if record.offset <= run.until => record,
                Ok(_) => {
                    run.needs = Some(door.journal().next_offset() - 1);
                    return;
                }
                Err(error) => {
                    run.tally.failed = Some(error.to_string());
                    run.needs = Some(door.journal().next_offset() - 1);
                    return;
                }
            };
            if run.why.wants(&record) {
                run.tally.add(door.run_again(&record, now));
                letters += 1;
                if letters == LETTERS {
                    return;
                }
            }
        }
    }

    /// Answers what was asked for, once it is durable.
    fn finish(&mut self, durable: u64) {
        if let Some(run) = self.run.take_if(|run| run.needs.is_some_and(|needs| needs <= durable)) {
            let Tally { counted, known, .. } = run.tally;
            if counted + known > 0 {
                tracing::info!(counted, known, "Dead letters have been run again.");
            }
            run.why.answer(&run.tally);
        }
    }
}

impl Why {
    fn wants(&self, record: &Record<'_>) -> bool {
        if record.kind != Kind::DeadLetter as u8 {
            return false;
        }
        let reason = || DeadLetterHead::of(record).map(|(head, _)| head.reason);
        match self {
            Self::Configured => reason().is_some_and(names_a_stranger),
            Self::Asked(Accepted { request, .. }) => {
                let of_site = |site: &domain::SiteId| {
                    record.topic.split(|byte| *byte == b'/').nth(2) == Some(site.as_str().as_bytes())
                };
                (request.offsets.is_empty() || request.offsets.contains(&record.offset))
                    && request.site.as_ref().is_none_or(of_site)
                    && request.reason.is_none_or(|wanted| reason() == Some(wanted))
            }
        }
    }

    fn answer(&self, tally: &Tally) {
        if let Some(why) = &tally.failed {
            tracing::error!(why, "Not all dead letters could be looked at.");
        }
        if let Self::Asked(accepted) = self
            && let Err(error) = accepted.answer(tally)
        {
            tracing::error!(%error, "A request to run dead letters again could not be answered.");
        }
    }
}
