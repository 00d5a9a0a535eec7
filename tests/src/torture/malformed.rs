//! Payloads that cannot be used, made from ones that could be, with the one word that must come out
//! for each: a dead letter, or an accepted event.

use serde_json::{Value, json};

use crate::oracle::Instant;
use crate::seed::Seed;

/// 2026-11-23 07:00 in Ho Chi Minh City.
const MORNING_MS: i64 = 1_795_392_000_000;
/// One in so many is good.
const GOOD: u64 = 100;
/// Larger than a payload may be, well below what the broker takes.
const TOO_LARGE: u64 = 17 * 1024;

/// A message and what must become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where it goes.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether it is one of the good ones.
    pub good: bool,
}

/// Makes messages, one after the other.
#[derive(Debug)]
pub struct Generator {
    seed: Seed,
    site: String,
    made: u64,
    good: u64,
    /// The `seq` of each device that misbehaves; every message has its own.
    seq: u64,
}

/// What is done to a good event. Each alone makes it unusable.
const HARMS: [fn(&mut Generator) -> Message; 16] = [
    Generator::cut_short,
    Generator::garbage,
    Generator::missing,
    Generator::wrong_type,
    Generator::bad_text,
    Generator::twice,
    Generator::large,
    Generator::deep,
    Generator::broken_sign,
    Generator::bad_bytes,
    Generator::control_character,
    Generator::wrong_device,
    Generator::conflict,
    Generator::more_after_the_end,
    Generator::no_object,
    Generator::bad_number,
];

impl Generator {
    /// For one site.
    #[must_use]
    pub fn new(seed: Seed, site: &str) -> Self {
        Self { seed, site: site.to_owned(), made: 0, good: 0, seq: 0 }
    }

    /// How many good ones were made.
    #[must_use]
    pub const fn good(&self) -> u64 {
        self.good
    }

    /// How many were made in all.
    #[must_use]
    pub const fn made(&self) -> u64 {
        self.made
    }

    /// The next one. The first is good, so that there is something to contradict.
    pub fn next_message(&mut self) -> Message {
        self.made += 1;
        if self.made % GOOD == 1 {
            return self.good_one();
        }
        let harm = self.seed.below(HARMS.len() as u64) as usize;
        HARMS[harm](self)
    }

    fn good_one(&mut self) -> Message {
        self.good += 1;
        let mut event = self.event();
        (event["boot"], event["seq"]) = (json!("good"), json!(self.good));
        event["ticket"] = json!(format!("A{}", self.good));
        Message { good: true, ..self.message("gateway/honest", event.to_string().into_bytes()) }
    }

    /// A `ticket.issued` with nothing wrong, of a device that numbers on.
    fn event(&mut self) -> Value {
        self.seq += 1;
        let bits = self.seed.bits128();
        let hex = format!("{bits:032x}");
        let id = format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..]);
        let at = Instant { ms: MORNING_MS + self.made as i64, offset_ms: 0 };
        json!({"id": id, "boot": "bad", "seq": self.seq, "ts": at.to_string(), "type": "ticket.issued",
            "ticket": format!("B{}", self.seq), "service": "dat-dai", "priority": "normal"})
    }

    fn message(&self, device: &str, payload: Vec<u8>) -> Message {
        Message { topic: format!("motcua/v1/{}/{device}/evt", self.site), payload, good: false }
    }

    fn bad(&mut self, payload: Vec<u8>) -> Message {
        self.message("gateway/broken", payload)
    }

    fn bad_event(&mut self, change: impl FnOnce(&mut Seed, &mut Value)) -> Message {
        let mut event = self.event();
        change(&mut self.seed, &mut event);
        self.bad(event.to_string().into_bytes())
    }

    fn cut_short(&mut self) -> Message {
        let mut payload = self.event().to_string().into_bytes();
        payload.truncate(1 + self.seed.below(payload.len() as u64 - 2) as usize);
        self.bad(payload)
    }

    fn garbage(&mut self) -> Message {
        let length = 1 + self.seed.below(300);
        let mut payload: Vec<u8> = (0..length).map(|_| self.seed.bits() as u8).collect();
        // Nothing that begins so is an object.
        payload[0] = b"\0\xff[x,}"[self.seed.below(6) as usize];
        self.bad(payload)
    }

    fn missing(&mut self) -> Message {
        self.bad_event(|seed, event| {
            let field = ["id", "boot", "seq", "ts", "type", "ticket", "service", "priority"][seed.below(8) as usize];
            event.as_object_mut().expect("it was made as one").remove(field);
        })
    }

    fn wrong_type(&mut self) -> Message {
        self.bad_event(|seed, event| {
            let field = ["id", "ts", "type", "ticket", "service", "priority"][seed.below(6) as usize];
            event[field] = [json!(7), json!([]), json!({}), json!(true), Value::Null][seed.below(5) as usize].clone();
        })
    }

    fn bad_text(&mut self) -> Message {
        let long = "x".repeat(self.seed.below(4_000) as usize + 40);
        self.bad_event(|seed, event| {
            let (field, text) = [
                ("type", "ticket.eaten"),
                ("ticket", "a001"),
                ("ticket", ""),
                ("ticket", long.as_str()),
                ("service", "Đất đai"),
                ("service", long.as_str()),
                ("id", "one"),
                ("priority", "vip"),
                ("ts", "yesterday"),
                ("ts", "2026-11-23T01:02:03"),
                ("ts", "2026-13-45T25:61:61Z"),
            ][seed.below(11) as usize];
            event[field] = json!(text);
        })
    }

    fn twice(&mut self) -> Message {
        let payload = self.event().to_string().replacen('{', r#"{"ticket":"A003","#, 1);
        self.bad(payload.into_bytes())
    }

    fn large(&mut self) -> Message {
        let note = "x".repeat((TOO_LARGE + self.seed.below(40 * 1024)) as usize);
        self.bad_event(|_, event| event["note"] = json!(note))
    }

    fn deep(&mut self) -> Message {
        let depth = 1 + self.seed.below(5_000) as usize;
        let nested = format!(r#""ticket":{}{}"#, "[".repeat(depth), "]".repeat(depth));
        let payload = self.event().to_string();
        let ticket = format!(r#""ticket":"B{}""#, self.seq);
        self.bad(payload.replacen(&ticket, &nested, 1).into_bytes())
    }

    fn broken_sign(&mut self) -> Message {
        let (sign, other) = [("\":", "\"="), ("\",\"", "\";\""), ("{", "("), ("}", "]")][self.seed.below(4) as usize];
        let payload = self.event().to_string().replacen(sign, other, 1);
        self.bad(payload.into_bytes())
    }

    fn bad_bytes(&mut self) -> Message {
        let mut payload = self.event().to_string().into_bytes();
        let place = 1 + self.seed.below(payload.len() as u64 - 2) as usize;
        payload.insert(place, [0xff, 0xfe, 0xc0, 0x80][self.seed.below(4) as usize]);
        self.bad(payload)
    }

    fn control_character(&mut self) -> Message {
        let sign = char::from(self.seed.below(9) as u8);
        let payload = self.event().to_string().replacen("dat-dai", &format!("dat{sign}dai"), 1);
        self.bad(payload.into_bytes())
    }

    fn wrong_device(&mut self) -> Message {
        let mut event = self.event();
        let (device, kind) = [
            ("kiosk/kiosk-1", "ticket.called"),
            ("rating/tablet", "ticket.issued"),
            ("camera/cam-1", "ticket.issued"),
            ("counter/q1", "service.staffing"),
        ][self.seed.below(4) as usize];
        event["type"] = json!(kind);
        event["open_counters"] = json!(1);
        self.message(device, event.to_string().into_bytes())
    }

    /// The number of an event that was accepted, with something else in it.
    fn conflict(&mut self) -> Message {
        let mut event = self.event();
        (event["boot"], event["seq"]) = (json!("good"), json!(1 + self.seed.below(self.good)));
        self.message("gateway/honest", event.to_string().into_bytes())
    }

    fn more_after_the_end(&mut self) -> Message {
        let more = ["x", "{}", ",", "]", "\0"][self.seed.below(5) as usize];
        let payload = self.event().to_string() + more;
        self.bad(payload.into_bytes())
    }

    fn no_object(&mut self) -> Message {
        let payload = ["[1,2]", "7", "null", "true", "\"text\"", "[{}]", " ", "\n"][self.seed.below(8) as usize];
        self.bad(payload.as_bytes().to_vec())
    }

    fn bad_number(&mut self) -> Message {
        let seq = ["-1", "0", "1.5", "1e400", "99999999999999999999", "\"one\"", "NaN", "01", "[]"];
        let seq = seq[self.seed.below(9) as usize];
        let event = self.event().to_string();
        let payload = event.replacen(&format!(r#""seq":{}"#, self.seq), &format!(r#""seq":{seq}"#), 1);
        self.bad(payload.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_is_good_and_every_harm_harms() {
        let mut generator = Generator::new(Seed::new(5), "s");
        let good = (0..2_000).filter(|_| generator.next_message().good).count();
        assert_eq!((good, generator.good(), generator.made()), (20, 20, 2_000));
        for harm in HARMS {
            let good = generator.event().to_string();
            let bad = harm(&mut generator);
            assert!(!bad.good && bad.payload != good.as_bytes() && !bad.payload.is_empty());
        }
    }
}
