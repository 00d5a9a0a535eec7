//! A screen that believes nothing: whatever is killed meanwhile, every board that it folds is held
//! against what the devices have said so far. What it finds wrong is kept, not thrown.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::crowd::Crowd;
use super::publisher::Ledger;
use super::script::{Device, Script};
use crate::oracle::What;
use crate::socket::Screen;

/// A restart takes longer than this; a screen tries again as soon.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(100);
const ONE_LOOK: Duration = Duration::from_millis(200);
/// A server that has just begun may know only what was kept a moment ago. So long a screen goes on
/// showing the newer board that it has; after that it would show the older one.
const OLDER_FOR: Duration = Duration::from_secs(5);
/// As many mistakes are kept: the first tell what is wrong.
const KEPT: usize = 20;

/// What a call is to a citizen: number, counter, instant.
type Call = (String, String, String);

/// One watched site.
#[derive(Debug)]
pub struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Seen>>,
}

#[derive(Debug)]
struct Shared {
    address: Mutex<String>,
    over: AtomicBool,
    messages: AtomicU64,
}

/// What a watch has seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Boards and deltas that were held against the truth.
    pub messages: u64,
    /// Different calls.
    pub calls: usize,
    /// Connections that were made.
    pub connections: u64,
    /// Boards older than the one shown, which a screen does not show.
    pub held_back: u64,
    /// What was wrong.
    pub mistakes: Vec<String>,
}

impl Watch {
    /// Watches a site of the script on the dashboard at `address`.
    #[must_use]
    pub fn start(address: &str, site: &str, script: &Script, crowd: &Crowd) -> Self {
        let shared = Arc::new(Shared {
            address: Mutex::new(address.to_owned()),
            over: AtomicBool::new(false),
            messages: AtomicU64::new(0),
        });
        let truth = Truth::new(site, script, crowd);
        let (site, watched) = (site.to_owned(), Arc::clone(&shared));
        let eye = Eye { truth, site, shared: watched, seen: Seen::default(), seq: 0, older_since: None };
        let thread = thread::spawn(move || eye.run());
        Self { shared, thread: Some(thread) }
    }

    /// The dashboard is somewhere else from now on.
    pub fn moved(&self, address: &str) {
        address.clone_into(&mut self.shared.address.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Messages that were held against the truth so far.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.shared.messages.load(Ordering::Relaxed)
    }

    /// Stops looking.
    ///
    /// # Panics
    /// When the watch itself failed.
    #[must_use]
    pub fn end(mut self) -> Seen {
        self.shared.over.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("it is taken only here");
        thread.join().expect("a watch keeps what is wrong and does not fail")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
    }
}

/// What may be shown of a site at this moment.
struct Truth {
    /// Each device's own ledger.
    ledgers: Vec<(Device, Arc<Ledger>)>,
    /// Each call of the script: which device says it, and as which of its events.
    calls: HashMap<Call, (usize, u64)>,
}

impl Truth {
    fn new(site: &str, script: &Script, crowd: &Crowd) -> Self {
        let of_site = |device: &Device| device.site == site;
        let ledgers: Vec<_> = crowd.ledgers.iter().filter(|(device, _)| of_site(device)).cloned().collect();
        let mut calls = HashMap::new();
        for part in script.parts.iter().filter(|part| of_site(&part.device)) {
            let Some(who) = ledgers.iter().position(|(device, _)| *device == part.device) else { continue };
            for (line, seq) in part.lines.iter().zip(1..) {
                let happening = &script.happenings[line.place as usize];
                if let What::Called { ticket, counter: Some(counter) } = &happening.what {
                    calls.insert((ticket.clone(), counter.clone(), happening.at.to_string()), (who, seq));
                }
            }
        }
        Self { ledgers, calls }
    }

    fn said(&self, kind: &str, id: Option<&str>) -> u64 {
        let is_it = |device: &Device| device.kind == kind && id.is_none_or(|id| device.id == id);
        let ledgers = self.ledgers.iter().filter(|(device, _)| is_it(device));
        ledgers.map(|(_, ledger)| ledger.said.load(Ordering::SeqCst)).sum()
    }

    fn all_said(&self) -> u64 {
        self.ledgers.iter().map(|(_, ledger)| ledger.said.load(Ordering::SeqCst)).sum()
    }

    /// Whether this call was made by then.
    fn was_called(&self, call: &Call) -> bool {
        let made = self.calls.get(call);
        made.is_some_and(|(who, seq)| self.ledgers[*who].1.said.load(Ordering::SeqCst) >= *seq)
    }
}

struct Eye {
    truth: Truth,
    site: String,
    shared: Arc<Shared>,
    seen: Seen,
    /// The newest board's, over all connections.
    seq: u64,
    /// Since when older ones come.
    older_since: Option<Instant>,
}

impl Eye {
    fn run(mut self) -> Seen {
        let mut memory = Memory::default();
        while !self.over() {
            let address = self.shared.address.lock().unwrap_or_else(PoisonError::into_inner).clone();
            // No board yet, or nobody there: a screen tries again.
            let Ok(mut screen) = Screen::open(&address, &self.site) else {
                thread::park_timeout(BETWEEN_ATTEMPTS);
                continue;
            };
            self.seen.connections += 1;
            self.look(&screen.board, &mut memory);
            while !self.over() {
                // What is not the contract's is a mistake; a lost connection is not.
                match screen.hear(ONE_LOOK) {
                    Ok(None) => {}
                    Ok(Some(_)) => self.look(&screen.board, &mut memory),
                    Err(why) if why.starts_with("lost") || why.starts_with("closed") => break,
                    Err(why) => {
                        self.mistake(why);
                        break;
                    }
                }
                screen.history.clear();
            }
        }
        self.seen.calls = memory.by_seq.len();
        self.seen
    }

    fn over(&self) -> bool {
        self.shared.over.load(Ordering::Relaxed)
    }

    fn mistake(&mut self, what: String) {
        if self.seen.mistakes.len() < KEPT {
            self.seen.mistakes.push(format!("{}: {what}", self.site));
        }
    }

    fn look(&mut self, board: &Value, memory: &mut Memory) {
        self.seen.messages += 1;
        self.shared.messages.fetch_add(1, Ordering::Relaxed);
        let seq = board["seq"].as_u64().unwrap_or_default();
        if seq < self.seq {
            self.seen.held_back += 1;
            if self.older_since.get_or_insert_with(Instant::now).elapsed() > OLDER_FOR {
                self.mistake(format!("seq stays at {seq} although {} was shown", self.seq));
            }
            return;
        }
        (self.seq, self.older_since) = (seq, None);
        for what in memory.counts(board, &self.truth).into_iter().chain(memory.calls(board, &self.truth)) {
            self.mistake(what);
        }
    }
}

/// What was shown before.
#[derive(Default)]
struct Memory {
    accepted: u64,
    by_seq: HashMap<u64, Call>,
    seq_of: HashMap<Call, u64>,
}

impl Memory {
    /// No figure is beyond what was said, and what is counted for ever never goes back.
    fn counts(&mut self, board: &Value, truth: &Truth) -> Vec<String> {
        let mut mistakes = Vec::new();
        let mut at_most = |what: &str, shown: u64, said: u64| {
            if shown > said {
                mistakes.push(format!("{what} shows {shown}, and only {said} were ever said"));
            }
        };
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let ingest = &board["ingest"];
        let accepted = number(&ingest["accepted"]);
        at_most("accepted", accepted, truth.all_said());
        at_most("dead_letter", number(&ingest["dead_letter"]), 0);
        for row in board["services"].as_array().into_iter().flatten() {
            let issuer = if row["service"] == "ho-tich" { "gateway" } else { "kiosk" };
            let issued = truth.said(issuer, None);
            at_most("waiting", number(&row["waiting"]), issued);
            at_most("arrivals", number(&row["arrivals"]), issued);
        }
        for row in board["counters"].as_array().into_iter().flatten() {
            let id = row["counter"].as_str().unwrap_or_default();
            let said = if id.starts_with("g-") { truth.said("gateway", None) } else { truth.said("counter", Some(id)) };
            at_most("served", number(&row["served"]), said);
        }
        let ratings = &board["ratings"];
        at_most("ratings", number(&ratings["n"]) + number(&ratings["unbound"]), truth.said("rating", None));
        if accepted < self.accepted {
            mistakes.push(format!("accepted goes from {} back to {accepted}", self.accepted));
        }
        self.accepted = self.accepted.max(accepted);
        mistakes
    }

    /// A call was made, has one number, and is shown under no other.
    fn calls(&mut self, board: &Value, truth: &Truth) -> Vec<String> {
        let mut mistakes = Vec::new();
        for row in board["calls"].as_array().into_iter().flatten() {
            let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
            let (seq, call) =
                (row["call_seq"].as_u64().unwrap_or_default(), (text("ticket"), text("counter"), text("ts")));
            if !truth.was_called(&call) {
                mistakes.push(format!("call {seq} of {call:?} was never made"));
            }
            let same_number = self.by_seq.entry(seq).or_insert_with(|| call.clone());
            if *same_number != call {
                mistakes.push(format!("call {seq} was {same_number:?} and is {call:?}"));
            }
            let number = *self.seq_of.entry(call.clone()).or_insert(seq);
            if number != seq {
                mistakes.push(format!("{call:?} was call {number} and is called again as {seq}"));
            }
        }
        mistakes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use serde_json::json;

    fn truth(said: u64) -> (Truth, Call) {
        let script = Script::write(&mut Seed::new(1), 1, 1, 200);
        let ledgers: Vec<_> =
            script.parts.iter().map(|part| (part.device.clone(), Arc::new(Ledger::default()))).collect();
        ledgers.iter().for_each(|(_, ledger)| ledger.said.store(said, Ordering::SeqCst));
        let conditions = Arc::new(crate::torture::publisher::Conditions::new(0));
        let crowd = Crowd::of(conditions, ledgers);
        let truth = Truth::new("site-0", &script, &crowd);
        let call = truth.calls.keys().min_by_key(|call| call.2.clone()).unwrap().clone();
        (truth, call)
    }

    fn board(call: &Call, seq: u64, accepted: u64) -> Value {
        json!({"ingest": {"accepted": accepted, "dead_letter": 0},
            "calls": [{"call_seq": seq, "ticket": call.0, "counter": call.1, "ts": call.2}]})
    }

    #[test]
    fn what_was_said_may_be_shown_and_nothing_else() {
        let (truth, call) = truth(1_000);
        let mut memory = Memory::default();
        assert!(memory.counts(&board(&call, 1, 6_000), &truth).is_empty());
        assert_eq!(memory.counts(&board(&call, 1, 7_001), &truth).len(), 1, "more than all devices said");
        assert_eq!(memory.counts(&board(&call, 1, 10), &truth).len(), 1, "fewer than before");
        let (silent, call) = self::truth(0);
        assert_eq!(Memory::default().calls(&board(&call, 1, 0), &silent).len(), 1, "never called");
    }

    #[test]
    fn a_call_is_called_once_under_one_number() {
        let (truth, call) = truth(1_000);
        let mut memory = Memory::default();
        assert!(memory.calls(&board(&call, 7, 0), &truth).is_empty());
        assert!(memory.calls(&board(&call, 7, 0), &truth).is_empty());
        assert_eq!(memory.calls(&board(&call, 8, 0), &truth).len(), 1, "called again");
    }
}
