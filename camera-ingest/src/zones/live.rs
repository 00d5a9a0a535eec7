//! The camera at the moment: a worker of its own, run from a thread.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use tokio::sync::{oneshot, watch};

use crate::worker::protocol::{Command, Job, Stream, Trouble, Word};
use crate::worker::{Child, Heard};

/// An order is seen within this time.
const TURN: Duration = Duration::from_millis(50);
/// A worker that died is started again after this time.
const REST: Duration = Duration::from_secs(2);
/// Orders that nobody has taken yet; who gives more is refused.
const ORDERS: usize = 8;

/// What is known of the camera at the moment.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Live {
    /// Counts the jobs: levels of another one are of other zones.
    pub(super) job: u32,
    pub(super) phase: Phase,
    /// Why there is no picture.
    pub(super) trouble: Option<Trouble>,
    /// The same in a sentence, in English.
    pub(super) why: Option<String>,
    pub(super) stream: Option<Stream>,
    /// In the order of the job.
    pub(super) zones: Vec<ZoneLive>,
}

/// How far the worker is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// It opens the stream.
    #[default]
    Opening,
    /// Pictures come; the room is being learned.
    Learning,
    /// Levels are known.
    Watching,
    /// Pictures come, and nothing can be told from them.
    Blind,
    /// No pictures come.
    Lost,
}

/// One zone at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct ZoneLive {
    /// 0..1; `None`: not known yet.
    level: Option<f64>,
    /// Somebody is there.
    occupied: bool,
}

/// Why there is no picture to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoPicture(pub(super) String);

type Answer = oneshot::Sender<Result<Vec<u8>, NoPicture>>;

enum Order {
    Zones(Vec<motion::Zone>, oneshot::Sender<u32>),
    Picture(Answer),
}

/// The handle of the thread. The worker ends with it.
#[derive(Debug)]
pub(super) struct Looking {
    // Before the thread, which ends when nobody can give it orders.
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    /// What is known at the moment.
    pub(super) live: watch::Receiver<Live>,
}

impl Looking {
    /// Starts to look.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(super) fn start(job: Job) -> std::io::Result<Self> {
        // Who gives more orders than the thread takes is refused.
        let (orders, taken) = sync_channel(ORDERS);
        let (told, live) = watch::channel(Live::of(0, job.zones.len()));
        let eye = Eyes { job, orders: taken, told, wanted: Vec::new() };
        let thread = thread::Builder::new().name("zones-camera".to_owned()).spawn(move || eye.run())?;
        Ok(Self { orders: Some(orders), thread: Some(thread), live })
    }

    /// Looks at these zones from now on; gives the number of the job.
    pub(super) async fn look_at(&self, zones: Vec<motion::Zone>) -> Option<u32> {
        let (answer, run) = oneshot::channel();
        self.orders.as_ref()?.try_send(Order::Zones(zones, answer)).ok()?;
        run.await.ok()
    }

    /// The next picture, as a PNG file.
    ///
    /// # Errors
    /// When there is none within the time.
    pub(super) async fn picture(&self, within: Duration) -> Result<Vec<u8>, NoPicture> {
        let busy = || NoPicture("the camera's worker is busy; try again".to_owned());
        let (answer, picture) = oneshot::channel();
        let orders = self.orders.as_ref().ok_or_else(busy)?;
        orders.try_send(Order::Picture(answer)).map_err(|_| busy())?;
        match tokio::time::timeout(within, picture).await {
            Ok(Ok(told)) => told,
            Ok(Err(_)) => Err(busy()),
            Err(_) => Err(NoPicture(format!("no picture came within {} seconds", within.as_secs()))),
        }
    }
}

impl Drop for Looking {
    fn drop(&mut self) {
        self.orders = None;
        // It panicked, or it has ended: either way there is nothing to do.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Live {
    fn of(job: u32, zones: usize) -> Self {
        Self { job, zones: vec![ZoneLive::default(); zones], ..Self::default() }
    }

    /// Takes in what the worker says.
    fn hear(&mut self, word: &Word) {
        match word {
            Word::Opening { .. } => self.phase = Phase::Opening,
            Word::Stream(stream) => self.stream = Some(stream.clone()),
            Word::Looked { .. } if matches!(self.phase, Phase::Opening | Phase::Lost) => self.phase = Phase::Learning,
            Word::Watching { .. } => self.phase = Phase::Watching,
            Word::Blind { .. } => self.phase = Phase::Blind,
            Word::Lost { trouble, why, .. } => self.lose(*trouble, why.clone()),
            Word::Started { zone, level, .. } => self.set(*zone, Some(true), *level),
            Word::Ended { zone, level, .. } => self.set(*zone, Some(false), *level),
            Word::Level { zone, level, .. } => self.set(*zone, None, *level),
            Word::Looked { .. } | Word::Picture { .. } | Word::Over { .. } => {}
        }
        if !matches!(self.phase, Phase::Lost | Phase::Opening) {
            (self.trouble, self.why) = (None, None);
        }
    }

    fn lose(&mut self, trouble: Trouble, why: String) {
        (self.phase, self.trouble, self.why) = (Phase::Lost, Some(trouble), Some(why));
        self.zones.fill(ZoneLive::default());
    }

    fn set(&mut self, zone: usize, occupied: Option<bool>, level: f64) {
        if let Some(zone) = self.zones.get_mut(zone) {
            zone.level = Some(level);
            zone.occupied = occupied.unwrap_or(zone.occupied);
        }
    }
}

/// What the thread has.
struct Eyes {
    job: Job,
    orders: Receiver<Order>,
    told: watch::Sender<Live>,
    /// Who waits for a picture.
    wanted: Vec<Answer>,
}

/// Why a worker is not listened to any more.
enum End {
    /// Nobody gives orders any more.
    Over,
    /// There are other zones.
    Anew,
    /// It is gone.
    Gone,
}

impl Eyes {
    fn run(mut self) {
        loop {
            let end = match Child::start(&self.job) {
                Ok(mut child) => self.watch(&mut child),
                Err(error) => {
                    self.told.send_modify(|live| {
                        live.lose(Trouble::Worker, format!("the camera's worker cannot be started: {error}"));
                    });
                    End::Gone
                }
            };
            self.refuse("the camera's worker ended; it is started again");
            let over = match end {
                End::Over => true,
                End::Anew => false,
                End::Gone => self.rest(),
            };
            if over {
                return;
            }
        }
    }

    /// Listens to one worker.
    fn watch(&mut self, child: &mut Child) -> End {
        loop {
            if let Some(end) = self.take_orders(child) {
                return end;
            }
            match child.hear(Instant::now() + TURN) {
                Heard::Silence => {}
                Heard::Word(Word::Picture { png_base64 }) => self.show(&png_base64),
                Heard::Word(word) => {
                    if let Word::Lost { why, .. } = &word {
                        self.refuse(why);
                    }
                    self.told.send_if_modified(|live| {
                        let before = live.clone();
                        live.hear(&word);
                        *live != before
                    });
                }
                Heard::Gone => {
                    self.told.send_modify(|live| {
                        live.lose(Trouble::Worker, "the camera's worker ended; it is started again".to_owned());
                    });
                    return End::Gone;
                }
            }
        }
    }

    /// Does what was ordered; something when this worker's time is over.
    fn take_orders(&mut self, child: &mut Child) -> Option<End> {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Picture(answer)) => self.want(answer, child),
                Ok(Order::Zones(zones, answer)) => {
                    self.begin(zones, answer);
                    return Some(End::Anew);
                }
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(End::Over),
            }
        }
    }

    fn want(&mut self, answer: Answer, child: &mut Child) {
        let lost = {
            let live = self.told.borrow();
            (live.phase == Phase::Lost).then(|| live.why.clone().unwrap_or_default())
        };
        if let Some(why) = lost {
            let _ = answer.send(Err(NoPicture(why)));
            return;
        }
        match child.ask(Command::Picture) {
            Ok(()) => self.wanted.push(answer),
            Err(error) => drop(answer.send(Err(NoPicture(error.to_string())))),
        }
    }

    /// The next job: other zones, nothing known of them.
    fn begin(&mut self, zones: Vec<motion::Zone>, answer: oneshot::Sender<u32>) {
        self.told.send_modify(|live| *live = Live::of(live.job + 1, zones.len()));
        self.job.zones = zones;
        // Who does not wait for the number does not need it.
        let _ = answer.send(self.told.borrow().job);
    }

    fn show(&mut self, png_base64: &str) {
        let picture = BASE64_STANDARD.decode(png_base64).map_err(|_| NoPicture("the picture is damaged".to_owned()));
        for answer in self.wanted.drain(..) {
            // Who does not wait any more does not see it.
            let _ = answer.send(picture.clone());
        }
    }

    fn refuse(&mut self, why: &str) {
        for answer in self.wanted.drain(..) {
            let _ = answer.send(Err(NoPicture(why.to_owned())));
        }
    }

    /// Waits before the next worker, with an ear for orders; whether it is over.
    fn rest(&mut self) -> bool {
        let until = Instant::now() + REST;
        loop {
            match self.orders.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Order::Picture(answer)) => {
                    let why = self.told.borrow().why.clone().unwrap_or_default();
                    let _ = answer.send(Err(NoPicture(why)));
                }
                Ok(Order::Zones(zones, answer)) => self.begin(zones, answer),
                Err(RecvTimeoutError::Timeout) => return false,
                Err(RecvTimeoutError::Disconnected) => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_what_is_known() {
        let mut live = Live::of(1, 2);
        let hear = |live: &mut Live, word| {
            live.hear(&word);
            live.phase
        };
        assert_eq!(hear(&mut live, Word::Opening { at_ms: 0 }), Phase::Opening);
        assert_eq!(hear(&mut live, Word::Looked { at_ms: 1 }), Phase::Learning);
        assert_eq!(hear(&mut live, Word::Watching { at_ms: 2 }), Phase::Watching);
        assert_eq!(hear(&mut live, Word::Looked { at_ms: 3 }), Phase::Watching);
        hear(&mut live, Word::Started { zone: 1, motion: 1, at_ms: 3, level: 0.25 });
        hear(&mut live, Word::Level { zone: 0, at_ms: 3, level: 0.5 });
        hear(&mut live, Word::Level { zone: 9, at_ms: 3, level: 0.5 });
        let zone = |level, occupied| ZoneLive { level: Some(level), occupied };
        assert_eq!(live.zones, [zone(0.5, false), zone(0.25, true)]);
        let lost = Word::Lost { at_ms: 4, trouble: Trouble::Stalled, why: "no picture".into(), again_in_ms: 1 };
        assert_eq!(hear(&mut live, lost), Phase::Lost);
        assert_eq!((live.why.as_deref(), live.zones[1]), (Some("no picture"), ZoneLive::default()));
        assert_eq!(hear(&mut live, Word::Opening { at_ms: 5 }), Phase::Opening);
        assert_eq!(live.trouble, Some(Trouble::Stalled), "it is still why, until a picture comes");
        assert_eq!(hear(&mut live, Word::Looked { at_ms: 6 }), Phase::Learning);
        assert_eq!((live.trouble, &live.why), (None, &None));
    }
}
