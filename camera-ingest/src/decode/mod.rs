//! Pictures out of streams and files: the only place that knows FFmpeg.
//!
//! - `address`: an address and who is in it; `source`: where pictures come from
//! - `deadline`: our own patience with FFmpeg's calls; `failure`: what went wrong, in one sentence
//! - `open`: opens a stream and its decoder; `reader`: goes through it picture by picture
//! - `gate`: which pictures are good enough to be looked at
//! - `luma`: their brightness, where the decoder left it; `colour`: a picture for a person
//! - `times`: the time of a recording's pictures; `looks`: which pictures are looked at
//!
//! What is said of a live stream's time is said by the clock of this host alone: its own time stamps
//! may jump, repeat or begin anew. A recording has nothing but its time stamps.

pub mod address;
mod colour;
mod deadline;
mod failure;
mod gate;
mod looks;
mod luma;
mod open;
mod reader;
mod source;
mod times;

pub use colour::Colours;
pub use deadline::Deadline;
pub use failure::Failure;
pub use looks::Looks;
pub use open::{How, Loudness, open, speak};
pub use reader::{Event, Measured, Reader};
pub use source::Source;
