//! Cameras: real streams of drawn clips, through the real programs.

mod analyse;
mod facts;
mod in_the_demo;
mod privacy;
mod secrets;
mod twelve;

use harness::cameras::missing;

/// Whether the test can run here; a word to the person when it cannot.
fn can_run() -> bool {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
    }
    missing().is_none()
}
