//! Which services share counters. Offices seldom say; it shows: a counter calls tickets of several
//! services, or two services' numbers of counters change together.

use serde::{Deserialize, Serialize};

use super::state::Open;
use crate::facts::{CounterIx, ServiceIx};

/// Services that are looked at for numbers that change together.
const PAIRED: usize = 48;

/// How two services' staffing went together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Pair {
    /// One of them changed; both did, by the same.
    changed: u16,
    together: u16,
    /// One of them was open; both were, with the same number.
    open: u16,
    equal: u16,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sharing {
    /// Calls of each service at each counter.
    served: Vec<Vec<(CounterIx, u16)>>,
    pairs: Vec<Pair>,
    last: Vec<Option<u16>>,
    batch: Vec<(ServiceIx, u16)>,
    batch_at: Option<Open>,
    /// Partners of each service.
    partners: Vec<Vec<ServiceIx>>,
    /// Calls since the partners were worked out.
    stale: u16,
}

impl Sharing {
    /// Services that share counters with this one; without itself.
    pub fn partners(&self, service: ServiceIx) -> &[ServiceIx] {
        self.partners.get(usize::from(service)).map_or(&[], Vec::as_slice)
    }

    /// How surely a counter serves a service, 0..1.
    pub fn serves(&self, service: ServiceIx, counter: CounterIx) -> f32 {
        let Some(served) = self.served.get(usize::from(service)) else { return 0.0 };
        let all: u32 = served.iter().map(|(_, n)| u32::from(*n)).sum();
        let here = served.iter().find(|(ix, _)| *ix == counter).map_or(0, |(_, n)| *n);
        (f32::from(here) / (all as f32 * 0.01).max(1.0)).min(1.0)
    }

    /// Counters that ever called a ticket of the service.
    pub fn counters(&self, service: ServiceIx) -> impl Iterator<Item = CounterIx> + '_ {
        self.served.get(usize::from(service)).into_iter().flatten().map(|(ix, _)| *ix)
    }

    /// Whether two services were ever served at one counter.
    pub fn meet(&self, one: ServiceIx, other: ServiceIx) -> bool {
        one == other || self.counters(one).any(|counter| self.counters(other).any(|ix| ix == counter))
    }

    pub fn start_day(&mut self) {
        self.flush();
        self.batch_at = None;
        self.last.clear();
    }

    pub fn called(&mut self, service: ServiceIx, counter: CounterIx) {
        let ix = usize::from(service);
        if self.served.len() <= ix {
            self.served.resize_with(ix + 1, Vec::new);
        }
        let served = &mut self.served[ix];
        match served.iter_mut().find(|(other, _)| *other == counter) {
            Some((_, n)) => *n += 1,
            None => served.push((counter, 1)),
        }
        if served.iter().any(|(_, n)| *n > 2_000) {
            // Who does not serve it any more is forgotten in time.
            served.iter_mut().for_each(|(_, n)| *n /= 2);
            served.retain(|(_, n)| *n > 0);
        }
        self.stale += 1;
        if self.stale >= 64 {
            self.work_out();
        }
    }

    /// Numbers told at one instant belong together.
    pub fn staffed(&mut self, service: ServiceIx, open: u16, at: Open) {
        if self.batch_at != Some(at) {
            self.flush();
            self.batch_at = Some(at);
        }
        // The last word of an instant counts.
        match self.batch.iter_mut().find(|(other, _)| *other == service) {
            Some((_, told)) => *told = open,
            None if usize::from(service) < PAIRED => self.batch.push((service, open)),
            None => {}
        }
    }

    fn flush(&mut self) {
        let mut batch = std::mem::take(&mut self.batch);
        batch.sort_unstable();
        let Some((greatest, _)) = batch.last().copied() else { return };
        let known = usize::from(greatest) + 1;
        if self.last.len() < known {
            self.last.resize(known, None);
        }
        let pairs = known * known.saturating_sub(1) / 2;
        if self.pairs.len() < pairs {
            self.pairs.resize(pairs, Pair::default());
        }
        for (place, (other, open_there)) in batch.iter().enumerate() {
            for (one, open_here) in &batch[..place] {
                let change =
                    |ix: ServiceIx, now: u16| self.last[usize::from(ix)].map(|last| i32::from(now) - i32::from(last));
                let changes = change(*one, *open_here).zip(change(*other, *open_there));
                let pair = &mut self.pairs[index(*one, *other)];
                if let Some((here, there)) = changes.filter(|(here, there)| *here != 0 || *there != 0) {
                    pair.changed = pair.changed.saturating_add(1);
                    pair.together = pair.together.saturating_add(u16::from(here == there));
                }
                if *open_here > 0 || *open_there > 0 {
                    pair.open = pair.open.saturating_add(1);
                    pair.equal = pair.equal.saturating_add(u16::from(open_here == open_there));
                }
                if pair.open > 20_000 || pair.changed > 20_000 {
                    let Pair { changed, together, open, equal } = *pair;
                    *pair = Pair { changed: changed / 2, together: together / 2, open: open / 2, equal: equal / 2 };
                }
            }
        }
        batch.iter().for_each(|(ix, open)| self.last[usize::from(*ix)] = Some(*open));
        batch.clear();
        self.batch = batch;
        self.work_out();
    }

    fn work_out(&mut self) {
        self.stale = 0;
        let known = self.served.len().max(self.last.len());
        if self.partners.len() < known {
            self.partners.resize_with(known, Vec::new);
        }
        for one in 0..known {
            let partners = (0..known).filter(|other| *other != one && self.share(one, *other));
            self.partners[one] = partners.map(|ix| ix as ServiceIx).collect();
        }
    }

    fn share(&self, one: usize, other: usize) -> bool {
        let pair = self.pairs.get(index(one as ServiceIx, other as ServiceIx)).copied().unwrap_or_default();
        let ratio = |part: u16, all: u16| f32::from(part) / f32::from(all.max(1));
        let moves = ratio(pair.together, pair.changed);
        if pair.changed >= 3
            && (moves >= 0.6 || pair.open >= 60 && ratio(pair.equal, pair.open) >= 0.95 && moves >= 0.3)
        {
            return true;
        }
        let (Some(mine), Some(_)) = (self.served.get(one).filter(|served| !served.is_empty()), self.served.get(other))
        else {
            return false;
        };
        let all: u32 = mine.iter().map(|(_, n)| u32::from(*n)).sum();
        let there: u32 = self.served[other].iter().map(|(_, n)| u32::from(*n)).sum();
        let common: f32 = mine
            .iter()
            .map(|(counter, n)| {
                let both = self.served[other].iter().find(|(ix, _)| ix == counter).map_or(0, |(_, n)| *n);
                (f32::from(both) / (there as f32 * 0.02).max(1.0)).min(1.0) * f32::from(*n)
            })
            .sum();
        common / all as f32 > 0.5
    }
}

/// Place of a pair in the triangle.
const fn index(one: ServiceIx, other: ServiceIx) -> usize {
    let (low, high) = if one < other { (one as usize, other as usize) } else { (other as usize, one as usize) };
    if high == 0 { 0 } else { high * (high - 1) / 2 + low }
}
