//! Certificates, and the secret that processes show each other.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use serde::Deserialize;
use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use super::ConfigError;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How a server shows who it is. Without a certificate it serves in clear. Files are read at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerTls {
    /// The certificate and what stands between it and its root (PEM). Default empty: no TLS.
    pub cert_file: String,
    /// The certificate's private key (PEM), readable by its owner alone.
    pub key_file: String,
    /// Roots of client certificates (PEM). If set, only those who show a certificate of theirs may connect. Default empty.
    pub client_ca_file: String,
}

impl ServerTls {
    /// Whether it serves over TLS.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.cert_file.is_empty()
    }

    pub(super) fn validate(&self) -> Vec<String> {
        let mut wrong = pair(&self.cert_file, &self.key_file);
        if !self.client_ca_file.is_empty() && !self.is_on() {
            wrong.push("client_ca_file: needs cert_file".to_owned());
        }
        wrong
    }

    /// Reads the files; `None` without a certificate.
    ///
    /// # Errors
    /// When one can't be read, others may read the key, or there is nothing of that kind in it.
    pub fn load(&self) -> Result<Option<ServerTlsConfig>, ConfigError> {
        if !self.is_on() {
            return Ok(None);
        }
        let mut tls = ServerTlsConfig::new().identity(identity(&self.cert_file, &self.key_file)?).timeout(HANDSHAKE);
        if !self.client_ca_file.is_empty() {
            tls = tls.client_ca_root(certificates(&self.client_ca_file)?);
        }
        // Only the builder of a server looks whether they fit each other.
        let tried = tonic::transport::Server::builder().tls_config(tls.clone());
        tried.map_err(|_| {
            ConfigError::new("certificate and key can't be used together").in_file(Path::new(&self.key_file))
        })?;
        Ok(Some(tls))
    }
}

/// How other processes are checked, and what they are shown. Files are read at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeerTls {
    /// Roots of the others' certificates (PEM). Needed for https.
    pub ca_file: String,
    /// The name in the others' certificates. Default empty: the host of the address.
    pub domain: String,
    /// The certificate shown to those who ask for one (PEM). Default empty: none.
    pub cert_file: String,
    /// Its private key (PEM), readable by its owner alone.
    pub key_file: String,
}

impl PeerTls {
    /// Everything that is wrong, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        pair(&self.cert_file, &self.key_file)
    }

    /// Reads the files; `None` without roots.
    ///
    /// # Errors
    /// When one can't be read, others may read the key, or there is nothing of that kind in it.
    pub(crate) fn load(&self) -> Result<Option<ClientTlsConfig>, ConfigError> {
        if self.ca_file.is_empty() {
            return Ok(None);
        }
        let mut tls = ClientTlsConfig::new().ca_certificate(certificates(&self.ca_file)?).timeout(HANDSHAKE);
        if !self.cert_file.is_empty() {
            tls = tls.identity(identity(&self.cert_file, &self.key_file)?);
        }
        Ok(Some(tls))
    }
}

fn pair(cert_file: &str, key_file: &str) -> Vec<String> {
    match (cert_file.is_empty(), key_file.is_empty()) {
        (true, false) => vec!["cert_file: must be set with key_file".to_owned()],
        (false, true) => vec!["key_file: must be set with cert_file".to_owned()],
        _ => Vec::new(),
    }
}

fn identity(cert_file: &str, key_file: &str) -> Result<Identity, ConfigError> {
    let certificate = certificates(cert_file)?;
    let key = private_text(Path::new(key_file))?;
    if !key.contains("PRIVATE KEY-----") {
        return Err(ConfigError::new("holds no private key in PEM").in_file(Path::new(key_file)));
    }
    Ok(Identity::from_pem(certificate, key))
}

fn certificates(file: &str) -> Result<Certificate, ConfigError> {
    let text = super::text(Path::new(file))?;
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(ConfigError::new("holds no certificate in PEM").in_file(Path::new(file)));
    }
    Ok(Certificate::from_pem(text))
}

/// The text of a file that its owner alone may read. What is wrong is told without showing any of it.
///
/// # Errors
/// When it can't be read, or others may read it too.
pub fn private_text(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |error: std::io::Error| ConfigError::new(format!("can't be read: {error}")).in_file(path);
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(ConfigError::new("others may read it; chmod 600").in_file(path));
    }
    fs::read_to_string(path).map_err(unreadable)
}
