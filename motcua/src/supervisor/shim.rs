//! What a child does first: it ties its life to the supervisor's.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

/// Asks the kernel to send `signal` to this process when the supervisor's main thread ends, even
/// by SIGKILL. `supervisor` is its process number.
///
/// # Errors
/// When the supervisor is gone already (it may have died before the request was in place).
pub fn follow(supervisor: u32, signal: Signal) -> anyhow::Result<()> {
    set_parent_process_death_signal(Some(signal)).context("cannot follow the supervisor")?;
    let parent = getppid().map(Pid::as_raw_pid).and_then(|pid| u32::try_from(pid).ok());
    if parent != Some(supervisor) {
        bail!("the supervisor ended while this process started");
    }
    Ok(())
}

/// Follows the supervisor, then becomes the program. Returns only when that fails.
///
/// The request survives `exec` as long as the program keeps its user: a Mosquitto that is started
/// by root must be told to stay it (`user root`), or the kernel forgets the request.
///
/// # Errors
/// When the supervisor is gone or the program cannot be started.
pub fn become_program(
    supervisor: u32,
    signal: Signal,
    command: &[OsString],
) -> anyhow::Result<std::convert::Infallible> {
    follow(supervisor, signal)?;
    let [program, args @ ..] = command else { bail!("no program to become") };
    let error = Command::new(program).args(args).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}
