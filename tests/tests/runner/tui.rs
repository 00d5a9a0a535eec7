//! The terminal, as a supervisor uses it: the real program in a real tmux on a real dashboard.

mod tmux;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use harness::oracle::Instant;
use harness::wait::eventually;
use serde_json::json;

use self::tmux::{Tmux, program};
use crate::wall::hall::Hall;
use crate::wall::site::{Place, file};

const LIVE: &str = "trực tiếp";
const LOST: &str = "Mất kết nối từ";
const DAY_S: i64 = 24 * 3_600;

/// A small centre with something at each counter.
fn hall() -> Hall {
    let mut hall = Hall::discovered();
    for n in 1..=4 {
        let counter = format!("q{n}");
        hall.tell(
            "counter.opened",
            &json!({"counter": counter, "officer": format!("cb-{n}"), "services": ["dat-dai"]}),
        );
        hall.call(&format!("A00{n}"), "dat-dai", &counter);
    }
    hall.issue("A010", "dat-dai");
    hall.tell("counter.paused", &json!({"counter": "q4", "reason": "họp giao ban"}));
    hall.calls(4);
    hall
}

fn opened(hall: &Hall, arguments: &str) -> Tmux {
    let tmux = Tmux::open(100, 30);
    tmux.opens(&hall.motcua.http, &hall.site, arguments);
    let all = |screen: &str| screen.contains(LIVE) && ["A001", "A002", "A003"].iter().all(|t| screen.contains(t));
    tmux.until("the living board", all);
    tmux
}

#[test]
fn an_input_method_may_stay_on() {
    let hall = hall();
    let tmux = opened(&hall, "");
    // Telex: ] comes as ư, [ as ơ.
    tmux.types("ư");
    tmux.until("the pane of calls", |screen| screen.contains("─ 3 ") && screen.contains("lúc"));
    tmux.types("ơ");
    tmux.types("?");
    tmux.shows("Ctrl-e");
    tmux.press(&["Escape"]);
    // đ and ê and a composed filter, some of it taken back first.
    tmux.types("/");
    tmux.types("hop");
    tmux.press(&["BSpace", "BSpace"]);
    tmux.types("ọp");
    tmux.until("q4 alone", |screen| screen.contains("họp") && !screen.contains("A001"));
    tmux.press(&["Enter", "Escape"]);
    tmux.until("all counters", |screen| screen.contains("A001") && screen.contains("A002"));
    tmux.types("đ");
    tmux.types("/quaày=2");
    tmux.shows("quaày=2");
    tmux.press(&["C-u"]);
    tmux.types("quầy=2");
    tmux.until("q2 alone", |screen| screen.contains("A002") && !screen.contains("A001"));
    tmux.press(&["Escape"]);
    tmux.types(":phiếu a003");
    tmux.press(&["Enter", "Enter"]);
    tmux.until("the details of its counter", |screen| screen.contains("╭") && screen.contains("q3"));
    tmux.press(&["Escape"]);
    tmux.types("q");
    tmux.shows("ended 0");
    tmux.is_given_back();
}

#[test]
fn a_frozen_view_says_so_and_a_snapshot_is_saved() {
    let mut hall = hall();
    let tmux = opened(&hall, "");
    tmux.types("f");
    tmux.shows("Giữ yên từ");
    hall.tell("ticket.finished", &json!({"ticket": "A001", "counter": "q1"}));
    hall.call("A099", "dat-dai", "q1");
    hall.calls(5);
    let screen = heard_until(&tmux, &hall);
    assert!(screen.contains("Giữ yên từ") && !screen.contains("A099"), "{screen}");
    tmux.types("f");
    tmux.until("the newest call", |screen| screen.contains("A099") && !screen.contains("Giữ yên từ"));
    tmux.press(&["C-s"]);
    tmux.shows("Đã lưu");
    let saved = |ending: &str| {
        let files = std::fs::read_dir(tmux.folder()).unwrap().flatten().map(|entry| entry.path());
        let file = files.into_iter().find(|file| file.extension().is_some_and(|it| it == ending)).unwrap();
        std::fs::read_to_string(file).unwrap()
    };
    assert!(saved("txt").contains("A099") && saved("csv").contains("q1,"), "{}", saved("csv"));
    tmux.press(&["F10"]);
    tmux.shows("ended 0");
}

/// The screen once the terminal has heard the board as it is now: the clock at its top is the
/// server's of what was heard last, held still or not, and has gone on beyond that of the board.
fn heard_until(tmux: &Tmux, hall: &Hall) -> String {
    let board = hall.board().unwrap();
    assert_eq!(board["time_zone"], "Asia/Ho_Chi_Minh", "the clock is seven hours before UTC");
    let as_of = Instant::parse(board["as_of"].as_str().unwrap()).unwrap();
    let then = (as_of.ms / 1_000 + 7 * 3_600).rem_euclid(DAY_S);
    tmux.until("what was heard after it", |screen| {
        let clock = screen.lines().next().and_then(|bar| bar.split_whitespace().last());
        // Round midnight, too.
        clock.and_then(seconds).is_some_and(|now| (1..DAY_S / 2).contains(&(now - then).rem_euclid(DAY_S)))
    })
}

/// Seconds of the day of `08:41:07`.
fn seconds(clock: &str) -> Option<i64> {
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else { return None };
    Some((hours * 60 + minutes) * 60 + seconds)
}

#[test]
fn a_lost_link_is_told_and_the_same_row_returns() {
    let hall = hall();
    let tmux = opened(&hall, "");
    tmux.types(":quay 2");
    tmux.press(&["Enter"]);
    tmux.types("/dat dai");
    tmux.press(&["Enter"]);
    let gone = hall.motcua.without_dashboard().unwrap();
    let told = tmux.shows(LOST);
    assert!(told.contains("A002"), "what was last known stands:\n{told}");
    drop(gone);
    tmux.until("a living board again", |screen| screen.contains(LIVE) && !screen.contains(LOST));
    same_row(&tmux);
    // And after a restart of the program itself.
    tmux.press(&["C-c"]);
    tmux.shows("ended 0");
    tmux.runs("clear");
    tmux.opens(&hall.motcua.http, &hall.site, "");
    tmux.until("the living board", |screen| screen.contains(LIVE) && screen.contains("A002"));
    same_row(&tmux);
}

fn same_row(tmux: &Tmux) {
    tmux.until("the same board and filter", |screen| screen.contains("dat dai") && screen.contains("A002"));
    tmux.press(&["Enter"]);
    tmux.until("the details of q2", |screen| screen.contains("╭") && screen.contains("q2 "));
    tmux.press(&["Escape"]);
    tmux.until("the board", |screen| !screen.contains("╭"));
}

#[test]
fn the_terminal_is_given_back_however_the_program_ends() {
    let hall = hall();
    let tmux = opened(&hall, "--mouse");
    kill(&tmux, "-TERM");
    tmux.shows("ended 0");
    tmux.is_given_back();

    tmux.opens(&hall.motcua.http, &hall.site, "--mouse");
    tmux.shows(LIVE);
    tmux.press(&["C-z"]);
    tmux.until("a stopped job", |screen| screen.contains("Stopped"));
    tmux.is_given_back();
    tmux.runs("fg");
    tmux.until("the board again", |screen| screen.contains(LIVE) && screen.contains("A002"));
    // Stopped from outside, as a session manager does.
    kill(&tmux, "-TSTP");
    tmux.until("a stopped job", |screen| screen.contains("Stopped") && !screen.contains(LIVE));
    tmux.is_given_back();
    tmux.runs("fg");
    tmux.shows(LIVE);
    tmux.press(&["C-c"]);
    tmux.until("the shell", |screen| screen.contains("ready>") && !screen.contains(LIVE));
    tmux.is_given_back();
}

#[test]
fn the_program_ends_with_its_terminal() {
    let hall = hall();
    let tmux = opened(&hall, "");
    let alive = format!("/proc/{}", tmux.pid());
    assert!(Path::new(&alive).exists());
    tmux.closes();
    eventually(Duration::from_secs(20), "the program ends", || {
        if Path::new(&alive).exists() { Err("it runs without a terminal".to_owned()) } else { Ok(()) }
    });
}

fn kill(tmux: &Tmux, signal: &str) {
    let sent = Command::new("kill").args([signal, &tmux.pid()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn a_recorded_session_ends_on_the_same_screen() {
    let hall = hall();
    let tmux = opened(&hall, "--record session.jsonl");
    tmux.types("jjLf");
    let last = tmux.until("a frozen view in English", |screen| screen.contains("Frozen at"));
    tmux.types("q");
    tmux.shows("ended 0");
    let file = tmux.folder().join("session.jsonl");
    let printed = output(&["--replay", file.to_str().unwrap(), "--print", "100x30"]);
    // The line at the top has the age of the data, which went on to the end.
    let below = |screen: &str| screen.lines().skip(1).map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(below(&printed.1).trim_end(), below(&last).trim_end());

    // On a terminal, too; its last screen stays until `q`.
    tmux.runs("clear");
    tmux.starts("--replay session.jsonl --speed 0");
    tmux.shows("Frozen at");
    tmux.types("q");
    tmux.shows("ended 0");
    tmux.is_given_back();
}

#[test]
fn a_recording_can_be_left_before_its_end() {
    let hall = hall();
    let tmux = opened(&hall, "--record session.jsonl");
    tmux.types("jjLf");
    tmux.shows("Frozen at");
    tmux.types("q");
    tmux.shows("ended 0");
    // So slowly that the end is far away.
    let playing = || {
        tmux.runs("clear");
        tmux.starts("--replay session.jsonl --speed 0.02");
        let screen = tmux.until("the board, not yet frozen", |screen| screen.contains(LIVE) && screen.contains("A001"));
        assert!(!screen.contains("Frozen at"), "{screen}");
    };
    playing();
    tmux.types("q");
    tmux.shows("ended 0");
    tmux.is_given_back();

    playing();
    tmux.press(&["C-z"]);
    tmux.until("a stopped job", |screen| screen.contains("Stopped"));
    tmux.is_given_back();
    tmux.runs("fg");
    tmux.until("the board again", |screen| screen.contains(LIVE) && screen.contains("A001"));
    tmux.press(&["C-c"]);
    tmux.until("the shell", |screen| screen.contains("ready>") && !screen.contains(LIVE));
    tmux.is_given_back();

    for signal in ["-TERM", "-HUP", "-INT"] {
        playing();
        kill(&tmux, signal);
        tmux.shows("ended 0");
        tmux.is_given_back();
    }
}

/// Exit code, standard output and standard error of a run without a terminal.
fn output(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let output =
        Command::new(program()).args(arguments).env("HOME", folder.path()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn one_frame_is_printed_as_text() {
    let hall = hall();
    let server = format!("http://{}", hall.motcua.http);
    let (code, frame, _) = output(&["--server", &server, "--print", "80x24"]);
    assert_eq!(code, Some(0));
    let lines: Vec<&str> = frame.lines().collect();
    assert_eq!(lines.len(), 24);
    assert!(lines.iter().all(|line| line.chars().count() <= 80) && frame.contains("A001"), "{frame}");
    let (code, _, told) = output(&["--server", &server, "--site", "nowhere", "--print", "80x24"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("nowhere") && told.contains("404"), "{told}");
}

#[test]
fn without_a_token_what_is_not_given_is_not_said_to_be_empty() {
    let hall = Hall::configured(&file("Asia/Ho_Chi_Minh", &[Place::plain(1)]));
    hall.board_until("a board", |_| Ok(()));
    let server = format!("http://{}", hall.motcua.http);
    for pane in ["alerts", "devices", "dead-letters"] {
        let (code, frame, told) =
            output(&["--server", &server, "--site", &hall.site, "--print", "80x24", "--pane", pane]);
        assert_eq!(code, Some(0), "{told}");
        let withheld = frame.lines().filter(|line| line.contains("không có quyền xem")).count();
        assert_eq!(withheld, 2, "at the top and in the pane of {pane}:\n{frame}");
    }
}

#[test]
fn what_cannot_be_done_is_told_in_a_sentence() {
    let (code, _, told) = output(&["--server", "http://127.0.0.1:1", "--site", "tam-ky"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("must be a terminal") && told.contains("--print"), "{told}");
    for wrong in [["--site", "Tam Kỳ"], ["--print", "wide"], ["--server", "ftp://a"], ["--config", "/nowhere.toml"]] {
        let (code, _, told) = output(&wrong);
        assert_eq!(code, Some(64), "{wrong:?}: {told}");
    }
    let (code, _, told) = output(&["--server", "http://127.0.0.1:1", "--print", "80x24"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("http://127.0.0.1:1"), "{told}");
}
