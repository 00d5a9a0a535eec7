//! Tokens of programs and screens: 256 random bits, of which only the SHA-256 is kept.

use std::path::{Path, PathBuf};

use domain::{SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{AccessError, Grant, Role, store};
use crate::settings::Secret;
use crate::settings::files::hex;

/// Tells a token from other secrets wherever it is found.
const PREFIX: &str = "motcua_";
/// Hexadecimal digits of a token's id; enough to tell those of one installation apart.
const ID_DIGITS: usize = 8;

/// One token, without what would let anybody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Its name for `token remove`.
    pub id: String,
    /// What it may do.
    pub role: Role,
    /// Where; absent is every site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// When it was made.
    pub created: Timestamp,
    /// Of the whole token, in hexadecimal.
    sha256: String,
}

/// The content of `tokens.toml`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default, rename = "token")]
    tokens: Vec<Token>,
}

pub(super) fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("access/tokens.toml")
}

fn digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

impl File {
    /// Compares with every token, whole, so that the time taken tells nothing.
    pub(super) fn verify(&self, token: &str) -> Option<Grant> {
        let asked = digest(token);
        let same = |known: &Token| bool::from(known.sha256.as_bytes().ct_eq(asked.as_bytes()));
        self.tokens.iter().fold(None, |found, token| {
            if same(token) { Some(Grant { role: token.role, site: token.site }) } else { found }
        })
    }
}

/// The tokens of an installation, for the command that changes them.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
}

impl Tokens {
    /// Those under a data directory.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        Self { path: path(data_dir) }
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn list(&self) -> Result<Vec<Token>, AccessError> {
        store::read::<File>(&self.path).map(|file| file.tokens)
    }

    /// Makes a token. Its text is given back this once and kept nowhere.
    ///
    /// # Errors
    /// When the file cannot be changed or there are no random numbers.
    pub fn add(&self, grant: Grant, created: Timestamp) -> Result<(Token, Secret), AccessError> {
        let random = || Secret::generate().map_err(|source| AccessError::Io { path: self.path.clone(), source });
        let secret = Secret::new(format!("{PREFIX}{}", random()?.expose()));
        // Of its own random bits: a part of the secret, or of its hash, would tell something of it.
        let id: String = random()?.expose().chars().take(ID_DIGITS).collect();
        let token = Token { id, role: grant.role, site: grant.site, created, sha256: digest(secret.expose()) };
        store::change(&self.path, |file: &mut File| {
            file.tokens.push(token.clone());
            Ok(())
        })?;
        Ok((token, secret))
    }

    /// Takes a token out of force.
    ///
    /// # Errors
    /// When there is no such token or the file cannot be changed.
    pub fn remove(&self, id: &str) -> Result<(), AccessError> {
        store::change(&self.path, |file: &mut File| {
            let before = file.tokens.len();
            file.tokens.retain(|token| token.id != id);
            if file.tokens.len() == before {
                return Err(AccessError::Unknown { kind: "token", name: id.to_owned() });
            }
            Ok(())
        })
    }
}
