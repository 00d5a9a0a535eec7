//! Live streams over RTSP, and every way in which they fail.

use std::time::{Duration, Instant};

use camera_ingest::worker::protocol::{Trouble, Word};

use super::clips::clip;
use super::harness::{Camera, Worker, free_port, job, looked, lost};

/// A camera of a clip with moving shapes, and its address; `None` where the tools are missing.
fn camera(dir: &tempfile::TempDir, name: &str, more: &[&str]) -> Option<(Camera, u16, String)> {
    let clip = clip(dir.path(), name, "320x240", 4)?;
    let port = free_port();
    let camera = Camera::start(&clip, port, more)?;
    Some((camera, port, format!("rtsp://127.0.0.1:{port}/cam")))
}

fn codec(words: &[(Instant, Word)]) -> &str {
    let stream = words.iter().find_map(|(_, word)| match word {
        Word::Stream(stream) => Some(stream),
        _ => None,
    });
    let stream = stream.expect("what it is");
    assert_eq!((stream.width, stream.height), (320, 240));
    &stream.codec
}

#[test]
fn h264_and_h265_are_looked_at_as_often_as_asked() {
    for (name, named) in [("h264.mp4", "h264"), ("h265.mp4", "hevc")] {
        let dir = tempfile::tempdir().unwrap();
        let Some((_camera, _, source)) = camera(&dir, name, &[]) else { return };
        let worker = Worker::start(&job(&source));
        let first = worker.until("first look", looked);
        assert!(matches!(first[0].1, Word::Opening { .. }));
        assert_eq!(codec(&first), named);
        let at_ms = |word: &Word| match word {
            Word::Looked { at_ms } => *at_ms,
            other => panic!("{other:?}"),
        };
        let began_ms = at_ms(&first.last().unwrap().1);
        let mut last_ms = began_ms;
        for _ in 0..15 {
            let now_ms = at_ms(&worker.until("look", looked).last().unwrap().1);
            assert!(now_ms > last_ms);
            last_ms = now_ms;
        }
        // 15 looks at 5 a second are 3 s; a busy machine may take longer, never less.
        assert!(last_ms - began_ms >= 2700, "{} ms", last_ms - began_ms);
        let (status, took, log) = worker.end();
        assert!(status.success() && took < Duration::from_secs(10), "{status} {took:?} {log}");
    }
}

#[test]
fn a_camera_that_hangs_up_is_lost_and_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let Some((_camera, _, source)) = camera(&dir, "h264.mp4", &["--drop-after", "2"]) else { return };
    let worker = Worker::start(&job(&source));
    worker.until("first look", looked);
    for _ in 0..2 {
        let heard = worker.until("loss", lost);
        let Some((_, Word::Lost { at_ms, trouble, again_in_ms, .. })) = heard.last() else { unreachable!() };
        assert!(matches!(trouble, Trouble::Ended | Trouble::Stalled), "{trouble:?}");
        assert!((1000..=30_000).contains(again_in_ms));
        let last = heard.iter().rfind(|(_, word)| looked(word));
        if let Some((_, Word::Looked { at_ms: last_ms })) = last {
            assert!((0..1000).contains(&(at_ms - last_ms)), "the last picture came then");
        }
        worker.until("opening", |word| matches!(word, Word::Opening { .. }));
        worker.until("look after it", looked);
    }
}

#[test]
fn a_camera_that_freezes_is_noticed_in_time_and_a_worker_can_end_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let Some((_camera, _, source)) = camera(&dir, "h264.mp4", &["--freeze-after", "3"]) else { return };
    let worker = Worker::start(&job(&source));
    let mut heard = worker.until("first look", looked);
    heard.extend(worker.until("loss", lost));
    let Some((lost_at, Word::Lost { trouble, .. })) = heard.last() else { unreachable!() };
    assert_eq!(*trouble, Trouble::Stalled);
    let (last_at, _) = heard.iter().rfind(|(_, word)| looked(word)).unwrap();
    let took = *lost_at - *last_at;
    assert!(took >= Duration::from_millis(700) && took < Duration::from_secs(10), "{took:?}");
    // It is about to try again, or hangs in it.
    worker.until("opening", |word| matches!(word, Word::Opening { .. }));
    let (status, took, _) = worker.end();
    assert!(status.success() && took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_camera_that_is_switched_off_and_on_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let Some((camera, port, source)) = camera(&dir, "h264.mp4", &[]) else { return };
    let worker = Worker::start(&job(&source));
    worker.until("first look", looked);
    drop(camera);
    let heard = worker.until("loss", lost);
    assert!(matches!(heard.last(), Some((_, Word::Lost { trouble: Trouble::Ended | Trouble::Stalled, .. }))));
    let heard = worker.until("second loss", lost);
    assert!(matches!(heard.last(), Some((_, Word::Lost { trouble: Trouble::Unreachable, .. }))), "{heard:?}");
    let Some(_camera) = Camera::start(&dir.path().join("h264.mp4"), port, &[]) else { return };
    worker.until("look", looked);
}

#[test]
fn of_four_cameras_the_frozen_one_delays_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 4) else { return };
    let ports = [free_port(), free_port()];
    let Some(_well) = Camera::start(&clip, ports[0], &["--cameras", "3"]) else { return };
    let Some(_frozen) = Camera::start(&clip, ports[1], &["--freeze-after", "1"]) else { return };
    let worker = |port: u16, path: &str| Worker::start(&job(&format!("rtsp://127.0.0.1:{port}/{path}")));
    let frozen = worker(ports[1], "cam");
    let well: Vec<Worker> = (1..=3).map(|n| worker(ports[0], &format!("cam-{n}"))).collect();
    for worker in &well {
        worker.until("first look", looked);
    }
    frozen.until("loss", lost);
    for worker in &well {
        let looks: Vec<Instant> = (0..10).map(|_| worker.until("look", looked).last().unwrap().0).collect();
        let longest = looks.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest < Duration::from_secs(5), "{longest:?}");
    }
}

#[test]
fn key_pictures_alone_keep_a_camera_alive_between_them() {
    let dir = tempfile::tempdir().unwrap();
    let args = "-f lavfi -i testsrc2=size=320x240:rate=15:duration=8 -c:v libx264 -bf 0 -g 60 -sc_threshold 0 \
                -preset ultrafast -pix_fmt yuv420p long.mp4";
    if !super::clips::ffmpeg(dir.path(), args) {
        return;
    }
    let port = free_port();
    let Some(_camera) = Camera::start(&dir.path().join("long.mp4"), port, &[]) else { return };
    let mut job = job(&format!("rtsp://127.0.0.1:{port}/cam"));
    // A key picture comes each 4 s, and a stall is noticed after one.
    job.looking.keyframes_only = true;
    let worker = Worker::start(&job);
    let began = worker.until("first look", looked).last().unwrap().0;
    for _ in 0..6 {
        let heard = worker.until("look or loss", |word| looked(word) || lost(word));
        assert!(looked(&heard.last().unwrap().1), "{heard:?}");
    }
    assert!(began.elapsed() > Duration::from_secs(4));
}
