//! One version of a board, and its texts: made once per version and reader's view, shared by all.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use domain::board::{Board, Contacts, CounterRow, Delta, Gap, Hours, MissedRow, Public, RatingTotals, ServiceRow};
use domain::board::{CallRow, WaitingArea, ZoneRow, fold};
use domain::shown::Range;
use domain::{ServiceId, SiteId, Timestamp};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Which half of the board a reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Without the officers' figures, devices, alerts, ingest and storage (contract section 4).
    Public,
    /// Everything.
    Full,
}

/// The expected waits as screens show them.
pub type Ranges = BTreeMap<ServiceId, Range>;

/// A board at one `seq`, with the snapshot messages made from it so far.
#[derive(Debug)]
pub struct Version {
    board: Board,
    /// What screens show as the expected wait of each service that has one.
    ranges: Ranges,
    full: OnceLock<Utf8Bytes>,
    public: OnceLock<Utf8Bytes>,
}

/// A copy is made only to be changed, so it leaves the texts behind.
impl Clone for Version {
    fn clone(&self) -> Self {
        Self::with(self.board.clone(), self.ranges.clone())
    }
}

impl Version {
    /// A version without texts, before which `shown` stood on the screens.
    #[must_use]
    pub fn new(board: Board, shown: &Ranges) -> Self {
        let ranges = ranges(&board, shown);
        Self::with(board, ranges)
    }

    const fn with(board: Board, ranges: Ranges) -> Self {
        Self { board, ranges, full: OnceLock::new(), public: OnceLock::new() }
    }

    /// The expected waits as screens show them: they stand still where the estimates waver.
    #[must_use]
    pub const fn ranges(&self) -> &Ranges {
        &self.ranges
    }

    /// The board.
    #[must_use]
    pub const fn board(&self) -> &Board {
        &self.board
    }

    /// Becomes the next version.
    ///
    /// # Errors
    /// When the delta does not follow; nothing has changed then.
    pub fn fold(&mut self, delta: Delta) -> Result<(), Gap> {
        fold(&mut self.board, delta)?;
        self.ranges = ranges(&self.board, &self.ranges);
        (self.full, self.public) = (OnceLock::new(), OnceLock::new());
        Ok(())
    }

    /// The WebSocket's `snapshot` message.
    #[must_use]
    pub fn snapshot(&self, view: View) -> Utf8Bytes {
        match view {
            View::Full => self.full.get_or_init(|| message(self.board.seq, &self.board)).clone(),
            View::Public => self.public.get_or_init(|| message(self.board.seq, &PublicBoard::of(&self.board))).clone(),
        }
    }

    /// The board alone, as JSON: a slice of the snapshot message.
    #[must_use]
    pub fn board_json(&self, view: View) -> Bytes {
        let message = Bytes::from(self.snapshot(view));
        message.slice(head(self.board.seq).len()..message.len() - 1)
    }
}

/// What is shown after `shown` once the board has become this one.
fn ranges(board: &Board, shown: &Ranges) -> Ranges {
    let range = |row: &ServiceRow| {
        let estimate = row.estimate.as_ref()?;
        Some(shown.get(&row.service).map_or_else(|| Range::of(estimate), |before| before.after(estimate)))
    };
    board.services.iter().filter_map(|row| Some((row.service, range(row)?))).collect()
}

fn head(seq: u64) -> String {
    format!(r#"{{"type":"snapshot","seq":{seq},"board":"#)
}

fn message(seq: u64, board: &impl Serialize) -> Utf8Bytes {
    // A board has string keys only and its numbers are finite or null, which is all that can fail.
    let board = serde_json::to_string(board).expect("a board is always valid JSON");
    format!("{}{board}}}", head(seq)).into()
}

/// The list of what `public` may see: a field that is added to the board is not public until it is
/// added here.
#[derive(Serialize)]
struct PublicBoard<'a> {
    site: SiteId,
    name: &'a str,
    seq: u64,
    as_of: Timestamp,
    business_day: &'a str,
    time_zone: &'a str,
    contacts: &'a Contacts,
    hours: &'a [Hours],
    services: &'a [ServiceRow],
    counters: Vec<CounterRow>,
    calls: &'a [CallRow],
    missed: &'a [MissedRow],
    zones: &'a [ZoneRow],
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_area: Option<WaitingArea>,
    ratings: &'a RatingTotals,
}

impl<'a> PublicBoard<'a> {
    fn of(board: &'a Board) -> Self {
        let mut counters = board.counters.clone();
        counters.iter_mut().for_each(Public::make_public);
        Self {
            site: board.site,
            name: &board.name,
            seq: board.seq,
            as_of: board.as_of,
            business_day: &board.business_day,
            time_zone: &board.time_zone,
            contacts: &board.contacts,
            hours: &board.hours,
            services: &board.services,
            counters,
            calls: &board.calls,
            missed: &board.missed,
            zones: &board.zones,
            waiting_area: board.waiting_area,
            ratings: &board.ratings,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::testing::board;

    fn json(version: &Version, view: View) -> Value {
        serde_json::from_slice(&version.board_json(view)).unwrap()
    }

    #[test]
    fn a_snapshot_is_the_board_in_its_envelope() {
        let version = Version::new(board(7), &Ranges::new());
        let message: Value = serde_json::from_str(&version.snapshot(View::Full)).unwrap();
        assert_eq!(message["type"], "snapshot");
        assert_eq!(message["seq"], 7);
        assert_eq!(message["board"], json(&version, View::Full));
        assert_eq!(message["board"], serde_json::to_value(board(7)).unwrap());
    }

    #[test]
    fn public_sees_the_board_without_what_the_contract_names() {
        let version = Version::new(board(7), &Ranges::new());
        let mut expected = json(&version, View::Full);
        for counter in expected["counters"].as_array_mut().unwrap() {
            counter.as_object_mut().unwrap().retain(|key, _| key != "ratings" && key != "utilisation");
        }
        for hidden in ["devices", "alerts", "ingest", "storage"] {
            assert!(expected.as_object_mut().unwrap().remove(hidden).is_some(), "{hidden}");
        }
        assert_eq!(json(&version, View::Public), expected);
    }

    #[test]
    fn texts_are_made_once_a_version() {
        let mut version = Version::new(board(7), &Ranges::new());
        let first = version.snapshot(View::Public);
        assert_eq!(version.snapshot(View::Public).as_ptr(), first.as_ptr());
        version.fold(crate::testing::delta(7, 8)).unwrap();
        assert!(version.snapshot(View::Public).contains(r#""seq":8"#));
    }
}
