//! From tallies to rows: which there are, in which order, under which names.

use std::cmp::Ordering;
use std::collections::HashMap;

use domain::SiteId;

use super::coverage::Coverage;
use super::groups::Entity;
use super::period::Times;
use super::question::{By, MOST_ROWS, Mistake};
use super::shape::{Member, Row, Value};
use super::tally::{Of, Tally};
use crate::{Error, Source};

/// What one period gave.
pub(super) struct Gathered<T> {
    /// By row, then by time; rows at the end that nothing belongs to may be missing.
    pub tallies: Vec<T>,
    /// How complete it is.
    pub coverage: Coverage,
}

/// Why a row is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    /// It is not: nothing was due, heard or happened.
    Not,
    /// Its hours were due, or heard.
    Due,
    /// Something happened.
    Happened,
}

/// Display names of the ids that rows are by.
pub(super) struct Names(HashMap<(Option<SiteId>, By, String), String>);

impl Names {
    /// Of these sites. Where rows are not by site, the first site that names an id is right.
    pub fn of(source: &dyn Source, sites: &[SiteId], by: &[By]) -> Result<Self, Error> {
        let mut names = HashMap::new();
        let named = |by: &&By| !by.is_time() && !matches!(by, By::Camera | By::Zone);
        let kinds: Vec<By> = by.iter().filter(named).copied().collect();
        if kinds.is_empty() {
            return Ok(Self(names));
        }
        for site in sites {
            for name in source.names(*site)? {
                if let Some(kind) = kinds.iter().copied().find(|kind| kind.word() == name.kind) {
                    let of = by.contains(&By::Site).then_some(*site);
                    names.entry((of, kind, name.id)).or_insert(name.name);
                }
            }
        }
        Ok(Self(names))
    }

    fn get(&self, site: Option<SiteId>, by: By, code: &str) -> Option<String> {
        self.0.get(&(site, by, code.to_owned())).cloned()
    }
}

/// The rows of an answer.
pub(super) struct Table<'a> {
    /// What they are by.
    pub by: &'a [By],
    /// Their times.
    pub times: &'a Times,
    /// What they are of.
    pub entities: &'a [Entity],
    /// So many of these are there in any case.
    pub certain: usize,
    /// What their values have in common.
    pub of: Of,
    /// How they are called.
    pub names: Names,
}

impl Table<'_> {
    /// All rows of a period, beside the one that it is compared with.
    ///
    /// # Errors
    /// More than anybody reads.
    pub fn rows<T: Tally>(&self, now: &mut Gathered<T>, mut then: Option<&mut Gathered<T>>) -> Result<Vec<Row>, Error> {
        // Stores may keep or leave out cells in which nothing happened: rows depend on what did.
        let seen = |ix: &usize| {
            *ix < self.certain || self.happened(now, *ix) || then.as_ref().is_some_and(|then| self.happened(then, *ix))
        };
        let mut order: Vec<usize> = (0..self.entities.len()).filter(seen).collect();
        order.sort_by(|a, b| self.order(*a, *b));
        let mut rows = Vec::new();
        // Times stand between the site and everything else.
        for of_site in order.chunk_by(|a, b| self.entities[*a].site == self.entities[*b].site) {
            for time in 0..self.times.len() {
                for entity in of_site {
                    let before = then.as_mut().map(|then| self.values(then, *entity, time));
                    let (shown, values) = self.values(now, *entity, time);
                    let (shown_before, before) = before.unwrap_or((Shown::Not, Vec::new()));
                    if self.is_row(*entity, shown.max(shown_before)) {
                        rows.push(Row { group: self.group(*entity, time), values, before });
                    }
                    if rows.len() > MOST_ROWS {
                        return Err(Mistake::TooManyRows.into());
                    }
                }
            }
        }
        Ok(rows)
    }

    fn happened<T: Tally>(&self, of: &Gathered<T>, entity: usize) -> bool {
        let tallies = of.tallies.iter().skip(entity * self.times.len()).take(self.times.len());
        tallies.into_iter().any(|tally| tally.touched(&self.of))
    }

    fn order(&self, a: usize, b: usize) -> Ordering {
        let (a, b) = (&self.entities[a], &self.entities[b]);
        let of = |by: &By| {
            let (a, b) = (a.code(*by), b.code(*by));
            a.is_none().cmp(&b.is_none()).then_with(|| a.cmp(&b))
        };
        self.by.iter().map(of).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn is_row(&self, entity: usize, shown: Shown) -> bool {
        let of = &self.entities[entity];
        // What is to nobody's account is told only where there is something.
        let is_somebody = self.by.iter().all(|by| by.is_time() || of.code(*by).is_some());
        match shown {
            Shown::Happened => true,
            Shown::Due => is_somebody,
            Shown::Not => entity < self.certain && !self.times.any(),
        }
    }

    fn values<T: Tally>(&self, of: &mut Gathered<T>, entity: usize, time: usize) -> (Shown, Vec<Value>) {
        let heard = of.coverage.heard(self.entities[entity].site, time);
        let mut nothing = T::default();
        let tally = of.tallies.get_mut(entity * self.times.len() + time).unwrap_or(&mut nothing);
        let happened = tally.touched(&self.of);
        let of = Of { heard, known: heard.any() || happened, ..self.of };
        let due = heard.any() || heard.due_min > 0;
        let shown = match (happened, due) {
            (true, _) => Shown::Happened,
            (false, true) => Shown::Due,
            (false, false) => Shown::Not,
        };
        (shown, tally.values(&of))
    }

    fn group(&self, entity: usize, time: usize) -> Vec<Member> {
        let of = &self.entities[entity];
        let member = |by: &By| {
            let code = if by.is_time() { self.times.text(time, *by) } else { of.code(*by).map(str::to_owned) };
            let name = code.as_deref().filter(|_| !by.is_time()).and_then(|code| self.names.get(of.site, *by, code));
            Member { code, name }
        };
        self.by.iter().map(member).collect()
    }
}
