//! Every kind of mistake in a site's file, each with its exact place.

mod closures;

use std::path::Path;

use domain::config::{OpeningHours, Queue};
use domain::event::ZoneKind;

use super::read_site;
use crate::settings::Mistakes;

/// A whole file; the tests below change one line of it.
const GOOD: &str = include_str!("good.toml");

fn read(text: &str) -> Result<domain::config::SiteConfig, Mistakes> {
    read_site(Path::new("tam-ky.toml"), text)
}

/// The mistakes as `line: key: message`.
fn mistakes(text: &str) -> Vec<String> {
    let told = read(text).expect_err("a mistake").to_string();
    told.lines().map(|line| line.strip_prefix("tam-ky.toml:").expect("a line").to_owned()).collect()
}

/// Puts `to` in the place of the line `from` (the first) and expects exactly these mistakes.
#[track_caller]
fn changed(from: &str, to: &str, expected: &[&str]) {
    let text = GOOD.replacen(&format!("{from}\n"), &format!("{to}\n"), 1);
    assert_ne!(text, GOOD, "the line is there");
    assert_eq!(mistakes(&text), expected);
}

#[test]
fn a_good_file_is_read_whole() {
    let site = read(GOOD).unwrap();
    assert_eq!((site.site.as_str(), site.window_s, site.day_end_min), ("tam-ky", 900, 0));
    assert_eq!(site.holidays, ["2026-09-02", "2026-09-03"]);
    assert_eq!(site.contacts.hotline.as_deref(), Some("1022"));
    assert_eq!(site.hours[1], OpeningHours { days: vec![1, 2], open_min: 810, close_min: 1020 });
    let services: Vec<_> = site.services.iter().map(|s| (s.service.as_str(), s.queue)).collect();
    let expected = [("cap-gcn", Queue::External), ("bien-dong", Queue::Motcua), ("ho-tich", Queue::External)];
    assert_eq!(services, expected);
    assert_eq!(site.services[2].field_name.as_deref(), Some("Hộ tịch"));
    assert_eq!(site.services[2].department.unwrap().as_str(), "tu-phap");
    assert_eq!(site.counters[0].field_name.as_deref(), Some("Đất đai"));
    assert_eq!(site.counters[0].services.len(), 2, "a counter may serve a later department's service");
    assert_eq!(site.officers[0].to.as_deref(), Some("2026-06-30"));
    assert_eq!(site.officers[1].to, None);
    assert_eq!(site.zones[0].polygon, [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
    assert_eq!((site.zones[1].kind, site.zones[1].counter.unwrap().as_str()), (ZoneKind::Counter, "q5"));
    assert!(!site.discover);
}

#[test]
fn little_is_needed() {
    let site = read("site = \"x\"\nname = \"X\"").unwrap();
    assert_eq!(site.time_zone, "Asia/Ho_Chi_Minh");
    assert_eq!((site.day_end_min, site.window_s, site.keep_queue_overnight), (0, 900, false));
}

#[test]
fn a_queue_may_be_kept_over_night() {
    let site = read("site = \"x\"\nname = \"X\"\nkeep_queue_overnight = true").unwrap();
    assert!(site.keep_queue_overnight);
    let wrong = mistakes("site = \"x\"\nname = \"X\"\nkeep_queue_overnight = \"yes\"");
    assert_eq!(wrong, ["3: keep_queue_overnight: must be true or false, not a text"]);
}

#[test]
fn unknown_keys_get_a_suggestion() {
    changed(
        "name = \"Quầy 5\"",
        "nmae = \"Quầy 5\"",
        &[
            "31: department.counter.name: is missing; write `name = …`",
            "33: department.counter.nmae: unknown key `nmae`; did you mean `name`?",
        ],
    );
    changed("window_s = 900", "colour = 1", &["5: colour: unknown key `colour`"]);
    changed("hotline = \"1022\"", "zalo = \"x\"", &["8: contacts.zalo: unknown key `zalo`"]);
    changed("camera = \"cam-1\"", "camera = \"cam-1\"\nurl = \"rtsp://x\"", &["57: camera.url: unknown key `url`"]);
}

#[test]
fn missing_keys_are_told_at_their_table() {
    let missing = |line, key: &str| {
        let last = key.rsplit('.').next().unwrap();
        format!("{line}: {key}: is missing; write `{last} = …`")
    };
    assert_eq!(mistakes("window_s = 60"), [missing(1, "site"), missing(1, "name")]);
    let bare = "site = \"x\"\nname = \"X\"\n[[hours]]\n[[department]]\n[[department.field]]\n[[department.field.service]]\n[[department.counter]]\n[[department.officer]]\n[[camera]]\n[[camera.zone]]";
    let expected = [
        (3, "hours.days"),
        (3, "hours.open"),
        (3, "hours.close"),
        (4, "department.department"),
        (4, "department.name"),
        (5, "department.field.field"),
        (5, "department.field.name"),
        (6, "department.field.service.service"),
        (6, "department.field.service.name"),
        (7, "department.counter.counter"),
        (7, "department.counter.name"),
        (8, "department.officer.officer"),
        (8, "department.officer.name"),
        (9, "camera.camera"),
        (10, "camera.zone.zone"),
        (10, "camera.zone.kind"),
        (10, "camera.zone.polygon"),
    ];
    assert_eq!(mistakes(bare), expected.map(|(line, key)| missing(line, key)));
}

#[test]
fn wrong_types_name_what_is_wanted_and_what_is_there() {
    changed("window_s = 900", "window_s = \"900\"", &["5: window_s: must be a whole number, not a text"]);
    changed(
        "name = \"Quầy 5\"",
        "name = 5",
        &["33: department.counter.name: must be a text in quotes, not a whole number"],
    );
    changed(
        "services = [\"cap-gcn\", \"ho-tich\"]",
        "services = \"cap-gcn\"",
        &["35: department.counter.services: must be a list in [ ], not a text"],
    );
    changed(
        "[contacts]",
        "contacts = 1\n[contact]",
        &[
            "7: contacts: must be a table, not a whole number",
            "8: contact: unknown key `contact`; did you mean `contacts`?",
        ],
    );
    assert_eq!(
        mistakes("site = \"x\"\nname = \"X\"\nhours = \"07:00\"\n[camera]\ncamera = \"c\""),
        ["3: hours: must be tables, written as `[[hours]]`", "4: camera: must be tables, written as `[[camera]]`"]
    );
    changed("open = \"07:00\"", "open = 07:00:00", &["12: hours.open: must be a text in quotes, not a date or time"]);
}

#[test]
fn texts_are_one_line_that_a_wall_can_show() {
    changed(
        "name = \"Quầy 5\"",
        "name = \" \"",
        &["33: department.counter.name: is empty; write a text or leave the key out"],
    );
    changed(
        "name = \"Quầy 5\"",
        "name = \"Quầy\\n5\"",
        &["33: department.counter.name: holds a control character or a line end"],
    );
    let long = format!("name = \"{}\"", "x".repeat(201));
    changed("name = \"Quầy 5\"", &long, &["33: department.counter.name: is longer than 200 characters"]);
}

#[test]
fn numbers_keep_to_their_range() {
    for bad in ["59", "86401", "-1", "99999999999999999999"] {
        let line = format!("window_s = {bad}");
        changed("window_s = 900", &line, &["5: window_s: must be a whole number from 60 to 86400"]);
    }
}

#[test]
fn ids_keep_to_the_pattern_and_to_themselves() {
    changed("site = \"tam-ky\"", "site = \"Tam Kỳ\"", &["1: site: site id \"Tam Kỳ\" does not fit [a-z0-9-]{1,32}"]);
    changed("site = \"tam-ky\"", "site = \"metrics\"", &["1: site: `metrics` is a page's address; choose another id"]);
    changed(
        "service = \"bien-dong\"",
        "service = \"cap-gcn\"",
        &["28: department.field.service.service: service `cap-gcn` is already there, in line 25"],
    );
    changed(
        "department = \"tu-phap\"",
        "department = \"tnmt\"",
        &["47: department.department: department `tnmt` is already there, in line 19"],
    );
    changed(
        "zone = \"q5\"",
        "zone = \"waiting\"",
        &["62: camera.zone.zone: zone `waiting` is already there, in line 58"],
    );
}

#[test]
fn a_service_belongs_to_one_field() {
    // The second department claims the first one's service; the counter's own is gone with it.
    let text = GOOD.replace("service = \"ho-tich\"", "service = \"cap-gcn\"");
    assert_eq!(
        mistakes(&text),
        [
            "35: department.counter.services: no service `ho-tich` in this file",
            "53: department.field.service.service: service `cap-gcn` is already there, in line 25",
        ]
    );
}

#[test]
fn references_must_lead_somewhere() {
    changed(
        "services = [\"cap-gcn\", \"ho-tich\"]",
        "services = [\n  \"cap-gnc\",\n  \"ho-tich\",\n  \"ho-tich\",\n]",
        &[
            "36: department.counter.services: no service `cap-gnc` in this file; did you mean `cap-gcn`?",
            "38: department.counter.services: service `ho-tich` is there twice",
        ],
    );
    let text =
        GOOD.replace("field = \"dat-dai\"\n[[department.officer]]", "field = \"xay-dung\"\n[[department.officer]]");
    assert_eq!(mistakes(&text), ["36: department.counter.field: no field `xay-dung` in this file"]);
    let text = GOOD.replace("counter = \"q5\"\npolygon", "counter = \"q6\"\npolygon");
    assert_eq!(mistakes(&text), ["64: camera.zone.counter: no counter `q6` in this file; did you mean `q5`?"]);
}

#[test]
fn codes_are_known_words() {
    changed(
        "queue = \"motcua\"",
        "queue = \"motcau\"",
        &["30: department.field.service.queue: `motcau` is none of external, motcua; did you mean `motcua`?"],
    );
    changed(
        "kind = \"waiting\"",
        "kind = \"lobby\"",
        &["59: camera.zone.kind: `lobby` is none of waiting, counter, entrance, ignore"],
    );
}

#[test]
fn times_are_of_the_day() {
    let bad = |text: &str| format!("`{text}` is not a time of the day; write it as \"07:00\"");
    for text in ["25:00", "7:00", "07:60", "0700", "+7:00", "24:01"] {
        changed("open = \"07:00\"", &format!("open = \"{text}\""), &[&format!("12: hours.open: {}", bad(text))]);
    }
    changed("day_end = \"00:00\"", "day_end = \"24:00\"", &[&format!("4: day_end: {}", bad("24:00"))]);
    let night = "site = \"x\"\nname = \"X\"\n[[hours]]\ndays = [\"sun\"]\nopen = \"13:00\"\nclose = \"24:00\"";
    assert_eq!(read(night).unwrap().hours[0].close_min, 1440);
}

#[test]
fn hours_go_forward_and_do_not_overlap() {
    changed("close = \"11:30\"", "close = \"06:30\"", &["13: hours.close: 06:30 is not after `open`, 07:00"]);
    changed("close = \"11:30\"", "close = \"07:00\"", &["13: hours.close: 07:00 is not after `open`, 07:00"]);
    changed("open = \"13:30\"", "open = \"11:29\"", &["14: hours: overlaps 07:00 to 11:30 of line 10 on mon"]);
    changed(
        "days = [\"mon\", \"tue\"]",
        "days = [\"mon\", \"t2\", \"mon\"]",
        &["15: hours.days: `t2` is none of mon, tue, wed, thu, fri, sat, sun", "15: hours.days: names a day twice"],
    );
    changed("days = [\"mon\", \"tue\"]", "days = []", &["15: hours.days: names no day"]);
    // Back to back is no overlap.
    assert!(read(&GOOD.replace("open = \"13:30\"", "open = \"11:30\"")).is_ok());
}

#[test]
fn time_zones_are_known_to_the_database() {
    changed(
        "time_zone = \"Asia/Ho_Chi_Minh\"",
        "time_zone = \"Asia/Ho_Chi_Min\"",
        &["3: time_zone: `Asia/Ho_Chi_Min` is not a time zone; did you mean `Asia/Ho_Chi_Minh`?"],
    );
    let named = GOOD.replace("\"Asia/Ho_Chi_Minh\"", "\"europe/warsaw\"");
    assert_eq!(read(&named).unwrap().time_zone, "Europe/Warsaw");
}

#[test]
fn dates_are_dates() {
    changed(
        "holidays = [\"2026-09-02\", 2026-09-03]",
        "holidays = [\"02/09/2026\", 2026-09-03, \"2026-02-30\", 2026-09-03]",
        &[
            "6: holidays: `02/09/2026` is not a date; write it as \"2026-09-02\"",
            "6: holidays: `2026-02-30` is not a date; write it as \"2026-09-02\"",
            "6: holidays: `2026-09-03` is there twice",
        ],
    );
    changed(
        "to = \"2026-06-30\"",
        "to = \"2025-06-30\"",
        &["41: department.officer.to: 2025-06-30 is before `from`, 2026-01-01"],
    );
    changed(
        "to = \"2026-06-30\"",
        "to = 2026-06-30T07:00:00",
        &["41: department.officer.to: `2026-06-30T07:00:00` is not a date; write it as \"2026-09-02\""],
    );
}

#[test]
fn an_officer_is_once_on_a_day() {
    changed(
        "to = \"2026-06-30\"",
        "to = \"2026-07-01\"",
        &["43: department.officer.officer: officer `cb-01` is already there on the same days, in line 37"],
    );
}

#[test]
fn polygons_lie_in_the_picture_and_enclose_something() {
    let polygon = "polygon = [[0.0, 0.0], [1, 0], [1.0, 1.0]]";
    let at = |message: &str| format!("60: camera.zone.polygon: {message}");
    let outside = at("must be a number from 0 to 1");
    changed(polygon, "polygon = [[0.0, -0.1], [1.5, 0], [1.0, nan]]", &[&outside, &outside, &outside]);
    changed(polygon, "polygon = [[0, 0], [1, 1]]", &[&at("has 2 points; a polygon needs at least 3")]);
    changed(polygon, "polygon = [[0, 0], [1], [1, 1]]", &[&at("a point is two numbers: [x, y]")]);
    changed(polygon, "polygon = [[0, 0], 1, [1, 1]]", &[&at("must be a list in [ ], not a whole number")]);
    changed(polygon, "polygon = [[0, 0], [0.5, 0.5], [1, 1]]", &[&at("encloses nothing: its points lie on one line")]);
}

#[test]
fn a_zone_of_a_counter_names_it_and_no_other_does() {
    let text = GOOD.replace("counter = \"q5\"\npolygon", "polygon");
    assert_eq!(mistakes(&text), ["61: camera.zone.counter: is missing; write `counter = …`"]);
    changed(
        "kind = \"waiting\"",
        "kind = \"waiting\"\ncounter = \"q5\"",
        &["60: camera.zone.counter: only a zone of kind `counter` has one; this is `waiting`"],
    );
}

#[test]
fn what_is_not_toml_is_told_with_the_rest() {
    let text = GOOD
        .replace("day_end = \"00:00\"", "day_end = 00:00:")
        .replace("window_s = 900", "window_s = 1")
        .replace("hotline = \"1022\"", "hotline = \"1022");
    let told = mistakes(&text);
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].starts_with("4: not TOML: "), "{told:#?}");
    assert_eq!(told[1], "5: window_s: must be a whole number from 60 to 86400");
    assert!(told[2].starts_with("8: not TOML: "), "{told:#?}");
}

#[test]
fn one_slip_is_told_once() {
    // An open bracket makes every line after it an element of the list.
    changed(
        "services = [\"cap-gcn\", \"ho-tich\"]",
        "services = [\"cap-gcn\", \"ho-tich\"",
        &["36: not TOML: missing comma between array elements, expected `,`"],
    );
    // What refers to the broken line's id is no mistake of its own.
    changed("service = \"cap-gcn\"", "service = \"cap-gcn", &["25: not TOML: invalid basic string, expected `\"`"]);
}

#[test]
fn a_key_twice_is_told() {
    let told = mistakes("site = \"x\"\nname = \"X\"\nname = \"Y\"");
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("3: not TOML: duplicate key"), "{told:#?}");
}

#[test]
fn all_mistakes_come_at_once() {
    let text = GOOD
        .replace("site = \"tam-ky\"", "site = \"api\"")
        .replace("open = \"07:00\"", "open = \"25:00\"")
        .replace("queue = \"motcua\"", "queue = 1")
        .replace("counter = \"q5\"\nname", "counter = \"Q5\"\nname")
        .replace("[0.2, 0.3]", "[0.2, 3]");
    let lines: Vec<_> = read(&text).unwrap_err().iter().map(|mistake| mistake.line.unwrap()).collect();
    assert_eq!(lines, [1, 12, 30, 32, 64, 65], "the zone's counter `q5` is named by nothing now");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = read(&text);
    }

    /// A file cut or changed anywhere is read or told about, never a panic; a mistake has a line.
    #[test]
    fn no_damage_panics(at in 0..GOOD.len(), put in "[\\[\\]\"=.\\n{}0-9a-z]{0,3}", cut in 0..40_usize) {
        let start = (0..=at).rev().find(|at| GOOD.is_char_boundary(*at)).unwrap();
        let end = (start + cut..=GOOD.len()).find(|at| GOOD.is_char_boundary(*at)).unwrap_or(GOOD.len());
        let text = format!("{}{put}{}", &GOOD[..start], &GOOD[end..]);
        if let Err(mistakes) = read(&text) {
            let lines = text.split('\n').count();
            proptest::prop_assert!(mistakes.iter().all(|m| m.line.is_some_and(|line| (1..=lines).contains(&line))));
        }
    }
}
