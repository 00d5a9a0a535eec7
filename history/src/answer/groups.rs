//! To which row a cell belongs: ids become small numbers once a day, so that the cells themselves
//! only look into a table.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use domain::history::ServicePlace;
use domain::{CameraId, CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId, ZoneId};

use super::codes::{Codes, Quick};
use super::question::{By, Figure, Only, Question};
use crate::source::{Key, Names};

/// No row, because the question is of something else.
pub(super) const SKIP: u32 = u32::MAX;
/// Not looked up yet.
const UNSET: u32 = u32::MAX - 1;

/// What rows are of, time aside. What rows are not by is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) struct Entity {
    pub site: Option<SiteId>,
    pub department: Option<DepartmentId>,
    pub field: Option<FieldId>,
    pub service: Option<ServiceId>,
    pub counter: Option<CounterId>,
    pub officer: Option<OfficerId>,
    pub camera: Option<CameraId>,
    pub zone: Option<ZoneId>,
}

impl Entity {
    /// The id by which a row is grouped.
    pub fn code(&self, by: By) -> Option<&str> {
        match by {
            By::Site => self.site.as_ref().map(SiteId::as_str),
            By::Department => self.department.as_ref().map(DepartmentId::as_str),
            By::Field => self.field.as_ref().map(FieldId::as_str),
            By::Service => self.service.as_ref().map(ServiceId::as_str),
            By::Counter => self.counter.as_ref().map(CounterId::as_str),
            By::Officer => self.officer.as_ref().map(OfficerId::as_str),
            By::Camera => self.camera.as_ref().map(CameraId::as_str),
            By::Zone => self.zone.as_ref().map(ZoneId::as_str),
            By::Month | By::Week | By::Day | By::Weekday | By::Hour => None,
        }
    }
}

type Place = (ServiceId, Option<FieldId>, Option<DepartmentId>);
type Counter = (CounterId, Option<DepartmentId>);

/// What a figure's rows look at.
#[derive(Debug, Clone, Copy)]
struct Looks {
    by: [bool; By::ALL.len()],
    /// The department is the counter's, not the service's.
    counters_department: bool,
    /// Whether services, counters, officers matter at all, for rows or for what is left out.
    services: bool,
    counters: bool,
    officers: bool,
}

impl Looks {
    fn at(&self, by: By) -> bool {
        self.by[by as usize]
    }
}

/// The rows of one question, time aside.
#[derive(Debug)]
pub(super) struct Groups {
    looks: Looks,
    only: Only,
    site: Option<SiteId>,
    entities: Codes<Entity>,
    /// Of the site: what cells name by id.
    lines: Codes<ServiceId>,
    posts: Codes<(CounterId, Option<OfficerId>)>,
    views: Codes<(CameraId, ZoneId)>,
    /// Numbers of what rows look at, and rows by them (of the site, where rows are by site).
    places: Codes<Place>,
    counters: Codes<Counter>,
    officers: Codes<OfficerId>,
    rows: HashMap<[u32; 3], u32, BuildHasherDefault<Quick>>,
    /// Rows by place of service, counter and officer in the day's names, or by the site's numbers.
    table: Vec<u32>,
    strides: [usize; 3],
    lengths: [usize; 3],
}

impl Groups {
    /// For a question whose rows are by `by`.
    pub fn new(question: &Question, by: &[By]) -> Self {
        let only = question.only;
        let asked = |one: By| by.contains(&one) || only.named().any(|named| named == one);
        let counters_department = question.figure == Figure::Utilisation;
        let department = asked(By::Department);
        let mut looks = Looks {
            by: [false; By::ALL.len()],
            counters_department,
            services: asked(By::Service) || asked(By::Field) || (department && !counters_department),
            counters: asked(By::Counter) || (department && counters_department),
            officers: asked(By::Officer),
        };
        for one in by {
            looks.by[*one as usize] = true;
        }
        Self {
            looks,
            only,
            site: None,
            entities: Codes::default(),
            lines: Codes::default(),
            posts: Codes::default(),
            views: Codes::default(),
            places: Codes::default(),
            counters: Codes::default(),
            officers: Codes::default(),
            rows: HashMap::default(),
            table: Vec::new(),
            strides: [0; 3],
            lengths: [0; 3],
        }
    }

    /// All rows so far, by their numbers.
    pub fn entities(&self) -> &[Entity] {
        self.entities.keys()
    }

    /// A row that is there in any case.
    pub fn insert(&mut self, entity: &Entity) {
        self.entities.code(entity);
    }

    /// Cells of a part of a day follow.
    pub fn begin(&mut self, site: SiteId, names: &Names<'_>) {
        if self.site != Some(site) {
            self.site = Some(site);
            self.lines.clear();
            self.posts.clear();
            self.views.clear();
            if self.looks.at(By::Site) {
                self.rows.clear();
            }
        }
        let looks = self.looks;
        self.lengths = [names.services.len(), names.counters.len(), names.officers.len()];
        let mut stride = 1;
        for (axis, looked) in [looks.services, looks.counters, looks.officers].into_iter().enumerate() {
            self.strides[axis] = if looked { stride } else { 0 };
            stride *= if looked { self.lengths[axis] + 1 } else { 1 };
        }
        self.table.clear();
        self.table.resize(stride, UNSET);
    }

    /// The row of a flow cell.
    #[inline]
    pub fn flow(&mut self, key: Key, names: &Names<'_>) -> u32 {
        let place = |of: u16, axis: usize| usize::from(of).min(self.lengths[axis]) * self.strides[axis];
        let place = place(key.service, 0) + place(key.counter, 1) + place(key.officer, 2);
        match self.table[place] {
            UNSET => {
                let service = names.services.get(usize::from(key.service));
                let counter = names.counters.get(usize::from(key.counter));
                let officer = names.officers.get(usize::from(key.officer)).copied();
                let row = self.numbered(service, counter, officer);
                self.table[place] = row;
                row
            }
            row => row,
        }
    }

    /// The row of a line.
    #[inline]
    pub fn line(&mut self, service: &ServiceId, names: &Names<'_>) -> u32 {
        let place = if self.looks.services { self.lines.code(service) as usize } else { 0 };
        self.known(place).unwrap_or_else(|| {
            let nowhere = ServicePlace { service: *service, field: None, department: None };
            let found = names.services.iter().find(|place| place.service == *service).unwrap_or(&nowhere);
            let row = self.numbered(Some(found), None, None);
            self.table[place] = row;
            row
        })
    }

    /// The row of a counter and who serves there.
    #[inline]
    pub fn post(&mut self, counter: &CounterId, officer: Option<OfficerId>, names: &Names<'_>) -> u32 {
        let looks = self.looks;
        let key = (*counter, officer.filter(|_| looks.officers));
        let place = if looks.counters || looks.officers { self.posts.code(&key) as usize } else { 0 };
        self.known(place).unwrap_or_else(|| {
            let found = names.counters.iter().find(|(other, _)| other == counter);
            let row = self.numbered(None, Some(found.unwrap_or(&(*counter, None))), officer);
            self.table[place] = row;
            row
        })
    }

    /// The row of a zone.
    #[inline]
    pub fn view(&mut self, camera: CameraId, zone: ZoneId) -> u32 {
        let place = self.views.code(&(camera, zone)) as usize;
        self.known(place).unwrap_or_else(|| {
            let site = self.site.filter(|_| self.looks.at(By::Site));
            let entity = Entity { site, camera: Some(camera), zone: Some(zone), ..Entity::default() };
            let row = self.entities.code(&entity);
            self.table[place] = row;
            row
        })
    }

    /// The row of a site as a whole.
    pub fn whole(&mut self) -> u32 {
        let site = self.site.filter(|_| self.looks.at(By::Site));
        self.entities.code(&Entity { site, ..Entity::default() })
    }

    fn known(&mut self, place: usize) -> Option<u32> {
        if place >= self.table.len() {
            self.table.resize(place + 1, UNSET);
        }
        Some(self.table[place]).filter(|row| *row != UNSET)
    }

    /// The row, by numbers: most days have what the day before had.
    fn numbered(
        &mut self,
        service: Option<&ServicePlace>,
        counter: Option<&Counter>,
        officer: Option<OfficerId>,
    ) -> u32 {
        let looks = self.looks;
        let mut key = [SKIP; 3];
        if let Some(place) = service.filter(|_| looks.services) {
            key[0] = self.places.code(&(place.service, place.field, place.department));
        }
        if let Some(counter) = counter.filter(|_| looks.counters) {
            key[1] = self.counters.code(counter);
        }
        if let Some(officer) = officer.filter(|_| looks.officers) {
            key[2] = self.officers.code(&officer);
        }
        if let Some(row) = self.rows.get(&key) {
            return *row;
        }
        let row = self.row(service, counter, officer);
        self.rows.insert(key, row);
        row
    }

    fn row(&mut self, service: Option<&ServicePlace>, counter: Option<&Counter>, officer: Option<OfficerId>) -> u32 {
        let (looks, only) = (self.looks, self.only);
        let field = service.and_then(|place| place.field);
        let of_service = service.and_then(|place| place.department);
        let of_counter = counter.and_then(|(_, department)| *department);
        let department = if looks.counters_department { of_counter } else { of_service };
        let (service, counter) = (service.map(|place| place.service), counter.map(|(counter, _)| *counter));
        let wanted = is(only.department, department)
            && is(only.field, field)
            && is(only.service, service)
            && is(only.counter, counter)
            && is(only.officer, officer);
        if !wanted {
            return SKIP;
        }
        let entity = Entity {
            site: self.site.filter(|_| looks.at(By::Site)),
            department: department.filter(|_| looks.at(By::Department)),
            field: field.filter(|_| looks.at(By::Field)),
            service: service.filter(|_| looks.at(By::Service)),
            counter: counter.filter(|_| looks.at(By::Counter)),
            officer: officer.filter(|_| looks.at(By::Officer)),
            ..Entity::default()
        };
        self.entities.code(&entity)
    }
}

fn is<T: PartialEq>(wanted: Option<T>, found: Option<T>) -> bool {
    wanted.is_none() || wanted == found
}
