//! What every scenario ends with: each board beside the oracle, and the journal beside what was said.

use std::time::Duration;

use harness::compare::{Comparison, compare, compare_ratings};
use harness::oracle::Oracle;
use harness::program::{Motcua, command};
use harness::torture::export::{Found, against};
use harness::torture::script::Script;
use harness::torture::watch::{Seen, Watch};
use harness::wait::eventually;

/// The business days of the scripts.
pub const ZONE: &str = "Asia/Ho_Chi_Minh";
const SETTLES: Duration = Duration::from_secs(60);

/// Every figure of every site is the oracle's, every event is counted once; gives how many figures
/// were compared.
pub fn boards(motcua: &Motcua, oracle: &Oracle) -> usize {
    eventually(SETTLES, "the boards", || {
        let mut all = Comparison::default();
        for (id, site) in oracle.sites() {
            let (board, figures) = (motcua.board(id)?, site.figures());
            all.add(compare(&board, &figures));
            all.add(compare_ratings(&board, &figures));
            let ingest = &board["ingest"];
            all.same(&format!("{id} accepted"), &ingest["accepted"], &figures.events.into());
            all.same(&format!("{id} unmatched"), &ingest["unmatched"], &0.into());
            all.same(&format!("{id} dead_letter"), &ingest["dead_letter"], &0.into());
        }
        all.agrees()
    })
}

/// The newest snapshot and what came after it give the state that the whole journal gives; tells how
/// far into the journal a start may begin.
pub fn snapshots(motcua: Motcua) -> u64 {
    let data = motcua.stop();
    let dir = data.path().to_str().expect("temporary files have plain names");
    let hash = command(&["state-hash", "--data-dir", dir]);
    assert_eq!(command(&["state-hash", "--from-snapshot", "--data-dir", dir]), hash, "from the newest snapshot on");
    let names = std::fs::read_dir(data.path().join("snapshots")).expect("there are snapshots");
    let offset = |name: std::ffi::OsString| name.to_str()?.strip_suffix(".snapshot")?.parse::<u64>().ok();
    names.filter_map(|entry| offset(entry.expect("the folder can be read").file_name())).max().expect("one is kept")
}

/// By id: nothing lost, nothing twice, nothing that was never said.
pub fn journal(motcua: &Motcua, script: &Script) {
    let found = eventually(SETTLES, "the journal", || match against(motcua, script) {
        found if found.lost == 0 => Ok(found),
        found => Err(format!("{found:?}")),
    });
    assert_eq!(found, Found { lost: 0, twice: 0, strange: 0 });
}

/// Ends a watch: it has seen boards and calls, no count above what was said, and no call that was not
/// made or was called again. One that has seen nothing proves nothing and fails.
pub fn watched(watch: Watch) -> Seen {
    let seen = watch.end();
    assert!(
        seen.messages > 0 && seen.calls > 0,
        "the screen saw {} boards and {} calls over {} connections",
        seen.messages,
        seen.calls,
        seen.connections
    );
    assert!(seen.mistakes.is_empty(), "the wall showed: {:#?}", seen.mistakes);
    seen
}
