//! What is kept of the devices' clocks beside the journal: what their heartbeats have measured, so
//! that an event which comes after a restart is placed as it would have been before it. A cache and
//! nothing more: without it, or when it is damaged, clocks are measured anew.
//!
//! A file is 8 bytes of magic, which tell the format's version too, the CRC-32C of what follows (4
//! bytes, little-endian), and the postcard of [`Kept`].

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::clock::BootClock;
use domain::event::DeviceKind;
use domain::{BootId, DeviceId, SiteId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ingest::{Door, KeptClocks, SiteDoor};

const MAGIC: [u8; 8] = *b"motcuaC1";
const HEADER: usize = 12;
/// A device without a heartbeat for so long is dropped: its next one measures it anew.
const KEPT_FOR_MS: i64 = 7 * 86_400_000;
/// More devices than any installation has; those of the newest heartbeats are kept.
const MOST_DEVICES: usize = 20_000;
/// Larger than the file of as many devices; a larger one is none of ours.
const MOST_BYTES: u64 = 32 << 20;
/// The host's time has gone on evenly when the monotonic clock agrees with it within this.
const EVEN_MS: i64 = 2_000;

/// Which time the clocks were measured against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Which run of the machine; `None` where the kernel does not say.
    pub run: Option<String>,
    /// The monotonic clock, in milliseconds since the machine was started.
    pub monotonic_ms: i64,
    /// The time that the collector gave out.
    pub shown: Timestamp,
    /// Whether that was carried on, because the host's clock was not believed.
    pub doubted: bool,
}

/// What the file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    moment: Moment,
    devices: Vec<KeptDevice>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptDevice {
    site: SiteId,
    kind: DeviceKind,
    device: DeviceId,
    beat: Timestamp,
    clocks: Vec<(BootId, BootClock)>,
}

impl Moment {
    /// How far the time has leapt between this moment and a later one; `None` when nobody can say
    /// whether both are of one time.
    fn leapt(&self, now: &Self) -> Option<i64> {
        let same_run = self.run.is_some() && self.run == now.run && self.monotonic_ms <= now.monotonic_ms;
        if !same_run {
            // Over a restart of the machine its clock goes on by itself, if it is to be believed.
            return (!self.doubted && !now.doubted).then_some(0);
        }
        let passed = now.monotonic_ms.saturating_sub(self.monotonic_ms);
        let leapt = now.shown.since(self.shown.plus(passed));
        Some(if leapt.saturating_abs() <= EVEN_MS { 0 } else { leapt })
    }
}

impl Kept {
    /// The clocks of all devices that the door knows, at this moment.
    #[must_use]
    pub fn of(door: &Door, moment: Moment) -> Self {
        let oldest = moment.shown.plus(-KEPT_FOR_MS);
        let of_site = |site: &SiteDoor| {
            let id = site.id();
            let kept = site.devices.clocks().filter(|(_, _, kept)| kept.beat >= oldest);
            let kept = kept.map(|(kind, device, KeptClocks { beat, clocks })| KeptDevice {
                site: id,
                kind,
                device,
                beat,
                clocks,
            });
            kept.collect::<Vec<_>>()
        };
        let mut devices: Vec<_> = door.sites().iter().flat_map(of_site).collect();
        if devices.len() > MOST_DEVICES {
            devices.sort_unstable_by_key(|device| std::cmp::Reverse(device.beat));
            devices.truncate(MOST_DEVICES);
        }
        Self { moment, devices }
    }

    /// The file of a data directory, if there is one that can be read.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        let file = file(data_dir);
        match read(&file) {
            Ok(kept) => Some(kept),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(file = %file.display(), %error, "The kept clocks of the devices are passed over.");
                None
            }
        }
    }

    /// Writes the file, whole or not at all. It is not synced: a power cut may take it away.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, data_dir: &Path) -> io::Result<()> {
        let mut bytes = [&MAGIC[..], &[0; 4]].concat();
        bytes = postcard::to_extend(self, bytes).map_err(io::Error::other)?;
        let sum = crc32c::crc32c(&bytes[HEADER..]);
        bytes[MAGIC.len()..HEADER].copy_from_slice(&sum.to_le_bytes());
        let file = file(data_dir);
        let new = file.with_extension("new");
        let written = fs::write(&new, bytes).and_then(|()| fs::rename(&new, file));
        if written.is_err() {
            // On a full disk half of it would only take room; that it stays is no harm.
            drop(fs::remove_file(&new));
        }
        written
    }

    /// Gives the door what was kept, as far as it is of the time that it is `now`; returns of how
    /// many devices.
    pub fn recall(self, door: &mut Door, now: &Moment) -> usize {
        let Some(leapt_ms) = self.moment.leapt(now) else { return 0 };
        let mut devices = 0;
        for KeptDevice { site, kind, device, beat, clocks } in self.devices {
            let mut kept = KeptClocks { beat, clocks };
            if leapt_ms != 0 {
                kept.host_leapt(leapt_ms);
            }
            if let Some(site) = door.site_named(&site) {
                site.devices.recall(kind, device, kept);
                devices += 1;
            }
        }
        devices
    }
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("device-clocks")
}

fn read(file: &Path) -> io::Result<Kept> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged, or of another version");
    if fs::metadata(file)?.len() > MOST_BYTES {
        return Err(damaged());
    }
    let bytes = fs::read(file)?;
    let (head, body) = bytes.split_at_checked(HEADER).ok_or_else(damaged)?;
    let (magic, sum) = head.split_at(MAGIC.len());
    if magic != MAGIC || sum != crc32c::crc32c(body).to_le_bytes() {
        return Err(damaged());
    }
    postcard::from_bytes(body).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use domain::event::DeviceState;
    use journal::{Journal, Options};
    use mqtt_config::settings::Clock;
    use mqtt_config::wire::Status;

    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_795_399_200_000);
    /// The machine's device, which began a thousand seconds before [`NOW`]; its clock was never set.
    const BOOT: &str = "b1";

    fn device() -> (DeviceKind, DeviceId) {
        (DeviceKind::Gateway, DeviceId::new("machine").unwrap())
    }

    fn door(dir: &Path) -> Door {
        let journal = Journal::open(&dir.join("journal"), Options::default()).unwrap().0;
        let mut door = Door::new(journal, Clock::Wall, None);
        let config = serde_json::json!({
            "site": "hue", "name": "Huế", "time_zone": "Asia/Ho_Chi_Minh", "services": [], "counters": [],
        });
        door.configure(serde_json::from_value(config).unwrap(), NOW).unwrap();
        door
    }

    fn moment(run: Option<&str>, seconds: i64, shown: Timestamp, doubted: bool) -> Moment {
        Moment { run: run.map(str::to_owned), monotonic_ms: seconds * 1_000, shown, doubted }
    }

    /// What a collector keeps that heard one heartbeat now.
    fn kept(dir: &Path) -> Kept {
        let mut door = door(dir);
        let status =
            Status::new(DeviceState::Ready, Timestamp::from_ms(5_000), BootId::new(BOOT).unwrap(), Some(1_000_000));
        let (kind, id) = device();
        door.site_mut(0).unwrap().devices.status(kind, id, &status, true, NOW);
        assert!(door.take_measured() && !door.take_measured());
        Kept::of(&door, moment(Some("a"), 500, NOW, false))
    }

    /// When another collector believes that happened which the device says to be ten seconds after
    /// its heartbeat, by its clock that was never set; it comes an hour later.
    fn at(door: &Door) -> Timestamp {
        let event = serde_json::json!({
            "id": "00000000-0000-4000-8000-000000000001", "boot": BOOT, "seq": 1, "ts": "1970-01-01T00:00:15Z",
            "up_ms": 1_010_000, "type": "ticket.issued", "ticket": "A1", "service": "s", "priority": "normal",
        });
        let topic = mqtt_config::topics::DeviceTopic::parse(b"motcua/v1/hue/gateway/machine/evt").unwrap();
        let event = mqtt_config::wire::parse_event(&topic, event.to_string().as_bytes()).unwrap();
        let (kind, id) = device();
        door.sites()[0].devices.when(kind, id, &event.envelope, NOW.plus(3_600_000)).at
    }

    #[test]
    fn what_was_measured_is_known_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        kept(dir.path()).write(dir.path()).unwrap();
        let hour = 3_600_000;
        let after = |now: &Moment| {
            let mut door = door(dir.path());
            let devices = Kept::read(dir.path()).unwrap().recall(&mut door, now);
            assert_eq!(door.state().accepted().len(), 1);
            // Nothing appears by it that nobody speaks of; and it is kept on.
            door.take_records();
            door.evaluate(0, NOW, crate::flow::Extent::Whole { board: true });
            assert_eq!(Kept::of(&door, now.clone()).devices.len(), devices);
            at(&door).since(NOW)
        };
        assert_eq!(after(&moment(Some("a"), 4_100, NOW.plus(hour), false)), 10_000);
        assert_eq!(after(&moment(Some("a"), 4_100, NOW.plus(hour), true)), 10_000, "carried on evenly");
        assert_eq!(after(&moment(Some("a"), 4_100, NOW.plus(hour - 60_000), true)), 10_000 - 60_000, "it leapt");
        assert_eq!(after(&moment(Some("b"), 20, NOW.plus(hour), false)), 10_000, "the machine was started anew");
        assert_eq!(after(&moment(Some("b"), 20, NOW.plus(hour), true)), hour, "nobody knows which time it is");
        assert_eq!(after(&moment(None, 20, NOW.plus(hour), true)), hour);
    }

    #[test]
    fn a_damaged_file_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Kept::read(dir.path()).is_none(), "there is none");
        kept(dir.path()).write(dir.path()).unwrap();
        let file = file(dir.path());
        let whole = fs::read(&file).unwrap();
        assert!(Kept::read(dir.path()).is_some());
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&file, &bytes).unwrap();
            assert!(Kept::read(dir.path()).is_none(), "byte {at}");
            fs::write(&file, &whole[..at]).unwrap();
            assert!(Kept::read(dir.path()).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn who_had_no_heartbeat_for_a_week_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let first = kept(dir.path());
        let mut door = door(dir.path());
        let later = |ms| moment(Some("b"), 1, NOW.plus(ms), false);
        assert_eq!(first.recall(&mut door, &later(0)), 1);
        assert_eq!(Kept::of(&door, later(KEPT_FOR_MS)).devices.len(), 1);
        assert_eq!(Kept::of(&door, later(KEPT_FOR_MS + 1)).devices.len(), 0);
    }
}
