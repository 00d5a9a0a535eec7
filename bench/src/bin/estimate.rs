//! The estimator alone: what an event costs to learn from, what an estimate costs with and without
//! a trained model, and how much a site has to remember. One JSON line a figure.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use bench::figure::{Asked, Figures};
use domain::calendar::Hours;
use domain::config::SiteConfig;
use domain::estimate::lessons::{Key, Lessons};
use domain::estimate::model::Model;
use domain::estimate::{Estimator, Place};
use domain::event::Priority;
use domain::facts::{Change, Fact, InLine, Span};
use domain::{SiteId, TicketNumber, Timestamp};

/// 2026-11-23, 07:00 in Vietnam.
const MORNING: i64 = 1_795_392_000_000;
const DAY: i64 = 86_400_000;

/// A day of `services` services at two counters each, as many tickets for each.
fn day(morning: i64, services: u16, tickets: u32) -> Result<Vec<Fact>> {
    let mut facts = Vec::new();
    let mut dice = morning as u64;
    let mut below = |n: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % n
    };
    let apart = (28_800_000 / u64::from(tickets)).max(2);
    for service in 0..services {
        let mut came = morning;
        let mut free = [morning + 300_000; 2];
        for number in 1..=tickets {
            came += 1 + below(apart * 2) as i64;
            let ticket = TicketNumber::new(&format!("A{}", u32::from(service) * 2_000 + number))?;
            let line =
                InLine { service, ticket, since: Timestamp::from_ms(came), order: number, priority: Priority::Normal };
            facts.push((came, Fact::WaitBegan(line)));
            let desk = usize::from(free[1] < free[0]);
            let (called, counter) = (free[desk].max(came), service * 2 + desk as u16);
            let at = Timestamp::from_ms(called);
            facts.push((called, Fact::WaitEnded { line, at, called: true, counter: Some(counter) }));
            free[desk] = called + (apart * 19 / 10) as i64 / 2 + below(apart * 19 / 10) as i64;
            let ended = Timestamp::from_ms(free[desk]);
            facts.push((free[desk], Fact::BusyEnded(Span { counter, from: at, to: ended })));
        }
    }
    facts.sort_by_key(|(at, _)| *at);
    Ok(facts.into_iter().map(|(_, fact)| fact).collect())
}

#[derive(Default)]
struct Cost {
    issues: (f64, f64),
    others: (f64, f64),
}

fn tell(
    site: &mut Estimator,
    hours: &mut Hours,
    facts: &[Fact],
    model: Option<&Model>,
    lessons: Option<&mut Lessons>,
) -> Cost {
    let mut cost = Cost::default();
    let mut lessons = lessons;
    for fact in facts {
        let began = Instant::now();
        let issued = site.apply(&Change { fact: *fact, holds: true }, &mut Place { hours, model });
        let spent = began.elapsed().as_secs_f64() * 1e6;
        let of = if issued.is_some() { &mut cost.issues } else { &mut cost.others };
        *of = (of.0 + spent, of.1 + 1.0);
        let Some(lessons) = lessons.as_deref_mut() else { continue };
        let key = |line: &InLine| Key { site: 0, service: line.service, ticket: line.ticket };
        match (fact, issued) {
            (Fact::WaitBegan(line), Some(issued)) => {
                lessons.issued(key(line), (line.since.ms() / DAY) as i32, issued.row);
            }
            (Fact::WaitEnded { line, at, .. }, _) => lessons.called(key(line), at.since(line.since) as f32 / 1e3),
            _ => {}
        }
    }
    cost
}

fn main() -> Result<ExitCode> {
    let mut figures = Figures::default();
    let config = SiteConfig::discovered(SiteId::new("x")?, "Asia/Ho_Chi_Minh");
    let mut hours = Hours::of_site(&config)?;
    for (name, services, tickets, most_kb) in [("quiet", 5, 12, 32.0), ("busy", 24, 60, 1_024.0)] {
        let (mut site, mut lessons) = (Estimator::new(), Lessons::new());
        let mut cost = Cost::default();
        for on in 0..12 {
            cost = tell(&mut site, &mut hours, &day(MORNING + on * DAY, services, tickets)?, None, Some(&mut lessons));
        }
        let each = |(sum, n): (f64, f64)| sum / n.max(1.0);
        let name = |what: &str| format!("estimate.{name}.{what}");
        figures.tell(&name("learn_us_per_event"), each(cost.others), "µs", Asked::AtMost(1.0));
        figures.tell(&name("issue_us_floor"), each(cost.issues), "µs", Asked::AtMost(50.0));
        let began = Instant::now();
        let until = Timestamp::from_ms(MORNING + 12 * DAY);
        if let Some(model) = Model::train(&lessons, until, 1, &mut |_| {}) {
            figures.tell(&name("training_s"), began.elapsed().as_secs_f64(), "s", Asked::Nothing);
            let facts = day(MORNING + 12 * DAY, services, tickets)?;
            let cost = tell(&mut site, &mut hours, &facts, Some(&model), None);
            figures.tell(&name("issue_us_model"), each(cost.issues), "µs", Asked::AtMost(50.0));
            let kept = serde_json::to_vec(&model).context("a model is written")?.len() as f64 / 1_024.0;
            figures.tell(&name("model_json_kb"), kept, "kB", Asked::Nothing);
        }
        figures.tell(&name("state_kb"), site.size_bytes() as f64 / 1_024.0, "kB", Asked::AtMost(most_kb));
    }
    Ok(if figures.missed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
