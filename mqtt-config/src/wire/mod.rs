//! Payloads: read once, at the edge, into the types of `domain`; written by one function each.
//!
//! Whatever bytes come, reading ends in a value or in a [`Refusal`] that says why, names the field
//! and, where they can be read, the boot and the sequence number: a dead letter is durable too,
//! and the acknowledgement of its device moves over it.

mod device;
mod event;
mod fields;
mod json;
mod live;
mod write;

use std::fmt::Display;

use domain::BootId;
use domain::event::DeadLetterReason;

pub use device::{
    Ack, Command, CommandAction, Done, Meta, Occupancy, OlderAck, Status, parse_ack, parse_command, parse_done,
    parse_meta, parse_occupancy, parse_status,
};
pub use event::{check_device, parse_event};
pub use live::{CALLS_SHOWN, Calls, CounterDisplay, DeadLetter, DeadLetters};
pub use write::{event_json, json};

use crate::topics::TopicError;
pub(crate) use fields::MAX_EXACT;
use fields::{Field, Fields};

/// The largest payload of a device, in bytes.
pub const MAX_PAYLOAD: usize = 16 * 1024;

/// How much of a dead letter is kept and shown, in bytes.
pub const KEPT_OF_DEAD_LETTER: usize = 4 * 1024;

/// How many characters are kept of a text for people: a reason, a detail.
pub const MAX_TEXT_CHARS: usize = 120;

/// Why a payload cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Refusal {
    /// The code of the contract.
    pub reason: DeadLetterReason,
    /// The field and what is wrong with it, at most [`MAX_TEXT_CHARS`] characters.
    pub detail: String,
    /// The boot of the payload, where it can be read.
    pub boot: Option<BootId>,
    /// The sequence number of the payload, where it can be read.
    pub seq: Option<u64>,
}

impl From<TopicError> for Refusal {
    fn from(error: TopicError) -> Self {
        Fault::new(DeadLetterReason::BadTopic, error).into()
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { reason: fault.reason, detail: fault.detail, boot: None, seq: None }
    }
}

/// What is wrong, before it is known where in its device's sequence the payload stands.
#[derive(Debug)]
struct Fault {
    reason: DeadLetterReason,
    detail: String,
}

impl Fault {
    fn new(reason: DeadLetterReason, detail: impl Display) -> Self {
        Self { reason, detail: cut(&detail.to_string()).to_owned() }
    }

    fn wrong(field: Field, detail: impl Display) -> Self {
        Self::new(DeadLetterReason::WrongField, format_args!("{}: {detail}", field.name()))
    }
}

/// The text's first [`MAX_TEXT_CHARS`] characters.
fn cut(text: &str) -> &str {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Scans a payload and builds a value of it; a refusal carries boot and sequence number.
fn parse<'a, T>(payload: &'a [u8], build: impl FnOnce(&Fields<'a>) -> Result<T, Fault>) -> Result<T, Refusal> {
    let mut fields = Fields::new();
    let scanned = fields.scan(payload);
    let built = if payload.len() > MAX_PAYLOAD {
        Err(Fault::new(DeadLetterReason::TooLarge, format_args!("{} bytes, over {MAX_PAYLOAD}", payload.len())))
    } else {
        scanned.and_then(|()| build(&fields))
    };
    built.map_err(|fault| Refusal { boot: fields.boot().ok(), seq: fields.seq().ok(), ..fault.into() })
}

#[cfg(test)]
pub(crate) mod tests;
