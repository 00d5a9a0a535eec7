//! Questions and answers: one definition of every figure, whatever store it is read from.
//!
//! ```text
//! address ── Request::read ──> Question ── ask(source) ──> Answer ──> to_json · to_csv
//! ```
//!
//! [`ask`] reads the hourly cells of the range once, and of the period to compare with once more.
//! Each cell is added to the tally of its row (what rows are of, and when); a tally becomes the
//! values of the figure's columns ([`columns`]). Sums, means and greatest values are those of the
//! events themselves, percentiles are exact to the second.
//!
//! **Missing is never 0.** A row whose hours were not heard has `None`, with the reason
//! ([`Missing`]); 0 is a count of hours that were listened to. Rows of times that had service hours
//! are there even when nothing is stored of them.
//!
//! **Completeness** of a value is that of its row's hours, of all sites of the row together: heard
//! over due minutes, times the accepted share of the events that devices had numbered. A site
//! without service hours has no due minutes but those that were heard. A business day between the
//! site's first stored one and the last one of any site that is not stored at all is due like the
//! average of its weekday, over the range (or over the four weeks before it, where the range has no
//! such weekday); days to come are not due.
//!
//! **Rows.** Counts of a thing that occurs anywhere in the range are told for every time of the
//! answer. Services, fields and departments of several sites are one row where they have the same
//! id; counters, officers and zones are always told site by site.

mod codes;
mod coverage;
mod durations;
mod figures;
mod groups;
mod period;
mod question;
mod render;
mod rows;
mod shape;
mod tally;
mod words;

use domain::SiteId;
use domain::facts::Date;

pub use self::figures::columns;
pub use self::question::{By, Compare, Figure, MOST_DAYS, MOST_ROWS, Mistake, Only, Question};
pub use self::render::{to_csv, to_json};
pub use self::shape::{Answer, Column, Member, Missing, Range, Row, Unit, Value};
pub use self::words::{Format, Lang, PARAMETERS, Request, by};

use self::coverage::Coverage;
use self::figures::{Abandonment, Estimates, Load, Quality, Ratings, Utilisation, Waits, Zones};
use self::groups::{Entity, Groups};
use self::period::{Before, Days, NOWHERE, Times};
use self::rows::{Gathered, Names, Table};
use self::tally::{MOST_TALLIES, Of, Place, Sheet, Tally};
use crate::source::Cells;
use crate::{Error, Part, Scope, Source};

/// So many days before the range tell what is due on a weekday of which the range has none.
const WEEKS_BEFORE: Date = 28;

/// Answers a question.
///
/// # Errors
/// [`Error::Question`] when it cannot be answered at all, others when the store cannot be read.
pub fn ask(source: &dyn Source, question: &Question) -> Result<Answer, Error> {
    question.check()?;
    match question.figure {
        Figure::Waits => answer::<Waits>(source, question),
        Figure::Load => answer::<Load>(source, question),
        Figure::Ratings => answer::<Ratings>(source, question),
        Figure::Utilisation => answer::<Utilisation>(source, question),
        Figure::Abandonment => answer::<Abandonment>(source, question),
        Figure::Estimates => answer::<Estimates>(source, question),
        Figure::Zones => answer::<Zones>(source, question),
        Figure::Quality => answer::<Quality>(source, question),
    }
}

/// The sites of a question, and what is stored of them.
struct Sites {
    ids: Vec<SiteId>,
    firsts: Vec<Option<Date>>,
    last: Option<Date>,
    /// What the scan is asked for.
    scope: Vec<SiteId>,
}

impl Sites {
    fn of(source: &dyn Source, question: &Question) -> Result<Self, Error> {
        let mut ids = if question.sites.is_empty() { source.sites()? } else { question.sites.clone() };
        ids.sort_unstable();
        ids.dedup();
        let mut sites = Self { ids, firsts: Vec::new(), last: None, scope: question.sites.clone() };
        for site in &sites.ids {
            let span = source.span(*site)?;
            sites.firsts.push(span.map(|(first, _)| first));
            sites.last = sites.last.max(span.map(|(_, last)| last));
        }
        Ok(sites)
    }
}

/// What is the same for both periods.
struct Asked<'a> {
    source: &'a dyn Source,
    sites: Sites,
    by_site: bool,
    times: Times,
}

impl Asked<'_> {
    fn gather<T: Tally>(&self, days: Days, groups: &mut Groups) -> Result<Gathered<T>, Error> {
        let (range, times) = (days.range, self.times.len());
        let mut coverage = Coverage::new(&self.sites.ids, self.by_site, days.clone(), times, self.times.hours);
        let mut tallies = Vec::new();
        let mut parts = T::PARTS.to_vec();
        let reads_quality = parts.contains(&Part::Quality);
        if !reads_quality {
            parts.push(Part::Quality);
        }
        let scope = Scope { sites: self.sites.scope.clone(), from: range.from, to: range.to };
        self.source.scan(&scope, &parts, &mut |part| {
            coverage.stored(part.site, part.date);
            match part.cells {
                Cells::Quality(cells) => cells.iter().for_each(|cell| coverage.quality(cell)),
                Cells::Queues(cells) => cells.iter().for_each(|cell| coverage.waited(cell.hour)),
                _ => {}
            }
            let of_day = days.part(part.date);
            if of_day == NOWHERE || (matches!(part.cells, Cells::Quality(_)) && !reads_quality) {
                return;
            }
            let hours = self.times.hours;
            let place = Place { time: of_day as usize * hours, times, by_hour: hours > 1 };
            T::take(&part.cells, &mut Sheet::new(groups, &mut tallies, part, place));
        })?;
        if groups.entities().len().saturating_mul(times) > MOST_TALLIES {
            return Err(Mistake::TooManyRows.into());
        }
        self.complete(&mut coverage, range)?;
        Ok(Gathered { tallies, coverage })
    }

    /// Days that are not stored.
    fn complete(&self, coverage: &mut Coverage, range: Range) -> Result<(), Error> {
        let Some(last) = self.sites.last else { return Ok(()) };
        let until = last.min(range.to);
        let wanting = coverage.wants_weeks_before(&self.sites.firsts, until);
        if !wanting.is_empty() {
            let scope = Scope { sites: wanting, from: range.from - WEEKS_BEFORE, to: range.from - 1 };
            self.source.scan(&scope, &[Part::Quality], &mut |part| {
                if let Cells::Quality(cells) = part.cells {
                    coverage.week_before(part.site, part.date, cells);
                }
            })?;
        }
        coverage.finish(&self.sites.firsts, until);
        Ok(())
    }
}

fn answer<T: Tally>(source: &dyn Source, question: &Question) -> Result<Answer, Error> {
    let by = question.rows_by();
    let range = Range { from: question.from, to: question.to };
    let sites = Sites::of(source, question)?;
    let complete_to = sites.last.map(|last| last.min(range.to)).filter(|last| *last >= range.from);
    let until = complete_to.unwrap_or(range.to);
    let (times, days) = Times::of(Range { from: range.from, to: until }, &by);
    let mut groups = Groups::new(question, &by);
    let asked = Asked { source, sites, by_site: by.contains(&By::Site), times };
    if by.iter().all(|by| by.is_time()) {
        groups.insert(&Entity::default());
    } else if by.iter().all(|by| by.is_time() || *by == By::Site) {
        for site in &asked.sites.ids {
            groups.insert(&Entity { site: Some(*site), ..Entity::default() });
        }
    }
    let certain = groups.entities().len();
    let mut now = asked.gather::<T>(days, &mut groups)?;
    let before = question.compare.map(|compare| (compare, Before::of(compare, range, until)));
    let mut then = match &before {
        Some((_, before)) => Some(asked.gather::<T>(asked.times.before(before), &mut groups)?),
        None => None,
    };
    let table = Table {
        by: &by,
        times: &asked.times,
        entities: groups.entities(),
        certain,
        of: Of::question(question, &by),
        names: Names::of(source, &asked.sites.ids, &by)?,
    };
    let rows = table.rows(&mut now, then.as_mut())?;
    let compare = before.map(|(compare, before)| (compare, before.range));
    Ok(Answer { figure: question.figure, range, complete_to, by, compare, columns: T::COLUMNS, rows })
}
