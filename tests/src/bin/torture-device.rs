//! The devices of one centre as a process of their own, to be killed: their journal (the script that
//! the seed writes) outlives it, everything that it knew of acknowledgements does not.
//!
//! usage: torture-device PORT SEED SITES DAYS EVENTS SITE EVENTS_PER_SECOND
//!
//! Ends with one line of JSON when everything is acknowledged.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use harness::seed::Seed;
use harness::torture::crowd::Crowd;
use harness::torture::script::Script;

const LOOK: Duration = Duration::from_millis(10);

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "one line is what it is for")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    let numbers = [0, 1, 2, 3, 4, 6].map(number);
    let (Some(site), [Some(port), Some(seed), Some(sites), Some(days), Some(events), Some(rate)]) =
        (arguments.get(5), numbers)
    else {
        eprintln!("usage: torture-device PORT SEED SITES DAYS EVENTS SITE EVENTS_PER_SECOND");
        return ExitCode::from(64);
    };
    let whole = Script::write(&mut Seed::new(seed), sites as usize, days as usize, events);
    let script = whole.only(site);
    let crowd = Crowd::start(&script, port as u16, &mut Seed::new(seed));
    while crowd.acked() < script.lines() {
        let elapsed = crowd.conditions.begin.elapsed().as_secs_f64();
        crowd.release((elapsed * rate as f64) as u64);
        thread::park_timeout(LOOK);
    }
    println!("{{\"acknowledged\":{}}}", crowd.acked());
    ExitCode::SUCCESS
}
