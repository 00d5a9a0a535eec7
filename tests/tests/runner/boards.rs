//! Every site's board beside the oracle.

use harness::compare::{Comparison, compare};
use harness::oracle::Oracle;
use harness::program::Motcua;

/// Compares every figure of every site, and that every event was taken in exactly once.
pub fn compare_all(motcua: &Motcua, oracle: &Oracle) -> Result<Comparison, String> {
    let mut all = Comparison::default();
    for (id, site) in oracle.sites() {
        let (board, figures) = (motcua.board(id)?, site.figures());
        all.add(compare(&board, &figures));
        // An event of a number that its day never issued waits as unmatched, and after the next
        // day it is a dead letter and no longer accepted.
        let known = |key: &str| board["ingest"][key].as_u64().unwrap_or(u64::MAX / 4);
        let taken = known("accepted") + known("dead_letter");
        all.same(&format!("{id} every event"), &taken.into(), &figures.events.into());
        let unknown = known("unmatched") + known("dead_letter");
        all.same(&format!("{id} events of unknown numbers"), &unknown.into(), &figures.unmatched.into());
    }
    Ok(all)
}
