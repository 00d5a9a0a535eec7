//! The parent over a real Mosquitto with workers that misbehave in every way: what it says of them is
//! right and in time, and nothing of them is left over.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "tests, and a worker that speaks")]

#[path = "../../../mqtt-config/tests/session/broker.rs"]
mod broker;
mod ends;
mod fake;
mod files;
mod hall;
mod program;
mod secrets;
mod workers;

use std::time::Duration;

/// Far above what any step takes; reaching it is a failure.
const LIMIT: Duration = Duration::from_secs(60);
