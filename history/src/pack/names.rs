//! The ids that the keys of a pack point to. Sorted ids share their beginnings, so each is how much
//! it has in common with the one before, and its rest.

use domain::history::{Day, ServicePlace};
use domain::{CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, ZoneId};

use super::bytes::{Bytes, put_number};
use super::{Malformed, PLACES};
use crate::source::NONE;

/// Counters and their departments.
pub type CounterPlaces = Vec<(CounterId, Option<DepartmentId>)>;

/// The ids that occur in one part, in order, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    /// Services, and where they belonged.
    pub services: Vec<ServicePlace>,
    /// Counters, and where they belonged.
    pub counters: CounterPlaces,
    /// Officers.
    pub officers: Vec<OfficerId>,
    /// Cameras.
    pub cameras: Vec<CameraId>,
    /// Zones.
    pub zones: Vec<ZoneId>,
}

/// Sorted, each once. A key can point to 65,535 things: what is beyond that in one day is to
/// nobody's account.
fn sorted<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = ids.collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(usize::from(NONE));
    all
}

impl Book {
    /// Those services, counters and officers, at their places of that day.
    pub fn of<S, C, O>(day: &Day, services: S, counters: C, officers: O) -> Self
    where
        S: Iterator<Item = ServiceId>,
        C: Iterator<Item = CounterId>,
        O: Iterator<Item = OfficerId>,
    {
        let place = |service: ServiceId| {
            let found = day.services.binary_search_by_key(&service, |place| place.service);
            found.map_or(ServicePlace { service, field: None, department: None }, |at| day.services[at])
        };
        let department = |counter: CounterId| {
            let found = day.counter_places.binary_search_by_key(&counter, |place| place.0);
            found.ok().and_then(|at| day.counter_places[at].1)
        };
        Self {
            services: sorted(services).into_iter().map(place).collect(),
            counters: sorted(counters).into_iter().map(|counter| (counter, department(counter))).collect(),
            officers: sorted(officers),
            ..Self::default()
        }
    }

    /// Those cameras and zones.
    pub fn of_zones(cameras: impl Iterator<Item = CameraId>, zones: impl Iterator<Item = ZoneId>) -> Self {
        Self { cameras: sorted(cameras), zones: sorted(zones), ..Self::default() }
    }

    /// Where a service stands; [`NONE`]: nowhere.
    pub fn service(&self, id: Option<ServiceId>) -> u16 {
        id.map_or(NONE, |id| index(self.services.binary_search_by_key(&id, |place| place.service)))
    }

    /// Where a counter stands.
    pub fn counter(&self, id: Option<CounterId>) -> u16 {
        id.map_or(NONE, |id| index(self.counters.binary_search_by_key(&id, |place| place.0)))
    }

    /// Where an officer stands.
    pub fn officer(&self, id: Option<OfficerId>) -> u16 {
        id.map_or(NONE, |id| index(self.officers.binary_search(&id)))
    }

    /// Where a camera stands.
    pub fn camera(&self, id: CameraId) -> u16 {
        index(self.cameras.binary_search(&id))
    }

    /// Where a zone stands.
    pub fn zone(&self, id: ZoneId) -> u16 {
        index(self.zones.binary_search(&id))
    }

    /// Appends it, its length first.
    pub fn put(&self, out: &mut Vec<u8>) {
        let mut book = Vec::new();
        let fields = sorted(self.services.iter().filter_map(|place| place.field));
        let of_services = self.services.iter().filter_map(|place| place.department);
        let departments = sorted(of_services.chain(self.counters.iter().filter_map(|place| place.1)));
        put_ids(&fields, &mut book);
        put_ids(&departments, &mut book);
        put_ids(&self.services.iter().map(|place| place.service).collect::<Vec<_>>(), &mut book);
        for place in &self.services {
            put_place(&fields, place.field, &mut book);
            put_place(&departments, place.department, &mut book);
        }
        put_ids(&self.counters.iter().map(|place| place.0).collect::<Vec<_>>(), &mut book);
        for (_, department) in &self.counters {
            put_place(&departments, *department, &mut book);
        }
        put_ids(&self.officers, &mut book);
        put_ids(&self.cameras, &mut book);
        put_ids(&self.zones, &mut book);
        put_number(book.len() as u64, out);
        out.extend_from_slice(&book);
    }

    /// Reads it in place of what was there.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let mut rest = Bytes(bytes);
        let (mut fields, mut departments) = (Vec::new(), Vec::new());
        read_ids(&mut rest, FieldId::new, |id| fields.push(id))?;
        read_ids(&mut rest, DepartmentId::new, |id| departments.push(id))?;
        self.services.clear();
        let nowhere = |service| ServicePlace { service, field: None, department: None };
        read_ids(&mut rest, ServiceId::new, |service| self.services.push(nowhere(service)))?;
        for place in &mut self.services {
            place.field = read_place(&mut rest, &fields)?;
            place.department = read_place(&mut rest, &departments)?;
        }
        self.counters.clear();
        read_ids(&mut rest, CounterId::new, |counter| self.counters.push((counter, None)))?;
        for (_, department) in &mut self.counters {
            *department = read_place(&mut rest, &departments)?;
        }
        self.officers.clear();
        read_ids(&mut rest, OfficerId::new, |id| self.officers.push(id))?;
        self.cameras.clear();
        read_ids(&mut rest, CameraId::new, |id| self.cameras.push(id))?;
        self.zones.clear();
        read_ids(&mut rest, ZoneId::new, |id| self.zones.push(id))?;
        rest.end()
    }
}

/// No index reaches [`NONE`]: lists are cut before it.
fn index(found: Result<usize, usize>) -> u16 {
    found.ok().and_then(|at| u16::try_from(at).ok()).unwrap_or(NONE)
}

fn put_ids<T: AsRef<str>>(ids: &[T], out: &mut Vec<u8>) {
    put_number(ids.len() as u64, out);
    let mut before: &[u8] = b"";
    for id in ids {
        let id = id.as_ref().as_bytes();
        let common = before.iter().zip(id).take_while(|(a, b)| a == b).count();
        // An id is at most 32 bytes long.
        out.extend_from_slice(&[common as u8, (id.len() - common) as u8]);
        out.extend_from_slice(&id[common..]);
        before = id;
    }
}

fn read_ids<T, E>(
    rest: &mut Bytes<'_>,
    parse: impl Fn(&str) -> Result<T, E>,
    mut take: impl FnMut(T),
) -> Result<(), Malformed> {
    let count = rest.count()?;
    if count > usize::from(NONE) {
        return Err(Malformed::Length);
    }
    let mut id = [0_u8; domain::ids::MAX_ID_LEN];
    let mut before = 0;
    for _ in 0..count {
        let (common, more) = (usize::from(rest.byte()?), usize::from(rest.byte()?));
        let place = id.get_mut(common..common + more).filter(|_| common <= before).ok_or(Malformed::Value)?;
        place.copy_from_slice(rest.take(more)?);
        before = common + more;
        let text = std::str::from_utf8(&id[..before]).map_err(|_| Malformed::Value)?;
        take(parse(text).map_err(|_| Malformed::Value)?);
    }
    Ok(())
}

/// Where in the list, from 1; 0: nowhere.
fn put_place<T: Ord>(list: &[T], id: Option<T>, out: &mut Vec<u8>) {
    let found = id.and_then(|id| list.binary_search(&id).ok());
    put_number(found.map_or(0, |at| at as u64 + 1), out);
}

fn read_place<T: Copy>(rest: &mut Bytes<'_>, list: &[T]) -> Result<Option<T>, Malformed> {
    let place = usize::try_from(rest.number()?).map_err(|_| Malformed::Value)?;
    place.checked_sub(1).map(|at| list.get(at).copied().ok_or(Malformed::Value)).transpose()
}

/// Where the services and counters of a day belonged.
#[must_use]
pub fn encode_places(day: &Day) -> Vec<u8> {
    let book = Book { services: day.services.clone(), counters: day.counter_places.clone(), ..Book::default() };
    let mut out = Vec::new();
    super::begin(PLACES, &mut out);
    book.put(&mut out);
    super::seal(&mut out);
    out
}

/// What [`encode_places`] packed.
///
/// # Errors
/// When it is not that.
pub fn decode_places(pack: &[u8]) -> Result<(Vec<ServicePlace>, CounterPlaces), Malformed> {
    let mut rest = Bytes(super::open(PLACES, pack)?);
    let len = rest.count()?;
    let mut book = Book::default();
    book.read(rest.take(len)?)?;
    rest.end()?;
    Ok((book.services, book.counters))
}
