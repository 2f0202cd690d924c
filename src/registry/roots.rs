//! Whose word is taken for a registry being the one it says it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::RegistryError;

/// As large as the bundles of all systems together.
const LARGEST: u64 = 16 << 20;

/// The root certificates of HTTPS.
#[derive(Debug, Clone)]
pub struct Roots(RootCerts);

impl Roots {
    /// Mozilla's, as they were when this program was built.
    pub fn bundled() -> Self {
        Self(RootCerts::WebPki)
    }

    /// Those of the PEM file that `SSL_CERT_FILE` names, as OpenSSL and Go read it (a company has its
    /// own); without it the bundled ones.
    ///
    /// # Errors
    /// If the file cannot be read or holds no certificate.
    pub fn from_environment() -> Result<Self, RegistryError> {
        match std::env::var_os("SSL_CERT_FILE").filter(|value| !value.is_empty()) {
            Some(path) => Self::from_file(&PathBuf::from(path)),
            None => Ok(Self::bundled()),
        }
    }

    /// Those of a PEM file.
    ///
    /// # Errors
    /// If the file cannot be read or holds no certificate.
    pub fn from_file(path: &Path) -> Result<Self, RegistryError> {
        let error = |cause: String| RegistryError::Roots { path: path.to_owned(), cause };
        let text =
            crate::file::read(path, LARGEST).map_err(|cause| error(crate::diagnostic::cause(&cause)))?;
        let certificates = parse_pem(&text)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
                Ok(_) => None,
                Err(cause) => Some(Err(error(cause.to_string()))),
            })
            .collect::<Result<Vec<Certificate<'static>>, _>>()?;
        if certificates.is_empty() {
            return Err(error("it contains no certificate".to_owned()));
        }
        Ok(Self(RootCerts::Specific(Arc::new(certificates))))
    }

    pub(super) fn tls(self) -> TlsConfig {
        TlsConfig::builder().root_certs(self.0).build()
    }
}
