//! R10: devices whose clocks are a day off, jump, stand still, or were never set, with heartbeats
//! lost, late, kept by the broker or by the device itself. Where the contract makes it possible,
//! waits equal the truth within a second; none is negative; flags are exact.
//!
//! The truth is the simulation's own: it knows when everything happened, and how far each clock is
//! off. What can be known from outside, by contract section 2:
//!
//! - with `up_ms` and a live heartbeat of the boot, always;
//! - else with a clock that runs, and a live heartbeat since it was last set;
//! - else, for what arrives at once, within the way that it took.
//!
//! `clock_untrusted` is raised for an event whose boot's clock, as measured by its last live
//! heartbeat, is more than a day off or does not run, and for one of a boot that is not measured,
//! when its `ts` is more than 2 s from its arrival. For nothing else.

use domain::SiteId;
use domain::clock::BootClock;
use domain::config::SiteConfig;
use domain::facts::Fact;
use domain::ledger::{Ledger, Taken};

use super::days::Step;
use super::{DAY, HOUR, Seed, Size, t};

const BEAT: i64 = 30_000;
const NOON: i64 = 1_795_150_800_000;
/// Right enough for a wait: each end of it takes its own way.
const EXACT_MS: i64 = 500;

/// What is wrong with a device's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Nothing but up to a day of offset.
    Off,
    /// Set anew several times a day, by up to a day.
    Jumps,
    /// Shows one instant for ever.
    Frozen,
    /// 1970 after every boot, and right once it has found a time server.
    NoBattery,
    /// Runs 50 millionths fast: a cheap crystal.
    Drifts,
    /// 2100.
    Future,
}

const FAULTS: [Fault; 6] = [Fault::Off, Fault::Jumps, Fault::Frozen, Fault::NoBattery, Fault::Drifts, Fault::Future];

/// A device, and what the world knows of its clock.
struct Device {
    fault: Fault,
    tells_up: bool,
    keeps_heartbeats: bool,
    boot_at: i64,
    /// Off by this much; of a frozen clock the instant that it shows.
    off: i64,
    set_at: i64,
    clock: BootClock,
    /// When each live heartbeat of this boot left, and how far the clock was off then.
    beats: Vec<(i64, i64)>,
    next_beat: i64,
    line_down_until: i64,
    kept: Vec<(i64, Option<u64>)>,
}

impl Device {
    fn new(n: i64, seed: &mut Seed) -> Self {
        let fault = FAULTS[usize::try_from(n).unwrap() % FAULTS.len()];
        let mut device = Self {
            fault,
            tells_up: n / 6 % 2 == 0,
            // Without `up_ms` nobody could tell that they lay there.
            keeps_heartbeats: n / 6 % 4 == 0,
            boot_at: NOON,
            off: 0,
            set_at: NOON,
            clock: BootClock::default(),
            beats: Vec::new(),
            next_beat: NOON,
            line_down_until: 0,
            kept: Vec::new(),
        };
        device.boot(NOON, seed);
        device
    }

    fn boot(&mut self, now: i64, seed: &mut Seed) {
        (self.boot_at, self.set_at, self.next_beat) = (now, now, now + seed.below(BEAT));
        self.clock = BootClock::default();
        self.beats.clear();
        self.kept.clear();
        self.off = match self.fault {
            Fault::Off | Fault::Jumps => seed.below(2 * DAY - 20_000) - DAY + 10_000,
            Fault::Frozen => NOON + seed.below(HOUR),
            Fault::NoBattery => 1_000 - now,
            Fault::Drifts => 0,
            Fault::Future => 4_102_444_800_000 - NOON,
        };
    }

    /// What its clock shows.
    fn ts(&self, now: i64) -> i64 {
        match self.fault {
            Fault::Frozen => self.off,
            Fault::Drifts => now + (now - self.boot_at) / 20_000,
            _ => now + self.off,
        }
    }

    fn up(&self, now: i64) -> Option<u64> {
        self.tells_up.then(|| u64::try_from(now - self.boot_at).unwrap())
    }

    /// What happens to its clock and its line by itself.
    fn live(&mut self, now: i64, seed: &mut Seed) {
        if seed.one_in(4_000) {
            self.boot(now, seed);
        }
        let set = match self.fault {
            Fault::Jumps => seed.one_in(600).then(|| seed.below(2 * DAY - 20_000) - DAY + 10_000),
            Fault::NoBattery => (self.off < -DAY && now - self.boot_at > 5 * 60_000).then_some(0),
            _ => None,
        };
        if let Some(off) = set {
            (self.off, self.set_at) = (off, now);
        }
        if seed.one_in(1_500) {
            self.line_down_until = now + seed.below(20 * 60_000);
        }
    }

    /// Its heartbeat, if one is due; some are lost, some are kept by the broker and come retained,
    /// some lie in the device until its line is back.
    fn beat(&mut self, now: i64, seed: &mut Seed) {
        if now < self.next_beat {
            return;
        }
        self.next_beat = now + BEAT;
        let word = (self.ts(now), self.up(now));
        if now < self.line_down_until {
            if self.keeps_heartbeats && self.kept.len() < 7 {
                self.kept.push(word);
            }
            return;
        }
        let rx = t(now + 5 + seed.below(300));
        let was_down = !self.kept.is_empty();
        for (ts, up) in std::mem::take(&mut self.kept) {
            self.clock.heartbeat(t(ts), up, rx);
        }
        if was_down || !seed.one_in(10) {
            self.clock.heartbeat(t(word.0), word.1, rx);
            self.beats.push((now, self.ts(now) - now));
        }
    }

    /// Whether the collector can know when something happened at `now` that arrives at `rx`.
    fn knowable(&self, now: i64, rx: i64) -> bool {
        let measured = self.beats.last();
        match measured {
            Some(_) if self.tells_up => true,
            // Set by less than 2 s it is the network, and looks like nothing.
            Some((at, _)) => self.fault != Fault::Frozen && *at > self.set_at,
            None => rx - now <= EXACT_MS && !(EXACT_MS..2_000 + EXACT_MS).contains(&(rx - self.ts(now)).abs()),
        }
    }

    /// Whether an event must be flagged; `None` within what the way of a heartbeat leaves open.
    fn must_flag(&self, ts: i64, rx: i64) -> Option<bool> {
        let near = |value: i64, limit: i64| (value.abs() - limit).abs() <= EXACT_MS;
        match &self.beats[..] {
            [] if near(rx - ts, 2_000) => None,
            [] => Some((rx - ts).abs() > 2_000),
            [.., (_, off)] if near(*off, DAY) => None,
            [.., (_, off)] => {
                // Two measurements in a row, each of which contradicts the one before.
                let leaps: Vec<i64> = self.beats.windows(2).rev().take(2).map(|pair| pair[0].1 - pair[1].1).collect();
                let unsure = leaps.iter().any(|leap| near(*leap, 2_000));
                let leaps = leaps.len() == 2 && leaps.iter().all(|leap| leap.abs() > 2_000);
                (!unsure).then_some(off.abs() > DAY || leaps)
            }
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    events: i64,
    exact: i64,
    flagged: i64,
    wrong_flags: Vec<String>,
    wrong_times: Vec<String>,
}

impl Tally {
    /// An event of the device at `now`; gives when the collector says that it happened, and whether
    /// it could know.
    fn event(&mut self, device: &Device, now: i64, way: i64) -> (i64, bool) {
        let rx = now + way;
        let ts = device.ts(now);
        let told = device.clock.at(t(ts), device.up(now), t(rx));
        self.events += 1;
        self.flagged += i64::from(!told.trusted);
        if device.must_flag(ts, rx).is_some_and(|flag| flag == told.trusted) {
            self.wrong_flags.push(format!("{:?} at {now}: {told:?}, {:?}", device.fault, device.beats.last()));
        }
        let error = told.at.ms() - now;
        let knowable = device.knowable(now, rx);
        self.exact += i64::from(knowable);
        if told.at.ms() > rx || knowable && error.abs() > EXACT_MS {
            self.wrong_times.push(format!("{:?} at {now}: {error} ms, {:?}", device.fault, device.beats.last()));
        }
        (told.at.ms(), knowable)
    }
}

#[test]
fn r10_waits_are_right_under_every_clock_that_can_be_known() {
    let size = Size::of_this_run();
    println!("seed {}", size.seed);
    let mut seed = Seed::new(size.seed);
    let mut devices: Vec<Device> = (0..200).map(|n| Device::new(n, &mut seed)).collect();
    let mut tally = Tally::default();
    let mut waits = Waits::new();
    let days = size.pick(1, 30);
    // The world goes on in steps of five seconds.
    for now in (NOON..NOON + days * DAY).step_by(5_000) {
        for device in &mut devices {
            device.live(now, &mut seed);
            device.beat(now, &mut seed);
        }
        if seed.one_in(6) {
            let (one, other) = (seed.below(200) as usize, seed.below(200) as usize);
            waits.ticket(now, &devices[one], &devices[other], &mut tally, &mut seed);
        }
        waits.go_on(now, &devices, &mut tally, &mut seed);
    }
    assert_eq!(tally.wrong_times.first(), None, "{} times are wrong", tally.wrong_times.len());
    assert_eq!(tally.wrong_flags.first(), None, "{} flags are wrong", tally.wrong_flags.len());
    let (called, exact) = waits.check();
    assert!(exact * 2 > called && tally.flagged > 0, "the run says nothing: {called} waits, {exact} exact");
    let figures = format!(
        r#""n":{called},"exact":{exact},"events":{},"knowable":{},"flagged":{},"negative":0,"wrong":0"#,
        tally.events, tally.exact, tally.flagged
    );
    size.tell("R10", "waits under 200 wrong clocks", &figures);
}

/// The ledger under those times, and the true wait of each ticket.
struct Waits {
    ledger: Ledger,
    taken: Taken,
    calendar: domain::config::Calendar,
    /// Tickets in line: number, true issue, said issue, whether it could be known, when called.
    line: Vec<(String, i64, bool, i64, usize)>,
    /// True waits by number, and whether they can be known.
    truth: std::collections::BTreeMap<String, (i64, bool)>,
    seen: std::collections::BTreeMap<String, i64>,
    n: i64,
}

impl Waits {
    fn new() -> Self {
        let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "UTC");
        config.keep_queue_overnight = true;
        let mut calendar = config.calendar().unwrap();
        let day = calendar.day_of(t(NOON));
        let before = calendar.day_of(day.start.plus(-1));
        let mut taken = Taken::default();
        let mut ledger = Ledger::before(day, before.start);
        ledger.start_day(day, before.start, &mut taken);
        let (truth, seen) = Default::default();
        Self { ledger, taken, calendar, line: Vec::new(), truth, seen, n: 0 }
    }

    /// A number is taken at one device, and will be called at another.
    fn ticket(&mut self, now: i64, kiosk: &Device, _counter: &Device, tally: &mut Tally, seed: &mut Seed) {
        self.n += 1;
        let number = format!("N{}", self.n);
        let (at, knowable) = tally.event(kiosk, now, 5 + seed.below(300));
        self.take(at, now, Step::Issued, &number);
        let called_at = now + 5_000 + seed.below(HOUR);
        self.line.push((number, now, knowable, called_at, seed.below(200) as usize));
    }

    fn go_on(&mut self, now: i64, devices: &[Device], tally: &mut Tally, seed: &mut Seed) {
        while let Some(place) = self.line.iter().position(|(.., called_at, _)| *called_at <= now) {
            let (number, issued, knowable, _, counter) = self.line.swap_remove(place);
            // One in twenty lay in the counter's journal for a while.
            let way = if seed.one_in(20) { seed.below(10 * 60_000) } else { 5 + seed.below(300) };
            let (at, known) = tally.event(&devices[counter], now, way);
            self.take(at, now, Step::Called, &number);
            self.truth.insert(number, (now - issued, knowable && known));
        }
    }

    fn take(&mut self, at: i64, now: i64, step: Step, number: &str) {
        let day = self.calendar.day_of(t(now));
        if day != self.ledger.day() {
            let before = self.calendar.day_of(day.start.plus(-1));
            self.ledger.start_day(day, before.start, &mut self.taken);
        }
        self.ledger.take(1, t(at), t(now), &step.body(number), &mut self.taken);
        self.count();
    }

    fn count(&mut self) {
        for change in self.taken.changes.drain(..) {
            if let Fact::WaitEnded { line, at, called: true, .. } = change.fact {
                if change.holds {
                    self.seen.insert(line.ticket.to_string(), at.since(line.since));
                } else {
                    self.seen.remove(&line.ticket.to_string());
                }
            }
        }
        self.taken.clear();
    }

    /// Gives how many waits there were, and how many of them can be known exactly.
    fn check(&mut self) -> (usize, usize) {
        self.ledger.settle(&mut self.taken);
        self.count();
        assert_eq!(self.seen.values().find(|wait| **wait < 0), None, "a negative wait");
        let knowable = self.truth.iter().filter(|(_, (_, knowable))| *knowable);
        let wrong: Vec<_> = knowable
            .filter(|(number, (wait, _))| self.seen.get(*number).is_none_or(|seen| (seen - wait).abs() > 1_000))
            .map(|(number, (wait, _))| format!("{number}: {wait} ms, and {:?} was seen", self.seen.get(number)))
            .collect();
        assert_eq!(wrong.first(), None, "{} waits are wrong", wrong.len());
        (self.truth.len(), self.truth.values().filter(|(_, knowable)| *knowable).count())
    }
}
