//! The embedded store, from outside.

mod days;
mod kill;
mod outbox;
mod pack;
mod read;
mod write;
