//! The simulation against closed forms, and what no luck may change.

use proptest::prelude::*;

use super::*;
use crate::Seconds;

const AS_OF: i64 = 1_795_395_600_000;

fn service_id(name: &str) -> ServiceId {
    ServiceId::new(name).unwrap()
}

fn counter_id(n: usize) -> CounterId {
    CounterId::new(&format!("q{n}")).unwrap()
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_ms(AS_OF + minutes * 60_000)
}

fn ticket(k: usize, waited_s: u32, priority: Priority) -> Waiting {
    let ticket = TicketNumber::new(&format!("A{k:04}")).unwrap();
    Waiting { ticket, priority, waited_s, p50_s: None, p90_s: None, reason: None }
}

/// A service whose calls take five minutes on the mean, without anybody in line or to come.
fn quiet(name: &str) -> ServiceOutlook {
    ServiceOutlook {
        service: service_id(name),
        waiting: 0,
        line: Vec::new(),
        policy: Policy::Fcfs,
        hours: None,
        service_time: None,
        interval_s: Some(300.0),
        calls_every_s: None,
        staffing: None,
        arrivals_per_h: Some([0.0; 24]),
        priority_share: None,
        leave_per_min: None,
        no_show: None,
    }
}

/// The same with `n` people in line, who came a minute apart.
fn with_line(name: &str, n: usize) -> ServiceOutlook {
    let line = (0..n).map(|k| ticket(k, ((n - k) * 60) as u32, Priority::Normal)).collect();
    ServiceOutlook { waiting: n as u32, line, ..quiet(name) }
}

fn counter(n: usize, services: &[&str]) -> CounterOutlook {
    let services = services.iter().map(|name| service_id(name)).collect();
    CounterOutlook { counter: counter_id(n), services, open: true, resumes: false, busy: None }
}

fn site(services: Vec<ServiceOutlook>, counters: Vec<CounterOutlook>) -> Outlook {
    Outlook {
        site: SiteId::new("tam-ky").unwrap(),
        seq: 7,
        as_of: at(0),
        utc_offset_min: 420,
        hours: None,
        services,
        counters,
        left_out: 0,
        accuracy: None,
    }
}

fn ask(outlook: &Outlook, changes: &[Change]) -> Answer {
    simulate(outlook, &Question { changes: changes.to_vec(), ..Question::default() }).unwrap()
}

fn s(seconds: Option<Seconds>) -> f64 {
    seconds.unwrap().ms() as f64 / 1_000.0
}

fn more(service: &str, count: u32) -> Change {
    Change::OpenCounters { service: service_id(service), count }
}

/// Erlang C: the probability of waiting with `c` servers under a load of `a`.
fn erlang_c(c: u32, a: f64) -> f64 {
    let b = (1..=c).fold(1.0, |b, k| a * b / (f64::from(k) + a * b));
    b / (1.0 - a / f64::from(c) * (1.0 - b))
}

/// Erlang A: the probability of leaving; birth and death with leaving at `theta` per waiting.
fn erlang_a(c: u32, lambda: f64, mu: f64, theta: f64) -> f64 {
    let (mut p, mut all, mut waiting) = (1.0, 1.0, 0.0);
    for n in 1..5_000_u32 {
        let over = f64::from(n.saturating_sub(c));
        p *= lambda / (f64::from(n.min(c)) * mu + over * theta);
        all += p;
        waiting += over * p;
    }
    theta * (waiting / all) / lambda
}

/// A site long enough in the making: eight hours, from empty.
fn busy_site(c: usize, per_hour: f32, leave_per_min: Option<f32>) -> Outlook {
    let counters = (1..=c).map(|n| counter(n, &["s"])).collect();
    site(vec![ServiceOutlook { arrivals_per_h: Some([per_hour; 24]), leave_per_min, ..quiet("s") }], counters)
}

#[test]
fn the_line_is_that_of_erlang_c() {
    // 4 counters, 5 minutes a call, 40 an hour: a load of 10/3, used to 5/6.
    let (c, a) = (4, 40.0 / 12.0);
    let outlook = busy_site(4, 40.0, None);
    let answer = simulate(&outlook, &Question { runs: 2_000, horizon_min: 480, ..Question::default() }).unwrap();
    let at_2h = answer.services[0].base.waiting[2];
    // In the stationary M/M/c more than n wait with probability C·ρ^(n+1).
    let (waits, rho) = (erlang_c(c, a), a / f64::from(c));
    let quantile = |q: f64| (0..).find(|n| waits * rho.powi(n + 1) <= 1.0 - q).unwrap() as u32;
    assert!(at_2h.p50.abs_diff(quantile(0.5)) <= 1 && at_2h.p90.abs_diff(quantile(0.9)) <= 1, "{at_2h:?}");
}

#[test]
fn the_wait_of_one_in_line_is_a_sum_of_exponentials() {
    // Two counters just called, nine wait: the tenth is called at the tenth end, each after 150 s.
    let busy = Some(Busy { since_s: 0, service: None, ticket: None });
    let counters = (1..=2).map(|n| CounterOutlook { busy, ..counter(n, &["s"]) }).collect();
    let outlook = site(vec![with_line("s", 9)], counters);
    let answer = simulate(&outlook, &Question { runs: 2_000, ..Question::default() }).unwrap();
    let wait = answer.services[0].base.wait_now;
    // Quantiles of Gamma(10, 150 s): 9.66871 and 14.20599 times 150.
    for (found, error, exact) in [(wait.p50_s, wait.p50_se_s, 1_450.3), (wait.p90_s, wait.p90_se_s, 2_130.9)] {
        assert!((s(found) - exact).abs() < 3.5 * s(error), "{} ± {}, not {exact}", s(found), s(error));
        assert!(s(error) < 0.03 * exact);
    }
}

#[test]
fn the_share_that_leaves_is_that_of_erlang_a() {
    // 3 counters with 5 minutes a call get 48 an hour, more than they can serve; patience: 15 minutes.
    let outlook = busy_site(3, 48.0, Some(1.0 / 15.0));
    let answer = simulate(&outlook, &Question { runs: 2_000, horizon_min: 480, ..Question::default() }).unwrap();
    let exact = erlang_a(3, 48.0 / 3_600.0, 1.0 / 300.0, 1.0 / 900.0);
    let found = answer.services[0].base.abandoned.unwrap();
    // The first of eight hours fill the hall: a little less than for ever.
    assert!((found - exact).abs() < 0.01, "{found}, not {exact}");
}

#[test]
fn the_same_seed_is_the_same_answer_to_the_bit() {
    let outlook = busy_site(3, 40.0, Some(0.02));
    let text = |seed| serde_json::to_string(&simulate(&outlook, &Question { seed, ..Question::default() }).unwrap());
    assert_eq!(text(1).unwrap(), text(1).unwrap());
    assert_ne!(text(1).unwrap(), text(2).unwrap());
}

#[test]
fn nothing_changed_is_no_difference() {
    let answer = ask(&busy_site(3, 40.0, None), &[Change::Demand { service: None, factor: 1.0 }]);
    assert_eq!(answer.services[0].base, answer.services[0].changed);
    let gain = answer.services[0].gain.unwrap();
    assert_eq!((gain.mean_s, gain.se_s), (Seconds::default(), Seconds::default()));
}

#[test]
fn common_draws_make_the_difference_sharp() {
    let outlook = site(vec![with_line("s", 20)], (1..=2).map(|n| counter(n, &["s"])).collect());
    let it = &ask(&outlook, &[more("s", 1)]).services[0];
    let gain = it.gain.unwrap();
    assert!(gain.mean_s.ms() > 0);
    // Apart, the two means would differ by chance as much as both spread.
    assert!(s(Some(gain.se_s)) * 2.0 < s(it.base.wait_now.p50_se_s), "{gain:?} {:?}", it.base.wait_now);
}

#[test]
fn nobody_serving_is_null_with_its_reason() {
    let closed = CounterOutlook { open: false, ..counter(1, &["s"]) };
    let outlook = site(vec![with_line("s", 3)], vec![closed]);
    let answer = ask(&outlook, &[Change::OpenCounter { counter: counter_id(1), services: None }]);
    let it = &answer.services[0];
    assert_eq!(it.base.wait_now, Range::unknown(Reason::NoOpenCounter));
    assert_eq!(it.base.empty, Range::unknown(Reason::NoOpenCounter));
    assert_eq!(it.base.waiting[0].p90, 3, "they stay");
    assert!(it.changed.wait_now.p90_s.is_some() && it.gain.is_none());
}

#[test]
fn what_was_not_learned_is_not_invented() {
    let unseen = |name| ServiceOutlook { interval_s: None, arrivals_per_h: None, ..quiet(name) };
    let waiting = ServiceOutlook { interval_s: None, ..with_line("b", 2) };
    let counters = vec![counter(1, &["a"]), counter(2, &["b", "c"]), counter(3, &["d", "e"])];
    let services = vec![unseen("a"), waiting, quiet("c"), quiet("d"), unseen("e")];
    let answer = ask(&site(services, counters), &[]);
    let unknown = Range::unknown(Reason::NotEnoughHistory);
    let now = |place: usize| answer.services[place].base.wait_now;
    assert_eq!((now(0), now(1)), (unknown, unknown));
    assert_eq!(now(2), unknown, "its counter also serves people of whom nothing is known");
    assert_eq!(now(3).p90_s, Some(Seconds::default()), "nobody comes for the other service of its counter");
    assert!(answer.services[0].base.abandoned.is_none() && answer.services[0].base.waiting.is_empty());

    let known = ServiceOutlook { arrivals_per_h: None, ..with_line("s", 3) };
    let base = &ask(&site(vec![known], vec![counter(1, &["s"])]), &[]).services[0].base;
    assert!(base.wait_now.p90_s.is_some());
    assert_eq!((base.empty, base.wait_next_hour), (unknown, unknown), "who comes is not known");
}

#[test]
fn nobody_is_called_in_the_break_and_the_line_stays() {
    let opening = |open, close| Opening { open: at(open), close: at(close) };
    let constant = Distribution::of(vec![600.0]);
    let busy = Some(Busy { since_s: 300, service: Some(service_id("s")), ticket: None });
    let lasting = CounterOutlook { busy, ..counter(1, &["s"]) };
    let service = |n| vec![ServiceOutlook { service_time: constant, ..with_line("s", n) }];
    let outlook = |n, counter| Outlook {
        hours: Some(vec![opening(-60, 10), opening(100, 300)]),
        ..site(service(n), vec![counter])
    };
    // Called at minute 5, free at 15, in the break; the next at 100, then 110; a ticket of now at 120.
    let base = ask(&outlook(3, lasting.clone()), &[]).services.remove(0).base;
    assert_eq!(base.wait_now.p50_s, Some(Seconds::from_ms(120 * 60_000)));
    assert_eq!(base.empty.p90_s, Some(Seconds::from_ms(110 * 60_000)));
    assert_eq!(base.waiting.iter().map(|it| it.p90).collect::<Vec<_>>(), [2, 2, 0]);
    // A counter that closed for the break comes back with it.
    let resting = CounterOutlook { open: false, resumes: true, ..counter(1, &["s"]) };
    let base = ask(&outlook(0, resting), &[]).services.remove(0).base;
    assert_eq!(base.wait_now.p50_s, Some(Seconds::from_ms(100 * 60_000)));
    // Twenty wait, and the day ends before the last of them.
    let base = ask(&outlook(40, lasting), &[]).services.remove(0).base;
    assert_eq!(base.wait_now, Range::unknown(Reason::Closed));
}

#[test]
fn a_horizon_counts_opening_only() {
    let opening = |open, close| Opening { open: at(open), close: at(close) };
    let service = ServiceOutlook { service_time: Distribution::of(vec![600.0]), ..with_line("s", 7) };
    let hours = Some(vec![opening(-60, 30), opening(120, 300)]);
    let outlook = Outlook { hours, ..site(vec![service], vec![counter(1, &["s"])]) };
    let wait = |horizon_min| {
        simulate(&outlook, &Question { horizon_min, ..Question::default() }).unwrap().services.remove(0).base.wait_now
    };
    assert_eq!(wait(60), Range::unknown(Reason::BeyondHorizon));
    assert_eq!(wait(75).p50_s, Some(Seconds::from_ms(160 * 60_000)));
}

#[test]
fn a_service_has_hours_of_its_own() {
    let hours = Some(vec![Opening { open: at(30), close: at(90) }]);
    let late = ServiceOutlook { hours, ..with_line("late", 1) };
    let outlook = site(vec![late, with_line("s", 1)], vec![counter(1, &["late", "s"])]);
    let answer = ask(&outlook, &[]);
    assert!(s(answer.services[0].base.wait_now.p50_s) >= 1_800.0);
    assert!(s(answer.services[1].base.wait_now.p50_s) < 1_800.0);
}

#[test]
fn who_is_called_first_is_the_policy_s_word() {
    let line =
        vec![ticket(1, 600, Priority::Normal), ticket(2, 60, Priority::Elderly), ticket(3, 900, Priority::Appointment)];
    let at_once = |policy| {
        let row = ServiceOutlook {
            policy,
            line: line.clone(),
            waiting: 3,
            priority_share: Some(1.0),
            arrivals_per_h: Some([60.0; 24]),
            ..quiet("s")
        };
        let busy = Some(Busy { since_s: 0, service: None, ticket: None });
        ask(&site(vec![row], vec![CounterOutlook { busy, ..counter(1, &["s"]) }]), &[]).services.remove(0).base.wait_now
    };
    // First come: the fourth end. With everybody who comes before oneself there is no end of them.
    assert!((s(at_once(Policy::Fcfs).p50_s) / 1_101.6 - 1.0).abs() < 0.1);
    assert_eq!(at_once(Policy::Priority), Range::unknown(Reason::BeyondHorizon));
    assert!(Policy::Priority.is_first(Priority::Merit) && !Policy::Priority.is_first(Priority::Appointment));
}

#[test]
fn a_number_of_counters_is_enough_and_recent_calls_are_too() {
    let counted = ServiceOutlook { staffing: Some(3), ..with_line("s", 6) };
    let of = |row: ServiceOutlook| ask(&site(vec![row], Vec::new()), &[more("s", 1)]).services.remove(0);
    let it = of(counted.clone());
    assert!(s(it.changed.wait_now.p50_s) < s(it.base.wait_now.p50_s));
    let paced = of(ServiceOutlook { staffing: None, interval_s: None, calls_every_s: Some(60.0), ..counted.clone() });
    // The seventh call, one each minute: 6.67 minutes in the middle.
    assert!((s(paced.base.wait_now.p50_s) / 400.2 - 1.0).abs() < 0.1, "{:?}", paced.base.wait_now);
    assert_eq!(
        paced.changed.wait_now.reason,
        Some(Reason::NotEnoughHistory),
        "how fast one more would call is not known"
    );
    let nobody = of(ServiceOutlook { staffing: Some(0), ..counted.clone() });
    assert_eq!(nobody.base.wait_now, Range::unknown(Reason::NoOpenCounter));
    assert_eq!(of(ServiceOutlook { staffing: None, ..counted }).base.wait_now.reason, Some(Reason::NoOpenCounter));
}

#[test]
fn counters_close_and_move() {
    let outlook = site(vec![with_line("a", 10), with_line("b", 0)], vec![counter(1, &["a"]), counter(2, &["b"])]);
    let moved = ask(&outlook, &[Change::MoveCounter { counter: counter_id(2), services: vec![service_id("a")] }]);
    assert!(moved.services[0].gain.unwrap().mean_s.ms() > 0);
    assert_eq!(moved.services[1].changed.wait_now.reason, Some(Reason::NoOpenCounter));
    let closed = ask(&outlook, &[Change::CloseCounter { counter: counter_id(1) }]);
    assert_eq!(closed.services[0].changed.wait_now.reason, Some(Reason::NoOpenCounter));
    let twice = ask(&busy_site(2, 20.0, None), &[Change::Demand { service: None, factor: 2.0 }]);
    assert!(twice.services[0].changed.waiting[2].p90 > twice.services[0].base.waiting[2].p90);
}

#[test]
fn many_changes_of_demand_together_stay_within_ten_times_the_usual() {
    let times = |factor| Change::Demand { service: None, factor };
    let site = busy_site(2, 20.0, None);
    let together = ask(&site, &[times(10.0), times(10.0), times(10.0)]);
    let once = ask(&site, &[times(10.0)]);
    assert_eq!(together.services[0].changed, once.services[0].changed);
    assert_ne!(once.services[0].changed, once.services[0].base);
}

#[test]
fn what_cannot_be_asked_is_told() {
    let outlook = site(vec![quiet("s")], vec![counter(1, &["s"])]);
    let refused = |changes: Vec<Change>| simulate(&outlook, &Question { changes, ..Question::default() }).unwrap_err();
    assert_eq!(refused(vec![more("t", 1)]), ChangeError::UnknownService(service_id("t")));
    assert_eq!(refused(vec![more("s", 0)]), ChangeError::NewCounters(0));
    assert_eq!(
        refused(vec![Change::CloseCounter { counter: counter_id(9) }]),
        ChangeError::UnknownCounter(counter_id(9))
    );
    let nothing = Change::MoveCounter { counter: counter_id(1), services: Vec::new() };
    assert_eq!(refused(vec![nothing]), ChangeError::NoService(counter_id(1)));
    assert!(matches!(refused(vec![Change::Demand { service: None, factor: f64::NAN }]), ChangeError::Factor(_)));
    assert_eq!(refused(vec![more("s", 1); 17]), ChangeError::TooMany(17));
    let runs = Question { runs: 2_001, ..Question::default() };
    assert_eq!(simulate(&outlook, &runs).unwrap_err(), ChangeError::Runs(2_001));
    let text = r#"{"changes":[{"change":"open_counters","service":"s"}],"seed":3}"#;
    let asked: Question = serde_json::from_str(text).unwrap();
    assert_eq!((asked.changes, asked.runs), (vec![more("s", 1)], DEFAULT_RUNS));
    assert!(serde_json::from_str::<Question>(r#"{"chagnes":[]}"#).is_err());
}

#[test]
fn an_outlook_stays_below_its_bounds() {
    let full = |n: usize| {
        let line =
            (0..n).map(|k| Waiting { p50_s: Some(3_600), p90_s: Some(7_200), ..ticket(k, 5_400, Priority::Normal) });
        ServiceOutlook { line: line.collect(), waiting: n as u32, ..quiet("s") }
    };
    let small = site(vec![full(10)], Vec::new());
    assert_eq!(small.clone().bounded(), small);
    let short = ServiceOutlook { service: service_id("t"), ..full(50) };
    let bounded = site(vec![full(5_000), short], Vec::new()).bounded();
    assert!(serde_json::to_string(&bounded).unwrap().len() <= MOST_BYTES);
    assert_eq!(bounded.services[1].line.len(), 50, "the longest line is cut, not the shortest");
    let listed = bounded.services[0].line.len();
    assert!(listed >= 1_700 && listed + 50 <= MOST_LISTED, "{listed}");
    assert_eq!(bounded.left_out as usize, 5_000 - listed);
    let again: Outlook = serde_json::from_str(&serde_json::to_string(&bounded).unwrap()).unwrap();
    assert_eq!(again, bounded);
}

#[test]
fn an_instant_stays_the_same_to_the_second() {
    let since = Timestamp::from_ms(AS_OF - 60_900);
    let shown = Some((at(3), at(9)));
    for ms in [0, 1, 400, 999, 1_700] {
        let as_of = Timestamp::from_ms(AS_OF + ms);
        let it = Waiting::new(as_of, (TicketNumber::new("A1").unwrap(), Priority::Normal), since, shown, None);
        assert_eq!(Waiting::at(as_of, i64::from(it.p50_s.unwrap())), at(3), "{ms}");
        assert_eq!(Waiting::at(as_of, -i64::from(it.waited_s)).ms(), AS_OF - 61_000, "{ms}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// First come, first served with the calls' lengths bound to the tickets: each wait is shorter,
    /// run by run (Kiefer & Wolfowitz 1955), so every quantile is.
    #[test]
    fn one_more_counter_is_never_worse(waiting in 0_usize..30, counters in 1_usize..5, per_hour in 0_f32..60.0, seed: u64) {
        let open = (1..=counters).map(|n| counter(n, &["s"])).collect();
        let outlook = site(vec![ServiceOutlook { arrivals_per_h: Some([per_hour; 24]), ..with_line("s", waiting) }], open);
        let question = Question { changes: vec![more("s", 1)], runs: 60, horizon_min: 120, seed };
        let it = simulate(&outlook, &question).unwrap().services.remove(0);
        let worse = |base: Option<Seconds>, changed: Option<Seconds>| base.is_some() && changed.is_none_or(|s| s > base.unwrap());
        prop_assert!(!worse(it.base.wait_now.p90_s, it.changed.wait_now.p90_s), "{it:?}");
        prop_assert!(!worse(it.base.empty.p90_s, it.changed.empty.p90_s), "{it:?}");
        prop_assert!(it.base.waiting.iter().zip(&it.changed.waiting).all(|(base, changed)| changed.p90 <= base.p90));
    }

    #[test]
    fn whatever_an_outlook_says_there_is_an_answer(
        interval in prop::option::of(prop::num::f32::ANY), leave in prop::option::of(prop::num::f32::ANY),
        arrivals in prop::num::f32::ANY, share in prop::option::of(prop::num::f32::ANY), waited: u32,
        quantiles in prop::array::uniform10(prop::num::f32::ANY), since_s: u32, staffing in prop::option::of(0_u32..50),
    ) {
        let row = ServiceOutlook {
            interval_s: interval, leave_per_min: leave, priority_share: share, no_show: share, calls_every_s: interval, staffing,
            arrivals_per_h: Some([arrivals.clamp(-1e3, 1e3); 24]), line: vec![ticket(1, waited, Priority::Child)], waiting: 1,
            service_time: Some(Distribution { n: 1, quantiles_s: quantiles }), policy: Policy::Priority, ..quiet("s")
        };
        let busy = Some(Busy { since_s, service: None, ticket: None });
        let outlook = site(vec![row], vec![CounterOutlook { busy, ..counter(1, &["s"]) }]);
        let answer = simulate(&outlook, &Question { runs: 2, ..Question::default() });
        prop_assert!(answer.is_ok());
    }
}
