//! What history tells of the days that the ledger keeps, beside what the board shows of them.

use domain::Seconds;
use domain::history::{Day, Histogram, ServicePlace};
use hashbrown::HashMap;

use super::*;

/// The present business day as history tells it.
fn tell(site: &Site, until: Timestamp) -> Day {
    let place = |service| ServicePlace { service, field: None, department: None };
    let told = site.ledger.tell(until, |_| 25_200).pop().unwrap();
    told.day(&HashMap::new(), place, |_| None)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn history_tells_of_a_day_what_the_board_showed(
        (events, shuffled) in a_day().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        const DAY_MS: i64 = 86_400_000;
        let as_of = last(&events);
        let mut site = Site::run(&shuffled);
        let told = tell(&site, as_of);
        prop_assert_eq!(&told, &tell(&Site::run(&events), as_of), "in whatever order they came");
        site.waits.iter_mut().for_each(|waits| waits.advance(as_of, DAY_MS));
        for (n, waits) in (0..).zip(&site.waits) {
            let board = waits.figures(as_of);
            let cells = || told.flow.iter().filter(|cell| cell.key.service == Some(service(n)));
            let all = cells().fold(Histogram::default(), |mut all, cell| { all.merge(&cell.waits); all });
            let mean = (all.n() > 0).then(|| Seconds::from_ms((all.sum_ms + all.n() as i64 / 2) / all.n() as i64));
            let p90 = board.wait_p90_s.map(|wait| (wait.ms() / 1_000) as u32);
            prop_assert_eq!((all.n() as u32, mean, all.percentile_s(90)), (board.called, board.wait_mean_s, p90));
            prop_assert_eq!(cells().map(|cell| cell.arrivals).sum::<u32>(), board.arrivals);
            prop_assert_eq!(cells().map(|cell| cell.cancelled + cell.no_shows).sum::<u32>(), board.abandoned);
            let stood: i64 = told.queues.iter().filter(|cell| cell.service == service(n)).map(|cell| cell.waited_ms).sum();
            prop_assert!(stood >= all.sum_ms, "who was called has stood in the line");
        }
        for (n, load) in (0..).zip(&site.loads) {
            let board = load.figures(as_of, DAY_MS, site.ledger.day().date);
            let cells = || told.counters.iter().filter(|cell| cell.counter == counter(n));
            let (open, busy) = cells().fold((0, 0), |(open, busy), cell| (open + cell.open_ms, busy + cell.busy_ms));
            prop_assert_eq!((open > 0).then(|| f64::from(busy) / f64::from(open)), board.utilisation);
            let flow = || told.flow.iter().filter(|cell| cell.key.counter == Some(counter(n)));
            prop_assert_eq!(flow().map(|cell| cell.served).sum::<u32>(), board.served);
            let all = flow().fold(Histogram::default(), |mut all, cell| { all.merge(&cell.services); all });
            let mean = (all.n() > 0).then(|| Seconds::from_ms((all.sum_ms + all.n() as i64 / 2) / all.n() as i64));
            prop_assert_eq!(mean, board.service_mean_s);
        }
        let totals = site.ratings.totals(site.ledger.day().date);
        let rated: u32 = told.flow.iter().flat_map(|cell| cell.ratings).sum();
        prop_assert_eq!((rated, told.flow.iter().map(|cell| cell.unbound).sum::<u32>()), (totals.n, totals.unbound));
    }
}

#[test]
fn a_visit_that_is_kept_over_night_is_told_with_its_beginning_for_good() {
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    config.keep_queue_overnight = true;
    let mut calendar = config.calendar().unwrap();
    let monday = calendar.day_of(start());
    let mut site = Site { ledger: Ledger::new(monday), ..Site::new() };
    site.ledger.know((0..3).map(service), (0..3).map(counter));
    for (s, kind) in [(54_000, 0), (55_800, 4), (56_400, 16)] {
        site.take(at(s), &body(kind, 1, 0, 1));
    }
    let tuesday = calendar.day_of(monday.end);
    site.ledger.start_day(tuesday, monday.start, &mut site.taken);
    site.take(at(86_400 + 27_600), &body(4, 1, 0, 1));
    site.take(at(86_400 + 28_800), &body(10, 1, 0, 1));
    let before = tell(&site, at(86_400 + 30_000));
    let visit = before.visits[0];
    assert_eq!((visit.issued, visit.first_wait_ms, visit.transfers, visit.calls), (at(54_000), Some(1_800_000), 1, 2));
    let wednesday = calendar.day_of(tuesday.end);
    site.ledger.start_day(wednesday, tuesday.start, &mut site.taken);
    let kept: Ledger = read_back(&site.ledger);
    for ledger in [&site.ledger, &kept] {
        let place = |service| ServicePlace { service, field: None, department: None };
        let days = ledger.tell(wednesday.start, |_| 25_200);
        let after = days.into_iter().next().unwrap().day(&HashMap::new(), place, |_| None);
        assert_eq!((after.date, after.visits), (tuesday.date, vec![visit]));
    }
}
