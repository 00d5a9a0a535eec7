//! `motcua generate`: the same seed is the same year, and what it says can be asked.

use std::path::Path;

use collector::history::{path, rebuild};
use domain::facts::Date;
use history::Source;
use history::answer::{By, Figure, Question, Row, ask};
use history::sqlite::{self, Reader, Store};
use motcua::exit::BadInput;
use motcua::generate::{self, Options, Summary};

/// 2025.
const YEAR: (Date, Date) = (20_089, 20_453);

/// A few weeks.
const SHORT: Options = Options { sites: 1, year: 2025, seed: 1, days: Some(12), rows: None, influx: None };

fn year(sites: usize, seed: u64, file: &Path) -> Summary {
    generate::history(&Options { sites, seed, ..SHORT }, file).expect("a year is written")
}

fn digests(file: &Path) -> Vec<(String, String)> {
    let store = Store::open(file, sqlite::Options { mirror: false }).expect("it was written");
    store.digests().expect("it can be read")
}

#[test]
fn the_same_seed_is_the_same_year_and_another_is_another() {
    let dir = tempfile::tempdir().unwrap();
    let [one, same, other] = ["one", "same", "other"].map(|name| dir.path().join(name));
    year(1, 7, &one);
    year(1, 7, &same);
    assert_eq!(digests(&one), digests(&same));
    year(1, 8, &other);
    assert_ne!(digests(&one), digests(&other));
}

#[test]
fn every_figure_of_a_year_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite");
    let told = year(2, 1, &file);
    assert_eq!((told.sites, told.days % 2), (2, 0));
    let reader = Reader::open(&file).unwrap();
    assert_eq!(reader.sites().unwrap().len(), 2);
    for figure in Figure::ALL {
        let answer = ask(&reader, &Question::new(Vec::new(), *figure, YEAR.0, YEAR.1)).unwrap();
        let row = answer.rows.first().unwrap_or_else(|| panic!("{figure:?} has no row"));
        let missing: Vec<_> =
            answer.columns.iter().zip(&row.values).filter(|(_, value)| value.value.is_none()).collect();
        assert!(missing.is_empty(), "{figure:?}: {missing:?}");
    }
    let load = ask(&reader, &Question::new(Vec::new(), Figure::Load, YEAR.0, YEAR.1)).unwrap();
    let arrivals = load.columns.iter().position(|column| column.key == "arrivals").unwrap();
    assert_eq!(load.rows[0].values[arrivals].value, told.visits.map(|n| n as f64));
}

#[test]
fn what_is_there_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.sqlite");
    std::fs::write(&file, "mine").unwrap();
    assert!(generate::history(&SHORT, &file).unwrap_err().is::<BadInput>());
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert!(generate::journal(&Options { sites: 2, ..SHORT }, dir.path()).unwrap_err().is::<BadInput>());
}

/// What is made directly and what the journal of the same days gives agree, but for promises: the
/// ones are made up, the others reckoned.
#[test]
fn the_journal_of_a_year_gives_its_history() {
    let dir = tempfile::tempdir().unwrap();
    let direct = dir.path().join("direct.sqlite");
    let told = year(1, 1, &direct);
    let journal = generate::journal(&SHORT, dir.path()).unwrap();
    assert_eq!((journal.events, journal.days), (told.events, told.days));
    let rebuilt = rebuild(dir.path(), None, false, &mut |_| {}).unwrap();
    assert_eq!(Some(rebuilt.visits), told.visits);
    let again = rebuild(dir.path(), None, true, &mut |_| {}).unwrap();
    assert_eq!(again.rows_changed, 0);
    let [direct, rebuilt] = [direct, path(dir.path())].map(|file| Reader::open(&file).unwrap());
    let site = direct.sites().unwrap()[0];
    let (first, last) = direct.span(site).unwrap().unwrap();
    for figure in Figure::ALL.iter().filter(|figure| **figure != Figure::Estimates) {
        let by = vec![By::Day, By::Hour];
        let question = Question { by, ..Question::new(Vec::new(), *figure, first, last) };
        let [direct, rebuilt] = [&direct, &rebuilt].map(|reader| ask(reader, &question).unwrap().rows);
        let only = |rows: &[Row], other: &[Row]| -> Vec<String> {
            let missing = rows.iter().filter(|row| !other.iter().any(|other| other.group == row.group));
            missing.map(|row| format!("{:?}", row.group)).collect()
        };
        assert_eq!(only(&direct, &rebuilt), only(&rebuilt, &direct), "{figure:?}");
        for (direct, rebuilt) in direct.iter().zip(&rebuilt) {
            assert_eq!(direct, rebuilt, "{figure:?}");
        }
    }
}
