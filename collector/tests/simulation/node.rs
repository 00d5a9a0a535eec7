//! The collector without its sockets and threads: the real door, journal, acknowledgements and
//! dataflow, in the order in which the run loop uses them (append, flush, hand to the dataflow;
//! sync apart; acknowledge what is durable). That loop owns a socket, so its order is repeated
//! here; what it calls is the real thing.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use collector::acks::Acks;
use collector::flow::{Extent, Item, Output, Record, SiteIx};
use collector::ingest::Door;
use collector::record::{Kind, StartRecord};
use collector::snapshot::{self, Body, Snapshot};
use domain::Timestamp;
use domain::config::SiteConfig;
use domain::dedupe::Span;
use journal::faulty::Disk;
use journal::{Error, NewRecord, Syncer};
use mqtt_config::session::{Inbound, Qos};
use mqtt_config::settings::Clock;
use mqtt_config::topics::{Channel, DeviceTopic};
use mqtt_config::wire;

use crate::broker::Message;
use crate::disk;
use crate::flow::Flow;

/// The topic of the collector's word to itself: it proves that the broker delivers.
pub const ECHO: &str = "echo";

/// Records that wait for the dataflow, at most.
const MOST_WAITING: usize = 64;
const SEQ_LEAP: u64 = 1_000_000_000;

/// What the collector says to a device.
pub struct Word {
    pub topic: String,
    pub payload: String,
    pub retain: bool,
}

/// How the collector is set up: the same at every start.
#[derive(Clone)]
pub struct Setting {
    pub clock: Clock,
    /// `None`: sites appear when first seen.
    pub config: Option<SiteConfig>,
}

/// What became of the last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    Well,
    /// The disk refuses for now: nothing more is read or acknowledged until it takes what there is.
    Refused,
    /// Nothing can be promised any more: the process has to end.
    Failed,
}

/// See the module.
pub struct Node {
    pub door: Door,
    syncer: Syncer,
    acks: Acks,
    flow: Flow,
    seq_base: u64,
    /// A snapshot that is not durable as far as it goes: the last record in it, and its bytes.
    pub pending: Option<(u64, Vec<u8>)>,
    /// Records that the dataflow has not been given yet: groups may be joined.
    waiting: Vec<Record>,
    /// Messages not acknowledged to the broker: the offset that must be durable, and their number.
    unacked: VecDeque<(u64, u64)>,
    pub writes: Writes,
    pub connected: bool,
    /// Whether what comes is neither retained nor was kept while we were away.
    live: bool,
    asked: BTreeMap<String, (SiteIx, Span)>,
    commands: u64,
    /// Something was appended since the last sync.
    pub unsynced: bool,
}

impl Node {
    /// Starts as the program does: journal, replay, a record of the start, configuration. Returns
    /// what the dataflow puts out.
    ///
    /// # Errors
    /// When the disk refuses: the supervisor tries again.
    pub fn start(
        setting: &Setting,
        disk: &Disk,
        snapshot: Option<&[u8]>,
        now: i64,
    ) -> Result<(Self, Vec<Output>), Error> {
        let mut door = empty_door(setting, disk)?;
        let syncer = door.journal().syncer();
        let (from, mut last_base, restored) = snapshot.map_or((0, None, Vec::new()), |bytes| restore(&mut door, bytes));
        let mut reader = disk::reader(disk, from + 1)?;
        while let Some(record) = reader.next_record()? {
            last_base = last_base.max(door.replay(&record).unwrap());
        }
        let fresh = u64::try_from(now).unwrap() * 1_000;
        let seq_base = last_base.map_or(fresh, |last: u64| fresh.max(last + SEQ_LEAP));
        let mut acks = Acks::default();
        let heard: BTreeSet<_> = door.devices().into_iter().chain(door.take_touched().devices).collect();
        heard.into_iter().for_each(|key| acks.touch(key, now));
        let start = wire::json(&StartRecord { seq_base, version: "0".to_owned() });
        door.journal().append(NewRecord {
            kind: Kind::Start as u8,
            rx_ms: now,
            at_ms: now,
            topic: b"",
            payload: start.as_bytes(),
        });
        if let Some(config) = &setting.config {
            door.configure(config.clone(), Timestamp::from_ms(now)).unwrap();
        }
        door.turn_days(Timestamp::from_ms(now));
        let mut node = Self {
            door,
            syncer,
            acks,
            flow: Flow::new(seq_base),
            seq_base,
            pending: None,
            waiting: restored,
            unacked: VecDeque::new(),
            writes: Writes::Well,
            connected: false,
            live: false,
            asked: BTreeMap::new(),
            commands: 0,
            unsynced: true,
        };
        let outputs = node.close_group(now, None);
        // Nothing is shown before it is certain that nobody will count `seq` from here again.
        node.door.journal().flush()?;
        node.syncer.sync()?;
        Ok((node, outputs))
    }

    /// The broker has taken the connection: what was not acknowledged comes again.
    pub fn connect(&mut self) {
        self.unacked.clear();
        (self.connected, self.live) = (true, false);
    }

    /// One read of the socket. `show`: how much is evaluated after it.
    pub fn messages(&mut self, batch: &[(u64, Message)], now: i64, show: Option<Extent>) -> Vec<Output> {
        let rx = Timestamp::from_ms(now);
        self.door.turn_days(rx);
        for (number, message) in batch {
            let offset = if message.topic == ECHO {
                self.live = true;
                None
            } else if message.topic.ends_with("/done") {
                self.done(message, rx);
                None
            } else {
                let inbound = Inbound {
                    topic: Bytes::from(message.topic.clone()),
                    payload: Bytes::from(message.payload.clone()),
                    qos: Qos::AtLeastOnce,
                    retain: message.retain,
                    dup: false,
                    ack: None,
                };
                self.door.message(&inbound, rx, self.live)
            };
            self.unacked.push_back((offset.unwrap_or(0), *number));
        }
        self.close_group(now, show)
    }

    fn done(&mut self, message: &Message, now: Timestamp) {
        let topic = DeviceTopic::parse(message.topic.as_bytes()).unwrap();
        let done = wire::parse_done(message.payload.as_bytes()).unwrap();
        if let Some((ix, span)) = self.asked.remove(&*done.id)
            && span.device == topic.device
        {
            self.door.done(ix, &span, &done, now);
        }
    }

    /// Writes the group; when the disk takes it, what it touched is owed an acknowledgement and may
    /// be shown.
    fn close_group(&mut self, now: i64, show: Option<Extent>) -> Vec<Output> {
        self.write();
        if self.writes != Writes::Well {
            return Vec::new();
        }
        let touched = self.door.take_touched();
        if let Some(extent) = show {
            for ix in touched.sites.into_keys() {
                self.door.evaluate(ix, Timestamp::from_ms(now), extent);
            }
        }
        for key in touched.devices {
            self.acks.touch(key, now);
        }
        self.fix_acks(now);
        self.waiting.append(&mut self.door.take_records());
        if show.is_none() && self.waiting.len() < MOST_WAITING {
            return Vec::new();
        }
        self.flow.give(std::mem::take(&mut self.waiting))
    }

    fn write(&mut self) {
        self.unsynced = true;
        self.writes = match self.door.journal().flush() {
            Ok(()) => Writes::Well,
            Err(Error::Io { .. }) => Writes::Refused,
            Err(_) => Writes::Failed,
        };
    }

    fn fix_acks(&mut self, now: i64) {
        if self.acks.is_due(now) {
            let offset = self.door.journal().next_offset() - 1;
            let door = &self.door;
            self.acks.fix(now, offset, |(ix, kind, device)| {
                door.sites().get(*ix as usize)?.dedupe.sequences.ack(*kind, *device)
            });
        }
    }

    /// One sync of the disk; the offset that it made durable. `None` when it failed: final.
    pub fn sync(&mut self) -> Option<u64> {
        let durable = self.syncer.sync().ok();
        if durable.is_none() {
            self.writes = Writes::Failed;
        }
        durable
    }

    /// Takes a snapshot of everything so far: the door's state at once, the operators' when the
    /// dataflow has come to the same record.
    pub fn keep(&mut self) -> Vec<Output> {
        let offset = self.door.journal().next_offset() - 1;
        let begun = self.door.sites().iter().filter(|site| site.day.is_some());
        self.waiting.extend(begun.map(|site| Record { site: site.ix, item: Item::Keep(offset) }));
        let door = self.door.state();
        let mut outputs = self.flow.give(std::mem::take(&mut self.waiting));
        let kept = outputs.iter_mut().filter_map(|output| Some((output.ix, *output.kept.take()?.1)));
        let (seq_base, recorded_time) = (self.seq_base, false);
        let body = Body { seq_base, recorded_time, door, sites: kept.collect() };
        self.pending = Some((offset, Snapshot { offset, print: 0, body }.encode().unwrap()));
        outputs
    }

    /// The word that everything up to `durable` is durable. Returns what may now be acknowledged: to
    /// the broker, and to devices.
    pub fn durable(&mut self, durable: u64, now: i64) -> (Vec<u64>, Vec<Word>) {
        self.unsynced = self.writes != Writes::Well || durable + 1 < self.door.journal().next_offset();
        let mut to_broker = Vec::new();
        while let Some((offset, number)) = self.unacked.front().copied()
            && offset <= durable
        {
            self.unacked.pop_front();
            to_broker.push(number);
        }
        let mut words = Vec::new();
        for ((ix, kind, device), ack) in self.acks.durable(durable, now) {
            let site = self.door.sites()[ix as usize].id();
            let older = ack.older.iter().map(|(boot, seq)| wire::OlderAck { boot: *boot, seq: *seq }).collect();
            words.push(Word {
                topic: DeviceTopic { site, kind, device, channel: Channel::Ack }.to_string(),
                payload: wire::json(&wire::Ack { boot: ack.boot, seq: ack.seq, older }),
                retain: true,
            });
        }
        (to_broker, words)
    }

    /// What time asks for: the day, holes, acknowledgements that were put off.
    pub fn tick(&mut self, now: i64) -> (Vec<Word>, Vec<Output>) {
        let at = Timestamp::from_ms(now);
        self.door.turn_days(at);
        let mut words = Vec::new();
        for ix in 0..self.door.sites().len() as SiteIx {
            let site = self.door.site_mut(ix).unwrap();
            let id = site.id();
            if site.dedupe.sequences.next_deadline().is_none_or(|due| due > at) {
                continue;
            }
            let devices = &site.devices;
            let due = site.dedupe.sequences.due(at, |kind, device| devices.hears(kind, device, at));
            for span in due.replays {
                let topic = DeviceTopic { site: id, kind: span.kind, device: span.device, channel: Channel::Cmd };
                let Span { boot, from_seq, to_seq, .. } = span;
                self.commands += 1;
                let command = wire::Command {
                    id: format!("{now}-{}", self.commands),
                    exp: at.plus(60_000),
                    action: wire::CommandAction::Replay { boot, from_seq, to_seq },
                };
                self.asked.insert(command.id.clone(), (ix, span));
                words.push(Word { topic: topic.to_string(), payload: wire::json(&command), retain: false });
            }
            for span in due.give_up {
                self.door.give_up(ix, &span, at);
            }
        }
        let outputs = self.close_group(now, None);
        (words, outputs)
    }

    /// The group that the disk refused is tried again, once a second.
    pub fn try_again(&mut self, now: i64) -> Vec<Output> {
        self.close_group(now, None)
    }

    /// When [`Self::tick`] is worth calling, at the latest.
    pub fn next(&self) -> Option<i64> {
        let holes = self.door.sites().iter().filter_map(|site| site.dedupe.sequences.next_deadline());
        holes.map(Timestamp::ms).chain(self.acks.next()).min()
    }

    /// Whether a device still misses something that may come.
    pub fn has_holes(&self) -> bool {
        self.door.sites().iter().any(|site| site.dedupe.sequences.next_deadline().is_some())
    }

    /// Shows every site in full.
    pub fn again(&mut self, now: i64) -> Vec<Output> {
        for ix in 0..self.door.sites().len() as SiteIx {
            let mut records = self.door.take_records();
            records.push(Record { site: ix, item: Item::Again });
            self.door.give_back(records);
            self.door.evaluate(ix, Timestamp::from_ms(now), Extent::Whole { board: true });
        }
        self.waiting.append(&mut self.door.take_records());
        self.flow.give(std::mem::take(&mut self.waiting))
    }
}

/// Gives a door its part of a snapshot. Returns the snapshot's last record, its `seq` base and what
/// the dataflow begins with.
fn restore(door: &mut Door, bytes: &[u8]) -> (u64, Option<u64>, Vec<Record>) {
    let Snapshot { offset, body, .. } = snapshot::decode(bytes).unwrap();
    door.restore(body.door).unwrap();
    let mut states: BTreeMap<_, _> = body.sites.into_iter().collect();
    let sites = door.sites().iter().map(|site| {
        let item = match states.remove(&site.ix) {
            Some(state) => Item::Restore(Box::new(state)),
            None => Item::Configure(wire::json(&site.config)),
        };
        Record { site: site.ix, item }
    });
    (offset, Some(body.seq_base), sites.collect())
}

/// A door over the disk's journal, before it is replayed.
///
/// # Errors
/// When the disk refuses.
fn empty_door(setting: &Setting, disk: &Disk) -> Result<Door, Error> {
    let discover = setting.config.is_none().then(|| "Asia/Ho_Chi_Minh".to_owned());
    Ok(Door::new(disk::open(disk)?, setting.clock, discover))
}
