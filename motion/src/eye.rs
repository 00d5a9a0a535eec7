//! One camera's eye.

use crate::area;
use crate::grid::{Sampler, Size};
use crate::room::{Room, Rules, Saw, spread};
use crate::watch::Watch;
use crate::{Kind, Picture, Unusable, Word, Zone};

/// How long the room is looked at, and how often, before levels are known.
const LEARNS_MS: i64 = 1_000;
const LEARNS_LOOKS: u32 = 4;
/// Without a look for so long, or for three times as long as usual, nobody knows what was meanwhile.
const GAP_MS: i64 = 3_000;
/// For how long somebody without the smallest movement is there, where nobody says otherwise.
const STILL_S: f64 = 600.0;
/// A picture of fewer grey levels is none, where the room has many.
const NOTHING: f32 = 4.0;
const SOMETHING: f32 = 12.0;
/// Nothing is told of a picture that is none for so long; then nobody knows.
const BLIND_MS: i64 = 2_000;

/// One camera's eye: learns its room by itself and says what happens in its zones.
#[derive(Debug, Clone)]
pub struct Eye {
    zones: Vec<Zone>,
    stage: Option<Stage>,
    /// The last look, and the usual time between two.
    last_ms: Option<i64>,
    usual_ms: i64,
    /// Since when it has looked without a gap, and how often.
    since_ms: i64,
    looks: u32,
    blind_ms: Option<i64>,
    motions: u64,
}

/// What there is once there is a picture.
#[derive(Debug, Clone)]
struct Stage {
    size: Size,
    sampler: Sampler,
    room: Room,
    watches: Vec<Option<Watch>>,
    cells: Vec<f32>,
}

/// What an eye can say of its picture as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// It has not seen enough yet; its zones are not known.
    Learning,
    /// It watches.
    Watching,
    /// It looks, but nothing can be told from the picture since this time (ms): covered, black, grey.
    Blind(i64),
}

/// What is known of one zone at the last look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoneSight {
    /// How full it is, 0..1; `None` while it is not known.
    pub level: Option<f64>,
    /// Something moves or somebody is there.
    pub present: Option<bool>,
}

impl Eye {
    /// An eye for these zones. It works for a picture of any size, and goes on when the size changes.
    ///
    /// # Errors
    /// When a zone's polygon cannot be used.
    pub fn new(zones: Vec<Zone>) -> Result<Self, Unusable> {
        area::check(&zones)?;
        Ok(Self { zones, stage: None, last_ms: None, usual_ms: 200, since_ms: 0, looks: 0, blind_ms: None, motions: 0 })
    }

    /// Looks once. `at_ms` never goes back: times that do not rise are looked at as 1 ms later. Any
    /// rate will do; 5 a second is usual.
    pub fn look(&mut self, at_ms: i64, picture: &Picture<'_>, say: &mut Vec<Word>) {
        let at_ms = self.last_ms.map_or(at_ms, |last| at_ms.max(last.saturating_add(1)));
        let Some(stage) = &mut self.stage else {
            self.stage = Some(Stage::new(&self.zones, picture));
            (self.last_ms, self.since_ms, self.looks) = (Some(at_ms), at_ms, 1);
            return;
        };
        let gap_ms = self.last_ms.map_or(i64::MAX, |last| at_ms.saturating_sub(last));
        stage.sample(picture);
        if spread(&stage.cells) < NOTHING && stage.room.spread() > SOMETHING {
            self.see_nothing(at_ms, say);
            return;
        }
        self.blind_ms = None;
        if gap_ms > GAP_MS.max(3 * self.usual_ms) {
            self.lost(say);
            (self.since_ms, self.looks) = (at_ms, 0);
        } else {
            self.usual_ms += (gap_ms - self.usual_ms) / 8;
        }
        self.last_ms = Some(at_ms);
        self.looks = self.looks.saturating_add(1);
        let known = self.sight() == Sight::Watching;
        let Some(stage) = &mut self.stage else { return };
        let dt_ms = gap_ms.clamp(1, GAP_MS);
        match stage.room.look(&stage.cells, dt_ms as u32) {
            Saw::Flood => {}
            Saw::Room => {
                for watch in stage.watches.iter_mut().flatten() {
                    watch.left(at_ms, stage.room.left());
                    watch.look(at_ms, dt_ms, stage.room.there(), known, &mut self.motions, say);
                }
            }
            Saw::Anew => {
                for watch in stage.watches.iter_mut().flatten() {
                    watch.end(crate::Cause::Left, say);
                    watch.look(at_ms, dt_ms, stage.room.there(), known, &mut self.motions, say);
                }
            }
        }
    }

    /// A picture without anything in it. The time of the last look stays, so that a long one is a gap.
    fn see_nothing(&mut self, at_ms: i64, say: &mut Vec<Word>) {
        let since = *self.blind_ms.get_or_insert(at_ms);
        if at_ms - since >= BLIND_MS {
            self.lost(say);
        }
    }

    /// The picture is gone, last seen at the last look: open motions end then with
    /// [`Cause::Lost`](crate::Cause::Lost), levels are not known. What was learned of the room stays
    /// for when it is back.
    pub fn lost(&mut self, say: &mut Vec<Word>) {
        if let Some(stage) = &mut self.stage {
            stage.room.gap();
            stage.watches.iter_mut().flatten().for_each(|watch| watch.forget(say));
        }
        self.looks = 0;
    }

    /// A recording is over at `at_ms`: what was held back is said, open motions end.
    pub fn end(&mut self, at_ms: i64, say: &mut Vec<Word>) {
        let Some(stage) = &mut self.stage else { return };
        for watch in stage.watches.iter_mut().flatten() {
            watch.over(at_ms, say);
        }
    }

    /// What it thinks of its picture.
    #[must_use]
    pub fn sight(&self) -> Sight {
        match (self.blind_ms, self.last_ms) {
            (Some(since), _) => Sight::Blind(since),
            (None, Some(last)) if self.looks >= LEARNS_LOOKS && last - self.since_ms >= LEARNS_MS => Sight::Watching,
            _ => Sight::Learning,
        }
    }

    /// What is known of each zone, in their order.
    #[must_use]
    pub fn zones(&self) -> Vec<ZoneSight> {
        let unknown = ZoneSight { level: None, present: None };
        let watching = self.sight() == Sight::Watching;
        let Some(stage) = self.stage.as_ref().filter(|_| watching) else { return vec![unknown; self.zones.len()] };
        let sight = |watch: &Option<Watch>| {
            watch.as_ref().map_or(unknown, |watch| ZoneSight { level: watch.level(), present: Some(watch.is_there()) })
        };
        stage.watches.iter().map(sight).collect()
    }
}

impl Stage {
    fn new(zones: &[Zone], picture: &Picture<'_>) -> Self {
        let size = Size::of(picture);
        let mut sampler = Sampler::new(size, picture);
        let mut cells = vec![0.0; size.cells()];
        sampler.sample(picture, &mut cells);
        let ignored = area::ignored(zones, size);
        let mut rules = Rules {
            ignored: ignored.clone(),
            still_ms: vec![(STILL_S * 1_000.0) as u32; size.cells()],
            sensitivity: vec![1.0; size.cells()],
        };
        let watch = |(number, zone): (usize, &Zone)| {
            let cells = area::cells(zone, &ignored, size);
            for (cell, _) in &cells {
                let cell = *cell as usize;
                if let Some(still) = zone.tuning.still_s {
                    rules.still_ms[cell] = (still * 1_000.0) as u32;
                }
                if let Some(sensitivity) = zone.tuning.sensitivity {
                    rules.sensitivity[cell] = (sensitivity as f32).clamp(0.1, 10.0);
                }
            }
            (zone.kind != Kind::Ignore).then(|| Watch::new(number, cells, &zone.tuning))
        };
        let watches = zones.iter().enumerate().map(watch).collect();
        let room = Room::new(size, rules, &cells);
        Self { size, sampler, room, watches, cells }
    }

    fn sample(&mut self, picture: &Picture<'_>) {
        if !self.sampler.fits(picture) {
            self.sampler = Sampler::new(self.size, picture);
        }
        self.sampler.sample(picture, &mut self.cells);
    }
}
