//! `motcua replay`, as a person runs it.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::program::{Motcua, binary};
use crate::recordings::Recording;

/// A replay that runs.
#[derive(Debug)]
pub struct Replay(Option<Child>);

impl Replay {
    /// Replays a recording as fast as the acknowledgements allow, with further arguments.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn start(motcua: &Motcua, recording: &Recording, arguments: &[&str]) -> Self {
        let counters = recording.counters.as_deref();
        Self::of_file(motcua, &recording.tickets, counters, arguments)
    }

    /// Replays a file.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn of_file(motcua: &Motcua, file: &Path, counters: Option<&Path>, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.arg("replay").arg(file);
        if let Some(counters) = counters {
            command.arg("--counters").arg(counters);
        }
        command.args(["--speed", "0", "--broker", &motcua.broker()]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(Some(command.spawn().expect("the program was found")))
    }

    /// Waits for its end; gives what it printed.
    ///
    /// # Panics
    /// When it failed.
    pub fn finish(mut self) -> Value {
        let child = self.0.take().expect("it is taken only here");
        let Output { status, stdout, stderr } = child.wait_with_output().expect("its output can be read");
        let said = String::from_utf8_lossy(&stdout);
        let errors = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "replay ended with {status}: {errors}");
        let report = said.lines().last().and_then(|line| serde_json::from_str(line).ok());
        report.unwrap_or_else(|| panic!("replay printed {said:?} and {errors:?}"))
    }

    /// Whether it still runs.
    #[must_use]
    pub fn runs(&mut self) -> bool {
        self.0.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // One that has ended already is no error.
            drop(child.kill());
            drop(child.wait());
        }
    }
}
