//! Instants as people at the centre read them: in the site's zone, never in a screen's own.

use domain::Timestamp;
use domain::board::Board;
use jiff::Zoned;
use jiff::tz::TimeZone;

use super::words::Lang;

/// An instant at the centre.
#[derive(Debug, Clone, PartialEq)]
pub struct Local(Zoned);

impl Local {
    /// The instant in the board's zone; UTC when this program does not know that zone.
    #[must_use]
    pub fn of(board: &Board, at: Timestamp) -> Self {
        let zone = TimeZone::get(&board.time_zone).unwrap_or(TimeZone::UTC);
        // Years beyond 9999 do not come from a collector.
        let at = jiff::Timestamp::from_millisecond(at.ms()).unwrap_or_default();
        Self(at.to_zoned(zone))
    }

    /// `09:41`.
    #[must_use]
    pub fn clock(&self) -> String {
        self.0.strftime("%H:%M").to_string()
    }

    /// `Thứ Hai, 23/11/2026`.
    #[must_use]
    pub fn date(&self, lang: Lang) -> String {
        format!("{}, {}", self.weekday(lang), self.0.strftime("%d/%m/%Y"))
    }

    /// When something opens, seen from `now`: `13:00`, or `07:00 Thứ Ba` on another day.
    #[must_use]
    pub fn seen_from(&self, now: &Self, lang: Lang) -> String {
        if self.0.date() == now.0.date() { self.clock() } else { format!("{} {}", self.clock(), self.weekday(lang)) }
    }

    fn weekday(&self, lang: Lang) -> &'static str {
        let day = self.0.weekday().to_monday_one_offset().to_string();
        lang.code_word("day", &day).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(zone: &str, at: &str) -> Local {
        let mut board = crate::testing::board(1);
        zone.clone_into(&mut board.time_zone);
        Local::of(&board, Timestamp::parse(at).unwrap())
    }

    #[test]
    fn the_zone_is_the_site_s() {
        let here = local("Asia/Ho_Chi_Minh", "2026-11-22T18:05:00Z");
        assert_eq!((here.clock().as_str(), here.date(Lang::Vi).as_str()), ("01:05", "Thứ Hai, 23/11/2026"));
        assert_eq!(here.date(Lang::En), "Monday, 23/11/2026");
        assert_eq!(local("Nowhere/Else", "2026-11-22T18:05:00Z").clock(), "18:05");
    }

    #[test]
    fn another_day_is_named() {
        let now = local("Asia/Ho_Chi_Minh", "2026-11-23T04:00:00Z");
        assert_eq!(local("Asia/Ho_Chi_Minh", "2026-11-23T06:00:00Z").seen_from(&now, Lang::Vi), "13:00");
        assert_eq!(local("Asia/Ho_Chi_Minh", "2026-11-24T00:00:00Z").seen_from(&now, Lang::Vi), "07:00 Thứ Ba");
    }
}
