//! `motcua`, the one command: a supervisor whose children are Mosquitto, the collector and the
//! dashboard, and the tools around them.
//!
//! Architecture invariant: nothing here decides a figure or a state. Commands read their
//! arguments, call a library and tell the outcome.

pub mod backtest;
pub mod backup;
pub mod centre;
pub mod cmd;
pub mod demo;
pub mod doctor;
pub mod exit;
pub mod generate;
mod logging;
pub mod replay;
pub mod supervisor;
