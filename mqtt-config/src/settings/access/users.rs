//! Logins of people: a name and a password, of which only the argon2id hash is kept.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::{SiteId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AccessError, Grant, Role, store};
use crate::settings::Secret;

/// The shortest password that a person may choose.
pub const MIN_PASSWORD_CHARS: usize = 12;
/// Longer ones are refused before they are hashed.
const MAX_PASSWORD_CHARS: usize = 256;

/// A hash that no password has, with the parameters of the others: an unknown name must take as
/// long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bW90Y3VhLW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A person's name for the login: `[a-z0-9.-]{1,32}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

impl FromStr for UserName {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, AccessError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
        let valid = (1..=32).contains(&text.len()) && text.bytes().all(allowed);
        valid.then(|| Self(text.to_owned())).ok_or_else(|| AccessError::UserName(text.to_owned()))
    }
}

impl TryFrom<String> for UserName {
    type Error = AccessError;

    fn try_from(text: String) -> Result<Self, AccessError> {
        text.parse()
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The name to log in with.
    pub name: UserName,
    /// What the person may do.
    pub role: Role,
    /// Where; absent is every site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// When the login was made.
    pub created: Timestamp,
    /// Of the password, as a PHC string.
    argon2id: String,
}

/// The content of `users.toml`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default, rename = "user")]
    users: Vec<User>,
}

pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("access/users.toml")
}

impl File {
    pub(super) fn verify(&self, name: &str, password: &str) -> Option<Grant> {
        let user = self.users.iter().find(|user| user.name.0 == name);
        let hash = user.map_or(NOBODY, |user| &user.argon2id);
        // A hash that cannot be read lets nobody in, as does a password that no login can have.
        let hash = PasswordHash::new(hash).ok().filter(|_| password.chars().count() <= MAX_PASSWORD_CHARS)?;
        Argon2::default().verify_password(password.as_bytes(), &hash).ok()?;
        user.map(|user| Grant { role: user.role, site: user.site })
    }
}

/// The logins of an installation, for the command that changes them.
#[derive(Debug)]
pub struct Users {
    path: PathBuf,
}

impl Users {
    /// Those under a data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { path: path(data_dir) }
    }

    /// All people, in the order they came.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self) -> Result<Vec<User>, AccessError> {
        store::read::<File>(&self.path).map(|file| file.users)
    }

    /// Makes a login.
    ///
    /// # Errors
    /// When there is one of that name, the password is too short or too long, or the file cannot
    /// be changed.
    pub fn add(&self, name: &UserName, password: &Secret, grant: Grant, created: Timestamp) -> Result<(), AccessError> {
        if !(MIN_PASSWORD_CHARS..=MAX_PASSWORD_CHARS).contains(&password.expose().chars().count()) {
            return Err(AccessError::Password);
        }
        let hash = Argon2::default().hash_password(password.expose().as_bytes());
        let argon2id = hash.map_err(|error| AccessError::Hash(error.to_string()))?.to_string();
        let user = User { name: name.clone(), role: grant.role, site: grant.site, created, argon2id };
        store::change(&self.path, |file: &mut File| {
            if file.users.iter().any(|known| known.name == user.name) {
                return Err(AccessError::Exists(user.name));
            }
            file.users.push(user);
            Ok(())
        })
    }

    /// Ends a login.
    ///
    /// # Errors
    /// When there is none of that name or the file cannot be changed.
    pub fn remove(&self, name: &UserName) -> Result<(), AccessError> {
        store::change(&self.path, |file: &mut File| {
            let before = file.users.len();
            file.users.retain(|user| user.name != *name);
            if file.users.len() == before {
                return Err(AccessError::Unknown { kind: "user", name: name.to_string() });
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_s_hash_costs_what_the_others_cost() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let somebody = Argon2::default().hash_password(b"a password of somebody").unwrap();
        assert_eq!(nobody.params, somebody.params);
        assert_eq!((nobody.algorithm, nobody.version), (somebody.algorithm, somebody.version));
        assert_eq!(nobody.hash.unwrap().len(), somebody.hash.unwrap().len());
    }

    #[test]
    fn names_keep_to_the_pattern() {
        assert_eq!("lan.nguyen-2".parse::<UserName>().unwrap().to_string(), "lan.nguyen-2");
        for bad in ["", "Lan", "lan nguyen", "lan@example", "đan", &"a".repeat(33)] {
            assert!(bad.parse::<UserName>().is_err(), "{bad}");
        }
    }
}
