//! What the torture scenarios share: their sizes, seeds and figures, a scripted centre whose truth
//! is known, devices that keep what they said, and watchers of the wall.
//!
//! - `script`: what every device of a few centres will say, and the oracle's truth of it
//! - `publisher`: one device: a journal in memory, resent until the application `ack`
//! - `crowd`: all devices of a script, let go step by step
//! - `displays`: many screens that only listen
//! - `kills`: when what is killed
//! - `watch`: a screen that believes nothing
//! - `probe`: memory and files of a process
//! - `export`: what the journal holds, by the program's own export, against what was said
//! - `malformed`: payloads that cannot be used, with the count that must come out

pub mod crowd;
pub mod displays;
pub mod export;
pub mod kills;
pub mod malformed;
pub mod probe;
pub mod publisher;
pub mod script;
pub mod watch;

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use serde_json::{Value, json};

use crate::seed::Seed;

/// The seed of a run for which none was asked.
const SEED: u64 = 20_261_123;

/// Whether the full sizes were asked for (`MOTCUA_TORTURE=full`).
#[must_use]
pub fn is_full() -> bool {
    std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full")
}

/// A scenario that runs: its name, its seed, its sizes and the time it took.
#[derive(Debug)]
pub struct Scenario {
    name: &'static str,
    seed: u64,
    begin: Instant,
    told: bool,
}

impl Scenario {
    /// Begins `R1`, ...; the seed is that of `MOTCUA_SEED` when it is set.
    #[must_use]
    pub fn begin(name: &'static str) -> Self {
        let seed = std::env::var("MOTCUA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(SEED);
        Self { name, seed, begin: Instant::now(), told: false }
    }

    /// Random numbers of this run.
    #[must_use]
    pub fn seed(&self) -> Seed {
        Seed::new(self.seed)
    }

    /// The size for `make test`, or the full one.
    pub fn size<T>(&self, small: T, full: T) -> T {
        if is_full() { full } else { small }
    }

    /// Seconds since it began.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.begin.elapsed().as_secs_f64()
    }

    /// Appends the figures to the file that `MOTCUA_FIGURES` names, and prints them.
    ///
    /// # Panics
    /// When they are no object, or the file cannot be written.
    #[expect(clippy::print_stdout, reason = "the figures of a scenario are for the person who runs it")]
    pub fn tell(mut self, figures: Value) {
        let mut line = json!({"scenario": self.name, "size": if is_full() { "full" } else { "small" }});
        let fields = line.as_object_mut().expect("it was just made as one");
        fields.extend(figures.as_object().expect("figures have names").clone());
        fields.insert("seed".to_owned(), self.seed.into());
        fields.insert("seconds".to_owned(), json!((self.seconds() * 10.0).round() / 10.0));
        println!("{line}");
        if let Some(file) = std::env::var_os("MOTCUA_FIGURES") {
            let opened = File::options().create(true).append(true).open(&file);
            opened.and_then(|mut file| writeln!(file, "{line}")).expect("the file of figures can be written");
        }
        self.told = true;
    }
}

impl Drop for Scenario {
    #[expect(clippy::print_stderr, reason = "whoever reads a failed test wants to run it again")]
    fn drop(&mut self) {
        if !self.told {
            eprintln!("{} failed with MOTCUA_SEED={}", self.name, self.seed);
        }
    }
}
