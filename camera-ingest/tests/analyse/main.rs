//! `camera-ingest analyse`, and the reader under it, on files of every kind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "a skipped test says why")]

#[path = "../worker/clips.rs"]
mod clips;
mod command;
mod reading;
