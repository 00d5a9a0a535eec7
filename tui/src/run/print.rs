//! `--print`: one frame of the live board as text.

use std::time::Duration;

use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

use super::{Clock, Failure, model};
use crate::message::{Message, What};
use crate::model::{Lang, Link, Model, Pane, Size, Trouble};
use crate::net::{Place, dead_letters, follow};
use crate::options::Config;
use crate::picture;
use crate::update::update;

const LIMIT: Duration = Duration::from_secs(10);

/// The frame, once there is a board.
pub async fn print(place: Place, config: &Config, size: Size) -> Result<String, Failure> {
    // What was last looked at is another matter: a frame is the same whoever asks for it.
    let mut model = model(&place, config, size, None);
    // The socket waits while a frame is taken in; there is one to wait for.
    let (events, mut taken) = channel(16);
    let (_resync, asked) = channel(1);
    let socket = tokio::spawn(follow(place.clone(), events, asked));
    let board = timeout(LIMIT, until_board(&mut model, &mut taken)).await;
    socket.abort();
    if board.is_err() || model.board.is_none() {
        let why = match &model.link {
            Link::Lost { why, .. } => why.sentence(Lang::En),
            _ => format!("the server has said nothing for {} s", LIMIT.as_secs()),
        };
        return Err(Failure::NoBoard { site: place.site, server: place.address.to_string(), why });
    }
    if model.pane == Pane::DeadLetters {
        let asked = tokio::task::spawn_blocking(move || dead_letters(&place)).await;
        let answer = asked.unwrap_or_else(|error| Err(Trouble::Unreachable { detail: error.to_string() }));
        let at = model.now;
        let _ = update(&mut model, Message { at, what: What::DeadLetters(answer) });
    }
    Ok(picture::text(&model, size))
}

/// Ends with a board, or without one where waiting is of no use.
async fn until_board(model: &mut Model, taken: &mut Receiver<What>) {
    let clock = Clock::start();
    while model.board.is_none() && !is_hopeless(model) {
        match taken.recv().await {
            Some(what) => {
                // Nothing is asked for: the first snapshot is enough.
                let _ = update(model, Message { at: clock.now(), what });
            }
            // The socket's task ends only when we do.
            None => std::future::pending().await,
        }
    }
}

/// A site may be heard of yet; a token or a certificate does not mend itself.
fn is_hopeless(model: &Model) -> bool {
    matches!(&model.link, Link::Lost { why, .. } if why.needs_a_person() && *why != Trouble::NoSuchSite)
}
