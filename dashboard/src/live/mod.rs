//! The live state of all sites: the newest board of each and the frames that lead there.

mod chain;
mod frame;
#[cfg(test)]
mod resume_tests;
mod site;
mod sites;
mod version;

pub use chain::Unusable;
pub use frame::Frame;
pub use site::{Site, Subscription};
pub use sites::Sites;
pub use version::{Ranges, Version, View};
