//! How a program of motcua ends: exit codes 0, 1 and 64 (contract section 6), and one sentence.

use std::fmt;
use std::process::ExitCode;

/// Bad configuration or arguments (`EX_USAGE` of sysexits.h).
pub const BAD_INPUT: u8 = 64;

/// An error of what the person gave us: arguments, configuration. Ends the program with
/// [`BAD_INPUT`]; every other error ends it with 1.
#[derive(Debug)]
pub struct BadInput(String);

impl BadInput {
    /// With the sentence that tells what is wrong, where, and what to do.
    #[must_use]
    pub fn because(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for BadInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// The exit code of an error.
#[must_use]
pub fn code_of(error: &anyhow::Error) -> ExitCode {
    if error.is::<BadInput>() { ExitCode::from(BAD_INPUT) } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn only_bad_input_is_64() {
        let bad: anyhow::Error = BadInput::because("no such file").into();
        assert_eq!(code_of(&bad), ExitCode::from(64));
        let in_context = Err::<(), _>(BadInput::because("no such file")).context("reading").unwrap_err();
        assert_eq!(code_of(&in_context), ExitCode::from(64));
        assert_eq!(code_of(&anyhow::anyhow!("disk full")), ExitCode::FAILURE);
    }
}
