//! The read side of InfluxDB and the double itself, over real sockets.

#![expect(clippy::print_stdout, reason = "a test that skips itself says so")]

mod contract;
mod days;
mod double;
mod old;
mod process;
mod reader;
mod server;
mod wire;
