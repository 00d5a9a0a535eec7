//! Password hashes as Mosquitto keeps them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha512};

use crate::settings::Secret;

/// Mosquitto's own number. More would buy nothing: the secrets are random and long, so nobody
/// guesses them from the hash, and the broker pays this at every connect.
const ITERATIONS: u32 = 101;

const SALT_LEN: usize = 12;

/// A password's hash, `$7$<iterations>$<salt>$<hash>`: PBKDF2 with SHA-512.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes with a random salt.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn new(secret: &Secret) -> std::io::Result<Self> {
        let mut salt = [0; SALT_LEN];
        getrandom::fill(&mut salt)?;
        Ok(Self::salted(secret, &salt))
    }

    /// Hashes with a salt made of name and secret: the same account gives the same line. For
    /// secrets of 256 random bits, which need no salt against tables.
    pub(super) fn repeatable(name: &str, secret: &Secret) -> Self {
        let digest = Sha512::new().chain_update(name).chain_update([0]).chain_update(secret.expose()).finalize();
        Self::salted(secret, &digest[..SALT_LEN])
    }

    fn salted(secret: &Secret, salt: &[u8]) -> Self {
        let mut hash = [0; 64];
        pbkdf2::pbkdf2_hmac::<Sha512>(secret.expose().as_bytes(), salt, ITERATIONS, &mut hash);
        Self(format!("$7${ITERATIONS}${}${}", STANDARD.encode(salt), STANDARD.encode(hash)))
    }

    /// The account's line in the password file.
    pub(super) fn line(&self, username: &str) -> String {
        format!("{username}:{}\n", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line was made by `mosquitto_passwd` 2.0.11.
    #[test]
    fn hashes_are_mosquittos() {
        let salt = STANDARD.decode("dMYQOXcV/zLXQ6Is").unwrap();
        let hash = PasswordHash::salted(&Secret::new("abcde-fghjk-mnpqr-23456"), &salt);
        let line = "tam-ky.kiosk-1:$7$101$dMYQOXcV/zLXQ6Is$ixQ4DNgFGSYMA+JK8jclifmMebcJmy8ekHI/5yiZ1dnPT/tt9QdTgSGH36ZPloyrSWMBuJiYcf729ZjQfnPV0A==\n";
        assert_eq!(hash.line("tam-ky.kiosk-1"), line);
    }

    #[test]
    fn salts_differ_unless_they_should_not() {
        let secret = Secret::new("x");
        assert_ne!(PasswordHash::new(&secret).unwrap(), PasswordHash::new(&secret).unwrap());
        assert_eq!(PasswordHash::repeatable("a", &secret), PasswordHash::repeatable("a", &secret));
        assert_ne!(PasswordHash::repeatable("a", &secret), PasswordHash::repeatable("b", &secret));
    }
}
