//! `--replay`: a recorded session, played again through the same code.

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::input::Input;
use super::terminal::Screen;
use super::{Failure, need_terminal};
use crate::keys::{Command, Scope, command};
use crate::message::What;
use crate::model::{Model, Size};
use crate::picture;
use crate::record::{BadRecording, Recording};
use crate::update::update;

/// Strokes that wait to be looked at; the person who types waits when it is full.
const STROKES: usize = 16;

/// Plays a file on the terminal; with a size, returns its last screen.
pub async fn replay(file: &Path, speed: f64, print: Option<Size>) -> Result<Option<String>, Failure> {
    let told = |why: BadRecording| Failure::Replay { file: file.to_owned(), why };
    let recording = Recording::open(file).map_err(told)?;
    if let Some(size) = print {
        let model = recording.play().map_err(told)?;
        return Ok(Some(picture::text(&model, size)));
    }
    need_terminal()?;
    let screen = Screen::take(false)?;
    let (strokes, taken) = channel(STROKES);
    let (input, _) = Input::start(strokes)?;
    let mut player = Player { model: recording.header.model(), screen, taken };
    let played = player.play(recording, speed).await.map_err(told);
    let ended = match played {
        Ok(()) => player.until_quit().await,
        Err(error) => Err(error),
    };
    // First nobody reads the terminal any more, then it is given back: what is typed from then on
    // is the shell's.
    player.taken.close();
    drop(input);
    drop(player);
    ended.map(|()| None)
}

struct Player {
    model: Model,
    screen: Screen,
    taken: Receiver<What>,
}

impl Player {
    /// Plays to the end, or until the person who watches has seen enough.
    async fn play(&mut self, recording: Recording, speed: f64) -> Result<(), BadRecording> {
        let begin = Instant::now();
        let mut first = None;
        for message in recording {
            let message = message?;
            let recorded = *first.get_or_insert(message.at.mono_ms);
            if speed > 0.0 {
                let after = Duration::from_millis(message.at.mono_ms.saturating_sub(recorded)).div_f64(speed);
                if self.quits_before(begin + after).await {
                    return Ok(());
                }
            }
            // What was done then is not done again; a screen of another size is this terminal's.
            let action = update(&mut self.model, message);
            if action.redraw && speed > 0.0 {
                self.draw()?;
            }
        }
        Ok(self.draw()?)
    }

    fn draw(&mut self) -> Result<(), std::io::Error> {
        self.model.size = self.screen.size()?;
        self.screen.draw(&self.model)
    }

    /// Waits; whether `q` was pressed meanwhile.
    async fn quits_before(&mut self, moment: Instant) -> bool {
        while let Ok(what) = timeout_at(moment, self.taken.recv()).await {
            match what {
                Some(what) if quits(&what) => return true,
                Some(_) => {}
                // The terminal cannot be read any more: only time is left to wait for.
                None => {
                    sleep_until(moment).await;
                    return false;
                }
            }
        }
        false
    }

    /// The last screen stays until `q`.
    async fn until_quit(&mut self) -> Result<(), Failure> {
        while let Some(what) = self.taken.recv().await {
            if quits(&what) {
                break;
            }
            if let What::Size(_) = what {
                self.screen.clear()?;
                self.draw()?;
            }
        }
        Ok(())
    }
}

fn quits(what: &What) -> bool {
    matches!(what, What::Key(stroke) if command(Scope::Panes, *stroke) == Some(Command::Quit))
}
