//! Recordings, given the kept corpus and inputs made worse from it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

include!("../../../fuzz/hammer.rs");

mod judge;

#[test]
fn r8_recordings() {
    hammer("recording", 10_000, judge::recording);
}
