//! R17: readers that are cut off, fall behind and come back at random, behind a link to the broker
//! that does the same, and a collector that starts again. Whatever a reader folds is at every step
//! the board that the collector had at that `seq`.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;
use std::time::Instant;

use domain::board::{Board, Message, fold};
use serde_json::{Map, Value, json};
use tokio::sync::broadcast::error::TryRecvError;

use crate::live::{Site, Subscription, View};
use crate::testing::{board_text, site_id};

/// The lists of a board and what their rows are known by.
const LISTS: [(&str, &str); 7] = [
    ("services", "service"),
    ("counters", "counter"),
    ("calls", "call_seq"),
    ("missed", "ticket"),
    ("zones", "zone"),
    ("devices", "device"),
    ("alerts", "alert"),
];
/// What the public does not see.
const HIDDEN: [&str; 4] = ["devices", "alerts", "ingest", "storage"];

/// SplitMix64: the same seed gives the same run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

/// A board as its members, and its lists as rows by their keys: in no order.
fn by_key(board: &Value) -> Value {
    let mut members = board.as_object().unwrap().clone();
    members.remove("seq");
    for (list, key) in LISTS {
        let rows = members.remove(list).unwrap_or_default();
        let rows = rows.as_array().into_iter().flatten();
        let rows: Map<String, Value> = rows.map(|row| (row[key].to_string(), row.clone())).collect();
        members.insert(list.to_owned(), Value::Object(rows));
    }
    Value::Object(members)
}

/// The same as the public sees it.
fn public(board: &Value) -> Value {
    let mut members = board.as_object().unwrap().clone();
    for name in HIDDEN {
        members.remove(name);
    }
    for list in ["devices", "alerts"] {
        members.insert(list.to_owned(), json!({}));
    }
    for row in members["counters"].as_object_mut().unwrap().values_mut() {
        row.as_object_mut().unwrap().retain(|name, _| name != "ratings" && name != "utilisation");
    }
    Value::Object(members)
}

/// The collector: one board that changes, and every board that it had.
struct Collector {
    board: Value,
    seq: u64,
    had: BTreeMap<u64, Value>,
    /// What the broker keeps.
    retained: Vec<u8>,
}

impl Collector {
    fn new() -> Self {
        let board: Value = serde_json::from_slice(&board_text(7)).unwrap();
        let mut collector = Self { board, seq: 7, had: BTreeMap::new(), retained: Vec::new() };
        collector.remember();
        collector.publish();
        collector
    }

    fn remember(&mut self) {
        self.had.insert(self.seq, self.board.clone());
        if self.had.len() > 400 {
            self.had.pop_first();
        }
    }

    fn publish(&mut self) -> Vec<u8> {
        self.board["seq"] = self.seq.into();
        self.retained = serde_json::to_vec(&self.board).unwrap();
        self.retained.clone()
    }

    /// Something changes; what is said of it.
    fn change(&mut self, random: &mut Random) -> Vec<u8> {
        let prev = self.seq;
        self.seq += 1 + random.below(2);
        let as_of =
            format!("2026-11-23T01:{:02}:{:02}.{:03}Z", random.below(60), random.below(60), random.below(1_000));
        let mut delta = json!({"type": "delta", "prev": prev, "seq": self.seq, "as_of": as_of});
        self.board["as_of"] = as_of.into();
        for _ in 0..=random.below(3) {
            self.change_one(random, &mut delta);
        }
        self.remember();
        serde_json::to_vec(&delta).unwrap()
    }

    fn change_one(&mut self, random: &mut Random, delta: &mut Value) {
        let (list, key) = LISTS[random.below(7) as usize];
        if random.below(5) == 0 {
            let (name, value) = match random.below(3) {
                0 => ("name", json!(format!("Tam Kỳ {}", random.below(9)))),
                1 => ("ratings", json!({"n": random.below(90), "by_level": {}, "unbound": random.below(9)})),
                _ => (
                    "ingest",
                    json!({"accepted": random.below(999), "duplicate": 0, "late": 0, "unmatched": 0, "dead_letter": 0}),
                ),
            };
            self.board[name] = value.clone();
            delta[name] = value;
            return;
        }
        // A row stands in a delta once, and a key that is gone is not replaced by the same delta.
        let id = if list == "calls" { json!(990 + random.below(6)) } else { json!(key_text(list, random.below(4))) };
        let said = |rows: &Value| rows.as_array().into_iter().flatten().any(|row| row[key] == id || *row == id);
        let gone = if list == "zones" { json!(format!("cam-1+{}", id.as_str().unwrap())) } else { id.clone() };
        let removed = delta["removed"][list].as_array().into_iter().flatten().any(|other| *other == gone);
        if said(&delta[list]) || removed {
            return;
        }
        let rows = self.board[list].as_array_mut().unwrap();
        let place = rows.iter().position(|row| row[key] == id);
        match place {
            Some(place) if random.below(4) == 0 => {
                rows.remove(place);
                push(&mut delta["removed"][list], gone);
            }
            _ => {
                let row = row(list, key, &id, random);
                match place {
                    Some(place) => rows[place] = row.clone(),
                    None => rows.push(row.clone()),
                }
                push(&mut delta[list], row);
            }
        }
    }

    /// Another process: nothing is told of how its board came about, and it counts from further on.
    fn start_again(&mut self, random: &mut Random) {
        for _ in 0..random.below(6) {
            drop(self.change(random));
        }
        self.seq += 1_000_000_000;
        self.remember();
    }
}

fn push(list: &mut Value, row: Value) {
    match list {
        Value::Array(rows) => rows.push(row),
        other => *other = json!([row]),
    }
}

fn key_text(list: &str, n: u64) -> String {
    if list == "missed" { format!("A00{n}") } else { format!("{}-{n}", &list[..4]) }
}

fn row(list: &str, key: &str, id: &Value, random: &mut Random) -> Value {
    static SAMPLES: LazyLock<Vec<Value>> =
        LazyLock::new(|| (0..20).map(|seq| serde_json::from_slice(&board_text(seq)).unwrap()).collect());
    let mut row = SAMPLES[random.below(20) as usize][list][0].clone();
    row[key] = id.clone();
    row
}

/// A reader, as `ws` serves it, and what it has folded.
struct Reader {
    view: View,
    frames: Option<Subscription>,
    board: Option<Board>,
}

impl Reader {
    fn come(&mut self, site: &Site) {
        let mut frames = site.subscribe().unwrap();
        if let Some(version) = frames.version.take() {
            self.hear(&version.snapshot(self.view));
        }
        self.frames = Some(frames);
    }

    /// Goes, comes back, reads or sleeps; how often it has come back.
    fn live_on(&mut self, site: &Site, random: &mut Random, collector: &Collector) -> u64 {
        match random.below(40) {
            0 => self.frames = None,
            1..4 if self.frames.is_none() => {
                self.come(site);
                self.judge(collector);
                return 1;
            }
            4..8 => self.read(site, random.below(80), collector),
            _ => {}
        }
        0
    }

    /// Reads what has come, up to so many frames.
    fn read(&mut self, site: &Site, most: u64, collector: &Collector) {
        for frame in 1..=most {
            let Some(frames) = &mut self.frames else { return };
            match frames.frames.try_recv() {
                Ok(frame) => self.hear(&frame.text(self.view)),
                Err(TryRecvError::Lagged(_)) => self.come(site),
                Err(TryRecvError::Empty | TryRecvError::Closed) => {
                    let (ours, theirs) = (self.board.as_ref().map(|board| board.seq), site.version());
                    assert_eq!(ours, theirs.map(|version| version.board().seq), "a reader with everything is there");
                    break;
                }
            }
            // To compare costs more than all the rest: in between now and then, at the end always.
            if frame % 16 == 0 {
                self.judge(collector);
            }
        }
        self.judge(collector);
    }

    fn hear(&mut self, text: &str) {
        match serde_json::from_str(text).unwrap() {
            Message::Snapshot { seq, board } => {
                assert_eq!(seq, board.seq);
                self.board = Some(board);
            }
            Message::Delta(delta) => fold(self.board.as_mut().unwrap(), delta).unwrap(),
            Message::Alive { seq, .. } => assert_eq!(Some(seq), self.board.as_ref().map(|board| board.seq)),
        }
    }

    fn judge(&self, collector: &Collector) {
        let Some(board) = &self.board else { return };
        // A reader far behind may hold a board that is forgotten here; it is judged when it catches up.
        let Some(had) = collector.had.get(&board.seq).map(by_key) else { return };
        let should = if self.view == View::Full { had } else { public(&had) };
        assert_eq!(by_key(&serde_json::to_value(board).unwrap()), should, "{:?} at {}", self.view, board.seq);
    }
}

/// The link between the collector and the dashboard.
struct Link<'s> {
    site: &'s Site,
    up: bool,
}

impl Link<'_> {
    fn delta(&self, json: &[u8]) {
        if self.up {
            // What does not follow is an error that the feed counts; the next board mends it.
            drop(self.site.on_delta(json));
        }
    }

    fn board(&self, json: &[u8]) {
        if self.up {
            self.site.on_board(json).unwrap();
        }
    }
}

fn run(seed: u64, steps: u64) -> u64 {
    let (mut random, site) = (Random(seed), Site::new(site_id()));
    let mut collector = Collector::new();
    let mut link = Link { site: &site, up: true };
    let mut readers = [View::Full, View::Public, View::Full].map(|view| Reader { view, frames: None, board: None });
    let mut resumed = 0;
    link.board(&collector.retained);
    for _ in 0..steps {
        match random.below(100) {
            0..70 => link.delta(&collector.change(&mut random)),
            70..76 => {
                let alive = json!({"type": "alive", "seq": collector.seq, "as_of": collector.board["as_of"]});
                link.delta(&serde_json::to_vec(&alive).unwrap());
            }
            76..88 => link.board(&collector.publish()),
            88..90 => link.up = false,
            90..94 if !link.up => {
                link.up = true;
                site.mark_broken();
                link.board(&collector.retained);
            }
            94 => {
                collector.start_again(&mut random);
                link.board(&collector.publish());
            }
            _ => {}
        }
        for reader in &mut readers {
            resumed += reader.live_on(&site, &mut random, &collector);
        }
    }
    link.up = true;
    site.mark_broken();
    link.board(&collector.publish());
    all_have_the_last_board(&mut readers, &site, &collector);
    resumed
}

fn all_have_the_last_board(readers: &mut [Reader], site: &Site, collector: &Collector) {
    for reader in readers {
        reader.come(site);
        reader.read(site, u64::MAX, collector);
        let has = reader.board.as_ref().map(|board| board.seq);
        assert_eq!(has, Some(collector.seq), "in the end all have the last board");
    }
}

#[test]
fn r17_a_reader_that_is_cut_and_comes_back_has_the_collector_s_board_at_every_step() {
    let (full, began) = (std::env::var("MOTCUA_TORTURE").is_ok_and(|size| size == "full"), Instant::now());
    let seed = std::env::var("MOTCUA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(17);
    let steps = if full { 1_000_000 } else { 50_000 };
    println!("seed {seed}");
    let resumed = run(seed, steps);
    let (size, seconds) = (if full { "full" } else { "ci" }, began.elapsed().as_secs_f64());
    let line = format!(
        r#"{{"scenario":"R17","size":"{size}","what":"steps","n":{steps},"resumed":{resumed},"differences":0,"seconds":{seconds:.1}}}"#
    );
    println!("{line}");
    if let Some(path) = std::env::var_os("MOTCUA_FIGURES") {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        writeln!(file.unwrap(), "{line}").unwrap();
    }
}
