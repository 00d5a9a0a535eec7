//! What must hold of a day, judged from the journal's records and from what the devices know.

use std::collections::BTreeSet;

use std::path::Path;

use bytes::Bytes;
use collector::ingest::Door;
use collector::ops;
use collector::record::Kind;
use collector::recover::journal_dir;
use domain::Timestamp;
use domain::board::Board;
use journal::faulty::Disk;
use journal::{Journal, Options};
use mqtt_config::session::{Inbound, Qos};
use mqtt_config::settings::Clock;
use serde_json::Value;

use crate::disk;
use crate::node::{Node, Setting};
use crate::screen::differences;
use crate::truth::{self, Said};
use crate::world::World;

/// What the journal holds, read without the collector.
#[derive(Debug, Default)]
pub struct Held {
    pub accepted: Vec<Said>,
    /// (device, boot, seq) of everything that is durable, dead letters among it.
    keys: BTreeSet<(String, String, u64)>,
    pub dead: usize,
}

impl Held {
    /// Reads all of it.
    ///
    /// # Errors
    /// When something was counted twice.
    pub fn read(disk: &Disk) -> Result<Self, String> {
        let mut held = Self::default();
        let mut ids = BTreeSet::new();
        let mut reader = disk::reader(disk, 1).map_err(|error| error.to_string())?;
        while let Some(record) = reader.next_record().map_err(|error| error.to_string())? {
            let topic = String::from_utf8(record.topic.to_vec()).unwrap();
            let device = topic.split('/').nth(4).unwrap_or_default().to_owned();
            let json = record.payload.split(|byte| *byte == b'\n').next().unwrap();
            let is_event = record.kind == Kind::Event as u8;
            if !is_event && record.kind != Kind::DeadLetter as u8 {
                continue;
            }
            let fields: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
            let boot = fields["boot"].as_str().unwrap_or_default().to_owned();
            let seq = fields["seq"].as_u64().unwrap_or_default();
            if !held.keys.insert((device, boot, seq)) {
                return Err(format!("record {} was there before: {fields}", record.offset));
            }
            if !is_event {
                held.dead += 1;
                continue;
            }
            if !ids.insert(fields["id"].as_str().unwrap().to_owned()) {
                return Err(format!("counted twice: {fields}"));
            }
            if record.at_ms > record.rx_ms
                && fields["ts"].as_str() != Some(&Timestamp::from_ms(record.at_ms).to_string())
            {
                return Err(format!("record {} happened after it came", record.offset));
            }
            held.accepted.push(Said { at: record.at_ms, offset: record.offset, topic, fields });
        }
        Ok(held)
    }

    fn has(&self, world: &World, device: usize, boot: u32, seq: u64) -> bool {
        self.keys.contains(&(world.devices[device].id.to_owned(), format!("b{boot}"), seq))
    }
}

impl World {
    /// Whatever a device was told to forget is in the journal, and nothing in it counts twice.
    ///
    /// # Errors
    /// What is missing, or is there twice.
    pub fn check_journal(&self) -> Result<(), String> {
        let held = Held::read(&self.disk)?;
        for (id, spoken) in &self.spoken {
            let acked = self.devices[spoken.device].acked.get(&spoken.boot).copied().unwrap_or(0);
            let must = spoken.seq <= acked && !spoken.forgotten;
            if must && !held.has(self, spoken.device, spoken.boot, spoken.seq) {
                return Err(format!("event {id} was acknowledged and is gone: {spoken:?}"));
            }
        }
        Ok(())
    }

    /// The end of the day, when everything has come to rest: what was said is counted, once, in its
    /// place, and every figure is right. Returns the hash of the state.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check_end(&mut self) -> Result<String, String> {
        self.check_journal()?;
        let held = Held::read(&self.disk)?;
        for (id, spoken) in &self.spoken {
            if !spoken.forgotten && !held.has(self, spoken.device, spoken.boot, spoken.seq) {
                return Err(format!("event {id} is missing: {spoken:?}"));
            }
        }
        self.check_times(&held)?;
        let board = self.final_board()?;
        let as_of = board.as_of.ms();
        let wall = self.setting.clock == Clock::Wall;
        let truth = truth::fold(held.accepted.clone(), as_of, wall);
        let (should, is) = (truth.lines(as_of, held.accepted.len(), held.dead), truth::lines_of(&board));
        if should != is {
            let missing: Vec<_> = should.difference(&is).collect();
            let wrong: Vec<_> = is.difference(&should).collect();
            return Err(format!("the board is wrong at {as_of}.\nshould: {missing:#?}\nis: {wrong:#?}"));
        }
        let kept = disk::directory();
        disk::copy(&self.disk, kept.path());
        let hash = ops::state_hash(kept.path()).map_err(|error| error.to_string())?;
        let ordered = self.ordered_hash(&held)?;
        if hash != ordered {
            return Err("the state is not that of the same events in their order, each once".into());
        }
        self.check_restart(&board)?;
        Ok(hash)
    }

    /// Where a device's clock could be known, its events are where they happened.
    fn check_times(&self, held: &Held) -> Result<(), String> {
        if self.setting.clock == Clock::Event {
            return Ok(());
        }
        for said in &held.accepted {
            let id = u64::from_str_radix(&said.fields["id"].as_str().unwrap()[24..], 16).unwrap();
            let spoken = &self.spoken[&id];
            let device = &self.devices[spoken.device];
            let off = said.at - spoken.at;
            // An event of a boot that was never measured is put where it arrived.
            let known = device.tells_up_ms() && device.measured.contains(&spoken.boot);
            if known && !(-4_000..=4_000).contains(&off) {
                return Err(format!("event {id} is {off} ms off: {spoken:?} {device:?}"));
            }
        }
        Ok(())
    }

    /// The whole board as it is told now.
    fn final_board(&mut self) -> Result<Board, String> {
        let node = self.node.as_mut().unwrap();
        let (_, mut outputs) = node.tick(self.now);
        outputs.extend(node.again(self.now));
        node.sync();
        for output in &outputs {
            self.screen.take(output)?;
        }
        self.screen.board().cloned().ok_or_else(|| "no board".to_owned())
    }

    /// The state of a run without a fault: every event once, in the order in which it happened.
    fn ordered_hash(&self, held: &Held) -> Result<String, String> {
        let mut said = held.accepted.clone();
        said.sort_by_key(|event| (event.at, event.offset));
        let (dir, clock) = (disk::directory(), self.setting.clock);
        let mut door = door(&self.setting, dir.path());
        if let (Some(config), Some(first)) = (&self.setting.config, said.first()) {
            door.configure(config.clone(), Timestamp::from_ms(first.at)).unwrap();
        }
        for mut event in said {
            let at = Timestamp::from_ms(event.at);
            event.fields["ts"] = Value::String(at.to_string());
            event.fields.as_object_mut().unwrap().remove("up_ms");
            if clock == Clock::Wall {
                door.turn_days(at);
            }
            door.message(&inbound(&event.topic, &event.fields.to_string()), at, true);
        }
        door.turn_days(Timestamp::from_ms(self.now));
        door.journal().flush().unwrap();
        ops::state_hash(dir.path()).map_err(|error| error.to_string())
    }

    /// One more crash at the very end, and the same board comes back.
    fn check_restart(&mut self, before: &Board) -> Result<(), String> {
        self.node = None;
        self.disk.crash(self.trace.0);
        let started = Node::start(&self.setting, &self.disk, self.snapshot.as_deref(), self.now);
        let (mut node, mut outputs) = started.map_err(|error| error.to_string())?;
        outputs.extend(node.again(self.now));
        let told = outputs.iter().filter_map(|output| output.board.as_ref()).next_back().ok_or("no board")?;
        let after: Board = serde_json::from_slice(told).map_err(|error| error.to_string())?;
        let steady = |board: &Board| {
            let mut board = board.clone();
            // What devices say of themselves is the broker's to tell again.
            (board.seq, board.devices, board.alerts, board.zones) = (0, Vec::new(), Vec::new(), Vec::new());
            if let Some(ingest) = &mut board.ingest {
                ingest.duplicate = 0;
            }
            board
        };
        let (before, after) = (steady(before), steady(&after));
        let differs = differences(&before, &after);
        if differs.is_empty() { Ok(()) } else { Err(format!("a restart changed the board: {differs}")) }
    }
}

/// A door over an empty journal in a data directory.
pub fn door(setting: &Setting, data_dir: &Path) -> Door {
    let (journal, _) = Journal::open(&journal_dir(data_dir), Options::default()).unwrap();
    let discover = setting.config.is_none().then(|| "Asia/Ho_Chi_Minh".to_owned());
    Door::new(journal, setting.clock, discover)
}

/// A message as the broker delivers it.
pub fn inbound(topic: &str, payload: &str) -> Inbound {
    Inbound {
        topic: Bytes::from(topic.to_owned()),
        payload: Bytes::from(payload.to_owned()),
        qos: Qos::AtLeastOnce,
        retain: false,
        dup: false,
        ack: None,
    }
}
