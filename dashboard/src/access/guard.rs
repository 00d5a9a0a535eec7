//! Who holds which token and password: the installation's credentials, as they are at each question.

use std::path::Path;

use domain::Timestamp;
use mqtt_config::settings::access::{Access, AccessError, Grant, UserName, Users};

/// The credentials of the installation.
#[derive(Debug)]
pub struct Guard {
    access: Access,
    users: Users,
    /// `demo` and `--discover`: every caller is a director.
    open: bool,
}

/// Somebody who has a login. A login that was ended and made again (to change its password) is
/// another one: `since` tells them apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name to log in with.
    pub name: UserName,
    /// When the login was made.
    pub since: Timestamp,
}

impl Guard {
    /// Reads the credentials.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn load(data_dir: &Path, open: bool) -> Result<Self, AccessError> {
        Ok(Self { access: Access::load(data_dir)?, users: Users::of(data_dir), open })
    }

    /// Whether every caller is a director.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// What the bearer of a token may do.
    #[must_use]
    pub fn token(&self, token: &str) -> Option<Grant> {
        self.access.verify_token(token)
    }

    /// Who has this name and password, and what they may do. Slow by design: never on an async
    /// thread.
    #[must_use]
    pub fn log_in(&self, name: &str, password: &str) -> Option<(Person, Grant)> {
        let grant = self.access.verify_user(name, password)?;
        let name: UserName = name.parse().ok()?;
        let user = self.users.list().ok()?.into_iter().find(|user| user.name == name)?;
        Some((Person { name, since: user.created }, grant))
    }

    /// What a person who has logged in may do now; `None` when that login is ended. Reads the file:
    /// people are few, and what was taken from one holds at once.
    #[must_use]
    pub fn person(&self, person: &Person) -> Option<Grant> {
        let users = self.users.list();
        let users = users.inspect_err(|error| tracing::error!(%error, "The logins cannot be read.")).ok()?;
        let user = users.into_iter().find(|user| user.name == person.name && user.created == person.since)?;
        Some(Grant { role: user.role, site: user.site })
    }
}
