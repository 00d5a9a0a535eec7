//! The set of the sites' files: found by patterns, read together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::SiteId;
use domain::config::SiteConfig;

use super::mistakes::{Mistake, Mistakes};
use super::site::{Placed, load_placed};

/// An editor's hidden drafts (`.#x.toml`) are no sites.
const MATCHING: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The files of a path or glob pattern, sorted. A path that is there is itself, whatever is in it.
pub(super) fn expand(pattern: &Path) -> Result<Vec<PathBuf>, String> {
    if pattern.is_file() {
        return Ok(vec![pattern.to_owned()]);
    }
    let text = pattern.to_str().ok_or("the pattern is not UTF-8")?;
    let found = glob::glob_with(text, MATCHING).map_err(|error| format!("is not a pattern: {error}"))?;
    // A directory that cannot be read holds no file for us.
    Ok(found.filter_map(Result::ok).filter(|path| path.is_file()).collect())
}

/// The files of all patterns, each once, in the order of the patterns and of their names. A plain
/// path is there even when its file is not: reading it tells.
pub(super) fn expand_all(patterns: &[PathBuf]) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    for pattern in patterns {
        // A bad pattern has been told when the installation's file was read.
        let mut files = expand(pattern).unwrap_or_default();
        if files.is_empty() && !pattern.to_string_lossy().contains(['*', '?', '[']) {
            files.push(pattern.clone());
        }
        files.retain(|file| !all.contains(file));
        all.append(&mut files);
    }
    all
}

/// The sites' files that there are; a path may be a glob pattern.
#[must_use]
pub fn site_files(patterns: &[PathBuf]) -> Vec<PathBuf> {
    expand_all(patterns)
}

/// Reads the sites' files; a path may be a glob pattern.
///
/// # Errors
/// Every mistake in all of them, and every site that two files describe.
pub fn load_sites(patterns: &[PathBuf]) -> Result<Vec<SiteConfig>, Mistakes> {
    let placed = load_all_placed(patterns)?;
    Ok(placed.into_iter().map(|placed| placed.config).collect())
}

/// [`load_sites`], with all that the files say.
pub(super) fn load_all_placed(patterns: &[PathBuf]) -> Result<Vec<Placed>, Mistakes> {
    let mut mistakes = Vec::new();
    let mut sites: Vec<Placed> = Vec::new();
    let mut seen: BTreeMap<SiteId, PathBuf> = BTreeMap::new();
    for file in expand_all(patterns) {
        match load_placed(&file) {
            Ok(placed) => match seen.get(&placed.config.site) {
                Some(first) => mistakes.push(described_twice(&file, &placed, first)),
                None => {
                    seen.insert(placed.config.site, file);
                    sites.push(placed);
                }
            },
            Err(wrong) => mistakes.extend(wrong),
        }
    }
    Mistakes::new(mistakes).map_or(Ok(sites), Err)
}

/// Two files for one site: neither can be believed.
pub(super) fn described_twice(file: &Path, placed: &Placed, first: &Path) -> Mistake {
    let message = format!("site `{}` is already described by {}", placed.config.site, first.display());
    Mistake { line: placed.site_line, key: "site".to_owned(), ..Mistake::of_file(file, message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::files::tests::scratch;
    use std::fs;

    fn names(files: &[PathBuf]) -> Vec<&str> {
        files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect()
    }

    #[test]
    fn patterns_find_files_once_and_in_order() {
        let dir = scratch("patterns");
        for name in ["b.toml", "a.toml", ".#a.toml", "a.toml~", "[x].toml"] {
            fs::write(dir.join(name), "").unwrap();
        }
        fs::create_dir(dir.join("dir.toml")).unwrap();
        let all = expand_all(&[dir.join("[x].toml"), dir.join("b.toml"), dir.join("*.toml")]);
        assert_eq!(names(&all), ["[x].toml", "b.toml", "a.toml"]);
        assert_eq!(names(&expand_all(&[dir.join("gone.toml"), dir.join("gone*.toml")])), ["gone.toml"]);
        assert!(expand(&dir.join("***")).unwrap_err().starts_with("is not a pattern: "));
    }

    #[test]
    fn all_files_tell_all_mistakes() {
        let dir = scratch("all-sites");
        fs::write(dir.join("a.toml"), "site = \"x\"\nname = \"X\"").unwrap();
        fs::write(dir.join("b.toml"), "name = \"Y\"\n\nsite = \"x\"").unwrap();
        fs::write(dir.join("c.toml"), "site = \"api\"\nname = \"Z\"").unwrap();
        let told = load_sites(&[dir.join("*.toml"), dir.join("d.toml")]).unwrap_err().to_string();
        let told = told.replace(&format!("{}/", dir.display()), "");
        assert_eq!(
            told,
            "b.toml:3: site: site `x` is already described by a.toml\n\
             c.toml:1: site: `api` is a page's address; choose another id\n\
             d.toml: No such file or directory (os error 2)"
        );
        let one = load_sites(&[dir.join("a.toml")]).unwrap();
        assert_eq!(one[0].name, "X");
    }
}
