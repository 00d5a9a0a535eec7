//! People and what they do.

use super::dice::{chance, wander};
use super::figure::{Look, Pose};
use super::hall;

/// How still somebody is who sits or stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habit {
    /// How far head and shoulders drift, as a share of the body's height.
    pub sway: f32,
    /// Seconds between two gestures (turns his head, lifts a hand), about; infinite is never.
    pub gesture_every_s: f64,
}

impl Habit {
    /// Looks around and at his papers now and then.
    pub const USUAL: Self = Self { sway: 0.006, gesture_every_s: 20.0 };
    /// Reads, or dozes: breathes, and moves once in a minute or two.
    pub const STILL: Self = Self { sway: 0.003, gesture_every_s: 80.0 };
    /// Sleeps: breathes, and his head sinks a little.
    pub const ASLEEP: Self = Self { sway: 0.0025, gesture_every_s: f64::INFINITY };
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Doing {
    Walks,
    Stands,
    Sits,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Deed {
    doing: Doing,
    from_s: f64,
    until_s: f64,
    from: [f32; 2],
    to: [f32; 2],
}

/// Somebody and what he does, one deed after the other. Where he is before the first and after the
/// last, nobody sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// What he wears.
    pub look: Look,
    /// How still he is.
    pub habit: Habit,
    /// He shows us his back while he stands: he looks at a counter.
    pub away: bool,
    deeds: Vec<Deed>,
    place: [f32; 2],
    now_s: f64,
}

/// Heights a second: 1.4 m/s.
const PACE: f32 = 0.85;
/// Seconds to sit down or to get up.
const SITTING_DOWN_S: f64 = 1.1;

impl Actor {
    /// Comes in at the entrance at a moment.
    #[must_use]
    pub fn enters(look: Look, at_s: f64) -> Self {
        Self::appears(look, hall::ENTRANCE, at_s)
    }

    /// Is at a place from a moment on: at the film's beginning or before, or where nobody sees him.
    #[must_use]
    pub fn appears(look: Look, place: [f32; 2], at_s: f64) -> Self {
        Self { look, habit: Habit::USUAL, away: false, deeds: Vec::new(), place, now_s: at_s }
    }

    /// With another habit.
    #[must_use]
    pub fn with(mut self, habit: Habit) -> Self {
        self.habit = habit;
        self
    }

    /// Shows his back while he stands.
    #[must_use]
    pub fn facing_away(mut self) -> Self {
        self.away = true;
        self
    }

    /// Walks from place to place.
    #[must_use]
    pub fn walk(mut self, places: &[[f32; 2]]) -> Self {
        for &to in places {
            let tall = (hall::height(self.place[1]) + hall::height(to[1])) / 2.0;
            // The floor is seen from above at a flat angle: a step away from us looks short.
            let (dx, dy) = ((to[0] - self.place[0]) * hall::ASPECT, (to[1] - self.place[1]) * 1.6);
            let takes_s = f64::from((dx * dx + dy * dy).sqrt() / (PACE * tall.max(0.05)));
            self.does(Doing::Walks, takes_s, to);
        }
        self
    }

    /// Stands for a while.
    #[must_use]
    pub fn stand(mut self, for_s: f64) -> Self {
        self.does(Doing::Stands, for_s, self.place);
        self
    }

    /// Stands until a moment, if it is not past.
    #[must_use]
    pub fn stand_until(self, at_s: f64) -> Self {
        let for_s = (at_s - self.now_s).max(0.0);
        self.stand(for_s)
    }

    /// Sits down, stays and gets up, all within a while.
    #[must_use]
    pub fn sit(mut self, for_s: f64) -> Self {
        self.does(Doing::Sits, for_s, self.place);
        self
    }

    /// Sits until a moment, if it is not past.
    #[must_use]
    pub fn sit_until(self, at_s: f64) -> Self {
        let for_s = (at_s - self.now_s).max(0.0);
        self.sit(for_s)
    }

    /// Walks out at the entrance.
    #[must_use]
    pub fn leave(self) -> Self {
        let aisle = [hall::AISLE[0], (self.place[1] + 0.02).max(0.6)];
        self.walk(&[aisle, hall::ENTRANCE])
    }

    /// When he has done everything so far.
    #[must_use]
    pub const fn now_s(&self) -> f64 {
        self.now_s
    }

    fn does(&mut self, doing: Doing, for_s: f64, to: [f32; 2]) {
        let until_s = self.now_s + for_s;
        self.deeds.push(Deed { doing, from_s: self.now_s, until_s, from: self.place, to });
        (self.place, self.now_s) = (to, until_s);
    }

    /// How he holds himself at a moment, if he is there.
    pub(super) fn pose(&self, at_s: f64, seed: u64) -> Option<Pose> {
        let deed = self.deeds.iter().find(|d| (d.from_s..d.until_s).contains(&at_s))?;
        let part = ((at_s - deed.from_s) / (deed.until_s - deed.from_s)) as f32;
        let mut pose = Pose {
            foot: deed.from,
            sits: 0.0,
            walks: 0.0,
            step: 0.0,
            heading: 0.0,
            away: self.away,
            breath: (at_s * 0.27 * std::f64::consts::TAU + seed as f64 % 7.0).sin() as f32,
            lean: 0.0,
            head: [0.0, 0.0],
            hand: 0.0,
        };
        match deed.doing {
            Doing::Walks => walk(&mut pose, deed, part, at_s),
            Doing::Stands => self.idle(&mut pose, at_s, seed),
            Doing::Sits => {
                let down = ((at_s - deed.from_s) / SITTING_DOWN_S).min((deed.until_s - at_s) / SITTING_DOWN_S);
                let down = down.clamp(0.0, 1.0) as f32;
                pose.sits = down * down * (3.0 - 2.0 * down);
                pose.away = false;
                self.idle(&mut pose, at_s, seed);
            }
        }
        Some(pose)
    }

    fn idle(&self, pose: &mut Pose, at_s: f64, seed: u64) {
        let drift = |n: u64, slow: f64| wander(seed.wrapping_mul(31).wrapping_add(n), at_s / slow) * self.habit.sway;
        let sits = pose.sits.max(0.4);
        pose.lean = drift(1, 5.0) * (2.0 - sits);
        pose.head = [drift(2, 3.0), drift(3, 7.0) * 0.7];
        if !self.habit.gesture_every_s.is_finite() {
            return;
        }
        let nth = (at_s / self.habit.gesture_every_s).floor();
        let roll = |n: u64| chance(seed ^ 0x6E57, (nth as i64 as u64).wrapping_mul(4).wrapping_add(n));
        let begins_s = (nth + f64::from(roll(0)) * 0.85) * self.habit.gesture_every_s;
        let part = (at_s - begins_s) / 1.8;
        if (0.0..1.0).contains(&part) {
            let much = (part * std::f64::consts::PI).sin() as f32;
            pose.head[0] += (roll(1) - 0.5) * 0.05 * much;
            pose.lean += (roll(2) - 0.5) * 0.03 * much;
            pose.hand = much * roll(3);
        }
    }
}

fn walk(pose: &mut Pose, deed: &Deed, part: f32, at_s: f64) {
    let (dx, dy) = ((deed.to[0] - deed.from[0]) * hall::ASPECT, (deed.to[1] - deed.from[1]) * 1.6);
    pose.foot = [deed.from[0] + (deed.to[0] - deed.from[0]) * part, deed.from[1] + (deed.to[1] - deed.from[1]) * part];
    let long = (dx * dx + dy * dy).sqrt().max(1e-6);
    pose.heading = dx / long;
    pose.away = dy < 0.0 && pose.heading.abs() < 0.75;
    pose.walks = 1.0;
    pose.step = ((at_s * 0.95).fract() * std::f64::consts::TAU) as f32;
    pose.head[1] = 0.006 * (2.0 * pose.step).cos();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_follow_one_another_and_end() {
        let actor = Actor::enters(Look::of(1), 5.0).walk(&[hall::AISLE]).stand(10.0).sit(20.0).leave();
        assert!(actor.pose(4.9, 1).is_none() && actor.pose(actor.now_s() + 0.1, 1).is_none());
        assert!(actor.pose(5.1, 1).is_some_and(|pose| pose.walks > 0.0 && pose.heading < 0.0));
        let sits = (50..600).filter_map(|n| actor.pose(f64::from(n) / 10.0, 1)).filter(|p| p.sits > 0.5).count();
        assert!((180..200).contains(&sits), "{sits} tenths of a second of 20 s");
    }

    #[test]
    fn somebody_asleep_moves_less_than_a_hundredth_of_his_height() {
        let actor = Actor::appears(Look::of(1), [0.5, 0.8], 0.0).with(Habit::ASLEEP).sit(600.0);
        for n in 20..5_900 {
            let pose = actor.pose(f64::from(n) / 10.0, 3).expect("he is there");
            assert!(pose.lean.abs() < 0.01 && pose.head[0].abs() < 0.01 && pose.hand == 0.0);
        }
    }
}
