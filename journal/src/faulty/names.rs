//! Which file has which name, as it is seen and as it would be found after a power cut.

use std::collections::BTreeMap;

type Table = BTreeMap<String, usize>;

#[derive(Debug, Default)]
pub(super) struct Names {
    now: Table,
    disk: Table,
    unsynced: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Link(String, usize),
    Rename(String, String, usize),
    Unlink(String),
}

impl Change {
    fn apply(&self, names: &mut Table) {
        match self {
            Self::Link(name, file) => drop(names.insert(name.clone(), *file)),
            Self::Unlink(name) => drop(names.remove(name)),
            Self::Rename(from, to, file) => {
                if names.get(from) == Some(file) {
                    names.remove(from);
                }
                names.insert(to.clone(), *file);
            }
        }
    }
}

impl Names {
    pub fn get(&self, name: &str) -> Option<usize> {
        self.now.get(name).copied()
    }

    pub fn list(&self) -> Vec<String> {
        self.now.keys().cloned().collect()
    }

    pub fn files(&self) -> impl Iterator<Item = usize> {
        self.now.values().copied()
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.unsynced.push(change);
    }

    pub fn link(&mut self, name: &str, file: usize) {
        self.change(Change::Link(name.to_owned(), file));
    }

    pub fn rename(&mut self, from: &str, to: &str, file: usize) {
        self.change(Change::Rename(from.to_owned(), to.to_owned(), file));
    }

    pub fn unlink(&mut self, name: &str) {
        self.change(Change::Unlink(name.to_owned()));
    }

    /// Gives a file its name, durably.
    pub fn put(&mut self, name: &str, file: usize) {
        self.now.insert(name.to_owned(), file);
        self.disk.insert(name.to_owned(), file);
    }

    pub fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.disk);
        }
    }

    /// Chooses what is there after the power was gone: the first changes, or any of them.
    pub fn crash(&mut self, random: &mut fastrand::Rng) {
        let unsynced = std::mem::take(&mut self.unsynced);
        let in_order = random.bool();
        let first = random.usize(..=unsynced.len());
        for (index, change) in unsynced.iter().enumerate() {
            let arrives = if in_order { index < first } else { random.bool() };
            if arrives {
                change.apply(&mut self.disk);
            }
        }
        self.now.clone_from(&self.disk);
    }
}
