//! What time asks for: evaluations that are due, site files, holes in sequences, figures, lists of
//! dead letters.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::board::AlertRow;
use domain::dedupe::Span;
use domain::event::DeviceState;
use hashbrown::HashMap;
use mqtt_config::session::Qos;
use mqtt_config::settings::{SiteChange, SiteWatch};
use mqtt_config::topics::{COLLECTOR_METRICS, Channel, DeviceTopic, LiveTopic, collector, live};
use mqtt_config::wire::{self, Command, CommandAction, DeadLetters};

use super::Collector;
use super::watchdog::{DiskFigures, Figures};
use crate::Error;
use crate::disk::Trouble;
use crate::engine::Group;
use crate::flow::{Rejection, SiteIx};
use crate::topology::{AT_ONCE_MS, CONFIG_EVERY_MS};

/// A `cmd replay` is worth answering for this long.
const COMMAND_MS: i64 = 60_000;
/// Commands whose answer is waited for; the oldest are forgotten (the asking goes on anyway).
const MOST_ASKED: usize = 4_096;
/// The collector's `status` at every site, like any device's.
const STATUS_EVERY_MS: i64 = 30_000;

/// Chores that are done every few seconds. Times are milliseconds of a monotonic clock.
pub struct Chores {
    watch: Option<SiteWatch>,
    config_at: i64,
    second_at: i64,
    status_at: i64,
    alerts: Vec<AlertRow>,
    /// To how many sites the alerts were told; `None`: they have to be told again.
    pub(super) told_alerts: Option<usize>,
    /// Live messages left out, a second ago.
    behind: u64,
    again: BTreeSet<SiteIx>,
    refused: HashMap<SiteIx, Vec<Rejection>>,
}

impl Chores {
    /// With the site files that are watched, if there are any.
    #[must_use]
    pub fn new(watch: Option<SiteWatch>) -> Self {
        Self {
            watch,
            config_at: 0,
            second_at: 0,
            status_at: 0,
            alerts: Vec::new(),
            told_alerts: None,
            behind: 0,
            again: BTreeSet::new(),
            refused: HashMap::new(),
        }
    }

    /// Live topics of the site were left out.
    pub fn tell_again(&mut self, ix: SiteIx) {
        self.again.insert(ix);
    }

    /// The fold refuses events, or does not after all.
    pub fn refused(&mut self, ix: SiteIx, rejections: &[Rejection]) {
        if !rejections.is_empty() {
            self.refused.entry(ix).or_default().extend_from_slice(rejections);
        }
    }
}

/// Commands that were sent and not answered.
#[derive(Debug, Default)]
pub struct Asked {
    spans: HashMap<String, (SiteIx, Span)>,
    order: std::collections::VecDeque<String>,
}

impl Asked {
    fn ask(&mut self, ix: SiteIx, span: Span) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        if self.order.len() == MOST_ASKED
            && let Some(oldest) = self.order.pop_front()
        {
            self.spans.remove(&oldest);
        }
        self.order.push_back(id.clone());
        self.spans.insert(id.clone(), (ix, span));
        id
    }

    /// The command of an answer.
    pub fn answer(&mut self, id: &str) -> Option<(SiteIx, Span)> {
        self.spans.remove(id)
    }
}

impl Collector {
    /// How long there is nothing to do by time alone.
    pub(super) fn nap(&self) -> Duration {
        let mono = self.clocks.mono_ms();
        let first = [
            self.pacer.next().unwrap_or(i64::MAX),
            self.acks.next().unwrap_or(i64::MAX),
            self.watchdog.next(),
            self.chores.second_at,
            if self.waiting.is_some() { mono + 1 } else { i64::MAX },
            self.disk.gate.next().unwrap_or(i64::MAX),
            if self.may_run_letters() { mono } else { i64::MAX },
        ];
        let ms = first.into_iter().min().unwrap_or(0).saturating_sub(mono).clamp(0, 1_000);
        Duration::from_millis(ms.unsigned_abs())
    }

    /// Does what is due.
    pub(super) fn on_time(&mut self) -> Result<(), Error> {
        let mono = self.clocks.mono_ms();
        if self.waiting.is_some() {
            self.give_waiting()?;
        }
        if mono >= self.chores.second_at {
            self.chores.second_at = mono + AT_ONCE_MS;
            self.every_second()?;
        }
        if self.disk.gate.next().is_some_and(|at| at <= mono) {
            self.write_group()?;
        }
        if self.watchdog.is_due(mono) {
            self.tell_figures();
        }
        self.fix_acks();
        if self.pacer.next().is_some_and(|at| at <= mono) {
            let now = self.clocks.now();
            self.door.turn_days(now);
            for (ix, extent) in self.pacer.due(mono) {
                self.door.evaluate(ix, now, extent);
            }
            self.close_group()?;
        }
        Ok(())
    }

    fn give_waiting(&mut self) -> Result<(), Error> {
        match self.waiting.take() {
            Some(group) => self.give(group),
            None => self.give(Group::default()),
        }
    }

    fn every_second(&mut self) -> Result<(), Error> {
        let mono = self.clocks.mono_ms();
        if self.engine.is_gone() {
            return Err(Error::Engine(crate::engine::EngineError::Gone));
        }
        if self.disk.is_gone() {
            return Err(Error::Disk("the thread that looks after it has ended".to_owned()));
        }
        self.look_at_broker(mono);
        if mono >= self.chores.config_at {
            self.chores.config_at = mono + CONFIG_EVERY_MS;
            self.look_at_sites();
        }
        if mono >= self.chores.status_at && self.session.is_connected() {
            self.tell_status();
        }
        self.look_after_clock();
        let now = self.time();
        self.door.turn_days(now);
        self.tell_disk();
        self.alerts();
        self.ask_for_holes();
        self.publisher.tick(&mut self.session, mono);
        self.tell_dead_letters();
        self.reruns.look(&mut self.door, self.durable.offset);
        self.learn();
        self.look_after_history();
        if self.session.is_connected() {
            for ix in std::mem::take(&mut self.chores.again) {
                let records = self.again(ix);
                self.door.give_back(records);
            }
        }
        self.close_group()
    }

    /// Connects anew to a broker that has stopped delivering. While messages are left with it, it
    /// has nothing more to deliver.
    fn look_at_broker(&mut self, mono: i64) {
        if self.disk.gate.left() == 0 && self.watchdog.is_stalled(mono) {
            tracing::error!("The broker has stopped delivering; connecting anew.");
            self.watchdog.stalled(mono);
            self.session.reconnect();
        }
        let behind = std::mem::replace(&mut self.chores.behind, self.publisher.behind);
        if self.watchdog.is_live() && behind < self.publisher.behind {
            self.watchdog.slow(mono);
        }
    }

    /// Takes changed site files in; a wrong one changes nothing and says why.
    fn look_at_sites(&mut self) {
        let Some(watch) = &mut self.chores.watch else { return };
        let changes = watch.poll();
        let now = self.clocks.now();
        for change in changes {
            match change {
                SiteChange::Changed(config) => {
                    let site = config.site;
                    self.history.thread.configure(config.clone());
                    match self.door.configure(config, now) {
                        Ok(ix) => {
                            self.door.turn_day(ix, now, now);
                            tracing::info!(%site, "A site's file has been taken in.");
                        }
                        Err(why) => tracing::error!(%site, why, "A site's file could not be taken in."),
                    }
                }
                SiteChange::Wrong(mistakes) => {
                    tracing::error!("A site's file is wrong and changes nothing:\n{mistakes}");
                }
            }
        }
    }

    /// Shows at every site what is wrong with the collector and what it stands on.
    pub(super) fn alerts(&mut self) {
        let since = self.clocks.now();
        let troubles = self.troubles();
        let row = |Trouble { alert, rule, severity }: Trouble| {
            let before = self.chores.alerts.iter().find(|row| row.alert == alert && row.rule == rule);
            let since = before.map_or(since, |row| row.since);
            let (rule, severity) = (rule.to_owned(), severity.to_owned());
            AlertRow { alert, rule, severity, counter: None, camera: None, zone: None, since, acknowledged_by: None }
        };
        let alerts: Vec<AlertRow> = troubles.into_iter().map(row).collect();
        // A site that was not there has not been told.
        let sites = self.door.sites().len();
        if alerts != self.chores.alerts || self.chores.told_alerts != Some(sites) {
            self.door.alert(&alerts);
            (self.chores.alerts, self.chores.told_alerts) = (alerts, Some(sites));
        }
    }

    fn troubles(&mut self) -> Vec<Trouble> {
        let mut troubles = self.disk_troubles();
        // While messages are left with the broker, so is the echo.
        if self.disk.gate.left() == 0 {
            troubles.extend(self.watchdog.troubles(self.clocks.mono_ms()));
        }
        if self.clocks.distrusted().is_some() {
            troubles.push(Trouble::new("host-clock", "host_clock", "critical"));
        }
        troubles.extend(self.history.troubles());
        if self.chores.watch.as_ref().is_some_and(SiteWatch::is_wrong) {
            troubles.push(Trouble::new("site-file", "site_file_wrong", "critical"));
        }
        troubles
    }

    /// Asks devices for what is missing, and gives up what was asked for in vain. A device that
    /// hears nothing is waited for, however long: it may still have what is missing.
    fn ask_for_holes(&mut self) {
        let now = self.clocks.now();
        // What the broker still has for us is not asked of the devices, and without the broker
        // nobody hears us.
        let heard_by_all = self.disk.gate.left() == 0 && self.watchdog.is_live();
        for ix in 0..self.door.sites().len() as SiteIx {
            let Some(site) = self.door.site_mut(ix) else { continue };
            let id = site.id();
            if site.dedupe.sequences.next_deadline().is_none_or(|at| at > now) {
                continue;
            }
            let devices = &site.devices;
            let hears = |kind, device| if heard_by_all { devices.hears(kind, device, now) } else { None };
            let due = site.dedupe.sequences.due(now, hears);
            for span in due.replays {
                let Span { kind, device, boot, from_seq, to_seq } = span;
                let topic = DeviceTopic { site: id, kind, device, channel: Channel::Cmd };
                let action = CommandAction::Replay { boot, from_seq, to_seq };
                let command = Command { id: self.asked.ask(ix, span), exp: now.plus(COMMAND_MS), action };
                self.publisher.send(
                    &mut self.session,
                    &topic.to_string(),
                    wire::json(&command),
                    Qos::AtLeastOnce,
                    false,
                );
            }
            for span in due.give_up {
                self.door.give_up(ix, &span, now);
            }
        }
    }

    /// Publishes the collector's own figures; their echo proves that the broker delivers.
    fn tell_figures(&mut self) {
        let echo = self.watchdog.send(self.clocks.mono_ms());
        let figures = Figures {
            state: "ready".to_owned(),
            boot: self.watchdog.boot().to_owned(),
            echo,
            sites: self.door.sites().len(),
            received: self.door.received,
            unplaced: self.door.unplaced,
            ids_kept_days: self.door.ids_kept_days(self.clocks.now()),
            journal_offset: self.door.journal().next_offset() - 1,
            journal_durable: self.durable.offset,
            sync_us: self.durable.sync_us,
            syncs: self.durable.syncs,
            unacked: self.unacked.len(),
            live_bytes: self.publisher.bytes,
            live_left_out: self.publisher.left_out,
            host_clock_distrusted: self.clocks.distrusted().is_some(),
            broker_stalls: self.watchdog.stalls(),
            left_with_broker: self.disk.gate.left(),
            disk: DiskFigures::of(&self.disk.survey()),
            storage: self.disk.storage(),
            history: self.history.figures(),
        };
        self.publisher.send(&mut self.session, COLLECTOR_METRICS, wire::json(&figures), Qos::AtLeastOnce, true);
    }

    /// The collector's `status` at every site.
    pub(super) fn tell_status(&mut self) {
        let mono = self.clocks.mono_ms();
        self.chores.status_at = mono + STATUS_EVERY_MS;
        let Ok(boot) = domain::BootId::new(self.watchdog.boot()) else { return };
        let up_ms = u64::try_from(mono).ok();
        let status = wire::Status::new(DeviceState::Ready, self.clocks.now(), boot, up_ms);
        let text = wire::json(&status);
        for site in self.door.sites() {
            let topic = collector(site.id(), Channel::Status);
            self.publisher.send(&mut self.session, &topic, text.clone(), Qos::AtLeastOnce, true);
        }
    }

    /// Hands the door what the fold refuses.
    pub(super) fn list_refused(&mut self) {
        let refused = std::mem::take(&mut self.chores.refused);
        self.door.list_refused(&crate::recover::journal_dir(&self.runtime.data_dir), refused);
    }

    /// Publishes the lists of dead letters that changed, those that the fold refused among them.
    fn tell_dead_letters(&mut self) {
        let mono = self.clocks.mono_ms();
        if self.dead_letters_told + AT_ONCE_MS > mono || !self.session.is_connected() {
            return;
        }
        self.dead_letters_told = mono;
        self.list_refused();
        for ix in 0..self.door.sites().len() as SiteIx {
            let Some(site) = self.door.site_mut(ix) else { continue };
            if !std::mem::take(&mut site.letters.changed) {
                continue;
            }
            let topic = live(site.id(), LiveTopic::DeadLetters);
            let text = wire::json(&DeadLetters {
                site: site.id(),
                total: site.ingest.dead_letter + site.letters.refused,
                dead_letters: site.letters.listed(),
            });
            self.publisher.send(&mut self.session, &topic, text, Qos::AtLeastOnce, true);
        }
    }
}
