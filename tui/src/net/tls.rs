//! Whom a server's certificate is trusted from: the system, and `--ca-file`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::Connector;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The certificates that a server's must come from.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    roots: Arc<Vec<CertificateDer<'static>>>,
}

/// Why nobody can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file of `--ca-file`.
    #[error("{}: {why}", file.display())]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// The system has no certificates, and no file was given.
    #[error("this system has no certificates to trust a server by; name one with --ca-file")]
    Nobody,
}

impl Trust {
    /// Reads the system's certificates, and those of a PEM file.
    ///
    /// # Errors
    /// When the file cannot be read, or there is nobody to trust.
    pub fn load(ca_file: Option<&Path>) -> Result<Self, TrustError> {
        // Some of a system's certificates may be damaged; the others are good.
        let mut roots = rustls_native_certs::load_native_certs().certs;
        if let Some(file) = ca_file {
            let told = |why: String| TrustError::File { file: file.to_owned(), why };
            let certificates = CertificateDer::pem_file_iter(file).map_err(|error| told(error.to_string()))?;
            let before = roots.len();
            for certificate in certificates {
                roots.push(certificate.map_err(|error| told(error.to_string()))?);
            }
            if roots.len() == before {
                return Err(told("no certificate in it".to_owned()));
            }
        }
        if roots.is_empty() { Err(TrustError::Nobody) } else { Ok(Self { roots: Arc::new(roots) }) }
    }

    /// For the WebSocket.
    ///
    /// # Errors
    /// When the TLS library does not take its own defaults.
    pub fn connector(&self) -> Result<Connector, rustls::Error> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(self.roots.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(Connector::Rustls(Arc::new(config.with_root_certificates(store).with_no_client_auth())))
    }

    /// For HTTP.
    #[must_use]
    pub fn for_http(&self) -> TlsConfig {
        let roots: Vec<Certificate<'static>> =
            self.roots.iter().map(|der| Certificate::from_der(der.as_ref()).to_owned()).collect();
        TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build()
    }
}
