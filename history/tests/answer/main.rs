//! Answers against a second opinion: a naive reckoning over what happened, one thing after another.

mod oracle;
mod random;
mod rows;
mod texts;
mod world;
