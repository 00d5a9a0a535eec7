//! What a generated centre's cameras say: how full each zone is, and whether something moves.

use domain::MotionId;
use domain::event::{Body, ZoneKind};
use domain::facts::Date;

use super::day::{At, MINUTE, Said};
use super::plan::{Plan, View};
use crate::centre::Dice;

/// They look from before the doors open until after the last has left, minutes of the day.
const FROM_MIN: usize = 6 * 60 + 40;
const TO_MIN: usize = 18 * 60;
/// Looks a minute.
const LOOKS: usize = 2;
/// A level is told when it has changed by this much (contract section 2).
const CHANGE: f64 = 0.05;
/// Something moves from this level on, and not below that one.
const MOVES: f64 = 0.15;
const RESTS: f64 = 0.08;
/// As many people fill a waiting zone; and as many waiting people are seen at a door.
const SEATS: f64 = 14.0;
const AT_DOOR: f64 = 0.25;
/// One of so many camera days has an hour without a picture.
const DARK: f64 = 1.0 / 60.0;

/// One zone as its camera sees it.
#[derive(Debug)]
struct Eye<'p> {
    view: &'p View,
    level: f64,
    told: Option<f64>,
    moving: Option<(MotionId, At)>,
}

/// Adds what the cameras say of a day on which so many waited at the end of each minute.
pub(super) fn look(plan: &Plan, date: Date, waiting: &[u16], dice: &mut Dice, out: &mut Vec<Said>) {
    let waiting_zones = plan.views.iter().filter(|view| view.kind == ZoneKind::Waiting).count().max(1);
    for of_camera in plan.views.chunk_by(|one, other| one.camera == other.camera) {
        let dark = dice.chance(DARK).then(|| {
            let from = FROM_MIN + 30 + dice.index(TO_MIN - FROM_MIN - 120);
            (from, from + 20 + dice.index(70))
        });
        let mut eyes: Vec<Eye<'_>> =
            of_camera.iter().map(|view| Eye { view, level: 0.02, told: None, moving: None }).collect();
        for look in FROM_MIN * LOOKS..TO_MIN * LOOKS {
            let minute = look / LOOKS;
            let at = look as At * (MINUTE / LOOKS as At) + dice.index(20_000) as At;
            if let Some((from, to)) = dark {
                if look == from * LOOKS || look == to * LOOKS {
                    out.push(gone(of_camera[0], at, minute == from));
                    eyes.iter_mut().for_each(|eye| (eye.told, eye.moving) = (None, None));
                }
                if (from..=to).contains(&minute) {
                    continue;
                }
            }
            let people = f64::from(waiting.get(minute).copied().unwrap_or(0)) / waiting_zones as f64;
            eyes.iter_mut().for_each(|eye| eye.look(at, date, people, dice, out));
        }
    }
}

fn gone(view: View, at: At, dark: bool) -> Said {
    let (camera, reason) = (view.camera, None);
    let body = if dark { Body::CameraOffline { camera, reason } } else { Body::CameraOnline { camera, reason } };
    Said { at, rx: at, speaker: view.speaker, body }
}

impl Eye<'_> {
    fn look(&mut self, at: At, date: Date, people: f64, dice: &mut Dice, out: &mut Vec<Said>) {
        let View { camera, zone, kind, speaker } = *self.view;
        let people = if kind == ZoneKind::Entrance { people * AT_DOOR } else { people };
        let target = 0.02 + people / SEATS;
        self.level = (self.level + (target - self.level) * 0.25 + dice.normal() * 0.02).clamp(0.0, 1.0);
        let level = (self.level * 100.0).round() / 100.0;
        let mut say = |at, body| out.push(Said { at, rx: at, speaker, body });
        if self.told.is_none_or(|told| (told - level).abs() >= CHANGE) {
            self.told = Some(level);
            say(at, Body::Occupancy { camera, zone, level, people: Some(people.round() as u32), pts_s: None });
        }
        match self.moving {
            None if level >= MOVES => {
                let Ok(motion) = MotionId::new(&format!("{date}-{camera}-{zone}-{at}")) else { return };
                self.moving = Some((motion, at));
                say(at + 1, Body::MotionStarted { camera, zone, motion, level: Some(level), pts_s: None });
            }
            Some((motion, since)) if level < RESTS => {
                self.moving = None;
                let duration_s = Some((at - since) as f64 / 1_000.0);
                say(
                    at + 1,
                    Body::MotionEnded {
                        camera,
                        zone,
                        motion,
                        level: Some(level),
                        duration_s,
                        pts_s: None,
                        reason: None,
                    },
                );
            }
            _ => {}
        }
    }
}
