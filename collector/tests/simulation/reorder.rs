//! R9: each event comes one to five times, shuffled within ten minutes, one in a hundred a day
//! late. The state at the end is that of the ordered run.

use std::time::Instant;

use collector::ingest::Door;
use collector::ops;
use collector::recover::journal_dir;
use domain::Timestamp;
use journal::{Journal, Options};
use mqtt_config::settings::Clock;

use crate::checks::inbound;
use crate::disk;
use crate::hall::{self, DEVICES};
use crate::random::Random;
use crate::size::{figures, full, seed};
use crate::world::SITE;

/// One centre's day; a million events are many centres' days.
const SITE_EVENTS: usize = 500;
const SHUFFLE_MS: i64 = 600_000;
const LATE_MS: i64 = 86_400_000;

struct Event {
    at: i64,
    topic: String,
    payload: String,
}

fn events(random: &mut Random, sites: usize) -> Vec<Event> {
    let start = hall::day_start(20_780) + 7 * 3_600_000;
    let mut events = Vec::with_capacity(sites * SITE_EVENTS);
    for site in 0..sites {
        let mut seqs = [0; DEVICES.len()];
        for (n, happening) in hall::day(random.split(), start, SITE_EVENTS).into_iter().enumerate() {
            let (kind, id) = DEVICES[happening.device];
            let seq = &mut seqs[happening.device];
            *seq += 1;
            let (at, fields) = (Timestamp::from_ms(happening.at), happening.fields);
            events.push(Event {
                at: happening.at,
                topic: format!("motcua/v1/{SITE}-{site}/{kind}/{id}/evt"),
                payload: format!(
                    r#"{{"id":"00000000-0000-4000-8000-{site:06x}{n:06x}","boot":"b","seq":{seq},"ts":"{at}",{fields}}}"#
                ),
            });
        }
    }
    events.sort_by_key(|event| event.at);
    events
}

/// Sends the events in the given order of arrival, and returns the hash of the state.
fn hash_of<'e>(arrivals: impl Iterator<Item = (i64, &'e Event)>) -> (String, u64) {
    let dir = disk::directory();
    let (journal, _) = Journal::open(&journal_dir(dir.path()), Options::default()).unwrap();
    let mut door = Door::new(journal, Clock::Event, Some("Asia/Ho_Chi_Minh".into()));
    for (n, (rx, event)) in arrivals.enumerate() {
        door.message(&inbound(&event.topic, &event.payload), Timestamp::from_ms(rx), true);
        if n % 256 == 0 {
            door.journal().flush().unwrap();
            // Nobody is shown anything here.
            drop((door.take_records(), door.take_touched()));
        }
    }
    door.journal().flush().unwrap();
    let accepted = door.sites().iter().map(|site| site.ingest.accepted).sum();
    (ops::state_hash(dir.path()).unwrap(), accepted)
}

#[test]
fn r9_repeated_shuffled_and_late_is_the_ordered_run() {
    let (seed, began) = (seed(9), Instant::now());
    let wanted = if full() { 1_000_000 } else { 50_000 };
    let mut random = Random::new(seed);
    let events = events(&mut random, wanted / SITE_EVENTS);
    let mut arrivals = Vec::new();
    for (n, event) in events.iter().enumerate() {
        for _ in 0..random.between(1, 6) {
            let late = if random.percent(1) { LATE_MS } else { 0 };
            arrivals.push((event.at + late + random.between(0, SHUFFLE_MS), n));
        }
    }
    arrivals.sort_unstable();
    let deliveries = arrivals.len() as u64;
    let (ordered, should) = hash_of(events.iter().map(|event| (event.at, event)));
    let (shuffled, is) = hash_of(arrivals.into_iter().map(|(rx, n)| (rx, &events[n])));
    assert_eq!((shuffled, is), (ordered, should), "seed {seed}");
    figures("R9", "events", events.len() as u64, &[("deliveries", deliveries), ("accepted", is)], began);
}
