//! The simulated centre, as a model: a seed and hours in, what its devices say out.
//!
//! Pure: no clock, no files, no network. The same seed, hours and site give the same events to
//! the millisecond, however often and in whatever steps [`Centre::advance`] is called; so a
//! simulation that is started again takes up where it was.
//!
//! - `hours`: when it is open (now, always)
//! - `layout`: who sits where, which devices there are
//! - `demand`: how many come, when, what for, how long it takes
//! - `shift`: an officer's pauses
//! - `hall`, `desk`: the day, step by step
//! - `cameras`, `faults`: what is seen, and what breaks; `unseen`: what only cameras see
//!
//! It decides nothing about queues that motcua decides: it plays the devices and the people before
//! them, as an outside queue machine would.

mod cameras;
mod demand;
mod desk;
mod faults;
mod hall;
mod hours;
mod layout;
mod random;
mod shift;
#[cfg(test)]
mod tests;
mod unseen;

use domain::Timestamp;
use domain::event::Body;

pub use faults::{Fault, Trouble};
pub use hours::{Day, Hours};
pub use layout::{Layout, Speaker};
pub use random::Dice;

use cameras::Cameras;
use hall::Hall;

/// The site's file, with ordinary hours.
pub const TEMPLATE: &str = include_str!("../../templates/song-may.toml");
/// The site's id in it.
pub const SITE: &str = "song-may";

/// Cameras look from this long before the start on: earlier pictures change nothing any more.
const EYES_MS: i64 = 5 * 60_000;
/// Nothing breaks in the first minutes.
const SOUND_MS: i64 = 3 * 60_000;

/// Something a device says.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// Which device.
    pub speaker: Speaker,
    /// What.
    pub body: Body,
}

/// The centre, day after day.
#[derive(Debug, Clone)]
pub struct Centre {
    layout: Layout,
    hours: Hours,
    seed: u64,
    start: Timestamp,
    day: u32,
    hall: Hall,
    cameras: Cameras,
    faults: Vec<Fault>,
}

impl Centre {
    /// A centre whose first day is that of `hours`; somebody begins to look at `start`, when many
    /// come to collect results that were promised for that hour.
    #[must_use]
    pub fn new(layout: Layout, hours: Hours, start: Timestamp, seed: u64) -> Self {
        let (hall, cameras, faults) = begin(&layout, &hours, start, seed, 0);
        Self { layout, hours, seed, start, day: 0, hall, cameras, faults }
    }

    /// The building.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The day that is being played.
    #[must_use]
    pub fn today(&self) -> Day {
        self.hall.day
    }

    /// What goes wrong with devices on that day.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Plays on until `until` (inclusive); what is said comes in the order of its time.
    pub fn advance(&mut self, until: Timestamp, out: &mut Vec<Happening>) {
        loop {
            let eyes = self.cameras.next_at();
            match self.hall.next_at() {
                Some(step) if step <= until && step <= eyes => self.hall.step(&self.layout, out),
                _ if eyes < self.hall.day.end => {
                    if eyes > until {
                        return;
                    }
                    self.cameras.look(&self.hall, out);
                }
                _ if self.hall.day.end <= until => self.next_day(),
                _ => return,
            }
        }
    }

    fn next_day(&mut self) {
        self.day += 1;
        (self.hall, self.cameras, self.faults) = begin(&self.layout, &self.hours, self.start, self.seed, self.day);
    }
}

/// A business day, before anything has happened.
fn begin(layout: &Layout, hours: &Hours, start: Timestamp, seed: u64, n: u32) -> (Hall, Cameras, Vec<Fault>) {
    let day = hours.day(n);
    let dice = |purpose: u64| Dice::new(seed, u64::from(n) * 16 + purpose);
    let sound_until = start.plus(SOUND_MS).max(day.open);
    let faults = faults::faults(&layout.devices(), sound_until, day.last, &mut dice(1));
    let rush = (n == 0).then_some(start);
    let hall = Hall::new(layout, day, rush, &faults, (dice(2), dice(4)));
    let eyes = if n == 0 { start.plus(-EYES_MS) } else { hours.day(n - 1).end };
    let groups = unseen::groups(&day, &mut dice(5));
    let cameras = Cameras::new(layout, eyes, n, (&faults, groups), dice(3));
    (hall, cameras, faults)
}

/// The text of the site's file: the template with these hours, as they are told at `now`.
#[must_use]
pub fn site_text(template: &str, hours: &Hours, now: Timestamp) -> String {
    let text = between(template, "day_end", &hours.day_end_toml());
    between(&text, "hours", &hours.toml(now))
}

/// Puts `new` between the lines `# NAME: begin` and `# NAME: end`.
fn between(text: &str, name: &str, new: &str) -> String {
    let (begin, end) = (format!("# {name}: begin\n"), format!("# {name}: end\n"));
    let parts = text.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?.1)));
    match parts {
        Some((head, tail)) => format!("{head}{begin}{new}{end}{tail}"),
        None => text.to_owned(),
    }
}
