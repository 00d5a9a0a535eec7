//! The page: lines with a level, as text and as JSON.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use domain::Timestamp;
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Works, and needs a person soon.
    Warning,
    /// Does not work.
    Fault,
}

/// In which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Lang {
    /// Tiếng Việt.
    Vi,
    /// English.
    En,
    /// Vietnamese first, English second.
    Both,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Vietnamese.
    pub vi: String,
    /// English.
    pub en: String,
}

/// A sentence in both languages.
pub fn said(vi: impl Into<String>, en: impl Into<String>) -> Said {
    Said { vi: vi.into(), en: en.into() }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its name for programs; never changed.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was looked at.
    pub title: Said,
    /// What was found.
    pub found: Said,
    /// What to do; `None` when all is well.
    pub todo: Option<Said>,
    /// Details, one a line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<String>,
}

impl Line {
    /// A line at a level.
    pub fn new(check: &'static str, title: (&str, &str), level: Level, found: Said) -> Self {
        Self { check, level, title: said(title.0, title.1), found, todo: None, more: Vec::new() }
    }

    /// With what to do.
    #[must_use]
    pub fn todo(self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { todo: Some(said(vi, en)), ..self }
    }

    /// With details.
    #[must_use]
    pub fn more(self, more: Vec<String>) -> Self {
        Self { more, ..self }
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    /// When, by the host's clock.
    pub at: Timestamp,
    /// Of which installation.
    pub data_dir: PathBuf,
    /// In the order in which a person should read them.
    pub lines: Vec<Line>,
}

impl Page {
    /// The worst of all lines.
    #[must_use]
    pub fn level(&self) -> Level {
        self.lines.iter().map(|line| line.level).max().unwrap_or(Level::Ok)
    }

    /// 0 all is well, 2 warnings, 1 faults.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self.level() {
            Level::Ok => ExitCode::SUCCESS,
            Level::Warning => ExitCode::from(2),
            Level::Fault => ExitCode::FAILURE,
        }
    }

    /// As text.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut text =
            format!("motcua doctor {} · {} · {}\n\n", env!("CARGO_PKG_VERSION"), self.at, self.data_dir.display());
        for line in &self.lines {
            write_line(&mut text, line, lang);
        }
        let count = |level| self.lines.iter().filter(|line| line.level == level).count();
        let (ok, warnings, faults) = (count(Level::Ok), count(Level::Warning), count(Level::Fault));
        let sum = said(
            format!("{ok} tốt, {warnings} cảnh báo, {faults} lỗi."),
            format!("{ok} ok, {warnings} warnings, {faults} faults."),
        );
        text.push('\n');
        for sentence in in_lang(&sum, lang) {
            text.push_str(sentence);
            text.push('\n');
        }
        text
    }
}

fn in_lang(said: &Said, lang: Lang) -> Vec<&str> {
    match lang {
        Lang::Vi => vec![&said.vi],
        Lang::En => vec![&said.en],
        // What reads the same is said once.
        Lang::Both if said.vi == said.en => vec![&said.vi],
        Lang::Both => vec![&said.vi, &said.en],
    }
}

const INDENT: &str = "        ";

fn write_line(text: &mut String, line: &Line, lang: Lang) {
    let mark = match line.level {
        Level::Ok => "[ ok ]",
        Level::Warning => "[chú ý]",
        Level::Fault => "[ LỖI ]",
    };
    let mark = match (line.level, lang) {
        (Level::Warning, Lang::En) => "[warn]",
        (Level::Fault, Lang::En) => "[FAULT]",
        _ => mark,
    };
    let title = in_lang(&line.title, lang).join(" / ");
    // Writing to a String cannot fail.
    let mut founds = in_lang(&line.found, lang).into_iter();
    let _ = writeln!(text, "{mark:7} {title}: {}", founds.next().unwrap_or_default());
    for found in founds {
        let _ = writeln!(text, "{INDENT}{found}");
    }
    for todo in line.todo.iter().flat_map(|todo| in_lang(todo, lang)) {
        let _ = writeln!(text, "{INDENT}→ {todo}");
    }
    for more in &line.more {
        let _ = writeln!(text, "{INDENT}· {more}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(levels: &[Level]) -> Page {
        let line = |level: &Level| {
            let line = Line::new("disk", ("Đĩa", "Disk"), *level, said("đầy", "full"));
            line.todo("dọn bớt", "make room").more(vec!["/srv".to_owned()])
        };
        Page { at: Timestamp::from_ms(0), data_dir: "/srv/motcua".into(), lines: levels.iter().map(line).collect() }
    }

    #[test]
    fn the_worst_line_decides() {
        use Level::{Fault, Ok, Warning};
        for (levels, code) in [(&[Ok][..], 0), (&[Ok, Warning], 2), (&[Warning, Fault, Ok], 1), (&[], 0)] {
            assert_eq!(page(levels).exit_code(), ExitCode::from(code), "{levels:?}");
        }
    }

    #[test]
    fn vietnamese_stands_first() {
        let text = page(&[Level::Fault]).text(Lang::Both);
        let of = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words} in {text}"));
        assert!(
            of("Đĩa / Disk: đầy") < of("full")
                && of("→ dọn bớt") < of("→ make room")
                && of("        · /srv\n") > of("→")
        );
        let english = page(&[Level::Fault]).text(Lang::En);
        assert!(english.contains("[FAULT] Disk: full\n") && !english.contains("đầy"), "{english}");
    }
}
