//! Tiny days, worked out on paper.

use super::*;

struct Day {
    tickets: Vec<TicketRow>,
}

/// An instant of 2020-01-02, `day` days on.
fn at(day: i64, text: &str) -> Instant {
    Instant::parse(&format!("2020-01-02T{text}+01:00")).unwrap().plus_ms(day * 86_400_000)
}

impl Day {
    fn new() -> Self {
        Self { tickets: Vec::new() }
    }

    /// `issued called ended counter`; `-` is not known. Ends over `+` are on the next day.
    fn ticket(mut self, number: &str, outcome: &str, life: &str) -> Self {
        let mut words = life.split(' ').map(|word| (word != "-").then_some(word));
        let mut time =
            || words.next().flatten().map(|text| at(text.starts_with('+').into(), text.trim_start_matches('+')));
        let (issued, called, finished) = (time().unwrap(), time(), time());
        let counter = words.next().flatten().map(str::to_owned);
        self.tickets.push(TicketRow {
            ticket_id: format!("X-{number}"),
            site: "X".into(),
            service: "S".into(),
            priority: 0,
            issued,
            called,
            finished,
            counter,
            outcome: outcome.into(),
        });
        self
    }

    /// The figures after everything up to an instant.
    fn at(&self, until: Instant) -> SiteFigures {
        let mut oracle = Oracle::default();
        let log = Log { tickets: self.tickets.clone(), snapshots: Vec::new() };
        happenings(&log).iter().filter(|one| one.at.ms <= until.ms).for_each(|one| oracle.apply(one));
        oracle.site("x").unwrap().figures()
    }
}

#[test]
fn waits_begin_at_the_issue_and_end_at_the_call() {
    let day = Day::new()
        .ticket("A1", "served", "08:00:00 08:10:00 - -")
        .ticket("A2", "served", "08:01:00 08:10:30 - -")
        .ticket("A3", "abandoned", "08:02:00 - 08:10:30 -")
        .ticket("A4", "served", "08:03:00 08:30:00 - -");
    let mut expected = ServiceFigures {
        waiting: 4,
        longest_wait_ms: Some(180_000),
        next: vec!["A1".into(), "A2".into(), "A3".into()],
        called: 0,
        wait_mean_ms: None,
        wait_p50_ms: None,
        wait_p90_ms: None,
        arrivals: 4,
        abandoned: 0,
        open_counters: None,
    };
    assert_eq!(day.at(at(0, "08:03:00")).services["s"], expected);
    expected.waiting = 1;
    expected.longest_wait_ms = Some(450_000);
    expected.next = vec!["A4".into()];
    expected.called = 2;
    expected.wait_mean_ms = Some(585_000);
    expected.wait_p50_ms = Some(570_000);
    expected.wait_p90_ms = Some(600_000);
    expected.abandoned = 1;
    assert_eq!(day.at(at(0, "08:10:30")).services["s"], expected);
    let figures = day.at(at(0, "08:30:00"));
    assert_eq!((figures.services["s"].called, figures.services["s"].waiting), (1, 0));
    assert_eq!(figures.services["s"].wait_mean_ms, Some(27 * 60_000));
}

#[test]
fn the_window_is_open_at_its_old_end() {
    let day = Day::new()
        .ticket("A1", "served", "08:00:00 08:10:00 - -")
        .ticket("A2", "served", "08:20:00 08:24:59 - -")
        .ticket("A3", "served", "08:20:00 08:25:00 - -");
    assert_eq!(day.at(at(0, "08:24:59")).services["s"].called, 2);
    assert_eq!(day.at(at(0, "08:25:00")).services["s"].called, 2, "A1's wait ended exactly 900 s ago");
}

#[test]
fn a_call_ends_the_ticket_that_is_still_with_the_counter() {
    let day = Day::new().ticket("A1", "served", "08:00:00 08:00:00 08:05:00 Q1").ticket(
        "A2",
        "served",
        "08:00:10 08:04:00 08:06:00 Q1",
    );
    let counter = |until| day.at(at(0, until)).counters["q1"].clone();
    let (busy, idle) = (240_000.0, 1.0);
    let expected = CounterFigures {
        status: "open",
        ticket: Some("A2".into()),
        served: 1,
        service_mean_ms: Some(240_000),
        utilisation: Some(busy / (busy + idle)),
    };
    assert_eq!(counter("08:04:00"), expected);
    let later = counter("08:05:00");
    assert_eq!((later.ticket, later.served), (Some("A2".into()), 1), "A1's own end changes nothing");
    let closed = counter("08:06:01");
    assert_eq!((closed.status, closed.ticket, closed.served), ("closed", None, 2));
    assert_eq!(closed.service_mean_ms, Some(180_000));
    assert_eq!(closed.utilisation, Some(360_000.0 / 360_002.0));
}

#[test]
fn nothing_of_yesterday_waits_today() {
    let day = Day::new()
        .ticket("A1", "served", "23:47:00 23:59:00 +00:03:00 Q1")
        .ticket("A2", "abandoned", "23:58:00 - +00:02:00 -")
        .ticket("A3", "abandoned", "23:59:00 - - -");
    let before = day.at(at(0, "23:59:30"));
    assert_eq!((before.services["s"].waiting, before.counters["q1"].ticket.as_deref()), (2, Some("A1")));
    let after = day.at(at(1, "00:04:00"));
    let service = &after.services["s"];
    assert_eq!((service.waiting, service.longest_wait_ms, service.abandoned), (0, None, 0));
    assert_eq!((service.called, service.arrivals), (1, 2), "the window looks over midnight");
    let counter = &after.counters["q1"];
    assert_eq!((counter.status, counter.ticket.clone(), counter.served), ("closed", None, 0));
    assert_eq!((after.unmatched, after.business_day.as_str()), (2, "2020-01-03"));
}

/// Every ticket of one service of one site, by their ids.
type Rows<'a> = std::collections::BTreeMap<(String, String), Vec<&'a TicketRow>>;

/// What the rows say by themselves, without any fold: waiting, called, the sum of their waits,
/// arrivals, abandoned.
fn from_rows(rows: &[&TicketRow], now: Instant) -> [i64; 5] {
    let by = |at: Option<Instant>| at.is_some_and(|at| at.ms <= now.ms);
    let inside = |at: Option<Instant>| at.is_some_and(|at| at.ms <= now.ms && at.ms > now.ms - WINDOW_MS);
    let left = |row: &TicketRow| if row.called.is_none() { row.finished } else { None };
    let waits =
        |row: &TicketRow| row.issued.day() == now.day() && by(Some(row.issued)) && !by(row.called) && !by(left(row));
    let called: Vec<_> = rows.iter().filter(|row| inside(row.called)).collect();
    [
        rows.iter().filter(|row| waits(row)).count() as i64,
        called.len() as i64,
        called.iter().map(|row| row.called.unwrap().ms - row.issued.ms).sum(),
        rows.iter().filter(|row| inside(Some(row.issued))).count() as i64,
        rows.iter().filter(|row| inside(left(row))).count() as i64,
    ]
}

#[test]
fn the_fold_and_the_rows_agree_through_whole_days() {
    let recordings = [crate::recordings::Recording::warsaw(), crate::recordings::Recording::bank()];
    for recording in recordings.into_iter().flatten() {
        let log = Log::read(&recording.tickets, recording.counters.as_deref());
        let mut rows = Rows::new();
        for row in &log.tickets {
            rows.entry((mapping::id(&row.site), mapping::id(&row.service))).or_default().push(row);
        }
        let (mut oracle, mut compared, mut next) = (Oracle::default(), 0, i64::MIN);
        for one in happenings(&log) {
            if one.at.ms > next {
                next = one.at.ms + 3 * 3_600_000;
                compared += compare_sites(&rows, &oracle);
            }
            oracle.apply(&one);
        }
        assert!(compared > 300, "only {compared} rows of services were compared");
    }
}

fn compare_sites(rows: &Rows, oracle: &Oracle) -> usize {
    let mut compared = 0;
    for (id, site) in oracle.sites() {
        let now = site.as_of;
        if (now.ms + now.offset_ms).rem_euclid(86_400_000) < 3_600_000 {
            continue; // Right after midnight a row outlives its day, and the fold does not follow.
        }
        for (service, figures) in &site.figures().services {
            let [waiting, called, total, arrivals, abandoned] =
                from_rows(&rows[&(id.to_owned(), service.clone())], now);
            let told = [figures.waiting, figures.called, figures.arrivals, figures.abandoned].map(|n| n as i64);
            assert_eq!(told, [waiting, called, arrivals, abandoned], "{id} {service} at {now}");
            let mean = (called > 0).then(|| (total as f64 / called as f64 + 0.5).floor() as i64);
            assert_eq!(figures.wait_mean_ms, mean, "{id} {service} at {now}");
            compared += 1;
        }
    }
    compared
}
