//! `motcua dead-letters again`: hands a request to the collector and tells what became of it.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use collector::recover::journal_dir;
use collector::rerun::{Asked, Request, Standing, Tally, ask};
use domain::SiteId;
use domain::event::DeadLetterReason;

use super::at::{At, data_dir_for, note};
use super::say;
use crate::exit::BadInput;

/// A running collector looks for requests every second.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);
/// A journal of a country's day is looked through in less.
const DONE_WITHIN: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Chạy lại những bản tin đã bị từ chối, theo cấu hình hiện nay.
///
/// Runs dead letters again: each is judged by what is configured now, and counts once as an event, at
/// the time when it happened, if it can be used. Without options all of them are tried. One that was
/// run before, or whose event came in by another way since, is not counted again; one of which only
/// the first 4 KiB were kept cannot be run.
///
/// The running collector does it and the outcome is printed as one line of JSON; without one it is
/// done at the next start. Run it as the user that the collector runs as.
#[derive(Debug, clap::Args)]
pub struct Again {
    /// Chỉ của điểm này · only those of this site
    #[arg(long)]
    site: Option<SiteId>,

    /// Chỉ những bản tin bị từ chối vì lý do này · only those refused for this reason, as it is listed
    #[arg(long, value_parser = reason)]
    reason: Option<DeadLetterReason>,

    /// Chỉ bản tin có số này trong danh sách; dùng được nhiều lần · only the letter that is listed with
    /// this offset; may be given more than once
    #[arg(long = "offset", value_name = "N")]
    offsets: Vec<u64>,
}

fn reason(code: &str) -> Result<DeadLetterReason, String> {
    match DeadLetterReason::from_code(code) {
        Some(DeadLetterReason::TicketExists | DeadLetterReason::UnknownTicket) => {
            Err("these are no letters to run again: when an event comes late that makes them right, they are \
                 counted by themselves"
                .to_owned())
        }
        Some(reason) => Ok(reason),
        None => {
            let known: Vec<_> = DeadLetterReason::ALL.iter().map(|reason| reason.code()).collect();
            Err(format!("there is {}", known.join(", ")))
        }
    }
}

/// Runs `dead-letters again`.
///
/// # Errors
/// When there is no such installation, or the request cannot be handed over.
pub fn run(at: &At, args: &Again) -> anyhow::Result<ExitCode> {
    let data_dir = data_dir_for(at, args.site)?;
    if !journal_dir(&data_dir).is_dir() {
        return Err(BadInput::because(format!("there is no journal in {}", data_dir.display())).into());
    }
    let request = Request { site: args.site, reason: args.reason, offsets: args.offsets.iter().copied().collect() };
    let asked = ask(&data_dir, &request).with_context(|| cannot(&data_dir))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().context("cannot start")?;
    match runtime.block_on(answer(&asked)).with_context(|| cannot(&data_dir))? {
        Some(tally) => told(&tally),
        None => {
            note(
                "Bộ thu nhận chưa chạy hoặc đang bận: yêu cầu được giữ lại và sẽ làm khi bộ thu nhận chạy.\n\
                 The collector is not running, or busy: the request is kept and done when it runs.",
            )?;
            say(r#"{"kept":true}"#)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Waits for the answer; `None` when it does not come in time.
async fn answer(asked: &Asked) -> std::io::Result<Option<Tally>> {
    let began = Instant::now();
    loop {
        let patience = match asked.standing()? {
            Standing::Done(tally) => return Ok(Some(tally)),
            Standing::Waiting => TAKEN_WITHIN,
            Standing::Taken => DONE_WITHIN,
        };
        if began.elapsed() > patience {
            return Ok(None);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn told(tally: &Tally) -> anyhow::Result<ExitCode> {
    say(&mqtt_config::wire::json(tally))?;
    match &tally.failed {
        Some(why) => anyhow::bail!("not all dead letters could be looked at: {why}"),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn cannot(data_dir: &Path) -> String {
    format!("cannot hand a request over in {}", data_dir.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_that_is_listed_and_that_running_again_can_mend() {
        assert_eq!(reason("unknown_service"), Ok(DeadLetterReason::UnknownService));
        assert!(reason("ticket_exists").unwrap_err().contains("by themselves"));
        assert!(reason("unknown").unwrap_err().contains("unknown_service, unknown_counter"));
    }
}
