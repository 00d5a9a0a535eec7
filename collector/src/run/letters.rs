//! Dead letters run again, between one look at the broker and the next.

use super::Collector;
use crate::Error;

impl Collector {
    /// Whether letters wait to be run, and the engine and the disk have nothing better to do.
    pub(super) fn may_run_letters(&self) -> bool {
        self.reruns.is_at_work() && self.waiting.is_none() && self.disk.gate.why().is_none()
    }

    /// Runs a stretch of them.
    pub(super) fn run_letters(&mut self) -> Result<(), Error> {
        if !self.may_run_letters() {
            return Ok(());
        }
        let now = self.time();
        self.reruns.step(&mut self.door, now);
        self.close_group()
    }
}
