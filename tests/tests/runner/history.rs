//! The past, as a director asks for it: exact, the same after every restart and every kill, and the
//! same from an InfluxDB, even one that was away.

mod centre;
mod influx;
mod story;

use std::fs;
use std::path::Path;

use harness::program::command;
use harness::wait::eventually;
use serde_json::{Value, json};

use self::centre::{Centre, DAY, TOLD, same};
use self::story::{End, Person, Story, Times, hour, hour_begins, seconds};

/// The row of a group, by its figures' values.
fn values(told: &Value, of: &[(&str, Value)]) -> Value {
    let rows = told["rows"].as_array().unwrap();
    let is = |row: &&Value| of.iter().all(|(by, id)| row["group"][by] == *id);
    let found: Vec<_> = rows.iter().filter(is).collect();
    assert_eq!(found.len(), 1, "one row of {of:?} in {told}");
    let figures = found[0]["figures"].as_object().unwrap();
    figures.iter().map(|(name, figure)| (name.clone(), figure["value"].clone())).collect()
}

/// Each expected value is there.
fn says(told: &Value, of: &[(&str, Value)], expected: &Value) {
    let found = values(told, of);
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&found[name], value, "{name} of {of:?} in {}", told["figure"]);
    }
}

fn share(part: usize, whole: usize) -> Value {
    let millionths = (part as f64 / whole as f64 * 1e6).round() / 1e6;
    if millionths.fract() == 0.0 { json!(millionths as i64) } else { json!(millionths) }
}

fn waits(of: &[&Person]) -> Value {
    let times = Times::of(of.iter().map(|person| person.called.unwrap() - person.issued));
    let long = |least: i64| of.iter().filter(|one| one.called.unwrap() - one.issued >= least * 60_000).count();
    let walks = Times::of(of.iter().filter_map(|person| Some(person.started? - person.called?)));
    json!({"called": times.n(), "wait_mean_s": times.mean(), "wait_p50_s": times.rank(50), "wait_p90_s": times.rank(90),
        "wait_max_s": times.longest(), "over_15_min": share(long(15), of.len()), "walk_mean_s": walks.mean()})
}

#[test]
fn a_recorded_half_hour_is_told_exactly_and_to_directors_alone() {
    let (centre, story) = (Centre::new(""), Story::new());
    let events = story.events().len();
    centre.tell(&story, 0, events);
    centre.has(events);
    waits_are_those_of_the_list(&centre, &story);
    work_is_that_of_the_list(&centre, &story);
    people_are_those_of_the_list(&centre, &story);
    csv_says_the_same(&centre, &story);
    for question in ["waits?by=hour", "ratings?by=officer", "visits", "store"] {
        let status = |role| centre.asked(role, &format!("history/{question}")).unwrap().status;
        assert_eq!(["public", "officer", "supervisor", "director"].map(status), [403, 403, 403, 200], "{question}");
    }
    println!("{events} events of {} people: every figure as reckoned from the list", story.people.len());
}

fn waits_are_those_of_the_list(centre: &Centre, story: &Story) {
    let by_hour = centre.ask("waits?by=hour").unwrap();
    for at in [7, 8] {
        let called = story.those(|person| person.called.is_some_and(|called| hour(called) == at));
        assert!(called.len() > 5, "the story has calls in each hour");
        says(&by_hour, &[("hour", json!(at))], &waits(&called));
    }
    let by_service = centre.ask("waits?by=service,department").unwrap();
    for service in ["khai-sinh", "chung-thuc", "cap-gcn"] {
        let called = story.those(|person| person.line.service == service && person.called.is_some());
        let of = [("service", json!(service)), ("department", json!(called[0].line.department))];
        says(&by_service, &of, &waits(&called));
    }
    let promised = centre.ask("estimates").unwrap();
    assert!(promised["rows"][0]["figures"]["promised"]["n"].is_u64());
}

fn work_is_that_of_the_list(centre: &Centre, story: &Story) {
    let load = centre.ask("load?by=counter").unwrap();
    let utilisation = centre.ask("utilisation?by=counter,hour").unwrap();
    for counter in ["q1", "q2", "q3"] {
        let served = story.those(|person| person.line.counter == counter && person.end == End::Served);
        let times = Times::of(served.iter().map(|person| person.ended - person.started.unwrap()));
        let expected = json!({"served": served.len(), "service_mean_s": times.mean(),
            "service_p50_s": times.rank(50), "service_p90_s": times.rank(90)});
        says(&load, &[("counter", json!(counter))], &expected);
        let more = i64::from(counter.as_bytes()[1] - b'1');
        for at in [7, 8] {
            let (from, to) = (hour_begins(at), hour_begins(at + 1));
            let inside = |begin: i64, end: i64| (end.min(to) - begin.max(from)).max(0);
            let called = story.those(|person| person.line.counter == counter && person.called.is_some());
            let busy: i64 = called.iter().map(|person| inside(person.called.unwrap(), person.ended)).sum();
            let open = inside(story.opened + more, story.closed + more);
            let ended = served.iter().filter(|person| hour(person.ended) == at).count();
            let expected = json!({"open_s": seconds(open), "busy_s": seconds(busy), "served": ended,
                "utilisation": share(busy as usize, open as usize)});
            says(&utilisation, &[("counter", json!(counter)), ("hour", json!(at))], &expected);
        }
    }
}

fn people_are_those_of_the_list(centre: &Centre, story: &Story) {
    let count = |end: End| story.those(|person| person.end == end).len();
    let (left, away) = (count(End::Cancelled), count(End::NoShow));
    assert!(left > 0 && away > 0);
    let expected = json!({"arrivals": story.people.len(), "abandoned": left + away, "cancelled": left,
        "no_shows": away, "day_ended": 0, "abandonment": share(left + away, story.people.len())});
    says(&centre.ask("abandonment").unwrap(), &[], &expected);

    let level = |level: &str| story.those(|person| person.level == Some(level)).len();
    let rated = story.those(|person| person.level.is_some()).len();
    let satisfied = level("very_satisfied") + level("satisfied");
    let expected = json!({"rated": rated, "satisfied": share(satisfied, rated), "unbound": 0, "level_neutral": 0,
        "level_very_satisfied": level("very_satisfied"), "level_dissatisfied": level("dissatisfied")});
    says(&centre.ask("ratings").unwrap(), &[], &expected);
    // A handful of presses says nothing of an officer.
    let by_officer = centre.ask("ratings?by=officer").unwrap();
    for row in by_officer["rows"].as_array().unwrap() {
        assert_eq!(row["figures"]["satisfied"]["missing"], "too_few", "{row}");
    }

    let quality = json!({"accepted": story.events().len(), "late": 0, "lost": 0, "dead_letters": 0});
    says(&centre.ask("quality").unwrap(), &[], &quality);

    let told = centre.ask("visits").unwrap();
    let mut listed: Vec<&Value> = told["visits"].as_array().unwrap().iter().collect();
    listed.sort_by_key(|visit| visit["ticket"].as_str().unwrap().to_owned());
    assert_eq!(listed.len(), story.people.len());
    for (visit, person) in listed.iter().zip(&story.people) {
        let end = match person.end {
            End::Served => "served",
            End::NoShow => "no_show",
            // While they waited.
            End::Cancelled => "abandoned",
        };
        assert_eq!((&visit["ticket"], &visit["service"]), (&json!(person.ticket), &json!(person.line.service)));
        assert_eq!((&visit["end"], &visit["rating"]), (&json!(end), &json!(person.level)), "{visit}");
        let wait = person.called.map_or(Value::Null, |called| json!((called - person.issued) as f64 / 1_000.0));
        assert_eq!(visit["first_wait_s"], wait, "{visit}");
    }
}

fn csv_says_the_same(centre: &Centre, story: &Story) {
    let answer = centre.asked("director", &format!("history/waits?by=hour&format=csv&lang=en&{DAY}")).unwrap();
    let text = answer.body.strip_prefix('\u{feff}').unwrap();
    assert!(text.contains("\r\n") && !text.replace("\r\n", "").contains('\n'));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads = reader.headers().unwrap().clone();
    let place =
        |name: &str| heads.iter().position(|head| head == name).unwrap_or_else(|| panic!("{name} in {heads:?}"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for at in [7, 8] {
        let row = rows.iter().find(|row| row[place("Hour")] == *at.to_string()).unwrap();
        let expected = waits(&story.those(|person| person.called.is_some_and(|called| hour(called) == at)));
        for (head, name) in [("Called", "called"), ("Mean wait (s)", "wait_mean_s"), ("Wait, p90 (s)", "wait_p90_s")] {
            assert_eq!(row[place(head)], expected[name].to_string(), "{head} at {at}");
        }
        assert_eq!(row[place("Mean wait (s) – n")], expected["called"].to_string());
        assert_eq!(&row[place("Called – exact")], "1");
    }
}

/// Makes history anew; how many rows were not so.
fn rebuilt(data: &Path, more: &[&str]) -> Value {
    let told = command(&[&["rebuild-history", "--data-dir", data.to_str().unwrap()], more].concat());
    let told: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(told["visits"], Story::new().people.len(), "{told}");
    told["rows_changed"].clone()
}

#[test]
fn history_is_the_same_after_restarts_a_kill_and_a_rebuild() {
    let (centre, story) = (Centre::new(""), Story::new());
    let events = story.events().len();
    centre.tell(&story, 0, events / 2);
    centre.has(events / 2);
    let before = centre.all();
    let centre = centre.restart(|_| {});
    same(&centre.all(), &before, "a restart changes nothing, and nothing is to be waited for");

    let mut killed = 0;
    centre.tell_each(&story, events / 2, events, |at| {
        // One after another, so that the collector has a part of them when it is killed.
        if at == events * 3 / 4 {
            let some = |board: &Value| board["ingest"]["accepted"].as_u64().is_some_and(|n| n > events as u64 / 2);
            eventually(TOLD, "a part of the rest", || {
                let board = centre.board()?;
                if some(&board) { Ok(()) } else { Err(board["ingest"].to_string()) }
            });
            killed = centre.motcua.kill_collector().unwrap();
        }
    });
    centre.has(events);
    assert!(centre.motcua.collector().is_some_and(|now| now != killed));
    let whole = centre.all();

    // What was told live is what the journal tells.
    let centre = centre.restart(|data| assert_eq!(rebuilt(data, &["--dry-run"]), 0));
    same(&centre.all(), &whole, "a dry run changes nothing");
    let centre = centre.restart(|data| {
        fs::remove_dir_all(data.join("history")).unwrap();
        assert!(rebuilt(data, &[]).as_u64().unwrap() > 0);
        assert_eq!(rebuilt(data, &["--dry-run"]), 0);
    });
    same(&centre.all(), &whole, "history made anew says the same, word for word");
    println!("{events} events: the same history after 3 restarts, a killed collector and a rebuild");
}
