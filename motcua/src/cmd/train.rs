//! `motcua train`: trains the estimates now instead of at night.

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use collector::training::{Outcome, train_now};
use domain::Timestamp;

use super::at::At;
use super::say;

/// Huấn luyện ngay phần ước tính thời gian chờ từ nhật ký, thay vì đợi đến đêm.
///
/// Trains the estimates of waits on the whole journal now; a running collector does it by itself each
/// night. Run it while nothing runs on the data directory: the model is a record of the journal, and
/// the next start follows it. Prints one line of JSON. Exits with 1 where too little was seen.
#[derive(Debug, clap::Args)]
pub struct Train {
    #[command(flatten)]
    at: At,
}

/// Runs `train`.
///
/// # Errors
/// When there is no such installation, a collector runs on it, or its journal cannot be read or written.
pub fn run(args: &Train) -> anyhow::Result<ExitCode> {
    let data_dir = args.at.data_dir()?;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp::from_ms(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX));
    let done = train_now(&data_dir, now)
        .with_context(|| format!("the estimates of {} cannot be trained", data_dir.display()))?;
    let (line, code) = match done.outcome {
        Outcome::Trained(model) => {
            let line = serde_json::json!({"offset": done.offset, "lessons": model.rows, "until": model.trained_until});
            (line, ExitCode::SUCCESS)
        }
        Outcome::TooLittle { lessons, days } => {
            (serde_json::json!({"offset": null, "lessons": lessons, "days": days}), ExitCode::FAILURE)
        }
        Outcome::Stopped => (serde_json::json!({"offset": null}), ExitCode::FAILURE),
    };
    say(&line.to_string())?;
    Ok(code)
}
