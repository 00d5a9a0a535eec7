//! Debian's InfluxDB 1.6: the same parser's elder brother and a real storage engine. Our lines are
//! written there through the paths of its own interface and read back; where it is not installed,
//! these tests say so and end.
//!
//! It differs where the behaviour is known to differ: it knows no unsigned numbers and no reserved
//! names, and keeps the good lines of a bad batch.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use domain::Timestamp;
use fastrand::Rng;
use history::double::{Point as Kept, Value};
use history::influx::reader::name_point;
use history::influx::{Bucket, Point, Row, line};
use history::source::Name;

use crate::days::{MONDAY, day, site};
use crate::server;
use crate::wire::{Reply, send};

/// A running server; it ends when this is dropped.
struct Old {
    child: Child,
    at: String,
    _dir: tempfile::TempDir,
}

impl Drop for Old {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

const DATABASE: &str = "t";

fn old() -> Option<Old> {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().display();
    let config = format!(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:0\"\n[meta]\ndir = \"{path}/meta\"\n[data]\ndir = \"{path}/data\"\n\
         wal-dir = \"{path}/wal\"\n[http]\nbind-address = \"127.0.0.1:0\"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n"
    );
    std::fs::write(dir.path().join("conf"), config).expect("a file");
    let started = Command::new("influxd")
        .arg("-config")
        .arg(dir.path().join("conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = started else {
        println!("influxd is not installed (Debian: apt-get install influxdb): nothing is written to a real server.");
        return None;
    };
    let mut told = BufReader::new(child.stderr.take().expect("its messages")).lines();
    let line = told.by_ref().map_while(Result::ok).find(|line| line.contains("Listening on HTTP"));
    let line = line.expect("influxd says where it listens");
    let at = line.split_whitespace().find_map(|word| word.strip_prefix("addr=")).expect("an address").to_owned();
    // Its messages are read on, or it would stop at a full pipe.
    std::thread::spawn(move || told.map_while(Result::ok).for_each(drop));
    let old = Old { child, at, _dir: dir };
    assert_eq!(old.query(&format!("CREATE DATABASE {DATABASE}")).status, 200);
    Some(old)
}

impl Old {
    fn write(&self, body: &[u8]) -> Reply {
        send(&self.at, "POST", &format!("/write?db={DATABASE}&precision=ns"), &[], body).expect("an answer")
    }

    fn query(&self, text: &str) -> Reply {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let body = format!("q={escaped}");
        let target = format!("/query?db={DATABASE}&epoch=ns");
        send(&self.at, "POST", &target, &[form], body.as_bytes()).expect("an answer")
    }

    fn json(&self, text: &str) -> serde_json::Value {
        serde_json::from_str(&self.query(text).dechunked()).expect("JSON")
    }

    /// All points, by (measurement, tags, time). Each measurement for itself: asked together, fields of
    /// one name and different types hide each other.
    fn points(&self) -> Points {
        let mut points = Points::new();
        let names = self.json("SHOW MEASUREMENTS");
        for name in names["results"][0]["series"][0]["values"].as_array().into_iter().flatten() {
            let name = name[0].as_str().expect("a measurement");
            let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
            let answer = self.json(&format!("SELECT * FROM \"{quoted}\" GROUP BY *"));
            for series in answer["results"][0]["series"].as_array().into_iter().flatten() {
                add(&mut points, name, series);
            }
        }
        points
    }
}

fn add(points: &mut Points, name: &str, series: &serde_json::Value) {
    let tags = series["tags"].as_object().into_iter().flatten();
    let tags = tags.map(|(key, value)| (key.clone(), value.as_str().expect("a tag").to_owned()));
    let tags: Vec<_> = tags.filter(|(_, value)| !value.is_empty()).collect();
    let columns = series["columns"].as_array().expect("columns");
    for row in series["values"].as_array().expect("rows") {
        let cells = columns.iter().zip(row.as_array().expect("a row")).filter(|(_, cell)| !cell.is_null());
        let mut fields: BTreeMap<String, serde_json::Value> =
            cells.map(|(column, cell)| (column.as_str().expect("a name").to_owned(), cell.clone())).collect();
        let time = fields.remove("time").and_then(|time| time.as_i64()).expect("a time");
        points.insert((name.to_owned(), tags.clone(), time), fields);
    }
}

type Points = BTreeMap<(String, Vec<(String, String)>, i64), BTreeMap<String, serde_json::Value>>;

fn of_the_double(kept: Vec<Kept>) -> Points {
    let json = |value: Value| match value {
        // The old server prints a whole float like an integer.
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => serde_json::json!(number as i64),
        Value::Float(number) => serde_json::json!(number),
        Value::Int(number) => serde_json::json!(number),
        Value::Uint(number) => serde_json::json!(number),
        Value::Bool(yes) => serde_json::json!(yes),
        Value::Text(text) => serde_json::json!(text),
    };
    let point = |point: Kept| {
        let fields = point.fields.into_iter().map(|(key, value)| (key, json(value))).collect();
        ((point.measurement, point.tags, point.time), fields)
    };
    kept.into_iter().map(point).collect()
}

const HOSTILE: &[&str] = &[
    "a", "b", " ", ",", "=", "\"", "\\", "\n", "\r", "\t", "\0", "#", "_", "ộ", "e\u{301}", "\u{2028}", "${x}",
    "m x=1i 5", "'", "\\,", "\\\"", "time", "🙂", "%20",
];

fn hostile(rng: &mut Rng) -> String {
    (0..rng.usize(1..7)).map(|_| HOSTILE[rng.usize(0..HOSTILE.len())]).collect()
}

#[test]
fn every_line_of_ours_is_read_there_as_it_is_here() {
    let Some(old) = old() else { return };
    let server = server::double();
    let mut rows = Vec::new();
    for n in 0..3 {
        let name = Name { kind: "service".into(), id: "s1".into(), name: format!("Sở \"Tư pháp\" \\ {n}") };
        let line = name_point(site("a"), &name, Timestamp::from_ms(1_772_000_000_000 + n)).line().unwrap();
        rows.push(Row { bucket: Bucket::Hour, line });
        let day = day(MONDAY + i32::try_from(n).unwrap(), n.unsigned_abs());
        let before = line::day_points(site("a"), &day);
        rows.extend(line::changes(&before, Vec::new()));
        rows.extend(before);
    }
    let mut measurements: Vec<_> = rows.iter().map(|row| row.line.split(|b| *b == b',').next()).collect();
    measurements.sort_unstable();
    measurements.dedup();
    assert_eq!(measurements.len(), 16, "every measurement that there is");
    let mut rng = Rng::with_seed(16);
    // Few measurements and keys: of thousands, the old server is slow to tell.
    let names: Vec<String> = (0..20).map(|_| hostile(&mut rng)).collect();
    for n in 0..10_000 {
        let name = |rng: &mut Rng| names[rng.usize(0..names.len())].as_str();
        let point = Point::new(&["h", name(&mut rng)].concat(), 1_772_000_000_000_000_000 + n)
            .tag(&["t", name(&mut rng)].concat(), &hostile(&mut rng))
            .text(&["f", name(&mut rng)].concat(), &hostile(&mut rng))
            .int("n", n);
        rows.push(Row { bucket: Bucket::Hour, line: point.line().unwrap() });
    }
    let lines: Vec<&[u8]> = rows.iter().map(|row| row.line.as_slice()).collect();
    let body = lines.join(&b'\n');
    let reply = old.write(&body);
    assert_eq!(reply.status, 204, "{}", reply.text());
    assert_eq!(server.write(Bucket::Hour, &body).status, 204);
    let (here, there) = (of_the_double(server.double.as_ref().unwrap().points("t_hour")), old.points());
    let of_tests = there.keys().filter(|(name, ..)| name.starts_with('h')).count();
    assert_eq!(of_tests, 10_000, "none was lost, none was forged");
    assert_eq!(there.len(), here.len());
    for (point, wanted) in here {
        assert_eq!(there.get(&point), Some(&wanted), "{point:?}");
    }
}

const PIECES: &[&str] = &[
    "m",
    "m",
    ",t=a",
    ",t=",
    ",u=b c",
    " ",
    " ",
    "x=1i",
    "x=",
    "y=2.5",
    "y=-1e3",
    "z=\"s\"",
    "z=\"a \\\" b\"",
    "z=\"a\\\\\"",
    ",",
    "=",
    "\\",
    "\"",
    "w=t",
    "w=True",
    "v=NaN",
    " 5",
    "5",
    "-7",
    " 1x",
    "#",
    "\\ ",
    "\\,",
    "\\=",
    "x=9223372036854775808i",
    "k=1.5i",
];

#[test]
fn lines_of_all_kinds_are_taken_and_refused_there_as_here() {
    let Some(old) = old() else { return };
    let mut rng = Rng::with_seed(7);
    let (mut taken, mut refused) = (0, 0);
    let server = server::double();
    for n in 0..4_000 {
        let made: String = (0..rng.usize(2..9)).map(|_| PIECES[rng.usize(0..PIECES.len())]).collect();
        // Many have the right beginning, so that more than beginnings is tried.
        let line = match n % 4 {
            0 => made,
            1 => format!("m{n},t=a x=1i{made}"),
            2 => format!("m{n} x=1i,a{}", PIECES[rng.usize(0..PIECES.len())]),
            _ => format!("m{n}{} k=t 7", PIECES[rng.usize(0..PIECES.len())]),
        };
        let here = server.write(Bucket::Hour, line.as_bytes());
        let there = old.write(line.as_bytes());
        // What was kept before decides about a conflict, and a half-good text is kept there in part.
        if [&here, &there].iter().any(|reply| reply.text().contains("field type conflict")) {
            continue;
        }
        assert_eq!(here.status == 204, there.status == 204, "{line:?}: {} / {}", here.text(), there.text());
        if here.status == 204 { taken += 1 } else { refused += 1 }
    }
    assert!(taken > 200 && refused > 200, "{taken} taken, {refused} refused");
}
