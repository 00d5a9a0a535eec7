//! The invariants of `ARCHITECTURE.md` that a tool can hold, each as one test with one sentence
//! of what to do when it fails.
//!
//! - [`imports`]: which of our crates may import which, and which crate owns which outside system;
//! - [`third_party`]: licences, and what must not come near `domain`;
//! - [`source`]: the length of files, open ends, tests that are switched off;
//! - [`text`]: paths of somebody's machine, links in the documents that lead nowhere.

mod imports;
mod metadata;
mod source;
mod text;
mod third_party;
mod tree;
