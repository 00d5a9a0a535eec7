//! Colours and marks, by what they mean. A state is always a word or a symbol as well: colour
//! only makes it quicker. The hues are blue (well) and orange (trouble), which no common colour
//! blindness confuses; criticality is told by reversing, not by another hue.

mod glyphs;

pub use glyphs::Glyphs;
use ratatui::style::{Color, Modifier, Style};

use crate::model::{Colours, Settings, Theme};

/// What a piece of the screen says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Figures and names.
    Text,
    /// What is read second: units, captions, what is not known.
    Dim,
    /// A heading.
    Title,
    /// The heading of the pane that the keys go to.
    Focus,
    /// Lines between regions.
    Line,
    /// The bar at the top.
    Bar,
    /// A key in the hint line.
    Key,
    /// Well, at work.
    Good,
    /// To be looked at.
    Warn,
    /// To be looked at first.
    Bad,
    /// The screen is not what it seems: frozen, filtered.
    Notice,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 11] = [
        Self::Text,
        Self::Dim,
        Self::Title,
        Self::Focus,
        Self::Line,
        Self::Bar,
        Self::Key,
        Self::Good,
        Self::Warn,
        Self::Bad,
        Self::Notice,
    ];
}

/// The look: colours and marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// How many colours.
    pub colours: Colours,
    /// Dark or light.
    pub theme: Theme,
    /// Only ASCII: no line drawing, no blocks.
    pub ascii: bool,
}

impl Look {
    /// As the person wants it.
    #[must_use]
    pub const fn of(settings: &Settings) -> Self {
        Self { colours: settings.colours, theme: settings.theme, ascii: settings.ascii }
    }

    /// The style of a role, complete: what it does not name is the ground's.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        match self.colours {
            Colours::True => many(self.theme, role),
            Colours::Sixteen => sixteen(self.theme, role),
            Colours::None => plain(role),
        }
    }

    /// What the whole screen is painted with first.
    #[must_use]
    pub fn ground(self) -> Style {
        match (self.colours, self.theme) {
            (Colours::True, Theme::Dark) => Style::new().fg(Color::Indexed(253)).bg(Color::Indexed(234)),
            (Colours::True, Theme::Light) => Style::new().fg(Color::Indexed(235)).bg(Color::Indexed(231)),
            _ => Style::new(),
        }
    }

    /// How the row under the cursor differs from the others; laid over the styles of its cells.
    #[must_use]
    pub fn cursor(self) -> Style {
        match (self.colours, self.theme) {
            (Colours::True, Theme::Dark) => Style::new().bg(Color::Indexed(238)).add_modifier(Modifier::BOLD),
            (Colours::True, Theme::Light) => Style::new().bg(Color::Indexed(253)).add_modifier(Modifier::BOLD),
            // All of the row alike, whatever its cells were: patches of many colours are hard to read.
            _ => Style::new().fg(Color::Reset).bg(Color::Reset).add_modifier(Modifier::REVERSED),
        }
    }

    /// The marks.
    #[must_use]
    pub const fn glyphs(self) -> &'static Glyphs {
        if self.ascii { &glyphs::ASCII } else { &glyphs::UNICODE }
    }
}

/// Of the palette of 256: 117 sky blue, 214 and 208 orange; 25 blue, 94 brown.
fn many(theme: Theme, role: Role) -> Style {
    let fg = |dark: u8, light: u8| {
        let index = if theme == Theme::Dark { dark } else { light };
        Style::new().fg(Color::Indexed(index))
    };
    let bg = |style: Style, dark: u8, light: u8| {
        let index = if theme == Theme::Dark { dark } else { light };
        style.bg(Color::Indexed(index))
    };
    match role {
        Role::Text => fg(253, 235),
        Role::Dim => fg(248, 240),
        Role::Title => fg(253, 235).add_modifier(Modifier::BOLD),
        Role::Focus => fg(117, 25).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Line => fg(240, 250),
        Role::Bar => bg(fg(255, 234), 237, 254),
        Role::Key => fg(117, 25).add_modifier(Modifier::BOLD),
        Role::Good => fg(117, 25),
        Role::Warn => fg(214, 94),
        Role::Bad => bg(fg(16, 231), 208, 94).add_modifier(Modifier::BOLD),
        Role::Notice => bg(fg(16, 231), 117, 25).add_modifier(Modifier::BOLD),
    }
}

/// Of the terminal's own sixteen. Yellow on light ground is unreadable: there trouble is red,
/// which is as far from blue for every eye.
fn sixteen(theme: Theme, role: Role) -> Style {
    let dark = theme == Theme::Dark;
    let (well, trouble, quiet) = if dark {
        (Color::LightCyan, Color::LightYellow, Color::Gray)
    } else {
        (Color::Blue, Color::Red, Color::DarkGray)
    };
    let letters = if dark { Color::Black } else { Color::White };
    let style = Style::new();
    match role {
        Role::Text => style,
        Role::Dim | Role::Line => style.fg(quiet),
        Role::Title => style.add_modifier(Modifier::BOLD),
        Role::Focus => style.fg(well).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Bar => style.add_modifier(Modifier::REVERSED),
        Role::Key => style.fg(well).add_modifier(Modifier::BOLD),
        Role::Good => style.fg(well),
        Role::Warn => style.fg(trouble).add_modifier(Modifier::BOLD),
        Role::Bad => style.fg(letters).bg(trouble).add_modifier(Modifier::BOLD),
        Role::Notice => style.fg(letters).bg(well).add_modifier(Modifier::BOLD),
    }
}

fn plain(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text | Role::Dim | Role::Line | Role::Good => style,
        Role::Title | Role::Key | Role::Warn => style.add_modifier(Modifier::BOLD),
        Role::Focus => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Bar => style.add_modifier(Modifier::REVERSED),
        Role::Bad => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Notice => style.add_modifier(Modifier::BOLD | Modifier::REVERSED),
    }
}

#[cfg(test)]
mod tests;
