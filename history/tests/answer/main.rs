//! Answers against a second opinion: a naive reckoning over what happened, one thing after another.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod oracle;
mod random;
mod rows;
mod texts;
mod world;
