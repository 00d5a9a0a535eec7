//! The parent: watches all cameras of the sites' files, each with a worker and a device of its own.
//!
//! ```text
//!  sites' files -> crew -> camera (a task each): worker -> words -> state -> events -> voice -> broker
//!                                                   ^ its own clock           (an outbox on disk)
//! ```
//!
//! - `state`: when a camera is offline, what is told of it, when its worker lives (pure)
//! - `worker`, `lines`, `murmur`: the child process, its pipes, FFmpeg's log
//! - `voice`, `clock`: the MQTT device, the times of its events
//! - `camera`: one camera's task; `crew`: all of them, as the files say
//! - `plan`, `place`, `key`: what the files and the installation say

mod camera;
mod clock;
mod crew;
mod key;
mod lines;
mod murmur;
mod place;
pub mod plan;
pub mod state;
mod voice;
mod worker;

pub use crew::{Error, Ready, run};
pub use key::Key;
pub use place::Place;
