//! A store that is only remembered: for tests and small tools.

use std::collections::BTreeMap;

use domain::facts::Date;
use domain::history::{Day, FlowCell, Histogram};
use domain::{OfficerId, SiteId};

use crate::source::{Cells, Histograms, Key, NONE, Name, Names};
use crate::{DayPart, Error, Part, Scope, Source};

/// Days by site and date, and display names.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    days: BTreeMap<(SiteId, Date), Day>,
    names: BTreeMap<SiteId, Vec<Name>>,
}

impl Memory {
    /// A store of these days; the last one of a site and date counts.
    #[must_use]
    pub fn new(days: Vec<(SiteId, Day)>) -> Self {
        let days = days.into_iter().map(|(site, day)| ((site, day.date), day)).collect();
        Self { days, names: BTreeMap::new() }
    }

    /// The same with a site's display names.
    #[must_use]
    pub fn with_names(mut self, site: SiteId, names: Vec<Name>) -> Self {
        self.names.insert(site, names);
        self
    }
}

impl Source for Memory {
    fn scan(&self, scope: &Scope, parts: &[Part], take: &mut dyn FnMut(&DayPart<'_>)) -> Result<(), Error> {
        let mut parts = parts.to_vec();
        parts.sort_unstable();
        parts.dedup();
        for ((site, date), day) in &self.days {
            let wanted = scope.sites.is_empty() || scope.sites.contains(site);
            if wanted && (scope.from..=scope.to).contains(date) {
                let columns = Columns::of(day);
                for part in &parts {
                    columns.show(*site, day, *part, take);
                }
            }
        }
        Ok(())
    }

    fn sites(&self) -> Result<Vec<SiteId>, Error> {
        let mut sites: Vec<SiteId> = self.days.keys().map(|(site, _)| *site).collect();
        sites.dedup();
        Ok(sites)
    }

    fn span(&self, site: SiteId) -> Result<Option<(Date, Date)>, Error> {
        let mut dates = self.days.keys().filter(|(other, _)| *other == site).map(|(_, date)| *date);
        let first = dates.next();
        Ok(first.map(|first| (first, dates.next_back().unwrap_or(first))))
    }

    fn names(&self, site: SiteId) -> Result<Vec<Name>, Error> {
        Ok(self.names.get(&site).cloned().unwrap_or_default())
    }
}

/// A day's flow cells, column by column.
struct Columns {
    keys: Vec<Key>,
    officers: Vec<OfficerId>,
    counts: [Vec<u32>; 10],
    error_ms: Vec<i64>,
    ratings: Vec<[u32; 5]>,
    histograms: [HistogramColumns; 4],
}

#[derive(Default)]
struct HistogramColumns {
    sum_ms: Vec<i64>,
    max_ms: Vec<u32>,
    ends: Vec<u32>,
    seconds: Vec<u32>,
    counts: Vec<u32>,
}

impl HistogramColumns {
    fn of<'a>(histograms: impl Iterator<Item = &'a Histogram>) -> Self {
        let mut columns = Self::default();
        for histogram in histograms {
            columns.sum_ms.push(histogram.sum_ms);
            columns.max_ms.push(histogram.max_ms);
            columns.seconds.extend(histogram.seconds.iter().map(|(second, _)| *second));
            columns.counts.extend(histogram.seconds.iter().map(|(_, n)| *n));
            columns.ends.push(u32::try_from(columns.seconds.len()).unwrap_or(u32::MAX));
        }
        columns
    }

    fn show(&self) -> Histograms<'_> {
        let Self { sum_ms, max_ms, ends, seconds, counts } = self;
        Histograms { sum_ms, max_ms, ends, seconds, counts }
    }
}

fn place<T: PartialEq>(of: impl IntoIterator<Item = T>, what: Option<T>) -> u16 {
    let found = what.and_then(|what| of.into_iter().position(|other| other == what));
    found.and_then(|ix| u16::try_from(ix).ok()).unwrap_or(NONE)
}

impl Columns {
    fn of(day: &Day) -> Self {
        let cells = &day.flow;
        let of_cells = cells.iter().filter_map(|cell| cell.key.officer);
        let mut officers: Vec<OfficerId> =
            of_cells.chain(day.counters.iter().filter_map(|cell| cell.officer)).collect();
        officers.sort_unstable();
        officers.dedup();
        let key = |cell: &FlowCell| Key {
            hour: cell.key.hour,
            service: place(day.services.iter().map(|place| place.service), cell.key.service),
            counter: place(day.counter_places.iter().map(|(counter, _)| *counter), cell.key.counter),
            officer: place(officers.iter().copied(), cell.key.officer),
        };
        let keys = cells.iter().map(key).collect();
        let column = |of: fn(&FlowCell) -> u32| cells.iter().map(of).collect();
        let histograms = |of: fn(&FlowCell) -> &Histogram| HistogramColumns::of(cells.iter().map(of));
        Self {
            keys,
            officers,
            counts: [
                column(|cell| cell.arrivals),
                column(|cell| cell.cancelled),
                column(|cell| cell.no_shows),
                column(|cell| cell.day_ended),
                column(|cell| cell.recalls),
                column(|cell| cell.transfers),
                column(|cell| cell.served),
                column(|cell| cell.promised),
                column(|cell| cell.within_p90),
                column(|cell| cell.within_p50),
            ],
            error_ms: cells.iter().map(|cell| cell.error_ms).collect(),
            ratings: cells.iter().map(|cell| cell.ratings).collect(),
            histograms: [
                histograms(|cell| &cell.waits),
                histograms(|cell| &cell.walks),
                histograms(|cell| &cell.services),
                histograms(|cell| &cell.errors),
            ],
        }
    }

    fn show(&self, site: SiteId, day: &Day, part: Part, take: &mut dyn FnMut(&DayPart<'_>)) {
        let keys = self.keys.as_slice();
        let [arrivals, cancelled, no_shows, day_ended, recalls, transfers, served, promised, within_p90, within_p50] =
            &self.counts;
        let [waits, walks, services, errors] = self.histograms.each_ref().map(HistogramColumns::show);
        let unbound: Vec<u32> = day.flow.iter().map(|cell| cell.unbound).collect();
        let cells = match part {
            Part::Tickets => Cells::Tickets { keys, arrivals, cancelled, no_shows, day_ended, recalls, transfers },
            Part::Waits => Cells::Waits { keys, waits, walks },
            Part::Services => Cells::Services { keys, served, services },
            Part::Estimates => {
                Cells::Estimates { keys, promised, within_p90, within_p50, error_ms: &self.error_ms, errors }
            }
            Part::Ratings => Cells::Ratings { keys, ratings: &self.ratings, unbound: &unbound },
            Part::Queues => Cells::Queues(&day.queues),
            Part::Counters => Cells::Counters(&day.counters),
            Part::Zones => Cells::Zones(&day.zones),
            Part::Quality => Cells::Quality(&day.quality),
        };
        let names = Names { services: &day.services, counters: &day.counter_places, officers: &self.officers };
        take(&DayPart { site, date: day.date, names, cells });
    }
}
