//! The worker process against real streams, broken ones and files.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "a skipped test says why")]

mod clips;
mod files;
mod harness;
mod live;
mod probe;
mod refusals;
