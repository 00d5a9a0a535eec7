//! A disk in memory that does what disks do at the worst moment: for tests.
//!
//! It keeps two views of each file and of the names: what a program sees, and what would be found
//! after a power cut. [`Disk::crash`] makes the second one the first. What was not synced by then
//! may be there or not, in any mixture of its 512-byte sectors and of its lengths; of names that
//! were not synced any of the changes may be missing. Everything that is chosen comes from a seed,
//! so that a run can be repeated.
//!
//! ```
//! # use std::sync::Arc;
//! use journal::faulty::Disk;
//! use journal::{Journal, NewRecord, Options};
//!
//! let disk = Disk::new(7);
//! let (mut journal, _) = Journal::open_on(Arc::new(disk.clone()), Options::default())?;
//! journal.append(NewRecord { kind: 1, rx_ms: 0, at_ms: 0, topic: b"t", payload: b"said" });
//! journal.flush()?;
//! let durable = journal.syncer().sync()?;
//! disk.crash(42);
//! let (_, recovery) = Journal::open_on(Arc::new(disk), Options::default())?;
//! assert!(recovery.next_offset > durable);
//! # Ok::<(), journal::Error>(())
//! ```

mod content;
mod names;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::content::Content;
use self::names::Names;
use crate::storage::{Access, Lock, New, Storage, StoredFile};

/// A disk with one directory. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct Disk {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    names: Names,
    files: Vec<Content>,
    locks: Vec<String>,
    random: fastrand::Rng,
    /// Counts the crashes: what was opened before one is of no use after it.
    generation: u64,
    changes: u64,
    power: Power,
    /// Bytes that files may still grow by; None for no limit.
    room: Option<u64>,
    failing_syncs: u64,
    read_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Power {
    On,
    /// Fails in the middle of the change after this many.
    FailsAfter(u64),
    Off,
}

/// How far a change may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Go {
    Done,
    /// The power fails now; the change has happened all the same.
    DoneAndOff,
}

impl Disk {
    /// An empty disk. `seed` decides how reads are split and where the power fails in a change.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let state = State {
            names: Names::default(),
            files: Vec::new(),
            locks: Vec::new(),
            random: fastrand::Rng::with_seed(seed),
            generation: 0,
            changes: 0,
            power: Power::On,
            room: None,
            failing_syncs: 0,
            read_only: false,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The power goes and comes back: `seed` decides what of that which was not synced is there.
    /// Locks are free, and files that were open before only fail. Room, read-only and failing
    /// syncs stay as they were set.
    pub fn crash(&self, seed: u64) {
        let mut state = self.state();
        let mut random = fastrand::Rng::with_seed(seed);
        let State { names, files, .. } = &mut *state;
        names.crash(&mut random);
        for file in names.files() {
            files[file].crash(&mut random);
        }
        state.locks.clear();
        state.generation += 1;
        state.power = Power::On;
    }

    /// The process dies and the machine lives: everything written is there, synced or not.
    /// Locks are free, and files that were open before only fail.
    pub fn kill_process(&self) {
        let mut state = self.state();
        state.locks.clear();
        state.generation += 1;
        state.power = Power::On;
    }

    /// How many changes (of content, of names, and syncs) were asked for so far.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.state().changes
    }

    /// Lets `changes` more changes happen; the one after that happens or not, and from then on
    /// everything fails until [`crash`](Self::crash).
    pub fn power_off_after(&self, changes: u64) {
        self.state().power = Power::FailsAfter(changes);
    }

    /// Whether the power has failed.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.state().power == Power::Off
    }

    /// Sets by how many bytes files may still grow; `None` for no limit. A write that does not fit
    /// writes what fits and fails. Files that are cut, emptied or removed give their bytes back.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.state().room = bytes;
    }

    /// Lets the next `count` syncs of files fail, as after an error of the medium: what they should
    /// have written can still be read, a later sync says that all is well, and after a crash it is gone.
    pub fn fail_syncs(&self, count: u64) {
        self.state().failing_syncs = count;
    }

    /// From now on nothing can be changed, or everything again.
    pub fn set_read_only(&self, read_only: bool) {
        self.state().read_only = read_only;
    }

    /// What a program would read from the file now.
    #[must_use]
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(name).map(|file| state.files[file].now().to_vec())
    }

    /// Puts a file there, durably, whatever the disk's troubles are.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let mut state = self.state();
        let file = state.files.len();
        state.files.push(Content::durable(bytes));
        state.names.put(name, file);
    }

    /// Turns one bit of a file, counted from its first byte's lowest; the medium has decayed.
    /// False where there is no such bit.
    pub fn flip_bit(&self, name: &str, bit: u64) -> bool {
        let mut state = self.state();
        let Some(file) = state.names.get(name) else { return false };
        state.files[file].flip(bit)
    }
}

impl State {
    /// Asks for a change; the error is why it cannot happen.
    fn change(&mut self) -> io::Result<Go> {
        self.changes += 1;
        match self.power {
            Power::Off => return Err(off()),
            Power::On => {}
            Power::FailsAfter(0) => {
                self.power = Power::Off;
                return if self.random.bool() { Ok(Go::DoneAndOff) } else { Err(off()) };
            }
            Power::FailsAfter(more) => self.power = Power::FailsAfter(more - 1),
        }
        if self.read_only { Err(io::ErrorKind::ReadOnlyFilesystem.into()) } else { Ok(Go::Done) }
    }

    fn powered(&self) -> io::Result<()> {
        if self.power == Power::Off { Err(off()) } else { Ok(()) }
    }

    fn give_back(&mut self, bytes: u64) {
        self.room = self.room.map(|room| room.saturating_add(bytes));
    }

    fn size(&self, file: usize) -> u64 {
        self.files[file].now().len() as u64
    }
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

impl Go {
    /// What the caller gets to know: nothing good from a disk without power.
    fn told<T>(self, value: T) -> io::Result<T> {
        match self {
            Self::Done => Ok(value),
            Self::DoneAndOff => Err(off()),
        }
    }
}

impl Storage for Disk {
    fn root(&self) -> &Path {
        Path::new("disk")
    }

    fn create_root(&self) -> io::Result<()> {
        self.state().powered()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        state.powered().map(|()| state.names.list())
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn StoredFile>> {
        let state = self.state();
        state.powered()?;
        let file = state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        if state.read_only && access == Access::Write {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        Ok(Box::new(Open { disk: self.clone(), file, generation: state.generation, access }))
    }

    fn create(&self, name: &str, new: New) -> io::Result<Box<dyn StoredFile>> {
        let mut state = self.state();
        let go = state.change()?;
        let file = match state.names.get(name) {
            Some(_) if new == New::Only => return Err(io::ErrorKind::AlreadyExists.into()),
            Some(file) => {
                let bytes = state.size(file);
                state.files[file].cut(0);
                state.give_back(bytes);
                file
            }
            None => {
                let file = state.files.len();
                state.files.push(Content::default());
                state.names.link(name, file);
                file
            }
        };
        let generation = state.generation;
        go.told(Box::new(Open { disk: self.clone(), file, generation, access: Access::Write }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let go = state.change()?;
        let file = state.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        let replaced = state.names.get(to).map_or(0, |file| state.size(file));
        state.give_back(replaced);
        state.names.rename(from, to, file);
        go.told(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        let go = state.change()?;
        let file = state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        let bytes = state.size(file);
        state.give_back(bytes);
        state.names.unlink(name);
        go.told(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        let go = state.change()?;
        state.names.sync();
        go.told(())
    }

    fn lock(&self, name: &str) -> io::Result<Option<Lock>> {
        let mut state = self.state();
        state.powered()?;
        if state.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        if state.locks.iter().any(|held| held == name) {
            return Ok(None);
        }
        state.locks.push(name.to_owned());
        let generation = state.generation;
        Ok(Some(Lock::new(Held { disk: self.clone(), name: name.to_owned(), generation })))
    }
}

#[derive(Debug)]
struct Held {
    disk: Disk,
    name: String,
    generation: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.disk.state();
        if state.generation == self.generation {
            state.locks.retain(|held| *held != self.name);
        }
    }
}

#[derive(Debug)]
struct Open {
    disk: Disk,
    file: usize,
    generation: u64,
    access: Access,
}

impl Open {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.generation != self.generation {
            return Err(io::Error::other("this file was open when the power went"));
        }
        state.powered().map(|()| state)
    }

    fn to_write(&self) -> io::Result<(MutexGuard<'_, State>, Go)> {
        let mut state = self.state()?;
        if self.access != Access::Write {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        state.change().map(|go| (state, go))
    }
}

impl StoredFile for Open {
    fn size(&self) -> io::Result<u64> {
        self.state().map(|state| state.size(self.file))
    }

    fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        let mut state = self.state()?;
        let State { files, random, .. } = &mut *state;
        let from = usize::try_from(position).unwrap_or(usize::MAX);
        let bytes = files[self.file].now().get(from..).unwrap_or_default();
        let mut len = bytes.len().min(buffer.len());
        // A read may always stop early.
        if len > 1 && random.u8(..8) == 0 {
            len = random.usize(1..len);
        }
        buffer[..len].copy_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        let (mut state, go) = self.to_write()?;
        let at = usize::try_from(position).map_err(io::Error::other)?;
        let grows = (position + bytes.len() as u64).saturating_sub(state.size(self.file));
        let missing = state.room.map_or(0, |room| grows.saturating_sub(room));
        let fits = bytes.len() - usize::try_from(missing).map_or(bytes.len(), |missing| missing.min(bytes.len()));
        state.room = state.room.map(|room| room.saturating_sub(grows));
        if fits > 0 {
            state.files[self.file].write(at, &bytes[..fits]);
        }
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { go.told(()) }
    }

    fn sync(&self) -> io::Result<()> {
        let (mut state, go) = self.to_write()?;
        if state.failing_syncs > 0 {
            state.failing_syncs -= 1;
            state.files[self.file].forget();
            return Err(io::Error::other("the medium does not take what it should keep"));
        }
        state.files[self.file].sync();
        go.told(())
    }

    fn cut(&self, len: u64) -> io::Result<()> {
        let (mut state, go) = self.to_write()?;
        let gone = state.size(self.file).saturating_sub(len);
        state.files[self.file].cut(usize::try_from(len).map_err(io::Error::other)?);
        state.files[self.file].sync();
        state.give_back(gone);
        go.told(())
    }
}
