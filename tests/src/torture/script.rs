//! What every device of a few centres will say on one or more days, written before anything runs,
//! so that the truth is known whatever happens on the way.
//!
//! Each centre has a kiosk (issues and withdrawals), three counters (each speaks for itself), a
//! rating tablet, and an old queue machine behind a gateway (a line of its own). The events of a
//! centre have times that only grow; which device says which is part of the script.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::oracle::{Happening, Instant, Oracle, What};
use crate::seed::Seed;

/// Ho Chi Minh City's offset.
const OFFSET_MS: i64 = 7 * 3_600_000;
const DAY_MS: i64 = 86_400_000;
/// 2026-11-23 07:00 there.
const FIRST_MORNING: i64 = 1_795_392_000_000;
const COUNTERS: usize = 3;
const LEVELS: [&str; 5] = ["very_satisfied", "satisfied", "neutral", "dissatisfied", "very_dissatisfied"];

/// One device of a centre.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Device {
    /// The centre.
    pub site: String,
    /// `kiosk`, `counter`, `rating` or `gateway`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

impl Device {
    /// `motcua/v1/SITE/KIND/ID/` and the channel.
    #[must_use]
    pub fn topic(&self, channel: &str) -> String {
        format!("motcua/v1/{}/{}/{}/{channel}", self.site, self.kind, self.id)
    }
}

/// One event of one device.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its place among all events of the script, from 0.
    pub place: u64,
    /// What the broker is given.
    pub payload: String,
}

/// What one device says, in the order of its `seq` (from 1).
#[derive(Debug, Clone)]
pub struct Part {
    /// Who.
    pub device: Device,
    /// The device's boot.
    pub boot: String,
    /// What.
    pub lines: Vec<Line>,
}

/// A whole script.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// By device.
    pub parts: Vec<Arc<Part>>,
    /// Everything that happens, in the order of `place`.
    pub happenings: Vec<Happening>,
    /// The places at which a business day ends: all before it are to be acknowledged first.
    pub days: Vec<u64>,
}

impl Script {
    /// `events` events (a few more) at `sites` centres on `days` business days.
    #[must_use]
    pub fn write(seed: &mut Seed, sites: usize, days: usize, events: u64) -> Self {
        let mut centres: Vec<Centre> = (0..sites).map(|site| Centre::new(format!("site-{site}"), seed)).collect();
        let mut script = Self::default();
        for day in 0..days {
            let goal = events * (day as u64 + 1) / days as u64;
            centres.iter_mut().for_each(|centre| centre.begin_day(day));
            while (script.happenings.len() as u64) < goal {
                let centre = seed.below(sites as u64) as usize;
                centres[centre].step(seed, &mut script.happenings);
            }
            script.days.push(script.happenings.len() as u64);
        }
        script.distribute(seed);
        script
    }

    /// Gives each event to the device that says it.
    fn distribute(&mut self, seed: &mut Seed) {
        let mut parts: std::collections::BTreeMap<Device, Part> = std::collections::BTreeMap::new();
        for (place, happening) in self.happenings.iter().enumerate() {
            let device = speaker(happening);
            let part = parts.entry(device.clone()).or_insert_with(|| Part {
                device,
                boot: format!("{:016x}", seed.bits()),
                lines: Vec::new(),
            });
            let seq = part.lines.len() as u64 + 1;
            let payload = happening.payload(seed.bits128(), &part.boot, seq);
            part.lines.push(Line { place: place as u64, payload });
        }
        self.parts = parts.into_values().map(Arc::new).collect();
    }

    /// How many events.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.happenings.len() as u64
    }

    /// How many events its devices say.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.parts.iter().map(|part| part.lines.len() as u64).sum()
    }

    /// The devices of one centre; what happens stays whole, and so do the places.
    #[must_use]
    pub fn only(&self, site: &str) -> Self {
        let mut script = self.clone();
        script.parts.retain(|part| part.device.site == site);
        script
    }

    /// The truth after the first `until` events.
    #[must_use]
    pub fn oracle(&self, until: u64) -> Oracle {
        let mut oracle = Oracle::default();
        self.happenings.iter().take(until as usize).for_each(|one| oracle.apply(one));
        oracle
    }
}

fn speaker(happening: &Happening) -> Device {
    let at_gateway = |name: &str| name.starts_with('G') || name.starts_with("g-");
    let (kind, id) = match &happening.what {
        What::Issued { ticket, .. } | What::Cancelled { ticket } if !at_gateway(ticket) => ("kiosk", "kiosk-1"),
        What::Rated { .. } => ("rating", "rating-1"),
        What::Called { counter: Some(counter), .. }
        | What::Finished { counter: Some(counter), .. }
        | What::NoShow { counter: Some(counter), .. }
        | What::Opened { counter }
        | What::Closed { counter }
            if !at_gateway(counter) =>
        {
            ("counter", counter.as_str())
        }
        _ => ("gateway", "old-machine"),
    };
    Device { site: happening.site.clone(), kind, id: id.to_owned() }
}

/// A line of tickets with the counters that serve it.
#[derive(Debug)]
struct Queue {
    service: &'static str,
    letter: char,
    counters: Vec<CounterNow>,
    waiting: VecDeque<String>,
    issued: u32,
}

#[derive(Debug)]
struct CounterNow {
    id: String,
    open: bool,
    ticket: Option<String>,
}

impl Queue {
    fn new(service: &'static str, letter: char, counters: Vec<String>) -> Self {
        let counters = counters.into_iter().map(|id| CounterNow { id, open: false, ticket: None }).collect();
        Self { service, letter, counters, waiting: VecDeque::new(), issued: 0 }
    }
}

/// One centre while its day is being written.
#[derive(Debug)]
struct Centre {
    site: String,
    at: i64,
    lines: [Queue; 2],
    /// Served tickets that have not pressed a button yet.
    leaving: VecDeque<String>,
}

impl Centre {
    fn new(site: String, seed: &mut Seed) -> Self {
        let own = (1..=COUNTERS).map(|counter| format!("q{counter}")).collect();
        let lines =
            [Queue::new("dat-dai", 'A', own), Queue::new("ho-tich", 'G', vec!["g-1".to_owned(), "g-2".to_owned()])];
        Self { site, at: FIRST_MORNING + seed.below(1_000) as i64, lines, leaving: VecDeque::new() }
    }

    /// Nobody waits over night; a counter's status goes on.
    fn begin_day(&mut self, day: usize) {
        self.at = FIRST_MORNING + day as i64 * DAY_MS + self.at.rem_euclid(1_000);
        self.leaving.clear();
        for line in &mut self.lines {
            line.waiting.clear();
            line.issued = 0;
            line.counters.iter_mut().for_each(|counter| counter.ticket = None);
        }
    }

    /// One or two things happen.
    fn step(&mut self, seed: &mut Seed, happenings: &mut Vec<Happening>) {
        // 50,000 events of one centre fit into a day.
        self.at += 1 + seed.below(1_400) as i64;
        let what = self.choose(seed);
        for what in what {
            happenings.push(Happening {
                at: Instant { ms: self.at, offset_ms: OFFSET_MS },
                site: self.site.clone(),
                what,
            });
            self.at += 1;
        }
    }

    fn choose(&mut self, seed: &mut Seed) -> Vec<What> {
        if let Some(ticket) = self.leaving.pop_front().filter(|_| seed.below(3) > 0) {
            let level = LEVELS[seed.below(5) as usize];
            // Some press twice: the last press counts.
            if seed.below(8) == 0 {
                self.leaving.push_back(ticket.clone());
            }
            return vec![What::Rated { ticket, level }];
        }
        let line = seed.below(2) as usize;
        let own_counter = line == 0;
        let line = &mut self.lines[line];
        let counter = seed.below(line.counters.len() as u64) as usize;
        if !line.counters[counter].open {
            line.counters[counter].open = true;
            return vec![What::Opened { counter: line.counters[counter].id.clone() }];
        }
        match seed.below(100) {
            0 if !own_counter => {
                vec![What::Staffing { service: line.service.to_owned(), open_counters: seed.below(5) }]
            }
            1 if line.counters[counter].ticket.is_none() => {
                line.counters[counter].open = false;
                vec![What::Closed { counter: line.counters[counter].id.clone() }]
            }
            2..=4 if !line.waiting.is_empty() => {
                let who = seed.below(line.waiting.len() as u64) as usize;
                line.waiting.remove(who).map(|ticket| What::Cancelled { ticket }).into_iter().collect()
            }
            5..=38 => vec![line.issue(seed)],
            _ => line.serve(counter, seed, &mut self.leaving),
        }
    }
}

impl Queue {
    fn issue(&mut self, seed: &mut Seed) -> What {
        self.issued += 1;
        let ticket = format!("{}{:05}", self.letter, self.issued);
        self.waiting.push_back(ticket.clone());
        let priority = if seed.below(10) == 0 { "elderly" } else { "normal" };
        What::Issued { ticket, service: self.service.to_owned(), priority }
    }

    /// The counter ends what it has, or calls the next; with nobody there, somebody comes.
    fn serve(&mut self, counter: usize, seed: &mut Seed, leaving: &mut VecDeque<String>) -> Vec<What> {
        let id = self.counters[counter].id.clone();
        let Some(ticket) = self.counters[counter].ticket.take() else {
            let Some(next) = self.waiting.pop_front() else { return vec![self.issue(seed)] };
            self.counters[counter].ticket = Some(next.clone());
            return vec![What::Called { ticket: next, counter: Some(id) }];
        };
        if seed.below(12) == 0 {
            return vec![What::NoShow { ticket, counter: Some(id) }];
        }
        leaving.push_back(ticket.clone());
        let mut what = vec![What::Finished { ticket, counter: Some(id.clone()) }];
        // Half of them call the next in the same breath.
        if seed.below(2) == 0
            && let Some(next) = self.waiting.pop_front()
        {
            self.counters[counter].ticket = Some(next.clone());
            what.push(What::Called { ticket: next, counter: Some(id) });
        }
        what
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_same_seed_writes_the_same_script() {
        let write = || Script::write(&mut Seed::new(3), 2, 2, 2_000);
        let (one, other) = (write(), write());
        assert_eq!(one.happenings, other.happenings);
        assert_eq!(one.parts[3].lines[2].payload, other.parts[3].lines[2].payload);
        assert_ne!(one.happenings, Script::write(&mut Seed::new(4), 2, 2, 2_000).happenings);
    }

    #[test]
    fn a_script_has_all_kinds_of_devices_and_a_truth() {
        let script = Script::write(&mut Seed::new(3), 2, 2, 4_000);
        let kinds: BTreeSet<&str> = script.parts.iter().map(|part| part.device.kind).collect();
        assert_eq!(kinds, BTreeSet::from(["counter", "gateway", "kiosk", "rating"]));
        let lines: usize = script.parts.iter().map(|part| part.lines.len()).sum();
        assert_eq!(lines as u64, script.events());
        let oracle = script.oracle(script.events());
        let figures = oracle.site("site-1").unwrap().figures();
        assert!(figures.unmatched == 0 && figures.ratings.n > 50, "{figures:?}");
        assert!(figures.services["dat-dai"].called > 10 && figures.counters["q2"].served > 10, "{figures:?}");
        assert_eq!(script.days.last(), Some(&script.events()));
    }
}
