//! Buckets and what is in them: merged by identity, with the types and the retention of the server.

use std::collections::{BTreeMap, HashMap};

use super::point::{Point, Value};

/// Tags in the order of their keys.
pub type Tags = Vec<(String, String)>;
/// Points of one series by time.
pub type Series = BTreeMap<i64, Vec<(String, Value)>>;

const HOUR: i64 = 3_600_000_000_000;
const LONGEST_TEXT: usize = 1_048_576;

/// One bucket.
#[derive(Debug)]
pub struct Bucket {
    /// Its id, 16 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How long points are kept, nanoseconds; `None`: for ever.
    pub retention: Option<i64>,
    series: BTreeMap<String, BTreeMap<Tags, Series>>,
    kinds: HashMap<i64, BTreeMap<String, BTreeMap<String, &'static str>>>,
}

/// Which points were refused, and the server's sentence about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// The answer's message.
    pub message: String,
}

impl Bucket {
    /// An empty one.
    pub fn new(id: String, name: String, retention: Option<i64>) -> Self {
        Self { id, name, retention, series: BTreeMap::new(), kinds: HashMap::new() }
    }

    /// How long a shard is: types are remembered for as long.
    fn shard_ns(&self) -> i64 {
        match self.retention {
            Some(ns) if ns < 48 * HOUR => HOUR,
            Some(ns) if ns < 180 * 24 * HOUR => 24 * HOUR,
            _ => 7 * 24 * HOUR,
        }
    }

    /// Keeps the good points; what is refused is told as the server tells it: the first shard's
    /// first reason, else the retention.
    ///
    /// # Errors
    /// When a point was refused.
    pub fn write(&mut self, points: Vec<Point>, now: i64) -> Result<(), Refused> {
        let oldest = self.retention.map_or(i64::MIN, |ns| now.saturating_sub(ns));
        let mut old: Vec<i64> = Vec::new();
        let mut faults: BTreeMap<i64, (String, usize)> = BTreeMap::new();
        for point in points {
            if point.time < oldest {
                old.push(point.time);
                continue;
            }
            let shard = point.time.div_euclid(self.shard_ns());
            if let Err(why) = self.keep(shard, point) {
                faults.entry(shard).or_insert((why, 0)).1 += 1;
            }
        }
        let partial = |why: &str, dropped: usize| {
            format!("failure writing points to database: partial write: {why} dropped={dropped}")
        };
        if let Some((why, dropped)) = faults.values().next() {
            return Err(Refused { message: partial(why, *dropped) });
        }
        let (Some(first), Some(last)) = (old.iter().min(), old.iter().max()) else { return Ok(()) };
        let lasts = self.retention.unwrap_or_default() / HOUR;
        let why = format!(
            "dropped {n} points outside retention policy of duration {lasts}h0m0s - oldest point at {first} dropped because it \
             violates a Retention Policy Lower Bound at {oldest}, newest point at {last} dropped because it violates a \
             Retention Policy Lower Bound at {oldest}",
            n = old.len()
        );
        let message = format!("{} for database: {} for retention policy: autogen", partial(&why, old.len()), self.id);
        Err(Refused { message })
    }

    fn keep(&mut self, shard: i64, point: Point) -> Result<(), String> {
        let Point { measurement, tags, time, mut fields } = point;
        if tags.iter().any(|(key, _)| key == "time") {
            return Err(format!("invalid tag key: input tag \"time\" on measurement {measurement:?} is invalid"));
        }
        fields.retain(|(key, _)| key != "time");
        if fields.is_empty() {
            return Err(format!("invalid field name: input field \"time\" on measurement {measurement:?} is invalid"));
        }
        let kinds = self.kinds.entry(shard).or_default().entry(measurement.clone()).or_default();
        for (key, value) in &fields {
            if let Value::Text(text) = value
                && text.len() > LONGEST_TEXT
            {
                let n = text.len();
                return Err(format!(
                    "input field {key:?} on measurement {measurement:?} is too long, {n} > {LONGEST_TEXT}"
                ));
            }
            let kind = value.kind();
            if let Some(known) = kinds.get(key).filter(|known| **known != kind) {
                return Err(format!(
                    "field type conflict: input field {key:?} on measurement {measurement:?} is type {kind}, already exists as type {known}"
                ));
            }
        }
        for (key, value) in &fields {
            if !kinds.contains_key(key) {
                kinds.insert(key.clone(), value.kind());
            }
        }
        let kept = self.series.entry(measurement).or_default().entry(tags).or_default().entry(time).or_default();
        for (key, value) in fields {
            match kept.binary_search_by(|(known, _)| known.cmp(&key)) {
                Ok(place) => kept[place].1 = value,
                Err(place) => kept.insert(place, (key, value)),
            }
        }
        Ok(())
    }

    /// Every point, in the order of (measurement, tags, time).
    pub fn points(&self) -> Vec<Point> {
        let mut all = Vec::new();
        for (measurement, series) in &self.series {
            for (tags, times) in series {
                all.extend(times.iter().map(|(time, fields)| Point {
                    measurement: measurement.clone(),
                    tags: tags.clone(),
                    time: *time,
                    fields: fields.clone(),
                }));
            }
        }
        all
    }

    /// How many points there are.
    pub fn count(&self) -> usize {
        self.series.values().flat_map(BTreeMap::values).map(BTreeMap::len).sum()
    }

    /// The series of a measurement, in the order of their tags.
    pub fn series(&self, measurement: &str) -> impl Iterator<Item = (&Tags, &Series)> {
        self.series.get(measurement).into_iter().flatten()
    }

    /// Forgets what lies in `start..=stop` and has all these tags (`_measurement` among them).
    pub fn delete(&mut self, start: i64, stop: i64, wanted: &[(String, String)]) {
        for (measurement, series) in &mut self.series {
            for (tags, times) in series.iter_mut() {
                let fits = wanted.iter().all(|(key, value)| match key.as_str() {
                    "_measurement" => measurement == value,
                    _ => tags.iter().any(|(known, is)| known == key && is == value),
                });
                if fits {
                    times.retain(|time, _| *time < start || *time > stop);
                }
            }
            series.retain(|_, times| !times.is_empty());
        }
        self.series.retain(|_, series| !series.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(retention: Option<i64>) -> Bucket {
        Bucket::new("0000000000000001".into(), "b".into(), retention)
    }

    fn write(bucket: &mut Bucket, text: &str, now: i64) -> Result<(), Refused> {
        bucket.write(super::super::line::body(text.as_bytes(), 1, now).expect("good lines"), now)
    }

    #[test]
    fn fields_of_one_identity_are_merged() {
        let mut bucket = bucket(None);
        write(&mut bucket, "m,t=a x=1i,y=2i 5\nm,t=a y=3i,z=4i 5\n", 0).unwrap();
        write(&mut bucket, "m,t=b x=1i 5\n", 0).unwrap();
        let points = bucket.points();
        assert_eq!(points.len(), 2);
        let fields: Vec<_> = points[0].fields.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        assert_eq!(fields, [("x", Value::Int(1)), ("y", Value::Int(3)), ("z", Value::Int(4))]);
    }

    #[test]
    fn a_type_holds_for_its_shard_and_good_points_stay() {
        let mut bucket = bucket(None);
        let refused = write(&mut bucket, "m x=1i 5\nm x=2.0 6\nm y=1i 7\n", 0).unwrap_err();
        assert_eq!(
            refused.message,
            "failure writing points to database: partial write: field type conflict: input field \"x\" on measurement \"m\" \
             is type float, already exists as type integer dropped=1"
        );
        assert_eq!(bucket.count(), 2);
        let later = 8 * 24 * HOUR;
        write(&mut bucket, &format!("m x=2.0 {later}\n"), 0).unwrap();
        assert_eq!(bucket.count(), 3);
    }

    #[test]
    fn what_is_older_than_the_retention_is_refused_alone() {
        let mut bucket = bucket(Some(24 * HOUR));
        let now = 100 * HOUR;
        let told =
            write(&mut bucket, &format!("m x=1i {}\nm x=1i {}\n", 75 * HOUR, 77 * HOUR), now).unwrap_err().message;
        assert!(told.contains("dropped 1 points outside retention policy of duration 24h0m0s"), "{told}");
        assert!(told.ends_with("dropped=1 for database: 0000000000000001 for retention policy: autogen"), "{told}");
        assert_eq!(bucket.count(), 1);
    }

    #[test]
    fn a_field_named_time_is_left_out_and_alone_refused() {
        let mut bucket = bucket(None);
        write(&mut bucket, "m time=1i,x=1i 1\n", 0).unwrap();
        assert_eq!(bucket.points()[0].fields.len(), 1);
        assert!(write(&mut bucket, "m time=1i 1\n", 0).unwrap_err().message.contains("invalid field name"));
        assert!(write(&mut bucket, "m,time=1 x=1i 1\n", 0).unwrap_err().message.contains("invalid tag key"));
    }

    #[test]
    fn deleting_takes_what_has_all_the_tags() {
        let mut bucket = bucket(None);
        write(&mut bucket, "m,s=a x=1i 1\nm,s=a x=1i 9\nm,s=b x=1i 1\nn,s=a x=1i 1\n", 0).unwrap();
        bucket.delete(0, 5, &[("_measurement".into(), "m".into()), ("s".into(), "a".into())]);
        assert_eq!(bucket.count(), 3);
    }
}
