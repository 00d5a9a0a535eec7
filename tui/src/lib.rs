//! The supervisor's terminal: the live board of one site, by keys.
//!
//! Everything that happens (a key, a frame of the WebSocket, a new size, a second gone by) is a
//! [`message::Message`]; [`update::update`] turns the [`model::Model`] into the next one and says
//! what to do; [`view::draw`] draws it. These two do no I/O and read no clock, so a recorded
//! session plays again to the same last screen.

pub mod attention;
pub mod cost;
pub mod expected;
pub mod filter;
pub mod keys;
pub mod message;
pub mod model;
pub mod net;
pub mod options;
pub mod order;
pub mod picture;
pub mod record;
pub mod remember;
pub mod run;
#[doc(hidden)]
pub mod sample;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;
pub mod words;
