//! Opening hours, holidays and times of the day.

use domain::config::OpeningHours;

use crate::settings::reader::{Place, Table, Value};

const DAYS: [(&str, u8); 7] = [("mon", 1), ("tue", 2), ("wed", 3), ("thu", 4), ("fri", 5), ("sat", 6), ("sun", 7)];
const DAY_MIN: u16 = 24 * 60;

/// `HH:MM`, before midnight, as minutes.
pub(super) fn time_of_day(value: &Value<'_>) -> Option<u16> {
    let text = value.text()?;
    let minutes = minutes(text).filter(|minutes| *minutes < DAY_MIN);
    if minutes.is_none() {
        value.at.mistake(format!("`{text}` is not a time of the day; write it as \"07:00\""));
    }
    minutes
}

/// `HH:MM` up to `24:00`, the midnight at the end of the day.
fn closing_time(value: &Value<'_>) -> Option<u16> {
    if value.text()? == "24:00" { Some(DAY_MIN) } else { time_of_day(value) }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |part: &str| {
        let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| plain)
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The intervals of `[[hours]]`; those of one day must not overlap.
pub(super) fn hours(tables: Vec<Table<'_>>) -> Vec<OpeningHours> {
    let read: Vec<_> = tables.into_iter().filter_map(interval).collect();
    for (_, number) in DAYS {
        let on_day = read.iter().filter(|(hours, _)| hours.days.contains(&number));
        let mut on_day: Vec<_> = on_day.collect();
        on_day.sort_by_key(|(hours, _)| (hours.open_min, hours.close_min));
        for pair in on_day.windows(2) {
            let ((first, first_at), (second, second_at)) = (pair[0], pair[1]);
            // Told once, on the first day that both have.
            let told = first.days.iter().any(|day| *day < number && second.days.contains(day));
            if second.open_min < first.close_min && !told {
                let day = DAYS[usize::from(number) - 1].0;
                let (open, close) = (clock(first.open_min), clock(first.close_min));
                let line = first_at.line_text();
                second_at.mistake(format!("overlaps {open} to {close} of {line} on {day}"));
            }
        }
    }
    read.into_iter().map(|(hours, _)| hours).collect()
}

fn interval(mut table: Table<'_>) -> Option<(OpeningHours, Place<'_>)> {
    let days = table.need("days").and_then(|value| days(&value));
    let open = table.need("open").and_then(|value| time_of_day(&value));
    let close_at = table.need("close");
    let close = close_at.as_ref().and_then(closing_time);
    let at = table.at.clone();
    table.finish();
    let (open_min, close_min) = (open?, close?);
    if close_min <= open_min {
        let message = format!("{} is not after `open`, {}", clock(close_min), clock(open_min));
        close_at?.at.mistake(message);
        return None;
    }
    Some((OpeningHours { days: days?, open_min, close_min }, at))
}

fn days(value: &Value<'_>) -> Option<Vec<u8>> {
    let mut days = Vec::new();
    let items = value.list()?;
    if items.is_empty() {
        value.at.mistake("names no day");
    }
    for item in &items {
        match item.one_of(&DAYS) {
            Some(day) if days.contains(&day) => item.at.mistake("names a day twice"),
            Some(day) => days.push(day),
            // The mistake has been told.
            None => {}
        }
    }
    (!days.is_empty()).then_some(days)
}

/// Days without opening, as `YYYY-MM-DD`.
pub(super) fn holidays(value: &Value<'_>) -> Option<Vec<String>> {
    let mut dates = Vec::new();
    for item in value.list()? {
        if let Some(date) = item.date().map(|date| date.to_string()) {
            if dates.contains(&date) {
                item.at.mistake(format!("`{date}` is there twice"));
            } else {
                dates.push(date);
            }
        }
    }
    Some(dates)
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
