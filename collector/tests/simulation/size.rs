//! How large a run is, and where its figures go.

use std::io::Write;
use std::time::Instant;

/// Whether the full size was asked for.
pub fn full() -> bool {
    std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full")
}

/// The seed to begin with.
pub fn seed(usual: u64) -> u64 {
    std::env::var("MOTCUA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(usual)
}

/// Writes one line of figures where they are collected, and prints it.
pub fn figures(scenario: &str, what: &str, n: u64, more: &[(&str, u64)], began: Instant) {
    let more: String = more.iter().map(|(name, value)| format!(r#","{name}":{value}"#)).collect();
    let (size, seconds) = (if full() { "full" } else { "ci" }, began.elapsed().as_secs_f64());
    let line = format!(
        r#"{{"scenario":"{scenario}","size":"{size}","what":"{what}","n":{n}{more},"lost":0,"seconds":{seconds:.1}}}"#
    );
    println!("{line}");
    if let Some(path) = std::env::var_os("MOTCUA_FIGURES") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        writeln!(file.unwrap(), "{line}").unwrap();
    }
}
