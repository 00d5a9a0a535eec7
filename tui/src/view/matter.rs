//! What is the matter in the hall, in sentences, the worst first.

use std::cmp::Reverse;

use domain::board::{AlertRow, CounterRow, DeviceRow, ServiceRow, ZoneRow};

use super::scene::Scene;
use super::text::tame;
use super::{alerts, counters, devices, figures};
use crate::attention::{self, Attention, Level, Why};
use crate::words::Word;

/// Something that wants a person.
pub enum Matter<'m> {
    Alert(&'m AlertRow),
    Service(&'m ServiceRow, Attention),
    Counter(&'m CounterRow, Attention),
    Device(&'m DeviceRow, Attention),
    /// A camera without a picture, by one of its zones.
    Camera(&'m ZoneRow, Attention),
}

impl Matter<'_> {
    pub fn level(&self) -> Level {
        match self {
            Self::Alert(row) => attention::level_of(&row.severity),
            Self::Service(_, it) | Self::Counter(_, it) | Self::Device(_, it) | Self::Camera(_, it) => it.level,
        }
    }

    /// Critical before warnings; then what the server raised, then people who wait, then counters,
    /// then devices; the longest first.
    fn order(&self) -> (Reverse<Level>, u8, Reverse<i64>) {
        let (kind, for_ms) = match self {
            Self::Alert(row) => (0, -row.since.ms()),
            Self::Service(_, it) => (1, it.for_ms),
            Self::Counter(_, it) => (2, it.for_ms),
            Self::Device(_, it) | Self::Camera(_, it) => (3, it.for_ms),
        };
        (Reverse(self.level()), kind, Reverse(for_ms))
    }
}

/// Everything that wants a person.
pub fn worst_first<'m>(scene: &Scene<'m>) -> Vec<Matter<'m>> {
    let Some(board) = scene.board else { return Vec::new() };
    let mut all: Vec<Matter<'m>> = Vec::new();
    all.extend(board.alerts.iter().filter(|row| row.acknowledged_by.is_none()).map(Matter::Alert));
    all.extend(board.services.iter().filter_map(|row| Some(Matter::Service(row, attention::of_service(row)?))));
    let counters = board.counters.iter().filter_map(|row| Some((row, counters::trouble(scene, row)?)));
    // What an alert says, or a lost console, has its own entry.
    let own = counters.filter(|(_, it)| !matches!(it.why, Why::Alert | Why::DeviceGone));
    all.extend(own.map(|(row, it)| Matter::Counter(row, it)));
    all.extend(board.devices.iter().filter_map(|row| Some(Matter::Device(row, attention::of_device(row)?))));
    all.extend(attention::without_picture(board, scene.as_of).map(|(row, it)| Matter::Camera(row, it)));
    all.sort_by_cached_key(Matter::order);
    all
}

/// One sentence: what, where, how long.
pub fn sentence(scene: &Scene<'_>, matter: &Matter<'_>) -> String {
    match matter {
        Matter::Alert(row) => match alerts::place(row) {
            Some(place) => format!("{place}: {}", alerts::rule(scene, row)),
            None => alerts::rule(scene, row).into_owned(),
        },
        Matter::Service(row, it) => of_service(scene, row, *it),
        Matter::Counter(row, it) => of_counter(scene, row, *it),
        Matter::Camera(row, it) => {
            scene.fill(Word::TroubleNoPicture, &[row.camera.as_str(), &figures::age(it.for_ms, scene.marks)])
        }
        Matter::Device(row, it) if it.why == Why::DeviceGone => {
            scene.fill(Word::TroubleDeviceLost, &[row.device.as_str(), &figures::age(it.for_ms, scene.marks)])
        }
        Matter::Device(row, _) => scene.fill(Word::TroubleFlag, &[row.device.as_str(), &devices::flags(scene, row)]),
    }
}

fn of_service(scene: &Scene<'_>, row: &ServiceRow, it: Attention) -> String {
    let (name, waiting) = (tame(&row.name), row.waiting.to_string());
    if it.why == Why::NoOpenCounter {
        return scene.fill(Word::TroubleNoCounter, &[&name, &waiting]);
    }
    scene.fill(Word::TroubleLongWait, &[&name, &waiting, &figures::minutes(it.for_ms, scene.marks)])
}

fn of_counter(scene: &Scene<'_>, row: &CounterRow, it: Attention) -> String {
    let name = tame(&row.name);
    let minutes = figures::minutes(it.for_ms, scene.marks);
    let ticket = row.ticket.as_ref().map_or("", |ticket| ticket.as_str());
    match it.why {
        Why::IdleWhileWaiting { waiting } => scene.fill(Word::TroubleIdle, &[&name, &minutes, &waiting.to_string()]),
        Why::PausedWhileWaiting { waiting } => {
            scene.fill(Word::TroublePaused, &[&name, &minutes, &waiting.to_string()])
        }
        Why::NotCome => scene.fill(Word::TroubleNotCome, &[&name, ticket, &minutes]),
        Why::LongService => scene.fill(Word::TroubleLongService, &[&name, ticket, &minutes]),
        Why::LongWait | Why::NoOpenCounter | Why::Alert | Why::DeviceGone | Why::NoPicture | Why::DeviceFlag => {
            name.into_owned()
        }
    }
}
