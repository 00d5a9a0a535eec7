//! A backup of a running centre is that centre at one moment: restored on an empty machine it has the
//! very bytes, the very state and the very board, and nothing that was on the board before is missing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use harness::mqtt::{Publisher, Version};
use harness::program::{Motcua, board_until, command};
use harness::wait::eventually;
use serde_json::{Value, json};
use tempfile::TempDir;

const SITE: &str = "hoa-mai";
const TOPIC: &str = "motcua/v1/hoa-mai/gateway/machine/evt";
const SOON: Duration = Duration::from_secs(30);
/// The nightly backup looks ten seconds after the start for what it missed.
const NIGHTLY: Duration = Duration::from_secs(120);
const BACKUPS: u64 = 3;

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why} in {text}"))
}

fn ticket(number: u64) -> String {
    json!({"id": format!("00000000-0000-4000-8000-{number:012}"), "boot": "b1", "seq": number,
        "ts": format!("2026-11-23T01:{:02}:{:02}Z", number / 60 % 60, number % 60), "type": "ticket.issued",
        "ticket": format!("A{number:05}"), "service": "khai-sinh", "priority": "normal"})
    .to_string()
}

/// How many events the board has taken in; 0 before there is one.
fn accepted(motcua: &Motcua) -> u64 {
    motcua.board(SITE).map_or(0, |board| board["ingest"]["accepted"].as_u64().unwrap_or(0))
}

#[test]
fn a_backup_under_load_is_the_centre_at_one_moment() {
    let motcua = Motcua::recorded("Asia/Ho_Chi_Minh");
    let (elsewhere, stop, sent) = (tempfile::tempdir().unwrap(), AtomicBool::new(false), AtomicU64::new(0));
    let mut made = Vec::new();
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let mut machine = Publisher::connect(&motcua, Version::V5, TOPIC);
            while !stop.load(Ordering::Relaxed) {
                machine.publish(&ticket(sent.fetch_add(1, Ordering::Relaxed) + 1));
            }
        });
        for number in 1..=BACKUPS {
            let before = eventually(SOON, "more events", || match accepted(&motcua) {
                count if count >= number * 200 => Ok(count),
                count => Err(format!("{count} are accepted")),
            });
            let file = elsewhere.path().join(format!("{number}.tar.zst"));
            let said = command(&["backup", "--data-dir", path(motcua.data.path()), "--to", path(&file)]);
            // The journal is ahead of the board: what was sent by now is the most that it can hold.
            made.push((before, sent.load(Ordering::Relaxed), file, json_of(&said)));
        }
        stop.store(true, Ordering::Relaxed);
        sending.join().unwrap();
        println!("{} events sent meanwhile", sent.load(Ordering::Relaxed));
    });
    let source = motcua.stop();
    for (number, (before, after, file, said)) in made.iter().enumerate() {
        let restored = TempDir::new_in(elsewhere.path()).unwrap();
        let done = json_of(&command(&["restore", path(file), "--data-dir", path(restored.path())]));
        assert_eq!((&done["state_hash"], &done["last_offset"]), (&said["state_hash"], &said["last_offset"]), "{done}");
        let bytes = same_bytes(source.path(), restored.path());
        let events = the_first_events(restored.path());
        assert!((*before..=*after).contains(&events), "{before} on the board before, {events}, {after} sent after");
        println!("backup {}: {events} events, {bytes} bytes of journal as in the source", number + 1);
        if number + 1 == made.len() {
            the_same_board(restored, events);
        }
    }
}

/// Each restored segment is, byte for byte, the beginning of the source's.
fn same_bytes(source: &Path, restored: &Path) -> usize {
    let segments = |dir: &Path| -> BTreeMap<String, PathBuf> {
        let entries = fs::read_dir(dir.join("journal")).unwrap().flatten();
        let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
        named.filter(|(name, _)| name.ends_with(".journal")).collect()
    };
    let (all, found) = (segments(source), segments(restored));
    assert!(!found.is_empty());
    let lengths = found.iter().map(|(name, path)| {
        let (whole, part) = (fs::read(&all[name]).unwrap(), fs::read(path).unwrap());
        assert!(whole.starts_with(&part), "{name} is not what the source has");
        part.len()
    });
    lengths.sum()
}

/// The machine spoke in order: what a backup has of it is its first words, none missing, none twice.
fn the_first_events(data: &Path) -> u64 {
    let exported = command(&["export-events", "--data-dir", path(data)]);
    let numbers: Vec<u64> = exported.lines().map(|line| json_of(line)["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    numbers.len() as u64
}

fn the_same_board(restored: TempDir, events: u64) {
    let again = Motcua::start(&["--discover", "--clock", "event", "--zone", "Asia/Ho_Chi_Minh"], Some(restored));
    board_until(&again, SITE, SOON, "every ticket of the backup", |board| {
        let (count, waiting) = (&board["ingest"]["accepted"], &board["services"][0]["waiting"]);
        if *count == events && *waiting == events {
            Ok(())
        } else {
            Err(format!("{count} accepted, {waiting} waiting"))
        }
    });
    // It is a whole installation: it can be backed up again, to the same state.
    let hash = command(&["state-hash", "--data-dir", path(again.data.path())]);
    let said = json_of(&command(&["backup", "--data-dir", path(again.data.path())]));
    assert_eq!(said["state_hash"], hash);
}

fn last(data: &Path) -> Value {
    fs::read(data.join("backups/last.json"))
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default()
}

/// An installation as `init` writes it, with a backup hour of its own.
fn installed(keys: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let _told = command(&["init", path(folder.path())]);
    let config = folder.path().join("motcua.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{keys}\n{text}")).unwrap();
    let config = path(&config).to_owned();
    (folder, config)
}

#[test]
fn a_night_without_power_is_made_up_for_and_a_failure_is_told() {
    let (folder, config) = installed("");
    let data = Motcua::start(&["--config", &config], None).stop();
    assert_eq!(last(data.path()), Value::Null, "a new installation waits for its first night");
    since_two_days(data.path());
    let motcua = Motcua::start(&["--config", &config], Some(data));
    let word = eventually(NIGHTLY, "the backup of last night", || match last(motcua.data.path()) {
        word if word["verified"] == true => Ok(word),
        word => Err(word.to_string()),
    });
    let file = PathBuf::from(word["file"].as_str().unwrap());
    assert_eq!(file.parent(), Some(motcua.data.path().join("backups").as_path()));
    let restored = folder.path().join("restored");
    let _said = command(&["restore", path(&file), "--data-dir", path(&restored)]);
    assert!(restored.join("config/sites/hoa-mai.toml").is_file(), "with the configuration");

    // Where the next one cannot go, the board keeps the age of the last, and the word says why.
    let data = motcua.stop();
    fs::remove_dir_all(data.path().join("backups")).unwrap();
    let text = fs::read_to_string(&config).unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let blocked = format!("backup_dir = \"{}\"\n{text}", path(&folder.path().join("file/backups")));
    fs::write(&config, blocked).unwrap();
    since_two_days(data.path());
    let motcua = Motcua::start(&["--config", &config], Some(data));
    let word = eventually(NIGHTLY, "word of the failure", || match last(motcua.data.path()) {
        word if word["error"].is_string() => Ok(word),
        word => Err(word.to_string()),
    });
    assert_ne!(word["verified"], true, "{word}");
}

/// This installation was first served two days ago.
fn since_two_days(data: &Path) {
    let before = SystemTime::now() - Duration::from_secs(2 * 86_400);
    File::options().write(true).open(data.join("version")).unwrap().set_modified(before).unwrap();
}

#[test]
fn before_an_upgrade_the_data_are_kept() {
    let (_folder, config) = installed("");
    let data = Motcua::start(&["--config", &config], None).stop();
    let ours = fs::read_to_string(data.path().join("version")).unwrap();
    fs::write(data.path().join("version"), "0.0.9\n").unwrap();
    let hash = command(&["state-hash", "--data-dir", path(data.path())]);
    let motcua = Motcua::start(&["--config", &config], Some(data));
    let word = last(motcua.data.path());
    let file = word["file"].as_str().unwrap_or_else(|| panic!("no backup: {word}"));
    assert!(file.contains("/before-upgrade-0.0.9-"), "{file}");
    assert_eq!(json_of(&command(&["verify", file]))["state_hash"], hash);
    assert_eq!(fs::read_to_string(motcua.data.path().join("version")).unwrap(), ours);
}
