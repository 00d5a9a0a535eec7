//! The parent: watches all cameras of the sites' files, each with a worker and a device of its own.

pub mod state;
