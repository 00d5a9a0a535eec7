//! `motcua serve`: a small supervisor whose children are Mosquitto, the collector and the dashboard.

mod backoff;
mod child;
mod data_dir;
mod keeper;
mod leftover;
mod ports;
pub mod shim;
