//! `--replay`: a recorded session, played again through the same code.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::Instant;

use super::input::Input;
use super::signals::{Signals, Told};
use super::terminal::Screen;
use super::{Failure, at, need_terminal};
use crate::keys::{Command, Scope, command};
use crate::message::{Message, What};
use crate::model::{Model, Size};
use crate::picture;
use crate::record::{BadRecording, Recording};
use crate::update::update;

/// Strokes that wait to be looked at; the person who types waits when it is full.
const STROKES: usize = 16;
/// Nobody watches a still screen for longer.
const LONGEST: Duration = Duration::from_hours(24 * 30);

/// Plays a file on the terminal; with a size, returns its last screen.
pub async fn replay(file: &Path, speed: f64, print: Option<Size>) -> Result<Option<String>, Failure> {
    let told = |why: BadRecording| Failure::Replay { file: file.to_owned(), why };
    let recording = Recording::open(file).map_err(told)?;
    if let Some(size) = print {
        let model = recording.play().map_err(told)?;
        return Ok(Some(picture::text(&model, size)));
    }
    need_terminal()?;
    let signals = Signals::listen()?;
    let screen = Screen::take(false)?;
    let (strokes, taken) = channel(STROKES);
    let (input, _) = Input::start(strokes)?;
    let mut player = Player { model: recording.header.model(), screen, taken, signals, begin: Instant::now() };
    let ended = player.run(recording.map(|message| message.map_err(told)), speed).await;
    // First nobody reads the terminal any more, then it is given back: what is typed from then on
    // is the shell's.
    player.taken.close();
    drop(input);
    drop(player);
    ended.map(|()| None)
}

/// Whether the person who watches goes on watching.
type Step = ControlFlow<()>;

struct Player {
    model: Model,
    screen: Screen,
    taken: Receiver<What>,
    signals: Signals,
    /// When the playing began, the time that it was stopped not counted.
    begin: Instant,
}

impl Player {
    /// Plays to the end, whose screen stays until somebody ends it; or until somebody does before.
    async fn run(
        &mut self,
        messages: impl Iterator<Item = Result<Message, Failure>>,
        speed: f64,
    ) -> Result<(), Failure> {
        self.draw()?;
        let mut first = None;
        for message in messages {
            let message = message?;
            let recorded = *first.get_or_insert(message.at.mono_ms);
            if self.watch(Some(after(message.at.mono_ms.saturating_sub(recorded), speed))).await?.is_break() {
                return Ok(());
            }
            // What was done then is not done again; a screen of another size is this terminal's.
            let action = update(&mut self.model, message);
            if action.redraw && speed > 0.0 {
                self.draw()?;
            }
        }
        self.draw()?;
        self.watch(None).await.map(|_| ())
    }

    fn draw(&mut self) -> Result<(), std::io::Error> {
        self.model.size = self.screen.size()?;
        self.screen.draw(&self.model)
    }

    /// Heeds keys and signals until so long after the beginning; without an end when there is none.
    async fn watch(&mut self, until: Option<Duration>) -> Result<Step, Failure> {
        loop {
            // In this order: what is to be played at once must not outrun who wants to end it.
            let step = tokio::select! {
                biased;
                told = self.signals.next() => match told {
                    Told::End => Step::Break(()),
                    Told::Stop => self.stop()?,
                },
                what = self.taken.recv() => match what {
                    Some(what) => self.take(&what)?,
                    // Nobody can type any more.
                    None => Step::Break(()),
                },
                () = at(until.map(|after| self.begin + after)) => return Ok(Step::Continue(())),
            };
            if step.is_break() {
                return Ok(step);
            }
        }
    }

    fn take(&mut self, what: &What) -> Result<Step, Failure> {
        match what {
            What::Key(stroke) => match command(Scope::Panes, *stroke) {
                Some(Command::Quit) => return Ok(Step::Break(())),
                Some(Command::Suspend) => return self.stop(),
                _ => {}
            },
            What::Size(_) => {
                self.screen.clear()?;
                self.draw()?;
            }
            _ => {}
        }
        Ok(Step::Continue(()))
    }

    /// Gives the terminal back until the shell lets the program go on; then plays on from there.
    fn stop(&mut self) -> Result<Step, Failure> {
        let stopped = Instant::now();
        self.screen.suspend()?;
        self.begin += stopped.elapsed();
        self.draw()?;
        Ok(Step::Continue(()))
    }
}

/// How long after the beginning of the playing something recorded is played; 0 is at once.
fn after(recorded_ms: u64, speed: f64) -> Duration {
    if speed > 0.0 {
        // Slower than any clock can count is slow enough.
        let seconds = Duration::from_millis(recorded_ms).as_secs_f64() / speed;
        Duration::try_from_secs_f64(seconds).map_or(LONGEST, |after| after.min(LONGEST))
    } else {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_played_as_fast_as_asked() {
        assert_eq!(after(3_000, 1.0), Duration::from_secs(3));
        assert_eq!(after(3_000, 2.0), Duration::from_millis(1_500));
        assert_eq!(after(3_000, 0.0), Duration::ZERO, "at once");
        assert_eq!(after(3_000, f64::MIN_POSITIVE), LONGEST);
    }
}
