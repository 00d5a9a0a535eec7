//! A recorded file at five looks a second, as fast as one core can: pictures for each second of
//! processor time, which nobody else on the machine changes much.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use bench::figure::{Asked, Figures};
use harness::cameras::clip::{Clip, ZONES};

/// Each is measured as often, in turns; the best of each counts: what disturbs only makes slower.
const ROUNDS: usize = 5;

/// Measures and tells.
pub fn measure(camera_ingest: &Path, figures: &mut Figures) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (clip, zones, out) = (Clip::Usual.file(), folder.path().join("zones.toml"), folder.path().join("out.jsonl"));
    fs::write(&zones, zones_file())?;
    let ours = |more: &[&str]| {
        let mut command = Command::new(camera_ingest);
        command.arg("analyse").arg(&clip).arg("--zones").arg(&zones).arg("--out").arg(&out);
        command.arg("--no-progress").args(more);
        command
    };
    let ffmpeg = || {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-nostdin", "-threads", "1", "-i"]).arg(&clip);
        command.args(["-vf", "fps=5,scale=320:240,format=gray", "-f", "null", "-"]);
        command
    };
    let mut best = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        for (best, command) in best.iter_mut().zip([ffmpeg(), ours(&[]), ours(&["--skip-loop-filter"])]) {
            *best = best.min(processor_seconds(command)?);
        }
    }
    let [theirs, usual, without] = best;
    figures.tell("cameras.ffmpeg_decode_and_scale", theirs, "s", Asked::Nothing);
    figures.tell("cameras.analyse", usual, "s", Asked::Nothing);
    figures.tell("cameras.analyse_of_ffmpeg", theirs / usual, "x", Asked::AtLeast(0.95));
    figures.tell("cameras.analyse_without_loop_filter_of_ffmpeg", theirs / without, "x", Asked::AtLeast(1.15));
    Ok(())
}

fn zones_file() -> String {
    let mut text = String::new();
    for (zone, kind, polygon) in ZONES {
        // Writing to a text cannot fail.
        let _ = write!(text, "[[zone]]\nzone = \"{zone}\"\nkind = \"{kind}\"\npolygon = {polygon}\n");
    }
    text
}

/// Runs it to its end; the processor time of all its threads.
fn processor_seconds(mut command: Command) -> Result<f64> {
    let before = of_ended_children()?;
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(of_ended_children()? - before)
}

/// Processor time of the children that have ended and were waited for, in seconds.
fn of_ended_children() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The program's name, in parentheses, may hold anything.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = rest.split_whitespace().skip(13).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>();
    Ok(ticks.context("/proc/self/stat is not as usual")? as f64 / rustix::param::clock_ticks_per_second() as f64)
}
