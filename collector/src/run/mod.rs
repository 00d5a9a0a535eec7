//! The collector at work: one task that owns the session, the door and the clocks. It never waits
//! for the engine, and for the disk only where a segment of the journal is full. See `topology` for
//! the picture.

mod chores;
mod clocks;
mod connect;
mod disk;
mod history;
mod keeper;
mod letters;
mod measured;
mod training;
mod watchdog;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mqtt_config::session::{AckToken, Inbound, Qos, Session, SessionEvent};
use mqtt_config::settings::{Clock, Runtime, SiteWatch, Sites};
use mqtt_config::topics::{COLLECTOR_METRICS, Channel, DeviceTopic};
use mqtt_config::wire;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use self::chores::{Asked, Chores};
use self::clocks::Clocks;
use self::disk::Disk;
use self::history::History;
use self::keeper::Keeper;
use self::measured::Measured;
use self::training::Trainer;
use self::watchdog::Watchdog;
use crate::acks::Acks;
use crate::disk::{DiskKeeper, DiskThread, Waiting, open_when_there_is_room};
use crate::engine::{Busy, Engine, Group};
use crate::flow::{Item, Output, Record, SiteIx};
use crate::ingest::Door;
use crate::pacer::Pacer;
use crate::publish::Publisher;
use crate::rerun::Reruns;
use crate::sync::{Durable, SyncThread};
use crate::topology::{MOST_UNACKED, OUTPUTS};
use crate::{Error, Ready, recover, version};

/// Everything the task owns.
struct Collector {
    runtime: Runtime,
    door: Door,
    engine: Engine,
    session: Session,
    sync: SyncThread,
    disk: Disk,
    clocks: Clocks,
    pacer: Pacer,
    acks: Acks,
    publisher: Publisher,
    watchdog: Watchdog,
    chores: Chores,
    asked: Asked,
    keeper: Keeper,
    measured: Measured,
    reruns: Reruns,
    trainer: Trainer,
    history: History,
    /// Messages not acknowledged to the broker, in order, with the offset that must be durable.
    unacked: VecDeque<(u64, AckToken)>,
    /// Retained copies of events, which go when the event itself is durable at this offset.
    clearing: VecDeque<(u64, String)>,
    /// A group that the engine could not take yet.
    waiting: Option<Group>,
    durable: Durable,
    dead_letters_told: i64,
}

/// Runs the collector until `stop`. `ready` is called once, when events are accepted.
///
/// # Errors
/// When a newer version wrote the data; when the journal cannot be opened, is damaged, or can no
/// longer be written; when the configuration is wrong; when the dataflow ends.
pub async fn run(runtime: Runtime, stop: CancellationToken, ready: impl FnOnce(Ready)) -> Result<(), Error> {
    version::not_newer(&runtime.data_dir)?;
    let mut clocks = Clocks::new();
    let (watch, sites) = match &runtime.sites {
        Sites::Files(patterns) => {
            let (watch, sites) = SiteWatch::open(patterns)?;
            (Some(watch), sites)
        }
        Sites::Discover { .. } => (None, Vec::new()),
    };
    let options = connect::session_options(&runtime)?;
    let watchdog = Watchdog::new();
    let mut disk = DiskKeeper::new(&runtime.data_dir, runtime.disk);
    let unix_ms = clocks.system_ms();
    let now = || clocks.now();
    let waiting = Waiting { options: disk::speaker(&options), boot: watchdog.boot(), stop: &stop, now };
    let open = || recover::open(&runtime, unix_ms);
    let Some(mut opened) = open_when_there_is_room(&runtime.data_dir, &mut disk, waiting, open).await? else {
        return Ok(());
    };
    clocks.recall(&runtime.data_dir, opened.last_rx);
    // Outputs wait for the publisher, which always drains them.
    let (give, outputs) = mpsc::channel::<Vec<Output>>(OUTPUTS);
    let replaying = Arc::new(AtomicBool::new(true));
    let is_replaying = Arc::clone(&replaying);
    let engine = Engine::start(
        runtime.workers,
        opened.seq_base,
        Arc::new(move |mut outputs: Vec<Output>| {
            // Nobody drains them yet, and history catches up with days gone by in its own way.
            if is_replaying.load(Ordering::Relaxed) {
                outputs.retain(|output| output.told.is_none());
            }
            if !outputs.is_empty() {
                // Gone only at the end, when nobody is left to be told.
                drop(give.blocking_send(outputs));
            }
        }),
    )?;
    let replayed = opened.replay(&engine)?;
    replaying.store(false, Ordering::Relaxed);
    replayed.tell();
    let now = clocks.now();
    opened.begin(now)?;
    let recorded_time = runtime.clock == Clock::Event;
    let keeper = Keeper::new(&runtime, opened.seq_base, opened.snapshot);
    let mut door = opened.door;
    for config in sites {
        let id = config.site;
        if let Err(why) = door.configure(config, now) {
            return Err(Error::Configuration(format!("site {id}: {why}")));
        }
    }
    door.turn_days(now);
    let (sync, durable) = SyncThread::start(door.journal().syncer())?;
    let mut acks = Acks::default();
    replayed.devices.into_iter().for_each(|key| acks.touch(key, clocks.mono_ms()));
    let disk = Disk::new(DiskThread::start(disk)?, now);
    let history = History::start(&runtime, door.journal().next_offset() - 1)?;
    door.sites().iter().for_each(|site| history.thread.configure(site.config.clone()));
    let session = Session::new(options);
    let mut collector = Collector {
        pacer: Pacer::new(recorded_time),
        chores: Chores::new(watch),
        watchdog,
        disk,
        asked: Asked::default(),
        keeper,
        measured: Measured::default(),
        reruns: Reruns::new(&runtime.data_dir),
        trainer: Trainer::new(runtime.clock),
        history,
        publisher: Publisher::default(),
        unacked: VecDeque::new(),
        clearing: VecDeque::new(),
        waiting: None,
        durable: Durable::default(),
        dead_letters_told: i64::MIN / 2,
        runtime,
        door,
        engine,
        session,
        sync,
        clocks,
        acks,
    };
    collector.recall_measured();
    collector.close_group()?;
    let outcome = collector.work(stop, outputs, durable, ready).await;
    match &outcome {
        Ok(()) => collector.end().await,
        Err(_) => collector.give_up().await,
    }
    outcome
}

impl Collector {
    async fn work(
        &mut self,
        stop: CancellationToken,
        mut outputs: mpsc::Receiver<Vec<Output>>,
        mut durable: watch::Receiver<Durable>,
        ready: impl FnOnce(Ready),
    ) -> Result<(), Error> {
        let mut ready = Some(ready);
        loop {
            // Reading stops while the engine or the disk is behind; TCP tells the broker.
            // A disk that takes nothing is another matter: see `disk::gate`.
            let behind = self.unacked.len() >= MOST_UNACKED && self.disk.gate.why().is_none();
            let can_read = self.waiting.is_none() && !behind && !self.disk.gate.is_patient(self.clocks.mono_ms());
            let nap = self.nap();
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                changed = durable.changed() => {
                    changed.map_err(|_| Error::Disk("the sync thread has ended".into()))?;
                    let word = durable.borrow_and_update().clone();
                    self.on_durable(word)?;
                }
                () = self.disk.changed() => self.on_survey()?,
                Some(shown) = outputs.recv() => shown.into_iter().for_each(|output| self.on_output(output)),
                event = self.session.next(), if can_read => {
                    self.on_session(event)?;
                    if self.watchdog.is_live() && let Some(ready) = ready.take() {
                        ready(Ready { sites: self.door.sites().len() });
                    }
                }
                () = tokio::time::sleep(nap) => {}
            }
            self.on_time()?;
            self.run_letters()?;
            self.keep().await?;
        }
    }

    fn on_session(&mut self, event: SessionEvent) -> Result<(), Error> {
        match event {
            SessionEvent::Messages(messages) => self.on_messages(&messages),
            SessionEvent::Connected { session_present, .. } => {
                tracing::info!(session_present, "Connected to the broker.");
                self.unacked.clear();
                self.watchdog.connected(self.clocks.mono_ms(), session_present);
                if !session_present {
                    self.acks.again(self.clocks.mono_ms());
                }
                self.tell_status();
                self.again_all();
                self.close_group()
            }
            SessionEvent::Lost { why, retry_in } => {
                tracing::warn!(%why, retry_in_s = retry_in.as_secs_f64(), "The broker is away.");
                self.watchdog.lost();
                Ok(())
            }
            // Nothing of ours is deleted by the broker's word: live topics are told anew after
            // every connection, and devices' acknowledgements after one that knows nothing of us.
            SessionEvent::Acked(_) => Ok(()),
        }
    }

    fn on_messages(&mut self, messages: &[Inbound]) -> Result<(), Error> {
        let rx = self.time();
        self.watchdog.heard(self.clocks.mono_ms());
        self.door.turn_days(rx);
        for message in messages {
            let offset = if &message.topic[..] == COLLECTOR_METRICS.as_bytes() {
                self.watchdog.echo(message, self.clocks.mono_ms());
                None
            } else if !self.takes(message) {
                continue;
            } else if message.topic.ends_with(b"/done") {
                self.on_done(message);
                None
            } else {
                self.door.message(message, rx, self.watchdog.is_live())
            };
            if let Some(token) = message.ack {
                self.unacked.push_back((offset.unwrap_or(0), token));
            }
        }
        self.close_group()?;
        self.ack_broker();
        Ok(())
    }

    /// A device answers a `cmd replay`.
    fn on_done(&mut self, message: &Inbound) {
        let Ok(topic) = DeviceTopic::parse(&message.topic) else { return };
        let Ok(done) = wire::parse_done(&message.payload) else { return };
        if let Some((ix, span)) = self.asked.answer(&done.id)
            && self.door.sites().get(ix as usize).is_some_and(|site| site.id() == topic.site)
            && (span.kind, span.device) == (topic.kind, topic.device)
        {
            let now = self.clocks.now();
            self.door.done(ix, &span, &done, now);
        }
    }

    /// Ends a group: writes it, asks for the sync, hands it to the engine with what is to be shown.
    fn close_group(&mut self) -> Result<(), Error> {
        self.write_group()?;
        let touched = self.door.take_touched();
        let (now, mono) = (self.clocks.now(), self.clocks.mono_ms());
        for (ix, urgent) in touched.sites {
            if let Some(extent) = self.pacer.touch(ix, urgent, mono) {
                self.door.evaluate(ix, now, extent);
            }
        }
        for key in touched.devices {
            self.acks.touch(key, mono);
        }
        let offset = self.door.journal().next_offset() - 1;
        self.clearing.extend(touched.retained.into_iter().map(|topic| (offset, topic)));
        self.fix_acks();
        let records = self.door.take_records();
        self.give(Group { records })
    }

    fn give(&mut self, group: Group) -> Result<(), Error> {
        if group.records.is_empty() {
            return Ok(());
        }
        let group = match self.waiting.take() {
            Some(mut waiting) => {
                waiting.records.extend(group.records);
                waiting
            }
            None => group,
        };
        if let Err(Busy(group)) = self.engine.give(group)? {
            self.waiting = Some(group);
        }
        Ok(())
    }

    fn on_durable(&mut self, word: Durable) -> Result<(), Error> {
        if let Some(failure) = word.failed {
            self.disk.fail(failure.refusal, self.clocks.now());
            return Err(Error::Disk(failure.why));
        }
        self.durable = word;
        self.history.thread.durable(self.durable.offset);
        self.ack_broker();
        while let Some((_, topic)) = self.clearing.pop_front_if(|(offset, _)| *offset <= self.durable.offset) {
            // An empty retained message takes the copy away (MQTT 5, 3.3.1.3).
            self.publisher.send(&mut self.session, &topic, String::new(), Qos::AtLeastOnce, true);
        }
        for ((ix, kind, device), ack) in self.acks.durable(self.durable.offset, self.clocks.mono_ms()) {
            let Some(site) = self.door.sites().get(ix as usize) else { continue };
            let topic = DeviceTopic { site: site.id(), kind, device, channel: Channel::Ack };
            let older = ack.older.iter().map(|(boot, seq)| wire::OlderAck { boot: *boot, seq: *seq }).collect();
            let text = wire::json(&wire::Ack { boot: ack.boot, seq: ack.seq, older });
            if !self.publisher.send(&mut self.session, &topic.to_string(), text, Qos::AtLeastOnce, true) {
                self.acks.touch((ix, kind, device), self.clocks.mono_ms());
            }
        }
        Ok(())
    }

    /// Acknowledges to the broker what is durable.
    fn ack_broker(&mut self) {
        while let Some((offset, token)) = self.unacked.front().copied()
            && offset <= self.durable.offset
        {
            self.unacked.pop_front();
            self.session.ack(token);
        }
    }

    /// Takes a snapshot when one is due. It is of a whole group, after everything else of it.
    async fn keep(&mut self) -> Result<(), Error> {
        self.keeper.look(self.durable.offset).await;
        let mono = self.clocks.mono_ms();
        if !self.keeper.is_due(self.door.journal().next_offset() - 1, mono) {
            return Ok(());
        }
        self.close_group()?;
        if self.waiting.is_some() {
            return Ok(());
        }
        let offset = self.door.journal().next_offset() - 1;
        self.list_refused();
        let records = self.keeper.begin(offset, mono, &self.door);
        self.give(Group { records })
    }

    fn fix_acks(&mut self) {
        let mono = self.clocks.mono_ms();
        if self.acks.is_due(mono) {
            let offset = self.door.journal().next_offset() - 1;
            let door = &self.door;
            self.acks.fix(mono, offset, |(ix, kind, device)| {
                door.sites().get(*ix as usize)?.dedupe.sequences.ack(*kind, *device)
            });
        }
    }

    fn on_output(&mut self, output: Output) {
        let ix = output.ix;
        if let Some(told) = output.told {
            self.history.post(*told);
            return;
        }
        if let Some((offset, state)) = output.kept {
            self.keeper.take(ix, offset, *state);
            return;
        }
        let mono = self.clocks.mono_ms();
        if let Some(edge) = output.next_edge
            && self.runtime.clock == Clock::Wall
        {
            self.pacer.edge(ix, edge.since(self.clocks.now()).max(0) + 1, mono);
        }
        self.chores.refused(ix, &output.rejections);
        self.keeper.refused(ix, &output.rejections);
        if !self.publisher.output(&mut self.session, output, mono) {
            self.chores.tell_again(ix);
        }
    }

    /// Tells a site from its whole board on.
    fn again(&mut self, ix: SiteIx) -> Vec<Record> {
        let extent = self.pacer.again(ix, self.clocks.mono_ms());
        let now = self.clocks.now();
        let mut records = self.door.take_records();
        records.push(Record { site: ix, item: Item::Again });
        self.door.evaluate(ix, now, extent);
        records.extend(self.door.take_records());
        records
    }

    fn again_all(&mut self) {
        for ix in 0..self.door.sites().len() as SiteIx {
            let records = self.again(ix);
            self.door.give_back(records);
        }
        for site in 0..self.door.sites().len() as SiteIx {
            if let Some(site) = self.door.site_mut(site) {
                site.letters.changed |= site.ingest.dead_letter > 0;
            }
        }
    }

    /// Something has ended that the collector cannot be without: the broker is told which disk it
    /// was, if it was one.
    async fn give_up(mut self) {
        self.watchdog.last_word(&mut self.session, self.disk.storage());
        self.session.close().await;
    }

    /// Stops in good order: what was taken in is written and shown, the broker is told.
    async fn end(mut self) {
        self.note_end_of_listening();
        if let Err(error) = self.door.journal().flush() {
            tracing::error!(%error, "The last group could not be written; the broker will send it again.");
        }
        self.keep_measured_last().await;
        self.sync.stop();
        self.disk.stop();
        self.engine.stop();
        self.history.thread.stop();
        self.watchdog.farewell(&mut self.session);
        self.session.close().await;
    }
}
