//! DuckDB and plain SQLite on the raw rows of the same waits: the same questions, the same numbers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use bench::figure::{Asked, Figures};
use harness::program::cache;
use history::answer::{Answer, By, Figure};
use history::sqlite::Reader;
use serde_json::Value;

use super::asked::{question, rank, times};
use super::year::Year;

/// Not slower than DuckDB over one centre; no more than twice its time over a province.
const CENTRE: f64 = 1.0;
const PROVINCE: f64 = 2.0;

/// A question and what the rival calls its columns.
const ASKED: [(&[By], &str); 9] = [
    (&[], "-"),
    (&[By::Weekday, By::Hour], "weekday,hour"),
    (&[By::Day], "date"),
    (&[By::Month], "month"),
    (&[By::Department], "department"),
    (&[By::Field], "field"),
    (&[By::Service], "service"),
    (&[By::Site, By::Counter], "site,counter"),
    (&[By::Site, By::Officer], "site,officer"),
];

/// A group, and its n, mean (ms), p50 and p90 (s).
type Table = BTreeMap<Vec<String>, (u64, f64, u64, u64)>;

/// The Python that has the rivals.
pub fn python() -> Result<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/rivals.sh");
    let made = Command::new(script).arg(cache().join("rivals")).stderr(Stdio::piped()).output()?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "{}", said.lines().last().unwrap_or("scripts/rivals.sh failed").trim());
    Ok(PathBuf::from(String::from_utf8_lossy(&made.stdout).trim()))
}

pub fn measure(figures: &mut Figures, year: &Year, python: &Path, repeat: usize, patience_s: u32) -> Result<()> {
    let reader = Reader::open(&year.store)?;
    let mut ours = Vec::new();
    for (by, _) in ASKED {
        let (took, answer) = times(&reader, &question(Figure::Waits, by), repeat)?;
        ours.push((rank(&took, 0.5), table(&answer)?));
    }
    let limit = if year.sites == 1 { CENTRE } else { PROVINCE };
    for engine in ["duckdb", "sqlite"] {
        let told = ask(python, year, engine, repeat, patience_s)?;
        ensure!(told.len() == ASKED.len(), "{engine} answered {} questions of {}", told.len(), ASKED.len());
        for ((told, (our_ms, our_table)), (by, words)) in told.iter().zip(&ours).zip(ASKED) {
            let (ms, theirs) = theirs(told, by)?;
            let name = format!("history.{}.waits.{words}.{engine}", year.name);
            let differ =
                our_table.keys().chain(theirs.keys()).filter(|key| !same(our_table.get(*key), theirs.get(*key)));
            figures.tell(&format!("{name}.groups_that_differ"), differ.count() as f64, "groups", Asked::Exactly(0.0));
            figures.tell(&format!("{name}.p50"), ms, "ms", Asked::Nothing);
            figures.tell(&format!("{name}.ours_over_theirs"), our_ms / ms, "x", Asked::AtMost(limit));
        }
    }
    Ok(())
}

fn ask(python: &Path, year: &Year, engine: &str, repeat: usize, patience_s: u32) -> Result<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("rivals/history.py");
    let asked = Command::new(python)
        .arg(script)
        .args([&year.rows, year.dir.path()])
        .args([engine, &repeat.to_string(), &patience_s.to_string()])
        .args(ASKED.iter().map(|(_, words)| words))
        .stderr(Stdio::inherit())
        .output()
        .context("the rivals cannot be started")?;
    ensure!(asked.status.success(), "{engine} ended with {}", asked.status);
    let lines = String::from_utf8(asked.stdout)?;
    lines.lines().map(|line| serde_json::from_str(line).context("not an answer")).collect()
}

/// How long a rival took (median, ms), and its table.
fn theirs(told: &Value, by: &[By]) -> Result<(f64, Table)> {
    let mut ms: Vec<f64> = told["ms"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    ms.sort_by(f64::total_cmp);
    let mut table = Table::new();
    for row in told["rows"].as_array().context("an answer has rows")? {
        let row = row.as_array().context("a row is a list")?;
        let (keys, values) = row.split_at(by.len());
        let text = |(key, by): (&Value, &By)| match (key, by) {
            (Value::Number(month), By::Month) => format!("{}-{:02}", super::year::YEAR, month.as_i64().unwrap_or(0)),
            (Value::String(text), _) => text.clone(),
            (other, _) => other.to_string(),
        };
        let keys = keys.iter().zip(by).map(text).collect();
        let number = |place: usize| values.get(place).and_then(Value::as_f64).context("a figure is a number");
        let (n, sum) = (number(0)?, number(1)?);
        table.insert(keys, (n as u64, sum / n, number(2)? as u64, number(3)? as u64));
    }
    Ok((rank(&ms, 0.5), table))
}

/// Our answer as a table; groups without a wait are left out, as a rival has no row for them.
fn table(answer: &Answer) -> Result<Table> {
    let column = |key: &str| answer.columns.iter().position(|column| column.key == key);
    let place = |key: &'static str| column(key).with_context(|| format!("waits have no column {key}"));
    let (n, mean, p50, p90) = (place("called")?, place("wait_mean_s")?, place("wait_p50_s")?, place("wait_p90_s")?);
    let mut table = Table::new();
    for row in &answer.rows {
        let keys = row.group.iter().map(|member| member.code.clone().unwrap_or_default()).collect();
        let value = |place: usize| row.values[place].value;
        if let (Some(n), Some(mean), Some(p50), Some(p90)) = (value(n), value(mean), value(p50), value(p90)) {
            table.insert(keys, (n as u64, mean * 1e3, p50 as u64, p90 as u64));
        }
    }
    Ok(table)
}

/// Counts and percentiles are the same, means to a millisecond.
fn same(ours: Option<&(u64, f64, u64, u64)>, theirs: Option<&(u64, f64, u64, u64)>) -> bool {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return false };
    (ours.0, ours.2, ours.3) == (theirs.0, theirs.2, theirs.3) && (ours.1 - theirs.1).abs() <= 1.0
}
