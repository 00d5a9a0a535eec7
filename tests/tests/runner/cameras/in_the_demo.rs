//! One camera of the demonstration is real: a clip through `camera-ingest`, supervised like the rest.

use std::fs;
use std::time::Duration;

use harness::cameras::centre::program;
use harness::cameras::family::{children_of, lives};
use harness::program::{freeze, kill};
use harness::wait::eventually;

use crate::demo::Demo;

/// Ten times what a start, a loss and a recovery may take.
const LIMIT: Duration = Duration::from_secs(120);

/// `camera-ingest` and its one worker.
fn family(demo: &Demo) -> Result<(u32, u32), String> {
    let children = children_of(demo.supervisor());
    let parent = children.iter().find(|pid| lives(**pid, "camera-ingest")).ok_or("there is no camera-ingest")?;
    let workers = children_of(*parent);
    workers.first().map(|worker| (*parent, *worker)).ok_or_else(|| "it has no worker".to_owned())
}

/// Level and motion of the waiting zone that the clip shows.
fn zone(demo: &Demo) -> Result<(Option<f64>, Option<bool>), String> {
    let board = demo.board()?;
    let mut rows = board["zones"].as_array().into_iter().flatten();
    let row =
        rows.find(|row| row["camera"] == "cam-1" && row["kind"] == "waiting").ok_or("cam-1 is not on the board")?;
    Ok((row["level"].as_f64(), row["motion"].as_bool()))
}

fn is_seen(demo: &Demo) {
    eventually(LIMIT, "people in the clip", || match zone(demo)? {
        (Some(level), Some(true)) if level > 0.0 => Ok(()),
        other => Err(format!("{other:?}")),
    });
}

fn is_unknown(demo: &Demo, why: &str) {
    eventually(LIMIT, &format!("nothing to be known: {why}"), || match zone(demo)? {
        (None, None) => Ok(()),
        other => Err(format!("{other:?}")),
    });
}

#[test]
fn a_real_camera_is_on_the_demonstration_s_board_and_recovers_alone() {
    if program().is_none() {
        return println!("skipped: camera-ingest is not built (cargo build -p motcua-camera-ingest)");
    }
    let demo = Demo::start(&["--seed", "7"]);
    is_seen(&demo);
    let wall = demo.board().unwrap()["waiting_area"].clone();
    assert!(wall["known"].as_u64() >= Some(1), "{wall}");

    // The worker hangs: its picture is lost in time, it is killed, another one sees again.
    let (parent, worker) = family(&demo).unwrap();
    let still = freeze(worker).unwrap();
    is_unknown(&demo, "a worker that hangs");
    is_seen(&demo);
    drop(still);
    assert!(!lives(worker, "camera-ingest"), "a worker that hangs is ended");

    // The clip is gone when a killed worker is followed by another: it waits until it is back.
    let clip = demo.data().join("sites/hall.mp4");
    let away = demo.data().join("sites/hall.away");
    fs::rename(&clip, &away).unwrap();
    kill(eventually(LIMIT, "the next worker", || family(&demo)).1).unwrap();
    is_unknown(&demo, "a clip that is gone");
    fs::rename(&away, &clip).unwrap();
    is_seen(&demo);

    // The whole program is killed: the supervisor starts it again.
    kill(parent).unwrap();
    is_unknown(&demo, "camera-ingest itself was killed");
    is_seen(&demo);
    assert_ne!(family(&demo).unwrap().0, parent);
}
