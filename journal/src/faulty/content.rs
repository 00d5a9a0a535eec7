//! What a file holds, as it is read and as it would be found after a power cut.

/// The unit in which a disk writes: it is there as it was before or as it is now, never between.
const SECTOR: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Content {
    /// What a program reads.
    now: Vec<u8>,
    /// What is on the disk for certain.
    disk: Vec<u8>,
    /// What was changed since and not synced, in whole sectors.
    unsynced: Vec<Change>,
}

/// Sectors that are waiting to be written.
#[derive(Debug)]
struct Change {
    /// The first byte; always the beginning of a sector.
    at: usize,
    bytes: Vec<u8>,
    /// Length of the file after it.
    len: usize,
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        to.resize(self.len, 0);
        let end = (self.at + self.bytes.len()).min(self.len);
        if self.at < end {
            to[self.at..end].copy_from_slice(&self.bytes[..end - self.at]);
        }
    }
}

impl Content {
    pub fn durable(bytes: &[u8]) -> Self {
        Self { now: bytes.to_vec(), disk: bytes.to_vec(), unsynced: Vec::new() }
    }

    pub fn now(&self) -> &[u8] {
        &self.now
    }

    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        if self.now.len() < end {
            self.now.resize(end, 0);
        }
        self.now[at..end].copy_from_slice(bytes);
        self.changed(at, end);
    }

    /// A sector is written as it is in memory, with what other writes left in it.
    fn changed(&mut self, from: usize, to: usize) {
        let len = self.now.len();
        let at = from / SECTOR * SECTOR;
        let end = to.next_multiple_of(SECTOR).min(len);
        let bytes = self.now.get(at..end).unwrap_or_default().to_vec();
        self.unsynced.push(Change { at, bytes, len });
    }

    pub fn cut(&mut self, len: usize) {
        self.now.truncate(len);
        self.changed(self.now.len(), self.now.len());
    }

    pub fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.disk);
        }
    }

    /// Calls clean what was never written.
    pub fn forget(&mut self) {
        self.unsynced.clear();
    }

    pub fn flip(&mut self, bit: u64) -> bool {
        let at = usize::try_from(bit / 8).unwrap_or(usize::MAX);
        let mut flipped = false;
        for bytes in [&mut self.now, &mut self.disk] {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (bit % 8);
                flipped = true;
            }
        }
        flipped
    }

    /// Chooses what is there after the power was gone.
    pub fn crash(&mut self, random: &mut fastrand::Rng) {
        let unsynced = std::mem::take(&mut self.unsynced);
        match random.u8(..8) {
            0 => {}
            1 => unsynced.iter().for_each(|change| change.apply(&mut self.disk)),
            2 => in_order(&mut self.disk, &unsynced, random),
            _ => any_sectors(&mut self.disk, &unsynced, random),
        }
        self.now.clone_from(&self.disk);
    }
}

/// The first changes, and a part of the one after them.
fn in_order(disk: &mut Vec<u8>, unsynced: &[Change], random: &mut fastrand::Rng) {
    let whole = random.usize(..=unsynced.len());
    unsynced[..whole].iter().for_each(|change| change.apply(disk));
    if let Some(torn) = unsynced.get(whole) {
        let sectors = torn.bytes.len() / SECTOR;
        let part = random.usize(..=sectors) * SECTOR;
        let len = disk.len().max(torn.len.min(torn.at + part));
        Change { at: torn.at, bytes: torn.bytes[..part].to_vec(), len }.apply(disk);
    }
}

/// Of each sector any of its states since the last sync; of the file any of its lengths.
fn any_sectors(disk: &mut Vec<u8>, unsynced: &[Change], random: &mut fastrand::Rng) {
    let lengths: Vec<_> = std::iter::once(disk.len()).chain(unsynced.iter().map(|change| change.len)).collect();
    let len = lengths[random.usize(..lengths.len())];
    disk.resize(len, 0);
    // Each change of each sector arrives or not; a later one that arrives covers an earlier one.
    for change in unsynced {
        for (index, sector) in change.bytes.chunks(SECTOR).enumerate() {
            let at = change.at + index * SECTOR;
            let end = (at + sector.len()).min(disk.len());
            if at < end && random.bool() {
                disk[at..end].copy_from_slice(&sector[..end - at]);
            }
        }
    }
}
