//! A worker's life: open, look, lose, wait, open again.

use std::io::{self, Write};
use std::time::Duration;

use super::backoff::Backoff;
use super::clock::boot_ms;
use super::ears::Ears;
use super::looker::Looker;
use super::measure::Measure;
use super::picture;
use super::protocol::{Job, Trouble, Word};
use crate::decode::{self, Deadline, Event, Failure, How, Looks, Reader, Source};

/// A picture so much before its turn will do, in milliseconds: live ones tremble, written times are
/// rounded.
const LIVE_SLACK_MS: f64 = 15.0;
const FILE_SLACK_MS: f64 = 1.5;
/// Pictures for so long, and the camera counts as well again.
const WELL_MS: i64 = 10_000;
/// Where key pictures alone are decoded, the next one may take so long while the stream flows.
const KEY_PATIENCE_MS: i64 = 60_000;
/// A machine so far behind a file does not hurry after it.
const BEHIND_MS: i64 = 1000;

/// Looks at one camera.
pub(super) struct Session<W: Write> {
    job: Job,
    ears: Ears,
    looker: Looker<W>,
    backoff: Backoff,
    deadline: Deadline,
    wanted: bool,
    /// When the last picture came.
    last_ms: Option<i64>,
    /// When the first picture of this opening came.
    first_ms: Option<i64>,
}

/// Why looking stopped.
enum Stop {
    Lost(Failure),
    /// Nobody listens any more.
    Unheard(io::Error),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Lost(failure)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unheard(error)
    }
}

impl<W: Write> Session<W> {
    pub(super) fn new(job: Job, ears: Ears, looker: Looker<W>) -> Self {
        let backoff = Backoff::new(fastrand::Rng::new());
        Self { job, ears, looker, backoff, deadline: Deadline::never(), wanted: false, last_ms: None, first_ms: None }
    }

    /// Looks until a file is over or nobody listens.
    pub(super) fn run(mut self) -> io::Result<()> {
        loop {
            self.looker.mouth.say(&Word::Opening { at_ms: boot_ms() })?;
            self.first_ms = None;
            match self.open_and_look() {
                Ok(()) => return Ok(()),
                Err(Stop::Unheard(error)) => return Err(error),
                Err(Stop::Lost(failure)) => self.lose(failure)?,
            }
        }
    }

    fn open_and_look(&mut self) -> Result<(), Stop> {
        let looking = &self.job.looking;
        let source = Source::new(&self.job.source, self.job.user.as_deref(), self.job.password.as_ref(), looking.udp)?;
        let how = How {
            keyframes_only: looking.keyframes_only,
            skip_loop_filter: looking.skip_loop_filter,
            patience: seconds(looking.first_frame_s),
        };
        self.deadline.within(seconds(looking.first_frame_s));
        let mut reader = decode::open(&source, &how, &self.deadline)?;
        if reader.stream().width > 0 {
            self.looker.mouth.say(&Word::Stream(reader.stream().clone()))?;
        }
        if source.is_live() { self.watch(&mut reader) } else { self.play(reader, &source, &how) }
    }

    /// A live stream: time is when a picture comes, and its end is a fault.
    fn watch(&mut self, reader: &mut Reader) -> Result<(), Stop> {
        let mut looks = Looks::new(self.job.looking.looks_per_s, LIVE_SLACK_MS);
        let mut measure = self.job.pictures.then(Measure::default);
        loop {
            let event = reader.advance()?;
            let now_ms = boot_ms();
            match event {
                Event::Picture => self.see(reader, &mut looks, now_ms)?,
                Event::Passing => self.flows(now_ms)?,
                Event::End => return Err(Failure::ended(reader.source()).into()),
            }
            if let Some(stream) = measure.as_mut().and_then(|measure| measure.done(reader, now_ms)) {
                measure = None;
                self.looker.mouth.say(&Word::Stream(stream))?;
            }
        }
    }

    /// A file, at its own pace; over and over again where it repeats.
    fn play(&mut self, mut reader: Reader, source: &Source, how: &How) -> Result<(), Stop> {
        let mut looks = Looks::new(self.job.looking.looks_per_s, FILE_SLACK_MS);
        let mut begin_ms = boot_ms();
        let mut has_pictures = false;
        loop {
            // A disk does not stall as a camera does: what hangs here is seen by the parent.
            self.deadline.within(seconds(self.job.looking.first_frame_s));
            match reader.advance()? {
                Event::Picture => {
                    has_pictures = true;
                    let after_ms = millis(reader.time_s());
                    begin_ms += self.wait_until(begin_ms + after_ms);
                    self.see(&mut reader, &mut looks, begin_ms + after_ms)?;
                }
                Event::Passing => {}
                Event::End if !has_pictures => {
                    return Err(Failure::new(Trouble::NoVideo, format!("{source} has no picture in it")).into());
                }
                Event::End if self.job.looking.repeat => {
                    let step = reader.stream().frames_per_s.filter(|rate| *rate >= 1.0).map_or(0.04, f64::recip);
                    begin_ms += millis(reader.time_s() + step);
                    reader = decode::open(source, how, &self.deadline)?;
                    has_pictures = false;
                }
                Event::End => {
                    let at_ms = self.last_ms.unwrap_or_else(boot_ms);
                    return Ok(self.looker.over(at_ms)?);
                }
            }
        }
    }

    /// A good picture came at this time.
    fn see(&mut self, reader: &mut Reader, looks: &mut Looks, at_ms: i64) -> Result<(), Stop> {
        self.last_ms = Some(at_ms);
        self.first_ms.get_or_insert(at_ms);
        self.deadline.within(seconds(self.job.looking.stall_s));
        self.wanted |= self.ears.wait(Duration::ZERO);
        if self.wanted && self.job.pictures {
            let shown = picture::word(reader).ok_or_else(|| Failure::unreadable(reader.source()))?;
            self.wanted = false;
            self.looker.mouth.say(&shown)?;
        }
        if looks.wants(at_ms as f64) {
            let picture = reader.picture()?;
            self.looker.look(at_ms, &picture)?;
        } else {
            self.looker.pass(at_ms)?;
        }
        Ok(())
    }

    /// The stream flows between two key pictures.
    fn flows(&mut self, now_ms: i64) -> Result<(), Stop> {
        if self.first_ms.is_some() && self.last_ms.is_some_and(|last| now_ms - last < KEY_PATIENCE_MS) {
            self.deadline.within(seconds(self.job.looking.stall_s));
            self.looker.pass(now_ms)?;
        }
        Ok(())
    }

    /// Waits for the time of a file's picture; by how many milliseconds the file begins later, where
    /// the machine cannot keep up.
    fn wait_until(&mut self, at_ms: i64) -> i64 {
        let ahead_ms = at_ms - boot_ms();
        if let Ok(ahead) = u64::try_from(ahead_ms) {
            self.wanted |= self.ears.wait(Duration::from_millis(ahead));
        }
        if ahead_ms < -BEHIND_MS { -ahead_ms } else { 0 }
    }

    fn lose(&mut self, failure: Failure) -> io::Result<()> {
        let now_ms = boot_ms();
        self.looker.lost()?;
        if self.first_ms.is_some_and(|first| now_ms - first >= WELL_MS) {
            self.backoff.begin_anew();
        }
        let pause = self.backoff.pause();
        let again_in_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        let Failure { trouble, why } = failure;
        self.looker.mouth.say(&Word::Lost { at_ms: self.last_ms.unwrap_or(now_ms), trouble, why, again_in_ms })?;
        self.wanted |= self.ears.wait(pause);
        Ok(())
    }
}

fn seconds(s: f64) -> Duration {
    Duration::try_from_secs_f64(s).unwrap_or(Duration::from_secs(15))
}

fn millis(s: f64) -> i64 {
    (s * 1000.0).round() as i64
}
