//! Which rows there are, what is missing in them and why, and what they are compared with.

use domain::facts::Date;
use domain::history::QualityCell;
use history::Error;
use history::answer::{Answer, By, Compare, Figure, Missing, Mistake, Question, Row, Value, ask};
use history::memory::Memory;

use super::world::{Thing, What, days};

/// Monday 2026-11-23.
const MONDAY: Date = 20_780;

fn thing(date: Date, hour: u8, service: &'static str, what: What) -> Thing {
    Thing { site: "tam-ky", date, hour, service: Some(service), counter: None, officer: None, what }
}

fn listened(date: Date, hour: u8, heard_min: u8) -> Thing {
    let cell =
        QualityCell { hour, due_min: Some(60), heard_min, accepted: u32::from(heard_min), ..QualityCell::default() };
    Thing { service: None, ..thing(date, hour, "", What::Quality(cell)) }
}

fn question(figure: Figure, days: i32, by: &[By]) -> Question {
    let question = Question::new(vec!["tam-ky".parse().unwrap()], figure, MONDAY, MONDAY + days - 1);
    Question { by: by.to_vec(), ..question }
}

fn answer(things: &[Thing], question: &Question) -> Answer {
    ask(&Memory::new(days(things)), question).unwrap()
}

fn value(answer: &Answer, row: &Row, column: &str) -> Value {
    row.values[answer.columns.iter().position(|one| one.key == column).unwrap()]
}

fn codes(answer: &Answer) -> Vec<String> {
    let text =
        |row: &Row| row.group.iter().map(|member| member.code.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ");
    answer.rows.iter().map(text).collect()
}

#[test]
fn no_data_is_not_nothing() {
    let things = [
        listened(MONDAY, 8, 60),
        listened(MONDAY, 9, 60),
        listened(MONDAY, 10, 0),
        thing(MONDAY, 8, "dat-dai", What::Call(90_500, None)),
        thing(MONDAY, 8, "dat-dai", What::Line { waited_ms: 1_800_000, most: 2, longest_ms: 90_500 }),
    ];
    let waits = answer(&things, &question(Figure::Waits, 1, &[By::Hour]));
    assert_eq!(codes(&waits), ["8", "9", "10"]);
    let [called, mean] =
        ["called", "wait_mean_s"].map(|column| [0, 1, 2].map(|row| value(&waits, &waits.rows[row], column)));
    assert_eq!(called.map(|value| value.value), [Some(1.0), Some(0.0), None]);
    assert_eq!(called.map(|value| value.missing), [None, None, Some(Missing::NoData)]);
    assert_eq!(called.map(|value| value.completeness), [Some(1.0), Some(1.0), Some(0.0)]);
    assert_eq!(mean.map(|value| value.value), [Some(90.5), None, None]);
    assert_eq!(mean.map(|value| value.missing), [None, Some(Missing::Nothing), Some(Missing::NoData)]);
    let load = answer(&things, &question(Figure::Load, 1, &[]));
    let of = |column| value(&load, &load.rows[0], column);
    assert_eq!((of("waiting_mean").value, of("waiting_mean").n, of("served").value), (Some(0.25), 2, Some(0.0)));
    assert_eq!(
        (of("waiting_max").value, of("waiting_max").exact, of("called").completeness),
        (Some(2.0), false, Some(0.6666))
    );
    let line = answer(&things, &question(Figure::Load, 1, &[By::Service]));
    assert!(value(&line, &line.rows[0], "waiting_max").exact);
}

#[test]
fn a_missing_day_is_due_like_its_weekday_and_days_to_come_are_not() {
    let mut things = Vec::new();
    for week in 0..4 {
        for day in (0..5).filter(|day| (week, *day) != (1, 2)) {
            things.extend([listened(MONDAY + week * 7 + day, 8, 60), listened(MONDAY + week * 7 + day, 9, 60)]);
        }
    }
    // One Sunday was worked: that makes Sundays no working days.
    things.push(listened(MONDAY + 6, 8, 60));
    let asked = answer(&things, &question(Figure::Quality, 40, &[By::Weekday]));
    assert_eq!(asked.complete_to, Some(MONDAY + 25));
    assert_eq!(codes(&asked), ["1", "2", "3", "4", "5", "7"]);
    let complete = |row: usize| value(&asked, &asked.rows[row], "accepted").completeness;
    assert_eq!([complete(0), complete(2), complete(5)], [Some(1.0), Some(0.75), Some(1.0)]);
    // The day alone: the weeks before it tell that it was due.
    let day = Question { from: MONDAY + 9, to: MONDAY + 9, ..question(Figure::Waits, 1, &[By::Hour]) };
    let alone = answer(&things, &day);
    assert_eq!(codes(&alone), ["8", "9"]);
    assert_eq!(value(&alone, &alone.rows[0], "called").missing, Some(Missing::NoData));
    let sunday = Question { from: MONDAY + 20, to: MONDAY + 20, ..day };
    assert_eq!(codes(&answer(&things, &sunday)), [""; 0]);
}

#[test]
fn nothing_at_all_is_an_answer() {
    for store in [Memory::default(), Memory::new(days(&[listened(MONDAY - 90, 8, 60)]))] {
        for figure in Figure::ALL {
            let whole = ask(&store, &question(*figure, 7, &[])).unwrap();
            assert_eq!((whole.complete_to, whole.rows.len()), (None, usize::from(*figure != Figure::Zones)));
            assert!(
                whole
                    .rows
                    .iter()
                    .flat_map(|row| &row.values)
                    .all(|value| value.value.is_none() && value.n == 0 && !value.exact)
            );
            let asked = Question { compare: Some(Compare::Year), ..question(*figure, 7, &[By::Hour]) };
            assert!(ask(&store, &asked).unwrap().rows.is_empty());
        }
    }
}

#[test]
fn an_officer_is_not_judged_by_a_handful() {
    let rated = |n: usize, officer: &'static str| {
        let press = move |level| Thing {
            officer: Some(officer),
            counter: Some("q1"),
            ..thing(MONDAY, 8, "dat-dai", What::Rating(level))
        };
        (0..n).map(move |ix| press(ix % 4))
    };
    let things: Vec<Thing> = rated(19, "an").chain(rated(20, "binh")).chain([listened(MONDAY, 8, 60)]).collect();
    let by = answer(&things, &question(Figure::Ratings, 1, &[By::Officer]));
    let of = |row: usize, column| value(&by, &by.rows[row], column);
    assert_eq!(
        (of(0, "rated").value, of(0, "satisfied").value, of(0, "satisfied").missing),
        (Some(19.0), None, Some(Missing::TooFew))
    );
    assert_eq!((of(0, "level_neutral").value, of(0, "satisfied").n), (None, 19));
    assert_eq!((of(1, "satisfied").value, of(1, "level_very_dissatisfied").value), (Some(0.5), Some(0.0)));
    let only = Question {
        only: history::answer::Only { officer: Some("an".parse().unwrap()), ..Default::default() },
        ..question(Figure::Ratings, 1, &[])
    };
    let alone = answer(&things, &only);
    assert_eq!(value(&alone, &alone.rows[0], "satisfied").missing, Some(Missing::TooFew));
    let all = answer(&things, &question(Figure::Ratings, 1, &[By::Counter]));
    assert_eq!(value(&all, &all.rows[0], "satisfied").n, 39);
}

#[test]
fn what_happens_at_no_counter_is_not_told_by_counter() {
    let at = |counter, what| Thing { counter, ..thing(MONDAY, 8, "dat-dai", what) };
    let things = [
        at(None, What::Arrival),
        at(Some("q1"), What::Call(1_000, None)),
        at(None, What::Call(2_000, None)),
        at(Some("q1"), What::NoShow),
    ];
    let load = answer(&things, &question(Figure::Load, 1, &[By::Counter]));
    assert_eq!(codes(&load), ["q1", "-"]);
    assert_eq!(value(&load, &load.rows[0], "arrivals").missing, Some(Missing::NotOfGroup));
    assert_eq!(value(&load, &load.rows[1], "called").value, Some(1.0));
    let left = answer(&things, &question(Figure::Abandonment, 1, &[By::Counter]));
    assert_eq!(codes(&left), ["q1"]);
    assert_eq!(["abandonment", "no_shows"].map(|column| value(&left, &left.rows[0], column).value), [None, Some(1.0)]);
}

#[test]
fn counters_of_several_sites_are_told_apart_and_services_are_not() {
    let there = Thing { site: "hoi-an", counter: Some("q1"), ..thing(MONDAY, 8, "dat-dai", What::Call(1_000, None)) };
    let things = [Thing { site: "tam-ky", ..there.clone() }, there];
    let of_all = |by| Question { sites: Vec::new(), ..question(Figure::Waits, 1, &[by]) };
    assert_eq!(codes(&answer(&things, &of_all(By::Counter))), ["hoi-an q1", "tam-ky q1"]);
    assert_eq!(codes(&answer(&things, &of_all(By::Service))), ["dat-dai"]);
    assert_eq!(codes(&answer(&things, &question(Figure::Waits, 1, &[By::Counter]))), ["q1"]);
}

#[test]
fn a_month_stands_beside_the_month_before() {
    let from = history_date("2026-11-01");
    let mut things: Vec<Thing> =
        (history_date("2026-10-01")..=history_date("2026-11-23")).map(|date| listened(date, 8, 60)).collect();
    for (date, n) in [("2026-10-05", 3), ("2026-10-23", 2), ("2026-10-24", 9), ("2026-11-05", 4)] {
        things.extend((0..n).map(|_| thing(history_date(date), 8, "dat-dai", What::Call(1_000, None))));
    }
    let asked = Question {
        from,
        to: history_date("2026-11-30"),
        compare: Some(Compare::Previous),
        ..question(Figure::Waits, 1, &[By::Month])
    };
    let month = answer(&things, &asked);
    assert_eq!(
        month.compare.map(|(_, range)| (range.from, range.to)),
        Some((history_date("2026-10-01"), history_date("2026-10-23")))
    );
    assert_eq!(codes(&month), ["2026-11"]);
    let [now, before] = [month.rows[0].values[0], month.rows[0].before[0]];
    assert_eq!((now.value, before.value, month.complete_to), (Some(4.0), Some(5.0), Some(history_date("2026-11-23"))));
    let days = answer(&things, &Question { by: vec![By::Day], ..asked });
    let fifth = days.rows.iter().find(|row| row.group[0].code.as_deref() == Some("2026-11-05")).unwrap();
    assert_eq!((fifth.values[0].value, fifth.before[0].value), (Some(4.0), Some(3.0)));
}

fn history_date(text: &str) -> Date {
    let date: jiff::civil::Date = text.parse().unwrap();
    (date - jiff::civil::date(1970, 1, 1)).get_days()
}

#[test]
fn too_many_rows_and_impossible_days_are_refused() {
    let things: Vec<Thing> = (0..3_600).map(|date| listened(date, (date % 24) as u8, 60)).collect();
    let asked = Question { from: 0, to: 3_599, ..question(Figure::Quality, 1, &[By::Day, By::Hour]) };
    assert_eq!(answer(&things, &asked).rows.len(), 3_600);
    let calls: Vec<Thing> =
        ["dat-dai", "ho-tich", "thue", "khac", "a"].map(|service| thing(0, 8, service, What::Call(1, None))).to_vec();
    let store = Memory::new(days(&calls));
    let many = Question { by: vec![By::Day, By::Hour, By::Service], figure: Figure::Waits, ..asked.clone() };
    assert!(ask(&store, &Question { to: 3_659, ..many.clone() }).is_ok());
    let things: Vec<Thing> =
        (0..3_600).map(|date| thing(date, 8, "dat-dai", What::Call(1, None))).chain(calls).collect();
    let refused = ask(&Memory::new(days(&things)), &many);
    assert!(matches!(refused, Err(Error::Question(Mistake::TooManyRows))));
    for (from, to) in [(i32::MIN, i32::MAX), (i32::MAX, i32::MIN), (i32::MIN, i32::MIN), (2, 1), (0, 3_660)] {
        assert!(matches!(ask(&store, &Question { from, to, ..asked.clone() }), Err(Error::Question(_))));
    }
}
