//! The read side of InfluxDB and the double itself, over real sockets.

mod contract;
mod days;
mod double;
mod reader;
mod server;
mod wire;
