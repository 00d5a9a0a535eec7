//! What would be with more counters for a service: now, and then.
//!
//! ```text
//! ╭ Nếu thêm 1 quầy: Đất đai ───────────────────────────╮
//! │ 9/10 được gọi trong    42′ → 18′                    │
//! │ Một nửa được gọi trong 25′ → 11′                    │
//! │ Hết người chờ (9/10)   10:40 → 09:55                │
//! ╰─────────────────────────────────────────────────────╯
//! ```

use domain::outlook::{Answer, Forecast, Range, Reason, ServiceAnswer, Waiting};
use domain::{Seconds, Timestamp};

use super::Facts;
use crate::model::{WhatIf, WhatIfAnswer};
use crate::theme::Role;
use crate::view::figures;
use crate::view::scene::Scene;
use crate::words::Word;

/// Everything that a question has brought.
pub fn facts<'s, 'm>(scene: &'s Scene<'m>, asked: &WhatIf) -> Facts<'s, 'm> {
    let row = scene.board.and_then(|board| board.services.iter().find(|row| row.service == asked.service));
    let name = row.map_or_else(|| asked.service.to_string(), |row| row.name.clone());
    let title = match asked.more {
        1 => scene.fill(Word::WhatIfOne, &[&name]),
        more => scene.fill(Word::WhatIfTitle, &[&more.to_string(), &name]),
    };
    let mut facts = Facts::new(scene, &title);
    match &asked.answer {
        WhatIfAnswer::Asked => facts.say_as(Word::WhatIfNine, scene.say(Word::WhatIfAsked), Role::Dim),
        WhatIfAnswer::Refused(why) => facts.say_as(Word::WhatIfNine, why.sentence(scene.lang), Role::Warn),
        WhatIfAnswer::Known(answer) => match answer.services.iter().find(|row| row.service == asked.service) {
            Some(row) => answered(&mut facts, scene, answer, row),
            None => facts.missing(Word::WhatIfNine, Word::NotSaid),
        },
    }
    facts
}

fn answered(facts: &mut Facts<'_, '_>, scene: &Scene<'_>, answer: &Answer, row: &ServiceAnswer) {
    let (base, changed) = (&row.base, &row.changed);
    let wait = |end: fn(&Range) -> Option<Seconds>| {
        let of = |range: &Range| end(range).map_or_else(|| unknown(scene, range), |s| begun(scene, s));
        from_to(scene, &of(&base.wait_now), &of(&changed.wait_now))
    };
    facts.say(Word::WhatIfNine, wait(|range| range.p90_s));
    facts.say(Word::WhatIfHalf, wait(|range| range.p50_s));
    if let Some(gain) = row.gain {
        let word = if gain.mean_s.ms() >= 0 { Word::WhatIfEarlier } else { Word::WhatIfLater };
        let (mean, error) = (spoken(gain.mean_s.ms().abs(), scene), spoken(gain.se_s.ms(), scene));
        facts.say(Word::WhatIfGain, scene.fill(word, &[&mean, &error]));
    }
    let empty = |it: &Forecast| match it.empty.p90_s {
        Some(s) if s.ms() == 0 => scene.say(Word::NobodyWaits).to_owned(),
        Some(s) => scene.hour_minute(Waiting::at(answer.as_of, (s.ms() + 59_999) / 60_000 * 60)),
        None => unknown(scene, &it.empty),
    };
    facts.say(Word::WhatIfEmpty, from_to(scene, &empty(base), &empty(changed)));
    facts.list(Word::WhatIfWaiting, waiting(scene, answer.as_of, base, changed));
    if let (Some(base), Some(changed)) = (base.abandoned, changed.abandoned) {
        let share = |share: f64| format!("{:.0}%", share * 100.0);
        facts.say(Word::WhatIfLeave, from_to(scene, &share(base), &share(changed)));
    }
    let from = [scene.hour_minute(answer.as_of), answer.runs.to_string()];
    facts.say_as(Word::WhatIfFrom, scene.fill(Word::WhatIfRuns, &[&from[0], &from[1]]), Role::Dim);
}

/// How many wait at the clocks of later: `09:11: 12 → 5`.
fn waiting(scene: &Scene<'_>, as_of: Timestamp, base: &Forecast, changed: &Forecast) -> Vec<String> {
    let pairs = base.waiting.iter().zip(&changed.waiting);
    let line = |(base, changed): (&domain::outlook::WaitingAt, &domain::outlook::WaitingAt)| {
        let at = scene.hour_minute(as_of.plus(i64::from(base.after_min) * 60_000));
        format!("{at}: {}", from_to(scene, &base.p90.to_string(), &changed.p90.to_string()))
    };
    pairs.map(line).collect()
}

fn from_to(scene: &Scene<'_>, from: &str, to: &str) -> String {
    format!("{from} {} {to}", scene.marks.past)
}

/// A wait in minutes, each that is begun counted: a promise is not cut.
fn begun(scene: &Scene<'_>, wait: Seconds) -> String {
    match wait.ms() {
        0 => scene.say(Word::RightAway).to_owned(),
        ms => figures::minutes(ms + 59_999, scene.marks),
    }
}

/// A difference: under two minutes in seconds.
fn spoken(ms: i64, scene: &Scene<'_>) -> String {
    figures::age(ms, scene.marks)
}

fn unknown(scene: &Scene<'_>, range: &Range) -> String {
    let why = match range.reason {
        Some(Reason::NoOpenCounter) => Word::WhatIfNobodyServes,
        Some(Reason::Closed) => Word::WhatIfCloses,
        Some(Reason::BeyondHorizon) => Word::WhatIfBeyond,
        Some(Reason::NobodyComes) => Word::WhatIfNobodyComes,
        Some(Reason::NotEnoughHistory) | None => Word::WhatIfUnseen,
    };
    format!("{} ({})", scene.marks.missing, scene.say(why))
}
