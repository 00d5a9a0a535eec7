//! The embedded store, from outside.

#![allow(clippy::unwrap_used, reason = "tests and their helpers")]

mod days;
mod kill;
mod outbox;
mod pack;
mod read;
mod write;
