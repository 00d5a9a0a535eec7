//! What is kept: versions, configuration, journal, backup.

use std::process::Command;

use journal::{Error, Reader};

use super::facts::{Configured, Facts};
use super::page::{Level, Line, Said, said};
use crate::backup::{holds_records, version};

/// A backup that is older than this is not of last night.
const BACKUP_OLD_MS: i64 = 36 * 3_600_000;
/// A week of data at stake.
const BACKUP_TOO_OLD_MS: i64 = 7 * 24 * 3_600_000;

/// The programs and who wrote the data.
pub fn versions(facts: &Facts) -> Line {
    let title = ("Phiên bản", "Versions");
    let written = version::read(&facts.data_dir).ok().flatten();
    let broker = broker_version();
    let mut found = format!("motcua {}, Mosquitto {}", version::OURS, broker.as_deref().unwrap_or("?"));
    if let Some(written) = &written {
        found.push_str(&format!(", data {written}"));
    }
    let line = |level| Line::new("versions", title, level, said(found.clone(), found.clone()));
    if let Some(newer) = written.filter(|written| version::is_newer(written)) {
        return line(Level::Fault).todo(
            format!("dữ liệu do motcua {newer} ghi: chạy phiên bản đó hoặc mới hơn"),
            format!("motcua {newer} wrote the data: start that version or a newer one"),
        );
    }
    if broker.is_none() {
        return line(Level::Fault)
            .todo("cài Mosquitto: sudo apt-get install mosquitto", "install it: sudo apt-get install mosquitto");
    }
    line(Level::Ok)
}

/// Mosquitto's version, as it says itself.
pub fn broker_version() -> Option<String> {
    let program = crate::supervisor::mosquitto(std::env::var_os("PATH").as_deref()).ok()?;
    let output = Command::new(program).arg("-h").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().next()?.split("version ").nth(1)?.trim().to_owned())
}

/// The installation's file and its sites'.
pub fn configuration(facts: &Facts) -> Line {
    let title = ("Cấu hình", "Configuration");
    match &facts.config {
        None => {
            Line::new("configuration", title, Level::Ok, said("không dùng tệp (--discover)", "no file (--discover)"))
        }
        Some(Configured { file, read: Ok((_, sites)) }) => {
            let (file, sites) = (file.display(), sites.len());
            Line::new(
                "configuration",
                title,
                Level::Ok,
                said(format!("{file}, {sites} điểm tiếp nhận"), format!("{file}, {sites} sites")),
            )
        }
        Some(Configured { file, read: Err(mistakes) }) => {
            let lines: Vec<String> = mistakes.lines().map(str::to_owned).collect();
            let found = said(
                format!("{}: {} lỗi", file.display(), lines.len()),
                format!("{}: {} mistakes", file.display(), lines.len()),
            );
            Line::new("configuration", title, Level::Fault, found)
                .todo(
                    "sửa từng dòng dưới đây, rồi motcua check-config",
                    "correct each of these, then motcua check-config",
                )
                .more(lines)
        }
    }
}

/// The journal: the newest segment, or every record.
pub fn journal(facts: &Facts) -> Line {
    let title = ("Nhật ký sự kiện", "Journal");
    let dir = facts.data_dir.join("journal");
    let line = |level, found| Line::new("journal", title, level, found);
    let checked = if facts.whole_journal { all(&dir) } else { newest(&dir) };
    match checked {
        Ok(None) => line(Level::Warning, said("chưa có", "there is none yet"))
            .todo(format!("chạy hệ thống: {}", facts.start()), format!("start it: {}", facts.start())),
        Ok(Some(found)) => line(Level::Ok, found),
        Err(error) => {
            let found = error.to_string();
            line(Level::Fault, said(found.clone(), found)).todo(
                "không xóa gì; motcua journal verify, rồi xem docs/operations.md, mục nhật ký hỏng",
                "remove nothing; motcua journal verify, then see docs/operations.md, a damaged journal",
            )
        }
    }
}

fn all(dir: &std::path::Path) -> Result<Option<Said>, Error> {
    let report = journal::verify(dir, |_| {})?;
    if let Some(damage) = report.damage {
        return Err(damage.into());
    }
    if report.segments == 0 {
        return Ok(None);
    }
    let (records, segments) = (report.records, report.segments);
    Ok(Some(said(
        format!("{records} bản ghi trong {segments} tệp, đã kiểm tra tất cả"),
        format!("{records} records in {segments} segments, all checked"),
    )))
}

/// Reads the newest segment: the one that a crash can have torn.
fn newest(dir: &std::path::Path) -> Result<Option<Said>, Error> {
    let names = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| holds_records(name));
    let first = |name: &String| name.split_once(".journal")?.0.rsplit_once('-')?.1.parse::<u64>().ok();
    let firsts: Vec<u64> = names.filter_map(|name| first(&name)).collect();
    let Some(newest) = firsts.iter().max() else { return Ok(None) };
    let mut reader = Reader::open(dir, *newest)?;
    let mut last = newest - 1;
    while let Some(record) = reader.next_record()? {
        last = record.offset;
    }
    let segments = firsts.len();
    Ok(Some(said(
        format!("đến bản ghi {last}, {segments} tệp, đã kiểm tra tệp mới nhất"),
        format!("up to record {last}, {segments} segments, the newest checked"),
    )))
}

/// The newest backup.
pub fn backup(facts: &Facts) -> Line {
    let title = ("Sao lưu", "Backup");
    let now = "motcua backup";
    let line = |level, found| Line::new("backup", title, level, found);
    let last = &facts.backup;
    let mut line = match last.at.filter(|_| last.verified) {
        None => line(Level::Warning, said("chưa có bản nào", "none yet"))
            .todo(format!("tạo ngay: {now}"), format!("make one now: {now}")),
        Some(at) => {
            let age_ms = facts.now.ms() - at.ms();
            let hours = age_ms / 3_600_000;
            let file = last.file.as_deref().unwrap_or(std::path::Path::new("?"));
            let gone = !file.is_file();
            let found = said(
                format!("{hours} giờ trước, đã kiểm tra: {}", file.display()),
                format!("{hours} hours ago, verified: {}", file.display()),
            );
            let level = match age_ms {
                _ if gone => Level::Warning,
                age if age > BACKUP_TOO_OLD_MS => Level::Fault,
                age if age > BACKUP_OLD_MS => Level::Warning,
                _ => Level::Ok,
            };
            let line = line(level, found);
            match level {
                Level::Ok => line,
                _ if gone => line.todo(
                    format!("tệp không còn ở đó; gắn lại ổ đĩa, hoặc tạo mới: {now}"),
                    format!("the file is not there any more; mount its disk, or make a new one: {now}"),
                ),
                _ => line.todo(
                    format!("máy có chạy lúc sao lưu không? tạo ngay: {now}"),
                    format!("was the machine on at that hour? make one now: {now}"),
                ),
            }
        }
    };
    if let Some(error) = &last.error {
        line.level = line.level.max(Level::Warning);
        line.more.push(format!("lần thử gần nhất không thành / the last attempt failed: {error}"));
    }
    line
}
