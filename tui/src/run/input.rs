//! Keys, paste, mouse and size: read in a thread, because a terminal can only be waited for.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ratatui::crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;

use crate::keys::{Code, Stroke};
use crate::message::What;
use crate::model::Size;

/// How soon the thread notices that the program ends.
const LOOK_UP: Duration = Duration::from_millis(50);
/// How long the program's end waits for it.
const PATIENCE: Duration = Duration::from_millis(500);

/// The thread that reads the terminal; ends when dropped.
pub struct Input {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    /// Begins to read. When the terminal is gone, the thread ends and the receiver is told.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(out: Sender<What>) -> std::io::Result<(Self, oneshot::Receiver<Infallible>)> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        // Never sent to: dropped with the thread.
        let (alive, gone) = oneshot::channel();
        let thread = thread::Builder::new().name("keys".to_owned()).spawn(move || {
            let _alive: oneshot::Sender<Infallible> = alive;
            read(&told, &out);
        })?;
        Ok((Self { stop, thread: Some(thread) }, gone))
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return };
        let begin = Instant::now();
        // A terminal that was hung up may hold the thread in its reading for ever: then it is left,
        // and ends with the program.
        while !thread.is_finished() {
            if begin.elapsed() > PATIENCE {
                return;
            }
            thread::park_timeout(Duration::from_millis(1));
        }
        // A panic of it has been told by the hook.
        let _ = thread.join();
    }
}

fn read(stop: &AtomicBool, out: &Sender<What>) {
    while !stop.load(Ordering::Relaxed) {
        let event = match event::poll(LOOK_UP) {
            Ok(true) => event::read(),
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        let Ok(event) = event else { return };
        // Sending waits while the program is busy: the person who types is slowed.
        if what(event).is_some_and(|what| out.blocking_send(what).is_err()) {
            return;
        }
    }
}

fn what(event: Event) -> Option<What> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => stroke(key).map(What::Key),
        Event::Paste(text) => Some(What::Paste(text)),
        Event::Resize(cols, rows) => Some(What::Size(Size { cols, rows })),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(What::Click { column: mouse.column, row: mouse.row }),
            MouseEventKind::ScrollUp => Some(What::Wheel(-3)),
            MouseEventKind::ScrollDown => Some(What::Wheel(3)),
            _ => None,
        },
        _ => None,
    }
}

fn stroke(key: KeyEvent) -> Option<Stroke> {
    let code = match key.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::F(n) => Code::F(n),
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        _ => return None,
    };
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let code = match code {
        // Caps Lock makes no other command of Ctrl.
        Code::Char(c) if ctrl => Code::Char(c.to_ascii_lowercase()),
        code => code,
    };
    Some(Stroke { code, ctrl, alt: key.modifiers.contains(KeyModifiers::ALT) })
}
