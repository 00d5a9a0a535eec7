//! Of zones and devices.

use domain::board::{DeviceRow, ZoneRow};

use super::Facts;
use crate::theme::Role;
use crate::view::scene::Scene;
use crate::view::{devices, figures, zones};
use crate::words::Word;

/// Everything known of a zone.
pub fn zone<'s, 'm>(scene: &'s Scene<'m>, row: &ZoneRow) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, row.zone.as_str());
    let level = zones::level_bar(scene, row, 30);
    facts.say_as(Word::Level, level.text, level.role);
    match row.motion {
        Some(true) => facts.say(Word::MotionNow, scene.say(Word::Motion)),
        Some(false) => facts.say(Word::MotionNow, scene.say(Word::Still)),
        None => facts.missing(Word::MotionNow, Word::ZoneUnknown),
    }
    match row.people {
        Some(people) => facts.say(Word::People, people.to_string()),
        None => facts.missing(Word::People, Word::NotSaid),
    }
    match row.as_of {
        Some(at) => facts.at(Word::HeardAgo, at),
        None => facts.missing(Word::HeardAgo, Word::NoDataYet),
    }
    facts.say(Word::Kind, zones::kind(scene, row));
    if let Some(counter) = &row.counter {
        facts.say(Word::Counter, counter.as_str());
    }
    facts.say(Word::Camera, row.camera.as_str());
    facts
}

/// Everything known of a device.
pub fn device<'s, 'm>(scene: &'s Scene<'m>, row: &DeviceRow) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, row.device.as_str());
    let (mark, word, role) = devices::state(scene, row);
    facts.say_as(Word::Status, format!("{mark} {word}"), role);
    match row.age_s {
        Some(age) => {
            let age = figures::age(i64::try_from(age).unwrap_or(i64::MAX / 1_000) * 1_000, scene.marks);
            facts.say(Word::HeardAgo, scene.fill(Word::Ago, &[&age]));
        }
        None => facts.missing(Word::HeardAgo, Word::DeviceUnheard),
    }
    match row.skew_ms {
        Some(skew) => facts.say(Word::Skew, format!("{skew} ms")),
        None => facts.missing(Word::Skew, Word::NotMeasured),
    }
    facts.say_as(Word::Gaps, row.gaps.to_string(), if row.gaps > 0 { Role::Warn } else { Role::Text });
    if row.flags.is_empty() {
        facts.say_as(Word::Flags, scene.say(Word::None), Role::Dim);
    } else {
        facts.say_as(Word::Flags, devices::flags(scene, row), Role::Warn);
    }
    facts.say(Word::Kind, devices::kind(scene, row.kind));
    facts.say(Word::Identity, row.device.as_str());
    facts
}
