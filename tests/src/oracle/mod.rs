//! The second opinion: a plain fold over a recorded log that gives the figures of contract
//! section 5 at any instant.
//!
//! Architecture invariant: it shares no code with the programs. It is slow and simple on purpose:
//! every ended wait is kept in a list, and every figure is computed from the lists when asked.

mod figures;
mod fold;
mod instant;
mod log;
mod mapping;
#[cfg(test)]
mod tests;

pub use figures::{CounterFigures, RatingFigures, ServiceFigures, SiteFigures, WINDOW_MS};
pub use fold::{Oracle, Site};
pub use instant::Instant;
pub use log::{Log, Snapshot, TicketRow};
pub use mapping::{Happening, What, happenings};
