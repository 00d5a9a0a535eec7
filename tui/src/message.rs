//! What comes in, and what is to be done: the only ways into and out of the pure part.

use domain::ServiceId;
use domain::outlook::Answer;
use serde::{Deserialize, Serialize};

use crate::keys::Stroke;
use crate::model::{DeadLetterList, Moment, Trouble};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// When.
    pub at: Moment,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A key was pressed.
    Key(Stroke),
    /// Text was pasted.
    Paste(String),
    /// A mouse button was pressed on a cell.
    Click {
        /// From the left, 0.
        column: u16,
        /// From the top, 0.
        row: u16,
    },
    /// The wheel was turned by so many rows, down is positive.
    Wheel(i8),
    /// The terminal has another size.
    Size(crate::model::Size),
    /// The WebSocket is open.
    Opened,
    /// A text of the WebSocket, as it came.
    Frame(String),
    /// The WebSocket is gone, or could not be opened.
    Lost(Trouble),
    /// The dead letters that were asked for.
    DeadLetters(Result<DeadLetterList, Trouble>),
    /// A what-if that was asked for.
    Answered {
        /// Of which service.
        service: ServiceId,
        /// With so many more counters.
        more: u32,
        /// The server's answer.
        answer: Result<Answer, Trouble>,
    },
    /// The files that were to be saved: their place, or why not.
    Saved(Result<String, String>),
    /// The terminal is ours again, and empty.
    Resumed,
    /// A second went by.
    Tick,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Action {
    /// Something that is drawn has changed.
    pub redraw: bool,
    /// In this order.
    pub effects: Vec<Effect>,
}

/// Something outside of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Give the terminal back and stop until the shell says otherwise.
    Suspend,
    /// Draw every cell anew, whatever is thought to stand there.
    Clear,
    /// Ask the server for a snapshot.
    Resync,
    /// Ask the server for its dead letters.
    AskDeadLetters,
    /// Ask the server what would be with more counters for a service.
    AskWhatIf {
        /// Which.
        service: ServiceId,
        /// How many.
        more: u32,
    },
    /// Ring.
    Bell,
    /// Save the frame as text and the pane as CSV.
    Save {
        /// File name without its ending.
        stem: String,
        /// The pane's rows.
        csv: String,
    },
}

impl Action {
    /// Nothing to do.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// To be drawn again.
    #[must_use]
    pub fn redraw() -> Self {
        Self { redraw: true, effects: Vec::new() }
    }

    /// To be drawn again only if so.
    #[must_use]
    pub fn redraw_if(redraw: bool) -> Self {
        Self { redraw, effects: Vec::new() }
    }

    /// And this, too.
    #[must_use]
    pub fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}
