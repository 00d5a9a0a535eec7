//! Finds the broker's program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where a daemon may be that is not in `PATH` (Debian puts it into the first).
const DAEMONS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// Mosquitto, from `path` (as in the variable `PATH`) or one of the folders for daemons.
///
/// # Errors
/// When it is not installed.
pub fn find(path: Option<&OsStr>) -> Result<PathBuf> {
    let in_path = path.into_iter().flat_map(std::env::split_paths);
    in_path
        .chain(DAEMONS.map(PathBuf::from))
        .map(|folder| folder.join("mosquitto"))
        .find(|program| is_program(program))
        .context("the broker Mosquitto is not installed: sudo apt-get install mosquitto")
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|about| about.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_goes_before_the_folders_for_daemons() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::fs::create_dir_all(dir.path().join("b/mosquitto")).unwrap();
        let wanted = dir.path().join("a/mosquitto");
        std::fs::write(&wanted, "").unwrap();
        let path = std::env::join_paths([dir.path().join("b"), dir.path().join("a")]).unwrap();
        assert_eq!(find(Some(&path)).unwrap(), wanted, "a folder of that name is no program");
    }
}
