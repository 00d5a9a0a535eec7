//! Files as cameras.

use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use camera_ingest::worker::protocol::{Trouble, Word};

use super::clips::clip;
use super::harness::{Worker, job, looked, lost};

fn at_ms(word: &Word) -> i64 {
    match word {
        Word::Looked { at_ms } | Word::Over { at_ms } => *at_ms,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_played_at_its_own_pace_and_is_over_at_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 2) else { return };
    let worker = Worker::start(&job(clip.to_str().unwrap()));
    let heard = worker.until("end", |word| matches!(word, Word::Over { .. }));
    let looks: Vec<i64> = heard.iter().filter(|(_, word)| looked(word)).map(|(_, word)| at_ms(word)).collect();
    assert!((9..=11).contains(&looks.len()), "{heard:?}");
    // A machine that cannot keep up plays it slower, never faster.
    assert!(looks.windows(2).all(|pair| pair[1] - pair[0] >= 190), "{looks:?}");
    let played = heard.last().unwrap().0 - heard.iter().find(|(_, word)| looked(word)).unwrap().0;
    assert!(played > Duration::from_millis(1500), "{played:?}");
    assert!(worker.word().is_none(), "nothing more is said");
}

#[test]
fn a_file_that_repeats_goes_on_without_a_loss() {
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 1) else { return };
    let mut job = job(clip.to_str().unwrap());
    job.looking.repeat = true;
    let worker = Worker::start(&job);
    let mut last_ms = None;
    for _ in 0..16 {
        let heard = worker.until("look", looked);
        assert!(!heard.iter().any(|(_, word)| lost(word)), "{heard:?}");
        let now_ms = at_ms(&heard.last().unwrap().1);
        if let Some(last_ms) = last_ms {
            assert!(now_ms - last_ms >= 100, "{} ms", now_ms - last_ms);
        }
        last_ms = Some(now_ms);
    }
}

#[test]
fn files_that_are_none_are_told_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let garbage = dir.path().join("garbage.mp4");
    std::fs::write(&garbage, (0..50_000u32).map(|n| ((n * 7919) >> 5) as u8).collect::<Vec<_>>()).unwrap();
    let text = dir.path().join("readme.txt");
    std::fs::write(&text, "hello\n".repeat(1000)).unwrap();
    let cases = [
        (dir.path().join("none.mp4"), Trouble::NoSuchStream),
        (garbage, Trouble::NoVideo),
        (text, Trouble::NoVideo),
        (dir.path().to_owned(), Trouble::Broken),
    ];
    for (file, expected) in cases {
        let file = file.to_str().unwrap();
        let heard = Worker::start(&job(file)).until("loss", lost);
        let Some((_, Word::Lost { trouble, why, again_in_ms, .. })) = heard.last() else { unreachable!() };
        assert_eq!(*trouble, expected, "{file}: {why}");
        assert!(why.contains(file) && !why.contains('\n') && *again_in_ms >= 1000, "{why}");
    }
}

#[test]
fn a_worker_that_hangs_in_a_file_ends_with_its_stdin() {
    let dir = tempfile::tempdir().unwrap();
    let pipe = dir.path().join("pipe.ts");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let worker = Worker::start(&job(pipe.to_str().unwrap()));
    // Nobody ever writes to it: opening it does not return.
    worker.until("opening", |word| matches!(word, Word::Opening { .. }));
    let (status, took, _) = worker.end();
    assert!(status.success() && took < Duration::from_secs(5), "{status} {took:?}");
}

#[test]
fn a_picture_is_shown_to_who_may_ask_and_to_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 2) else { return };
    let mut asked = job(clip.to_str().unwrap());
    asked.pictures = true;
    let picture = |word: &Word| matches!(word, Word::Picture { .. });
    let mut worker = Worker::start(&asked);
    worker.ask("\"picture\"");
    let heard = worker.until("picture", picture);
    let Some((_, Word::Picture { png_base64 })) = heard.last() else { unreachable!() };
    let png = BASE64_STANDARD.decode(png_base64).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(&png[16..24], [0, 0, 1, 64, 0, 0, 0, 240], "its size");

    let mut worker = Worker::start(&job(clip.to_str().unwrap()));
    worker.ask("\"picture\"");
    let heard = worker.until("end", |word| matches!(word, Word::Over { .. }));
    assert!(!heard.iter().any(|(_, word)| picture(word)));
}
