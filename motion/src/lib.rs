//! What moves, and who is there, in the zones of a camera's picture.
//!
//! Pure: luma in, words out. No codec, no clock, no log, no I/O: the time of a look is an argument,
//! and the same looks give the same words, bit for bit. Nothing that could show a person leaves an
//! [`Eye`]; it says where something is, since when, and how much of a zone it takes.
//!
//! - `zone`: what is watched, and what a site's file may override
//! - `picture`: a checked view of a luma plane
//! - `word`: what an eye says
//! - `eye`: one camera's eye
//! - `grid`: pictures as cells; `area`: zones as cells
//! - `room`: what the room looks like without anybody, and what in it is different now
//! - `structure`: what light cannot do
//! - `watch`: one zone, from how much of it is covered to words
//! - `scenes` (with the feature of that name): drawn halls with the truth, for tests and demonstrations

mod area;
mod body;
mod eye;
mod grid;
mod picture;
mod room;
#[cfg(feature = "scenes")]
pub mod scenes;
mod structure;
mod watch;
mod word;
mod zone;

pub use eye::{Eye, Sight, ZoneSight};
pub use picture::{NotAPicture, Picture};
pub use word::{Cause, Word};
pub use zone::{Kind, Tuning, Unusable, Zone};
