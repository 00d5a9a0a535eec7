//! Time: devices' clocks that are wrong, and business days that begin and end. The truth beside
//! which everything is held is the tests' own arithmetic.
//!
//! `MOTCUA_TORTURE=full` runs the full sizes, `MOTCUA_SEED` another seed, and `MOTCUA_FIGURES` names
//! a file that takes one line of figures a scenario.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests tell what they counted, and fail where they stand")]

mod clocks;
mod days;
mod overnight;
mod shuffled;

use std::io::Write;
use std::time::Instant;

use domain::{ServiceId, TicketNumber, Timestamp};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// How large a run is, and where it begins.
struct Size {
    full: bool,
    seed: u64,
    began: Instant,
}

impl Size {
    #[allow(clippy::disallowed_methods, reason = "a scenario's size and duration are the test's, not the crate's")]
    fn of_this_run() -> Self {
        let full = std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full");
        let seed = std::env::var("MOTCUA_SEED").ok().and_then(|seed| seed.parse().ok());
        Self { full, seed: seed.unwrap_or(20_261_123), began: Instant::now() }
    }

    const fn pick(&self, small: i64, full: i64) -> i64 {
        if self.full { full } else { small }
    }

    /// Tells what was counted: `"name":value` pairs.
    fn tell(&self, scenario: &str, what: &str, figures: &str) {
        let (size, seed) = (if self.full { "full" } else { "ci" }, self.seed);
        let seconds = self.began.elapsed().as_secs_f64();
        let line = format!(
            r#"{{"scenario":"{scenario}","size":"{size}","seed":{seed},"what":"{what}",{figures},"seconds":{seconds:.1}}}"#
        );
        println!("{line}");
        if let Some(path) = std::env::var_os("MOTCUA_FIGURES") {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
            writeln!(file.unwrap(), "{line}").unwrap();
        }
    }
}

/// xorshift64*: the same seed gives the same run.
struct Seed(u64);

impl Seed {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// From 0 up to, not including, `bound`.
    fn below(&mut self, bound: i64) -> i64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 1;
        i64::try_from(bits).unwrap() % bound
    }

    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, usize::try_from(self.below(last as i64 + 1)).unwrap());
        }
    }
}

fn t(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn number(text: &str) -> TicketNumber {
    TicketNumber::new(text).unwrap()
}

fn service(n: i64) -> ServiceId {
    ServiceId::new(&format!("s{n}")).unwrap()
}
