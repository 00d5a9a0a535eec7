//! One file of either kind, checked.

use std::path::Path;

use domain::config::SiteConfig;
use toml::de::DeTable;

use super::installation::{Flags, Installation, load_all};
use super::mistakes::Mistakes;
use super::site::load_site;

/// Keys that stand at the top of a site's file and never of an installation's.
const OF_A_SITE: [&str; 6] = ["site", "name", "department", "hours", "closure", "camera"];

/// A file without mistakes.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one in the life of a process")]
pub enum Checked {
    /// An installation's file, with all its sites.
    Installation(Installation, Vec<SiteConfig>),
    /// One site's file.
    Site(SiteConfig),
}

/// Checks a file, of an installation with its sites or of one site. Opens no port.
///
/// # Errors
/// Every mistake in it and in the files that it names.
pub fn check(file: &Path) -> Result<Checked, Mistakes> {
    // A file that cannot be read is told by either way.
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let (document, _) = DeTable::parse_recoverable(&text);
    if OF_A_SITE.iter().any(|key| document.get_ref().contains_key(*key)) {
        return load_site(file).map(Checked::Site);
    }
    load_all(file, &Flags::default()).map(|(installation, sites)| Checked::Installation(installation, sites))
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
}
