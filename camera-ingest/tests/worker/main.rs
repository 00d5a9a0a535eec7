//! The worker process against real streams, broken ones and files.

mod clips;
mod files;
mod harness;
mod live;
mod refusals;
