//! Every file that the collector reads, given the kept corpus and inputs made worse from it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

include!("../../../fuzz/hammer.rs");

mod judge;

#[test]
fn r8_the_journal_s_segments() {
    hammer("segment", 3_000, judge::segment);
}

#[test]
fn r8_records_of_any_kind() {
    hammer("record", 10_000, judge::record);
}

#[test]
fn r8_snapshots() {
    hammer("snapshot", 3_000, judge::snapshot);
}

#[test]
fn r8_dead_letters() {
    hammer("letter", 20_000, judge::letter);
}
