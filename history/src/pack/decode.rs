//! From a pack to columns: what every question waits for.

use domain::history::{CounterCell, QualityCell, QueueCell, ZoneCell};

use super::bytes::Bytes;
use super::columns::{Columns, HistogramColumns};
use super::{Malformed, none_or, zone_kind_of};
use crate::Part;
use crate::source::{Cells, Key, NONE, Names};

impl Columns {
    /// Decodes a pack of this part.
    ///
    /// # Errors
    /// When it is not that.
    pub fn decode(&mut self, part: Part, pack: &[u8]) -> Result<(Names<'_>, Cells<'_>), Malformed> {
        let mut rest = Bytes(super::open(part as u8, pack)?);
        let len = rest.count()?;
        let book = rest.take(len)?;
        if book != self.book_bytes {
            // Empty while it is being read: a book that fails half-way must not be taken for it.
            self.book_bytes.clear();
            self.book.read(book)?;
            self.book_bytes.extend_from_slice(book);
        }
        let n = rest.count()?;
        let hours = rest.take(n)?;
        if hours.iter().any(|hour| *hour > 23) {
            return Err(Malformed::Value);
        }
        match part {
            Part::Queues => self.read_queues(hours, &mut rest)?,
            Part::Counters => self.read_counters(hours, &mut rest)?,
            Part::Zones => self.read_zones(hours, &mut rest)?,
            Part::Quality => self.read_quality(hours, &mut rest)?,
            _ => self.read_flow(part, hours, &mut rest)?,
        }
        rest.end()?;
        Ok(self.show(part))
    }

    /// What was decoded last, which was of this part.
    pub(crate) fn show(&self, part: Part) -> (Names<'_>, Cells<'_>) {
        (self.names(), self.cells(part))
    }

    fn cells(&self, part: Part) -> Cells<'_> {
        let keys = self.keys.as_slice();
        let [a, b, c, d, e, f] = &self.counts;
        let [first, second] = &self.histograms;
        match part {
            Part::Tickets => {
                Cells::Tickets { keys, arrivals: a, cancelled: b, no_shows: c, day_ended: d, recalls: e, transfers: f }
            }
            Part::Waits => Cells::Waits { keys, waits: first.show(), walks: second.show() },
            Part::Services => Cells::Services { keys, served: a, services: first.show() },
            Part::Estimates => Cells::Estimates {
                keys,
                promised: a,
                within_p90: b,
                within_p50: c,
                error_ms: &self.sums,
                errors: first.show(),
            },
            Part::Ratings => Cells::Ratings { keys, ratings: &self.ratings, unbound: f },
            Part::Queues => Cells::Queues(&self.queues),
            Part::Counters => Cells::Counters(&self.counters),
            Part::Zones => Cells::Zones(&self.zones),
            Part::Quality => Cells::Quality(&self.quality),
        }
    }

    /// A column of places in a list of `len` ids.
    fn read_places(&mut self, at: usize, n: usize, len: usize, rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        rest.column(n, &mut self.places[at])?;
        let wrong = self.places[at].iter().any(|place| usize::from(*place) >= len && *place != NONE);
        if wrong { Err(Malformed::Value) } else { Ok(()) }
    }

    fn read_counts(&mut self, most: usize, n: usize, rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        self.counts.iter_mut().take(most).try_for_each(|column| rest.column(n, column))
    }

    fn read_flow(&mut self, part: Part, hours: &[u8], rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        let n = hours.len();
        self.read_places(0, n, self.book.services.len(), rest)?;
        self.read_places(1, n, self.book.counters.len(), rest)?;
        self.read_places(2, n, self.book.officers.len(), rest)?;
        let [services, counters, officers] = &self.places;
        let columns = hours.iter().zip(services).zip(counters).zip(officers);
        self.keys.clear();
        self.keys.extend(columns.map(|(((hour, service), counter), officer)| Key {
            hour: *hour,
            service: *service,
            counter: *counter,
            officer: *officer,
        }));
        match part {
            Part::Tickets => self.read_counts(6, n, rest),
            Part::Waits => self.histograms.iter_mut().try_for_each(|columns| columns.read(n, rest)),
            Part::Services => {
                self.read_counts(1, n, rest)?;
                self.histograms[0].read(n, rest)
            }
            Part::Estimates => {
                self.read_counts(3, n, rest)?;
                rest.column(n, &mut self.sums)?;
                self.histograms[0].read(n, rest)
            }
            _ => {
                self.read_counts(6, n, rest)?;
                let [a, b, c, d, e, _] = &self.counts;
                self.ratings.clear();
                self.ratings.extend((0..n).map(|i| [a[i], b[i], c[i], d[i], e[i]]));
                Ok(())
            }
        }
    }

    fn read_queues(&mut self, hours: &[u8], rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        let n = hours.len();
        self.read_places(0, n, self.book.services.len(), rest)?;
        rest.column(n, &mut self.sums)?;
        self.read_counts(2, n, rest)?;
        self.queues.clear();
        for (i, hour) in hours.iter().enumerate() {
            let service = self.book.services.get(usize::from(self.places[0][i])).ok_or(Malformed::Value)?.service;
            let (most, longest_ms) = (self.counts[0][i], self.counts[1][i]);
            self.queues.push(QueueCell { hour: *hour, service, waited_ms: self.sums[i], most, longest_ms });
        }
        Ok(())
    }

    fn read_counters(&mut self, hours: &[u8], rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        let n = hours.len();
        self.read_places(0, n, self.book.counters.len(), rest)?;
        self.read_places(1, n, self.book.officers.len(), rest)?;
        self.read_counts(3, n, rest)?;
        self.counters.clear();
        for (i, hour) in hours.iter().enumerate() {
            let counter = self.book.counters.get(usize::from(self.places[0][i])).ok_or(Malformed::Value)?.0;
            let officer = self.book.officers.get(usize::from(self.places[1][i])).copied();
            let [open_ms, busy_ms, paused_ms] = [0, 1, 2].map(|column: usize| self.counts[column][i]);
            self.counters.push(CounterCell { hour: *hour, counter, officer, open_ms, busy_ms, paused_ms });
        }
        Ok(())
    }

    fn read_zones(&mut self, hours: &[u8], rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        let n = hours.len();
        self.read_places(0, n, self.book.cameras.len(), rest)?;
        self.read_places(1, n, self.book.zones.len(), rest)?;
        rest.column(n, &mut self.places[2])?;
        rest.column(n, &mut self.counts[0])?;
        rest.column(n, &mut self.sums)?;
        rest.column(n, &mut self.counts[1])?;
        rest.column(n, &mut self.people)?;
        self.zones.clear();
        for (i, hour) in hours.iter().enumerate() {
            self.zones.push(ZoneCell {
                hour: *hour,
                camera: *self.book.cameras.get(usize::from(self.places[0][i])).ok_or(Malformed::Value)?,
                zone: *self.book.zones.get(usize::from(self.places[1][i])).ok_or(Malformed::Value)?,
                kind: zone_kind_of(self.places[2][i]).ok_or(Malformed::Value)?,
                known_ms: self.counts[0][i],
                level_ms: self.sums[i],
                motion_ms: self.counts[1][i],
                most_people: none_or(self.people[i])?,
            });
        }
        Ok(())
    }

    fn read_quality(&mut self, hours: &[u8], rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        let n = hours.len();
        self.read_counts(6, n, rest)?;
        self.quality.clear();
        let small = |value: u32| u8::try_from(value).map_err(|_| Malformed::Value);
        for (i, hour) in hours.iter().enumerate() {
            let [due, heard, accepted, late, lost, dead_letters] =
                [0, 1, 2, 3, 4, 5].map(|at: usize| self.counts[at][i]);
            let due_min = none_or(due.into())?;
            let heard_min = small(heard)?;
            self.quality.push(QualityCell { hour: *hour, due_min, heard_min, accepted, late, lost, dead_letters });
        }
        Ok(())
    }
}

impl HistogramColumns {
    fn read(&mut self, n: usize, rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        rest.column(n, &mut self.ends)?;
        let pairs = rest.count()?;
        rest.long_column(pairs, &mut self.seconds)?;
        rest.column(pairs, &mut self.counts)?;
        rest.column(n, &mut self.sum_ms)?;
        let mut least = 0_usize;
        // What was read are the numbers of pairs; they become the places where each ends.
        for (i, end) in self.ends.iter_mut().enumerate() {
            let begin = least;
            least = begin.saturating_add(*end as usize);
            let seconds = self.seconds.get(begin..least).ok_or(Malformed::Length)?;
            let products = seconds.iter().zip(&self.counts[begin..least]);
            let whole = products.fold(0_i64, |sum, (second, n)| {
                sum.wrapping_add(i64::from(*second).wrapping_mul(i64::from(*n)).wrapping_mul(1_000))
            });
            self.sum_ms[i] = self.sum_ms[i].wrapping_add(whole);
            *end = u32::try_from(least).map_err(|_| Malformed::Length)?;
        }
        if least != pairs {
            return Err(Malformed::Length);
        }
        self.read_longest(n, rest)
    }

    fn read_longest(&mut self, n: usize, rest: &mut Bytes<'_>) -> Result<(), Malformed> {
        rest.column(n, &mut self.max_ms)?;
        let mut begin = 0;
        for (more, end) in self.max_ms.iter_mut().zip(&self.ends) {
            if *end > begin {
                // In the numbers of a column, where a negative one is a very large one.
                *more = more.wrapping_add(self.seconds[*end as usize - 1].wrapping_mul(1_000));
            }
            begin = *end;
        }
        Ok(())
    }
}
