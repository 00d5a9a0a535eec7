//! An officer's day at a counter: when it opens, when and why it is paused, who takes over.

use domain::Timestamp;

use super::hours::Day;
use super::random::{Dice, ms};

/// From the opening to the end of the day shift, when the evening shift takes over.
pub(super) const SHIFT_MS: i64 = 10 * 3_600_000;
/// The two turns of lunch, from the opening: half of the counters go first, so that somebody
/// serves ("trực trưa").
const LUNCHES_MIN: [f64; 2] = [260.0, 315.0];
/// In the afternoon, where two officers serve the same, one of them is out in the field for a while.
const FIELD_MIN: (f64, f64) = (395.0, 460.0);
const FIELD_REASON: &str = "Đi thẩm định thực địa";
/// What it is called; and when the middle of the day is not noon.
const LUNCH_REASON: &str = "Nghỉ trưa";
const BREAK_REASON: &str = "Nghỉ giữa ca";
/// Other pauses an officer makes in a shift, one in each part of it, and why.
const PAUSES: usize = 5;
const REASONS: [&str; 8] = [
    "Trình ký hồ sơ",
    "Họp nhanh",
    "Nghỉ giải lao",
    "Sự cố máy in",
    "Phần mềm một cửa bị chậm",
    "Hỗ trợ công dân tại máy tra cứu",
    "Bàn giao hồ sơ",
    "Trao đổi với phòng chuyên môn",
];

/// A pause that an officer means to make, as soon as nobody sits before him.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pause {
    pub(super) at: Timestamp,
    pub(super) takes_ms: i64,
    pub(super) reason: &'static str,
}

/// The pauses at counter number `place` on a day, in order. `second`: an earlier counter serves the
/// same.
pub(super) fn pauses(day: &Day, place: usize, second: bool, dice: &mut Dice) -> Vec<Pause> {
    let shift_min = day.last.since(day.open).min(SHIFT_MS) as f64 / 60_000.0;
    let min = |minutes: f64| day.open.plus(ms(minutes * 60.0));
    let mut all = Vec::new();
    for part in 0..PAUSES {
        let length = shift_min / PAUSES as f64;
        let at = min(length * (part as f64 + dice.between(0.05, 0.95)));
        let reason = dice.one_of(&REASONS).copied().unwrap_or(BREAK_REASON);
        all.push(Pause { at, takes_ms: dice.task_ms(540.0, 0.4, 180.0, 1_500.0), reason });
    }
    let lunch = LUNCHES_MIN[place % 2] + dice.between(0.0, 6.0);
    if lunch < shift_min - 60.0 {
        let takes_ms = dice.task_ms(45.0 * 60.0, 0.1, 2_000.0, 3_300.0);
        // Nobody takes a break right beside lunch.
        all.retain(|pause| (pause.at.since(min(lunch))).abs() > 50 * 60_000);
        all.push(Pause { at: min(lunch), takes_ms, reason: if day.ordinary { LUNCH_REASON } else { BREAK_REASON } });
    }
    let field = dice.between(FIELD_MIN.0, FIELD_MIN.1);
    if second && field < shift_min - 60.0 {
        let takes_ms = dice.task_ms(80.0 * 60.0, 0.2, 3_000.0, 6_600.0);
        all.retain(|pause| pause.at < min(field - 20.0) || pause.at > min(field + 120.0));
        all.push(Pause { at: min(field), takes_ms, reason: FIELD_REASON });
    }
    all.sort_by_key(|pause| pause.at);
    all
}
