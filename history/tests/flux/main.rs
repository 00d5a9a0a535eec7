//! The read side of InfluxDB and the double itself, over real sockets.

mod double;
mod wire;
