//! When the nightly backup is made, where it goes, how many are kept.

use std::path::PathBuf;

/// `backup_at` when the file does not say: nobody is served then.
const AT: TimeOfDay = TimeOfDay { minutes: 2 * 60 + 30 };
/// `backup_keep` when the file does not say: two weeks of nights.
pub(super) const KEEP: u16 = 14;

/// A time of the day, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay {
    minutes: u16,
}

impl TimeOfDay {
    /// Minutes after midnight, 0 to 1439.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.minutes
    }

    /// `HH:MM`, 00:00 to 23:59; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let number = |part: &str, below: u16| {
            let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u16>().ok().filter(|number| plain && *number < below)
        };
        Some(Self { minutes: number(hours, 24)? * 60 + number(minutes, 60)? })
    }
}

/// The nightly backups of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backups {
    /// When, by the clocks of the sites: `backup_at`, default 02:30; `None` is `"never"`.
    pub at: Option<TimeOfDay>,
    /// Where they go: `backup_dir`, default `backups` in the data directory.
    pub dir: PathBuf,
    /// How many nightly ones are kept: `backup_keep`, default 14.
    pub keep: u16,
}

impl Backups {
    /// The defaults of an installation with this data directory.
    #[must_use]
    pub fn usual(data_dir: &std::path::Path) -> Self {
        Self { at: Some(AT), dir: Self::usual_dir(data_dir), keep: KEEP }
    }

    /// Where backups go when nothing else is said.
    #[must_use]
    pub fn usual_dir(data_dir: &std::path::Path) -> PathBuf {
        data_dir.join("backups")
    }
}

/// `backup_at`: a time, or `"never"`. `None` outside when it is neither.
pub(super) fn at(text: Option<&str>) -> Option<Option<TimeOfDay>> {
    match text {
        None => Some(Some(AT)),
        Some("never") => Some(None),
        Some(text) => TimeOfDay::parse(text).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_day_has_four_digits() {
        assert_eq!(TimeOfDay::parse("02:30").map(TimeOfDay::minutes), Some(150));
        assert_eq!(TimeOfDay::parse("23:59").map(TimeOfDay::minutes), Some(1439));
        for wrong in ["2:30", "24:00", "12:60", "+1:00", "0230", "", "12:3x"] {
            assert_eq!(TimeOfDay::parse(wrong), None, "{wrong}");
        }
        assert_eq!(at(Some("never")), Some(None));
        assert_eq!(at(None), Some(TimeOfDay::parse("02:30")));
    }
}
