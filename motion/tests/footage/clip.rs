//! A recorded clip, decoded by the `ffmpeg` command, and what is known of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use motion::{Eye, Kind, Picture, Tuning, Word, Zone};
use serde::Deserialize;

/// What a truth file says.
#[derive(Debug, Clone, Deserialize)]
pub struct Truth {
    pub fps: f64,
    pub width: usize,
    pub height: usize,
    pub duration_s: f64,
    pub zones: Vec<TruthZone>,
}

/// One zone of it.
#[derive(Debug, Clone, Deserialize)]
pub struct TruthZone {
    pub zone: String,
    pub kind: String,
    pub polygon: Vec<[f64; 2]>,
    /// One character a second: 1 somebody, 0 nobody, ? not scored.
    pub occupied: String,
}

/// A decoded clip.
pub struct Clip {
    pub truth: Truth,
    frames: Vec<u8>,
}

/// Where the footage lies; `None`, with a sentence, where it does not.
pub fn footage() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cameras");
    if !dir.is_dir() {
        println!("skipped: no footage beside the project (../shared/data/cameras)");
        return None;
    }
    Some(dir)
}

impl Clip {
    pub fn read(dir: &Path, name: &str) -> Self {
        let truth = std::fs::read(dir.join(format!("{name}.truth.json"))).unwrap();
        let truth: Truth = serde_json::from_slice(&truth).unwrap();
        let clip = dir.join(format!("{name}.mp4"));
        let out = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(clip)
            .args(["-f", "rawvideo", "-pix_fmt", "gray", "-"])
            .output()
            .expect("ffmpeg is installed (scripts/need.sh ffmpeg)");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        Self { truth, frames: out.stdout }
    }

    /// What an eye says of it at so many looks a second. `light` changes a pixel at (s, x, y), in
    /// fractions, as a lamp would.
    pub fn watch(&self, looks_per_s: f64, light: impl Fn(f64, f64, f64, f64) -> f64) -> Vec<Interval> {
        let Truth { fps, width, height, .. } = self.truth;
        let zones = self.truth.zones.iter().map(|zone| Zone {
            kind: Kind::Waiting,
            polygon: zone.polygon.clone(),
            tuning: Tuning::default(),
        });
        let mut eye = Eye::new(zones.collect()).unwrap();
        let frames: Vec<&[u8]> = self.frames.chunks_exact(width * height).collect();
        let (mut said, mut next, mut changed) = (Vec::new(), 0.0, vec![0; width * height]);
        for (number, frame) in frames.iter().enumerate() {
            let s = number as f64 / fps;
            if s + 1e-9 < next {
                continue;
            }
            next += 1.0 / looks_per_s;
            for (at, (new, old)) in changed.iter_mut().zip(*frame).enumerate() {
                let (x, y) = ((at % width) as f64 / width as f64, (at / width) as f64 / height as f64);
                *new = light(s, x, y, f64::from(*old)).round().clamp(0.0, 255.0) as u8;
            }
            let picture = Picture::new(&changed, width, height, width).unwrap();
            eye.look((s * 1_000.0).round() as i64, &picture, &mut said);
        }
        eye.end((self.truth.duration_s * 1_000.0) as i64, &mut said);
        said.iter().filter_map(Interval::of).collect()
    }
}

/// One motion.
#[derive(Debug, Clone, Copy)]
pub struct Interval {
    pub zone: usize,
    pub from_s: f64,
    pub to_s: f64,
}

impl Interval {
    fn of(word: &Word) -> Option<Self> {
        let Word::Ended { zone, began_ms, at_ms, .. } = *word else { return None };
        Some(Self { zone, from_s: began_ms as f64 / 1_000.0, to_s: at_ms as f64 / 1_000.0 })
    }
}

/// Seconds by what was said and what is true.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    pub right: u32,
    pub false_active: u32,
    pub missed: u32,
    pub starts: usize,
}

impl Score {
    /// 2TP / (2TP + FP + FN).
    pub fn f1(self) -> f64 {
        let right = 2.0 * f64::from(self.right);
        right / (right + f64::from(self.false_active + self.missed)).max(1.0)
    }

    pub fn add(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            false_active: self.false_active + other.false_active,
            missed: self.missed + other.missed,
            starts: self.starts + other.starts,
        }
    }
}

/// The seconds that are told wrongly, and what was said around them.
pub fn wrong(intervals: &[Interval], number: usize, zone: &TruthZone) -> String {
    let one = |second: usize, truth: char| {
        let alone: String = (0..second).map(|_| '?').chain([truth]).collect();
        let score = score(intervals, number, &TruthZone { occupied: alone, ..zone.clone() });
        score.false_active + score.missed > 0
    };
    let seconds: Vec<usize> = zone
        .occupied
        .chars()
        .enumerate()
        .filter(|(second, truth)| one(*second, *truth))
        .map(|(second, _)| second)
        .collect();
    if seconds.is_empty() {
        return String::new();
    }
    let said = intervals.iter().filter(|interval| interval.zone == number);
    let said: Vec<String> = said.map(|one| format!("{:.1}-{:.1}", one.from_s, one.to_s)).collect();
    format!("wrong at {seconds:?} s, said {}", said.join(" "))
}

/// A second counts as occupied when motions cover at least half of it.
pub fn score(intervals: &[Interval], number: usize, zone: &TruthZone) -> Score {
    let mine: Vec<&Interval> = intervals.iter().filter(|interval| interval.zone == number).collect();
    let mut score = Score { starts: mine.len(), ..Score::default() };
    for (second, truth) in zone.occupied.chars().enumerate() {
        let (from, to) = (second as f64, second as f64 + 1.0);
        let covered: f64 = mine.iter().map(|one| (one.to_s.min(to) - one.from_s.max(from)).max(0.0)).sum();
        match (truth, covered >= 0.5) {
            ('1', true) => score.right += 1,
            ('1', false) => score.missed += 1,
            ('0', true) => score.false_active += 1,
            _ => {}
        }
    }
    score
}
