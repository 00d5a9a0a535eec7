//! Ends a broker that a killed supervisor left behind: it would hold the port and the sessions.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// How long a leftover may take to write down its sessions before it is killed.
const GRACE: Duration = Duration::from_secs(5);

/// Ends the process named in `pid_file` if it still runs `conf`. Does nothing when there is none.
///
/// # Errors
/// When a leftover cannot be ended.
pub fn end(pid_file: &Path, conf: &Path) -> anyhow::Result<()> {
    let Some(leftover) = find(pid_file, conf) else { return Ok(()) };
    tracing::warn!(pid = leftover.pid.as_raw_nonzero().get(), "A broker of an earlier run is still there, ending it.");
    for signal in [Signal::TERM, Signal::KILL] {
        leftover.signal(signal).context("cannot end the broker of an earlier run")?;
        if leftover.gone_within(GRACE).context("cannot wait for the broker of an earlier run")? {
            return Ok(());
        }
    }
    bail!("the broker of an earlier run (process {}) does not end", leftover.pid.as_raw_nonzero())
}

/// A process held by a descriptor: its number cannot become another process under our hands.
struct Leftover {
    pid: Pid,
    handle: OwnedFd,
}

fn find(pid_file: &Path, conf: &Path) -> Option<Leftover> {
    let number: i32 = std::fs::read_to_string(pid_file).ok()?.trim().parse().ok()?;
    let pid = Pid::from_raw(number.max(0))?;
    // First the handle, then the look: what we look at is what we hold.
    let handle = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    let command = std::fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
    let runs_conf = command.split(|byte| *byte == 0).any(|word| word == conf.as_os_str().as_encoded_bytes());
    runs_conf.then_some(Leftover { pid, handle })
}

impl Leftover {
    fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&self.handle, signal) {
            // Gone already: what we wanted.
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// A process descriptor becomes readable when its process has ended.
    fn gone_within(&self, limit: Duration) -> io::Result<bool> {
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        let mut handles = [PollFd::from_borrowed_fd(self.handle.as_fd(), PollFlags::IN)];
        Ok(poll(&mut handles, Some(&limit))? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};

    /// A process with `conf` among its arguments.
    fn stand_in(conf: &Path) -> Child {
        Command::new("sh").args(["-c", "read word"]).arg(conf).stdin(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn a_leftover_with_our_configuration_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let (pid_file, conf) = (dir.path().join("broker.pid"), dir.path().join("mosquitto.conf"));
        let mut child = stand_in(&conf);
        std::fs::write(&pid_file, format!("{}\n", child.id())).unwrap();
        end(&pid_file, &conf).unwrap();
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn another_process_with_that_number_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let pid_file = dir.path().join("broker.pid");
        let mut child = stand_in(Path::new("/elsewhere/mosquitto.conf"));
        std::fs::write(&pid_file, child.id().to_string()).unwrap();
        end(&pid_file, &dir.path().join("mosquitto.conf")).unwrap();
        assert!(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn no_file_or_a_number_that_runs_nothing_is_nothing_to_end() {
        let dir = tempfile::tempdir().unwrap();
        let pid_file = dir.path().join("broker.pid");
        end(&pid_file, Path::new("/x")).unwrap();
        for text in ["", "not a number", "0", "-1", "2147483647"] {
            std::fs::write(&pid_file, text).unwrap();
            end(&pid_file, Path::new("/x")).unwrap();
        }
    }
}
