//! Once and only once: is this event new, a repeat, or a contradiction, and what is missing?
//!
//! Contract section 2: the same (device, boot, seq) or `id` again counts once; the same with
//! another content is a dead letter `conflict`; a hole in `seq` is asked for again three times,
//! then closed and counted.
//!
//! One [`Dedupe`] belongs to one site. It is rebuilt by showing it the journal's records in their
//! order: `now` is always a record's receive time, and nothing here depends on the order of a hash
//! table or on a seed.

mod fingerprint;
mod holes;
mod ids;
mod refused;
mod sequences;

#[cfg(test)]
mod tests;

pub use ids::{BYTES_PER_ID, Ids, Known, Print, day_of};
pub use refused::Refused;
pub use sequences::{Ack, Due, Sequences, Span};

use serde::{Deserialize, Serialize};

use crate::event::{DeviceKind, Event};
use crate::{DeviceId, Timestamp};

/// What has come in at one site.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Dedupe {
    /// By id, for as many days as the caller keeps.
    pub ids: Ids,
    /// By device, boot and `seq`.
    pub sequences: Sequences,
    /// What was refused a moment ago.
    pub refused: Refused,
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not seen before: it counts.
    New,
    /// Seen before: it changes nothing.
    Duplicate,
    /// Seen before under another boot or `seq`. The event changes nothing, but its new place is
    /// accounted for; what is rebuilt without being told of it would take that place for a hole.
    Renumbered,
    /// Its id, or its place in the device's sequence, belongs to another content: a dead letter.
    Conflict,
}

impl Dedupe {
    /// Decides what the event is and remembers it. Whatever the verdict, its `seq` counts for the
    /// acknowledgement: a repeat is durable already, and a conflict as a dead letter.
    ///
    /// An event whose place was seen and whose id was not is a conflict while the ids of its day
    /// are kept. Afterwards nobody can tell, and since that place was durable once, it is called a
    /// repeat.
    pub fn classify(&mut self, kind: DeviceKind, device: DeviceId, event: &Event, now: Timestamp) -> Verdict {
        let print = Print::of(event);
        let known = self.ids.look_up(&print);
        let new_place = self.sequences.observe(kind, device, event.envelope.boot, event.envelope.seq, now);
        match (known, new_place) {
            (Known::Same, false) => Verdict::Duplicate,
            (Known::Same, true) => Verdict::Renumbered,
            (Known::Other, _) => Verdict::Conflict,
            (Known::No, true) => {
                self.ids.insert(&print);
                Verdict::New
            }
            (Known::No, false) if self.ids.keeps(day_of(event.envelope.ts)) => Verdict::Conflict,
            (Known::No, false) => Verdict::Duplicate,
        }
    }
}
