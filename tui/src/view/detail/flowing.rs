//! Of what flows by: calls, dead letters, alerts.

use domain::board::{AlertRow, Board, CallRow};
use domain::storage::Storage;

use super::Facts;
use crate::attention;
use crate::model::DeadLetter;
use crate::view::scene::Scene;
use crate::view::table::level_role;
use crate::view::text::tame;
use crate::view::{alerts, calls};
use crate::words::{Word, dead_letter_reason};

/// Everything known of a call.
pub fn call<'s, 'm>(scene: &'s Scene<'m>, board: &Board, row: &CallRow) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, row.ticket.as_str());
    facts.at(Word::Time, row.ts);
    let counter = row.counter.map(|id| {
        let known = board.counters.iter().find(|it| it.counter == id);
        known.map_or_else(|| id.to_string(), |it| it.name.clone())
    });
    facts.told(Word::Counter, counter.as_deref());
    let service = row.service.map(|id| {
        let known = board.services.iter().find(|it| it.service == id);
        known.map_or_else(|| id.to_string(), |it| it.name.clone())
    });
    facts.told(Word::Service, service.as_deref());
    facts.told(Word::Priority, row.priority.map(|priority| calls::priority_name(scene, priority)));
    if row.recall {
        facts.say(Word::ColRecall, scene.say(Word::Recall));
    }
    facts.say(Word::CallNumber, format!("#{}", row.call_seq));
    facts
}

/// Everything known of a dead letter.
pub fn dead_letter<'s, 'm>(scene: &'s Scene<'m>, row: &DeadLetter) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, &dead_letter_reason(&row.reason, scene.lang));
    facts.at(Word::Time, row.rx);
    facts.say(Word::Topic, tame(&row.topic));
    facts.say(Word::Reason, format!("{} ({})", dead_letter_reason(&row.reason, scene.lang), tame(&row.reason)));
    facts.told(Word::WrongWith, row.detail.as_deref());
    facts.told(Word::Payload, row.payload.as_deref());
    facts.say(Word::Offset, row.offset.to_string());
    facts
}

/// Everything known of an alert.
pub fn alert<'s, 'm>(scene: &'s Scene<'m>, row: &AlertRow) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, &alerts::rule(scene, row));
    facts.say_as(
        Word::Severity,
        alerts::severity(scene, &row.severity),
        level_role(attention::level_of(&row.severity)),
    );
    facts.at(Word::Since, row.since);
    facts.told(Word::Counter, row.counter.as_ref().map(|counter| counter.as_str()));
    if let Some(zone) = &row.zone {
        facts.say(Word::Zone, zone.as_str());
    }
    if let Some(camera) = &row.camera {
        facts.say(Word::Camera, camera.as_str());
    }
    match row.acknowledged_by.as_deref() {
        Some(_) if scene.model.settings.privacy => facts.say(Word::AcknowledgedBy, scene.marks.hidden),
        Some(by) => facts.say(Word::AcknowledgedBy, tame(by)),
        None => facts.missing(Word::AcknowledgedBy, Word::Nobody),
    }
    if OF_STORAGE.iter().any(|rule| row.rule.starts_with(rule))
        && let Some(storage) = scene.board.and_then(|board| board.storage)
    {
        self::storage(scene, &mut facts, &storage);
    }
    facts.say(Word::Identity, tame(&row.alert));
    facts
}

/// Alerts about the server's disk.
const OF_STORAGE: [&str; 3] = ["disk_", "ingest_stopped", "backup_"];

fn storage(scene: &Scene<'_>, facts: &mut Facts<'_, '_>, storage: &Storage) {
    match storage.free_bytes {
        Some(bytes) => facts.say(Word::FreeRoom, format!("{} MiB", bytes / (1024 * 1024))),
        None => facts.missing(Word::FreeRoom, Word::NotSaid),
    }
    match storage.days_left {
        Some(days) => facts.say(Word::DaysLeft, scene.fill(Word::Days, &[&days.to_string()])),
        None => facts.missing(Word::DaysLeft, Word::NotSaid),
    }
    match storage.backup_at {
        Some(at) => facts.at(Word::LastBackup, at),
        None => facts.missing(Word::LastBackup, Word::None),
    }
}
