//! Every query that is ever sent: fixed texts, in which only escaped literals stand.
//!
//! All of them name a bucket and a range first, then measurement and sites, so that the server reads
//! only what is asked for. Points have many fields: `pivot` makes one row of each. What is sorted is
//! sorted by columns that every row has; what came back is sorted once more by the reader.

use domain::facts::Date;
use domain::{SiteId, Timestamp};

use super::options::Bucket;
use crate::Part;

const DAY_MS: i64 = 86_400_000;
/// Before every point of ours.
const FIRST: &str = "1970-01-01T00:00:00Z";
/// After every point of ours, and an instant that InfluxDB can still hold.
const LAST: &str = "2200-01-01T00:00:00Z";

/// A query, for people who look at what a program may ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What it reads.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Every kind of query, for these names of buckets, with example sites and days. The texts differ
/// from those that are sent in the literals alone.
#[must_use]
pub fn all(prefix: &str) -> Vec<Query> {
    let sites: Vec<SiteId> = ["demo", "hoan-kiem"].iter().filter_map(|id| SiteId::new(id).ok()).collect();
    let site = sites.first().copied();
    let bucket = |of: Bucket| [prefix, "_", of.suffix()].concat();
    let hour = bucket(Bucket::Hour);
    // The year 2026.
    let (from, to) = (20_454, 20_818);
    let query = |name: &str, text: String| Query { name: name.to_owned(), text };
    let mut all: Vec<Query> =
        ALL_PARTS.iter().map(|at| query(measurement(*at), part(*at, &hour, &sites, from, to))).collect();
    all.push(query("sites", self::sites(&hour)));
    if let Some(site) = site {
        all.push(query("span", span(&hour, site)));
        all.push(query("names", names(&hour, site)));
    }
    all
}

/// The parts of a day, in their order.
pub const ALL_PARTS: [Part; 9] = [
    Part::Tickets,
    Part::Waits,
    Part::Services,
    Part::Estimates,
    Part::Ratings,
    Part::Queues,
    Part::Counters,
    Part::Zones,
    Part::Quality,
];

/// The measurement in which a part's cells are.
#[must_use]
pub const fn measurement(part: Part) -> &'static str {
    match part {
        Part::Tickets => "tickets_hour",
        Part::Waits => "waits_hour",
        Part::Services => "services_hour",
        Part::Estimates => "estimates_hour",
        Part::Ratings => "ratings_hour",
        Part::Queues => "queues_hour",
        Part::Counters => "counters_hour",
        Part::Zones => "zones_hour",
        Part::Quality => "quality_hour",
    }
}

/// The columns that a part is read from: tags and fields.
#[must_use]
pub fn columns(part: Part) -> Vec<&'static str> {
    let flow = "service counter officer field department counter_department";
    let (keys, of_part) = match part {
        Part::Tickets => (flow, "arrivals cancelled no_shows day_ended recalls transfers"),
        Part::Waits => (flow, "waits_h waits_sum_ms waits_max_ms walks_h walks_sum_ms walks_max_ms"),
        Part::Services => (flow, "served services_h services_sum_ms services_max_ms"),
        Part::Estimates => (flow, "promised within_p90 within_p50 error_ms errors_h errors_sum_ms errors_max_ms"),
        Part::Ratings => (flow, "very_satisfied satisfied neutral dissatisfied very_dissatisfied unbound"),
        Part::Queues => ("service field department", "waited_ms most longest_ms"),
        Part::Counters => ("counter officer counter_department", "open_ms busy_ms paused_ms"),
        Part::Zones => ("camera zone kind", "known_ms level_ms motion_ms most_people"),
        Part::Quality => ("", "due_min heard_min accepted late lost dead_letters"),
    };
    ["site date hour", keys, of_part].into_iter().flat_map(str::split_whitespace).collect()
}

/// A part's cells of some sites (none: of all) on the business days `from..=to`: one row a cell.
#[must_use]
pub fn part(part: Part, bucket: &str, sites: &[SiteId], from: Date, to: Date) -> String {
    let columns: Vec<String> = columns(part).into_iter().map(literal).collect();
    // A business day begins and ends at some hour of the site's own clock, at most 14 hours from UTC's.
    let (start, stop) = (day(from, -1), day(to, 3));
    [
        "from(bucket: ",
        &literal(bucket),
        ")\n  |> range(start: ",
        &start,
        ", stop: ",
        &stop,
        ")\n  |> filter(fn: (r) => r._measurement == ",
        &literal(measurement(part)),
        ")\n",
        &of_sites(sites),
        "  |> pivot(rowKey: [\"_time\"], columnKey: [\"_field\"], valueColumn: \"_value\")\n  |> group()\n  |> filter(fn: (r) => r.date >= ",
        &from.to_string(),
        " and r.date <= ",
        &to.to_string(),
        ")\n  |> keep(columns: [",
        &columns.join(", "),
        "])\n  |> sort(columns: [\"site\", \"date\", \"hour\"])\n",
    ]
    .concat()
}

/// The sites of which there is anything. The server answers it from its index.
#[must_use]
pub fn sites(bucket: &str) -> String {
    [
        &always(bucket),
        "  |> filter(fn: (r) => r._measurement == \"quality_hour\")\n  |> keep(columns: [\"site\"])\n  |> group()\n",
        "  |> distinct(column: \"site\")\n  |> sort(columns: [\"_value\"])\n",
    ]
    .concat()
}

/// First and last business day of a site on which there is anything: results `first` and `last`.
/// Every hour in which something happened has a point of quality.
#[must_use]
pub fn span(bucket: &str, site: SiteId) -> String {
    [
        "days = ",
        &always(bucket),
        "  |> filter(fn: (r) => r._measurement == \"quality_hour\")\n",
        &of_sites(&[site]),
        "  |> pivot(rowKey: [\"_time\"], columnKey: [\"_field\"], valueColumn: \"_value\")\n  |> group()\n",
        "  |> filter(fn: (r) => r.due_min != 0 or r.heard_min != 0 or r.accepted != 0 or r.lost != 0 or r.dead_letters != 0)\n",
        "  |> keep(columns: [\"date\"])\n",
        "days |> min(column: \"date\") |> yield(name: \"first\")\n",
        "days |> max(column: \"date\") |> yield(name: \"last\")\n",
    ]
    .concat()
}

/// The newest display name of each thing of a site.
#[must_use]
pub fn names(bucket: &str, site: SiteId) -> String {
    [
        &always(bucket),
        "  |> filter(fn: (r) => r._measurement == \"name\" and r._field == \"name\")\n",
        &of_sites(&[site]),
        "  |> last()\n  |> group()\n  |> keep(columns: [\"kind\", \"id\", \"_value\"])\n  |> sort(columns: [\"kind\", \"id\"])\n",
    ]
    .concat()
}

fn always(bucket: &str) -> String {
    ["from(bucket: ", &literal(bucket), ")\n  |> range(start: ", FIRST, ", stop: ", LAST, ")\n"].concat()
}

fn of_sites(sites: &[SiteId]) -> String {
    if sites.is_empty() {
        return String::new();
    }
    let each: Vec<String> = sites.iter().map(|site| ["r.site == ", &literal(site.as_str())].concat()).collect();
    ["  |> filter(fn: (r) => ", &each.join(" or "), ")\n"].concat()
}

/// The first instant of a day in UTC, so many days later.
fn day(date: Date, later: i64) -> String {
    Timestamp::from_ms((i64::from(date) + later).saturating_mul(DAY_MS)).to_string()
}

/// A text as a literal: what would end it, or begin an expression inside it, is escaped.
#[must_use]
pub fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            // `${` would begin an expression.
            '$' if letters.peek() == Some(&'{') => literal.push_str("\\$"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            _ => literal.push(letter),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use domain::event::RatingLevel;

    use super::*;

    #[test]
    fn a_literal_stays_one() {
        assert_eq!(literal(r#"a"b\c${d}"#), r#""a\"b\\c\${d}""#);
        assert_eq!(literal("a\nb"), r#""a\nb""#);
    }

    #[test]
    fn ratings_are_read_by_the_codes_that_are_written() {
        for level in RatingLevel::ALL {
            assert!(columns(Part::Ratings).contains(&level.code()), "{}", level.code());
        }
    }

    #[test]
    fn every_query_is_bounded_and_sorted() {
        let all = all("motcua");
        assert_eq!(all.len(), 12);
        for Query { name, text } in &all {
            assert!(text.contains("|> range(start: "), "{name}");
            assert!(text.contains("|> sort(columns: [") || name == "span", "{name}");
        }
        let waits = &all[1].text;
        assert!(waits.contains("range(start: 2025-12-31T00:00:00"), "{waits}");
        assert!(waits.contains("r.site == \"demo\" or r.site == \"hoan-kiem\""), "{waits}");
    }
}
