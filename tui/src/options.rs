//! What the program is started with: defaults, then the file, then `MOTCUA_*`, then the flags.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser;
use domain::SiteId;
use serde::Deserialize;

use crate::model::{Bell, Colours, Lang, Pane, Settings, Size, Theme};
use crate::net::Address;

/// Where a server on this machine listens unless told otherwise.
const HERE: &str = "http://127.0.0.1:8080";

/// The supervisor's terminal: the live board of one site. It reads only; nothing in it changes the centre.
#[derive(Debug, Parser)]
#[command(name = "tui", version)]
pub struct Options {
    /// The server [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL", env = "MOTCUA_SERVER")]
    pub server: Option<Address>,
    /// The site; may be left out where the server has one only
    #[arg(long, value_name = "SITE", env = "MOTCUA_SITE")]
    pub site: Option<SiteId>,
    /// A file whose first line is the token (`motcua token add`)
    #[arg(long, value_name = "FILE", env = "MOTCUA_TOKEN_FILE")]
    pub token_file: Option<PathBuf>,
    /// Certificates (PEM) to trust besides the system's
    #[arg(long, value_name = "FILE", env = "MOTCUA_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    /// Language [default: vi, or as last chosen]
    #[arg(long, value_enum, env = "MOTCUA_LANG")]
    pub lang: Option<Lang>,
    /// The terminal's ground [default: dark, or as last chosen]
    #[arg(long, value_enum, env = "MOTCUA_THEME")]
    pub theme: Option<Theme>,
    /// The pane to begin with [default: counters, or as last left]
    #[arg(long, value_enum)]
    pub pane: Option<Pane>,
    /// No colours (also: the variable NO_COLOR)
    #[arg(long)]
    pub no_color: bool,
    /// Lines and marks in ASCII
    #[arg(long)]
    pub ascii: bool,
    /// The mouse selects rows
    #[arg(long)]
    pub mouse: bool,
    /// Only look. This is the only way there is: the terminal has no action that changes the centre
    #[arg(long)]
    pub read_only: bool,
    /// Where Ctrl-s saves [default: the current folder]
    #[arg(long, value_name = "DIR", env = "MOTCUA_SNAPSHOT_DIR")]
    pub snapshot_dir: Option<PathBuf>,
    /// The same settings from a TOML file (site = "tam-ky", no_color = true, …)
    #[arg(long, value_name = "FILE", env = "MOTCUA_TUI_CONFIG")]
    pub config: Option<PathBuf>,
    /// Print one frame of the live board as text, and end
    #[arg(long, value_name = "COLSxROWS", value_parser = size)]
    pub print: Option<Size>,
    /// Write what comes in (frames, keys, sizes) to a file, readable by this user alone
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Play a recording again instead of asking a server; with --print, its last screen
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
    /// How fast the recording is played; 0 is at once
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed, requires = "replay")]
    pub speed: f64,
}

fn size(text: &str) -> Result<Size, String> {
    let wanted = || "columns and rows, like 120x40".to_owned();
    let (cols, rows) = text.split_once(['x', 'X', '×']).ok_or_else(wanted)?;
    let number = |text: &str| text.parse::<u16>().ok().filter(|n| (1..=1_000).contains(n)).ok_or_else(wanted);
    Ok(Size { cols: number(cols)?, rows: number(rows)? })
}

fn speed(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    number.ok_or_else(|| "0, or how many times as fast".to_owned())
}

/// The same settings in a file; unknown keys are mistakes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    server: Option<String>,
    site: Option<SiteId>,
    token_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    lang: Option<Lang>,
    theme: Option<Theme>,
    no_color: bool,
    ascii: bool,
    mouse: bool,
    read_only: bool,
    privacy: bool,
    bell: Option<Bell>,
    snapshot_dir: Option<PathBuf>,
}

/// Why the program cannot be started so.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", file.display())]
pub struct BadFile {
    file: PathBuf,
    why: String,
}

/// What the program is started with, all told.
#[derive(Debug, Clone)]
pub struct Config {
    /// The server.
    pub server: Address,
    /// The site, if it was named.
    pub site: Option<SiteId>,
    /// Where the token stands.
    pub token_file: Option<PathBuf>,
    /// Certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// As the file says.
    pub settings: Settings,
    /// What was said outright, and holds over what was last chosen.
    pub said: Said,
    /// Where snapshots go.
    pub snapshot_dir: PathBuf,
}

/// What was said outright: by flag or variable.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said {
    /// Language.
    pub lang: Option<Lang>,
    /// Ground.
    pub theme: Option<Theme>,
    /// Pane.
    pub pane: Option<Pane>,
}

/// What the terminal's environment says of its colours.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `NO_COLOR`.
    pub no_color: Option<OsString>,
    /// `COLORTERM`.
    pub colorterm: Option<OsString>,
    /// `TERM`.
    pub term: Option<OsString>,
}

impl Environment {
    /// How many colours the terminal has.
    #[must_use]
    pub fn colours(&self) -> Colours {
        let is = |variable: &Option<OsString>, words: &[&str]| {
            variable
                .as_ref()
                .and_then(|value| value.to_str())
                .is_some_and(|value| words.iter().any(|w| value.contains(w)))
        };
        if self.no_color.as_ref().is_some_and(|value| !value.is_empty()) || is(&self.term, &["dumb", "mono"]) {
            Colours::None
        } else if is(&self.colorterm, &["truecolor", "24bit"]) || is(&self.term, &["direct", "256color"]) {
            Colours::True
        } else {
            Colours::Sixteen
        }
    }
}

impl Options {
    /// Puts file, variables and flags together.
    ///
    /// # Errors
    /// When the file cannot be read or is wrong.
    pub fn config(&self, environment: &Environment) -> Result<Config, BadFile> {
        let file = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        let file_name = || self.config.clone().unwrap_or_default();
        let written = file.server.map(|text| text.parse::<Address>()).transpose();
        let written = written.map_err(|error| BadFile { file: file_name(), why: error.to_string() })?;
        let here = || HERE.parse().expect("the default is an address");
        let no_color = self.no_color || file.no_color;
        let settings = Settings {
            lang: file.lang.unwrap_or_default(),
            theme: file.theme.unwrap_or_default(),
            colours: if no_color { Colours::None } else { environment.colours() },
            ascii: self.ascii || file.ascii,
            privacy: file.privacy,
            bell: file.bell.unwrap_or_default(),
            mouse: self.mouse || file.mouse,
        };
        Ok(Config {
            server: self.server.clone().or(written).unwrap_or_else(here),
            site: self.site.or(file.site),
            token_file: self.token_file.clone().or(file.token_file),
            ca_file: self.ca_file.clone().or(file.ca_file),
            settings,
            said: Said { lang: self.lang, theme: self.theme, pane: self.pane },
            snapshot_dir: self.snapshot_dir.clone().or(file.snapshot_dir).unwrap_or_else(|| PathBuf::from(".")),
        })
    }
}

fn read(file: &Path) -> Result<File, BadFile> {
    let told = |why: String| BadFile { file: file.to_owned(), why };
    let text = std::fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
    toml::from_str(&text).map_err(|error| told(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(no_color: &str, colorterm: &str, term: &str) -> Environment {
        let variable = |text: &str| (!text.is_empty()).then(|| OsString::from(text));
        Environment { no_color: variable(no_color), colorterm: variable(colorterm), term: variable(term) }
    }

    fn started(flags: &[&str]) -> Options {
        Options::try_parse_from([&["tui"], flags].concat()).unwrap()
    }

    #[test]
    fn colours_are_what_the_terminal_says() {
        for (no_color, colorterm, term, colours) in [
            ("1", "truecolor", "xterm-256color", Colours::None),
            ("", "truecolor", "xterm-256color", Colours::True),
            ("", "", "xterm-256color", Colours::True),
            ("", "", "linux", Colours::Sixteen),
            ("", "", "dumb", Colours::None),
            ("", "", "", Colours::Sixteen),
        ] {
            assert_eq!(environment(no_color, colorterm, term).colours(), colours, "{no_color} {colorterm} {term}");
        }
    }

    #[test]
    fn flags_go_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tui.toml");
        std::fs::write(&file, "server = \"https://a.example\"\nsite = \"tam-ky\"\nlang = \"en\"\nascii = true\n")
            .unwrap();
        let file = file.to_str().unwrap();
        let config = started(&["--config", file, "--site", "hoi-an"]).config(&Environment::default()).unwrap();
        assert_eq!(config.server.to_string(), "https://a.example");
        assert_eq!(config.site.unwrap().as_str(), "hoi-an");
        assert_eq!(config.settings.lang, Lang::En);
        assert!(config.settings.ascii);
        let bare = started(&[]).config(&Environment::default()).unwrap();
        assert_eq!(bare.server.to_string(), HERE);
    }

    #[test]
    fn a_mistake_in_the_file_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tui.toml");
        std::fs::write(&file, "site = \"tam-ky\"\ncolour = true\n").unwrap();
        let error = started(&["--config", file.to_str().unwrap()]).config(&Environment::default()).unwrap_err();
        let told = error.to_string();
        assert!(told.contains("tui.toml") && told.contains("colour") && told.contains("line 2"), "{told}");
    }

    #[test]
    fn sizes_and_speeds_are_read() {
        assert_eq!(started(&["--print", "120x40"]).print, Some(Size { cols: 120, rows: 40 }));
        for wrong in [["--print", "120"], ["--print", "0x10"], ["--print", "axb"], ["--site", "Tam Kỳ"]] {
            assert!(Options::try_parse_from(["tui", wrong[0], wrong[1]]).is_err(), "{wrong:?}");
        }
        assert!(Options::try_parse_from(["tui", "--speed", "2"]).is_err(), "speed is of a replay");
        assert!(Options::try_parse_from(["tui", "--replay", "f", "--speed", "-1"]).is_err());
    }
}
