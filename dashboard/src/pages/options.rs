//! What the address of a page asks for: language, theme, which services and counters, sound.

use domain::board::{Board, CallRow, CounterRow, MissedRow, ServiceRow};
use domain::{CounterId, ServiceId};
use serde::Serialize;

use super::words::Lang;

/// The look of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Light figures on a dark ground: a hall's display.
    #[default]
    Dark,
    /// Dark figures on a light ground.
    Light,
    /// As the browser prefers.
    Auto,
}

impl Theme {
    /// For `data-theme`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Auto => "auto",
        }
    }
}

/// The options of a page. What is not understood is left at its default: a wall that shows
/// everything is better than one that shows an error.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Options {
    /// `lang=vi|en`.
    #[serde(skip)]
    pub lang: Lang,
    /// `theme=dark|light|auto`.
    #[serde(skip)]
    pub theme: Theme,
    /// `services=a,b`: only these.
    pub services: Option<Vec<ServiceId>>,
    /// `counters=q1,q2`: only calls of these.
    pub counters: Option<Vec<CounterId>>,
    /// `sound=off`: a screen that is meant to be silent.
    pub silent: bool,
    /// `screen=ID`: the name of the screen as a device; its browser chooses one otherwise.
    pub screen: Option<String>,
}

/// Longest name of a screen: that of any id.
const SCREEN_ID: usize = 32;

impl Options {
    /// Reads a query.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut options = Self::default();
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match (key, value) {
                ("lang", "en") => options.lang = Lang::En,
                ("theme", "light") => options.theme = Theme::Light,
                ("theme", "auto") => options.theme = Theme::Auto,
                ("services", list) => options.services = ids(list, ServiceId::new),
                ("counters", list) => options.counters = ids(list, CounterId::new),
                ("sound", "off") => options.silent = true,
                ("screen", id) if is_screen_id(id) => options.screen = Some(id.to_owned()),
                // Another option of a later version, or a slip of the keys.
                _ => {}
            }
        }
        options
    }

    /// Whether the display is about this service.
    #[must_use]
    pub fn shows_service(&self, row: &ServiceRow) -> bool {
        self.services.as_ref().is_none_or(|only| only.contains(&row.service))
    }

    /// Whether the address names services or counters, and the centre has none of them: a slip of
    /// the pen, which must not look like an empty hall.
    #[must_use]
    pub fn names_nothing(&self, board: &Board) -> bool {
        let no_service = self.services.is_some() && !board.services.iter().any(|row| self.shows_service(row));
        let no_counter =
            self.counters.as_ref().is_some_and(|only| !board.counters.iter().any(|row| only.contains(&row.counter)));
        no_service || no_counter
    }

    /// Whether the display is about this call. A call that does not name its counter is not kept
    /// from a display of counters: nobody else might show it.
    #[must_use]
    pub fn shows_call(&self, board: &Board, call: &CallRow) -> bool {
        let of_service = match call.service {
            Some(service) => self.services.as_ref().is_none_or(|only| only.contains(&service)),
            None => self.counter_serves(board, call.counter),
        };
        of_service && self.shows_counter(call.counter)
    }

    /// Whether the display is about this missed number.
    #[must_use]
    pub fn shows_missed(&self, board: &Board, missed: &MissedRow) -> bool {
        self.counter_serves(board, missed.counter) && self.shows_counter(missed.counter)
    }

    fn shows_counter(&self, counter: Option<CounterId>) -> bool {
        match (&self.counters, counter) {
            (Some(only), Some(counter)) => only.contains(&counter),
            (None, _) | (_, None) => true,
        }
    }

    /// Whether the counter serves one of the display's services; one that is not known may.
    fn counter_serves(&self, board: &Board, counter: Option<CounterId>) -> bool {
        let Some(only) = &self.services else { return true };
        counter_row(board, counter).is_none_or(|row| row.services.iter().any(|service| only.contains(service)))
    }
}

/// The row of a counter.
#[must_use]
pub fn counter_row(board: &Board, counter: Option<CounterId>) -> Option<&CounterRow> {
    board.counters.iter().find(|row| Some(row.counter) == counter)
}

/// The ids of a list; `None` when none of them is one.
fn ids<T, E>(list: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<Vec<T>> {
    let list = list.replace("%2C", ",").replace("%2c", ",");
    let ids: Vec<T> = list.split(',').filter_map(|id| parse(id).ok()).collect();
    (!ids.is_empty()).then_some(ids)
}

fn is_screen_id(id: &str) -> bool {
    let one = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=SCREEN_ID).contains(&id.len()) && id.bytes().all(one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::board;

    #[test]
    fn what_is_not_understood_is_left_at_its_default() {
        assert_eq!(Options::parse(""), Options::default());
        assert_eq!(Options::parse("lang=fr&theme=&x&services=%00,&screen=A_B&counters="), Options::default());
        let options =
            Options::parse("lang=en&theme=light&services=dat-dai%2Cho-tich&counters=q5&screen=tv-1&sound=off");
        assert_eq!((options.lang, options.theme, options.silent), (Lang::En, Theme::Light, true));
        assert_eq!(options.services.map(|ids| ids.len()), Some(2));
        assert_eq!(options.screen.as_deref(), Some("tv-1"));
    }

    #[test]
    fn a_display_shows_its_services_and_counters_and_what_may_be_theirs() {
        let board = board(1);
        let (call, missed) = (&board.calls[0], &board.missed[0]);
        let shows = |query: &str, call: &CallRow| Options::parse(query).shows_call(&board, call);
        assert!(shows("", call) && shows("services=dat-dai", call) && shows("counters=q5,q6", call));
        assert!(!shows("services=ho-tich", call) && !shows("counters=q6", call));
        let unknown = CallRow { service: None, counter: None, ..call.clone() };
        assert!(shows("services=ho-tich&counters=q6", &unknown));
        let of_counter = CallRow { service: None, ..call.clone() };
        assert!(shows("services=dat-dai", &of_counter) && !shows("services=ho-tich", &of_counter));
        assert!(!Options::parse("counters=q6").shows_missed(&board, missed));
        assert!(!Options::parse("services=ho-tich").shows_service(&board.services[0]));
    }
}
