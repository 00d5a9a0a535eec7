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
//! - `scenes` (with the feature of that name): drawn halls with the truth, for tests and demonstrations

mod eye;
mod picture;
#[cfg(feature = "scenes")]
pub mod scenes;
mod word;
mod zone;

pub use eye::{Eye, Sight, ZoneSight};
pub use picture::{NotAPicture, Picture};
pub use word::{Cause, Word};
pub use zone::{Kind, Tuning, Unusable, Zone};
