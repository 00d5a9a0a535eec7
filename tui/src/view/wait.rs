//! What a service promises, and how its promises hold.

use std::borrow::Cow;

use domain::board::{Promise, ServiceRow};
use domain::shown::Range;

use super::figures;
use super::scene::Scene;
use super::table::Cell;
use super::text::tame;
use crate::expected::{self, LEAST_PERCENT};
use crate::theme::Role;
use crate::words::Word;

/// The promised range, what it runs past, or why there is none: `20–40′`, `1h20–4h10 →13:30`, `5h00–8h20 trễ?`.
pub fn expected<'s>(scene: &Scene<'s>, row: &'s ServiceRow) -> Cell<'s> {
    let Some(estimate) = &row.estimate else { return Cell::dim(no_estimate(scene, row)) };
    let range = range(scene, Range::of(estimate));
    match estimate.resumes_at {
        _ if estimate.before_close == Some(false) => {
            Cell::new(format!("{range} {}", scene.say(Word::MayBeLate)), Role::Warn)
        }
        Some(at) => Cell::text(format!("{range} {}{}", scene.marks.past, scene.hour_minute(at))),
        None => Cell::text(range),
    }
}

/// `20–40′`, or that there is no wait to speak of.
pub fn range(scene: &Scene<'_>, range: Range) -> String {
    if range.is_now() { scene.say(Word::RightAway).to_owned() } else { figures::range(range, scene.marks) }
}

/// Why a service promises nothing.
pub fn no_estimate<'s>(scene: &Scene<'s>, row: &'s ServiceRow) -> Cow<'s, str> {
    match row.estimate_reason.as_deref() {
        Some("no_open_counter") => scene.say(Word::NoOpenCounter).into(),
        Some("not_enough_history") => scene.say(Word::NotEnoughHistory).into(),
        Some("closed_until") => match row.opens_at {
            Some(at) => scene.fill(Word::ClosedUntil, &[&scene.hour_minute(at)]).into(),
            None => scene.say(Word::ClosedToday).into(),
        },
        Some(other) => tame(other),
        None => scene.marks.missing.into(),
    }
}

/// The share of today's promises that held: `92%`, `!84%` where too many did not.
pub fn promise(scene: &Scene<'_>, row: &ServiceRow) -> Cell<'static> {
    let Some((promise, share)) = share(row) else { return Cell::missing(scene) };
    match (expected::is_broken(promise), promise.n < expected::ENOUGH) {
        (true, _) => Cell::new(format!("{}{share}", scene.marks.trouble), Role::Warn),
        (false, true) => Cell::dim(share),
        (false, false) => Cell::text(share),
    }
}

/// The same with how many they are, and what is asked of them.
pub fn promise_told(scene: &Scene<'_>, row: &ServiceRow) -> Option<(String, Role)> {
    let (promise, share) = share(row)?;
    let n = promise.n.to_string();
    Some(if expected::is_broken(promise) {
        let told = scene.fill(Word::PromiseBroken, &[&share, &n, &format!("{LEAST_PERCENT}%")]);
        (format!("{} {told}", scene.marks.trouble), Role::Warn)
    } else {
        (scene.fill(Word::PromiseShare, &[&share, &n]), Role::Text)
    })
}

fn share(row: &ServiceRow) -> Option<(Promise, String)> {
    let promise = row.promise?;
    Some((promise, figures::percent(promise.within, promise.n)?))
}
