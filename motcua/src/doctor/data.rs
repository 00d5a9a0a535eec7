//! What is kept: versions, configuration, journal, backup.

use std::path::Path;
use std::process::Command;

use journal::{Damage, Error};

use super::facts::{Configured, Facts};
use super::page::{Level, Line, Said, said};
use crate::backup::version;

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
                    format!("sửa từng dòng dưới đây, rồi motcua check-config {}", file.display()),
                    format!("correct each of these, then motcua check-config {}", file.display()),
                )
                .more(lines)
        }
    }
}

/// The journal: what opening it looks at, or every record.
pub fn journal(facts: &Facts) -> Line {
    let dir = facts.data_dir.join("journal");
    judge_journal(if facts.whole_journal { all(&dir) } else { as_opened(&dir) }, facts)
}

fn judge_journal(checked: Result<Option<Said>, Error>, facts: &Facts) -> Line {
    let title = ("Nhật ký sự kiện", "Journal");
    let line = |level, found| Line::new("journal", title, level, found);
    let error = match checked {
        Ok(None) => {
            return line(Level::Warning, said("chưa có", "there is none yet"))
                .todo(format!("chạy hệ thống: {}", facts.start()), format!("start it: {}", facts.start()));
        }
        Ok(Some(found)) => return line(Level::Ok, found),
        Err(error) => error,
    };
    let (at, text) = (facts.at(), error.to_string());
    match error {
        Error::Damage(damage) => of_damage(&line, &damage, &at),
        Error::MissingStart { first, .. } => {
            let last = first - 1;
            line(
                Level::Fault,
                said(
                    format!("mất các tệp đầu: bản ghi 1 đến {last}"),
                    format!("its first segments are missing: records 1 to {last}"),
                ),
            )
            .todo(
                "không xóa gì; trả các tệp đó về chỗ cũ, hoặc khôi phục bản sao lưu bằng motcua restore",
                "remove nothing; put those files back, or bring a backup back with motcua restore",
            )
        }
        Error::NewerFormat { .. } => line(Level::Fault, said(text.clone(), text))
            .todo("chạy phiên bản motcua đã ghi nhật ký", "start the motcua that wrote it"),
        other => line(Level::Fault, said(told(&other), told(&other))).todo(
            "không xóa gì; kiểm tra ổ đĩa (dmesg); chạy doctor bằng người dùng chạy motcua",
            "remove nothing; check the disk (dmesg); run doctor as the user that runs motcua",
        ),
    }
}

fn of_damage(line: &impl Fn(Level, Said) -> Line, damage: &Damage, at: &str) -> Line {
    let Damage { file, position, offset, fault } = damage;
    let file = file.display();
    let found = said(
        format!("hỏng ở bản ghi {offset}, byte {position} của {file}"),
        format!("damaged at record {offset}, byte {position} of {file}: {fault}"),
    );
    line(Level::Fault, found).todo(
        format!(
            "không xóa gì; xem hết: motcua journal verify {at}; khôi phục bản sao lưu bằng motcua restore, hoặc \
             tắt hệ thống rồi để riêng phần hỏng: motcua journal set-aside {at} (docs/operations.md)"
        ),
        format!(
            "remove nothing; see all of it: motcua journal verify {at}; bring a backup back with motcua restore, \
             or stop and put aside what is damaged: motcua journal set-aside {at} (docs/operations.md)"
        ),
    )
}

/// With what the system said.
fn told(error: &Error) -> String {
    use std::error::Error as _;
    error.source().map_or_else(|| error.to_string(), |why| format!("{error}: {why}"))
}

fn all(dir: &Path) -> Result<Option<Said>, Error> {
    if !dir.is_dir() {
        return Ok(None);
    }
    let report = journal::verify(dir, |_| {})?;
    report.untrimmed(dir)?;
    if report.segments == 0 {
        return Ok(None);
    }
    let (records, segments) = (report.records, report.segments);
    Ok(Some(said(
        format!("{records} bản ghi trong {segments} tệp, đã kiểm tra tất cả"),
        format!("{records} records in {segments} segments, all checked"),
    )))
}

/// What a start looks at: that no segment is missing, both ends of each, every record of the newest.
fn as_opened(dir: &Path) -> Result<Option<Said>, Error> {
    if !dir.is_dir() {
        return Ok(None);
    }
    let checked = journal::check(dir)?;
    journal::untrimmed(dir, checked.first_offset)?;
    if checked.segments == 0 {
        return Ok(None);
    }
    let (last, segments) = (checked.next_offset - 1, checked.segments);
    Ok(Some(said(
        format!("đến bản ghi {last}, {segments} tệp, đã kiểm tra như khi khởi động"),
        format!("up to record {last}, {segments} segments, checked as at a start"),
    )))
}

/// The newest backup.
pub fn backup(facts: &Facts) -> Line {
    let title = ("Sao lưu", "Backup");
    let now = format!("motcua backup {}", facts.at());
    let line = |level, found| Line::new("backup", title, level, found);
    let last = &facts.backup;
    let mut line = match last.at.filter(|_| last.verified) {
        None => line(Level::Warning, said("chưa có bản nào", "none yet"))
            .todo(format!("tạo ngay: {now}"), format!("make one now: {now}")),
        Some(at) => {
            let age_ms = facts.now.ms() - at.ms();
            let hours = age_ms / 3_600_000;
            let file = last.file.as_deref().unwrap_or(Path::new("?"));
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

#[cfg(test)]
mod tests {
    use std::fs;

    use journal::{Journal, NewRecord, Options, archive_next};

    use super::super::facts::Question;
    use super::*;

    const DAY_MS: i64 = 86_400_000;

    /// An installation that has written ten records on each of four days, the first archived.
    fn installed() -> (tempfile::TempDir, Facts) {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&dir, Options::default()).unwrap();
        for n in 0..40 {
            let rx_ms = n / 10 * DAY_MS;
            journal.append(NewRecord { kind: 1, rx_ms, at_ms: rx_ms, topic: b"t", payload: b"something" });
        }
        journal.flush().unwrap();
        journal.syncer().sync().unwrap();
        drop(journal);
        archive_next(&dir, 40).unwrap().unwrap();
        let data_dir = folder.path().to_owned();
        let question = Question { data_dir, config: None, server: None, token: None, whole_journal: false };
        (folder, Facts::gather(question))
    }

    /// What is said once the segment that begins with `first` was changed; `None` removes it.
    fn said_after(first: u64, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) -> Line {
        let (folder, facts) = installed();
        assert_eq!(journal(&facts).level, Level::Ok, "{:?}", journal(&facts));
        let dir = folder.path().join("journal");
        let name = |name: &str| name.contains(&format!("-{first:020}.journal"));
        let files = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap());
        let file = files.map(|entry| entry.path()).find(|path| name(&path.to_string_lossy())).unwrap();
        match change(fs::read(&file).unwrap()) {
            Some(bytes) => fs::write(&file, bytes).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let line = journal(&facts);
        assert_eq!(line.level, Level::Fault, "{line:?}");
        assert!(line.todo.as_ref().unwrap().en.contains("motcua restore"), "{line:?}");
        line
    }

    #[test]
    fn a_journal_that_cannot_be_opened_is_a_fault() {
        let newest = said_after(31, |bytes| Some(bytes[..bytes.len() - 3].to_vec()));
        assert!(newest.found.en.starts_with("damaged at record 40"), "{newest:?}");
        let advice = newest.todo.unwrap().vi;
        assert!(advice.contains("motcua journal set-aside --data-dir /"), "{advice}");
        let newest = said_after(31, |_| None);
        assert!(newest.found.en.starts_with("damaged at record 31"), "{newest:?}");
        let middle = said_after(21, |_| None);
        assert!(middle.found.en.contains("record 21") && middle.found.en.contains("missing"), "{middle:?}");
        let first = said_after(1, |_| None);
        assert_eq!(first.found.en, "its first segments are missing: records 1 to 10");
        let archive = said_after(1, |mut bytes| {
            bytes[..16].fill(0);
            Some(bytes)
        });
        assert!(archive.found.en.starts_with("damaged at record 1,"), "{archive:?}");
    }

    #[test]
    fn a_journal_without_its_segments_is_a_fault_and_none_at_all_is_not() {
        let (folder, facts) = installed();
        for entry in fs::read_dir(folder.path().join("journal")).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().contains(".journal") {
                fs::remove_file(path).unwrap();
            }
        }
        assert_eq!(journal(&facts).level, Level::Fault);
        fs::remove_dir_all(folder.path().join("journal")).unwrap();
        assert_eq!(journal(&facts).level, Level::Warning);
    }
}
