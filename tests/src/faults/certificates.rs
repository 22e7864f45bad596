//! Certificates for servers of this machine.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tenure_server::config::PeerTls;

use crate::cluster::binary;

/// Makes some in a folder.
pub(super) fn make(folder: &Path) -> anyhow::Result<PathBuf> {
    let out = folder.join("certificates");
    let made = Command::new(binary()).arg("dev-certs").arg("--out").arg(&out).output()?;
    anyhow::ensure!(made.status.success(), "no certificates: {}", String::from_utf8_lossy(&made.stderr));
    Ok(out)
}

/// The roots (PEM).
pub(super) fn roots(certificates: &Path) -> anyhow::Result<String> {
    Ok(std::fs::read_to_string(certificates.join("ca.pem"))?)
}

/// How others check those who show them.
pub(super) fn peer_tls(certificates: &Path) -> PeerTls {
    PeerTls { ca_file: certificates.join("ca.pem").display().to_string(), ..PeerTls::default() }
}

/// The settings of a server that shows one of them, and checks the others by their root.
pub(super) fn settings(certificates: &Path) -> Vec<(String, String)> {
    let named = [
        ("TENURE__SERVER__TLS__CERT_FILE", "server.pem"),
        ("TENURE__SERVER__TLS__KEY_FILE", "server.key"),
        ("TENURE__PEERS__TLS__CA_FILE", "ca.pem"),
    ];
    named.map(|(key, name)| (key.to_owned(), certificates.join(name).display().to_string())).into()
}
