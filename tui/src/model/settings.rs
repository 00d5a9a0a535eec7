//! How everything is shown.

use serde::{Deserialize, Serialize};

/// Language of what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Lang {
    /// Vietnamese.
    #[default]
    Vi,
    /// English.
    En,
}

impl Lang {
    /// The word in this language.
    #[must_use]
    pub const fn pick(self, vi: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }
}

/// What the terminal's background is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Light text on a dark ground.
    #[default]
    Dark,
    /// Dark text on a light ground.
    Light,
}

/// How many colours the terminal has. A state is never told by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colours {
    /// 256 or more: those of the palette that are the same in every terminal.
    #[default]
    True,
    /// The sixteen of the terminal's own palette.
    Sixteen,
    /// None: `NO_COLOR`, `--no-color`.
    None,
}

/// For which alerts the bell rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bell {
    /// None.
    Off,
    /// Critical ones.
    #[default]
    Critical,
    /// Warnings and critical ones.
    Warning,
}

/// How everything is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language.
    pub lang: Lang,
    /// Dark or light.
    pub theme: Theme,
    /// How many colours.
    pub colours: Colours,
    /// Only ASCII leaves: no box lines, no symbols, letters without their marks.
    pub ascii: bool,
    /// Officers' names are hidden.
    pub privacy: bool,
    /// For which alerts the bell rings.
    pub bell: Bell,
    /// The mouse selects rows.
    pub mouse: bool,
}

/// What keys have chosen, now or when the program last ran; `None` where none has: then the file
/// or the default holds, whatever was shown last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// Language.
    pub lang: Option<Lang>,
    /// Dark or light.
    pub theme: Option<Theme>,
    /// Officers' names were hidden. Shown again is nothing that is kept: where the file hides
    /// them, they are hidden at each start.
    pub privacy: bool,
    /// For which alerts the bell rings.
    pub bell: Option<Bell>,
}

impl Settings {
    /// These, as far as keys have not chosen otherwise.
    pub fn choose(&mut self, chosen: Chosen) {
        self.lang = chosen.lang.unwrap_or(self.lang);
        self.theme = chosen.theme.unwrap_or(self.theme);
        self.privacy |= chosen.privacy;
        self.bell = chosen.bell.unwrap_or(self.bell);
    }
}
