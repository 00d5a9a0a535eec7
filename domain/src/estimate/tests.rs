//! The estimator told facts in order and out of it.

use super::*;
use crate::config::SiteConfig;
use crate::event::Priority;
use crate::facts::{Fact, InLine};
use crate::{SiteId, TicketNumber};

/// 2026-11-23, a Monday, 07:00 in Vietnam.
const MORNING: i64 = 1_795_392_000_000;
const DAY: i64 = 86_400_000;

fn hours() -> Hours {
    Hours::of_site(&SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh")).unwrap()
}

/// A generator for tests: the same numbers for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

fn line(number: u32, service: ServiceIx, since: i64) -> InLine {
    let ticket = TicketNumber::new(&format!("A{number:03}")).unwrap();
    InLine { service, ticket, since: Timestamp::from_ms(since), order: number, priority: Priority::Normal }
}

/// A day of two services at one counter each: tickets a minute or two apart, services as long.
fn day(seed: u64, morning: i64) -> Vec<Fact> {
    let mut dice = Dice(seed);
    let mut facts = Vec::new();
    for service in 0..2_u16 {
        let (mut came, mut free) = (morning, morning + 600_000);
        for number in 1..=120_u32 {
            came += 20_000 + dice.below(140_000) as i64;
            let line = line(number + u32::from(service) * 500, service, came);
            facts.push((came, Fact::WaitBegan(line)));
            let at = Timestamp::from_ms(free.max(came));
            let called = dice.below(20) > 0;
            facts.push((at.ms(), Fact::WaitEnded { line, at, called, counter: called.then_some(service) }));
            free = at.ms() + if called { 15_000 + dice.below(170_000) as i64 } else { 0 };
        }
    }
    // What has one instant stays in the order of its cause.
    facts.sort_by_key(|(at, _)| *at);
    facts.into_iter().map(|(_, fact)| fact).collect()
}

fn tell(estimator: &mut Estimator, hours: &mut Hours, facts: &[Fact], holds: bool) {
    for fact in facts {
        estimator.apply(&Change { fact: *fact, holds }, &mut Place { hours, model: None });
    }
}

fn ranges(estimator: &mut Estimator, hours: &mut Hours, at: i64) -> Vec<Option<Range>> {
    let place = &mut Place { hours, model: None };
    (0..2).map(|service| estimator.range(service, Timestamp::from_ms(at), place)).collect()
}

#[test]
fn nothing_is_promised_before_anything_was_seen() {
    let (mut estimator, mut hours) = (Estimator::new(), hours());
    assert_eq!(ranges(&mut estimator, &mut hours, MORNING), [None, None]);
    let facts = day(1, MORNING);
    tell(&mut estimator, &mut hours, &facts[..20], true);
    assert!(estimator.promise(0).is_none());
    let place = &mut Place { hours: &mut hours, model: None };
    assert!(estimator.range_or_prior(7, Timestamp::from_ms(MORNING), place).p90_ms > 0);
}

#[test]
fn what_is_taken_back_and_told_anew_is_the_ordered_run() {
    let mut hours = hours();
    let mut ordered = Estimator::new();
    let mut shuffled = Estimator::new();
    let days: Vec<Vec<Fact>> = (0..4).map(|on| day(7 + on, MORNING + on as i64 * DAY)).collect();
    let mut dice = Dice(3);
    for facts in &days {
        tell(&mut ordered, &mut hours, facts, true);
        let mut told = 0;
        while told < facts.len() {
            let next = (told + 1 + dice.below(30) as usize).min(facts.len());
            tell(&mut shuffled, &mut hours, &facts[told..next], true);
            // Some of it was wrong: it is taken back, the last first, and told once more.
            let back = dice.below(1 + next as u64) as usize;
            let again = &facts[next - back..next];
            again.iter().rev().for_each(|fact| {
                shuffled.apply(&Change { fact: *fact, holds: false }, &mut Place { hours: &mut hours, model: None });
            });
            if dice.below(2) == 0 {
                shuffled.settle(&mut Place { hours: &mut hours, model: None });
            }
            tell(&mut shuffled, &mut hours, again, true);
            told = next;
        }
    }
    shuffled.settle(&mut Place { hours: &mut hours, model: None });
    assert!(ordered.state == shuffled.state);
    let at = MORNING + 3 * DAY + 3_600_000;
    assert_eq!(ranges(&mut ordered, &mut hours, at), ranges(&mut shuffled, &mut hours, at));
    assert!(ranges(&mut ordered, &mut hours, at)[0].is_some());
}

#[test]
fn without_a_model_nine_in_ten_are_called_within_the_promise() {
    let (mut estimator, mut hours) = (Estimator::new(), hours());
    for on in 0..20 {
        tell(&mut estimator, &mut hours, &day(100 + on, MORNING + on as i64 * DAY), true);
    }
    for (band, kept) in estimator.accuracy().by_band.iter().enumerate().filter(|(_, kept)| kept.n > 100.0) {
        let share = Accuracy::share(*kept).unwrap();
        assert!((0.86..0.97).contains(&share), "band {band}: {share} of {}", kept.n);
    }
    let promise = estimator.promise(0).unwrap();
    assert!(promise.n > 90 && promise.within <= promise.n);
}

#[test]
fn who_stands_further_back_waits_longer_and_a_kept_state_goes_on_alike() {
    let (mut estimator, mut hours) = (Estimator::new(), hours());
    tell(&mut estimator, &mut hours, &day(5, MORNING), true);
    let facts = day(6, MORNING + DAY);
    tell(&mut estimator, &mut hours, &facts[..facts.len() / 2], true);
    let at = Timestamp::from_ms(MORNING + DAY + 5_000_000);
    let place = &mut Place { hours: &mut hours, model: None };
    let standing = estimator.line(0, at, place);
    assert!(standing.len() > 3);
    let ranges: Vec<Range> = standing.iter().filter_map(|standing| standing.range).collect();
    assert!(ranges.iter().all(|range| range.p50_ms <= range.p90_ms));
    assert!(ranges.windows(2).all(|pair| pair[0].p50_ms <= pair[1].p50_ms), "{ranges:?}");
    let bytes = postcard::to_stdvec(&estimator).unwrap();
    let mut kept: Estimator = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(kept.line(0, at, place), standing);
    tell(&mut estimator, &mut hours, &facts[facts.len() / 2..], true);
    tell(&mut kept, &mut hours, &facts[facts.len() / 2..], true);
    assert!(estimator.state == kept.state && estimator.log == kept.log);
}
