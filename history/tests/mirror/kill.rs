//! Ended at any moment, by a seeded schedule, with a server in trouble: read is what was written.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use history::double::{Fault, What};
use history::influx::mirror::Engine;
use history::sqlite::Outbox;

use super::kit::{MadeUp, double, options, runtime};
use super::outage::Writer;

fn trouble(random: &mut fastrand::Rng) -> What {
    let status = |status| What::Status { status, retry_after: None };
    match random.u8(..9) {
        0 => What::Reset,
        1 => What::DoneThenReset,
        2 => What::DoneBut(500),
        3 => status(503),
        4 => status(429),
        5 => What::Page,
        6 => What::TooLarge(20_000),
        7 => What::DoneBut(503),
        _ => What::Nothing,
    }
}

/// Polls a future so often and not again: however fast the machine is, it gets as far.
async fn for_polls(mut polls: u32, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    poll_fn(|context| {
        polls = polls.saturating_sub(1);
        if polls == 0 { Poll::Ready(()) } else { future.as_mut().poll(context) }
    })
    .await;
}

#[test]
fn killed_at_any_moment_nothing_is_lost_or_doubled() {
    const ALL: i64 = 10_000;
    for seed in 0..5 {
        let mut random = fastrand::Rng::with_seed(seed);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("history.sqlite");
        let mut writer = Writer::open(&path);
        let double = double();
        double.script((0..40).map(|_| Fault::writes(1, trouble(&mut random))));
        let runtime = runtime();
        let (clock, began) = (MadeUp::starting_now(), Instant::now());
        let mut kills = 0;
        loop {
            writer.up_to((writer.written + random.i64(0..1_500)).min(ALL));
            let mut engine = Engine::new(options(&double), Outbox::open(&path).unwrap(), clock.clone()).unwrap();
            // Dropped at whatever await it is in: between two requests, inside one, or in a pause.
            runtime.block_on(for_polls(random.u32(1..120), engine.run()));
            drop(engine);
            if writer.written == ALL && Outbox::open(&path).unwrap().backlog().unwrap().points == 0 {
                break;
            }
            kills += 1;
            assert!(began.elapsed() < Duration::from_secs(300), "{kills} kills and still not through");
        }
        let mut times: Vec<i64> =
            double.points("motcua_hour").iter().map(|point| point.time - 1_790_000_000_000_000_000).collect();
        times.sort_unstable();
        assert!(times.into_iter().eq(0..ALL), "seed {seed}: each exactly once");
        assert_eq!(Outbox::open(&path).unwrap().backlog().unwrap().dead, 0, "seed {seed}");
        eprintln!("seed {seed}: {ALL} points through {kills} kills");
    }
}
