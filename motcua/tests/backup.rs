//! `motcua backup`, `verify` and `restore` as a person runs them, on a journal made here; every
//! kind of damage that a disk or a stick may do to the file.

#![allow(clippy::unwrap_used, reason = "a test whose preparation fails has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use domain::config::SiteConfig;
use domain::{SiteId, Timestamp};
use journal::{Journal, NewRecord, Options};
use motcua::backup::{self, Made, Name, Order, Progress, Target};
use serde_json::{Value, json};

/// 2026-11-23 in Hanoi begins.
const MIDNIGHT: i64 = 1_795_366_800_000;
const TOPIC: &str = "motcua/v1/hoa-mai/gateway/machine/evt";

struct Installed(tempfile::TempDir);

impl Installed {
    /// An installation whose collector has taken `tickets` tickets in.
    fn with(tickets: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        assert!(motcua(&["init", text(dir.path())]).status.success());
        let installed = Self(dir);
        let config = installed.0.path().join("motcua.toml");
        for words in
            [&["device", "add", "hoa-mai", "gateway", "machine"][..], &["token", "add", "--role", "director"][..]]
        {
            assert!(motcua(&[words, &["--config", text(&config)]].concat()).status.success());
        }
        installed.write(1, tickets);
        installed
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Records as a collector writes them: a site and its day, then tickets.
    fn write(&self, first: u32, tickets: u32) {
        self.write_at(first, tickets, MIDNIGHT + 8 * 3_600_000);
    }

    fn write_at(&self, first: u32, tickets: u32, at: i64) {
        let (mut journal, _) = Journal::open(&self.data().join("journal"), Options::default()).unwrap();
        if first == 1 {
            let site =
                serde_json::to_string(&SiteConfig::discovered(SiteId::new("hoa-mai").unwrap(), "Asia/Ho_Chi_Minh"));
            append(&mut journal, at, 3, "hoa-mai", &site.unwrap());
            let (start, end) = (Timestamp::from_ms(MIDNIGHT), Timestamp::from_ms(MIDNIGHT + 86_400_000));
            let day = json!({"date": 20_780, "start": start, "end": end});
            append(&mut journal, at, 4, "hoa-mai", &json!({"day": day, "keep_from": start}).to_string());
        }
        for number in first..first + tickets {
            let event = json!({"id": format!("00000000-0000-4000-8000-{number:012}"), "boot": "b1", "seq": number,
                "ts": "2026-11-23T01:00:00Z", "type": "ticket.issued", "ticket": format!("A{number:03}"),
                "service": "khai-sinh", "priority": "normal"});
            append(&mut journal, at, 1, TOPIC, &event.to_string());
        }
        journal.flush().unwrap();
        journal.syncer().sync().unwrap();
    }

    fn backup(&self, name: &str) -> Made {
        let order =
            Order { data_dir: self.data(), config: None, to: Target::File(self.0.path().join(name)), keep: None };
        backup::make(&order, &mut Progress::default()).unwrap()
    }

    fn state_hash(&self) -> String {
        said(&motcua(&["state-hash", "--data-dir", text(&self.data())]))
    }
}

fn append(journal: &mut Journal, at: i64, kind: u8, topic: &str, payload: &str) {
    journal.append(NewRecord { kind, rx_ms: at, at_ms: at, topic: topic.as_bytes(), payload: payload.as_bytes() });
}

fn motcua(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_motcua")).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The one sentence of a refusal.
fn refused(output: &Output, code: i32) -> String {
    let told = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert_eq!(told.lines().count(), 1, "one sentence: {told}");
    told
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Every file below a folder, with its bytes.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_backup_comes_back_to_the_same_state_on_an_empty_machine() {
    let installed = Installed::with(200);
    let config = installed.0.path().join("motcua.toml");
    let made: Value = serde_json::from_str(&said(&motcua(&["backup", "--config", text(&config)]))).unwrap();
    let file = PathBuf::from(made["file"].as_str().unwrap());
    assert_eq!((made["records"].as_u64(), made["verified"].as_bool()), (Some(202), Some(true)), "{made}");
    assert_eq!(made["state_hash"], installed.state_hash());
    assert_eq!(file.parent().unwrap(), installed.data().join("backups"));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "it holds hashes of passwords");
    let last: Value = serde_json::from_slice(&fs::read(installed.data().join("backups/last.json")).unwrap()).unwrap();
    assert_eq!((&last["verified"], last["file"].as_str()), (&json!(true), file.to_str()), "{last}");

    let verified: Value = serde_json::from_str(&said(&motcua(&["verify", text(&file)]))).unwrap();
    assert_eq!(verified["state_hash"], made["state_hash"]);

    let other = tempfile::tempdir().unwrap();
    let data = other.path().join("new/data");
    let done: Value =
        serde_json::from_str(&said(&motcua(&["restore", text(&file), "--data-dir", text(&data)]))).unwrap();
    assert_eq!(done["state_hash"], made["state_hash"]);
    assert_eq!(said(&motcua(&["state-hash", "--data-dir", text(&data)])), installed.state_hash());
    let (before, after) = (tree(&installed.data()), tree(&data));
    for name in ["devices.toml", "access/tokens.toml"] {
        assert_eq!(before[Path::new(name)], after[Path::new(name)], "{name}");
    }
    assert!(!data.join(".restoring").exists() && !data.join("secrets").exists());
    assert_eq!(fs::read(data.join("config/motcua.toml")).unwrap(), fs::read(&config).unwrap());
    assert!(data.join("config/sites/hoa-mai.toml").is_file());
    let checked = motcua(&["check-config", text(&data.join("config/motcua.toml"))]);
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn a_record_that_is_being_written_is_not_in_the_backup() {
    let installed = Installed::with(10);
    let hash = installed.state_hash();
    let segment = fs::read_dir(installed.data().join("journal")).unwrap().flatten().map(|entry| entry.path());
    let segment = segment.filter(|path| path.extension().is_some_and(|end| end == "journal")).max().unwrap();
    let whole = fs::read(&segment).unwrap();
    // Written and not synced: nobody was promised it.
    let (mut journal, _) = Journal::open(&installed.data().join("journal"), Options::default()).unwrap();
    append(&mut journal, MIDNIGHT + 8 * 3_600_000, 1, TOPIC, "{}");
    journal.flush().unwrap();
    drop(journal);
    let longer = fs::read(&segment).unwrap();
    fs::write(&segment, &longer[..(whole.len() + longer.len()) / 2]).unwrap();

    let made = installed.backup("torn.tar.zst");
    assert_eq!((made.manifest.journal.last, &made.manifest.state_hash), (12, &hash));
    assert_eq!(fs::read(&segment).unwrap().len(), (whole.len() + longer.len()) / 2, "the source is left alone");
    assert!(!installed.data().join("run/backup").read_dir().is_ok_and(|mut dir| dir.next().is_some()));
}

#[test]
fn archives_are_kept_as_they_are() {
    let installed = Installed::with(50);
    installed.write_at(51, 50, MIDNIGHT + 32 * 3_600_000);
    let journal = installed.data().join("journal");
    let hash = installed.state_hash();
    let archived = journal::archive_next(&journal, u64::MAX).unwrap();
    assert!(archived.is_some(), "two days are two segments, and the older one is sealed");
    let made = installed.backup("archived.tar.zst");
    assert_eq!((made.manifest.journal.records(), &made.manifest.state_hash), (102, &hash));
    assert!(made.manifest.files.keys().any(|name| name.ends_with(".zst")), "{:?}", made.manifest.files.keys());
    let data = installed.0.path().join("restored");
    backup::restore(&made.file, &data, None, &mut Progress::default()).unwrap();
    assert_eq!(said(&motcua(&["state-hash", "--data-dir", text(&data)])), hash);
}

#[test]
fn every_damage_is_found_and_nothing_is_left_of_it() {
    let installed = Installed::with(40);
    let whole = fs::read(installed.backup("b.tar.zst").file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (file, data, good) = (folder.path().join("x"), folder.path().join("data"), folder.path().join("good"));
    fs::write(&file, &whole).unwrap();
    backup::restore(&file, &good, None, &mut Progress::default()).unwrap();
    let good = tree(&good);

    let mut found = 0;
    let mut harmless = 0;
    let mut attempt = |bytes: &[u8], what: &str| {
        fs::write(&file, bytes).unwrap();
        match backup::restore(&file, &data, None, &mut Progress::default()) {
            Err(error) => {
                assert!(!format!("{error:#}").contains('\n'), "{what}: {error:#}");
                assert!(!data.exists(), "{what}: nothing stays");
                found += 1;
            }
            Ok(_) => {
                assert_eq!(tree(&data), good, "{what}: taken for whole, so it must be the very same");
                fs::remove_dir_all(&data).unwrap();
                harmless += 1;
            }
        }
    };
    for at in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        attempt(&bytes, &format!("bit {} of byte {at}", at % 8));
    }
    for len in (0..whole.len()).step_by(61) {
        attempt(&whole[..len], &format!("cut at {len}"));
    }
    attempt(&[&whole[..], &b"more"[..]].concat(), "something behind it");
    let places = whole.len().div_ceil(11) + whole.len().div_ceil(61) + 1;
    println!("{found} of {places} damages found in {} bytes, {harmless} changed nothing", whole.len());
    assert!(harmless * 25 <= places, "only bits of which zstd makes nothing");
}

#[test]
fn a_damaged_journal_is_named_and_makes_no_backup() {
    let installed = Installed::with(20);
    let segment = fs::read_dir(installed.data().join("journal")).unwrap().flatten().map(|entry| entry.path());
    let segment = segment.filter(|path| path.extension().is_some_and(|end| end == "journal")).max().unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let file = installed.0.path().join("b.tar.zst");
    let told = refused(&motcua(&["backup", "--data-dir", text(&installed.data()), "--to", text(&file)]), 1);
    assert!(told.contains(text(&segment)) && told.contains("damaged"), "{told}");
    assert!(!file.exists());
    let last: Value = serde_json::from_slice(&fs::read(installed.data().join("backups/last.json")).unwrap()).unwrap();
    assert!(last["verified"] == false && last["error"].as_str().unwrap().contains("damaged"), "{last}");
}

#[test]
fn what_must_not_be_restored_is_refused_in_one_sentence() {
    let installed = Installed::with(3);
    let file = installed.backup("b.tar.zst").file;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);

    fs::create_dir(path("used")).unwrap();
    fs::write(path("used/mine"), "x").unwrap();
    let told = refused(&motcua(&["restore", text(&file), "--data-dir", text(&path("used"))]), 64);
    assert!(told.contains("is not empty (mine is in it)"), "{told}");
    assert_eq!(tree(&path("used")).len(), 1);

    fs::write(path("other"), "not a backup").unwrap();
    let told = refused(&motcua(&["restore", text(&path("other")), "--data-dir", text(&path("new"))]), 1);
    assert!(told.contains("other"), "{told}");

    // A restore that was cut off is not taken for an installation.
    fs::create_dir_all(path("half/.restoring")).unwrap();
    let told = refused(&motcua(&["serve", "--discover", "--data-dir", text(&path("half"))]), 64);
    assert!(told.contains("was cut off"), "{told}");
    let told = refused(&motcua(&["restore", text(&file), "--data-dir", text(&path("half"))]), 64);
    assert!(told.contains("was cut off"), "{told}");

    let told = refused(&motcua(&["backup", "--data-dir", text(&installed.data()), "--to", text(&file)]), 64);
    assert!(told.contains("is not overwritten"), "{told}");
    assert!(!path("new").exists());
}

#[test]
fn a_newer_program_keeps_what_an_older_one_wrote_and_an_older_one_keeps_its_hands_off() {
    let installed = Installed::with(3);
    let serve = ["serve", "--discover", "--mqtt-port", "0", "--http-port", "0", "--data-dir"];
    fs::write(installed.data().join("version"), "99.0.0\n").unwrap();
    let before = tree(&installed.data());
    let told = refused(&motcua(&[&serve[..], &[text(&installed.data())]].concat()), 64);
    assert!(told.contains("was written by motcua 99.0.0, and this is motcua"), "{told}");
    let told = refused(&motcua(&["backup", "--data-dir", text(&installed.data())]), 64);
    assert!(told.contains("99.0.0"), "{told}");
    let mut after = tree(&installed.data());
    after.retain(|path, _| !path.starts_with("run"));
    assert_eq!(after, before.into_iter().filter(|(path, _)| !path.starts_with("run")).collect());

    fs::write(installed.data().join("version"), "0.0.9\n").unwrap();
    let order = Order {
        data_dir: installed.data(),
        config: None,
        to: Target::Dir(installed.data().join("backups"), Name::BeforeUpgrade { from: "0.0.9".into() }),
        keep: Some(14),
    };
    let made = backup::make(&order, &mut Progress::default()).unwrap();
    let name = made.file.file_name().unwrap().to_str().unwrap();
    let start = format!("before-upgrade-0.0.9-{}-", env!("CARGO_PKG_VERSION"));
    assert!(name.starts_with(&start) && name.ends_with("Z.tar.zst"), "{name}");
}
