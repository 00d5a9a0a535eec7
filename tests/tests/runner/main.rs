//! Whole programs over a real broker: few, slow and telling. One binary, one file a promise.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests tell what they counted, and fail where they stand"
)]

mod access;
mod again;
mod backup;
mod boards;
mod broker;
mod browser;
mod cameras;
mod configured;
mod counter_screen;
mod dead_letters;
mod demo;
mod device_clocks;
mod device_library;
mod devices;
mod history;
mod host_clock;
mod journal;
mod kills;
mod recorded;
mod released;
mod rollover;
mod scenarios;
mod screen;
mod shuffled;
mod tui;
mod wall;
mod wall_clock;
mod zones_page;

use harness::recordings::Recording;

/// The recording, or a word to the person that this test says nothing without it.
fn or_skipped(recording: Option<Recording>) -> Option<Recording> {
    if recording.is_none() {
        println!("skipped: the recordings (../shared/data/queues) are not here");
    }
    recording
}
