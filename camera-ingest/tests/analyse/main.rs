//! `camera-ingest analyse`, and the reader under it, on files of every kind.

#[path = "../worker/clips.rs"]
mod clips;
mod command;
mod reading;
