//! What goes wrong with devices, now and then, as in any building.

use domain::Timestamp;
use domain::event::DeviceKind;

use super::layout::Speaker;
use super::random::{Dice, ms};

/// What goes wrong with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The network cable: it works on, keeps what it has to say, and says it when it is back.
    Away,
    /// No power: it neither works nor answers.
    Dead,
    /// It starts anew, as another run of itself.
    Restart,
    /// A camera's picture is gone.
    Dark,
}

/// One trouble of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Whose.
    pub speaker: Speaker,
    /// Which.
    pub trouble: Trouble,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
}

/// How often (mean minutes between two, over the whole building), how long (seconds), to whom.
const USUAL: [(Trouble, f64, (f64, f64), &[DeviceKind]); 4] = [
    (Trouble::Away, 9.0, (45.0, 80.0), &[DeviceKind::Counter, DeviceKind::Rating, DeviceKind::Camera]),
    (Trouble::Dead, 45.0, (300.0, 1_200.0), &[DeviceKind::Rating]),
    (Trouble::Restart, 80.0, (20.0, 45.0), &[DeviceKind::Kiosk]),
    (Trouble::Dark, 30.0, (60.0, 240.0), &[DeviceKind::Camera]),
];

/// The faults between two instants, in order; no device has two at once.
#[must_use]
pub fn faults(devices: &[Speaker], from: Timestamp, to: Timestamp, dice: &mut Dice) -> Vec<Fault> {
    let mut all: Vec<Fault> = Vec::new();
    for (trouble, every_min, (shortest, longest), kinds) in USUAL {
        let whom: Vec<Speaker> = devices.iter().copied().filter(|device| kinds.contains(&device.kind)).collect();
        let mut at = from;
        while let Some(speaker) = dice.one_of(&whom).copied() {
            at = at.plus(dice.task_ms(every_min * 60.0, 1.0, 20.0, 6.0 * 60.0 * every_min));
            let back = at.plus(ms(dice.between(shortest, longest)));
            if back >= to {
                break;
            }
            let meets = |other: &Fault| other.speaker == speaker && other.from <= back && at <= other.to;
            if !all.iter().any(meets) {
                all.push(Fault { speaker, trouble, from: at, to: back });
            }
        }
    }
    all.sort_by_key(|fault| (fault.from, fault.speaker));
    all
}
