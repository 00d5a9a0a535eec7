//! History: what happened, kept for the director.
//!
//! ```text
//! collector ── Day ──> store (SQLite) ──┬── outbox ──> mirror ──> InfluxDB 2
//!                                       │                              │
//!                       Source <────────┴──────── or ── Source <───────┘
//!                         │
//!                     answer: one definition of every figure, whatever store it is read from
//! ```
//!
//! A [`domain::history::Day`] is written as a whole and only what differs changes, so writing it
//! twice is writing it once. Everything here can be made anew from the journal.

pub mod answer;
#[cfg(feature = "double")]
pub mod double;
pub mod error;
pub mod influx;
pub mod memory;
pub mod pack;
pub mod source;
pub mod sqlite;

pub use error::Error;
pub use source::{DayPart, Part, Scope, Source};
