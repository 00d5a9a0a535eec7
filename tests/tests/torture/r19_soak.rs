//! R19: a steady load for a long time, screens that look on, and now and then a kill: memory and files
//! stay as they are.

use std::time::{Duration, Instant};

use harness::program::Motcua;
use harness::torture::Scenario;
use harness::torture::crowd::Crowd;
use harness::torture::displays::Displays;
use harness::torture::kills::{Victim, kill};
use harness::torture::probe::{Held, slope};
use harness::torture::script::Script;
use harness::torture::watch::Watch;
use harness::wait::eventually;
use serde_json::json;

use crate::check::{self, ZONE};

const EVENTS_PER_SECOND: u64 = 500;
const SITES: usize = 10;
const DISPLAYS: usize = 100;
/// A business day of the script lasts so long here: the state of two days is all that is kept.
const DAY_S: u64 = 60;
const BACK: Duration = Duration::from_secs(60);
/// Ids are kept for 35 days, so a collector grows with what it has taken in: bytes an event.
const GROWTH_PER_EVENT: f64 = 64.0;
/// What an allocator may keep for itself.
const SLACK: f64 = 16.0 * 1024.0 * 1024.0;

#[test]
fn r19_a_soak_loses_nothing_and_holds_no_more_and_more() {
    let scenario = Scenario::begin("R19");
    let mut seed = scenario.seed();
    let asked = std::env::var("MOTCUA_SOAK_S").ok().and_then(|seconds| seconds.parse().ok());
    let seconds: u64 = asked.unwrap_or(scenario.size(30, 1_800));
    let days = (seconds / DAY_S).max(2) as usize;
    let script = Script::write(&mut seed, SITES, days, seconds * EVENTS_PER_SECOND);
    let motcua = Motcua::recorded(ZONE);
    let crowd = Crowd::start(&script, motcua.mqtt_port, &mut seed);
    let sites: Vec<String> = (0..SITES).map(|site| format!("site-{site}")).collect();
    let displays = Displays::open(&motcua.http, &sites, DISPLAYS);
    let watch = Watch::start(&motcua.http, "site-0", &script, &crowd);
    let mut soak = Soak { motcua: &motcua, crowd: &crowd, lives: vec![Vec::new()], kills: 0, events: 0 };
    let every = Duration::from_secs(seconds) / 3;
    let (begin, before) = (Instant::now(), Held::of(motcua.supervisor()).unwrap());
    for day in &script.days {
        soak.one_day(*day, begin, every);
    }
    eventually(BACK, "every screen to be connected", || match displays.connected() {
        all if all == DISPLAYS as u64 => Ok(()),
        some => Err(format!("{some} are")),
    });
    let figures = check::boards(&motcua, &script.oracle(script.events()));
    check::journal(&motcua, &script);
    let after = Held::of(motcua.supervisor()).unwrap();
    assert_eq!((after.files, after.threads), (before.files, before.threads), "what the supervisor holds");
    let (growth, files, kills) = (soak.growth_per_event(), soak.files(), soak.kills);
    let messages = displays.messages();
    drop(displays);
    drop(crowd);
    let seen = check::watched(watch);
    scenario.tell(json!({"what": "steady load with displays and kills", "events": script.events(),
        "events_per_s": EVENTS_PER_SECOND, "displays": DISPLAYS, "display_messages": messages, "kills": kills,
        "lost": 0, "twice": 0, "figures_equal": figures, "collector_bytes_per_event": growth,
        "files_at_most": files, "supervisor_rss_growth_kib": after.rss_kib.saturating_sub(before.rss_kib),
        "wall_messages": seen.messages, "wall_calls": seen.calls, "wall_mistakes": 0}));
}

/// A run that is looked at once a second.
struct Soak<'a> {
    motcua: &'a Motcua,
    crowd: &'a Crowd,
    /// For each life of the collector: acknowledged events, and what it held then.
    lives: Vec<Vec<(u64, Held)>>,
    kills: u64,
    /// The whole of the days before.
    events: u64,
}

impl Soak<'_> {
    fn one_day(&mut self, until: u64, begin: Instant, every: Duration) {
        let day = Instant::now();
        let mut looked = Instant::now();
        eventually(BACK.max(Duration::from_secs(DAY_S * 10)), &format!("{until} acknowledged events"), || {
            let due = self.events + (day.elapsed().as_secs_f64() * EVENTS_PER_SECOND as f64) as u64;
            self.crowd.release(due.min(until));
            if looked.elapsed() >= Duration::from_secs(1) {
                looked = Instant::now();
                self.look();
            }
            // The last third is left in peace: that is where a slope is measured.
            if self.kills < 2 && begin.elapsed() >= every * (self.kills as u32 + 1) {
                self.kill_one();
            }
            if self.crowd.acked() >= until { Ok(()) } else { Err(self.crowd.told_behind()) }
        });
        self.events = until;
    }

    fn kill_one(&mut self) {
        for victim in [Victim::Collector, Victim::Dashboard, Victim::Broker] {
            kill(self.motcua, victim);
        }
        self.kills += 1;
        self.lives.push(Vec::new());
    }

    fn look(&mut self) {
        let held = self.motcua.collector().and_then(Held::of);
        let life = self.lives.last_mut().unwrap();
        life.extend(held.map(|held| (self.crowd.acked(), held)));
    }

    /// How many bytes the collector grew by for each event, over the second half of its last life.
    fn growth_per_event(&self) -> f64 {
        let life = self.lives.last().unwrap();
        let half = &life[life.len() / 2..];
        let points: Vec<_> = half.iter().map(|(events, held)| (*events as f64, held.rss_kib as f64 * 1024.0)).collect();
        let (slope, events) = (slope(&points), points.last().unwrap().0 - points[0].0);
        assert!(slope * events <= GROWTH_PER_EVENT * events + SLACK, "{slope} bytes an event over {events} events");
        (slope * 10.0).round() / 10.0
    }

    /// The most files that a collector had open after its first seconds; they may not grow.
    fn files(&self) -> usize {
        let life = self.lives.last().unwrap();
        let (first, last) = (life[life.len() / 4].1, life.last().unwrap().1);
        assert!(last.files <= first.files + 4, "{} files were open, and {} are", first.files, last.files);
        life.iter().map(|(_, held)| held.files).max().unwrap_or_default()
    }
}
