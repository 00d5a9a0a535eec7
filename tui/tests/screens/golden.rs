//! Whole screens, compared with files that people have looked at.

use std::fs;
use std::path::PathBuf;

use domain::board::{Board, Public};
use tui::keys::{Code, Stroke};
use tui::message::What;
use tui::model::{Colours, Lang, Model, Pane, Settings, Size, Trouble};
use tui::sample::{self, hear, say};

use super::{SMALL, TALL, WIDE, centre, text};

/// When the next thing happens, after the hour that was watched.
const LATER: u64 = sample::HEARD_MS;

pub fn check(name: &str, model: &Model) {
    let size = model.size;
    let file = format!("{name}-{}x{}.txt", size.cols, size.rows);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/screens/golden").join(file);
    let drawn = text(model);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, drawn).expect("the folder of the golden files can be written");
        return;
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(drawn == wanted, "{} is drawn otherwise now:\n{drawn}", path.display());
}

fn with(size: Size, change: impl FnOnce(&mut Settings)) -> Model {
    let mut settings = Settings::default();
    change(&mut settings);
    sample::model(size, settings, 40)
}

fn press(model: &mut Model, keys: &[Stroke]) {
    for key in keys {
        say(model, LATER + 100, What::Key(*key));
    }
}

fn keys(text: &str) -> Vec<Stroke> {
    text.chars().map(Stroke::char).collect()
}

#[test]
fn live() {
    for size in [SMALL, WIDE, TALL] {
        check("live", &centre(size));
    }
}

#[test]
fn in_english() {
    for size in [SMALL, WIDE, TALL] {
        check("english", &with(size, |settings| settings.lang = Lang::En));
    }
}

#[test]
fn the_link_is_lost() {
    let mut model = centre(SMALL);
    say(&mut model, LATER, What::Lost(Trouble::Closed { detail: String::new() }));
    say(&mut model, LATER + 200_000, What::Tick);
    check("lost", &model);
}

#[test]
fn the_server_is_silent() {
    let mut model = centre(SMALL);
    say(&mut model, LATER + 9_000, What::Tick);
    check("silent", &model);
}

#[test]
fn the_view_is_held_still() {
    let mut model = centre(SMALL);
    press(&mut model, &keys("f"));
    let mut later = sample::board(40);
    later.as_of = later.as_of.plus(60_000);
    later.seq += 1;
    later.services[0].waiting = 99;
    hear(&mut model, LATER + 60_000, later);
    check("frozen", &model);
}

#[test]
fn a_filter_is_typed() {
    let mut model = centre(SMALL);
    press(&mut model, &keys("/ngoc"));
    check("filter-typing", &model);
    press(&mut model, &[Stroke::plain(Code::Enter)]);
    check("filter", &model);
    press(&mut model, &keys("/ chờ>"));
    check("filter-mistake", &model);
}

#[test]
fn a_jump_is_typed() {
    let mut model = centre(SMALL);
    press(&mut model, &keys(":quay 1"));
    check("jump", &model);
}

#[test]
fn help() {
    for (size, lang) in [(SMALL, Lang::Vi), (WIDE, Lang::En)] {
        let mut model = with(size, |settings| settings.lang = lang);
        press(&mut model, &keys("?"));
        check("help", &model);
    }
}

#[test]
fn the_sort_picker() {
    let mut model = centre(SMALL);
    press(&mut model, &keys("1sj"));
    check("sort", &model);
}

#[test]
fn details() {
    for (name, typed) in [("service", "1j"), ("counter", "2j"), ("call", "3j"), ("zone", "5j"), ("device", "6j")] {
        let mut model = centre(SMALL);
        press(&mut model, &keys(typed));
        press(&mut model, &[Stroke::plain(Code::Enter)]);
        check(&format!("detail-{name}"), &model);
    }
}

/// What only cameras see: an open counter where nobody sits, a hall fuller than its tickets, all dark.
#[test]
fn what_cameras_say() {
    let mut board = sample::board(40);
    let alert = |rule: &str, counter: Option<&str>, camera: &str, zone: &str| domain::board::AlertRow {
        alert: rule.to_owned(),
        rule: rule.to_owned(),
        severity: "warning".to_owned(),
        counter: counter.map(|id| id.parse().expect("it is an id")),
        camera: Some(camera.parse().expect("it is an id")),
        zone: Some(zone.parse().expect("it is an id")),
        since: board.as_of.plus(-360_000),
        acknowledged_by: None,
    };
    board.alerts = vec![
        alert("counter_unattended", Some("q7"), "cam-10", "quay-dat-dai"),
        alert("crowd_without_tickets", None, "cam-12", "cho-tang-1"),
    ];
    for lang in [Lang::Vi, Lang::En] {
        let mut model = with(SMALL, |settings| settings.lang = lang);
        hear(&mut model, LATER, board.clone());
        let name = |what: &str| format!("cameras-{what}-{}", if lang == Lang::Vi { "vi" } else { "en" });
        press(&mut model, &keys("8j"));
        check(&name("alerts"), &model);
        press(&mut model, &[Stroke::plain(Code::Enter)]);
        check(&name("alert"), &model);
        press(&mut model, &[Stroke::plain(Code::Esc)]);
        press(&mut model, &keys("o"));
        assert_ne!(model.pane, Pane::Alerts, "it leads to its counter or zone");
        check(&name("where"), &model);
    }
    board.zones.iter_mut().for_each(|row| (row.level, row.motion, row.people) = (None, None, None));
    board.waiting_area = board.waiting_area.map(|area| domain::board::WaitingArea { level: None, known: 0, ..area });
    let mut model = with(SMALL, |settings| settings.colours = Colours::None);
    hear(&mut model, LATER, board);
    press(&mut model, &keys("5"));
    check("cameras-dark", &model);
}

/// Services by their expected waits: past lunch, past the day, promises that do not hold.
#[test]
fn expected_waits() {
    for (lang, ascii) in [(Lang::Vi, false), (Lang::En, true)] {
        let mut model = with(TALL, |settings| {
            settings.lang = lang;
            settings.ascii = ascii;
            settings.colours = if ascii { Colours::None } else { settings.colours };
        });
        press(&mut model, &keys("1e"));
        check(if ascii { "expected-ascii" } else { "expected" }, &model);
    }
    for (name, filter) in [("past-the-day", "/du-kien>400"), ("broken-promise", "/hen<85")] {
        let mut model = centre(WIDE);
        press(&mut model, &keys("1"));
        press(&mut model, &keys(filter));
        press(&mut model, &[Stroke::plain(Code::Enter)]);
        press(&mut model, &keys("j"));
        press(&mut model, &[Stroke::plain(Code::Enter)]);
        check(&format!("detail-{name}"), &model);
    }
}

#[test]
fn every_pane_on_a_small_screen() {
    for (number, pane) in Pane::ALL.iter().enumerate().filter(|(_, pane)| **pane != Pane::Counters) {
        let mut model = centre(SMALL);
        press(&mut model, &keys(&format!("{}", number + 1)));
        assert_eq!(model.pane, *pane);
        check(&format!("pane-{}", number + 1), &model);
    }
}

#[test]
fn the_counters_expanded() {
    let mut model = centre(SMALL);
    press(&mut model, &keys("ej"));
    check("expanded", &model);
}

#[test]
fn ascii_without_colour() {
    for size in [SMALL, WIDE] {
        let model = with(size, |settings| {
            settings.ascii = true;
            settings.colours = Colours::None;
        });
        assert!(text(&model).is_ascii());
        check("ascii", &model);
    }
}

#[test]
fn names_are_hidden() {
    let model = with(SMALL, |settings| settings.privacy = true);
    check("privacy", &model);
}

fn terminal(size: Size) -> Model {
    let server = tui::model::Server { url: "http://127.0.0.1:1".into(), site: "tam-ky".parse().expect("it is an id") };
    Model::new(server, Settings::default(), size)
}

#[test]
fn a_centre_that_has_only_begun() {
    let full = sample::board(0);
    let empty = Board {
        services: Vec::new(),
        calls: Vec::new(),
        missed: Vec::new(),
        zones: Vec::new(),
        waiting_area: None,
        devices: Vec::new(),
        ratings: domain::board::RatingTotals::default(),
        ingest: Some(domain::board::Ingest::default()),
        ..full
    };
    for size in [SMALL, WIDE] {
        let mut model = terminal(size);
        say(&mut model, LATER, What::Opened);
        hear(&mut model, LATER, empty.clone());
        check("empty", &model);
    }
}

#[test]
fn what_a_role_may_not_see_is_not_said_to_be_empty() {
    let mut board = sample::board(40);
    board.make_public();
    let quiet = Board { services: Vec::new(), counters: Vec::new(), ..board.clone() };
    for (name, size, board, typed) in [
        ("public", WIDE, &board, "8"),
        ("public-quiet", SMALL, &quiet, "8"),
        // A filter does not make rows of what is not given.
        ("public-devices", SMALL, &board, "6/kiosk"),
        ("public-dead-letters", SMALL, &board, "7"),
    ] {
        let mut model = terminal(size);
        hear(&mut model, LATER, board.clone());
        press(&mut model, &keys(typed));
        let screen = text(&model);
        assert!(screen.contains("không có quyền xem"), "{name}:\n{screen}");
        for lie in
            ["Không có gì cần xử lý", "không có cảnh báo", "chưa có thiết bị", "không có thư chết", "không dòng nào"]
        {
            assert!(!screen.contains(lie), "{name}:\n{screen}");
        }
        check(name, &model);
    }
}

#[test]
fn what_has_gone_stays_in_its_place_for_a_while() {
    let mut model = centre(SMALL);
    press(&mut model, &keys("jj"));
    let mut later = sample::board(40);
    later.seq += 1;
    later.counters.retain(|row| row.counter.as_str() != "q30");
    hear(&mut model, LATER + 200, later);
    check("gone", &model);
}

#[test]
fn nothing_was_heard_yet() {
    let mut model = terminal(SMALL);
    check("connecting", &model);
    say(&mut model, 1_000, What::Lost(Trouble::Unreachable { detail: "connection refused".into() }));
    check("never-connected", &model);
}

#[test]
fn too_small_a_window_says_so() {
    check("too-small", &centre(Size { cols: 44, rows: 10 }));
    check("too-small", &centre(Size { cols: 1, rows: 1 }));
    check("smallest", &centre(Size { cols: 60, rows: 15 }));
}
