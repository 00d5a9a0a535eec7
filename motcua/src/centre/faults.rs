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

/// A kind of trouble as it usually comes.
struct Usual {
    trouble: Trouble,
    /// Minutes between two of them over the whole building, on average.
    every_min: f64,
    /// How long it lasts.
    lasts_s: (f64, f64),
    whom: &'static [DeviceKind],
}

const USUAL: [Usual; 4] = [
    Usual {
        trouble: Trouble::Away,
        every_min: 4.0,
        lasts_s: (45.0, 80.0),
        whom: &[DeviceKind::Counter, DeviceKind::Rating, DeviceKind::Camera],
    },
    Usual { trouble: Trouble::Dead, every_min: 45.0, lasts_s: (300.0, 1_200.0), whom: &[DeviceKind::Rating] },
    Usual { trouble: Trouble::Restart, every_min: 80.0, lasts_s: (20.0, 45.0), whom: &[DeviceKind::Kiosk] },
    Usual { trouble: Trouble::Dark, every_min: 30.0, lasts_s: (60.0, 240.0), whom: &[DeviceKind::Camera] },
];

/// The faults between two instants, in order; no device has two at once.
#[must_use]
pub fn faults(devices: &[Speaker], from: Timestamp, to: Timestamp, dice: &mut Dice) -> Vec<Fault> {
    let mut all: Vec<Fault> = Vec::new();
    for Usual { trouble, every_min, lasts_s, whom } in USUAL {
        let whom: Vec<Speaker> = devices.iter().copied().filter(|device| whom.contains(&device.kind)).collect();
        // The first instant is somewhere between two of them.
        let mut at = from.plus(-ms(dice.between(0.0, every_min * 60.0)));
        while let Some(speaker) = dice.one_of(&whom).copied() {
            at = at.plus(dice.task_ms(every_min * 60.0, 0.6, 20.0, 150.0 * every_min));
            let back = at.plus(ms(dice.between(lasts_s.0, lasts_s.1)));
            if back >= to {
                break;
            }
            let meets = |other: &Fault| other.speaker == speaker && other.from <= back && at <= other.to;
            if at > from && !all.iter().any(meets) {
                all.push(Fault { speaker, trouble, from: at, to: back });
            }
        }
    }
    all.sort_by_key(|fault| (fault.from, fault.speaker));
    all
}
