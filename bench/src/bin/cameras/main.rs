//! What looking at cameras costs, beside FFmpeg's own program on the same pictures in the same run.
//! One JSON line a figure. Needs `ffmpeg`, `camera-ingest` in the same profile and, for the twelve
//! cameras, `rtsp-serve`; what is missing is said, and its figures are left out.

mod speed;
mod twelve;

use std::process::ExitCode;

use anyhow::Result;
use bench::figure::Figures;
use harness::cameras::{centre, missing};

fn main() -> Result<ExitCode> {
    let mut figures = Figures::default();
    match centre::program() {
        None => figures.note("cameras.skipped", "camera-ingest is not built in this profile"),
        Some(program) => {
            speed::measure(&program, &mut figures)?;
            match missing() {
                Some(why) => figures.note("cameras.twelve.skipped", why),
                None => twelve::measure(&mut figures),
            }
        }
    }
    Ok(if figures.missed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
