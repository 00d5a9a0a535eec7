//! Figures as people read them: minutes, shares, clocks. What is not known is a mark, never 0.

use domain::Seconds;
use domain::shown::Range;

use crate::theme::Glyphs;

/// A wait or a stay, in whole minutes begun: `7′`, from an hour and forty on `1h41`.
pub fn minutes(ms: i64, glyphs: &Glyphs) -> String {
    let minutes = ms.max(0) / 60_000;
    if minutes < 100 {
        return format!("{minutes}{}", glyphs.minute);
    }
    let (hours, minutes) = (minutes / 60, minutes % 60);
    if hours < 100 { format!("{hours}h{minutes:02}") } else { format!("{}d", hours / 24) }
}

/// The same of a figure that may be missing.
pub fn known_minutes(value: Option<Seconds>, glyphs: &Glyphs) -> String {
    value.map_or_else(|| glyphs.missing.to_owned(), |value| minutes(value.ms(), glyphs))
}

/// An expected range as the wall shows it too, `10–25′`; from 100 minutes on in hours, `50′–1h55`.
pub fn range(range: Range, glyphs: &Glyphs) -> String {
    let Range { from, to } = range;
    let end = |minutes_: u32| minutes(i64::from(minutes_) * 60_000, glyphs);
    match (from == to, to < 100) {
        (true, _) => end(to),
        (false, true) => format!("{from}{}{}", glyphs.to, end(to)),
        (false, false) => format!("{}{}{}", end(from), glyphs.to, end(to)),
    }
}

/// An age that is counted while one looks: `4 s`, `3′`, `1h41`.
pub fn age(ms: i64, glyphs: &Glyphs) -> String {
    let seconds = ms.max(0) / 1_000;
    if seconds < 120 { format!("{seconds} s") } else { minutes(ms, glyphs) }
}

/// A share, `73%`; all is 100 and nearly all is not.
pub fn percent(part: u32, of: u32) -> Option<String> {
    if of == 0 {
        return None;
    }
    let floor = u64::from(part) * 100 / u64::from(of);
    Some(format!("{floor}%"))
}

/// A bar of `columns` filled by `share` 0..1, in eighths of a column.
pub fn bar(share: f64, columns: u16, glyphs: &Glyphs) -> String {
    let eighths = (share.clamp(0.0, 1.0) * f64::from(columns) * 8.0).round() as usize;
    let (full, rest) = (eighths / 8, eighths % 8);
    let mut text = glyphs.full.repeat(full);
    if rest > 0 {
        text.push_str(glyphs.eighths[rest - 1]);
    }
    let empty = usize::from(columns) - full - usize::from(rest > 0);
    text.push_str(&glyphs.empty.repeat(empty));
    text
}

/// The last `columns` of a course, the highest of them as the top; what was not known is blank.
pub fn sparkline(course: &[Option<u32>], columns: u16, glyphs: &Glyphs) -> String {
    let shown = &course[course.len().saturating_sub(usize::from(columns))..];
    let top = shown.iter().flatten().copied().max().unwrap_or(0).max(4);
    let step = |value: u32| (u64::from(value) * 7).div_ceil(u64::from(top)).min(7) as usize;
    let mut text = " ".repeat(usize::from(columns) - shown.len());
    for value in shown {
        text.push_str(value.map_or(" ", |value| glyphs.ramp[step(value)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Look;

    fn marks(ascii: bool) -> &'static Glyphs {
        Look { ascii, ..Look::default() }.glyphs()
    }

    #[test]
    fn stays_are_whole_minutes() {
        let text = |ms| minutes(ms, marks(false));
        assert_eq!([text(0), text(59_999), text(60_000), text(5_999_999)], ["0′", "0′", "1′", "99′"]);
        assert_eq!([text(6_000_000), text(6_060_000), text(-5)], ["1h40", "1h41", "0′"]);
        assert_eq!(text(400 * 3_600_000), "16d");
        assert_eq!(minutes(60_000, marks(true)), "1'");
    }

    #[test]
    fn missing_is_never_zero() {
        assert_eq!(known_minutes(None, marks(false)), "—");
        assert_eq!(known_minutes(Some(Seconds::from_ms(0)), marks(false)), "0′");
        assert_eq!(percent(0, 0), None);
        assert_eq!(percent(0, 3).as_deref(), Some("0%"));
    }

    #[test]
    fn nearly_all_is_not_all() {
        assert_eq!(percent(999, 1_000).as_deref(), Some("99%"));
        assert_eq!(percent(31, 31).as_deref(), Some("100%"));
    }

    #[test]
    fn ranges_are_those_of_the_wall() {
        let text = |from, to| range(Range { from, to }, marks(false));
        assert_eq!([text(10, 25), text(1, 1), text(95, 95)], ["10–25′", "1′", "95′"]);
        assert_eq!([text(50, 115), text(180, 260)], ["50′–1h55", "3h00–4h20"]);
        assert_eq!(range(Range { from: 10, to: 25 }, marks(true)), "10-25'");
    }

    #[test]
    fn bars_fill_their_columns() {
        assert_eq!(bar(0.5, 4, marks(false)), "██  ");
        assert_eq!(bar(0.55, 4, marks(false)), "██▎ ");
        assert_eq!(bar(7.0, 2, marks(false)), "██");
        assert_eq!(bar(f64::NAN, 2, marks(false)), "  ");
        assert_eq!(bar(0.5, 4, marks(true)), "##  ");
    }

    #[test]
    fn a_course_is_drawn_from_its_end() {
        assert_eq!(sparkline(&[Some(0), Some(4), Some(8)], 4, marks(false)), " ▁▅█");
        assert_eq!(sparkline(&[Some(9), None, Some(0), Some(2)], 3, marks(false)), " ▁▅");
        assert_eq!(sparkline(&[Some(8), Some(0)], 2, marks(true)), "#_");
        assert_eq!(sparkline(&[], 2, marks(false)), "  ");
    }
}
