//! Opening hours, holidays, planned closures and times of the day.

use domain::Timestamp;
use domain::config::{Closure, OpeningHours};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::departments::Departments;
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

/// The closures of `[[closure]]`. They may overlap: a service may be closed while the site is.
/// Times without an offset are of the site's zone; `None`: the zone is a mistake, told already.
pub(super) fn closures<'r>(
    tables: Vec<Table<'r>>,
    departments: &Departments<'r>,
    zone: Option<&TimeZone>,
) -> Vec<Closure> {
    tables.into_iter().filter_map(|table| closure(table, departments, zone.unwrap_or(&TimeZone::UTC))).collect()
}

fn closure<'r>(mut table: Table<'r>, departments: &Departments<'r>, zone: &TimeZone) -> Option<Closure> {
    let from_at = table.need("from");
    let from = from_at.as_ref().and_then(|value| instant(value, zone));
    let to_at = table.need("to");
    let to = to_at.as_ref().and_then(|value| instant(value, zone));
    let services = table.get("services").map(|value| (departments.served(&value), value));
    let reason = table.get("reason").map(|value| value.text());
    table.finish();
    let (from, to) = (from?, to?);
    if to <= from {
        to_at?.at.mistake("is not after `from`");
        return None;
    }
    // A list that lost its only service to a mistake would close the whole site.
    if let Some((_, value)) = services.as_ref().filter(|(known, _)| known.is_empty()) {
        if value.list()?.is_empty() {
            value.at.mistake("names no service; leave the key out to close the whole site");
        }
        return None;
    }
    let services = services.map_or_else(Vec::new, |(services, _)| services);
    // `None` inside is a text that was refused; the mistake has been told.
    let reason = reason.map_or(Some(None), |text| text.map(|text| Some(text.to_owned())))?;
    Some(Closure { from, to, services, reason })
}

/// An instant: RFC 3339, or a local date and time of the site's zone. One that summer time skips is
/// as much later, one that comes twice is the first.
fn instant(value: &Value<'_>, zone: &TimeZone) -> Option<Timestamp> {
    let text = value.date_time_text()?;
    // jiff reads more than dates and times (a zone's name, an hour alone): the plain forms are
    // 16 characters, or 19 with seconds.
    let local = || text.parse::<DateTime>().ok().filter(|_| matches!(text.len(), 16 | 19));
    let local = || zone.to_ambiguous_timestamp(local()?).compatible().ok();
    let instant = Timestamp::parse(&text).or_else(|| Some(Timestamp::from_ms(local()?.as_millisecond())));
    if instant.is_none() {
        value.at.mistake(format!("`{text}` is not a date with a time; write it as \"2026-12-01T13:00\""));
    }
    instant
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
