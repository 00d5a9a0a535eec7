//! Single visits, one after the other: numbers, times and ids, nothing of the citizen.

use domain::Timestamp;
use domain::event::Outcome;
use domain::history::{Visit, VisitEnd};
use history::answer::{Format, Lang};
use jiff::tz::TimeZone;
use serde::Serialize;

/// How a list of visits is written: a head, its rows, a tail.
#[derive(Debug)]
pub struct Written {
    format: Format,
    lang: Lang,
    zone: TimeZone,
    zone_name: String,
    rows: u64,
}

/// What stands around the rows of JSON.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Texts {
    pub site: String,
    pub from: String,
    pub to: String,
}

/// A visit as JSON. Instants are UTC, durations seconds.
#[derive(Serialize)]
struct Row<'a> {
    date: &'a str,
    ticket: String,
    nth: u16,
    issued: Timestamp,
    ended: Timestamp,
    end: &'static str,
    outcome: Option<Outcome>,
    service: String,
    last_service: Option<String>,
    counter: Option<String>,
    officer: Option<String>,
    channel: Option<domain::event::Channel>,
    purpose: Option<domain::event::Purpose>,
    priority: domain::event::Priority,
    first_wait_s: Option<f64>,
    waits_s: f64,
    calls: u16,
    walk_s: Option<f64>,
    service_s: Option<f64>,
    recalls: u16,
    transfers: u16,
    holds: u16,
    promised_p50_s: Option<f64>,
    promised_p90_s: Option<f64>,
    rating: Option<domain::event::RatingLevel>,
}

fn seconds(ms: u32) -> f64 {
    f64::from(ms) / 1_000.0
}

const fn end(end: VisitEnd) -> (&'static str, Option<Outcome>) {
    match end {
        VisitEnd::Served(outcome) => ("served", outcome),
        VisitEnd::NoShow => ("no_show", None),
        VisitEnd::Abandoned => ("abandoned", None),
        VisitEnd::Cancelled => ("cancelled", None),
        VisitEnd::DayEnded => ("day_ended", None),
    }
}

impl<'a> Row<'a> {
    fn of(date: &'a str, visit: &Visit) -> Self {
        let (end, outcome) = end(visit.end);
        Self {
            date,
            ticket: visit.ticket.to_string(),
            nth: visit.nth,
            issued: visit.issued,
            ended: visit.ended,
            end,
            outcome,
            service: visit.service.to_string(),
            last_service: visit.last_service.map(|it| it.to_string()),
            counter: visit.counter.map(|it| it.to_string()),
            officer: visit.officer.map(|it| it.to_string()),
            channel: visit.channel,
            purpose: visit.purpose,
            priority: visit.priority,
            first_wait_s: visit.first_wait_ms.map(seconds),
            waits_s: seconds(visit.waits_ms),
            calls: visit.calls,
            walk_s: visit.walk_ms.map(seconds),
            service_s: visit.service_ms.map(seconds),
            recalls: visit.recalls,
            transfers: visit.transfers,
            holds: visit.holds,
            promised_p50_s: visit.promised_ms.map(|(p50, _)| seconds(p50)),
            promised_p90_s: visit.promised_ms.map(|(_, p90)| seconds(p90)),
            rating: visit.rating,
        }
    }
}

/// Each column of CSV: what it is called in Vietnamese and in English.
const COLUMNS: [(&str, &str); 25] = [
    ("Ngày", "Date"),
    ("Số", "Ticket"),
    ("Lượt của số", "Visit of the number"),
    ("Lấy số lúc", "Issued"),
    ("Xong lúc", "Ended"),
    ("Kết thúc", "End"),
    ("Kết quả", "Outcome"),
    ("Thủ tục", "Service"),
    ("Thủ tục cuối", "Last service"),
    ("Quầy", "Counter"),
    ("Cán bộ", "Officer"),
    ("Kênh", "Channel"),
    ("Mục đích", "Purpose"),
    ("Ưu tiên", "Priority"),
    ("Chờ lần đầu (giây)", "First wait (s)"),
    ("Chờ tổng cộng (giây)", "All waits (s)"),
    ("Số lần gọi", "Calls"),
    ("Đi tới quầy (giây)", "Walk (s)"),
    ("Phục vụ (giây)", "Service time (s)"),
    ("Gọi lại", "Recalls"),
    ("Chuyển", "Transfers"),
    ("Tạm giữ", "Holds"),
    ("Hứa: một nửa trong (giây)", "Promised p50 (s)"),
    ("Hứa: 9/10 trong (giây)", "Promised p90 (s)"),
    ("Đánh giá", "Rating"),
];

/// Columns with an instant, in the site's own time.
const INSTANTS: [&str; 2] = ["Issued", "Ended"];

impl Written {
    /// Nothing written yet. A zone that is not known is UTC, and said so.
    #[must_use]
    pub fn new(format: Format, lang: Lang, zone: &str) -> Self {
        let (zone, zone_name) = match TimeZone::get(zone) {
            Ok(known) => (known, zone.to_owned()),
            Err(_) => (TimeZone::UTC, "UTC".to_owned()),
        };
        Self { format, lang, zone, zone_name, rows: 0 }
    }

    /// What comes first.
    pub fn head(&self, texts: &Texts, out: &mut Vec<u8>) {
        match self.format {
            Format::Json => {
                let object = serde_json::to_string(texts).expect("texts only");
                out.extend_from_slice(object.trim_end_matches('}').as_bytes());
                out.extend_from_slice(b",\"visits\":[");
            }
            Format::Csv => {
                // So that spreadsheets read Vietnamese.
                out.extend_from_slice("\u{feff}".as_bytes());
                let name = |(vi, en): &(&'static str, &'static str)| {
                    let name = if self.lang == Lang::Vi { vi } else { en };
                    if INSTANTS.contains(en) { format!("{name} ({})", self.zone_name) } else { (*name).to_owned() }
                };
                line(COLUMNS.iter().map(name), out);
            }
        }
    }

    /// The next visit. `date` is its business day.
    pub fn row(&mut self, date: &str, visit: &Visit, out: &mut Vec<u8>) {
        let row = Row::of(date, visit);
        match self.format {
            Format::Json => {
                if self.rows > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, &row).expect("a Vec takes every byte, and every number is finite");
            }
            Format::Csv => line(self.cells(&row), out),
        }
        self.rows += 1;
    }

    /// What comes last.
    pub fn tail(&self, out: &mut Vec<u8>) {
        if self.format == Format::Json {
            out.extend_from_slice(b"]}");
        }
    }

    fn cells(&self, row: &Row<'_>) -> Vec<String> {
        vec![
            row.date.to_owned(),
            row.ticket.clone(),
            row.nth.to_string(),
            self.local(row.issued),
            self.local(row.ended),
            row.end.to_owned(),
            word(row.outcome),
            row.service.clone(),
            row.last_service.clone().unwrap_or_default(),
            row.counter.clone().unwrap_or_default(),
            row.officer.clone().unwrap_or_default(),
            word(row.channel),
            word(row.purpose),
            word(Some(row.priority)),
            number(row.first_wait_s),
            number(Some(row.waits_s)),
            row.calls.to_string(),
            number(row.walk_s),
            number(row.service_s),
            row.recalls.to_string(),
            row.transfers.to_string(),
            row.holds.to_string(),
            number(row.promised_p50_s),
            number(row.promised_p90_s),
            word(row.rating),
        ]
    }

    /// As spreadsheets read it: `2026-11-23 08:02:03.004`, in the site's time.
    fn local(&self, instant: Timestamp) -> String {
        let at = jiff::Timestamp::from_millisecond(instant.ms()).map(|at| at.to_zoned(self.zone.clone()));
        at.map_or_else(|_| instant.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string())
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The word that a code has everywhere else.
fn word<T: Serialize>(code: Option<T>) -> String {
    let value = code.and_then(|code| serde_json::to_value(code).ok());
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A line of CSV. No cell begins a formula; ids and codes need no quotes but for that, headings have
/// neither quotes nor commas.
fn line(cells: impl IntoIterator<Item = impl AsRef<str>>, out: &mut Vec<u8>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        let cell = cell.as_ref();
        if cell.starts_with(['=', '+', '-', '@']) {
            out.push(b'\'');
        }
        out.extend_from_slice(cell.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TicketNumber;
    use domain::event::{Priority, RatingLevel};

    fn visit() -> Visit {
        Visit {
            ticket: TicketNumber::new("A012").unwrap(),
            nth: 0,
            issued: Timestamp::from_ms(1_795_395_600_004),
            ended: Timestamp::from_ms(1_795_396_800_000),
            end: VisitEnd::Served(None),
            service: "dat-dai".parse().unwrap(),
            last_service: None,
            counter: Some("-5".parse().unwrap()),
            officer: None,
            channel: None,
            purpose: None,
            priority: Priority::Normal,
            first_wait_ms: Some(61_500),
            waits_ms: 61_500,
            calls: 1,
            walk_ms: None,
            service_ms: Some(300_000),
            recalls: 0,
            transfers: 0,
            holds: 0,
            promised_ms: Some((60_000, 120_000)),
            rating: Some(RatingLevel::Satisfied),
        }
    }

    fn written(format: Format, lang: Lang) -> String {
        let mut written = Written::new(format, lang, "Asia/Ho_Chi_Minh");
        let texts = Texts { site: "tam-ky".into(), from: "2026-11-22".into(), to: "2026-11-23".into() };
        let mut out = Vec::new();
        written.head(&texts, &mut out);
        written.row("2026-11-23", &visit(), &mut out);
        written.row("2026-11-23", &visit(), &mut out);
        written.tail(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_list_is_json() {
        let list: serde_json::Value = serde_json::from_str(&written(Format::Json, Lang::Vi)).unwrap();
        assert_eq!((list["site"].as_str(), list["visits"].as_array().unwrap().len()), (Some("tam-ky"), 2));
        let row = &list["visits"][0];
        assert_eq!((&row["first_wait_s"], &row["walk_s"]), (&61.5.into(), &serde_json::Value::Null));
        assert_eq!((row["rating"].as_str(), row["end"].as_str()), (Some("satisfied"), Some("served")));
    }

    #[test]
    fn a_list_is_csv_in_the_site_s_time_and_holds_no_formula() {
        let text = written(Format::Csv, Lang::Vi);
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("Ngày,Số,Lượt của số,Lấy số lúc (Asia/Ho_Chi_Minh),"), "{}", lines[0]);
        assert_eq!(lines[0].split(',').count(), COLUMNS.len());
        assert_eq!(
            lines[1],
            "2026-11-23,A012,0,2026-11-23 08:00:00.004,2026-11-23 08:20:00.000,served,,dat-dai,,'-5,,,,normal,\
             61.5,61.5,1,,300,0,0,0,60,120,satisfied"
        );
        assert!(written(Format::Csv, Lang::En).contains(",Issued (Asia/Ho_Chi_Minh),"));
    }
}
