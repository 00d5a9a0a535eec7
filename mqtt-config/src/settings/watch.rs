//! Takes changed site files in while the collector runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::SiteId;
use domain::config::SiteConfig;

use super::files::{Stamp, stamp};
use super::mistakes::{Mistake, Mistakes};
use super::site::{Placed, load_placed};
use super::sites::{described_twice, expand_all};

/// What a look at the sites' files found.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a handful in the life of a process")]
pub enum SiteChange {
    /// A site is new or described anew.
    Changed(SiteConfig),
    /// A file changed and is wrong: its site stays as it was.
    Wrong(Mistakes),
}

/// The sites' files, watched by their stamps. A file is read when its stamp has been the same in
/// two looks, so that one half written by an editor is never taken in.
#[derive(Debug)]
pub struct SiteWatch(Watch<SiteConfig>);

/// What is wanted of a site's file.
pub(super) trait OfSite: Clone + PartialEq {
    /// Takes it out of all that the file says.
    fn of(placed: Placed) -> Self;

    /// Whose it is.
    fn site(&self) -> SiteId;
}

impl OfSite for SiteConfig {
    fn of(placed: Placed) -> Self {
        placed.config
    }

    fn site(&self) -> SiteId {
        self.site
    }
}

/// What a look found.
pub(super) enum Change<T> {
    Changed(T),
    Wrong(Mistakes),
}

/// The watch of the sites' files for `T` in them.
#[derive(Debug)]
pub(super) struct Watch<T> {
    patterns: Vec<PathBuf>,
    files: BTreeMap<PathBuf, Watched<T>>,
}

#[derive(Debug)]
struct Watched<T> {
    /// Of the version that was read last; `None`: there was no file.
    read: Option<Stamp>,
    /// Of a version that was seen once and is not read yet.
    seen: Option<Option<Stamp>>,
    /// What it said last cannot be used.
    wrong: bool,
    /// What the file said when it was last right.
    site: Option<T>,
}

impl<T> Default for Watched<T> {
    fn default() -> Self {
        Self { read: None, seen: None, wrong: false, site: None }
    }
}

impl SiteWatch {
    /// Reads the sites' files and watches them from that moment; a path may be a glob pattern.
    ///
    /// # Errors
    /// Every mistake in all of them.
    pub fn open(patterns: &[PathBuf]) -> Result<(Self, Vec<SiteConfig>), Mistakes> {
        let (watch, sites) = Watch::open(patterns)?;
        Ok((Self(watch), sites))
    }

    /// Whether a file says something that cannot be used.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.0.files.values().any(|watched| watched.wrong)
    }

    /// Looks at the files: one `stat` each, and a reading of what changed. Call it about once a
    /// second; a change is found at the second call after it.
    pub fn poll(&mut self) -> Vec<SiteChange> {
        let change = |change| match change {
            Change::Changed(site) => SiteChange::Changed(site),
            Change::Wrong(mistakes) => SiteChange::Wrong(mistakes),
        };
        self.0.poll().into_iter().map(change).collect()
    }
}

impl<T: OfSite> Watch<T> {
    pub(super) fn open(patterns: &[PathBuf]) -> Result<(Self, Vec<T>), Mistakes> {
        let mut watch = Self { patterns: patterns.to_vec(), files: BTreeMap::new() };
        let (mut sites, mut mistakes) = (Vec::new(), Vec::new());
        for file in expand_all(patterns) {
            // The stamp first: what changes after it is seen by the next look.
            let read = stamp(&file);
            match watch.load(&file) {
                Ok(site) => {
                    watch.files.insert(file, Watched { read, seen: None, wrong: false, site: Some(site.clone()) });
                    sites.push(site);
                }
                Err(wrong) => mistakes.extend(wrong),
            }
        }
        Mistakes::new(mistakes).map_or(Ok((watch, sites)), Err)
    }

    pub(super) fn poll(&mut self) -> Vec<Change<T>> {
        for file in expand_all(&self.patterns) {
            self.files.entry(file).or_default();
        }
        let files: Vec<PathBuf> = self.files.keys().cloned().collect();
        files.iter().filter_map(|file| self.look(file)).collect()
    }

    fn look(&mut self, file: &Path) -> Option<Change<T>> {
        let now = stamp(file);
        let watched = self.files.get_mut(file)?;
        if now == watched.read {
            watched.seen = None;
            return None;
        }
        if watched.seen.replace(now) != Some(now) {
            return None;
        }
        watched.read = now;
        watched.seen = None;
        watched.wrong = now.is_none();
        let known = watched.site.clone();
        if now.is_none() {
            let site = known?.site();
            let gone = format!("the file is gone; site `{site}` stays as it was until the next start");
            return Some(Change::Wrong(Mistake::of_file(file, gone).into()));
        }
        match self.load(file) {
            Ok(site) if known.as_ref() == Some(&site) => None,
            Ok(site) => {
                self.files.get_mut(file)?.site = Some(site.clone());
                Some(Change::Changed(site))
            }
            Err(mistakes) => {
                self.files.get_mut(file)?.wrong = true;
                Some(Change::Wrong(mistakes))
            }
        }
    }

    /// Reads a file; a site that another file describes already is a mistake.
    fn load(&self, file: &Path) -> Result<T, Mistakes> {
        let placed = load_placed(file)?;
        let describes =
            |watched: &Watched<T>| watched.site.as_ref().is_some_and(|site| site.site() == placed.config.site);
        // A file that was renamed is gone under its old name.
        let mut others = self.files.iter().filter(|(other, watched)| other.as_path() != file && describes(watched));
        match others.find(|(other, _)| other.is_file()) {
            Some((other, _)) => Err(described_twice(file, &placed, other).into()),
            None => Ok(T::of(placed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::files::tests::{Scratch, scratch};
    use std::fs;

    fn write(dir: &Path, name: &str, text: &str) {
        // As careful editors do: a new file under the old name.
        let draft = dir.join(format!("{name}.draft"));
        fs::write(&draft, text).unwrap();
        fs::rename(draft, dir.join(name)).unwrap();
    }

    fn site(id: &str, name: &str) -> String {
        format!("site = \"{id}\"\nname = \"{name}\"\n")
    }

    /// Looks twice; what changed as one line each.
    fn looks(watch: &mut SiteWatch) -> Vec<String> {
        assert_eq!(watch.poll(), [], "nothing is read at the first look");
        let told = watch.poll().into_iter().map(|change| match change {
            SiteChange::Changed(site) => format!("{} is {}", site.site, site.name),
            SiteChange::Wrong(mistakes) => {
                let text = mistakes.to_string();
                text.lines().map(|line| line.rsplit('/').next().unwrap()).collect::<Vec<_>>().join("; ")
            }
        });
        told.collect()
    }

    fn opened(name: &str) -> (Scratch, SiteWatch) {
        let dir = scratch(name);
        write(&dir, "a.toml", &site("a", "One"));
        let (watch, sites) = SiteWatch::open(&[dir.join("*.toml")]).unwrap();
        assert_eq!(sites[0].name, "One");
        (dir, watch)
    }

    #[test]
    fn wrong_is_over_when_the_file_says_again_what_it_said() {
        let dir = scratch("watch-wrong");
        write(&dir, "a.toml", &site("a", "A"));
        write(&dir, "b.toml", &site("b", "B"));
        let (mut watch, _) = SiteWatch::open(&[dir.join("*.toml")]).unwrap();
        let look = |watch: &mut SiteWatch| (watch.poll(), watch.poll());
        write(&dir, "a.toml", "site = 5\n");
        look(&mut watch);
        assert!(watch.is_wrong());
        write(&dir, "b.toml", &site("b", "Another"));
        look(&mut watch);
        assert!(watch.is_wrong(), "one good file does not mend another");
        write(&dir, "a.toml", &site("a", "A"));
        look(&mut watch);
        assert!(!watch.is_wrong());
    }

    #[test]
    fn a_changed_file_is_taken_in_and_a_wrong_one_says_why() {
        let (dir, mut watch) = opened("watch-change");
        assert_eq!(looks(&mut watch), [""; 0], "nothing changed");
        write(&dir, "a.toml", &site("a", "Two"));
        assert_eq!(looks(&mut watch), ["a is Two"]);
        write(&dir, "a.toml", "site = \"a\"\nnmae = \"x\"\n");
        assert_eq!(
            looks(&mut watch),
            ["a.toml:1: name: is missing; write `name = …`; a.toml:2: nmae: unknown key `nmae`; did you mean `name`?"]
        );
        assert_eq!(looks(&mut watch), [""; 0], "told once");
        write(&dir, "a.toml", &site("a", "Two"));
        assert_eq!(looks(&mut watch), [""; 0], "back to what it was");
        write(&dir, "a.toml", &format!("# a comment\n{}", site("a", "Two")));
        assert_eq!(looks(&mut watch), [""; 0], "another text, the same meaning");
    }

    #[test]
    fn a_file_still_being_written_waits() {
        let (dir, mut watch) = opened("watch-wait");
        for text in ["site = \"a\"", "site = \"a\"\nname", "site = \"a\"\nname = \"T"] {
            write(&dir, "a.toml", text);
            assert_eq!(watch.poll(), []);
        }
        write(&dir, "a.toml", &site("a", "Three"));
        assert_eq!(looks(&mut watch), ["a is Three"]);
    }

    #[test]
    fn the_set_of_sites_changes_too() {
        let (dir, mut watch) = opened("watch-set");
        write(&dir, "b.toml", &site("b", "Another"));
        assert_eq!(looks(&mut watch), ["b is Another"]);
        write(&dir, "c.toml", &site("b", "A rival"));
        let told = looks(&mut watch);
        assert!(told[0].starts_with("b.toml") && told.len() == 1, "{told:?}");
        fs::remove_file(dir.join("b.toml")).unwrap();
        assert_eq!(looks(&mut watch), ["b.toml: the file is gone; site `b` stays as it was until the next start"]);
        write(&dir, "c.toml", &site("b", "Its heir"));
        assert_eq!(looks(&mut watch), ["b is Its heir"]);
    }

    #[test]
    fn a_renamed_file_is_the_same_site() {
        let (dir, mut watch) = opened("watch-rename");
        fs::rename(dir.join("a.toml"), dir.join("z.toml")).unwrap();
        let told = looks(&mut watch);
        assert_eq!(told, ["a.toml: the file is gone; site `a` stays as it was until the next start", "a is One"]);
    }

    #[test]
    fn a_start_tells_everything() {
        let dir = scratch("watch-start");
        write(&dir, "a.toml", &site("a", "One"));
        write(&dir, "b.toml", &site("a", "Two"));
        write(&dir, "c.toml", "");
        assert_eq!(SiteWatch::open(&[dir.join("*.toml")]).unwrap_err().len(), 3);
    }
}
