//! The live screen: one loop that takes every event, changes the model, does what it asks and
//! draws.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use domain::ServiceId;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::input::Input;
use super::pace::Pace;
use super::signals::{Signals, Told};
use super::terminal::Screen;
use super::{Clock, Failure, at, model, save};
use crate::message::{Effect, Message, What};
use crate::model::{Model, Trouble};
use crate::net::{Place, dead_letters, follow, what_if};
use crate::options::Config;
use crate::picture;
use crate::record::{Header, Recorder};
use crate::remember::{Remembered, Store};
use crate::update::update;

/// Events that wait to be taken. When it is full, the socket is read no further and the server
/// sends a snapshot instead of what was missed; the person who types waits.
const EVENTS: usize = 256;
/// Events taken between two looks at the clock of drawing.
const AT_ONCE: usize = 64;
/// A view that was changed is written after this long, and at the end.
const REMEMBER_AFTER: Duration = Duration::from_secs(2);

/// Shows the live board until asked to end.
pub async fn live(place: Place, config: &Config, record: Option<PathBuf>) -> Result<(), Failure> {
    let store = Store::of_user();
    let (events, taken) = channel(EVENTS);
    let mut signals = Signals::listen()?;
    let screen = Screen::take(config.settings.mouse)?;
    let model = model(&place, config, screen.size()?, store.as_ref());
    let recorder =
        record.map(|file| Recorder::create(&file, &Header::of(&model)).map_err(|why| Failure::Record { file, why }));
    let (input, gone) = Input::start(events.clone())?;
    // One demand at a time: the snapshot that answers it answers all.
    let (resync, asked) = channel(1);
    let socket = tokio::spawn(follow(place.clone(), events.clone(), asked));
    let mut live = Live {
        left: Remembered::of(&model),
        model,
        screen,
        place,
        events,
        resync,
        recorder: recorder.transpose()?,
        store,
        snapshots: config.snapshot_dir.clone(),
        clock: Clock::start(),
        pace: Pace::default(),
        remember_at: None,
        asking: None,
        wondering: None,
    };
    let ended = live.run(taken, gone, &mut signals).await;
    socket.abort();
    live.remember();
    // First nobody reads the terminal any more, then it is given back: what is typed from then on
    // is the shell's.
    drop(input);
    drop(live);
    ended
}

struct Live {
    model: Model,
    screen: Screen,
    place: Place,
    events: Sender<What>,
    resync: Sender<()>,
    recorder: Option<Recorder>,
    store: Option<Store>,
    snapshots: PathBuf,
    clock: Clock,
    pace: Pace,
    /// The view as it was last written.
    left: Remembered,
    remember_at: Option<Instant>,
    /// The list of dead letters is being asked for.
    asking: Option<JoinHandle<()>>,
    /// A what-if is being asked for.
    wondering: Option<JoinHandle<()>>,
}

/// Whether the program goes on.
type Step = ControlFlow<()>;

impl Live {
    async fn run(
        &mut self,
        mut taken: Receiver<What>,
        mut gone: oneshot::Receiver<Infallible>,
        signals: &mut Signals,
    ) -> Result<(), Failure> {
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.pace.wants(true);
        loop {
            let step = tokio::select! {
                what = taken.recv() => self.take(what, &mut taken)?,
                _ = second.tick() => self.second()?,
                () = at(self.pace.at()) => {
                    self.screen.draw(&self.model)?;
                    self.pace.drawn();
                    Step::Continue(())
                }
                () = at(self.remember_at) => {
                    self.remember();
                    Step::Continue(())
                }
                // Nobody can type any more.
                _ = &mut gone => Step::Break(()),
                told = signals.next() => match told {
                    Told::End => Step::Break(()),
                    Told::Stop => self.effect(Effect::Suspend)?,
                },
            };
            if step.is_break() {
                return Ok(());
            }
        }
    }

    /// Takes what has come, and what waits behind it.
    fn take(&mut self, first: Option<What>, taken: &mut Receiver<What>) -> Result<Step, Failure> {
        let mut next = first;
        for _ in 0..AT_ONCE {
            let Some(what) = next else { return Ok(Step::Continue(())) };
            if self.message(what)?.is_break() {
                return Ok(Step::Break(()));
            }
            next = taken.try_recv().ok();
        }
        match next {
            Some(what) => self.message(what),
            None => Ok(Step::Continue(())),
        }
    }

    fn second(&mut self) -> Result<Step, Failure> {
        if let Some(recorder) = &mut self.recorder {
            recorder.flush()?;
        }
        self.message(What::Tick)
    }

    fn message(&mut self, what: What) -> Result<Step, Failure> {
        let by_hand = matches!(what, What::Key(_) | What::Paste(_) | What::Click { .. } | What::Wheel(_));
        let message = Message { at: self.clock.now(), what };
        if let Some(recorder) = &mut self.recorder {
            recorder.write(&message)?;
        }
        let action = update(&mut self.model, message);
        self.pace.wants(action.redraw);
        if by_hand && self.remember_at.is_none() {
            self.remember_at = Some(Instant::now() + REMEMBER_AFTER);
        }
        for effect in action.effects {
            if self.effect(effect)?.is_break() {
                return Ok(Step::Break(()));
            }
        }
        Ok(Step::Continue(()))
    }

    fn effect(&mut self, effect: Effect) -> Result<Step, Failure> {
        match effect {
            Effect::Quit => return Ok(Step::Break(())),
            Effect::Suspend => {
                self.screen.suspend()?;
                // The window may have another size by now.
                let size = self.screen.size()?;
                return match self.message(What::Size(size))? {
                    Step::Continue(()) => self.message(What::Resumed),
                    ended @ Step::Break(()) => Ok(ended),
                };
            }
            Effect::Clear => self.screen.clear()?,
            Effect::Bell => self.screen.ring()?,
            Effect::Resync => {
                // One is under way already: then a snapshot comes.
                let _ = self.resync.try_send(());
            }
            Effect::AskDeadLetters => self.ask_dead_letters(),
            Effect::AskWhatIf { service, more } => self.ask_what_if(service, more),
            Effect::Save { stem, csv } => {
                let text = picture::text(&self.model, self.model.size);
                let saved = save::save(&self.snapshots, &stem, &text, &csv);
                let path = saved.map(|path| std::path::absolute(&path).unwrap_or(path).display().to_string());
                return self.message(What::Saved(path.map_err(|error| error.to_string())));
            }
        }
        Ok(Step::Continue(()))
    }

    fn ask_dead_letters(&mut self) {
        if self.asking.as_ref().is_some_and(|asking| !asking.is_finished()) {
            return;
        }
        let (place, events) = (self.place.clone(), self.events.clone());
        self.asking = Some(tokio::spawn(async move {
            let asked = tokio::task::spawn_blocking(move || dead_letters(&place)).await;
            let answer = asked.unwrap_or_else(|error| Err(Trouble::Unreachable { detail: error.to_string() }));
            // Nobody listens: the program has ended.
            let _ = events.send(What::DeadLetters(answer)).await;
        }));
    }

    /// One after the other: the server takes one question at a time.
    fn ask_what_if(&mut self, service: ServiceId, more: u32) {
        let (place, events, before) = (self.place.clone(), self.events.clone(), self.wondering.take());
        self.wondering = Some(tokio::spawn(async move {
            if let Some(before) = before {
                // However it ended: it has.
                let _ = before.await;
            }
            let asked = tokio::task::spawn_blocking(move || what_if(&place, service, more)).await;
            let answer = asked.unwrap_or_else(|error| Err(Trouble::Unreachable { detail: error.to_string() }));
            // Nobody listens: the program has ended.
            let _ = events.send(What::Answered { service, more, answer }).await;
        }));
    }

    /// Writes the view as it is, if it is another than was written.
    fn remember(&mut self) {
        self.remember_at = None;
        let now = Remembered::of(&self.model);
        if now == self.left {
            return;
        }
        if let Some(store) = &self.store {
            // Where it cannot be written the next start is a fresh one: no reason to disturb.
            let _ = store.save(&self.model.server, now.clone());
        }
        self.left = now;
    }
}
