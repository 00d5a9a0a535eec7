//! The contract with the broker, and the settings of an installation.
//!
//! Architecture invariant: this is the only crate that names rumqttc, the only place where a topic
//! is put together or taken apart, and the only place where a payload becomes a domain type.
//!
//! - [`topics`]: the one topic table and the topics as types
//! - [`wire`]: payloads, read once and written by one function each
//! - [`broker`]: the broker's files and the register of devices
//! - [`documents`]: AsyncAPI, JSON Schemas and tables made from the above
//! - [`session`]: one MQTT 5 connection that heals itself
//! - [`device`]: a publisher that forgets nothing until the collector has it
//! - [`settings`]: the installation's and the sites' files, and what a child process is started with

pub mod broker;
pub mod device;
pub mod documents;
pub mod session;
pub mod settings;
pub mod topics;
pub mod wire;
