//! The write side of InfluxDB: lines that cannot be forged, and a mirror that loses and doubles nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod day;
mod hostile;
mod kill;
mod kit;
mod outage;
