//! Keeps one child running until it is told to let it end.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use rustix::process::Signal;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::child::{Program, ReadyLine, Role, Running};
use crate::exit::{BAD_INPUT, BadInput};

/// How long a child may take to end in good order before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// How often a child may fail before it accepted work for the first time. After that it is started
/// again for ever.
const FIRST_ATTEMPTS: u32 = 3;

/// A child that accepted work, and the task that starts it again whenever it ends.
#[derive(Debug)]
pub struct Keeper {
    role: Role,
    stop: CancellationToken,
    reload: Arc<Notify>,
    task: JoinHandle<()>,
}

/// A child's first life.
#[derive(Debug)]
pub struct FirstStart {
    /// Process number of that life.
    pub pid: u32,
    /// What it said when it accepted work.
    pub said: ReadyLine,
}

impl Keeper {
    /// Starts a child, waits until it accepts work, and keeps it from then on. `program` is asked
    /// for each attempt. A later end with bad configuration is told to `failed`.
    ///
    /// # Errors
    /// When it did not come up; [`BadInput`] when it says that its configuration is at fault.
    pub async fn start(
        mut program: impl FnMut() -> anyhow::Result<Program>,
        failed: mpsc::Sender<anyhow::Error>,
    ) -> anyhow::Result<(Self, FirstStart)> {
        let mut backoff = Backoff::default();
        let mut attempt = 1;
        loop {
            let program = program()?;
            let mut running = Running::start(&program)?;
            match running.accepts_work().await {
                Ok(said) => {
                    let first = FirstStart { pid: running.pid(), said };
                    tracing::info!(child = program.role.name(), pid = first.pid, "A child accepts work.");
                    return Ok((Self::keep(program, running, failed), first));
                }
                // One that hangs without accepting work is as good as ended.
                Err(error) => {
                    let age = running.age();
                    refuse_bad_configuration(&program, &mut running).await?;
                    if attempt == FIRST_ATTEMPTS {
                        return Err(error).context("cannot start (see the messages above)");
                    }
                    attempt += 1;
                    tracing::warn!(child = program.role.name(), %error, "A child did not come up, trying again.");
                    sleep(backoff.after(age, false)).await;
                }
            }
        }
    }

    fn keep(program: Program, running: Running, failed: mpsc::Sender<anyhow::Error>) -> Self {
        let (role, stop, reload) = (program.role, CancellationToken::new(), Arc::new(Notify::new()));
        let life = Life { program, stop: stop.clone(), reload: Arc::clone(&reload) };
        let task = tokio::spawn(async move {
            if let Err(error) = life.go_on(running).await {
                // Nobody listens any more when all is being ended; then it is no news.
                let _ = failed.send(error).await;
            }
        });
        Self { role, stop, reload, task }
    }

    /// Which child it keeps.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Lets the child read its files again (SIGHUP).
    pub fn reload(&self) {
        self.reload.notify_one();
    }

    /// Ends the child in good order; killed when it takes too long, or when this is dropped.
    pub async fn end(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.task).await {
            tracing::error!(child = self.role.name(), %error, "A child's keeper failed.");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Drops the child with it, which kills it. Nothing happens when the task has ended.
        self.task.abort();
    }
}

/// What a keeper's task knows.
struct Life {
    program: Program,
    stop: CancellationToken,
    reload: Arc<Notify>,
}

impl Life {
    async fn go_on(&self, mut running: Running) -> anyhow::Result<()> {
        let mut backoff = Backoff::default();
        let mut worked = true;
        while self.until_end(&mut running).await? {
            let pause = backoff.after(running.age(), worked);
            let (child, pause_ms) = (self.program.role.name(), pause.as_millis());
            refuse_bad_configuration(&self.program, &mut running).await?;
            tracing::warn!(child, pause_ms, "A child ended, starting it again.");
            tokio::select! {
                () = sleep(pause) => {}
                () = self.stop.cancelled() => return Ok(()),
            }
            running = Running::start(&self.program)?;
            tokio::select! {
                accepts = running.accepts_work() => match accepts {
                    Ok(_) => {
                        worked = true;
                        tracing::info!(child, pid = running.pid(), "A child accepts work again.");
                    }
                    Err(error) => {
                        worked = false;
                        tracing::warn!(child, %error, "A child did not come up.");
                        // One that hangs without accepting work is as good as ended.
                        running.signal(Signal::KILL);
                    }
                },
                () = self.stop.cancelled() => {}
            }
        }
        running.end(GRACE).await;
        Ok(())
    }

    /// True: it ended by itself. False: it is to be ended.
    async fn until_end(&self, running: &mut Running) -> anyhow::Result<bool> {
        loop {
            tokio::select! {
                status = running.ended() => {
                    let status = status.context("a child was lost")?;
                    tracing::warn!(child = self.program.role.name(), %status, "A child ended.");
                    return Ok(true);
                }
                () = self.reload.notified() => running.signal(Signal::HUP),
                () = self.stop.cancelled() => return Ok(false),
            }
        }
    }
}

/// Waits for the end of a child that has failed, and stops all when its configuration is at fault:
/// a restart would only say so again.
async fn refuse_bad_configuration(program: &Program, running: &mut Running) -> anyhow::Result<()> {
    running.signal(Signal::KILL);
    let status = running.ended().await.context("a child was lost")?;
    if status.code() == Some(i32::from(BAD_INPUT)) {
        let name = program.role.name();
        return Err(
            BadInput::because(format!("the {name} cannot use its configuration (see its message above)")).into()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use tokio::time::timeout;

    use super::super::child::Accepts;
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    /// A child that is a shell script; each life appends a line to `lives`.
    fn script(dir: &Path, text: &str) -> Program {
        let text = format!("echo life >>lives; {text}");
        let text = format!("cd '{}' && {text}", dir.display());
        Program {
            role: Role::Collector,
            command: ["sh", "-c", &text].map(OsString::from).into(),
            accepts: Accepts::SaysSo,
            pid_file: dir.join("collector.pid"),
            log: None,
        }
    }

    fn lives(dir: &Path) -> usize {
        std::fs::read_to_string(dir.join("lives")).map_or(0, |lives| lives.lines().count())
    }

    /// Writes a word into a named pipe; waits until somebody reads from it.
    async fn say(pipe: &Path) {
        let pipe = pipe.to_owned();
        let write = tokio::task::spawn_blocking(move || std::fs::write(pipe, "on\n"));
        timeout(LIMIT, write).await.unwrap().unwrap().unwrap();
    }

    async fn start(program: &Program) -> (anyhow::Result<(Keeper, FirstStart)>, mpsc::Receiver<anyhow::Error>) {
        // One child tells at most one failure.
        let (failed, failures) = mpsc::channel(1);
        (Keeper::start(|| Ok(program.clone()), failed).await, failures)
    }

    #[tokio::test]
    async fn a_child_that_ends_is_started_again_until_it_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        // A named pipe: the script waits for a word, and each word ends one life.
        let program = script(dir.path(), r#"mkfifo go 2>/dev/null; echo '{"ready":true}'; read word <go"#);
        let (keeper, _failures) = start(&program).await;
        let (keeper, first) = keeper.unwrap();
        let go = dir.path().join("go");
        say(&go).await;
        // The next life reads from the pipe too: this write waits for it.
        say(&go).await;
        // The word may still reach the first life's pipe; the second life comes all the same.
        let second = async {
            while lives(dir.path()) < 2 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(LIMIT, second).await.unwrap();
        timeout(LIMIT, keeper.end()).await.unwrap();
        let pid = std::fs::read_to_string(&program.pid_file).unwrap();
        assert_ne!(pid.trim(), first.pid.to_string());
        assert!(!Path::new("/proc").join(pid.trim()).exists());
    }

    #[tokio::test]
    async fn three_failures_before_the_first_work_are_enough() {
        let dir = tempfile::tempdir().unwrap();
        let (keeper, _failures) = start(&script(dir.path(), "exit 1")).await;
        let error = keeper.unwrap_err();
        assert!(!error.is::<BadInput>());
        assert_eq!(
            format!("{error:#}"),
            "cannot start (see the messages above): the collector ended with exit status: 1"
        );
        assert_eq!(lives(dir.path()), 3);
    }

    #[tokio::test]
    async fn bad_configuration_is_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let (keeper, _failures) = start(&script(dir.path(), "exit 64")).await;
        assert!(keeper.unwrap_err().is::<BadInput>());
        assert_eq!(lives(dir.path()), 1);
    }

    #[tokio::test]
    async fn bad_configuration_ends_it_at_any_time() {
        let dir = tempfile::tempdir().unwrap();
        let program = script(dir.path(), r#"echo '{"ready":true}'; exit 64"#);
        let (keeper, mut failures) = start(&program).await;
        let told = timeout(LIMIT, failures.recv()).await.unwrap().unwrap();
        assert!(told.is::<BadInput>());
        assert_eq!(lives(dir.path()), 1);
        drop(keeper);
    }
}
