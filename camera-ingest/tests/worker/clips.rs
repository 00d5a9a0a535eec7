//! Clips that the tests make themselves, with FFmpeg's program; without it they are skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs `ffmpeg` in a directory; `false`, and a line that says so, where there is none.
#[must_use]
pub fn ffmpeg(dir: &Path, args: &str) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(args.split_whitespace());
    match command.current_dir(dir).stdout(Stdio::null()).status() {
        Ok(status) => {
            assert!(status.success(), "ffmpeg {args}");
            true
        }
        Err(error) => {
            println!("skipped: the program ffmpeg cannot be run ({error})");
            false
        }
    }
}

/// A clip of moving shapes: H.264 (or H.265) at 15 pictures a second, a key picture each second.
#[must_use]
pub fn clip(dir: &Path, name: &str, size: &str, seconds: u32) -> Option<PathBuf> {
    let codec = if name.contains("265") {
        "-c:v libx265 -x265-params log-level=none:bframes=0:keyint=15:min-keyint=15:scenecut=0"
    } else {
        "-c:v libx264 -bf 0 -g 15 -sc_threshold 0"
    };
    let args = format!(
        "-f lavfi -i testsrc2=size={size}:rate=15:duration={seconds} {codec} -preset ultrafast -pix_fmt yuv420p {name}"
    );
    ffmpeg(dir, &args).then(|| dir.join(name))
}
