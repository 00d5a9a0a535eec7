//! What earlier versions wrote can be restored, gives the noted state, and is served: a backup that
//! each of them made is kept in `tests/fixtures/released`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness::program::{Motcua, board_until, command};
use serde_json::Value;

const SOON: Duration = Duration::from_secs(30);

fn folders() -> Vec<PathBuf> {
    let released = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/released");
    let entries = fs::read_dir(released).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why} in {text}"))
}

#[test]
fn every_released_version_s_backup_comes_back() {
    let folders = folders();
    assert!(!folders.is_empty());
    for folder in folders {
        let expected = json_of(&fs::read_to_string(folder.join("expected.json")).unwrap());
        let data = tempfile::tempdir().unwrap();
        let (backup, dir) = (folder.join("backup.tar.zst"), data.path().to_str().unwrap());
        let said = json_of(&command(&["restore", backup.to_str().unwrap(), "--data-dir", dir]));
        for key in ["program", "records", "state_hash"] {
            assert_eq!(said[key], expected[key], "{key} of {}", folder.display());
        }
        assert_eq!(command(&["state-hash", "--data-dir", dir]), expected["state_hash"].as_str().unwrap());
        let exported = command(&["export-events", "--data-dir", dir]);
        assert_eq!(exported.lines().count() as u64, expected["events"].as_u64().unwrap());

        let site = expected["site"].as_str().unwrap().to_owned();
        let motcua = Motcua::start(&["--discover", "--clock", "event", "--zone", "Asia/Ho_Chi_Minh"], Some(data));
        board_until(&motcua, &site, SOON, "what the recording says", |board| as_recorded(board, &expected));
        println!("{}: {} events, state {}", folder.display(), expected["events"], said["state_hash"]);
    }
}

/// The board against figures that were counted from the recording itself.
fn as_recorded(board: &Value, expected: &Value) -> Result<(), String> {
    let sum = |figure: &str| -> u64 {
        let rows = board["services"].as_array().into_iter().flatten();
        rows.filter_map(|row| row[figure].as_u64()).sum()
    };
    let counters = board["counters"].as_array().into_iter().flatten();
    let served: u64 = counters.filter_map(|row| row["served"].as_u64()).sum();
    let found = (board["ingest"]["accepted"].as_u64(), sum("arrivals"), served);
    let all_served = expected["served"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    let wanted = (expected["events"].as_u64(), expected["issued"].as_u64().unwrap_or(0), all_served);
    if found == wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?} (accepted, issued, served)")) }
}
