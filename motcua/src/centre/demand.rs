//! How many come, when, for what, and how long it takes.

use domain::event::{Outcome, Priority, Purpose};
use domain::{ServiceId, Timestamp};

use super::random::{Dice, ms};

/// Citizens of a business day: 300 to 500, as a provincial centre of 24 departments has (40,154
/// dossiers in 2016 are some 160 submissions a working day; each is submitted, asked for and
/// collected). Drawn as a bell curve and held inside, so that no seed leaves the range.
const VISITS_MEAN: f64 = 440.0;
const VISITS_DEVIATION: f64 = 25.0;
const VISITS_LEAST: f64 = 380.0;
const VISITS_MOST: f64 = 490.0;

/// Of the day's visits, in each hour after the opening: a crowd waits before the door, the peak is
/// in the second and third hour, few come over noon, and the afternoon is lower than the
/// morning. That is the shape that counters open from 7 to 17 report everywhere.
const HOURLY: [f64; 10] = [0.095, 0.135, 0.145, 0.110, 0.050, 0.040, 0.095, 0.105, 0.090, 0.050];

/// The same for the hours of an evening shift: the first four, after work, and each one later.
const EVENING: (f64, f64) = (0.040, 0.008);
const AFTER_WORK: usize = 4;

/// How a service is asked for: its share of the visits, and how long a submission takes, minutes.
const SERVICES: [(&str, f64, f64); 31] = [
    ("cap-gcn", 11.0, 31.0),
    ("bien-dong", 11.0, 29.0),
    ("ho-tich", 10.0, 24.0),
    ("chung-thuc", 8.0, 11.0),
    ("can-cuoc", 8.0, 12.0),
    ("ly-lich", 4.0, 15.0),
    ("lai-xe", 4.5, 15.0),
    ("kinh-doanh", 7.0, 27.0),
    ("dau-tu", 1.5, 37.0),
    ("gp-xay-dung", 4.5, 27.0),
    ("van-tai", 2.5, 17.0),
    ("bao-hiem", 7.0, 22.0),
    ("thue", 6.0, 23.0),
    ("moi-truong", 2.0, 27.0),
    ("lao-dong", 3.0, 20.0),
    ("co-cong", 1.5, 22.0),
    ("y-te", 2.0, 22.0),
    ("cong-thuong", 0.8, 22.0),
    ("van-bang", 0.8, 17.0),
    ("van-hoa", 0.4, 22.0),
    ("khoa-hoc", 0.3, 24.0),
    ("ton-giao", 0.3, 20.0),
    ("lanh-su", 0.4, 20.0),
    ("khu-cn", 0.4, 24.0),
    ("thu-phi", 0.5, 10.0),
    ("quan-su", 0.5, 15.0),
    ("dien", 0.8, 12.0),
    ("nuoc", 0.6, 12.0),
    ("buu-chinh", 0.8, 7.0),
    ("hai-quan", 0.4, 20.0),
    ("huong-dan", 1.5, 7.0),
];

/// Priority groups as centres list them (người cao tuổi, người khuyết tật, phụ nữ mang thai, trẻ
/// nhỏ, người có công) and those with an appointment, with their shares in percent.
const PRIORITIES: [(Priority, f64); 7] = [
    (Priority::Normal, 81.0),
    (Priority::Elderly, 7.0),
    (Priority::Appointment, 6.0),
    (Priority::Child, 2.0),
    (Priority::Pregnant, 1.5),
    (Priority::Merit, 1.5),
    (Priority::Disabled, 1.0),
];

/// What people come for: to submit, to collect a result, to ask.
const PURPOSES: [(Purpose, f64); 3] = [(Purpose::Submit, 57.0), (Purpose::Collect, 27.0), (Purpose::Ask, 16.0)];

/// How a submission ends; collecting ends with the result, asking with advice.
const SUBMISSIONS: [(Outcome, f64); 5] = [
    (Outcome::Received, 74.0),
    (Outcome::SettledOnSpot, 12.0),
    (Outcome::Supplement, 10.0),
    (Outcome::Refused, 2.0),
    (Outcome::Other, 2.0),
];

/// Variation of service times (deviation over mean).
const VARIATION: f64 = 0.6;
/// Longer nobody sits before an officer: then he makes an appointment.
const LONGEST_S: f64 = 2_400.0;
/// Minutes to hand over a result, and to answer a question.
const COLLECT_MIN: f64 = 6.0;
const ASK_MIN: f64 = 7.0;

/// People whose results are promised for one and the same hour: how many come together for them,
/// from when before to when after that hour, seconds; and how many one by one in the time after.
const RUSH: [(usize, f64, f64); 2] = [(21, -100.0, 45.0), (36, 45.0, 1_500.0)];
/// The shortest handing over in such a rush, seconds: each result is signed for.
const RUSH_LEAST_S: f64 = 170.0;

/// In the half hour before they begin to come, more than usual want what is asked for most, so that
/// there is a line to look at: as many, from when to when, seconds, for services of such a share.
const BUSY_VISITS: usize = 16;
const BUSY_S: (f64, f64) = (-1_500.0, -60.0);
const BUSY_SHARE: f64 = 4.0;

/// One citizen's visit, before it begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    /// When he takes his number.
    pub at: Timestamp,
    /// For which service: its place in the site's file. `None`: of those who come together for their
    /// results, each is sent where nobody sits.
    pub service: Option<usize>,
    /// Whether he goes first.
    pub priority: Priority,
    /// What for.
    pub purpose: Purpose,
    /// How long it will take at the counter.
    pub takes_ms: i64,
}

/// The share of a service and its minutes; a service this table does not know is rare and usual.
fn service(id: ServiceId) -> (f64, f64) {
    SERVICES.iter().find(|(known, ..)| *known == id.as_str()).map_or((0.5, 12.0), |(_, share, min)| (*share, *min))
}

/// All visits of a business day whose doors are open from `open` to `last` (last admission), in
/// order. `rush` adds those who come to collect around an instant.
#[must_use]
pub fn visits(
    services: &[ServiceId],
    (open, last): (Timestamp, Timestamp),
    rush: Option<Timestamp>,
    dice: &mut Dice,
) -> Vec<Visit> {
    let n = (VISITS_MEAN + VISITS_DEVIATION * dice.normal()).clamp(VISITS_LEAST, VISITS_MOST);
    let extra = BUSY_VISITS + RUSH.iter().map(|(visits, ..)| visits).sum::<usize>();
    let n = n.round() as usize - rush.map_or(0, |_| extra);
    let mut all: Vec<Visit> = (0..n)
        .map(|_| {
            let at = arrival(open, last, dice);
            let chosen = dice.weighted(services.iter().map(|id| service(*id).0));
            visit(at, chosen, services[chosen], dice)
        })
        .collect();
    if let Some(rush) = rush {
        let wanted = |id: &ServiceId| Some(service(*id).0).filter(|share| *share >= BUSY_SHARE).unwrap_or(0.0);
        all.extend((0..BUSY_VISITS).map(|_| {
            let at = rush.plus(ms(dice.between(BUSY_S.0, BUSY_S.1)));
            let chosen = dice.weighted(services.iter().map(wanted));
            visit(at, chosen, services[chosen], dice)
        }));
        for (n, from, to) in RUSH {
            let every = (to - from) / n as f64;
            all.extend((0..n).map(|n| {
                let at = rush.plus(ms(from + every * (n as f64 + dice.between(0.0, 1.0))));
                let takes_ms = dice.task_ms(COLLECT_MIN * 60.0, VARIATION, RUSH_LEAST_S, 900.0);
                Visit { at, service: None, priority: Priority::Normal, purpose: Purpose::Collect, takes_ms }
            }));
        }
    }
    all.sort_by_key(|visit| visit.at);
    all
}

/// An instant by the profile of the day.
fn arrival(open: Timestamp, last: Timestamp, dice: &mut Dice) -> Timestamp {
    let hours = last.since(open) as f64 / 3_600_000.0;
    let of_hour = |hour: usize| {
        let evening = if hour < HOURLY.len() + AFTER_WORK { EVENING.0 } else { EVENING.1 };
        HOURLY.get(hour).copied().unwrap_or(evening)
    };
    let open_for = |hour: usize| (hours - hour as f64).clamp(0.0, 1.0);
    let hour = dice.weighted((0..hours.ceil() as usize).map(|hour| of_hour(hour) * open_for(hour)));
    open.plus(ms((hour as f64 + dice.between(0.0, open_for(hour))) * 3_600.0))
}

fn visit(at: Timestamp, chosen: usize, id: ServiceId, dice: &mut Dice) -> Visit {
    let priority = PRIORITIES[dice.weighted(PRIORITIES.iter().map(|(_, share)| *share))].0;
    let purpose = PURPOSES[dice.weighted(PURPOSES.iter().map(|(_, share)| *share))].0;
    let minutes = match purpose {
        Purpose::Submit => service(id).1,
        Purpose::Collect => COLLECT_MIN,
        Purpose::Ask => ASK_MIN,
    };
    let takes_ms = dice.task_ms(minutes * 60.0, VARIATION, 60.0, LONGEST_S);
    Visit { at, service: Some(chosen), priority, purpose, takes_ms }
}

/// How a visit ends.
#[must_use]
pub fn outcome(purpose: Purpose, dice: &mut Dice) -> Outcome {
    match purpose {
        Purpose::Submit => SUBMISSIONS[dice.weighted(SUBMISSIONS.iter().map(|(_, share)| *share))].0,
        Purpose::Collect => Outcome::Returned,
        Purpose::Ask => Outcome::Advised,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_of_a_whole() {
        let near = |sum: f64, whole: f64| assert!((sum - whole).abs() < whole / 10.0, "{sum}");
        near(SERVICES.iter().map(|(_, share, _)| share).sum(), 100.0);
        near(PRIORITIES.iter().map(|(_, share)| share).sum(), 100.0);
        near(PURPOSES.iter().map(|(_, share)| share).sum(), 100.0);
        near(SUBMISSIONS.iter().map(|(_, share)| share).sum(), 100.0);
        near(HOURLY.iter().sum(), 0.9);
    }
}
