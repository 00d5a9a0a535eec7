//! A writer that is killed at any moment: days and cursor are those of one write.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use domain::history::Day;
use history::sqlite::{Options, Reader, Store};

use super::days::{MONDAY, centre_day, site};
use super::read::file;

const PATH: &str = "MOTCUA_TEST_KILLED_STORE";

/// The day as the `n`-th write has it: its visits are as many as `n` says.
fn day(n: u64) -> Day {
    let mut day = centre_day(MONDAY, 5);
    day.visits.truncate(1 + n as usize % 200);
    day.flow.truncate(1 + n as usize % 100);
    day.minutes = Default::default();
    day
}

/// Not a test of its own: what the test below starts and kills. Alone it does nothing.
#[test]
fn writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let mut store = Store::open(path.as_ref(), Options { mirror: true }).unwrap();
    let first = store.cursor().unwrap().unwrap_or(0) + 1;
    for n in first.. {
        store.write(&[(site("tam-ky"), day(n))], n).unwrap();
    }
}

#[test]
fn a_killed_writer_leaves_days_and_cursor_that_belong_together() {
    let (_dir, path) = file();
    let mut rng = fastrand::Rng::with_seed(11);
    let mut last = 0;
    for _ in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::writes_until_it_is_killed"])
            .env(PATH, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let target = last + rng.u64(1..6);
        let limit = Instant::now() + Duration::from_secs(60);
        let reader = Reader::open(&path).unwrap();
        // Any moment of a write, once there was some progress.
        while cursor(&path).unwrap_or(0) < target && Instant::now() < limit {
            std::thread::yield_now();
        }
        for _ in 0..rng.u32(..50_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let now = cursor(&path).expect("a cursor");
        assert!(now >= target, "the writer got nowhere");
        assert_eq!(reader.day(site("tam-ky"), MONDAY).unwrap(), Some(day(now)));
        last = now;
    }
}

fn cursor(path: &std::path::Path) -> Option<u64> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = rusqlite::Connection::open_with_flags(path, flags).ok()?;
    db.query_row("SELECT value FROM meta WHERE name = 'cursor'", [], |row| row.get::<_, i64>(0)).ok().map(|n| n as u64)
}
