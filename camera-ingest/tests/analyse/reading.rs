//! Which pictures of a file are given out, and at which times.

use std::path::Path;

use camera_ingest::decode::{Deadline, Event, How, Looks, Measured, Source, open};

use super::clips::{clip, ffmpeg};

/// What a file gave.
struct Read {
    times: Vec<f64>,
    sizes: Vec<(usize, usize)>,
    measured: Measured,
}

fn read(file: &Path, how: How) -> Read {
    let mut reader = open(&Source::file(file), &how, &Deadline::never()).unwrap();
    let (mut times, mut sizes) = (Vec::new(), Vec::new());
    loop {
        match reader.advance().unwrap() {
            Event::Picture => {
                times.push((reader.time_s() * 1000.0).round() / 1000.0);
                let picture = reader.picture().unwrap();
                sizes.push((picture.width(), picture.height()));
            }
            Event::Passing => {}
            Event::End => return Read { times, sizes, measured: reader.measured() },
        }
    }
}

fn rises(times: &[f64]) -> bool {
    times.windows(2).all(|pair| pair[0] < pair[1])
}

#[test]
fn every_picture_comes_at_its_time_with_both_codecs_and_forms() {
    let dir = tempfile::tempdir().unwrap();
    let forms = [
        ("h264.mp4", "-c:v libx264 -bf 2 -g 15 -pix_fmt yuv420p"),
        ("full.mp4", "-c:v libx264 -g 15 -pix_fmt yuvj420p"),
        ("ten.mp4", "-c:v libx264 -g 15 -pix_fmt yuv420p10le"),
        ("h265.mkv", "-c:v libx265 -x265-params log-level=none:keyint=15 -pix_fmt yuv420p"),
        ("still.avi", "-c:v mjpeg -pix_fmt yuvj422p"),
    ];
    for (name, form) in forms {
        let args = format!("-f lavfi -i testsrc2=size=322x242:rate=15:duration=3 {form} {name}");
        if !ffmpeg(dir.path(), &args) {
            return;
        }
        let got = read(&dir.path().join(name), How::default());
        assert_eq!((got.times.len(), got.measured.bad), (45, 0), "{name}");
        assert!(got.sizes.iter().all(|size| *size == (322, 242)), "{name}");
        for (n, time) in got.times.iter().enumerate() {
            assert!((time - n as f64 / 15.0).abs() < 0.002, "{name}: {n} at {time}");
        }
    }
}

#[test]
fn options_of_the_decoder_do_what_they_say() {
    let dir = tempfile::tempdir().unwrap();
    let Some(clip) = clip(dir.path(), "h264.mp4", "320x240", 3) else { return };
    let keys = read(&clip, How { keyframes_only: true, ..How::default() });
    assert_eq!(keys.times, [0.0, 1.0, 2.0]);
    assert_eq!((keys.measured.packets, keys.measured.keys, keys.measured.key_distance), (45, 3, 15));
    assert_eq!(read(&clip, How { skip_loop_filter: true, ..How::default() }).times.len(), 45);
}

#[test]
fn what_is_garbled_is_not_given_out_until_the_next_key_picture() {
    let dir = tempfile::tempdir().unwrap();
    let args = "-f lavfi -i testsrc2=size=320x240:rate=15:duration=4 -c:v libx264 -bf 0 -g 15 -sc_threshold 0 \
                -preset ultrafast -pix_fmt yuv420p well.h264";
    if !ffmpeg(dir.path(), args) {
        return;
    }
    let mut bytes = std::fs::read(dir.path().join("well.h264")).unwrap();
    assert_eq!(read(&dir.path().join("well.h264"), How::default()).times.len(), 60);
    // Garbage in the second of four groups of pictures.
    let (from, to) = (bytes.len() * 30 / 100, bytes.len() * 34 / 100);
    for (n, byte) in bytes[from..to].iter_mut().enumerate() {
        *byte = (n * 37 + 11) as u8 | 1;
    }
    let bad = dir.path().join("bad.h264");
    std::fs::write(&bad, bytes).unwrap();
    let got = read(&bad, How::default());
    assert!((31..60).contains(&got.times.len()), "{}", got.times.len());
    assert!(got.measured.bad > 0 && rises(&got.times));
}

#[test]
fn a_file_that_is_cut_off_gives_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let args = "-f lavfi -i testsrc2=size=320x240:rate=15:duration=4 -c:v libx264 -bf 0 -g 15 -preset ultrafast \
                -pix_fmt yuv420p -movflags +faststart whole.mp4";
    if !ffmpeg(dir.path(), args) {
        return;
    }
    let bytes = std::fs::read(dir.path().join("whole.mp4")).unwrap();
    let cut = dir.path().join("cut.mp4");
    std::fs::write(&cut, &bytes[..bytes.len() * 6 / 10]).unwrap();
    let got = read(&cut, How::default());
    assert!((20..50).contains(&got.times.len()), "{}", got.times.len());
    // Without its index nothing can be read of it, and that is told.
    std::fs::write(&cut, &bytes[..400]).unwrap();
    assert!(open(&Source::file(&cut), &How::default(), &Deadline::never()).is_err());
}

#[test]
fn another_size_is_given_out_only_when_it_stays() {
    let dir = tempfile::tempdir().unwrap();
    let part = |name: &str, size: &str, seconds: &str| {
        let args = format!(
            "-f lavfi -i testsrc2=size={size}:rate=15:duration={seconds} -c:v libx264 -bf 0 -g 15 -preset ultrafast \
             -pix_fmt yuv420p {name}"
        );
        ffmpeg(dir.path(), &args).then(|| std::fs::read(dir.path().join(name)).unwrap())
    };
    let parts = [
        ("a.h264", "320x240", "2"),
        ("b.h264", "480x360", "0.4"),
        ("c.h264", "320x240", "2"),
        ("d.h264", "640x360", "3"),
    ];
    let mut all = Vec::new();
    for (name, size, seconds) in parts {
        let Some(bytes) = part(name, size, seconds) else { return };
        all.extend(bytes);
    }
    let mixed = dir.path().join("mixed.h264");
    std::fs::write(&mixed, all).unwrap();
    let got = read(&mixed, How::default());
    let of = |size| got.sizes.iter().filter(|given| **given == size).count();
    assert_eq!((of((320, 240)), of((480, 360)), of((640, 360))), (60, 0, 31));
    assert!(rises(&got.times));
}

#[test]
fn time_stamps_that_begin_anew_or_leap_do_not_move_time() {
    let dir = tempfile::tempdir().unwrap();
    let encode = "-c:v libx264 -bf 0 -g 15 -preset ultrafast -pix_fmt yuv420p";
    let args = format!("-f lavfi -i testsrc2=size=320x240:rate=15:duration=2 {encode} part.ts");
    if !ffmpeg(dir.path(), &args) {
        return;
    }
    let part = std::fs::read(dir.path().join("part.ts")).unwrap();
    let twice = dir.path().join("twice.ts");
    std::fs::write(&twice, [part.as_slice(), part.as_slice()].concat()).unwrap();
    let leap = format!(
        "-f lavfi -i testsrc2=size=320x240:rate=15:duration=4 -vf setpts=PTS+gte(N\\,30)*90000/TB -fps_mode passthrough \
         {encode} leap.mkv"
    );
    assert!(ffmpeg(dir.path(), &leap));
    for file in [twice, dir.path().join("leap.mkv")] {
        let got = read(&file, How::default());
        assert!((56..=60).contains(&got.times.len()), "{}: {}", file.display(), got.times.len());
        let lasts = got.times.last().unwrap();
        assert!(rises(&got.times) && (3.5..=4.5).contains(lasts), "{}: {lasts}", file.display());
    }
}

#[test]
fn looks_are_even_at_every_rate() {
    let dir = tempfile::tempdir().unwrap();
    for (rate, pictures) in [("7", 42), ("25", 150), ("30000/1001", 180)] {
        let args = format!(
            "-f lavfi -i testsrc2=size=160x120:rate={rate}:duration=6 -c:v libx264 -bf 0 -preset ultrafast \
             -pix_fmt yuv420p rate.mp4"
        );
        if !ffmpeg(dir.path(), &args) {
            return;
        }
        let times = read(&dir.path().join("rate.mp4"), How::default()).times;
        assert_eq!(times.len(), pictures, "{rate}");
        let mut looks = Looks::new(5.0, 1.5);
        let chosen: Vec<f64> = times.into_iter().filter(|time| looks.wants(time * 1000.0)).collect();
        assert!((29..=31).contains(&chosen.len()), "{rate}: {}", chosen.len());
        assert!(chosen.windows(2).all(|pair| pair[1] - pair[0] < 0.35), "{rate}");
    }
}
