//! `motcua journal verify` and `motcua journal set-aside`: is the journal what was written, and how
//! does the installation start again when it is not.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use collector::{recover, snapshot};
use journal::{Damage, Report, SetAside};
use serde_json::json;

use super::at::{At, note};
use super::say;

/// Kiểm tra nhật ký sự kiện; khi hỏng, để riêng phần hỏng.
///
/// Looks after the journal, from which everything else follows.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    at: At,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Đọc và kiểm tra từng bản ghi; không thay đổi gì.
    ///
    /// Reads every record and checks it, beside a running installation too, and changes nothing.
    /// Prints one line of JSON. Exit code 1 when something is damaged.
    Verify,
    /// Để riêng bản ghi hỏng và mọi bản ghi sau nó, để hệ thống khởi động lại được. Không xóa gì.
    ///
    /// Puts the first damaged record and everything after it aside, so that the installation can
    /// start with what comes before. Deletes nothing; the installation has to be stopped. When there
    /// is a backup that holds more, `motcua restore` is better. Prints one line of JSON.
    SetAside,
}

/// Runs the command.
///
/// # Errors
/// When the journal cannot be read, or is in use where it must not be. Damage is an outcome.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data_dir = args.at.data_dir()?;
    let dir = recover::journal_dir(&data_dir);
    anyhow::ensure!(dir.is_dir(), "there is no journal in {}: is it the right --data-dir?", dir.display());
    match args.action {
        Action::Verify => {
            let report = journal::verify(&dir, progress)?;
            say(&of_report(&report).to_string())?;
            note(&told_report(&report, &dir))?;
            Ok(ExitCode::from(u8::from(report.untrimmed(&dir).is_err())))
        }
        Action::SetAside => {
            let aside = journal::set_aside(&dir).context("nothing was put aside that is not told")?;
            let Some(end) = aside.as_ref().map(|aside| aside.next_offset - 1) else {
                // What is missing before the first record cannot be put aside.
                journal::untrimmed(&dir, journal::check(&dir)?.first_offset)?;
                return said_aside(None);
            };
            // Told first: it has happened, whatever comes next.
            let told = said_aside(aside.as_ref())?;
            snapshot::forget_beyond(&snapshot::dir_of(&data_dir), end)
                .context("a snapshot of what was put aside cannot be removed")?;
            Ok(told)
        }
    }
}

fn said_aside(aside: Option<&SetAside>) -> anyhow::Result<ExitCode> {
    say(&of_aside(aside).to_string())?;
    note(&told_aside(aside))?;
    Ok(ExitCode::SUCCESS)
}

/// Told where somebody waits: a journal of years takes minutes.
fn progress(at: journal::Progress) {
    // A terminal that is gone is no reason to stop looking.
    drop(note(&format!("{}/{} · {} bản ghi / records", at.segments, at.of, at.records)));
}

fn of_damage(damage: &Damage) -> serde_json::Value {
    json!({
        "file": damage.file, "position": damage.position, "record": damage.offset, "fault": damage.fault.to_string(),
    })
}

fn of_report(report: &Report) -> serde_json::Value {
    json!({
        "segments": report.segments,
        "archived": report.archived,
        "first": report.first,
        "records": report.records,
        "bytes": report.bytes,
        "tail_bytes": report.tail_bytes,
        "damage": report.damage.as_ref().map(of_damage),
        "missing_start": (report.first > 1).then(|| json!({ "first": 1, "last": report.first - 1 })),
    })
}

fn told_report(report: &Report, dir: &Path) -> String {
    let Report { first, records, .. } = report;
    if let Err(error @ journal::Error::MissingStart { .. }) = report.untrimmed(dir) {
        let last = first - 1;
        return format!(
            "Nhật ký hỏng: mất các tệp đầu, bản ghi 1 đến {last}. Trả các tệp đó về chỗ cũ, hoặc khôi phục bản sao lưu \
             bằng `motcua restore`.\n{error}."
        );
    }
    match &report.damage {
        None => format!(
            "Nhật ký nguyên vẹn: {records} bản ghi, từ số {first}.\n\
             The journal is whole: {records} records, from number {first}."
        ),
        Some(damage) => format!(
            "Nhật ký hỏng ở bản ghi {}; {records} bản ghi trước đó còn nguyên. Khôi phục bản sao lưu bằng `motcua \
             restore`, hoặc chạy `motcua journal set-aside`.\n{damage}.",
            damage.offset
        ),
    }
}

fn of_aside(aside: Option<&SetAside>) -> serde_json::Value {
    json!({
        "damage": aside.map(|aside| of_damage(&aside.damage)),
        "next": aside.map(|aside| aside.next_offset),
        "files": aside.map_or_else(Vec::new, |aside| aside.files.clone()),
    })
}

fn told_aside(aside: Option<&SetAside>) -> String {
    let Some(SetAside { next_offset, files, .. }) = aside else {
        return "Nhật ký nguyên vẹn; không có gì phải để riêng.\nThe journal is whole; there was nothing to put aside."
            .to_owned();
    };
    let files: String = files.iter().map(|file| format!("\n  {}", file.display())).collect();
    format!(
        "Phần hỏng đã để riêng; nhật ký ghi tiếp từ số {next_offset}. Hãy giữ các tệp này:\n\
         What was damaged is put aside; the journal goes on with number {next_offset}. Keep these files:{files}"
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use journal::Fault;

    use super::*;

    fn damage() -> Damage {
        let file = PathBuf::from("journal/2026-11-23-00000000000000000001.journal");
        Damage { file, position: 812, offset: 9, fault: Fault::Checksum }
    }

    #[test]
    fn damage_is_told_with_its_place_and_the_ways_out() {
        let report = Report {
            segments: 1,
            archived: 0,
            first: 1,
            records: 8,
            bytes: 812,
            tail_bytes: 0,
            damage: Some(damage()),
        };
        let told = told_report(&report, Path::new("journal"));
        for part in ["bản ghi 9", "byte 812, record 9", "motcua restore", "motcua journal set-aside"] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(of_report(&report)["damage"]["fault"], "its checksum does not match");
        assert_eq!(of_report(&report)["missing_start"], serde_json::Value::Null);
        let headless = Report { first: 11, damage: None, ..report.clone() };
        let told = told_report(&headless, Path::new("journal"));
        for part in ["bản ghi 1 đến 10.", "its first segments are missing, records 1 to 10;", "motcua restore"] {
            assert!(told.contains(part), "{told}");
        }
        assert_eq!(of_report(&headless)["missing_start"], json!({"first": 1, "last": 10}));
        assert_eq!(of_report(&Report { damage: None, ..report })["damage"], serde_json::Value::Null);
    }

    #[test]
    fn what_is_put_aside_is_told_by_its_files() {
        let aside = SetAside { damage: damage(), next_offset: 9, files: vec!["journal/a.aside-1".into()] };
        assert!(told_aside(Some(&aside)).ends_with("number 9. Keep these files:\n  journal/a.aside-1"));
        assert_eq!(of_aside(Some(&aside))["next"], 9);
        assert_eq!(of_aside(None)["files"], json!([]));
    }
}
