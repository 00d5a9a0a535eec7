//! The thread that looks after the disk, so that nobody else waits for it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::Timestamp;
use mqtt_config::settings::DiskSettings;
use tokio::sync::watch;

use super::derived::Derived;
use super::reserve::Reserve;
use super::survey::{Kind, LastBackup, Room, Sizes, growth};
use crate::recover::journal_dir;

const MIB: u64 = 1024 * 1024;
/// The room is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Everything is measured this often.
const MEASURE_EVERY: Duration = Duration::from_secs(60);
/// With less than this the disk is full, whatever is still written: one group has to fit. On a
/// small disk it is a share of it.
const LEAST: u64 = MIB;
const LEAST_SHARE: u64 = 64;
/// Days left from which on the disk is nearly full.
const FEW_DAYS: u64 = 7;

/// What is known of the disk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Bytes that can still be written, in whole MiB; `None` before the first look.
    pub free_bytes: Option<u64>,
    /// Room is running out.
    pub low: bool,
    /// There is no room, or only what the reserve was.
    pub empty: bool,
    /// The file system takes no writes at all.
    pub read_only: bool,
    /// Days until it is full, at the journal's growth.
    pub days_left: Option<u32>,
    /// Bytes of each kind of data.
    pub sizes: Sizes,
    /// Kinds that take more than their budget.
    pub over_budget: Vec<Kind>,
    /// When the newest verified backup was made.
    pub backup_at: Option<Timestamp>,
    /// Grows each time room was made: a refused write is worth another try.
    pub made_room: u64,
}

/// What the thread does, on whatever thread it is called.
#[derive(Debug)]
pub struct DiskKeeper {
    data_dir: PathBuf,
    settings: DiskSettings,
    reserve: Reserve,
    survey: Survey,
    growth: Option<u64>,
    measured: Option<Instant>,
}

impl DiskKeeper {
    /// For the disk on which the journal of `data_dir` lies. The reserve is beside the journal when
    /// that is on a file system of its own, else in the data directory.
    #[must_use]
    pub fn new(data_dir: &Path, settings: DiskSettings) -> Self {
        let place = place(data_dir);
        let total = Room::of(&place).map_or(0, |room| room.total());
        let reserve = Reserve::new(&place, settings.reserve_bytes(total));
        Self {
            data_dir: data_dir.to_owned(),
            settings,
            reserve,
            survey: Survey::default(),
            growth: None,
            measured: None,
        }
    }

    /// What is known.
    #[must_use]
    pub const fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Looks at the room, measures when it is time, removes what may go, and makes or releases the
    /// reserve.
    pub fn look(&mut self) {
        if self.measured.is_none_or(|at| at.elapsed() >= MEASURE_EVERY) {
            self.measured = Some(Instant::now());
            self.measure();
        }
        let Ok(mut room) = Room::of(&place(&self.data_dir)) else { return };
        if !room.read_only {
            room = self.make_way(room);
        }
        self.note(room);
    }

    fn measure(&mut self) {
        self.survey.sizes = Sizes::of(&self.data_dir);
        self.survey.backup_at = LastBackup::of(&self.data_dir).map(|last| last.at);
        self.growth = growth(&self.data_dir);
        for kind in [Kind::Snapshots, Kind::Backups] {
            if let Some(budget) = self.budget(kind) {
                self.shrink(kind, budget);
            }
        }
        let sizes = self.survey.sizes;
        let over = |kind: &Kind| self.budget(*kind).is_some_and(|budget| sizes.get(*kind) > budget);
        self.survey.over_budget = Kind::ALL.into_iter().filter(over).collect();
        // What the minute says of the room is told, also when nothing else is new.
        self.survey.free_bytes = None;
    }

    fn budget(&self, kind: Kind) -> Option<u64> {
        let mib = match kind {
            Kind::Journal => self.settings.journal_mib,
            Kind::Snapshots => self.settings.snapshots_mib,
            Kind::Backups => self.settings.backups_mib,
            Kind::History => self.settings.history_mib,
            Kind::Broker => self.settings.broker_mib,
            Kind::Logs => self.settings.logs_mib,
        };
        (mib > 0).then(|| u64::from(mib) * MIB)
    }

    fn shrink(&mut self, kind: Kind, budget: u64) {
        match Derived::of(&self.data_dir, kind).shrink_to(budget) {
            Ok(0) => {}
            Ok(_) => self.survey.sizes = Sizes::of(&self.data_dir),
            Err(error) => tracing::error!(kind = kind.name(), %error, "An old file could not be removed."),
        }
    }

    /// Derived data go when the disk is nearly full; the reserve goes when it is full, and is made
    /// again when there is room for it twice.
    fn make_way(&mut self, mut room: Room) -> Room {
        let place = place(&self.data_dir);
        let mut changed = false;
        if room.is_above(self.settings.low_percent) {
            let before = self.survey.sizes;
            self.shrink(Kind::Snapshots, 0);
            self.shrink(Kind::Backups, 0);
            changed |= before != self.survey.sizes;
        }
        if room.free < least(room) {
            changed |= self.release();
        } else if self.reserve.bytes() > 0
            && !self.reserve.is_there()
            && room.free >= 2 * self.reserve.bytes() + least(room)
        {
            match self.reserve.make() {
                Ok(()) => {
                    changed = true;
                    tracing::info!(bytes = self.reserve.bytes(), "A reserve has been set aside on the disk.");
                }
                Err(error) => tracing::warn!(%error, "No reserve could be set aside on the disk."),
            }
        }
        if changed && let Ok(now) = Room::of(&place) {
            room = now;
        }
        room
    }

    /// Gives the reserve back, so that the day's tickets can still be taken. True: there was one.
    pub fn release(&mut self) -> bool {
        match self.reserve.release() {
            Ok(false) => false,
            Ok(true) => {
                self.survey.made_room += 1;
                tracing::error!("The disk is full: the reserve has been released. Make room on the disk.");
                true
            }
            Err(error) => {
                tracing::error!(%error, "The reserve could not be released.");
                false
            }
        }
    }

    fn note(&mut self, room: Room) {
        let reserved = self.reserve.bytes() == 0 || self.reserve.is_there();
        let days = |growth: u64| u32::try_from(room.free / growth.max(1)).unwrap_or(u32::MAX);
        let days_left = self.growth.map(days);
        // Without its reserve a disk is full until there is room for it twice: so it does not
        // waver between two words.
        let empty = room.free < least(room) || !reserved;
        let low = room.is_above(self.settings.low_percent) || days_left.is_some_and(|days| u64::from(days) <= FEW_DAYS);
        let news = (self.survey.low, self.survey.empty, self.survey.read_only) != (low, empty, room.read_only);
        (self.survey.low, self.survey.empty, self.survey.read_only) = (low, empty, room.read_only);
        if news || self.survey.free_bytes.is_none() {
            self.survey.free_bytes = Some(room.free / MIB * MIB);
            self.survey.days_left = days_left;
        }
    }
}

/// Releases the reserve of a data directory whose disk is full, before a first write of anybody.
pub fn make_way(data_dir: &Path) {
    let place = place(data_dir);
    if Room::of(&place).is_ok_and(|room| !room.read_only && room.free < least(room)) {
        match Reserve::new(&place, 0).release() {
            Ok(true) => tracing::error!("The disk is full: the reserve has been released. Make room on the disk."),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "The disk is full, and the reserve could not be released."),
        }
    }
}

/// Where writes matter: the journal's directory, or its parents while it is not there.
fn place(data_dir: &Path) -> PathBuf {
    let journal = journal_dir(data_dir);
    if is_its_own(&journal, data_dir) { journal } else { data_dir.to_owned() }
}

/// Whether a directory lies on another file system than its parent.
fn is_its_own(dir: &Path, parent: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| path.metadata().ok().map(|about| about.dev());
    device(dir).zip(device(parent)).is_some_and(|(a, b)| a != b)
}

fn least(room: Room) -> u64 {
    LEAST.min(room.total() / LEAST_SHARE)
}

/// Asks the thread for room.
#[derive(Debug)]
pub struct DiskThread {
    /// One waiting word is enough: it says all there is to say.
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl DiskThread {
    /// Starts the thread; the receiver sees what changes.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(keeper: DiskKeeper) -> std::io::Result<(Self, watch::Receiver<Survey>)> {
        let (wake, woken) = sync_channel(1);
        let (tell, survey) = watch::channel(keeper.survey.clone());
        let thread =
            std::thread::Builder::new().name("disk".into()).spawn(move || keep_looking(keeper, &woken, &tell))?;
        Ok((Self { wake, thread }, survey))
    }

    /// A write was refused: the reserve is to be released.
    pub fn make_room(&self) {
        match self.wake.try_send(()) {
            // Full: the thread has been told. Disconnected: only at the end.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }

    /// Whether it has ended, which it does not by itself.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.thread.is_finished()
    }

    /// Lets the thread finish what it is at.
    pub fn stop(self) {
        drop(self.wake);
        if self.thread.join().is_err() {
            tracing::error!("The disk's thread panicked.");
        }
    }
}

fn keep_looking(mut keeper: DiskKeeper, woken: &Receiver<()>, tell: &watch::Sender<Survey>) {
    loop {
        keeper.look();
        tell.send_if_modified(|told| {
            let news = told != &keeper.survey;
            told.clone_from(&keeper.survey);
            news
        });
        match woken.recv_timeout(LOOK_EVERY) {
            Ok(()) => drop(keeper.release()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keeper(settings: DiskSettings) -> (tempfile::TempDir, DiskKeeper) {
        let dir = tempfile::tempdir().unwrap();
        let keeper = DiskKeeper::new(dir.path(), settings);
        (dir, keeper)
    }

    #[test]
    fn a_reserve_is_set_aside_and_a_disk_without_its_reserve_is_full() {
        let (dir, mut keeper) = keeper(DiskSettings { reserve_mib: 1, low_percent: 99, ..DiskSettings::default() });
        keeper.look();
        assert!(dir.path().join("reserve").is_file());
        assert!(!keeper.survey.empty && keeper.survey.free_bytes.is_some(), "{:?}", keeper.survey);
        assert!(keeper.release() && !keeper.release());
        assert_eq!(keeper.survey.made_room, 1);
        let room = Room { free: 3 * MIB, used: 61 * MIB, read_only: false };
        keeper.note(room);
        assert!(keeper.survey.empty, "it is full until the reserve is there again");
        keeper.look();
        assert!(!keeper.survey.empty);
    }

    #[test]
    fn full_and_low_are_told_by_the_room() {
        let (_dir, mut keeper) = keeper(DiskSettings { reserve_mib: 0, ..DiskSettings::default() });
        let mut look = |free, used, read_only| {
            keeper.note(Room { free, used, read_only });
            (keeper.survey.low, keeper.survey.empty, keeper.survey.read_only)
        };
        assert_eq!(look(50 * MIB, 50 * MIB, false), (false, false, false));
        assert_eq!(look(10 * MIB, 90 * MIB, false), (true, false, false));
        assert_eq!(look(MIB - 1, 99 * MIB, false), (true, true, false));
        assert_eq!(look(50 * MIB, 50 * MIB, true), (false, false, true));
    }

    #[test]
    fn a_fast_journal_is_low_with_room_left() {
        let (_dir, mut keeper) = keeper(DiskSettings { reserve_mib: 0, ..DiskSettings::default() });
        keeper.growth = Some(100 * MIB);
        keeper.note(Room { free: 799 * MIB, used: 799 * MIB, read_only: false });
        assert_eq!((keeper.survey.days_left, keeper.survey.low), (Some(7), true));
        keeper.survey.free_bytes = None;
        keeper.note(Room { free: 800 * MIB, used: 800 * MIB, read_only: false });
        assert_eq!((keeper.survey.days_left, keeper.survey.low), (Some(8), false));
    }

    #[test]
    fn kinds_above_their_budget_are_named() {
        let (dir, mut keeper) = keeper(DiskSettings { journal_mib: 1, ..DiskSettings::default() });
        std::fs::create_dir_all(dir.path().join("journal")).unwrap();
        std::fs::write(dir.path().join("journal/x"), vec![0; 1024 * 1024 + 1]).unwrap();
        keeper.look();
        assert_eq!(keeper.survey.over_budget, [Kind::Journal]);
        assert!(dir.path().join("journal/x").is_file());
    }
}
