//! Of a service.

use domain::board::{Board, Estimate, ServiceRow};
use domain::shown::Range;

use super::Facts;
use crate::attention;
use crate::theme::Role;
use crate::view::matter::{self, Matter};
use crate::view::scene::Scene;
use crate::view::table::level_role;
use crate::view::text::tame;
use crate::view::{counters, figures, services, wait};
use crate::words::Word;

/// Minutes of an hour, one a column.
const HOUR: u16 = 60;

/// Everything known of a service.
pub fn facts<'s, 'm>(scene: &'s Scene<'m>, board: &Board, row: &ServiceRow) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, &row.name);
    if let Some(it) = attention::of_service(row) {
        let sentence = matter::sentence(scene, &Matter::Service(row, it));
        facts.say_as(Word::NeedsAttention, sentence, level_role(it.level));
    }
    facts.say(Word::Waiting, row.waiting.to_string());
    facts.minutes(Word::Longest, row.longest_wait_s, Word::NobodyWaits);
    expected(&mut facts, scene, row);
    match row.open_counters {
        Some(open) => facts.say(Word::OpenCounters, open.to_string()),
        None => facts.missing(Word::OpenCounters, Word::NotSaid),
    }
    if row.next.is_empty() {
        facts.missing(Word::NextTickets, Word::NobodyWaits)
    } else {
        facts.say(Word::NextTickets, services::next(row))
    }
    window(&mut facts, scene, row);
    trends(&mut facts, scene, row);
    facts.list(Word::ServesHere, serving(scene, board, row));
    facts.list(Word::LastCalls, calls(scene, board, row));
    facts.told(Word::Field, row.field.as_deref());
    facts.told(Word::Department, row.department.as_deref());
    facts.say(Word::Identity, row.service.as_str());
    facts
}

/// What it promises, to the second, and how today's promises held.
fn expected(facts: &mut Facts<'_, '_>, scene: &Scene<'_>, row: &ServiceRow) {
    match &row.estimate {
        Some(estimate) => promised(facts, scene, estimate),
        None => {
            let why = format!("{} {}", scene.marks.missing, wait::no_estimate(scene, row));
            facts.say_as(Word::Expected, why, Role::Dim);
            if let Some(reason) = row.closed_reason.as_deref() {
                facts.say(Word::Reason, tame(reason));
            }
        }
    }
    match wait::promise_told(scene, row) {
        Some((told, role)) => facts.say_as(Word::PromiseKept, told, role),
        None => facts.missing(Word::PromiseKept, Word::NothingPromised),
    }
}

fn promised(facts: &mut Facts<'_, '_>, scene: &Scene<'_>, estimate: &Estimate) {
    let dot = scene.marks.dot;
    let range = wait::range(scene, Range::of(estimate));
    let seconds = [estimate.p50_s, estimate.p90_s].map(|value| (value.ms() as f64 / 1_000.0).to_string());
    facts.say(Word::Expected, scene.fill(Word::ExpectedExactly, &[&range, dot, &seconds[0], dot, &seconds[1]]));
    match estimate.resumes_at {
        Some(at) => facts.say(Word::PastBreak, scene.fill(Word::IntoOpening, &[&scene.hour_minute(at)])),
        None => facts.say_as(Word::PastBreak, scene.say(Word::NoBreak), Role::Dim),
    }
    match estimate.before_close {
        Some(true) => facts.say(Word::BeforeClose, scene.say(Word::InTime)),
        Some(false) => {
            let told = format!("{} {}", scene.marks.trouble, scene.say(Word::NotInTime));
            facts.say_as(Word::BeforeClose, told, Role::Warn);
        }
        None => facts.missing(Word::BeforeClose, Word::NoHours),
    }
}

/// What ended in the window.
fn window(facts: &mut Facts<'_, '_>, scene: &Scene<'_>, row: &ServiceRow) {
    let span = figures::minutes(i64::from(row.window_s) * 1_000, scene.marks);
    let counts = [row.arrivals, row.called, row.abandoned].map(|count| count.to_string());
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    let label = scene.fill(Word::InWindow, &[&span]);
    facts.facts.push((label, scene.fill(Word::WindowCounts, &counts), Role::Text));
    if row.called == 0 {
        let why = scene.fill(Word::NotInWindow, &[&span]);
        return facts.say_as(Word::WaitFigures, format!("{} {why}", scene.marks.missing), Role::Dim);
    }
    let waits = [row.wait_mean_s, row.wait_p50_s, row.wait_p90_s].map(|wait| figures::known_minutes(wait, scene.marks));
    facts.say(Word::WaitFigures, waits.join(" / "));
}

/// The last hour, as far as this screen has seen it.
fn trends(facts: &mut Facts<'_, '_>, scene: &Scene<'_>, row: &ServiceRow) {
    let Some(trend) = scene.model.trends.of(row.service) else { return };
    // Two half minutes a column, as many as there is room for.
    let columns = HOUR.min(facts.room);
    let samples = trend.last(usize::from(columns * 2));
    let halved = |of: fn(&crate::model::Sample) -> Option<u32>| -> Vec<Option<u32>> {
        samples.chunks(2).map(|pair| pair.iter().flatten().filter_map(of).max()).collect()
    };
    let waiting = halved(|sample| Some(sample.waiting));
    let p90 = halved(|sample| sample.wait_p90_s.map(|seconds| (seconds / 60.0) as u32));
    for (label, course) in [(Word::TrendWaiting, waiting), (Word::TrendP90, p90)] {
        if course.iter().any(Option::is_some) {
            facts.say_as(label, figures::sparkline(&course, columns, scene.marks), Role::Good);
        }
    }
}

/// `Quầy 5 ► phục vụ A012 3′`
fn serving(scene: &Scene<'_>, board: &Board, row: &ServiceRow) -> Vec<String> {
    let here = board.counters.iter().filter(|counter| counter.services.contains(&row.service));
    here.map(|counter| {
        let (mark, word, _) = counters::state(scene, counter);
        let ticket = counter.ticket.as_ref().map_or(String::new(), |ticket| format!(" {ticket}"));
        let since = counter.since.map_or(String::new(), |at| format!(" {}", scene.minutes_since(at)));
        format!("{} {mark} {word}{ticket}{since}", tame(&counter.name))
    })
    .collect()
}

/// `08:41:02 A012 Quầy 5`
fn calls(scene: &Scene<'_>, board: &Board, row: &ServiceRow) -> Vec<String> {
    let mine = board.calls.iter().filter(|call| call.service == Some(row.service)).take(5);
    mine.map(|call| {
        let counter = call.counter.as_ref().map_or(scene.marks.missing, |counter| counter.as_str());
        format!("{} {} {counter}", scene.clock(call.ts), call.ticket)
    })
    .collect()
}
