//! The certificate that pages are served with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mqtt_config::settings::Tls;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// Why TLS cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that is not what it should be.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The certificate and the key do not go together.
    #[error("the certificate cannot be used with its key: {0}")]
    Pair(#[from] rustls::Error),
}

/// Reads certificate and key.
///
/// # Errors
/// When a file cannot be read, or the two do not go together.
pub fn acceptor(tls: &Tls) -> Result<TlsAcceptor, TlsError> {
    let in_file = |file: &Path| {
        let file = file.to_owned();
        move |source| TlsError::File { file, source }
    };
    let chain = CertificateDer::pem_file_iter(&tls.cert).and_then(Iterator::collect).map_err(in_file(&tls.cert))?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(in_file(&tls.key))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
