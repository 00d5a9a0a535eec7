//! What threads share memory with, named in one place: the test of interleavings compiles this
//! crate's own sources over a scheduler that tries every order.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
