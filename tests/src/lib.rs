//! The harness around the real programs, and the independent oracle of their figures.
//!
//! Architecture invariant: nothing here imports a crate of ours. The programs are started as a
//! person starts them and are spoken to over MQTT, HTTP and WebSocket; what they should say comes
//! from [`oracle`], which was written from the contract alone.

pub mod browser;
pub mod cameras;
pub mod compare;
pub mod device;
pub mod fold;
pub mod http;
pub mod mqtt;
pub mod oracle;
pub mod program;
pub mod proxy;
pub mod recordings;
pub mod replay;
pub mod seed;
pub mod socket;
pub mod torture;
pub mod wait;
pub mod wire;
