//! A generated year sent to InfluxDB, the way the collector sends: from the store's outbox.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use history::influx::mirror::{Mirror, State};
use history::influx::options::Options;
use history::sqlite::Outbox;

/// Between two looks at what waits.
const LOOK: Duration = Duration::from_millis(200);
/// So long nothing may be sent before it is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends everything that waits in the outbox of `file`; `told` hears how many points still wait.
///
/// # Errors
/// When the address or the token cannot be used, or nothing could be sent for a minute. What was not
/// sent stays in the file.
pub(super) fn send(options: Options, file: &Path, mut told: impl FnMut(u64)) -> anyhow::Result<u64> {
    let outbox = Outbox::open(file)?;
    let all = outbox.backlog()?.points;
    let mirror = Mirror::start(options, file)?;
    let (mut least, mut since) = (all, Instant::now());
    loop {
        let backlog = outbox.backlog()?;
        told(backlog.points);
        if backlog.points == 0 {
            return Ok(all - backlog.dead);
        }
        if backlog.points < least {
            (least, since) = (backlog.points, Instant::now());
        }
        if since.elapsed() > PATIENCE {
            let why = match mirror.status().state {
                State::Behind { why, .. } => why,
                State::Live | State::CatchingUp => "nothing was acknowledged".to_owned(),
            };
            bail!("InfluxDB has not taken {} of {all} points, which stay in {}: {why}", backlog.points, file.display());
        }
        std::thread::park_timeout(LOOK);
    }
}
