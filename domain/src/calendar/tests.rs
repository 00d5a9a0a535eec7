//! Opening hours, by example and by law.

use proptest::prelude::*;

use super::{Hours, Interval, Landing, Opening};
use crate::config::{Closure, OpeningHours, Queue, ServiceConfig, SiteConfig};
use crate::{ServiceId, SiteId, Timestamp};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("an instant")
}

/// In Vietnam, in November 2026; the 23rd is a Monday.
fn on(text: &str) -> Timestamp {
    at(&format!("2026-11-{text}:00+07:00"))
}

fn of_days(days: &[u8], open_min: u16, close_min: u16) -> OpeningHours {
    OpeningHours { days: days.to_vec(), open_min, close_min }
}

/// 07:00 to 11:30 and 13:30 to 17:00 on working days.
fn office() -> SiteConfig {
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    config.hours = vec![of_days(&[1, 2, 3, 4, 5], 810, 1_020), of_days(&[1, 2, 3, 4, 5], 420, 690)];
    config
}

fn site(config: &SiteConfig) -> Hours {
    Hours::of_site(config).unwrap()
}

fn closed(from: &str, to: &str, services: &[&str]) -> Closure {
    let services = services.iter().map(|id| ServiceId::new(id).unwrap()).collect();
    Closure { from: on(from), to: on(to), services, reason: None }
}

fn landing(text: &str, resumes_at: Option<&str>, after_close: bool) -> Option<Landing> {
    Some(Landing { at: on(text), resumes_at: resumes_at.map(on), after_close })
}

/// The intervals of the business day of an instant, as people of the zone read them.
fn shown(hours: &mut Hours, at: Timestamp) -> Vec<String> {
    let date = hours.day_of(at).date;
    let intervals = hours.of_day(date).to_vec();
    let clock = |at| hours.wall_clock(at).strftime("%d %H:%M").to_string();
    intervals.iter().map(|interval| format!("{}–{}", clock(interval.open), clock(interval.close))).collect()
}

#[test]
fn a_wait_goes_on_after_lunch() {
    let mut hours = site(&office());
    assert_eq!(shown(&mut hours, on("23T12:00")), ["23 07:00–23 11:30", "23 13:30–23 17:00"]);
    assert_eq!(hours.add_working(on("23T11:00"), 29 * MINUTE_MS), landing("23T11:29", None, false));
    assert_eq!(hours.add_working(on("23T11:00"), 40 * MINUTE_MS), landing("23T13:40", Some("23T13:30"), false));
    let whole = 30 * MINUTE_MS;
    assert_eq!(hours.add_working(on("23T11:00"), whole), landing("23T13:30", Some("23T13:30"), false), "to the second");
    assert_eq!(hours.working_between(on("23T11:00"), on("23T13:40")), 40 * MINUTE_MS);
    let next = [on("23T07:00"), on("23T11:00"), on("23T11:30")].map(|at| hours.next_change(at));
    assert_eq!(next, [Some(on("23T11:30")), Some(on("23T11:30")), Some(on("23T13:30"))]);
    assert_eq!(hours.since_open(on("23T13:45")), Some(15 * MINUTE_MS));
    assert_eq!(hours.since_open(on("23T12:00")), None);
}

#[test]
fn a_ticket_may_be_taken_while_it_is_closed() {
    let mut hours = site(&office());
    let ten = 10 * MINUTE_MS;
    assert_eq!(hours.add_working(on("23T06:20"), ten), landing("23T07:10", Some("23T07:00"), false));
    assert_eq!(hours.add_working(on("23T12:00"), ten), landing("23T13:40", Some("23T13:30"), false));
    assert_eq!(hours.add_working(on("23T12:00"), -5), landing("23T13:30", Some("23T13:30"), false), "less than none");
    assert_eq!(hours.add_working(on("23T20:00"), ten), landing("24T07:10", Some("24T07:00"), true));
    assert_eq!(hours.working_between(on("23T06:20"), on("23T07:10")), ten);
}

#[test]
fn who_works_on_takes_no_time_from_anybody() {
    let mut hours = site(&office());
    assert_eq!(hours.working_between(on("23T11:20"), on("23T11:40")), 10 * MINUTE_MS, "called in the break");
    assert_eq!(hours.working_between(on("23T17:01"), on("23T17:20")), 0, "called after closing");
    assert_eq!(hours.working_between(on("23T09:00"), on("23T08:00")), 0, "backwards");
    assert_eq!(hours.working_between(on("20T16:00"), on("23T08:00")), 2 * HOUR_MS, "over a weekend");
    assert_eq!(hours.working_between(Timestamp::MIN, Timestamp::MIN.plus(86_400_000 * 7)), 40 * HOUR_MS);
}

#[test]
fn what_does_not_fit_before_closing_is_of_another_day() {
    let mut hours = site(&office());
    assert_eq!(hours.last_close(on("23T08:00")), Some(on("23T17:00")));
    assert_eq!(hours.last_close(on("23T18:00")), Some(on("23T17:00")), "it is past");
    assert_eq!(hours.last_close(on("22T10:00")), None, "a Sunday");
    assert_eq!(hours.add_working(on("23T11:00"), 5 * HOUR_MS), landing("24T08:00", Some("24T07:00"), true));
    assert_eq!(hours.add_working(on("27T16:30"), HOUR_MS), landing("30T07:30", Some("30T07:00"), true));
}

#[test]
fn holidays_are_skipped() {
    let mut config = office();
    config.holidays = vec!["2026-11-24".to_owned(), "2026-11-25".to_owned()];
    let mut hours = site(&config);
    assert_eq!(shown(&mut hours, on("24T10:00")), [""; 0]);
    assert_eq!(hours.opening(on("23T17:00")), Opening::ClosedUntil(Some(on("26T07:00"))));
    assert_eq!(hours.add_working(on("23T16:59"), 2 * MINUTE_MS), landing("26T07:01", Some("26T07:00"), true));
}

#[test]
fn a_closure_over_lunch_makes_it_longer() {
    let mut config = office();
    config.closures.push(closed("23T11:00", "23T14:00", &[]));
    let mut hours = site(&config);
    assert_eq!(shown(&mut hours, on("23T12:00")), ["23 07:00–23 11:00", "23 14:00–23 17:00"]);
    assert_eq!(hours.add_working(on("23T10:50"), 20 * MINUTE_MS), landing("23T14:10", Some("23T14:00"), false));
    config.closures.push(closed("23T13:00", "25T00:00", &[]));
    let mut hours = site(&config);
    assert_eq!(hours.last_close(on("23T12:00")), Some(on("23T11:00")), "the afternoon is gone");
    assert_eq!(shown(&mut hours, on("24T10:00")), [""; 0]);
    assert_eq!(hours.opening(on("23T12:00")), Opening::ClosedUntil(Some(on("25T07:00"))));
    config.closures.push(closed("25T08:00", "25T09:00", &[]));
    assert_eq!(shown(&mut site(&config), on("25T08:30"))[..2], ["25 07:00–25 08:00", "25 09:00–25 11:30"]);
}

#[test]
fn a_service_has_closures_and_hours_of_its_own() {
    let mut config = office();
    let ids = ["dat-dai", "ho-tich", "khac"].map(|id| ServiceId::new(id).unwrap());
    let own = [Vec::new(), vec![of_days(&[2, 4], 480, 660)], Vec::new()];
    config.services = std::iter::zip(ids, own)
        .map(|(service, hours)| ServiceConfig {
            service,
            name: service.to_string(),
            field: None,
            field_name: None,
            department: None,
            department_name: None,
            queue: Queue::External,
            hours,
        })
        .collect();
    config.closures = vec![closed("23T08:00", "23T10:00", &["dat-dai"]), closed("24T09:00", "24T10:00", &[])];
    config.holidays = vec!["2026-11-26".to_owned()];
    let mut of = ids.map(|id| Hours::of_service(&config, id).unwrap());
    assert_eq!(shown(&mut of[0], on("23T09:00"))[0..2], ["23 07:00–23 08:00", "23 10:00–23 11:30"]);
    assert_eq!(shown(&mut of[1], on("24T09:00")), ["24 08:00–24 09:00", "24 10:00–24 11:00"]);
    assert_eq!(shown(&mut of[2], on("23T09:00")), shown(&mut site(&config), on("23T09:00")));
    let mut names = crate::view::SiteNames::new(config).unwrap();
    let openings = names.openings(on("23T09:00"));
    let until = |text| Opening::ClosedUntil(Some(on(text)));
    assert_eq!(openings.site, Opening::Open);
    assert_eq!(ids.map(|id| openings.of(id)), [until("23T10:00"), until("24T08:00"), Opening::Open]);
    let next = Opening::ClosedUntil(Some(at("2026-12-01T08:00:00+07:00")));
    assert_eq!(names.service_opening(ids[1], on("24T12:00")), next, "Thursday is a holiday");
    assert_eq!(names.next_change(on("23T09:00")), Some(on("23T10:00")));
}

#[test]
fn where_nobody_said_it_is_open_but_for_what_was_said() {
    let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), "Asia/Ho_Chi_Minh");
    let mut hours = site(&config);
    let night = on("23T23:00");
    assert!(hours.is_unsaid());
    assert_eq!(hours.opening(night), Opening::Open);
    assert_eq!(hours.add_working(night, 3 * HOUR_MS), landing("24T02:00", None, false));
    assert_eq!(hours.working_between(night, on("25T23:00")), 48 * HOUR_MS);
    assert_eq!((hours.next_change(night), hours.last_close(night), hours.since_open(night)), (None, None, None));
    config.closures.push(closed("24T01:00", "24T02:00", &[]));
    let mut hours = site(&config);
    assert_eq!(hours.add_working(night, 3 * HOUR_MS), landing("24T03:00", Some("24T02:00"), false));
    assert_eq!(hours.next_change(night), Some(on("24T01:00")), "midnight is no change");
    assert_eq!(hours.since_open(on("25T03:00")), Some(25 * HOUR_MS));
}

#[test]
fn a_year_of_closure_has_no_next_opening() {
    let mut config = office();
    config.closures.push(Closure {
        from: on("23T12:00"),
        to: on("23T12:00").plus(400 * 24 * HOUR_MS),
        ..closed("23T12:00", "23T13:00", &[])
    });
    let mut hours = site(&config);
    assert_eq!(hours.opening(on("23T12:00")), Opening::ClosedUntil(None));
    assert_eq!(hours.add_working(on("23T11:00"), HOUR_MS), None);
    assert_eq!(hours.next_change(on("23T12:00")), None);
    let mut rare = office();
    rare.hours = vec![of_days(&[1], 0, 13)];
    for mut hours in [site(&office()), site(&rare)] {
        assert_eq!(hours.add_working(on("23T11:00"), i64::MAX), None);
        let year = hours.working_between(on("23T11:00"), on("23T11:00").plus(400 * 24 * HOUR_MS));
        let last = hours.add_working(on("23T11:00"), year - 1).unwrap();
        assert_eq!(hours.working_between(on("23T11:00"), last.at), year - 1, "both count for a year");
        assert_eq!(hours.add_working(on("23T11:00"), year), None);
    }
}

#[test]
fn a_day_that_ends_after_midnight_has_the_night_s_hours() {
    let mut config = office();
    config.day_end_min = 180;
    config.hours = vec![of_days(&[1, 2, 3, 4, 5], 0, 120), of_days(&[1, 2, 3, 4, 5], 1_320, 1_440)];
    let mut hours = site(&config);
    assert_eq!(shown(&mut hours, on("24T01:00")), ["23 22:00–24 02:00"], "Monday's night shift is one");
    assert_eq!(hours.last_close(on("24T01:00")), Some(on("24T02:00")));
    assert_eq!(hours.add_working(on("23T23:30"), HOUR_MS), landing("24T00:30", None, false));
    assert_eq!(hours.add_working(on("24T01:30"), HOUR_MS), landing("24T22:30", Some("24T22:00"), true));
    config.day_end_min = 1_080;
    let mut hours = site(&config);
    assert_eq!(hours.day_of(on("23T22:30")).label(), "2026-11-24", "the evening is the next day's");
    assert_eq!(hours.opening(on("23T22:30")), Opening::Open);
    config.day_end_min = 0;
    let mut hours = site(&config);
    assert_eq!(hours.last_close(on("23T23:00")), None, "still open when the day ends");
    assert_eq!(hours.next_change(on("23T23:00")), Some(on("24T02:00")));
    assert_eq!(hours.since_open(on("24T01:00")), Some(3 * HOUR_MS));
}

#[test]
fn summer_time_takes_an_hour_and_gives_it_back() {
    let mut config = office();
    config.time_zone = "Europe/Warsaw".to_owned();
    config.hours = vec![of_days(&[6, 7], 60, 240), of_days(&[7], 600, 720)];
    let mut hours = site(&config);
    // 2026-03-29, a Sunday: 02:00 is 03:00.
    let spring = at("2026-03-29T00:30:00Z");
    assert_eq!(shown(&mut hours, spring), ["29 01:00–29 04:00", "29 10:00–29 12:00"]);
    assert_eq!(hours.working_between(at("2026-03-28T22:00:00Z"), at("2026-03-29T04:00:00Z")), 2 * HOUR_MS);
    let autumn = at("2026-10-25T00:30:00Z");
    assert_eq!(shown(&mut hours, autumn), ["25 01:00–25 04:00", "25 10:00–25 12:00"]);
    assert_eq!(hours.working_between(at("2026-10-24T20:00:00Z"), at("2026-10-25T04:00:00Z")), 4 * HOUR_MS);
    assert_eq!(hours.add_working(spring, HOUR_MS).unwrap().at, at("2026-03-29T01:30:00Z"));
    assert_eq!(hours.add_working(at("2026-10-25T02:00:00Z"), 90 * MINUTE_MS).unwrap().at, at("2026-10-25T09:30:00Z"));
    // Hours that summer time swallows whole or in part are never turned round.
    config.hours = vec![of_days(&[7], 150, 180)];
    assert_eq!(shown(&mut site(&config), spring), [""; 0]);
}

/// Days that have everything: both changes of summer time, a year's end.
fn base() -> impl Strategy<Value = i32> {
    prop_oneof![Just(20_540), Just(20_750), Just(20_816), Just(20_450)]
}

fn any_config(open: std::ops::Range<u16>) -> impl Strategy<Value = (SiteConfig, i32)> {
    let zones = ["Asia/Ho_Chi_Minh", "Europe/Warsaw", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Kiritimati"];
    let of_days = (prop::collection::vec(1_u8..8, 1..7), open, 1_u16..900);
    let of_days = of_days.prop_map(|(days, open_min, length)| OpeningHours {
        days,
        open_min,
        close_min: open_min.saturating_add(length).min(1_440),
    });
    let closures = prop::collection::vec((0_i64..14 * 24 * 60, 1_i64..3_000), 0..4);
    let parts = (
        prop::sample::select(zones.to_vec()),
        prop::sample::select(vec![0_u16, 180, 390, 720, 721, 1_080, 1_439]),
        prop::collection::vec(of_days, 0..4),
        prop::collection::vec(0_i32..14, 0..4),
        closures,
        base(),
    );
    parts.prop_map(|(zone, day_end_min, hours, holidays, closures, base)| {
        let mut config = SiteConfig::discovered(SiteId::new("x").unwrap(), zone);
        let midnight = Timestamp::from_ms(i64::from(base) * 24 * HOUR_MS);
        let date = |days: i32| midnight.plus(i64::from(days) * 24 * HOUR_MS).to_string()[..10].to_owned();
        (config.day_end_min, config.hours) = (day_end_min, hours);
        config.holidays = holidays.into_iter().map(date).collect();
        let closure = |(from, length): (i64, i64)| {
            let from = midnight.plus(from * MINUTE_MS);
            Closure { from, to: from.plus(length * MINUTE_MS), services: Vec::new(), reason: None }
        };
        config.closures = closures.into_iter().map(closure).collect();
        (config, base)
    })
}

/// By the clock on the wall, asked at one instant: the other way to say what is open.
fn by_the_clock(config: &SiteConfig, at: Timestamp) -> bool {
    let mut calendar = config.calendar().unwrap();
    let now = calendar.wall_clock(at);
    let of_date = now.date().to_string();
    let minutes = now.hour() as u16 * 60 + now.minute() as u16;
    let holiday = |date: &str| config.holidays.iter().any(|holiday| holiday == date);
    let open = if config.hours.is_empty() {
        !holiday(&calendar.day_of(at).label())
    } else {
        let weekday = now.weekday().to_monday_one_offset() as u8;
        let within = |hours: &OpeningHours| {
            hours.days.contains(&weekday) && hours.open_min <= minutes && minutes < hours.close_min
        };
        !holiday(&of_date) && config.hours.iter().any(within)
    };
    open && !config.closures.iter().any(|closure| closure.from <= at && at < closure.to)
}

proptest! {
    /// Clocks change between midnight and three: hours outside are by the clock.
    #[test]
    fn it_is_open_when_the_clock_on_the_wall_says_so((config, base) in any_config(240..1_439), minutes in prop::collection::vec(0_i64..14 * 24 * 60, 40)) {
        let mut hours = site(&config);
        for minute in minutes {
            let at = Timestamp::from_ms(i64::from(base) * 24 * HOUR_MS + minute * MINUTE_MS);
            let open = hours.opening(at) == Opening::Open;
            prop_assert_eq!(open, by_the_clock(&config, at), "{}", at);
            let date = hours.day_of(at).date;
            prop_assert_eq!(hours.of_day(date).iter().any(|interval| interval.contains(at)), open);
            if let Some(change) = hours.next_change(at) {
                prop_assert!(at < change);
                prop_assert_eq!(by_the_clock(&config, change), !open);
                prop_assert_eq!(by_the_clock(&config, change.plus(-1)), open);
                prop_assert!(!open || hours.working_between(at, change) == change.since(at));
            }
            prop_assert_eq!(hours.since_open(at).is_some_and(|ms| ms < 0), false);
        }
    }

    #[test]
    fn adding_open_time_and_counting_it_undo_each_other((config, base) in any_config(0..1_439), from in 0_i64..8 * 24 * HOUR_MS, works in prop::collection::vec(0_i64..30 * HOUR_MS, 8), to in 0_i64..6 * 24 * HOUR_MS) {
        let mut hours = site(&config);
        let from = Timestamp::from_ms(i64::from(base) * 24 * HOUR_MS + from);
        let mut works = works;
        works.extend([0, 1]);
        works.sort_unstable();
        let mut before: Option<Landing> = None;
        for work in works {
            let Some(landing) = hours.add_working(from, work) else { continue };
            prop_assert_eq!(hours.opening(landing.at), Opening::Open);
            prop_assert_eq!(hours.working_between(from, landing.at), work);
            prop_assert!(before.is_none_or(|before| before.at <= landing.at && before.resumes_at <= landing.resumes_at));
            prop_assert_eq!(landing.resumes_at.is_none(), landing.at.since(from) == work);
            prop_assert!(landing.resumes_at.is_none_or(|resumed| hours.opening(resumed.plus(-1)) != Opening::Open));
            prop_assert!(!landing.after_close || hours.day_of(landing.at).date > hours.day_of(from).date);
            before = Some(landing);
        }
        let to = from.plus(to);
        let between = hours.working_between(from, to);
        prop_assert!(0 <= between && between <= to.since(from));
        if hours.opening(to) == Opening::Open && let Some(landing) = hours.add_working(from, between) {
            prop_assert_eq!(landing.at, to);
        }
    }

    #[test]
    fn intervals_lie_apart_inside_their_day_and_are_the_same_again((config, base) in any_config(0..1_439)) {
        let mut hours = site(&config);
        // More days than are kept, twice.
        for date in (base - 20..base + 20).chain(base - 20..base + 20) {
            let day = hours.calendar.day(date);
            let intervals = hours.of_day(date).to_vec();
            prop_assert_eq!(&hours.read_day(date), &intervals);
            let inside = |interval: &Interval| day.start <= interval.open && interval.open < interval.close && interval.close <= day.end;
            prop_assert!(intervals.iter().all(inside), "{:?}", intervals);
            prop_assert!(intervals.windows(2).all(|pair| pair[0].close < pair[1].open), "{:?}", intervals);
            prop_assert_eq!(hours.day_of(day.start).date, date);
            prop_assert_eq!(hours.day_of(day.end.plus(-1)).date, date);
        }
    }
}
