//! Of a counter.

use domain::board::{Board, CounterRow, Shown};

use super::Facts;
use crate::attention;
use crate::theme::Role;
use crate::view::matter::{self, Matter};
use crate::view::scene::Scene;
use crate::view::table::level_role;
use crate::view::text::tame;
use crate::view::{alerts, counters, devices, figures, zones};
use crate::words::Word;

/// Everything known of a counter.
pub fn facts<'s, 'm>(scene: &'s Scene<'m>, board: &Board, row: &CounterRow) -> Facts<'s, 'm> {
    let mut facts = Facts::new(scene, &row.name);
    if let Some(it) = counters::trouble(scene, row) {
        let sentence = matter::sentence(scene, &Matter::Counter(row, it));
        facts.say_as(Word::NeedsAttention, sentence, level_role(it.level));
    }
    present(&mut facts, scene, row);
    facts.say(Word::Served, row.served.to_string());
    facts.minutes(Word::MeanService, row.service_mean_s, Word::NoneServedYet);
    figures_of_officer(&mut facts, scene, board, row);
    facts.list(Word::Service, lines_it_serves(scene, board, row));
    facts.list(Word::LastCalls, calls(scene, board, row));
    let missed = board.missed.iter().filter(|missed| missed.counter == Some(row.counter));
    facts.list(Word::MissedHere, missed.map(|missed| format!("{} {}", scene.clock(missed.ts), missed.ticket)));
    let mine = board.alerts.iter().filter(|alert| alert.counter == Some(row.counter));
    facts.list(Word::Rule, mine.map(|alert| alerts::rule(scene, alert).into_owned()));
    facts.list(
        Word::OfItsZone,
        attention::zones_of(board, row)
            .map(|zone| format!("{}  {}", zones::level_bar(scene, zone, 27).text, zone.camera)),
    );
    let device = board.devices.iter().filter(|device| device.device.as_str() == row.counter.as_str());
    facts.list(
        Word::Console,
        device.map(|device| {
            let (mark, word, _) = devices::state(scene, device);
            format!("{} {mark} {word}", device.device)
        }),
    );
    facts.told(Word::Field, row.field.as_deref());
    facts.told(Word::Place, row.place.as_deref());
    facts.say(Word::Identity, row.counter.as_str());
    facts
}

/// What it is doing now, and who.
fn present(facts: &mut Facts<'_, '_>, scene: &Scene<'_>, row: &CounterRow) {
    let (mark, word, role) = counters::state(scene, row);
    facts.say_as(Word::Status, format!("{mark} {word}"), role);
    if let Some(reason) = counters::reason(scene, row) {
        facts.say(Word::Reason, reason);
    }
    match row.since {
        Some(at) => facts.at(Word::Since, at),
        None => facts.missing(Word::Since, Word::NotSaid),
    }
    match &row.ticket {
        Some(ticket) => facts.say(Word::Ticket, ticket.as_str()),
        None => facts.missing(Word::Ticket, Word::NobodyThere),
    }
    match scene.officer(row) {
        Some(name) => facts.say(Word::Officer, name),
        None => facts.missing(Word::Officer, Word::NotSaid),
    }
}

/// What `public` is not given.
fn figures_of_officer(facts: &mut Facts<'_, '_>, scene: &Scene<'_>, board: &Board, row: &CounterRow) {
    match row.utilisation {
        Shown::Figure(Some(share)) => {
            let bar = figures::bar(share, 20, scene.marks);
            facts.say(Word::Utilisation, format!("{bar} {:.0}%", (share.clamp(0.0, 1.0) * 100.0).floor()));
        }
        Shown::Figure(None) => {
            let window = board.services.first().map_or(0, |service| i64::from(service.window_s) * 1_000);
            let why = scene.fill(Word::NotOpenInWindow, &[&figures::minutes(window, scene.marks)]);
            facts.say_as(Word::Utilisation, format!("{} {why}", scene.marks.missing), Role::Dim);
        }
        Shown::Hidden => facts.missing(Word::Utilisation, Word::NotForYou),
    }
    match row.ratings.map(|ratings| (ratings, figures::percent(ratings.satisfied, ratings.n))) {
        Some((ratings, Some(share))) => {
            let rated = scene.fill(Word::RatedTickets, &[&ratings.n.to_string()]);
            let share = scene.fill(Word::SatisfiedShare, &[&share]);
            facts.say(Word::Ratings, format!("{rated} {} {share}", scene.marks.dot));
        }
        Some((_, None)) => facts.missing(Word::Ratings, Word::NoRatingsYet),
        None => facts.missing(Word::Ratings, Word::NotForYou),
    }
}

/// `Đất đai: 7 chờ, lâu nhất 21′`
fn lines_it_serves(scene: &Scene<'_>, board: &Board, row: &CounterRow) -> Vec<String> {
    row.services
        .iter()
        .map(|id| match board.services.iter().find(|service| service.service == *id) {
            Some(service) => {
                let longest = figures::known_minutes(service.longest_wait_s, scene.marks);
                let waiting = service.waiting.to_string();
                scene.fill(Word::LineOfService, &[&tame(&service.name), &waiting, &longest])
            }
            None => id.to_string(),
        })
        .collect()
}

/// `08:41:02 A012`
fn calls(scene: &Scene<'_>, board: &Board, row: &CounterRow) -> Vec<String> {
    let mine = board.calls.iter().filter(|call| call.counter == Some(row.counter)).take(5);
    mine.map(|call| {
        let again =
            if call.recall { format!(" {} {}", scene.marks.dot, scene.say(Word::Recall)) } else { String::new() };
        format!("{} {}{again}", scene.clock(call.ts), call.ticket)
    })
    .collect()
}
