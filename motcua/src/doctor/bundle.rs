//! Everything that support needs to see, in one file, without secrets.

use std::fs::{self, File};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use mqtt_config::settings::site_files;
use serde_json::{Value, json};

use super::data::broker_version;
use super::facts::{Configured, Facts};
use super::page::{Lang, Page};
use super::redact::Redactor;
use crate::exit::BadInput;

/// As much of a log's end as tells what happened.
const LOG_TAIL: u64 = 1 << 20;
/// Levels of zstd: small matters more than fast.
const LEVEL: i32 = 9;

/// Writes the bundle; gives the names of what is in it.
///
/// # Errors
/// When the file is there already or cannot be written.
pub fn write(file: &Path, page: &Page, facts: &Facts) -> anyhow::Result<Vec<String>> {
    if file.exists() {
        let sentence = format!("{} is there already and is not overwritten; choose another file", file.display());
        return Err(BadInput::because(sentence).into());
    }
    let entries = entries(page, facts)?;
    let failed = || format!("cannot write {}", file.display());
    pack(file, &entries, facts.now.ms()).with_context(failed)?;
    Ok(entries.into_iter().map(|(name, _)| name).collect())
}

type Entry = (String, String);

fn entries(page: &Page, facts: &Facts) -> anyhow::Result<Vec<Entry>> {
    let config = config_files(facts);
    let redactor = Redactor::of(&facts.data_dir, &config);
    let mut entries: Vec<Entry> = vec![
        ("doctor.txt".into(), page.text(Lang::Both)),
        ("doctor.json".into(), serde_json::to_string_pretty(page)?),
        ("versions.txt".into(), versions()),
        ("files.txt".into(), listing(&facts.data_dir)),
        ("environment.txt".into(), environment()),
        ("backup.json".into(), serde_json::to_string_pretty(&facts.backup)?),
    ];
    entries.extend(facts.ready.as_ref().map(|ready| ("ready.json".into(), ready.to_string())));
    entries.extend(facts.metrics.clone().map(|metrics| ("metrics.txt".into(), metrics)));
    entries.extend(facts.pages.as_ref().ok().map(|answer| ("readyz.json".into(), answer.body.clone())));
    if let Ok(heard) = &facts.broker {
        entries.extend(heard.figures.as_ref().map(|figures| ("collector.json".into(), figures.to_string())));
        for (site, board) in &heard.boards {
            entries.push((format!("board-{site}.json"), serde_json::to_string_pretty(&without_names(board))?));
        }
        for (site, letters) in &heard.dead_letters {
            entries.push((format!("dead-letters-{site}.jsonl"), letters_without_payload(letters)));
        }
    }
    for entry in &mut entries {
        entry.1 = redactor.strike(&entry.1);
    }
    for path in &config {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(path).unwrap_or_default();
        entries.push((format!("config/{name}"), redactor.config(&text)));
    }
    for path in logs(&facts.data_dir) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        entries.push((format!("logs/{name}"), redactor.strike(&tail(&path))));
    }
    Ok(entries)
}

fn config_files(facts: &Facts) -> Vec<PathBuf> {
    let Some(Configured { file, read }) = &facts.config else { return Vec::new() };
    let sites = match read {
        Ok((installation, _)) => site_files(&installation.sites),
        // Where they usually lie: the mistake may stand in one of them.
        Err(_) => site_files(&[file.parent().unwrap_or(Path::new(".")).join("sites/*.toml")]),
    };
    std::iter::once(file.clone()).chain(sites).collect()
}

fn versions() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    format!(
        "motcua {}\nMosquitto {}\n{}\n{}",
        env!("CARGO_PKG_VERSION"),
        broker_version().as_deref().unwrap_or("?"),
        read("/proc/version").trim(),
        read("/etc/os-release")
    )
}

/// Names alone: a value may be anything.
fn environment() -> String {
    let mut names: Vec<String> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("MOTCUA_") || ["PATH", "TZ", "LANG"].contains(&name.as_str()))
        .collect();
    names.sort();
    names.join("\n") + "\n"
}

/// What lies in the data directory, with sizes.
fn listing(dir: &Path) -> String {
    let mut lines = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(about) = entry.metadata() else { continue };
            let path = entry.path();
            if about.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
                lines.push(format!("{name}  {}", about.len()));
            }
        }
    }
    lines.sort();
    lines.join("\n") + "\n"
}

/// A board with officers' codes and without their names.
fn without_names(board: &Value) -> Value {
    let mut board = board.clone();
    strip(&mut board);
    board
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("officer_name");
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Where, why and when; what was said may be anything.
fn letters_without_payload(letters: &Value) -> String {
    let rows = letters["dead_letters"].as_array().into_iter().flatten();
    let line = |row: &Value| {
        json!({"offset": row["offset"], "rx": row["rx"], "topic": row["topic"], "reason": row["reason"]}).to_string()
    };
    rows.map(|row| line(row) + "\n").collect()
}

fn logs(data_dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(data_dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut logs: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "log")).collect();
    logs.sort();
    logs
}

/// The last lines of a log. The first is whole: half of a secret would be known by nobody.
fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    let mut read = || -> std::io::Result<u64> {
        let mut file = File::open(path)?;
        let from = file.metadata()?.len().saturating_sub(LOG_TAIL);
        file.seek(SeekFrom::Start(from))?;
        file.take(LOG_TAIL).read_to_end(&mut bytes)?;
        Ok(from)
    };
    match read() {
        Err(error) => format!("cannot be read: {error}\n"),
        Ok(0) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(_) => {
            let text = String::from_utf8_lossy(&bytes);
            text.split_once('\n').map(|(_, whole)| whole.to_owned()).unwrap_or_default()
        }
    }
}

fn pack(file: &Path, entries: &[Entry], now_ms: i64) -> std::io::Result<()> {
    let out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    let mut tar = tar::Builder::new(zstd::Encoder::new(BufWriter::new(out), LEVEL)?);
    for (name, text) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(now_ms / 1_000).unwrap_or(0));
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, format!("motcua-doctor/{name}"), text.as_bytes())?;
    }
    let mut out = tar.into_inner()?.finish()?;
    out.flush()?;
    out.get_ref().sync_all()
}
