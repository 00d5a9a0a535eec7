//! The start on a disk that takes nothing: wait for room, and say so, instead of ending and being
//! started again for ever.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use domain::Timestamp;
use domain::storage::Storage;
use mqtt_config::session::{Qos, Session, SessionOptions};
use mqtt_config::topics::COLLECTOR_METRICS;
use mqtt_config::wire;
use serde::Serialize;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::keeper::DiskKeeper;
use super::refusal::Refusal;
use super::word::storage;
use crate::Error;
use crate::recover::journal_dir;

/// The disk is tried again, and the word said again, this often.
const AGAIN: Duration = Duration::from_secs(1);
/// What has to fit before the start: a group and the header of a segment.
const PROBE_BYTES: usize = 64 * 1024;
const PROBE: &str = "probe.new";

/// How the word is said, and when the waiting ends.
pub struct Waiting<'a, N> {
    /// For a session of its own, which only speaks.
    pub options: SessionOptions,
    /// This run's name.
    pub boot: &'a str,
    /// Ends the waiting.
    pub stop: &'a CancellationToken,
    /// The time.
    pub now: N,
}

/// What the broker is told meanwhile, in the place of the collector's figures.
#[derive(Debug, Serialize)]
struct Word<'a> {
    state: &'static str,
    boot: &'a str,
    storage: Storage,
}

/// Calls `open` until the disk takes what a start has to write. `None`: it was told to stop.
///
/// # Errors
/// What `open` says, unless it is about the disk's room.
pub async fn open_when_there_is_room<T>(
    data_dir: &Path,
    keeper: &mut DiskKeeper,
    mut waiting: Waiting<'_, impl FnMut() -> Timestamp>,
    mut open: impl FnMut() -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut session: Option<Session> = None;
    let mut said: Option<Storage> = None;
    loop {
        let why = match probe(&journal_dir(data_dir)).map_err(Error::Place).and_then(|()| open()) {
            Ok(opened) => {
                if let Some(session) = session {
                    tracing::info!("The disk takes writes again; the collector starts.");
                    session.close().await;
                }
                return Ok(Some(opened));
            }
            Err(error) => match Refusal::of(&error) {
                Some(why) if session.is_none() => {
                    tracing::error!(%error, ?why, "The disk takes nothing: the collector waits until it does.");
                    why
                }
                Some(why) => why,
                None => return Err(error),
            },
        };
        keeper.look();
        if why == Refusal::NoRoom && keeper.release() {
            continue;
        }
        let word = storage(keeper.survey(), Some(why), (waiting.now)(), said.as_ref());
        said = Some(word);
        let session = session.get_or_insert_with(|| Session::new(waiting.options.clone()));
        let text = wire::json(&Word { state: "init", boot: waiting.boot, storage: word });
        // Away: the next word will be heard.
        drop(session.publish(COLLECTOR_METRICS, text.into(), Qos::AtLeastOnce, true));
        if !speak_until(session, Instant::now() + AGAIN, waiting.stop).await {
            return Ok(None);
        }
    }
}

/// Keeps the session going. False: it is to stop.
async fn speak_until(session: &mut Session, until: Instant, stop: &CancellationToken) -> bool {
    loop {
        tokio::select! {
            () = stop.cancelled() => return false,
            () = sleep_until(until) => return true,
            // Nothing is subscribed to.
            _ = session.next() => {}
        }
    }
}

/// Writes and syncs some bytes where the journal lies, and takes them away again.
fn probe(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let path = dir.join(PROBE);
    let written = File::create(&path).and_then(|mut file| {
        file.write_all(&[0; PROBE_BYTES])?;
        file.sync_all()
    });
    let removed = fs::remove_file(&path);
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use mqtt_config::settings::DiskSettings;

    use super::*;

    fn no_room() -> Error {
        Error::Place(io::Error::from_raw_os_error(28))
    }

    async fn open<T>(
        data_dir: &Path,
        stop: &CancellationToken,
        open: impl FnMut() -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut keeper = DiskKeeper::new(data_dir, DiskSettings { reserve_mib: 0, ..DiskSettings::default() });
        // Nobody listens there: the word is for nobody, and the waiting goes on all the same.
        let options = SessionOptions::new(9, "waiting");
        let now = || Timestamp::from_ms(1_795_395_600_000);
        let waiting = Waiting { options, boot: "b", stop, now };
        open_when_there_is_room(data_dir, &mut keeper, waiting, open).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_start_waits_for_room_and_then_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let (mut tries, stop) = (0, CancellationToken::new());
        let opened = open(dir.path(), &stop, || {
            tries += 1;
            if tries < 4 { Err(no_room()) } else { Ok(tries) }
        });
        assert_eq!(opened.await.unwrap(), Some(4));
        assert_eq!(fs::read_dir(dir.path().join("journal")).unwrap().count(), 0, "the probe is taken away");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_when_it_is_told_to() {
        let dir = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let opened = open(dir.path(), &stop, || {
            stop.cancel();
            Err::<(), _>(no_room())
        });
        assert_eq!(opened.await.unwrap(), None);
    }

    #[tokio::test]
    async fn another_error_is_no_reason_to_wait() {
        let dir = tempfile::tempdir().unwrap();
        let wrong = || Err::<(), _>(Error::Configuration("wrong".into()));
        assert!(open(dir.path(), &CancellationToken::new(), wrong).await.is_err());
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let never = || -> Result<(), Error> { unreachable!("the probe fails first") };
        assert!(open(&file, &CancellationToken::new(), never).await.is_err());
    }
}
