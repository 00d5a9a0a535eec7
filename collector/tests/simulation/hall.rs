//! What truly happens in a hall on one day: kiosks issue, counters call, people wait, leave, come
//! back and press buttons. A part of it makes no sense, as in life.

use crate::random::Random;

/// Kind and id of every device of the simulated centre.
pub const DEVICES: [(&str, &str); 7] = [
    ("kiosk", "kiosk-1"),
    ("counter", "q1"),
    ("counter", "q2"),
    ("counter", "q3"),
    ("rating", "rate-1"),
    ("gateway", "old-machine"),
    ("camera", "cam-1"),
];
const KIOSK: usize = 0;
const COUNTERS: usize = 3;
const RATING: usize = 4;
const GATEWAY: usize = 5;
const CAMERA: usize = 6;

pub const SERVICES: [&str; 2] = ["dat-dai", "ho-tich"];

/// Midnight at the centre (UTC+7, no summer time) lies at this instant of a UTC day.
const MIDNIGHT_MS: i64 = 17 * 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// The local day of an instant, counted from any day.
pub const fn day_of(at: i64) -> i64 {
    (at - MIDNIGHT_MS).div_euclid(DAY_MS)
}

/// The first instant of a local day.
pub const fn day_start(day: i64) -> i64 {
    day * DAY_MS + MIDNIGHT_MS
}

/// Something that happened and that a device says.
#[derive(Debug, Clone)]
pub struct Happening {
    pub at: i64,
    pub device: usize,
    /// The payload's fields after the envelope, without braces.
    pub fields: String,
}

#[derive(Default)]
struct Counter {
    open: bool,
    ticket: Option<(String, bool)>,
}

struct Hall {
    now: i64,
    random: Random,
    happenings: Vec<Happening>,
    numbers: u32,
    waiting: Vec<String>,
    parked: Vec<String>,
    missed: Vec<String>,
    today: Vec<String>,
    counters: [Counter; COUNTERS],
}

/// A day that begins at `start`, with so many things happening.
pub fn day(random: Random, start: i64, size: usize) -> Vec<Happening> {
    let mut hall = Hall {
        now: start,
        random,
        happenings: Vec::new(),
        numbers: 0,
        waiting: Vec::new(),
        parked: Vec::new(),
        missed: Vec::new(),
        today: Vec::new(),
        counters: Default::default(),
    };
    while hall.happenings.len() < size {
        hall.step();
    }
    hall.happenings
}

impl Hall {
    fn step(&mut self) {
        let pause = match self.random.index(10) {
            0..3 => self.random.between(1, 2_000),
            3..9 => self.random.between(2_000, 60_000),
            _ => self.random.between(60_000, 480_000),
        };
        let before = self.now;
        self.now += pause;
        if day_of(before) != day_of(self.now) {
            // Nobody waits over midnight, and numbers begin again.
            self.numbers = 0;
            for list in [&mut self.waiting, &mut self.parked, &mut self.missed, &mut self.today] {
                list.clear();
            }
            self.counters.iter_mut().for_each(|counter| counter.ticket = None);
        }
        match self.random.index(100) {
            0..26 => self.issue(),
            26..70 => self.counter(),
            70..75 => self.leave(),
            75..80 => self.come_back(),
            80..88 => self.rate(),
            88..91 => self.staffing(),
            91..94 => self.camera(),
            _ => self.nonsense(),
        }
    }

    fn say(&mut self, device: usize, fields: String) {
        self.happenings.push(Happening { at: self.now, device, fields });
    }

    fn issue(&mut self) {
        self.numbers += 1;
        let ticket = format!("A{:03}", self.numbers);
        let service = self.random.pick(&SERVICES);
        let priority = self.random.pick(&["normal", "normal", "elderly", "child"]);
        self.waiting.push(ticket.clone());
        self.today.push(ticket.clone());
        self.say(
            KIOSK,
            format!(
                r#""type":"ticket.issued","ticket":"{ticket}","service":"{service}","priority":"{priority}","purpose":"submit""#
            ),
        );
    }

    fn counter(&mut self) {
        let ix = self.random.index(COUNTERS);
        let device = ix + 1;
        let (q, other) = (DEVICES[device].1, self.random.percent(12));
        if !self.counters[ix].open || (other && self.random.percent(40)) {
            self.counters[ix].open = !self.counters[ix].open;
            let (word, more) = match (self.counters[ix].open, self.random.percent(50)) {
                (true, true) => ("opened", r#","officer":"cb-1","services":["dat-dai"]"#),
                (true, false) => ("opened", ""),
                (false, true) => ("paused", r#","reason":"nghỉ trưa""#),
                (false, false) => ("closed", ""),
            };
            return self.say(device, format!(r#""type":"counter.{word}","counter":"{q}"{more}"#));
        }
        match self.counters[ix].ticket.clone() {
            Some((ticket, serving)) if self.random.percent(85) => self.serve(ix, &ticket, serving),
            _ if self.waiting.is_empty() => {}
            _ => {
                let next = self.random.index(self.waiting.len().min(2));
                let ticket = self.waiting.remove(next);
                self.say(device, format!(r#""type":"ticket.called","ticket":"{ticket}","counter":"{q}""#));
                self.counters[ix].ticket = Some((ticket, false));
            }
        }
    }

    fn serve(&mut self, ix: usize, ticket: &str, serving: bool) {
        let device = ix + 1;
        let say = |hall: &mut Self, word: &str, more: &str| {
            hall.say(device, format!(r#""type":"ticket.{word}","ticket":"{ticket}"{more}"#));
        };
        match self.random.index(10) {
            0..4 if !serving => {
                say(self, "started", "");
                self.counters[ix].ticket = Some((ticket.to_owned(), true));
                return;
            }
            0..6 => say(self, "finished", r#","outcome":"received""#),
            6 if !serving => {
                say(self, "no_show", "");
                self.missed.push(ticket.to_owned());
            }
            7 => {
                let to = self.random.pick(&[r#","to_service":"ho-tich""#, r#","to_counter":"q2""#, ""]);
                say(self, "transferred", to);
                self.waiting.push(ticket.to_owned());
            }
            8 => {
                say(self, "held", r#","reason":"thiếu giấy""#);
                self.parked.push(ticket.to_owned());
            }
            _ => return say(self, "recalled", ""),
        }
        self.counters[ix].ticket = None;
    }

    fn leave(&mut self) {
        if self.waiting.is_empty() {
            return self.issue();
        }
        let who = self.random.index(self.waiting.len());
        let ticket = self.waiting.remove(who);
        self.say(KIOSK, format!(r#""type":"ticket.cancelled","ticket":"{ticket}""#));
    }

    fn come_back(&mut self) {
        let ix = self.random.index(COUNTERS);
        if let Some(ticket) = self.parked.pop() {
            self.say(ix + 1, format!(r#""type":"ticket.returned","ticket":"{ticket}""#));
            self.waiting.push(ticket);
        } else if let Some(ticket) = self.missed.pop() {
            self.say(ix + 1, format!(r#""type":"ticket.recalled","ticket":"{ticket}""#));
        }
    }

    fn rate(&mut self) {
        let level = self.random.pick(&["very_satisfied", "satisfied", "neutral", "dissatisfied"]);
        let counter = DEVICES[1 + self.random.index(COUNTERS)].1;
        let named = if self.random.percent(30) && !self.today.is_empty() {
            let ticket = &self.today[self.random.index(self.today.len())];
            format!(r#","ticket":"{ticket}""#)
        } else {
            String::new()
        };
        self.say(RATING, format!(r#""type":"rating.pressed","level":"{level}","counter":"{counter}"{named}"#));
    }

    fn staffing(&mut self) {
        let (service, open) = (self.random.pick(&SERVICES), self.random.index(4));
        self.say(GATEWAY, format!(r#""type":"service.staffing","service":"{service}","open_counters":{open}"#));
    }

    fn camera(&mut self) {
        let level = self.random.index(100);
        self.say(
            CAMERA,
            format!(r#""type":"camera.occupancy","camera":"cam-1","zone":"waiting","level":0.{level:02}"#),
        );
    }

    /// An old machine that follows nobody's rules: any word about any number, or one that nobody
    /// understands.
    fn nonsense(&mut self) {
        let number = 1 + self.random.index(self.numbers as usize + 2);
        let counter = self.random.pick(&["", r#","counter":"q1""#, r#","counter":"q3""#]);
        let word = self.random.pick(&[
            "called",
            "called",
            "recalled",
            "started",
            "finished",
            "no_show",
            "cancelled",
            "held",
            "returned",
            "transferred",
            "issued",
            "sung",
        ]);
        let fields = match word {
            "issued" => {
                format!(r#""type":"ticket.issued","ticket":"A{number:03}","service":"dat-dai","priority":"normal""#)
            }
            "transferred" => format!(r#""type":"ticket.transferred","ticket":"A{number:03}","to_service":"ho-tich""#),
            word => format!(r#""type":"ticket.{word}","ticket":"A{number:03}"{counter}"#),
        };
        self.say(GATEWAY, fields);
    }
}
