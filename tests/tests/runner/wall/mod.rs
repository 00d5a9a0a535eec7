//! The wall, as people see it in a real Chromium.

mod calls;
mod expected;
pub mod hall;
pub mod legible;
mod link;
mod long;
mod names;
mod quiet;
pub mod site;
mod sound;
mod zones;
