//! The hall: every device, the cameras, the alerts, as the boards have them.

use domain::Timestamp;
use serde_json::Value;

use super::facts::Facts;
use super::page::{Level, Line, said};

/// A device of a board.
struct Device<'b> {
    site: &'b str,
    kind: &'b str,
    id: &'b str,
    state: &'b str,
    age_s: Option<u64>,
    gaps: u64,
    flags: Vec<&'b str>,
}

impl Device<'_> {
    fn is_camera(&self) -> bool {
        self.kind == "camera"
    }

    fn is_away(&self) -> bool {
        matches!(self.state, "lost" | "disconnected" | "?")
    }

    /// A device that is away is what a technician looks for.
    fn describe(&self) -> String {
        let seen = self.age_s.map_or_else(|| "chưa từng / never".to_owned(), age);
        let state = if self.state == "?" { "chưa báo / no status yet" } else { self.state };
        let mut text = format!("{} {} {}: {state}, {seen}", self.site, self.kind, self.id);
        if self.gaps > 0 {
            text.push_str(&format!(", mất / gaps {}", self.gaps));
        }
        for flag in &self.flags {
            text.push_str(&format!(", {flag}"));
        }
        text
    }
}

fn age(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The devices of a board, their ages as of `now` and not as of when the board was made.
fn of<'b>(site: &'b str, board: &'b Value, now: Timestamp) -> impl Iterator<Item = Device<'b>> {
    let as_of = board["as_of"].as_str().and_then(Timestamp::parse);
    let since_s = as_of.map_or(0, |as_of| u64::try_from((now.ms() - as_of.ms()) / 1_000).unwrap_or(0));
    board["devices"].as_array().into_iter().flatten().map(move |row| Device {
        site,
        kind: row["kind"].as_str().unwrap_or("?"),
        id: row["device"].as_str().unwrap_or("?"),
        state: row["state"].as_str().unwrap_or("?"),
        age_s: row["age_s"].as_u64().map(|age_s| age_s.saturating_add(since_s)),
        gaps: row["gaps"].as_u64().unwrap_or(0),
        flags: row["flags"].as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    })
}

/// Every device but the cameras, when it was last heard of.
pub fn devices(facts: &Facts) -> Line {
    let title = ("Thiết bị", "Devices");
    if facts.broker.is_err() {
        return unknown("devices", title);
    }
    let all: Vec<Device<'_>> = facts.boards().flat_map(|(site, board)| of(site, board, facts.now)).collect();
    let all: Vec<&Device<'_>> = all.iter().filter(|device| !device.is_camera()).collect();
    summary("devices", title, &all)
}

/// The cameras.
pub fn cameras(facts: &Facts) -> Line {
    let title = ("Camera", "Cameras");
    if facts.broker.is_err() {
        return unknown("cameras", title);
    }
    let all: Vec<Device<'_>> = facts.boards().flat_map(|(site, board)| of(site, board, facts.now)).collect();
    let all: Vec<&Device<'_>> = all.iter().filter(|device| device.is_camera()).collect();
    let zones = facts.sites().iter().map(|site| site.zones.len()).sum::<usize>();
    if all.is_empty() && zones == 0 {
        return Line::new("cameras", title, Level::Ok, said("không dùng", "none configured"));
    }
    summary("cameras", title, &all)
}

fn unknown(check: &'static str, title: (&str, &str)) -> Line {
    Line::new(check, title, Level::Warning, said("không biết, chưa đọc được bảng", "not known, no board could be read"))
        .todo("chạy lại doctor khi máy chủ MQTT trả lời", "run doctor again when the broker answers")
}

fn summary(check: &'static str, title: (&str, &str), all: &[&Device<'_>]) -> Line {
    let away = all.iter().filter(|device| device.is_away()).count();
    let found = match (all.len(), away) {
        (0, _) => said("chưa có", "none heard of yet"),
        (count, 0) => said(format!("{count}, đều có mặt"), format!("{count}, all there")),
        (count, away) => said(format!("{count}, vắng {away}"), format!("{count}, {away} away")),
    };
    // Those that are away first.
    let mut sorted: Vec<&&Device<'_>> = all.iter().collect();
    sorted.sort_by_key(|device| (!device.is_away(), device.site, device.kind, device.id));
    let more = sorted.into_iter().map(|device| device.describe()).collect();
    let line = Line::new(check, title, if away > 0 { Level::Warning } else { Level::Ok }, found).more(more);
    if away == 0 {
        return line;
    }
    line.todo(
        "kiểm tra nguồn điện, dây mạng và mật khẩu của thiết bị vắng mặt",
        "check power, cable and login of those that are away",
    )
}

/// What the boards warn of.
pub fn alerts(facts: &Facts) -> Line {
    let title = ("Cảnh báo trên bảng", "Alerts");
    let rows = facts.boards().flat_map(|(site, board)| {
        let rows = board["alerts"].as_array().into_iter().flatten();
        rows.map(move |row| {
            let text = |key: &str| row[key].as_str().unwrap_or("?").to_owned();
            (
                text("severity") == "critical",
                format!("{site} {}: {} ({})", text("severity"), text("rule"), text("since")),
            )
        })
    });
    let rows: Vec<(bool, String)> = rows.collect();
    if rows.is_empty() {
        return Line::new("alerts", title, Level::Ok, said("không có", "none"));
    }
    let level = if rows.iter().any(|(critical, _)| *critical) { Level::Fault } else { Level::Warning };
    let count = rows.len();
    Line::new("alerts", title, level, said(count.to_string(), count.to_string()))
        .todo("xem docs/operations.md, mục cảnh báo", "see docs/operations.md, alerts")
        .more(rows.into_iter().map(|(_, text)| text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn who_is_away_stands_first_with_the_time_since() {
        let board = json!({"as_of": "2026-11-23T08:00:00.000Z", "devices": [
            {"kind": "kiosk", "device": "k1", "state": "ready", "age_s": 3, "gaps": 0, "flags": []},
            {"kind": "counter", "device": "q2", "state": "lost", "age_s": 7_300, "gaps": 2, "flags": ["clock_untrusted"]},
            {"kind": "gateway", "device": "g", "state": null, "age_s": null, "gaps": 0, "flags": []},
        ]});
        let all: Vec<Device<'_>> =
            of("hoa-mai", &board, Timestamp::parse("2026-11-23T08:00:02.000Z").unwrap()).collect();
        let line = summary("devices", ("Thiết bị", "Devices"), &all.iter().collect::<Vec<_>>());
        assert_eq!((line.level, line.found.en.as_str()), (Level::Warning, "3, 2 away"));
        assert_eq!(
            line.more,
            [
                "hoa-mai counter q2: lost, 2 h, mất / gaps 2, clock_untrusted",
                "hoa-mai gateway g: chưa báo / no status yet, chưa từng / never",
                "hoa-mai kiosk k1: ready, 5 s"
            ]
        );
    }
}
