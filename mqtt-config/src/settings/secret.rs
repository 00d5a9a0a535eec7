//! Texts that must never be printed by accident.

use std::fmt;
use std::io;
use std::path::Path;

use super::files;

/// A password or token. It prints as `***`; [`Secret::expose`] is the only way to its text.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Letters and digits that cannot be mistaken for one another when read aloud or typed.
const READABLE: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

impl Secret {
    /// Takes a text as a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Reads a secret from a file; one line end after it does not belong to it.
    ///
    /// # Errors
    /// When the file cannot be read or holds nothing.
    pub fn from_file(path: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is empty"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Writes the secret to a file that only its owner can read.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_to(&self, path: &Path) -> io::Result<()> {
        files::write_private(path, self.0.as_bytes())
    }

    /// A new secret of 256 random bits, as 64 hexadecimal digits.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn generate() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(files::hex(&bytes)))
    }

    /// A new password for a person to type: four groups of five characters, 100 random bits.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn generate_readable() -> io::Result<Self> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes)?;
        let letters = bytes.map(|byte| char::from(READABLE[usize::from(byte) % READABLE.len()]));
        let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
        Ok(Self(groups.join("-")))
    }

    /// The text itself, for the one place that must send or show it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_prints_as_stars() {
        let secret = Secret::new("p@ss:w/o%rd!");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "p@ss:w/o%rd!");
    }

    #[test]
    fn generated_secrets_are_long_and_differ() {
        let (one, two) = (Secret::generate().unwrap(), Secret::generate().unwrap());
        assert_eq!(one.expose().len(), 64);
        assert_ne!(one, two);
        let typed = Secret::generate_readable().unwrap();
        assert_eq!(typed.expose().split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 5, 5]);
    }

    #[test]
    fn a_file_gives_its_secret_without_the_line_end() {
        let dir = files::tests::scratch("secret");
        let path = dir.join("collector");
        Secret::new("abc").write_to(&path).unwrap();
        assert_eq!(Secret::from_file(&path).unwrap().expose(), "abc");
        std::fs::write(&path, "a b\r\n").unwrap();
        assert_eq!(Secret::from_file(&path).unwrap().expose(), "a b");
        std::fs::write(&path, "\n").unwrap();
        assert!(Secret::from_file(&path).is_err());
    }
}
