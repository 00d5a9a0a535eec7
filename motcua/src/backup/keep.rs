//! How many backups stay.

use std::fs;
use std::path::{Path, PathBuf};

/// How the backups made by themselves begin.
pub const USUAL: &str = "motcua-";
/// How the backups made before an upgrade begin.
pub const BEFORE_UPGRADE: &str = "before-upgrade-";
/// How every backup ends.
pub const SUFFIX: &str = ".tar.zst";
/// Backups made before an upgrade that stay.
const UPGRADES: usize = 3;

/// Removes the oldest backups of a folder until `keep` nightly ones and the newest few from before
/// upgrades are left. `newest` always stays. What cannot be removed is told and tried again the next
/// time.
pub fn trim(dir: &Path, keep: usize, newest: &Path) {
    for path in too_many(dir, USUAL, keep, newest).into_iter().chain(too_many(dir, BEFORE_UPGRADE, UPGRADES, newest)) {
        match fs::remove_file(&path) {
            Ok(()) => tracing::info!(file = %path.display(), "An old backup has been removed."),
            Err(error) => tracing::warn!(file = %path.display(), %error, "An old backup cannot be removed."),
        }
    }
}

/// The oldest beyond `keep`: a name ends with the time of its backup.
fn too_many(dir: &Path, prefix: &str, keep: usize, newest: &Path) -> Vec<PathBuf> {
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let ours = |path: &PathBuf| name(path).starts_with(prefix) && name(path).ends_with(SUFFIX) && path != newest;
    let mut found: Vec<PathBuf> = entries.filter(ours).collect();
    found.sort_by_key(|path| time_of(&name(path)).to_owned());
    let others = keep.saturating_sub(usize::from(name(newest).starts_with(prefix)));
    let keep_from = found.len().saturating_sub(others);
    found.truncate(keep_from);
    found
}

/// `20261123T023000Z` of `before-upgrade-0.1.0-0.2.0-20261123T023000Z.tar.zst`.
fn time_of(name: &str) -> &str {
    name.trim_end_matches(SUFFIX).rsplit('-').next().unwrap_or_default()
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
        for other in upgrades.iter().map(String::as_str).chain(["mine.tar.zst", "last.json", "motcua-x.txt"]) {
            fs::write(path(other), "").unwrap();
        }
        trim(dir.path(), 3, &path(&night(5)));
        let left = |name: &str| path(name).exists();
        assert!(!left(&night(1)) && !left(&night(2)) && left(&night(3)) && left(&night(4)) && left(&night(5)));
        assert!(!left(&upgrades[0]) && left(&upgrades[1]) && left("mine.tar.zst") && left("motcua-x.txt"));

        // The host's clock went back: the newest has the oldest name, and stays.
        let early = path("motcua-19700101T000000Z.tar.zst");
        fs::write(&early, "").unwrap();
        trim(dir.path(), 1, &early);
        assert!(early.exists() && !left(&night(5)));
    }
}
