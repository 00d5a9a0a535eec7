//! Ten thousand hostile names: what is written is what is read, and nothing else.

use std::collections::BTreeSet;

use history::influx::{Bucket, Point};
use influxdb_line_protocol::{FieldValue, parse_lines};

use super::kit::Bench;

const PIECES: &[&str] = &[
    "\n",
    "\r\n",
    ",",
    "\"",
    "\\",
    "\\\\",
    "=",
    " ",
    "#",
    "",
    "\t",
    "\0",
    "\u{2028}",
    "🎫",
    "𝒬",
    "a",
    "Z9",
    "'",
    "/",
    "Ti\u{0302}\u{0301}p d\u{00e2}n",
    "Đà Nẵng",
    "D\u{0061}\u{0300}",
    "_field",
    "time",
    " 1i 1790000000000000000",
    "\nforged,site=x arrivals=9i 1790000000000000000\n",
    ",site=other",
    "\" ,b=\"",
    "i",
    "t",
    "=NaN",
    "\u{feff}",
    "\u{85}",
];

fn hostile(random: &mut fastrand::Rng) -> String {
    let mut name: String = (0..random.usize(0..6)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
    if random.u8(..5) == 0 {
        name.push('\\');
    }
    name
}

/// What a name is turned into: stated here once more, so that both have to be wrong to agree.
fn safe(text: &str, inside_names: bool) -> String {
    use unicode_normalization::UnicodeNormalization;
    let seen = |c: &char| !c.is_control() && *c != '\u{2028}' && *c != '\u{2029}';
    text.nfc().filter(seen).map(|c| if inside_names && c == '\\' { '/' } else { c }).collect()
}

#[test]
fn hostile_names_are_one_point_each_in_an_independent_parser() {
    let mut random = fastrand::Rng::with_seed(0x5107);
    for i in 0..10_000_i64 {
        let [tag, other, text] = [(); 3].map(|()| hostile(&mut random));
        let point = Point::new("tickets_hour", i).tag("site", &tag).tag("zone", &other);
        let line = point.text("name", &text).int("n", i).float("nan", f64::NAN).line().unwrap();
        let line = String::from_utf8(line).unwrap();
        let parsed: Vec<_> =
            parse_lines(&line).collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let [parsed] = &parsed[..] else { panic!("{} points in {line:?}", parsed.len()) };
        assert_eq!((parsed.series.measurement.as_str(), parsed.timestamp), ("tickets_hour", Some(i)));
        let told: Vec<(String, String)> =
            parsed.series.tag_set.iter().flatten().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let mut wanted = vec![("site".to_owned(), safe(&tag, true)), ("zone".to_owned(), safe(&other, true))];
        wanted.retain(|(_, value)| !value.is_empty());
        assert_eq!(told, wanted, "{line:?}");
        assert_eq!(parsed.field_set.len(), 2, "{line:?}");
        assert_eq!(parsed.field_value("n"), Some(&FieldValue::I64(i)));
        let Some(FieldValue::String(name)) = parsed.field_value("name") else { panic!("{line:?}") };
        assert_eq!(name.to_string(), safe(&text, false), "{line:?}");
    }
}

#[test]
fn hostile_names_are_kept_by_the_server_as_they_are_and_forge_nothing() {
    let mut random = fastrand::Rng::with_seed(0xfab);
    let mut bench = Bench::new();
    let mut wanted = Vec::new();
    for i in 0..10_000_i64 {
        let (tag, text) = (hostile(&mut random), hostile(&mut random));
        let time = 1_790_000_000_000_000_000 + i;
        let line = Point::new("tickets_hour", time).tag("site", &tag).text("name", &text).int("n", i).line().unwrap();
        bench.spool.put(Bucket::Hour, &String::from_utf8(line).unwrap());
        wanted.push((time, safe(&tag, true), safe(&text, false)));
    }
    bench.drain();
    let points = bench.double.points("motcua_hour");
    let measurements: BTreeSet<&str> = points.iter().map(|point| point.measurement.as_str()).collect();
    assert_eq!(measurements.into_iter().collect::<Vec<_>>(), ["tickets_hour"]);
    let mut there: Vec<_> = points
        .iter()
        .map(|point| {
            let Some(history::double::Value::Text(name)) = point.field("name") else { panic!("{point:?}") };
            (point.time, point.tag("site").unwrap_or_default().to_owned(), name.clone())
        })
        .collect();
    there.sort();
    assert_eq!(there, wanted);
    assert!(bench.spool.dead().is_empty());
}

#[test]
fn names_that_influxdb_keeps_for_itself_get_a_letter_in_front() {
    for (measurement, safe) in [("#a", "x#a"), ("_a", "x_a"), ("", "x"), ("\n", "x")] {
        assert_eq!(Point::new(measurement, 1).measurement(), safe);
    }
    let line = Point::new("m", 1).tag("time", "1").tag("_field", "2").tag("", "3").int("time", 4).int("", 5).line();
    assert_eq!(String::from_utf8(line.unwrap()).unwrap(), "m,x_field=2,xtime=1 xtime=4i 1");
    assert_eq!(Point::new("m", 1).tag("a", "b").float("f", f64::INFINITY).line(), None);
}
