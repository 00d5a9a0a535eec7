use proptest::prelude::*;

use super::*;

const MIDNIGHT: i64 = 86_400;

/// Seconds of the recording; day 0 ends at [`MIDNIGHT`].
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_ms(seconds * 1_000)
}

fn visit(ticket: &str, issued: i64, called: Option<(i64, &str)>, end: Option<(Ending, i64)>) -> Visit {
    Visit {
        name: format!("F99-{ticket}").into(),
        site: SiteId::new("bank").unwrap(),
        ticket: TicketNumber::new(ticket).unwrap(),
        service: ServiceId::new("ps").unwrap(),
        priority: Priority::Normal,
        issued: at(issued),
        offset_s: 0,
        class: 0,
        called: called.map(|(seconds, counter)| Call {
            at: at(seconds),
            day: i32::try_from(seconds / MIDNIGHT).unwrap(),
            counter: CounterId::new(counter).ok(),
        }),
        end: end.map(|(ending, seconds)| (ending, at(seconds))),
    }
}

/// `milliseconds type subject` of every event.
fn told(visits: &[Visit], staffing: &[Staffing]) -> Vec<String> {
    let subject = |event: &Mapped| event.subject.trim_start_matches("F99-").to_owned();
    events(visits, staffing).iter().map(|e| format!("{} {} {}", e.at.ms(), e.body.type_code(), subject(e))).collect()
}

#[test]
fn a_served_visit_opens_and_closes_its_counter() {
    let visits = [visit("1", 100, Some((160, "q1")), Some((Ending::Served, 200)))];
    assert_eq!(
        told(&visits, &[]),
        [
            "100000 ticket.issued 1",
            "159999 counter.opened q1",
            "160000 ticket.called 1",
            "200000 ticket.finished 1",
            "200001 counter.closed q1"
        ]
    );
}

#[test]
fn an_unknown_counter_opens_nothing_and_stands_in_no_event() {
    let visits = [visit("1", 100, Some((160, "")), Some((Ending::Served, 200)))];
    assert_eq!(told(&visits, &[]), ["100000 ticket.issued 1", "160000 ticket.called 1", "200000 ticket.finished 1"]);
    assert!(matches!(events(&visits, &[])[1].body, Body::TicketCalled { counter: None, .. }));
}

#[test]
fn what_is_not_known_is_not_told() {
    let visits = [
        visit("1", 100, None, None),
        visit("2", 110, None, Some((Ending::Abandoned, 120))),
        visit("3", 130, Some((140, "q1")), None),
        visit("4", 150, Some((160, "")), Some((Ending::NoShow, 170))),
    ];
    assert_eq!(
        told(&visits, &[]),
        [
            "100000 ticket.issued 1",
            "110000 ticket.issued 2",
            "120000 ticket.cancelled 2",
            "130000 ticket.issued 3",
            "139999 counter.opened q1",
            "140000 ticket.called 3",
            "150000 ticket.issued 4",
            "160000 ticket.called 4",
            "170000 ticket.no_show 4"
        ]
    );
}

#[test]
fn one_instant_has_one_order() {
    let visits = [
        visit("EARLY", 10, Some((50, "q1")), Some((Ending::Served, 70))),
        visit("NEW", 50, Some((50, "q2")), Some((Ending::Served, 60))),
        visit("LEFT", 20, None, Some((Ending::Abandoned, 50))),
    ];
    let staffing = Staffing {
        at: at(50),
        offset_s: 0,
        site: SiteId::new("bank").unwrap(),
        service: ServiceId::new("ps").unwrap(),
        open_counters: 2,
    };
    let at_50: Vec<_> = told(&visits, &[staffing]).into_iter().filter(|told| told.starts_with("50000 ")).collect();
    assert_eq!(
        at_50,
        [
            "50000 service.staffing ps",
            "50000 ticket.cancelled LEFT",
            "50000 ticket.called EARLY",
            "50000 ticket.issued NEW",
            "50000 ticket.called NEW"
        ]
    );
}

#[test]
fn a_visit_of_no_length_goes_from_cause_to_effect_before_longer_ones() {
    let visits = [
        visit("LONG", 10, Some((50, "q1")), Some((Ending::Served, 70))),
        visit("SHORT", 10, Some((50, "q1")), Some((Ending::Served, 50))),
        visit("GONE", 50, None, Some((Ending::Abandoned, 50))),
    ];
    let at_50: Vec<_> = told(&visits, &[]).into_iter().filter(|told| told.starts_with("50000 ")).collect();
    assert_eq!(
        at_50,
        [
            "50000 ticket.called SHORT",
            "50000 ticket.finished SHORT",
            "50000 ticket.called LONG",
            "50000 ticket.issued GONE",
            "50000 ticket.cancelled GONE"
        ]
    );
}

#[test]
fn what_is_told_leaves_out_what_was_concluded() {
    let visits = [visit("1", 100, Some((160, "q1")), Some((Ending::Served, 200)))];
    let told = events_as_told(&visits, &[]);
    let types: Vec<_> = told.iter().map(|event| event.body.type_code()).collect();
    assert_eq!(types, ["ticket.issued", "ticket.called", "ticket.finished"]);
}

fn counter_events(visits: &[Visit]) -> Vec<String> {
    told(visits, &[]).into_iter().filter(|told| told.contains(" counter.")).collect()
}

#[test]
fn a_call_over_midnight_belongs_to_the_day_it_was_made() {
    let visits = [
        visit("1", 100, Some((MIDNIGHT - 60, "q1")), Some((Ending::Served, MIDNIGHT + 30))),
        visit("2", MIDNIGHT + 25_000, Some((MIDNIGHT + 26_000, "q1")), Some((Ending::Served, MIDNIGHT + 26_100))),
    ];
    assert_eq!(
        counter_events(&visits),
        [
            "86339999 counter.opened q1",
            "86430001 counter.closed q1",
            "112399999 counter.opened q1",
            "112500001 counter.closed q1"
        ]
    );
}

#[test]
fn a_counter_that_calls_on_over_midnight_stays_open() {
    let visits = [
        visit("1", 100, Some((MIDNIGHT - 60, "q1")), Some((Ending::Served, MIDNIGHT + 90))),
        visit("2", MIDNIGHT, Some((MIDNIGHT + 30, "q1")), Some((Ending::Served, MIDNIGHT + 200))),
    ];
    assert_eq!(
        counter_events(&visits),
        ["86339999 counter.opened q1", "86429999 counter.opened q1", "86600001 counter.closed q1"]
    );
}

prop_compose! {
    fn any_visit()(
        ticket in 0..40_u32, issued in 0..300_i64, wait in proptest::option::of(0..9_i64), counter in 0..4_u8,
        served in proptest::option::of(0..9_i64),
    ) -> Visit {
        let counter = if counter == 0 { String::new() } else { format!("q{counter}") };
        let called = wait.map(|wait| issued + wait);
        let ending = if called.is_some() { Ending::Served } else { Ending::Abandoned };
        let end = served.map(|served| (ending, called.unwrap_or(issued) + served));
        visit(&ticket.to_string(), issued, called.map(|at| (at, counter.as_str())), end)
    }
}

proptest! {
    #[test]
    fn time_never_runs_back_and_a_visit_goes_forward(visits in proptest::collection::vec(any_visit(), 0..60)) {
        let mut visits = visits;
        for (row, visit) in visits.iter_mut().enumerate() {
            visit.name = row.to_string().into();
        }
        let list = events(&visits, &[]);
        prop_assert!(list.is_sorted_by_key(|event| event.at));
        let step = |body: &Body| match body {
            Body::TicketIssued { .. } => 0,
            Body::TicketCalled { .. } => 1,
            _ => 2,
        };
        for visit in &visits {
            let steps: Vec<_> =
                list.iter().filter(|e| e.subject == visit.name && !matches!(e.body, Body::CounterChanged { .. }))
                    .map(|e| step(&e.body)).collect();
            prop_assert_eq!(steps.len(), 1 + usize::from(visit.called.is_some()) + usize::from(visit.end.is_some()));
            prop_assert!(steps.is_sorted());
        }
    }

    #[test]
    fn every_call_at_a_counter_finds_it_open(visits in proptest::collection::vec(any_visit(), 0..60)) {
        let mut open = std::collections::BTreeSet::new();
        for event in events(&visits, &[]) {
            match event.body {
                Body::CounterChanged { status: CounterStatus::Open, counter, .. } => drop(open.insert(counter)),
                Body::CounterChanged { counter, .. } => drop(open.remove(&counter)),
                // A call whose end is not known may outlast its counter's last known end.
                Body::TicketCalled { counter: Some(counter), .. } if visits.iter().all(|v| v.end.is_some()) => {
                    prop_assert!(open.contains(&counter));
                }
                _ => {} // Says nothing about a counter's status.
            }
        }
    }
}
