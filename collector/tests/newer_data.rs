//! The collector as a program of its own leaves alone what a newer version wrote.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn data_of_a_newer_version_are_refused_in_one_sentence_and_left_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    fs::create_dir_all(data.join("journal")).unwrap();
    let torn = data.join("journal/2026-11-23-00000000000000000001.journal");
    fs::write(&torn, "an older program would cut this off").unwrap();
    fs::write(data.join("version"), "99.1.0\n").unwrap();
    let config = dir.path().join("motcua.toml");
    fs::write(&config, "").unwrap();

    let ran = Command::new(env!("CARGO_BIN_EXE_collector"))
        .arg("--config")
        .arg(&config)
        .stdin(Stdio::null())
        .env_remove("MOTCUA_LOG")
        .output()
        .unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(64), "{told}");
    assert!(told.contains("was written by motcua 99.1.0, and this is motcua"), "{told}");
    assert_eq!(told.trim_end().lines().count(), 1, "one sentence: {told}");
    assert!(ran.stdout.is_empty());
    assert_eq!(files(&data), ["journal", "version"]);
    assert_eq!(files(&data.join("journal")), [torn.file_name().unwrap().to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&torn).unwrap(), "an older program would cut this off");
}
