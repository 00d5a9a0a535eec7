//! How many backups stay.

use std::fs;
use std::path::{Path, PathBuf};

use collector::disk::backups::{BackupName, Made};
use domain::Timestamp;

/// Backups made before an upgrade that stay.
const UPGRADES: usize = 3;

/// A time as it stands in a name: `20261123T023000Z` of `2026-11-23T02:30:00.000Z`.
pub fn in_name(time: Timestamp) -> String {
    let text = time.to_string();
    let digits = text.split('.').next().unwrap_or_default().chars().filter(|c| !"-:".contains(*c));
    digits.chain(['Z']).collect()
}

/// Removes the oldest backups of a folder until `keep` nightly ones and the newest few from before
/// upgrades are left. `newest` always stays. A name later than `now` was given while the host's clock
/// was wrong, and nobody knows its age: it counts as the oldest, so that it pushes none out. What
/// cannot be removed is told and tried again the next time.
pub fn trim(dir: &Path, keep: usize, newest: &Path, now: Timestamp) {
    let now = in_name(now);
    let nights = too_many(dir, Made::Usually, keep, newest, &now);
    for path in nights.into_iter().chain(too_many(dir, Made::BeforeUpgrade, UPGRADES, newest, &now)) {
        match fs::remove_file(&path) {
            Ok(()) => tracing::info!(file = %path.display(), "An old backup has been removed."),
            Err(error) => tracing::warn!(file = %path.display(), %error, "An old backup cannot be removed."),
        }
    }
}

/// The oldest beyond `keep`.
fn too_many(dir: &Path, made: Made, keep: usize, newest: &Path, now: &str) -> Vec<PathBuf> {
    let time_of = |path: &Path| {
        let name = BackupName::read(path.file_name()?.to_str()?).filter(|name| name.made == made)?;
        // The number of the second one in one second is no time.
        let is_later = name.time.get(..now.len()).is_some_and(|time| time > now);
        Some((!is_later, name.time.to_owned()))
    };
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let others = entries.filter(|path| path != newest);
    let mut found: Vec<_> = others.filter_map(|path| Some((time_of(&path)?, path))).collect();
    found.sort_unstable();
    let others = keep.saturating_sub(usize::from(time_of(newest).is_some()));
    let keep_from = found.len().saturating_sub(others);
    found.truncate(keep_from);
    found.into_iter().map(|(_, path)| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_and_what_is_not_ours_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let night = |day: u32| format!("motcua-202611{day:02}T023000Z.tar.zst");
        for day in 1..=5 {
            fs::write(path(&night(day)), "").unwrap();
        }
        let upgrades: Vec<String> =
            (1..=4).map(|n| format!("before-upgrade-0.{n}.0-0.{}.0-2026110{n}T000000Z.tar.zst", n + 1)).collect();
        for other in upgrades.iter().map(String::as_str).chain(["motcua-mine.tar.zst", "last.json", "motcua-x.txt"]) {
            fs::write(path(other), "").unwrap();
        }
        let now = Timestamp::parse("2026-11-06T00:00:00Z").unwrap();
        trim(dir.path(), 3, &path(&night(5)), now);
        let left = |name: &str| path(name).exists();
        assert!(!left(&night(1)) && !left(&night(2)) && left(&night(3)) && left(&night(4)) && left(&night(5)));
        assert!(!left(&upgrades[0]) && left(&upgrades[1]) && left("motcua-mine.tar.zst") && left("motcua-x.txt"));

        // The host's clock went back: the newest has the oldest name, and stays.
        let early = path("motcua-19700101T000000Z.tar.zst");
        fs::write(&early, "").unwrap();
        trim(dir.path(), 1, &early, Timestamp::from_ms(0));
        assert!(early.exists() && !left(&night(5)));
    }

    #[test]
    fn a_name_from_the_future_pushes_no_other_out() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let wrong = ["motcua-20990101T023000Z.tar.zst", "motcua-20361123T023000Z.tar.zst"];
        let upgrade = "before-upgrade-0.1.0-0.2.0-20990101T000000Z.tar.zst";
        let night = |day: u32| format!("motcua-202611{day:02}T023000Z.tar.zst");
        let right = [night(1), night(2), night(3)];
        for name in right.iter().map(String::as_str).chain(wrong).chain([upgrade]) {
            fs::write(path(name), "").unwrap();
        }
        // The second one of its second is of now, and not of later.
        let newest = "motcua-20261104T023000Z.2.tar.zst";
        fs::write(path(newest), "").unwrap();
        let now = Timestamp::parse("2026-11-04T02:30:00.500Z").unwrap();
        trim(dir.path(), 4, &path(newest), now);
        assert!(right.iter().all(|name| path(name).exists()) && path(newest).exists());
        assert!(!wrong.iter().any(|name| path(name).exists()));
        assert!(path(upgrade).exists(), "there is room for it");

        let after = "motcua-20261105T023000Z.tar.zst";
        fs::write(path(after), "").unwrap();
        trim(dir.path(), 2, &path(after), Timestamp::parse("2026-11-05T02:30:01Z").unwrap());
        assert!(path(newest).exists() && path(after).exists() && !right.iter().any(|name| path(name).exists()));
    }
}
