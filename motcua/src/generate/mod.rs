//! Plausible years of centres, to try history on: a seed in, what happened out.
//!
//! Like the demo's centre it plays the devices and the people before them, but for a year of working
//! days: holidays and Tết, Mondays and month ends, the summer's schools, officers who come, go, take
//! leave and differ; numbers that are taken in vain, counters that forget to say "finished", cameras
//! without a picture, hours in which nobody listened. What history keeps of it is made by the code
//! that makes it of a real journal.
//!
//! - `year`, `moon`: which days are open, how many come
//! - `plan`: what a centre looks like
//! - `day`, `seat`, `eyes`, `trouble`: one day
//! - `fold`, `waits`, `run`, `influx`: its history, by the collector's own functions; `journal`: its events
//!
//! The same (sites, year, seed) give the same to the byte.

mod centre;
mod day;
mod eyes;
mod fold;
mod influx;
mod journal;
mod moon;
mod plan;
mod progress;
mod run;
mod seat;
mod trouble;
mod waits;
mod year;

pub use centre::Centre;
pub use run::{Options, Summary, history, journal};
