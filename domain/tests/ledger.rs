//! What the ledger owes us over arbitrary sequences of events.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use domain::config::SiteConfig;
use domain::event::{Body, CounterStatus, Priority, RatingLevel};
use domain::facts::{Change, Fact, FoldedIngest};
use domain::ledger::{Announcement, Ledger, Taken};
use domain::load::CounterLoad;
use domain::ratings::SiteRatings;
use domain::waits::{ServiceWaits, WaitFigures};
use domain::{CounterId, ServiceId, SiteId, TicketNumber, Timestamp};
use proptest::prelude::*;

#[path = "ledger/told.rs"]
mod told;

const WINDOW_MS: i64 = 900_000;

fn start() -> Timestamp {
    Timestamp::parse("2026-11-23T00:00:00+07:00").unwrap()
}

/// A ledger with everything that counts its facts.
struct Site {
    ledger: Ledger,
    taken: Taken,
    waits: Vec<ServiceWaits>,
    loads: Vec<CounterLoad>,
    ratings: SiteRatings,
    ingest: FoldedIngest,
    calls: Vec<Announcement>,
    offset: u64,
}

impl Site {
    fn new() -> Self {
        let mut calendar = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh").calendar().unwrap();
        let mut ledger = Ledger::new(calendar.day_of(start()));
        ledger.know((0..3).map(service), (0..3).map(counter));
        Self {
            ledger,
            taken: Taken::default(),
            waits: vec![ServiceWaits::default(); 3],
            loads: vec![CounterLoad::default(); 3],
            ratings: SiteRatings::default(),
            ingest: FoldedIngest::default(),
            calls: Vec::new(),
            offset: 0,
        }
    }

    fn take(&mut self, at: Timestamp, body: &Body) {
        self.offset += 1;
        let call = self.ledger.take(self.offset, at, at, body, &mut self.taken);
        self.calls.extend(call);
        self.ledger.settle(&mut self.taken);
        self.count();
    }

    fn run(events: &[(Timestamp, Body)]) -> Self {
        let mut site = Self::new();
        events.iter().for_each(|(at, body)| site.take(*at, body));
        site.ledger.settle(&mut site.taken);
        site.count();
        site
    }

    fn count(&mut self) {
        for change in &std::mem::take(&mut self.taken.changes) {
            match service_of(change) {
                Some(ix) => self.waits[usize::from(ix)].apply(change),
                None => self.apply_elsewhere(change),
            }
        }
        self.taken.clear();
    }

    fn apply_elsewhere(&mut self, change: &Change) {
        let loads = &mut self.loads;
        match change.fact {
            Fact::OpenBegan(span) | Fact::OpenEnded(span) | Fact::BusyBegan(span) | Fact::BusyEnded(span) => {
                loads[usize::from(span.counter)].apply(change);
            }
            Fact::Served { counter, .. } | Fact::Rated { counter: Some(counter), .. } => {
                loads[usize::from(counter)].apply(change);
            }
            _ => {}
        }
        self.ratings.apply(change);
        self.ingest.apply(change);
    }

    fn figures(&mut self, as_of: Timestamp) -> (Vec<WaitFigures>, String) {
        self.waits.iter_mut().for_each(|waits| waits.advance(as_of, WINDOW_MS));
        let date = self.ledger.day().date;
        let loads: Vec<_> = self.loads.iter().map(|load| load.figures(as_of, WINDOW_MS, date)).collect();
        let mut text = format!("{loads:?} {:?} {:?}\n", self.ratings.totals(date), self.ingest);
        self.ledger.digest(&mut text);
        (self.waits.iter().map(|waits| waits.figures(as_of)).collect(), text)
    }
}

/// What a snapshot would keep of it.
fn read_back<T: serde::Serialize + serde::de::DeserializeOwned>(state: &T) -> T {
    postcard::from_bytes(&postcard::to_stdvec(state).unwrap()).unwrap()
}

fn service_of(change: &Change) -> Option<u16> {
    match change.fact {
        Fact::Arrived { service, .. } | Fact::Abandoned { service, .. } | Fact::Staffing { service, .. } => {
            Some(service)
        }
        Fact::WaitBegan(line) | Fact::WaitEnded { line, .. } => Some(line.service),
        _ => None,
    }
}

fn service(n: u8) -> ServiceId {
    ServiceId::new(&format!("s{n}")).unwrap()
}

fn counter(n: u8) -> CounterId {
    CounterId::new(&format!("q{n}")).unwrap()
}

fn body(kind: u8, ticket: u8, n: u8, m: u8) -> Body {
    let ticket = TicketNumber::new(&format!("A{ticket:03}")).unwrap();
    let at_counter = (n < 3).then(|| counter(n));
    match kind {
        0..=3 => Body::TicketIssued {
            ticket,
            service: service(m % 3),
            priority: Priority::Normal,
            channel: None,
            purpose: None,
            procedure: None,
        },
        4..=7 => Body::TicketCalled { ticket, counter: at_counter, officer: None },
        8 => Body::TicketRecalled { ticket, counter: at_counter, officer: None },
        9 => Body::TicketStarted { ticket, counter: at_counter },
        10 | 11 => Body::TicketFinished { ticket, counter: at_counter, outcome: None },
        12 => Body::TicketNoShow { ticket, counter: at_counter },
        13 => Body::TicketCancelled { ticket, counter: None },
        14 => Body::TicketHeld { ticket, counter: None, reason: None },
        15 => Body::TicketReturned { ticket, counter: None, reason: None },
        16 => Body::TicketTransferred { ticket, to_service: Some(service(m % 3)), to_counter: None },
        17 => Body::CounterChanged {
            status: [CounterStatus::Open, CounterStatus::Paused, CounterStatus::Closed][usize::from(m % 3)],
            counter: counter(n % 3),
            officer: None,
            services: Some([service(m % 3)].into()),
            reason: None,
        },
        18 => Body::ServiceStaffing { service: service(n % 3), open_counters: u32::from(m) },
        _ => Body::RatingPressed {
            level: RatingLevel::ALL[usize::from(m) % 5],
            counter: at_counter,
            ticket: m.is_multiple_of(2).then_some(ticket),
            officer: None,
            channel: None,
        },
    }
}

/// Events of one business day, in order, no two at one instant.
fn a_day() -> impl Strategy<Value = Vec<(Timestamp, Body)>> {
    let event = (1_i64..40_000, 0_u8..20, 0_u8..12, 0_u8..4, 0_u8..6);
    prop::collection::vec(event, 1..120).prop_map(|steps| {
        let mut at = start();
        let mut events = Vec::new();
        for (gap, kind, ticket, n, m) in steps {
            at = at.plus(gap);
            events.push((at, body(kind, ticket, n, m)));
        }
        events
    })
}

fn last(events: &[(Timestamp, Body)]) -> Timestamp {
    events.iter().map(|(at, _)| *at).max().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_order_of_delivery_gives_the_state_of_the_ordered_run(
        (events, shuffled) in a_day().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        later in 0_i64..1_000_000,
    ) {
        let as_of = last(&events).plus(later);
        prop_assert_eq!(Site::run(&events).figures(as_of), Site::run(&shuffled).figures(as_of));
    }

    #[test]
    fn late_events_give_the_state_of_the_ordered_run_at_every_step(events in a_day(), held_back in any::<prop::sample::Index>()) {
        // One event comes after all others; figures are read on the way, as a board would.
        let mut order = events.clone();
        let late = order.remove(held_back.index(events.len()));
        let mut site = Site::new();
        for (at, body) in &order {
            site.take(*at, body);
            site.waits.iter_mut().for_each(|waits| waits.advance(*at, WINDOW_MS));
        }
        site.take(late.0, &late.1);
        site.ledger.settle(&mut site.taken);
        site.count();
        let as_of = last(&events);
        prop_assert_eq!(site.figures(as_of), Site::run(&events).figures(as_of));
    }

    #[test]
    fn a_kept_ledger_goes_on_as_if_nothing_had_been(
        events in a_day(), cut in any::<prop::sample::Index>(), held_back in any::<prop::sample::Index>(),
    ) {
        let (cut, late) = (cut.index(events.len()), held_back.index(events.len()));
        let mut order: Vec<_> = events.iter().enumerate().filter(|(place, _)| *place != late).map(|(_, e)| e).collect();
        order.push(&events[late]);
        let mut site = Site::new();
        order[..cut].iter().for_each(|(at, body)| site.take(*at, body));
        let bytes = postcard::to_stdvec(&site.ledger).unwrap();
        let mut kept = Site { ledger: postcard::from_bytes(&bytes).unwrap(), ..Site::new() };
        prop_assert_eq!(postcard::to_stdvec(&kept.ledger).unwrap(), bytes, "the same ledger, the same bytes");
        kept.waits = read_back(&site.waits);
        kept.loads = read_back(&site.loads);
        kept.ratings = read_back(&site.ratings);
        (kept.ingest, kept.offset) = (site.ingest, site.offset);
        for (at, body) in &order[cut..] {
            site.take(*at, body);
            kept.take(*at, body);
        }
        let as_of = last(&events);
        prop_assert_eq!(site.figures(as_of), kept.figures(as_of));
    }

    #[test]
    fn every_issued_ticket_is_in_exactly_one_state_and_lines_agree(events in a_day()) {
        let mut site = Site::run(&events);
        let (figures, text) = site.figures(last(&events));
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("ticket 2 ")).collect();
        let mut numbers: Vec<&str> = lines.iter().map(|line| line.split(' ').nth(2).unwrap()).collect();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), lines.len(), "a number stands once");
        let waiting = lines.iter().filter(|line| line.split(' ').nth(3) == Some("Waiting")).count();
        prop_assert_eq!(waiting as u32, figures.iter().map(|figures| figures.waiting).sum::<u32>());
        for figures in figures {
            prop_assert!(figures.longest_wait_s.is_none_or(|wait| wait.ms() >= 0));
            prop_assert!(figures.wait_p50_s <= figures.wait_p90_s);
            prop_assert_eq!(figures.called == 0, figures.wait_mean_s.is_none());
        }
    }

    #[test]
    fn a_counter_is_never_busier_than_open(events in a_day(), later in 0_i64..1_000_000) {
        let site = Site::run(&events);
        for load in &site.loads {
            let utilisation = load.figures(last(&events).plus(later), WINDOW_MS, site.ledger.day().date).utilisation;
            prop_assert!(utilisation.is_none_or(|share| (0.0..=1.0).contains(&share)), "{utilisation:?}");
        }
    }

    #[test]
    fn a_ticket_is_announced_once_unless_recalled(events in a_day()) {
        let calls = Site::run(&events).calls;
        let mut waits = 0;
        for (_, body) in &events {
            waits += usize::from(matches!(body, Body::TicketIssued { .. } | Body::TicketReturned { .. }
                | Body::TicketTransferred { .. } | Body::TicketHeld { .. } | Body::TicketCalled { .. }));
        }
        prop_assert!(calls.iter().filter(|call| !call.recall).count() <= waits);
    }

    #[test]
    fn a_new_day_waits_for_nobody_and_keeps_yesterday_open_to_late_events(events in a_day(), held_back in any::<prop::sample::Index>()) {
        let next = |site: &mut Site| {
            let mut calendar = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh").calendar().unwrap();
            let today = site.ledger.day();
            let tomorrow = calendar.day_of(today.end);
            site.ledger.start_day(tomorrow, today.start, &mut site.taken);
            site.count();
            tomorrow
        };
        let mut order = events.clone();
        let late = order.remove(held_back.index(events.len()));
        let mut whole = Site::run(&events);
        next(&mut whole);
        let mut site = Site::run(&order);
        let day = next(&mut site);
        site.take(late.0, &late.1);
        site.ledger.settle(&mut site.taken);
        site.count();
        let as_of = day.start.plus(1);
        let (figures, text) = site.figures(as_of);
        prop_assert_eq!((&figures, &text), (&whole.figures(as_of).0, &whole.figures(as_of).1));
        prop_assert!(figures.iter().all(|figures| figures.waiting == 0));
        // Two more days: everything of the first is let go, nothing waits for its issue any more.
        next(&mut site);
        next(&mut site);
        prop_assert_eq!(site.ingest.unmatched, 0);
        prop_assert_eq!(site.ledger.size().1, 0);
    }
}

fn at(s: i64) -> Timestamp {
    start().plus(s * 1_000)
}

#[test]
fn a_call_before_its_issue_is_announced_and_waits_for_the_issue() {
    let mut site = Site::new();
    site.take(at(10), &body(4, 1, 0, 0));
    assert_eq!((site.calls.len(), site.ingest.unmatched, site.calls[0].service), (1, 1, None));
    site.take(at(5), &body(0, 1, 0, 0));
    assert_eq!((site.calls.len(), site.ingest.unmatched), (1, 0));
    let (figures, _) = site.figures(at(20));
    assert_eq!(figures[0].wait_mean_s.map(|wait| wait.ms()), Some(5_000));
}

#[test]
fn a_number_still_open_cannot_be_issued_again_but_a_finished_one_can() {
    let mut site = Site::new();
    for (s, kind) in [(1, 0), (2, 0), (3, 4), (4, 10), (5, 0)] {
        site.take(at(s), &body(kind, 1, 0, 0));
    }
    assert_eq!(site.ingest.rejected, 1);
    assert_eq!(site.figures(at(6)).0[0].waiting, 1);
}

#[test]
fn the_next_call_of_a_counter_ends_the_ticket_before() {
    let mut site = Site::new();
    for (s, kind, ticket) in [(1, 0, 1), (2, 0, 2), (10, 4, 1), (40, 4, 2), (50, 10, 1)] {
        site.take(at(s), &body(kind, ticket, 0, 0));
    }
    let figures = site.loads[0].figures(at(60), WINDOW_MS, site.ledger.day().date);
    assert_eq!((figures.served, figures.service_mean_s.map(|s| s.ms())), (1, Some(30_000)));
    assert_eq!(site.ledger.counter_now(0).unwrap().ticket.unwrap().0.as_str(), "A002");
}

#[test]
fn an_old_call_is_folded_but_not_announced() {
    let mut site = Site::new();
    site.take(at(0), &body(0, 1, 0, 0));
    let call = site.ledger.take(9, at(10), at(131), &body(4, 1, 0, 0), &mut site.taken);
    assert_eq!(call, None);
    assert!(site.ledger.counter_now(0).unwrap().ticket.is_some());
}

#[test]
fn a_press_binds_to_the_ticket_in_service_or_just_ended() {
    let mut site = Site::new();
    for (s, kind, ticket, m) in
        [(1, 0, 1, 0), (2, 4, 1, 0), (3, 9, 1, 0), (4, 19, 1, 1), (30, 10, 1, 0), (150, 19, 1, 3), (151, 19, 1, 1)]
    {
        site.take(at(s), &body(kind, ticket, 0, m));
    }
    let totals = site.ratings.totals(site.ledger.day().date);
    assert_eq!((totals.n, totals.unbound), (1, 1), "{totals:?}");
    assert_eq!(totals.by_level.keys().map(|level| level.code()).collect::<Vec<_>>(), ["dissatisfied"]);
}

#[test]
fn a_transfer_begins_a_new_wait_even_to_the_same_service() {
    let mut site = Site::new();
    site.take(at(0), &body(0, 1, 0, 0));
    let moved = Body::TicketTransferred {
        ticket: TicketNumber::new("A001").unwrap(),
        to_service: None,
        to_counter: Some(counter(1)),
    };
    site.take(at(50), &moved);
    site.take(at(60), &moved);
    let (figures, _) = site.figures(at(70));
    assert_eq!((figures[0].longest_wait_s.map(|wait| wait.ms()), figures[0].arrivals), (Some(20_000), 1));
}

#[test]
fn a_site_may_sleep_for_years() {
    let mut site = Site::new();
    site.take(at(0), &body(0, 1, 0, 0));
    site.take(at(1), &body(4, 9, 0, 0));
    site.take(at(2), &body(17, 0, 0, 0));
    let mut calendar = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh").calendar().unwrap();
    for years in [1_i64, 80] {
        let later = start().plus(years * 31_557_600_000);
        let day = calendar.day_of(later);
        let before = calendar.day_of(day.start.plus(-1));
        site.ledger.start_day(day, before.start, &mut site.taken);
        site.count();
        site.take(later, &body(0, 2, 0, 0));
        let (figures, text) = site.figures(later.plus(5_000));
        assert_eq!((figures[0].waiting, figures[0].arrivals), (1, 1), "{text}");
        assert_eq!((site.ingest.unmatched, site.ingest.rejected), (0, 1));
        assert!(text.contains("counter q0 open"), "{text}");
    }
}
