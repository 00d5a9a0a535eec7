//! `motcua backtest`: nothing later changes a prediction, and every ticket has one.

#![expect(clippy::unwrap_used, reason = "a step that fails ends its test")]

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use motcua::backtest::{self, History, Options, Prediction};

const HEAD: &str = "ticket_id,site,service,priority,issued_at,called_at,finished_at,counter,outcome\n";

/// SplitMix64: the same centre for ever.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// One row, times in seconds of the first day.
#[derive(Debug, Clone)]
struct Row {
    name: String,
    site: &'static str,
    service: &'static str,
    priority: u64,
    issued: u64,
    called: Option<u64>,
    ended: u64,
    counter: String,
}

impl Row {
    fn text(&self) -> String {
        let called = self.called.map(time).unwrap_or_default();
        let (counter, outcome) =
            if self.called.is_some() { (self.counter.as_str(), "served") } else { ("", "abandoned") };
        format!(
            "{},{},{},{},{},{called},{},{counter},{outcome}\n",
            self.name,
            self.site,
            self.service,
            self.priority,
            time(self.issued),
            time(self.ended)
        )
    }
}

fn time(second: u64) -> String {
    let (day, second) = (second / 86_400, second % 86_400);
    format!("2026-03-{:02}T{:02}:{:02}:{:02}+07:00", 2 + day, second / 3_600, second / 60 % 60, second % 60)
}

/// Two sites with two services each, first come first served at two counters a service, some
/// hundred tickets a day from eight o'clock.
fn centre(days: u64, a_day: u64) -> Vec<Row> {
    let mut dice = Dice(11);
    let mut rows = Vec::new();
    for day in 0..days {
        let mut free = [[[day * 86_400 + 8 * 3_600 + 300; 2]; 2]; 2];
        let mut now = day * 86_400 + 8 * 3_600;
        for number in 0..a_day {
            now += dice.below(90);
            let (site, service) = (dice.below(2) as usize, dice.below(2) as usize);
            let counters = &mut free[site][service];
            let chosen = usize::from(counters[1] < counters[0]);
            let begin = counters[chosen].max(now);
            let leaves = dice.below(20) == 0 && begin > now + 300;
            let called = (!leaves).then_some(begin);
            let ended = if leaves { now + 300 } else { begin + 60 + dice.below(500) };
            if !leaves {
                counters[chosen] = ended;
            }
            rows.push(Row {
                name: format!("X-{day}-T{number:04}"),
                site: ["one", "two"][site],
                service: ["a", "b"][service],
                priority: 2 * u64::from(dice.below(15) == 0),
                issued: now,
                called,
                ended,
                counter: format!("q{}", service * 2 + chosen),
            });
        }
    }
    rows
}

fn file(dir: &Path, name: &str, rows: &[Row]) -> PathBuf {
    let text = rows.iter().fold(HEAD.to_owned(), |text, row| text + &row.text());
    text_file(dir, name, &text)
}

fn text_file(dir: &Path, name: &str, text: &str) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Staffing every half hour.
fn counters(dir: &Path, days: u64) -> PathBuf {
    let mut text = "at,site,service,open_counters\n".to_owned();
    for at in (0..days * 48).map(|half| half * 1_800 + 7) {
        for (site, service) in [("one", "a"), ("one", "b"), ("two", "a")] {
            writeln!(text, "{},{site},{service},2", time(at)).unwrap();
        }
    }
    text_file(dir, "counters.csv", &text)
}

/// The predictions with the names of their tickets.
fn predict(tickets: &[PathBuf], counters: &[PathBuf]) -> Vec<(String, Prediction)> {
    let history = History::read(tickets, counters).unwrap();
    let (predictions, summary) = backtest::run(&history, &Options { quiet: true, ..Options::default() }).unwrap();
    assert_eq!((summary.tickets, predictions.len()), (history.visits().len(), history.visits().len()));
    history.visits().iter().map(|visit| visit.name.to_string()).zip(predictions).collect()
}

/// What lies at or after `cut` becomes something else; what is not known before it is forgotten.
fn other_future(rows: &[Row], cut: u64, dice: &mut Dice) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.to_vec();
    for row in &mut rows {
        if row.issued >= cut {
            row.service = ["a", "b", "c"][dice.below(3) as usize];
            row.priority = 2 * dice.below(2);
            row.issued += dice.below(3_000);
            row.called = (dice.below(3) > 0).then(|| row.issued + dice.below(9_000));
            row.ended = row.called.unwrap_or(row.issued) + dice.below(900);
            row.counter = format!("q{}", dice.below(9));
            continue;
        }
        if row.called.is_some_and(|called| called >= cut) || row.called.is_none() && row.ended >= cut {
            row.called = (dice.below(3) > 0).then(|| cut + dice.below(9_000));
            row.counter = format!("q{}", dice.below(9));
        }
        if row.ended >= cut {
            row.ended = cut.max(row.called.unwrap_or(0)) + dice.below(9_000);
        }
    }
    rows.retain(|row| row.issued < cut || dice.below(5) > 0);
    for place in (1..rows.len()).rev() {
        rows.swap(place, dice.below(place as u64 + 1) as usize);
    }
    rows
}

#[test]
fn nothing_later_changes_a_prediction_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    let rows = centre(3, 260);
    let counters = [counters(dir.path(), 4)];
    let whole = predict(&[file(dir.path(), "all.csv", &rows)], &counters);
    let mut dice = Dice(5);
    for cut in [40, 300, 545, 770].map(|place: usize| rows[place].issued + 1) {
        let other = other_future(&rows, cut, &mut dice);
        let (early, late) = other.split_at(other.len() / 3);
        let files = [file(dir.path(), "late.csv", late), file(dir.path(), "early.csv", early)];
        let told = predict(&files, &counters);
        let before = rows.iter().filter(|row| row.issued < cut).count();
        assert_eq!(told[..before], whole[..before], "the future after second {cut}");
    }
}

#[test]
fn every_ticket_has_a_range_and_a_model_was_trained() {
    let dir = tempfile::tempdir().unwrap();
    let rows = centre(3, 280);
    let history = History::read(&[file(dir.path(), "all.csv", &rows)], &[counters(dir.path(), 3)]).unwrap();
    let options = Options { quiet: true, ..Options::default() };
    let (first, summary) = backtest::run(&history, &options).unwrap();
    let (second, _) = backtest::run(&history, &options).unwrap();
    assert_eq!(first, second);
    assert!(first.iter().all(|range| range.p90_ms >= range.p50_ms));
    assert_eq!((first.len(), summary.days), (rows.len(), 3));
    assert_eq!(summary.trainings, 1, "{summary:?}");
    let (floor, summary) = backtest::run(&history, &Options { no_training: true, ..options }).unwrap();
    assert_eq!(summary.trainings, 0);
    assert_ne!(floor, first);
    let table = backtest::table(&history, &first, 1);
    let of = |method: &str| table.iter().find(|row| row.method == method && row.group == "all").unwrap();
    assert!(of("motcua").n > 200);
    assert!(of("motcua").mae_s < of("last_to_enter_service").mae_s, "{table:?}");
}

#[test]
fn the_zone_says_when_a_day_begins() {
    let dir = tempfile::tempdir().unwrap();
    let history = History::read(&[file(dir.path(), "all.csv", &centre(2, 200))], &[] as &[PathBuf]).unwrap();
    let days = |zone: Option<&str>| {
        let options = Options { quiet: true, no_training: true, zone: zone.map(str::to_owned) };
        backtest::run(&history, &options).unwrap().1.days
    };
    // Eight o'clock at +07:00 is an hour before midnight two hours west of Greenwich.
    assert_eq!((days(None), days(Some("America/Noronha"))), (2, 3));
}

fn command(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motcua")).arg("backtest").args(args).output().unwrap()
}

#[test]
fn the_command_writes_a_line_for_every_ticket() {
    let dir = tempfile::tempdir().unwrap();
    let tickets = file(dir.path(), "all.csv", &centre(1, 60));
    let out = dir.path().join("predictions.csv");
    let output = command(&["--tickets", tickets.to_str().unwrap(), "--out", out.to_str().unwrap(), "--score"]);
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let summary: serde_json::Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&summary["tickets"], &summary["days"], &summary["trainings"]), (&60.into(), &1.into(), &0.into()));
    assert!(stdout.lines().any(|line| line.contains("head_of_line")));
    let text = std::fs::read_to_string(out).unwrap();
    assert_eq!(text.lines().next(), Some("ticket_id,p50_s,p90_s"));
    assert_eq!(text.lines().count(), 61);
    for line in text.lines().skip(1) {
        let [_, p50, p90] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(p50.parse::<f64>().unwrap() <= p90.parse::<f64>().unwrap(), "{line}");
    }
}

#[test]
fn a_broken_row_is_refused_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = HEAD.to_owned();
    centre(1, 3).iter().for_each(|row| text += &row.text());
    let out = dir.path().join("predictions.csv");
    for (name, more, told) in [
        ("time.csv", "X-0-T9,one,a,0,yesterday,,,,\n", "time.csv:5: issued_at"),
        ("short.csv", "X-0-T9,one\n", "short.csv:5: "),
        ("twice.csv", "X-0-T0000,one,a,0,2026-03-02T09:00:00+07:00,,,,\n", "X-0-T0000 stands in the files twice"),
    ] {
        let path = text_file(dir.path(), name, &format!("{text}{more}"));
        let output = command(&["--tickets", path.to_str().unwrap(), "--out", out.to_str().unwrap()]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
        assert!(!out.exists(), "nothing is written of a history that is not whole");
    }
}

#[test]
fn real_offices_are_predicted_from_the_past_alone() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/queues");
    let Ok(packed) = std::fs::File::open(path.join("warsaw-offices-2020-early.csv.gz")) else {
        println!("left out: no recorded queues in {}", path.display());
        return;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let (head, rows) = text.split_once('\n').unwrap();
    let issued = |row: &str| row.split(',').nth(4).unwrap().to_owned();
    // One office on its first two days.
    let wanted = |row: &&str| row.starts_with("UD_Bielany") && issued(row).as_str() < "2020-01-01";
    let rows: Vec<&str> = rows.lines().filter(wanted).collect();
    let dir = tempfile::tempdir().unwrap();
    let whole_file = text_file(dir.path(), "whole.csv", &format!("{head}\n{}\n", rows.join("\n")));
    let whole = predict(&[whole_file], &[]);
    let cut = issued(rows[rows.len() * 9 / 10]);
    let blind = |row: &&str| {
        let mut fields: Vec<&str> = row.split(',').collect();
        if fields[5] > cut.as_str() {
            (fields[5], fields[8]) = ("", "");
        }
        (fields[4] <= cut.as_str()).then(|| fields.join(","))
    };
    let past: Vec<String> = rows.iter().rev().filter_map(blind).collect();
    let past_file = text_file(dir.path(), "past.csv", &format!("{head}\n{}\n", past.join("\n")));
    let told = predict(&[past_file], &[]);
    assert!(told.len() > 500 && told.len() < whole.len(), "{}", told.len());
    assert_eq!(told[..], whole[..told.len()]);
}
