//! The device's side: what every publisher of ours is made of.
//!
//! A [`Device`] says what happens at it, and keeps each event until the collector itself has it
//! durably. The broker's answer proves nothing: it may lose what it took.
//!
//! - `bounds`: how much is kept
//! - `kept`: what is kept, in which order it is sent, what an acknowledgement covers (pure)
//! - `disk`, `outbox`: the same on a journal, with the numbers of a run
//! - `commands`, `duties`: birth, heartbeat, commands, sending again (pure, the time is an argument)
//! - `options`, `client`: all of it over one session

mod bounds;
mod client;
mod commands;
mod disk;
mod duties;
mod kept;
mod options;
mod outbox;
#[cfg(test)]
mod tests;

pub use bounds::{Bounds, WhenFull};
pub use client::{Device, DeviceEvent};
pub use options::DeviceOptions;
pub use outbox::{Outbox, OutboxError, Said, Saying, new_boot, new_event_id};
