//! Which commands are executed: none twice, and none too late that would do harm.

use std::collections::VecDeque;

use domain::Timestamp;

use crate::wire::{Command, CommandAction};

/// Commands remembered. One that comes again after so many others has expired long since.
const REMEMBERED: usize = 256;

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Execute,
    /// Its id has been executed already.
    Again,
    /// Its time is over.
    Expired,
}

/// The ids of the last commands executed.
#[derive(Debug, Default)]
pub(super) struct Commands {
    executed: VecDeque<Box<str>>,
}

impl Commands {
    pub(super) fn judge(&mut self, command: &Command, now: Timestamp) -> Verdict {
        if self.executed.iter().any(|id| **id == *command.id) {
            return Verdict::Again;
        }
        // By a clock that is ahead everything has expired. What does no harm late, and none twice,
        // is done whatever the clock says: what is missing would otherwise be given up.
        let harmless = matches!(command.action, CommandAction::Replay { .. } | CommandAction::Rebirth);
        if !harmless && command.exp < now {
            return Verdict::Expired;
        }
        if self.executed.len() == REMEMBERED {
            self.executed.pop_front();
        }
        self.executed.push_back(command.id.as_str().into());
        Verdict::Execute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);

    fn command(id: usize, exp: Timestamp) -> Command {
        Command { id: format!("c{id}"), exp, action: CommandAction::Identify }
    }

    #[test]
    fn once_and_in_time() {
        let mut commands = Commands::default();
        assert_eq!(commands.judge(&command(1, NOW.plus(-1)), NOW), Verdict::Expired);
        assert_eq!(commands.judge(&command(1, NOW), NOW), Verdict::Execute, "an expired one was not executed");
        assert_eq!(commands.judge(&command(1, NOW), NOW), Verdict::Again);
    }

    #[test]
    fn a_clock_that_is_ahead_stops_nothing_that_does_no_harm() {
        let mut commands = Commands::default();
        let replay = CommandAction::Replay { boot: domain::BootId::new("b").unwrap(), from_seq: 1, to_seq: 2 };
        for (id, action) in [replay, CommandAction::Rebirth].into_iter().enumerate() {
            let command = Command { action, ..command(id, NOW.plus(-86_400_000)) };
            assert_eq!(commands.judge(&command, NOW), Verdict::Execute);
            assert_eq!(commands.judge(&command, NOW), Verdict::Again);
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut commands = Commands::default();
        for id in 0..10 * REMEMBERED {
            assert_eq!(commands.judge(&command(id, NOW), NOW), Verdict::Execute);
        }
        assert_eq!(commands.executed.len(), REMEMBERED);
    }
}
