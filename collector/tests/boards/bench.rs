//! A collector without a broker: door, journal and dataflow, as they are.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use collector::engine::{Engine, Group};
use collector::flow::{Extent, Item, Output, Record, SiteIx, Told};
use collector::ingest::Door;
use collector::recover;
use collector::snapshot::{self, Body, Snapshot};
use domain::Timestamp;
use domain::board::Board;
use journal::{Journal, Options, Reader};
use mqtt_config::session::{Inbound, Qos};
use mqtt_config::settings::{BrokerLogin, Clock, DiskSettings, History, Http, Runtime, Sites};
use proptest::prelude::*;

/// A collector without a broker.
pub struct Bench {
    pub dir: tempfile::TempDir,
    pub door: Door,
    pub engine: Engine,
    outputs: Arc<Mutex<Vec<Output>>>,
    told: Arc<Mutex<Vec<Told>>>,
    seq: u64,
}

pub fn runtime(dir: &tempfile::TempDir, clock: Clock) -> Runtime {
    Runtime {
        data_dir: dir.path().to_owned(),
        mqtt: BrokerLogin { host: "127.0.0.1".into(), port: 1, username: None, password_file: None },
        http: Http { bind: ([127, 0, 0, 1], 0).into(), tls: None, behind_proxy: false },
        sites: Sites::Discover { time_zone: "Asia/Ho_Chi_Minh".into() },
        clock,
        workers: 1,
        dedupe_memory_mib: mqtt_config::settings::DEDUPE_MEMORY_MIB,
        snapshot_records: mqtt_config::settings::SNAPSHOT_RECORDS,
        disk: DiskSettings::default(),
        history: History::default(),
        open_access: true,
    }
}

impl Bench {
    pub fn new(clock: Clock, workers: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(&recover::journal_dir(dir.path()), Options::default()).unwrap();
        let outputs = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::new(Mutex::new(Vec::new()));
        let (boards, days) = (Arc::clone(&outputs), Arc::clone(&told));
        let give = move |outputs: Vec<Output>| {
            for mut output in outputs {
                match output.told.take() {
                    Some(told) => days.lock().unwrap().push(*told),
                    None => boards.lock().unwrap().push(output),
                }
            }
        };
        let engine = Engine::start(workers, 1_000, Arc::new(give)).unwrap();
        let door = Door::new(journal, clock, Some("Asia/Ho_Chi_Minh".into()));
        Self { dir, door, engine, outputs, told, seq: 0 }
    }

    /// What history was told since this was last asked.
    pub fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    pub fn say(&mut self, site: &str, ts: Timestamp, rest: &str) {
        self.seq += 1;
        let id = uuid::Uuid::from_u128(u128::from(self.seq));
        let payload = format!(r#"{{"id":"{id}","boot":"b","seq":{},"ts":"{ts}",{rest}}}"#, self.seq);
        self.raw(site, ts, &payload);
    }

    pub fn raw(&mut self, site: &str, rx: Timestamp, payload: &str) {
        let inbound = Inbound {
            topic: Bytes::from(format!("motcua/v1/{site}/gateway/g1/evt")),
            payload: Bytes::from(payload.to_owned()),
            qos: Qos::AtLeastOnce,
            retain: false,
            dup: false,
            ack: None,
        };
        self.door.message(&inbound, rx, true);
    }

    /// Shows every site and returns what went out.
    pub fn show(&mut self, as_of: Timestamp, extent: Extent) -> Vec<Output> {
        for ix in 0..self.door.sites().len() as SiteIx {
            self.door.evaluate(ix, as_of, extent);
        }
        self.door.journal().flush().unwrap();
        let records = self.door.take_records();
        self.outputs_of(records, self.door.sites().len())
    }

    /// Takes a snapshot of everything that came in so far and writes it.
    pub fn keep(&mut self) -> Snapshot {
        self.door.journal().flush().unwrap();
        self.engine.give(Group { records: self.door.take_records() }).unwrap().unwrap();
        let offset = self.door.journal().next_offset() - 1;
        let begun = self.door.sites().iter().filter(|site| site.day.is_some()).map(|site| site.ix);
        let records: Vec<_> = begun.map(|site| Record { site, item: Item::Keep(offset) }).collect();
        let (door, expected) = (self.door.state(), records.len());
        let outputs = self.outputs_of(records, expected);
        let mut sites: Vec<_> = outputs.into_iter().filter_map(|out| Some((out.ix, *out.kept?.1))).collect();
        sites.sort_by_key(|(ix, _)| *ix);
        let mut reader = Reader::open(&recover::journal_dir(self.dir.path()), offset).unwrap();
        let print = reader.next_record().unwrap().map(|record| snapshot::print_of(&record)).unwrap();
        let kept = Snapshot { offset, print, body: Body { seq_base: 1_000, recorded_time: true, door, sites } };
        kept.write(&snapshot::dir_of(self.dir.path())).unwrap();
        kept
    }

    /// Gives a group and waits for what as many sites say to it.
    fn outputs_of(&mut self, records: Vec<Record>, sites: usize) -> Vec<Output> {
        self.engine.give(Group { records }).unwrap().unwrap();
        loop {
            let mut outputs = self.outputs.lock().unwrap();
            if outputs.len() >= sites {
                return std::mem::take(&mut *outputs);
            }
            drop(outputs);
            std::thread::yield_now();
        }
    }

    pub fn board(&mut self, as_of: Timestamp) -> Board {
        let outputs = self.show(as_of, Extent::Whole { board: true });
        serde_json::from_slice(outputs[0].board.as_deref().expect("a board that differs")).unwrap()
    }
}

pub fn at(s: i64) -> Timestamp {
    Timestamp::parse("2026-11-23T08:00:00+07:00").unwrap().plus(s * 1_000)
}

#[derive(Debug, Clone)]
pub enum Act {
    Say(i64, String),
    Show(bool),
}

pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0_i64..200, 0_u8..12, 1_u8..8, 1_u8..4).prop_map(|(gap, kind, ticket, n)| match kind {
        0..=2 => Act::Say(
            gap,
            format!(r#""type":"ticket.issued","ticket":"A{ticket}","service":"s{n}","priority":"normal""#),
        ),
        3 | 4 => Act::Say(gap, format!(r#""type":"ticket.called","ticket":"A{ticket}","counter":"q{n}""#)),
        5 => Act::Say(gap, format!(r#""type":"ticket.finished","ticket":"A{ticket}","counter":"q{n}""#)),
        6 => Act::Say(gap, format!(r#""type":"ticket.no_show","ticket":"A{ticket}""#)),
        7 => Act::Say(gap, format!(r#""type":"counter.opened","counter":"q{n}","services":["s{n}"]"#)),
        8 => Act::Say(gap, format!(r#""type":"rating.pressed","level":"satisfied","counter":"q{n}""#)),
        9 => Act::Say(gap * 200, r#""type":"camera.occupancy","camera":"c","zone":"z","level":0.5"#.into()),
        10 => Act::Show(false),
        _ => Act::Show(true),
    });
    prop::collection::vec(act, 1..80)
}
