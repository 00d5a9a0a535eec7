//! The minute rows of a day: columns too, and compressed, since they are many, alike and seldom asked.

use std::io::Read as _;

use domain::event::CounterStatus;
use domain::history::{CounterMinute, Day, Minutes, QualityMinute, QueueMinute, ZoneMinute};

use super::bytes::{Bytes, Width, put_column, put_number};
use super::names::Book;
use super::{MINUTES, Malformed, none_or, or_none};

/// A day's minutes are never longer than this, unpacked; what claims to be is damage.
const MOST: u64 = 256 << 20;

/// Higher levels take much longer for little.
const LEVEL: i32 = 3;

/// Packs the minute rows of a day.
///
/// # Errors
/// When the compressor finds no memory.
pub fn encode_minutes(day: &Day) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    super::begin(MINUTES, &mut out);
    out.extend_from_slice(&zstd::bulk::compress(&columns(day), LEVEL)?);
    super::seal(&mut out);
    Ok(out)
}

/// The same rows unpacked: what a digest is taken of, since another version of the compressor may
/// write them otherwise.
pub(crate) fn unpacked(pack: &[u8]) -> Result<Vec<u8>, Malformed> {
    let body = super::open(MINUTES, pack)?;
    let mut plain = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(body).map_err(|_| Malformed::Value)?;
    decoder.take(MOST).read_to_end(&mut plain).map_err(|_| Malformed::Value)?;
    Ok(plain)
}

fn columns(day: &Day) -> Vec<u8> {
    let Minutes { queues, counters, zones, quality } = &day.minutes;
    let officers = counters.iter().filter_map(|row| row.officer);
    let people = Book::of(day, queues.iter().map(|row| row.service), counters.iter().map(|row| row.counter), officers);
    let seen = Book::of_zones(zones.iter().map(|row| row.camera), zones.iter().map(|row| row.zone));
    let book = Book { cameras: seen.cameras, zones: seen.zones, ..people };
    let mut out = Vec::new();
    book.put(&mut out);
    put_minutes(queues.iter().map(|row| row.minute), &mut out);
    put(queues, |row| i64::from(book.service(Some(row.service))), &mut out);
    put(queues, |row| i64::from(row.waiting), &mut out);
    put(queues, |row| i64::from(row.oldest_ms.is_some()), &mut out);
    put(queues, |row| row.oldest_ms.unwrap_or(0), &mut out);
    put_minutes(counters.iter().map(|row| row.minute), &mut out);
    put(counters, |row| i64::from(book.counter(Some(row.counter))), &mut out);
    put(counters, |row| i64::from(book.officer(row.officer)), &mut out);
    put(counters, |row| status(row.status) << 1 | i64::from(row.busy), &mut out);
    put_minutes(zones.iter().map(|row| row.minute), &mut out);
    put(zones, |row| i64::from(book.camera(row.camera)), &mut out);
    put(zones, |row| i64::from(book.zone(row.zone)), &mut out);
    put(zones, |row| or_none(row.level), &mut out);
    put(zones, |row| or_none(row.motion.map(i64::from)), &mut out);
    put(zones, |row| or_none(row.people), &mut out);
    put_minutes(quality.iter().map(|row| row.minute), &mut out);
    put(quality, |row| i64::from(row.accepted), &mut out);
    put(quality, |row| i64::from(row.late), &mut out);
    put(quality, |row| i64::from(row.lost), &mut out);
    put(quality, |row| i64::from(row.dead_letters), &mut out);
    out
}

fn put<R>(rows: &[R], of: impl Fn(&R) -> i64 + Clone, out: &mut Vec<u8>) {
    put_column(rows.iter().map(of), Width::Any, out);
}

/// Rows are in the order of their minutes: how many passed since the row before.
fn put_minutes(minutes: impl ExactSizeIterator<Item = u16> + Clone, out: &mut Vec<u8>) {
    put_number(minutes.len() as u64, out);
    let before = std::iter::once(0).chain(minutes.clone());
    put_column(
        minutes.zip(before).map(|(minute, before)| i64::from(minute) - i64::from(before)),
        Width::AtLeastOne,
        out,
    );
}

const fn status(status: CounterStatus) -> i64 {
    match status {
        CounterStatus::Open => 0,
        CounterStatus::Paused => 1,
        CounterStatus::Closed => 2,
    }
}

const fn status_of(number: i64) -> Result<CounterStatus, Malformed> {
    match number {
        0 => Ok(CounterStatus::Open),
        1 => Ok(CounterStatus::Paused),
        2 => Ok(CounterStatus::Closed),
        _ => Err(Malformed::Value),
    }
}

/// What [`encode_minutes`] packed.
///
/// # Errors
/// When it is not that.
pub fn decode_minutes(pack: &[u8]) -> Result<Minutes, Malformed> {
    let plain = unpacked(pack)?;
    let mut rest = Bytes(&plain);
    let len = rest.count()?;
    let mut book = Book::default();
    book.read(rest.take(len)?)?;
    let minutes = Minutes {
        queues: queues(&book, &mut rest)?,
        counters: counters(&book, &mut rest)?,
        zones: zones(&book, &mut rest)?,
        quality: quality(&mut rest)?,
    };
    rest.end()?;
    Ok(minutes)
}

fn read_minutes(rest: &mut Bytes<'_>) -> Result<Vec<u16>, Malformed> {
    let n = rest.count()?;
    let mut minutes: Vec<u16> = Vec::new();
    rest.long_column(n, &mut minutes)?;
    let mut now = 0_u16;
    for minute in &mut minutes {
        now = now.wrapping_add(*minute);
        *minute = now;
    }
    Ok(minutes)
}

/// Columns are as long as the minutes before them.
fn read<const N: usize>(n: usize, rest: &mut Bytes<'_>) -> Result<[Vec<i64>; N], Malformed> {
    let mut columns = [const { Vec::new() }; N];
    columns.iter_mut().try_for_each(|column| rest.column(n, column))?;
    Ok(columns)
}

fn pick<T: Copy>(list: &[T], at: i64) -> Result<T, Malformed> {
    usize::try_from(at).ok().and_then(|at| list.get(at)).copied().ok_or(Malformed::Value)
}

fn number<T: TryFrom<i64>>(value: i64) -> Result<T, Malformed> {
    T::try_from(value).map_err(|_| Malformed::Value)
}

fn queues(book: &Book, rest: &mut Bytes<'_>) -> Result<Vec<QueueMinute>, Malformed> {
    let minutes = read_minutes(rest)?;
    let [service, waiting, some, oldest] = read(minutes.len(), rest)?;
    let row = |(i, minute): (usize, &u16)| {
        Ok(QueueMinute {
            minute: *minute,
            service: pick(&book.services, service[i])?.service,
            waiting: number(waiting[i])?,
            oldest_ms: (some[i] != 0).then_some(oldest[i]),
        })
    };
    minutes.iter().enumerate().map(row).collect()
}

fn counters(book: &Book, rest: &mut Bytes<'_>) -> Result<Vec<CounterMinute>, Malformed> {
    let minutes = read_minutes(rest)?;
    let [counter, officer, state] = read(minutes.len(), rest)?;
    let row = |(i, minute): (usize, &u16)| {
        Ok(CounterMinute {
            minute: *minute,
            counter: pick(&book.counters, counter[i])?.0,
            status: status_of(state[i] >> 1)?,
            busy: state[i] & 1 == 1,
            officer: pick(&book.officers, officer[i]).ok(),
        })
    };
    minutes.iter().enumerate().map(row).collect()
}

fn zones(book: &Book, rest: &mut Bytes<'_>) -> Result<Vec<ZoneMinute>, Malformed> {
    let minutes = read_minutes(rest)?;
    let [camera, zone, level, motion, people] = read(minutes.len(), rest)?;
    let row = |(i, minute): (usize, &u16)| {
        Ok(ZoneMinute {
            minute: *minute,
            camera: pick(&book.cameras, camera[i])?,
            zone: pick(&book.zones, zone[i])?,
            level: none_or(level[i])?,
            motion: none_or::<u8>(motion[i])?.map(|motion| motion != 0),
            people: none_or(people[i])?,
        })
    };
    minutes.iter().enumerate().map(row).collect()
}

fn quality(rest: &mut Bytes<'_>) -> Result<Vec<QualityMinute>, Malformed> {
    let minutes = read_minutes(rest)?;
    let [accepted, late, lost, dead_letters] = read(minutes.len(), rest)?;
    let row = |(i, minute): (usize, &u16)| {
        Ok(QualityMinute {
            minute: *minute,
            accepted: number(accepted[i])?,
            late: number(late[i])?,
            lost: number(lost[i])?,
            dead_letters: number(dead_letters[i])?,
        })
    };
    minutes.iter().enumerate().map(row).collect()
}
