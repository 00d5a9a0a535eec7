//! One file of either kind, checked.

use std::path::Path;

use domain::config::SiteConfig;
use toml::de::DeTable;

use super::installation::{Flags, Installation, load_all};
use super::mistakes::{Mistake, Mistakes};
use super::secret::Secret;
use super::site::{NamedFile, Placed, load_placed};
use super::sites::{expand_all, load_all_placed};

/// Keys that stand at the top of a site's file and never of an installation's.
const OF_A_SITE: [&str; 7] = ["site", "name", "department", "hours", "closure", "camera", "crowd"];

/// A file without mistakes.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one in the life of a process")]
pub enum Checked {
    /// An installation's file, with all its sites.
    Installation(Installation, Vec<SiteConfig>),
    /// One site's file.
    Site(SiteConfig),
}

/// Checks a file, of an installation with its sites or of one site, and that the files are there which
/// the cameras need. Opens no port.
///
/// # Errors
/// Every mistake in it and in the files that it names.
pub fn check(file: &Path) -> Result<Checked, Mistakes> {
    // A file that cannot be read is told by either way.
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let (document, _) = DeTable::parse_recoverable(&text);
    if OF_A_SITE.iter().any(|key| document.get_ref().contains_key(*key)) {
        let placed = load_placed(file)?;
        return Mistakes::new(not_there(file, &placed)).map_or(Ok(Checked::Site(placed.config)), Err);
    }
    let (installation, sites) = load_all(file, &Flags::default())?;
    // Read a moment ago, without a mistake.
    let files = expand_all(&installation.sites);
    let placed = load_all_placed(&installation.sites)?;
    let missing = files.iter().zip(&placed).flat_map(|(file, placed)| not_there(file, placed)).collect();
    Mistakes::new(missing).map_or(Ok(Checked::Installation(installation, sites)), Err)
}

/// The files of cameras that cannot be read. A site without them has a board all the same, so they are
/// no mistake of its file but for who asks.
fn not_there(file: &Path, placed: &Placed) -> Vec<Mistake> {
    let fault = |named: &NamedFile| {
        let NamedFile { line, key, path, secret } = named;
        let (what, error) = match secret {
            true => ("no password", Secret::from_file(path).err()?),
            false => ("no video", std::fs::File::open(path).err()?),
        };
        let message = format!("{what} in {}: {error}", path.display());
        Some(Mistake { line: *line, key: key.clone(), ..Mistake::of_file(file, message) })
    };
    placed.files.iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::files::tests::scratch;

    #[test]
    fn either_kind_is_recognised() {
        let dir = scratch("check");
        let (site, installation) = (dir.join("x.toml"), dir.join("motcua.toml"));
        std::fs::write(&site, "site = \"x\"\nname = \"X\"").unwrap();
        std::fs::write(&installation, "sites = [\"x.toml\"]").unwrap();
        assert!(matches!(check(&site), Ok(Checked::Site(site)) if site.name == "X"));
        assert!(matches!(check(&installation), Ok(Checked::Installation(_, sites)) if sites.len() == 1));
        std::fs::write(&site, "name = \"X\"").unwrap();
        assert_eq!(check(&site).unwrap_err().len(), 1, "a site's file without its id is still one");
        assert_eq!(check(&installation).unwrap_err().len(), 1, "told through the installation too");
        assert_eq!(check(&dir.join("gone.toml")).unwrap_err().len(), 1);
    }

    #[test]
    fn files_of_cameras_are_there() {
        let dir = scratch("check-cameras");
        let (site, installation) = (dir.join("x.toml"), dir.join("motcua.toml"));
        let text = "site = \"x\"\nname = \"X\"\n\n[[camera]]\ncamera = \"hall\"\nsource = \"hall.mp4\"\n\
                    user = \"u\"\npassword_file = \"secret\"";
        std::fs::write(&site, text).unwrap();
        std::fs::write(&installation, "sites = [\"x.toml\"]").unwrap();
        for file in [&site, &installation] {
            let told = check(file).unwrap_err().to_string().replace(&format!("{}/", dir.display()), "");
            assert_eq!(
                told,
                "x.toml:6: camera.source: no video in hall.mp4: No such file or directory (os error 2)\n\
                 x.toml:8: camera.password_file: no password in secret: No such file or directory (os error 2)"
            );
        }
        std::fs::write(dir.join("hall.mp4"), "").unwrap();
        std::fs::write(dir.join("secret"), "\n").unwrap();
        let told = check(&site).unwrap_err().to_string();
        assert!(told.ends_with("the file is empty"), "{told}");
        std::fs::write(dir.join("secret"), "p\n").unwrap();
        assert!(check(&site).is_ok() && check(&installation).is_ok());
    }
}
