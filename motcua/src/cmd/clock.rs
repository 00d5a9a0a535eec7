//! `motcua clock`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use collector::host_clock::{Acceptance, Note, run_of_machine};
use domain::Timestamp;
use domain::clock::Why;

use super::at::{At, note};
use super::say;

/// Đồng hồ máy chủ: xem, và xác nhận là đúng.
///
/// The host's clock as the collector sees it. Without a command it is shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    at: At,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Says that the host's clock is right as it is now: the collector believes it at once, also
    /// when it begins a new business day. Set the clock first, then say so
    Accept,
}

/// Runs the command.
///
/// # Errors
/// When there is no such installation, or its data directory cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let data_dir = args.at.data_dir()?;
    let now = Timestamp::from_ms(jiff::Timestamp::now().as_millisecond());
    match args.command {
        None => show(&data_dir, now)?,
        Some(Command::Accept) => accept(&data_dir, now)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn show(data_dir: &Path, now: Timestamp) -> anyhow::Result<()> {
    let kept = Note::read(data_dir).filter(|kept| Some(&kept.run) == run_of_machine().as_ref());
    say(&said(kept.as_ref(), now))
}

/// What is known of the clock, for people. The note is ten seconds old at most while a collector
/// runs.
fn said(kept: Option<&Note>, now: Timestamp) -> String {
    match kept {
        None => format!(
            "Máy chủ / host: {now}\nChưa có ghi nhận từ khi máy khởi động / no collector has run since the machine was started."
        ),
        Some(Note { doubt: None, .. }) => format!("Máy chủ / host: {now}\nĐáng tin / believed."),
        Some(Note { doubt: Some(why), shown, system, .. }) => {
            let (vi, en) = reason(*why);
            format!(
                "Máy chủ / host: {now}\nKhông đáng tin / not believed: {vi} / {en}.\n\
                 Bảng đang tính giờ là / the boards went on at {shown}, when the host showed {system}.\n\
                 Chỉnh lại đồng hồ, rồi xác nhận / set the clock, then say so: motcua clock accept"
            )
        }
    }
}

const fn reason(why: Why) -> (&'static str, &'static str) {
    match why {
        Why::BehindJournal { .. } => ("chậm hơn dữ liệu đã ghi", "it is behind what was recorded already"),
        Why::FarAhead { .. } => {
            ("nhanh hơn dữ liệu đã ghi quá 35 ngày", "it is over 35 days ahead of what was recorded")
        }
        Why::Impossible => ("chưa bao giờ được chỉnh", "it was never set"),
        Why::Jumped { .. } => ("bị nhảy giờ", "it jumped"),
    }
}

fn accept(data_dir: &Path, now: Timestamp) -> anyhow::Result<()> {
    let kept = Note::read(data_dir);
    let in_vain = || format!("cannot write to {}; run this as the user that runs serve", data_dir.display());
    Acceptance { system: now }.write(data_dir).with_context(in_vain)?;
    if kept.is_some_and(|kept| kept.shown > now) {
        note(
            "Giờ trên bảng không lùi: bảng chạy chậm lại 1/32 cho đến khi hai giờ gặp nhau.\n\
             Time on the boards never goes back: it runs slower by 1/32 until the two meet.",
        )?;
    }
    say(&format!("Đã xác nhận / accepted: {now}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_795_000_000_000);

    #[test]
    fn a_word_is_left_for_the_collector() {
        let dir = tempfile::tempdir().unwrap();
        accept(dir.path(), NOW).unwrap();
        assert_eq!(Acceptance::take(dir.path(), NOW.plus(1_000)), Some(Acceptance { system: NOW }));
        let error = accept(&dir.path().join("nowhere"), NOW).unwrap_err();
        assert!(error.to_string().contains("run this as the user"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_said_with_what_to_do() {
        let kept = |doubt| Note { run: "a".to_owned(), monotonic_ms: 1, shown: NOW, system: NOW, doubt };
        assert!(said(Some(&kept(None)), NOW).ends_with("Đáng tin / believed."));
        let text = said(Some(&kept(Some(Why::Jumped { by_ms: 86_400_000 }))), NOW);
        assert!(text.contains("bị nhảy giờ / it jumped") && text.ends_with("motcua clock accept"), "{text}");
        assert!(said(None, NOW).contains("no collector has run"));
    }
}
