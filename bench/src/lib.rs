//! What motcua costs: the load, the rivals, and the figures.
//!
//! - [`load`]: devices of many sites, publishing what real ones would
//! - [`usage`]: what a process has used, as the kernel counts it
//! - [`figure`]: one JSON line a figure
//!
//! The programs: `publishers` is the load, `bare-subscriber` the rival, `bench` runs both and the
//! real programs under the same load. Architecture invariant: what is measured is a process of its
//! own, started as a person starts it and spoken to over MQTT, HTTP and WebSocket.

pub mod figure;
pub mod load;
pub mod usage;
