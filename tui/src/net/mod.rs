//! The line to the server: a WebSocket that comes back by itself, and the list of dead letters.

mod address;
mod api;
mod socket;
mod tls;

use std::path::PathBuf;

use domain::SiteId;

pub use address::{Address, AddressError};
pub use api::{dead_letters, sites, what_if};
pub use socket::follow;
pub use tls::{Trust, TrustError};

/// Where the server is and what it is shown.
#[derive(Debug, Clone)]
pub struct Place {
    /// The server.
    pub address: Address,
    /// The site.
    pub site: SiteId,
    /// Where the token stands; read anew for each connection, so that a new one is taken up.
    pub token_file: Option<PathBuf>,
    /// Whom a server's certificate is trusted from.
    pub trust: Trust,
}

/// The token in a file: its first line.
///
/// # Errors
/// When the file cannot be read or is empty.
pub fn token(file: &std::path::Path) -> std::io::Result<String> {
    let text = std::fs::read_to_string(file)?;
    let token = text.lines().next().unwrap_or_default().trim();
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "the first line is not a token"));
    }
    Ok(token.to_owned())
}
