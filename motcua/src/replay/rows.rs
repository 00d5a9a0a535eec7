//! Reads the CSV files of a recording, plain or gzip, row by row into the types of the mapping.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use domain::event::Priority;
use domain::{CounterId, ServiceId, SiteId, TicketNumber, Timestamp};
use flate2::bufread::MultiGzDecoder;
use jiff::tz::TimeZone;

use super::mapping::{Call, Ending, Staffing, Visit};
use super::slug::slug;
use crate::exit::BadInput;

/// How many unusable rows are told one by one; the rest is only counted.
const TOLD: usize = 5;

/// What could not be used of a file, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Refusals {
    /// How many rows.
    pub count: u64,
    /// The first few: line and reason.
    pub first: Vec<(u64, String)>,
}

impl Refusals {
    pub(super) fn add(&mut self, line: u64, why: String) {
        self.count += 1;
        if self.first.len() < TOLD {
            self.first.push((line, why));
        }
    }
}

/// Opens a file for reading, unpacking it when it is gzip.
///
/// # Errors
/// When it cannot be read; a file that is not there is a wrong argument.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    let file =
        File::open(path).map_err(|error| BadInput::because(format!("cannot open {}: {error}", path.display())))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let start = reader.fill_buf().with_context(|| format!("cannot read {}", path.display()))?;
    Ok(if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// One CSV file with named columns.
struct Table<R> {
    reader: csv::Reader<R>,
    columns: Vec<String>,
}

/// One row of a [`Table`].
struct Row<'a> {
    columns: &'a [String],
    fields: csv::StringRecord,
}

impl Row<'_> {
    /// A field by the name of its column; `""` when the file has no such column.
    fn get(&self, column: &str) -> &str {
        let place = self.columns.iter().position(|name| name == column);
        place.and_then(|place| self.fields.get(place)).unwrap_or_default().trim()
    }

    fn line(&self) -> u64 {
        self.fields.position().map_or(0, csv::Position::line)
    }

    fn time(&self, column: &str) -> Result<Option<Timestamp>, String> {
        match self.get(column) {
            "" => Ok(None),
            text => Timestamp::parse(text)
                .map(Some)
                .ok_or_else(|| format!("{column} {text:?} is not an RFC 3339 time with an offset")),
        }
    }

    fn needed_time(&self, column: &str) -> Result<Timestamp, String> {
        self.time(column)?.ok_or_else(|| format!("{column} is empty"))
    }

    fn site(&self) -> Result<SiteId, String> {
        let site = SiteId::new(&slug(self.get("site"))).map_err(|error| error.to_string())?;
        if site.is_reserved() { Err(format!("site {site} is a reserved word")) } else { Ok(site) }
    }

    fn service(&self) -> Result<ServiceId, String> {
        ServiceId::new(&slug(self.get("service"))).map_err(|error| error.to_string())
    }
}

impl<R: Read> Table<R> {
    fn new(input: R, what: &Path, needed: &[&str]) -> anyhow::Result<Self> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let headers = reader.headers().with_context(|| format!("cannot read {}", what.display()))?;
        let columns: Vec<String> =
            headers.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        for column in needed {
            if !columns.iter().any(|name| name == column) {
                bail!(BadInput::because(format!("{} has no column {column}", what.display())));
            }
        }
        Ok(Self { reader, columns })
    }

    /// Parses every row; unusable ones are counted, a broken file is an error.
    fn parse<T>(
        mut self,
        what: &Path,
        mut parse: impl FnMut(&Row<'_>) -> Result<T, String>,
    ) -> anyhow::Result<(Vec<T>, Refusals)> {
        let (mut good, mut refused) = (Vec::new(), Refusals::default());
        let mut row = Row { columns: &self.columns, fields: csv::StringRecord::new() };
        while self.reader.read_record(&mut row.fields).with_context(|| format!("cannot read {}", what.display()))? {
            match parse(&row) {
                Ok(value) => good.push(value),
                Err(why) => refused.add(row.line(), why),
            }
        }
        Ok((good, refused))
    }
}

/// Reads a ticket file. `zone` decides to which day a counter's call belongs; without it the
/// offset written in the row does.
///
/// # Errors
/// When the file cannot be read or lacks a column.
pub fn visits(input: impl Read, what: &Path, zone: Option<&TimeZone>) -> anyhow::Result<(Vec<Visit>, Refusals)> {
    Table::new(input, what, &["ticket_id", "site", "service", "issued_at"])?.parse(what, |row| visit(row, zone))
}

fn visit(row: &Row<'_>, zone: Option<&TimeZone>) -> Result<Visit, String> {
    let name = row.get("ticket_id");
    let called = match row.time("called_at")? {
        None => None,
        Some(at) => Some(Call {
            at,
            day: zone.map_or_else(|| written_day(at, row.get("called_at")), |zone| day_in(at, zone)),
            counter: counter(row.get("counter"))?,
        }),
    };
    let issued = row.needed_time("issued_at")?;
    let ending = match row.get("outcome") {
        "" => None,
        "served" => Some(Ending::Served),
        "abandoned" => Some(Ending::Abandoned),
        "no_show" => Some(Ending::NoShow),
        other => return Err(format!("outcome {other:?} is not served, abandoned or no_show")),
    };
    Ok(Visit {
        name: name.into(),
        site: row.site()?,
        ticket: ticket(name)?,
        service: row.service()?,
        priority: if row.get("priority") == "2" { Priority::Appointment } else { Priority::Normal },
        issued,
        offset_s: written_offset(issued, row.get("issued_at")),
        class: row.get("priority").parse().unwrap_or(0),
        called,
        end: ending.zip(row.time("finished_at")?),
    })
}

fn counter(name: &str) -> Result<Option<CounterId>, String> {
    if name.is_empty() {
        return Ok(None);
    }
    CounterId::new(&slug(name)).map(Some).map_err(|error| error.to_string())
}

/// The number that the citizen read: what follows the last `-`.
fn ticket(name: &str) -> Result<TicketNumber, String> {
    let number = name.rsplit('-').next().unwrap_or_default().to_uppercase();
    TicketNumber::new(&number).map_err(|error| error.to_string())
}

const DAY_MS: i64 = 86_400_000;

fn day_number(local_ms: i64) -> i32 {
    // The range of Timestamp is some millions of days.
    i32::try_from(local_ms.div_euclid(DAY_MS)).unwrap_or_default()
}

/// The calendar day by the offset of the text itself.
fn written_day(at: Timestamp, text: &str) -> i32 {
    day_number(at.ms() + i64::from(written_offset(at, text)) * 1_000)
}

/// The offset of the text itself, seconds: what the clock that it was read from shows beside UTC.
fn written_offset(at: Timestamp, text: &str) -> i32 {
    let local = text.get(..19).and_then(|local| Timestamp::parse(&format!("{local}Z")));
    // Offsets are of whole minutes, less than a day.
    local.map_or(0, |local| (local.ms().div_euclid(1_000) - at.ms().div_euclid(1_000)) as i32)
}

/// The calendar day in a time zone.
fn day_in(at: Timestamp, zone: &TimeZone) -> i32 {
    let offset = jiff::Timestamp::from_millisecond(at.ms()).map_or(0, |instant| zone.to_offset(instant).seconds());
    day_number(at.ms() + i64::from(offset) * 1_000)
}

/// Reads a counters file.
///
/// # Errors
/// When the file cannot be read or lacks a column.
pub fn staffing(input: impl Read, what: &Path) -> anyhow::Result<(Vec<Staffing>, Refusals)> {
    Table::new(input, what, &["at", "site", "service", "open_counters"])?.parse(what, |row| {
        let count = row.get("open_counters");
        let at = row.needed_time("at")?;
        Ok(Staffing {
            at,
            offset_s: written_offset(at, row.get("at")),
            site: row.site()?,
            service: row.service()?,
            open_counters: count.parse().map_err(|_| format!("open_counters {count:?} is not a whole number"))?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "ticket_id,site,service,priority,issued_at,called_at,finished_at,counter,outcome\n";

    fn read(rows: &str, zone: Option<&str>) -> (Vec<Visit>, Refusals) {
        let zone = zone.map(|name| TimeZone::get(name).unwrap());
        visits(format!("{HEAD}{rows}").as_bytes(), Path::new("x.csv"), zone.as_ref()).unwrap()
    }

    #[test]
    fn a_row_becomes_a_visit() {
        let row = "F99-00007,UD_Praga_Poludnie,NW,2,1999-02-01T23:50:00+02:00,1999-02-01T23:55:00+02:00,\
                   1999-02-02T00:01:00+02:00,A13,served\n";
        let (visits, refused) = read(row, None);
        assert_eq!(refused, Refusals::default());
        let visit = &visits[0];
        assert_eq!((visit.site.as_str(), visit.ticket.as_str()), ("ud-praga-poludnie", "00007"));
        assert_eq!((visit.service.as_str(), visit.priority), ("nw", Priority::Appointment));
        assert_eq!(visit.offset_s, 7_200);
        let call = visit.called.unwrap();
        assert_eq!(call.counter.unwrap().as_str(), "a13");
        assert_eq!(i64::from(call.day) * DAY_MS, Timestamp::parse("1999-02-01T00:00:00Z").unwrap().ms());
        assert_eq!(visit.end, Some((Ending::Served, Timestamp::parse("1999-02-01T22:01:00Z").unwrap())));
    }

    #[test]
    fn the_zone_decides_the_day_where_given() {
        let row = "A-1,x,s,0,1999-02-01T22:00:00Z,1999-02-01T22:30:00Z,,q1,served\n";
        let day = |zone| read(row, zone).0[0].called.unwrap().day;
        assert_eq!(day(Some("Asia/Jerusalem")), day(None) + 1);
    }

    #[test]
    fn an_end_needs_its_time_and_its_kind() {
        let (visits, _) =
            read("A-1,x,s,1,1999-02-01T22:00:00Z,,,,abandoned\nA-2,x,s,0,1999-02-01T22:00:00Z,,,,\n", None);
        assert!(visits.iter().all(|visit| visit.end.is_none() && visit.called.is_none()));
        assert_eq!(visits[0].priority, Priority::Normal);
    }

    #[test]
    fn unusable_rows_are_counted_with_line_and_reason() {
        let (visits, refused) = read(
            "A-1,x,s,0,yesterday,,,,served\nA-,x,s,0,1999-02-01T22:00:00Z,,,,served\na-b1,x,s,0,1999-02-01T22:00:00Z,,,,served\n\
             A-3,metrics,s,0,1999-02-01T22:00:00Z,,,,served\nA-4,x,s,0,1999-02-01T22:00:00Z,,,,eaten\n",
            None,
        );
        assert_eq!(visits.iter().map(|visit| visit.ticket.as_str()).collect::<Vec<_>>(), ["B1"]);
        assert_eq!((refused.count, refused.first.len()), (4, 4));
        assert_eq!(refused.first[0].0, 2);
        assert!(refused.first[0].1.contains("yesterday"), "{refused:?}");
    }

    #[test]
    fn a_file_without_a_needed_column_is_refused_as_a_whole() {
        let error = visits(&b"ticket_id,site,service\n"[..], Path::new("x.csv"), None).unwrap_err();
        assert_eq!(error.to_string(), "x.csv has no column issued_at");
    }

    #[test]
    fn staffing_rows() {
        let text =
            "at,site,service,open_counters,waiting\n2019-12-30T07:59:00+01:00,UD_Bemowo,549,3,0\nnever,a,b,1,0\n";
        let (rows, refused) = staffing(text.as_bytes(), Path::new("c.csv")).unwrap();
        assert_eq!((rows.len(), rows[0].open_counters, refused.count), (1, 3, 1));
        assert_eq!(rows[0].offset_s, 3_600);
    }
}
