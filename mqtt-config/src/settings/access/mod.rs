//! Who may do what: roles, tokens of programs and logins of people (contract section 4).
//!
//! Only hashes are kept, in `access/{tokens,users}.toml` of the data directory. Changes made by
//! another process are seen at the next question.

mod role;
mod store;
mod tokens;
mod users;

use std::path::{Path, PathBuf};

pub use role::{Grant, Role, UnknownRole};
use store::Cached;
pub use tokens::{Token, Tokens};
pub use users::{MIN_PASSWORD_CHARS, User, UserName, Users};

/// Why credentials could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what these programs write.
    #[error("{path}: {message}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        message: String,
    },
    /// There is a user of this name.
    #[error("there is already a user `{0}`; remove it first")]
    Exists(UserName),
    /// There is no such user or token.
    #[error("there is no {kind} `{name}`")]
    Unknown {
        /// `user` or `token`.
        kind: &'static str,
        /// What was asked for.
        name: String,
    },
    /// A user name outside the pattern.
    #[error("user name {0:?} does not fit [a-z0-9.-]{{1,32}}")]
    UserName(String),
    /// A password that is too short or too long.
    #[error("a password has {MIN_PASSWORD_CHARS} to 256 characters")]
    Password,
    /// The hash could not be computed.
    #[error("hashing the password: {0}")]
    Hash(String),
}

/// The tokens and logins of an installation, for whoever must check them.
#[derive(Debug)]
pub struct Access {
    tokens: Cached<tokens::File>,
    users: Cached<users::File>,
}

impl Access {
    /// Reads the credentials; where there are none yet, nobody gets in.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn load(data_dir: &Path) -> Result<Self, AccessError> {
        let (tokens, users) = (tokens::path(data_dir), users::path(data_dir));
        Ok(Self { tokens: Cached::load(tokens)?, users: Cached::load(users)? })
    }

    /// What a token allows; `None` when it is not one of ours. Takes the same time whichever token
    /// it resembles.
    #[must_use]
    pub fn verify_token(&self, token: &str) -> Option<Grant> {
        self.tokens.get().verify(token)
    }

    /// What a person may do; `None` when name or password is wrong, after the same time either way.
    /// Costs tens of milliseconds of a core and 19 MiB by design: call it where blocking is
    /// allowed, and not for everybody at once.
    #[must_use]
    pub fn verify_user(&self, name: &str, password: &str) -> Option<Grant> {
        self.users.get().verify(name, password)
    }
}

#[cfg(test)]
mod tests;
