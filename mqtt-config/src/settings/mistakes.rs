//! What is wrong with a configuration: every mistake, each with its place.

use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file; `environment` for a `MOTCUA_*` variable.
    pub file: PathBuf,
    /// Line in the file, from 1; `None` when the mistake is about the file itself or a variable.
    pub line: Option<usize>,
    /// The key as it is written in the file's headers, for example `department.counter.name`; the
    /// variable's name for a variable; empty when no key can be named.
    pub key: String,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl Mistake {
    /// A mistake about a file as a whole.
    pub(super) fn of_file(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, key: String::new(), message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// All mistakes of a configuration, in the order of the files and lines. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// `None` when there are none.
    pub(super) fn new(mistakes: Vec<Mistake>) -> Option<Self> {
        (!mistakes.is_empty()).then_some(Self(mistakes))
    }

    /// The mistakes, in the order of the files and lines.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    /// How many there are; at least one.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl IntoIterator for Mistakes {
    type Item = Mistake;
    type IntoIter = std::vec::IntoIter<Mistake>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// One mistake a line, as compilers write them.
impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, mistake) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// The candidate that a mistyped word most probably means: at most a third of its letters differ.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean …?`, or nothing.
pub(super) fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_word() {
        let keys = ["name", "site", "service", "window_s"];
        assert_eq!(nearest("nmae", keys), Some("name"));
        assert_eq!(nearest("sevrice", keys), Some("service"));
        assert_eq!(nearest("colour", keys), None);
        assert_eq!(hint("sit", keys), "; did you mean `site`?");
    }

    #[test]
    fn mistakes_read_like_a_compiler_s() {
        let at = |file: &str, line, key: &str| Mistake {
            file: file.into(),
            line,
            key: key.into(),
            message: "is wrong".into(),
        };
        let all = Mistakes::new(vec![at("a.toml", None, ""), at("a.toml", Some(2), ""), at("b.toml", Some(3), "site")]);
        assert_eq!(all.unwrap().to_string(), "a.toml: is wrong\na.toml:2: is wrong\nb.toml:3: site: is wrong");
        assert_eq!(Mistakes::new(Vec::new()), None);
    }
}
