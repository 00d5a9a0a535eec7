//! `POST /api/v2/query`: answers the queries that the product has and no others.
//!
//! It knows no Flux. It takes the literals out of a text, has the product's own template make the text
//! anew, and compares: what differs in one letter does not compile. Whether a template is right Flux
//! only a real server can say.

use std::collections::BTreeMap;
use std::io::Write;

use domain::SiteId;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value as Json;

use super::api;
use super::http::{Answer, Request};
use super::keep::Bucket;
use super::point::Value;
use super::server::State;
use super::table::{self, Dialect, Output, Table};
use crate::Part;
use crate::influx::flux;

/// Shorter answers are sent as they are.
const WORTH_PACKING: usize = 1_400;

/// A query that is understood.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Part { part: Part, sites: Vec<SiteId>, from: i32, to: i32 },
    Sites,
    Span(SiteId),
    Names(SiteId),
}

/// Serves a query.
pub fn query(request: &Request, state: &mut State) -> Result<Answer, Answer> {
    api::authorized(request, state)?;
    let (text, dialect) = decoded(request)?;
    if super::write::organisation(request, state).is_err() {
        let asked = request.param("org");
        return Err(api::error(
            "invalid",
            &format!("failed to decode request body: organization name \"{asked}\" not found"),
        ));
    }
    let (bucket, asked) = understood(&text)
        .ok_or_else(|| api::error("invalid", "compilation failed: error @1:1-1:1: this double knows no such query"))?;
    let bucket = state.buckets.get(&bucket).ok_or_else(|| {
        api::error("not found", &format!("failed to initialize execute state: could not find bucket \"{bucket}\""))
    })?;
    let body = table::csv(&answered(&asked, bucket), &dialect).into_bytes();
    let mut answer = Answer { chunked: Some(None), ..Answer::text(200, "text/csv; charset=utf-8", body) };
    if answer.body.len() > WORTH_PACKING && request.header("accept-encoding").is_some_and(|all| all.contains("gzip")) {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        // Writing to memory does not fail.
        if packed.write_all(&answer.body).is_ok()
            && let Ok(packed) = packed.finish()
        {
            answer.body = packed;
            answer.headers.push(("Content-Encoding", "gzip".into()));
        }
    }
    Ok(answer)
}

fn decoded(request: &Request) -> Result<(String, Dialect), Answer> {
    if request.header("content-type").is_some_and(|kind| kind.starts_with("application/vnd.flux")) {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        return Ok((text, Dialect { header: true, annotations: Vec::new() }));
    }
    let json: Json = serde_json::from_slice(&request.body).map_err(|why| {
        api::error(
            "invalid",
            &format!(
                "failed to decode request body: failed parsing request body as JSON; if sending a raw Flux script, set \
                 'Content-Type: application/vnd.flux' in your request headers: {why}"
            ),
        )
    })?;
    let text = json["query"].as_str().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| api::error("invalid", "request body requires either query or AST"))?;
    let asked = json["dialect"]["annotations"].as_array().into_iter().flatten();
    let annotations: Vec<String> = asked.filter_map(|word| word.as_str().map(str::to_owned)).collect();
    if let Some(word) = annotations.iter().find(|word| !matches!(word.as_str(), "datatype" | "group" | "default")) {
        return Err(api::error("invalid", &format!("unknown dialect annotation type: {word}")));
    }
    Ok((text.to_owned(), Dialect { header: json["dialect"]["header"].as_bool().unwrap_or(true), annotations }))
}

/// The bucket and the question of a text of ours.
fn understood(text: &str) -> Option<(String, Asked)> {
    let bucket = literals(text).next()?;
    let sites: Vec<SiteId> =
        text.split("r.site == ").skip(1).filter_map(|rest| SiteId::new(&literals(rest).next()?).ok()).collect();
    let number = |mark: &str| {
        let rest = text.split_once(mark)?.1;
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '-').unwrap_or(rest.len());
        rest[..end].parse::<i32>().ok()
    };
    let asked = if let (Some(from), Some(to)) = (number("r.date >= "), number("r.date <= ")) {
        let named = literals(text.split_once("r._measurement == ")?.1).next()?;
        let part = flux::ALL_PARTS.into_iter().find(|part| flux::measurement(*part) == named)?;
        Asked::Part { part, sites, from, to }
    } else if text.contains("distinct(") {
        Asked::Sites
    } else if text.contains("yield(") {
        Asked::Span(*sites.first()?)
    } else {
        Asked::Names(*sites.first()?)
    };
    let again = match &asked {
        Asked::Part { part, sites, from, to } => flux::part(*part, &bucket, sites, *from, *to),
        Asked::Sites => flux::sites(&bucket),
        Asked::Span(site) => flux::span(&bucket, *site),
        Asked::Names(site) => flux::names(&bucket, *site),
    };
    (again == text).then_some((bucket, asked))
}

/// The string literals of a text, without their escapes.
fn literals(text: &str) -> impl Iterator<Item = String> {
    let mut letters = text.chars();
    std::iter::from_fn(move || {
        letters.by_ref().find(|letter| *letter == '"')?;
        let mut plain = String::new();
        loop {
            match letters.next()? {
                '"' => return Some(plain),
                '\\' => plain.push(match letters.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                }),
                letter => plain.push(letter),
            }
        }
    })
}

/// A point as `pivot` shows it: tags and fields by name.
type Pivoted = BTreeMap<String, Value>;

fn answered(asked: &Asked, bucket: &Bucket) -> Vec<Output> {
    let one =
        |name, table: Table| Output { name, tables: if table.rows.is_empty() { Vec::new() } else { vec![table] } };
    match asked {
        Asked::Part { part, sites, from, to } => {
            let ns = |date: i32, later: i64| (i64::from(date) + later).saturating_mul(86_400_000_000_000);
            let mut rows = pivoted(bucket, flux::measurement(*part), sites, ns(*from, -1)..ns(*to, 3));
            let date = |row: &Pivoted| whole(row, "date");
            rows.retain(|row| date(row).is_some_and(|date| (i64::from(*from)..=i64::from(*to)).contains(&date)));
            // Only what is asked to be sorted is: the rest comes the other way round.
            rows.reverse();
            rows.sort_by_key(|row| (row.get("site").map(|site| format!("{site:?}")), date(row), whole(row, "hour")));
            vec![one("_result", kept(&rows, &flux::columns(*part)))]
        }
        Asked::Sites => {
            let rows = pivoted(bucket, "quality_hour", &[], i64::MIN..i64::MAX);
            let mut sites: Vec<&Value> = rows.iter().filter_map(|row| row.get("site")).collect();
            sites.dedup();
            let rows: Vec<Pivoted> =
                sites.into_iter().map(|site| Pivoted::from([("_value".into(), site.clone())])).collect();
            vec![one("_result", kept(&rows, &["_value"]))]
        }
        Asked::Span(site) => {
            let mut rows = pivoted(bucket, "quality_hour", &[*site], i64::MIN..i64::MAX);
            let counted = ["due_min", "heard_min", "accepted", "lost", "dead_letters"];
            rows.retain(|row| counted.iter().any(|name| whole(row, name).is_some_and(|n| n != 0)));
            rows.sort_by_key(|row| whole(row, "date"));
            let (first, last) = (rows.first().cloned(), rows.last().cloned());
            let table = |row: Option<Pivoted>| kept(row.as_slice(), &["date"]);
            vec![one("first", table(first)), one("last", table(last))]
        }
        Asked::Names(site) => {
            let mut newest: BTreeMap<String, Pivoted> = BTreeMap::new();
            // Of each series the last point.
            for mut row in pivoted(bucket, "name", &[*site], i64::MIN..i64::MAX) {
                let name = row.remove("name");
                row.extend(name.map(|name| ("_value".to_owned(), name)));
                newest.insert(format!("{:?} {:?}", row.get("kind"), row.get("id")), row);
            }
            vec![one("_result", kept(&newest.into_values().collect::<Vec<_>>(), &["kind", "id", "_value"]))]
        }
    }
}

fn whole(row: &Pivoted, name: &str) -> Option<i64> {
    match row.get(name) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    }
}

/// The points of some sites (none: all) inside a range, series by series, in the order of time.
fn pivoted(bucket: &Bucket, measurement: &str, sites: &[SiteId], range: std::ops::Range<i64>) -> Vec<Pivoted> {
    let mut rows = Vec::new();
    for (tags, series) in bucket.series(measurement) {
        let site = tags.iter().find(|(key, _)| key == "site").map(|(_, site)| site.as_str());
        if !sites.is_empty() && !sites.iter().any(|wanted| Some(wanted.as_str()) == site) {
            continue;
        }
        for (_, fields) in series.range(range.clone()) {
            let tags = tags.iter().map(|(key, value)| (key.clone(), Value::Text(value.clone())));
            rows.push(tags.chain(fields.iter().cloned()).collect());
        }
    }
    rows
}

/// One table of all rows. A column that no row has is not there; where a row has none, it is null.
fn kept(rows: &[Pivoted], wanted: &[&str]) -> Table {
    let mut names: Vec<&str> = wanted.to_vec();
    // In an order of its own: readers go by names.
    names.sort_unstable();
    let kinds = names.iter().filter_map(|name| {
        let first = rows.iter().find_map(|row| row.get(*name))?;
        Some(((*name).to_owned(), table::kind(first)))
    });
    let columns: Vec<(String, &'static str)> = kinds.collect();
    let cells = |row: &Pivoted| columns.iter().map(|(name, _)| row.get(name).cloned()).collect();
    let rows = rows.iter().map(cells).collect();
    Table { columns, rows }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_of_ours_is_understood_and_no_other() {
        for flux::Query { name, text } in flux::all("a \"b\" ${c}") {
            let (bucket, _) = understood(&text).expect(&name);
            assert_eq!(bucket, "a \"b\" ${c}_hour");
            for other in [text.replace("|> group()", ""), text.replace("range", "rang"), format!("{text}|> yield()")] {
                assert_eq!(understood(&other), None, "{name}");
            }
        }
        assert_eq!(understood("from(bucket: \"b\") |> range(start: -1h)"), None);
        assert_eq!(understood(""), None);
    }
}
