//! How much of the disk the installation may fill, and what is set aside.

use serde::{Deserialize, Serialize};

const MIB: u64 = 1024 * 1024;

/// The disk's settings. Every size in the file is in MiB; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiskSettings {
    /// What is set aside for the day on which the disk is full: `disk_reserve_mib`, default 64. On
    /// a small disk a sixteenth of it.
    pub reserve_mib: u32,
    /// From this share on the disk is nearly full and derived data go: `disk_low_percent`,
    /// default 90.
    pub low_percent: u8,
    /// `disk_journal_mib`, default 0. It is never removed; above it there is an alert.
    pub journal_mib: u32,
    /// `disk_snapshots_mib`, default 512. The oldest go; the newest stays.
    pub snapshots_mib: u32,
    /// `disk_backups_mib`, default 0. The oldest go; the newest verified one stays.
    pub backups_mib: u32,
    /// `disk_history_mib`, default 0. Above it there is an alert.
    pub history_mib: u32,
    /// `disk_broker_mib`, default 0. The broker's own store; above it there is an alert.
    pub broker_mib: u32,
    /// `disk_logs_mib`, default 0. Above it there is an alert.
    pub logs_mib: u32,
}

impl Default for DiskSettings {
    fn default() -> Self {
        Self {
            reserve_mib: 64,
            low_percent: 90,
            journal_mib: 0,
            snapshots_mib: 512,
            backups_mib: 0,
            history_mib: 0,
            broker_mib: 0,
            logs_mib: 0,
        }
    }
}

impl DiskSettings {
    /// The reserve in bytes on a disk of so many bytes.
    #[must_use]
    pub fn reserve_bytes(&self, disk_bytes: u64) -> u64 {
        (u64::from(self.reserve_mib) * MIB).min(disk_bytes / 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_disk_sets_less_aside() {
        let disk = DiskSettings::default();
        assert_eq!(disk.reserve_bytes(1 << 40), 64 * MIB);
        assert_eq!(disk.reserve_bytes(64 * MIB), 4 * MIB);
        assert_eq!(DiskSettings { reserve_mib: 0, ..disk }.reserve_bytes(1 << 40), 0);
    }
}
