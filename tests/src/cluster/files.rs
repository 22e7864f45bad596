//! What the processes of a cluster share in files: keys, certificates, the secret.
#![expect(clippy::expect_used, reason = "a test without its files can only fail")]

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use http::HeaderValue;
use tempfile::TempDir;
use tenure_server::{ApiKeys, ServiceCredential, config::PeerTls};

use super::binary;

const TENANTS: [&str; 16] = [
    "one",
    "two",
    "ours",
    "theirs",
    "acme",
    "foreign",
    "cdnow",
    "demo",
    "erased",
    "exported",
    "exported-other",
    "order-0",
    "order-1",
    "order-2",
    "order-3",
    "order-4",
];
const SCOPES: [&str; 3] = ["*", "journal.read", "journal.operate"];
const SECRET: &str = "the-secret-that-all-processes-of-this-cluster-share";

pub(super) struct Files {
    folder: TempDir,
    keys: BTreeMap<&'static str, String>,
}

impl Files {
    pub(super) fn make() -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        private(&path("kek"), &"07".repeat(32));
        private(&path("secret"), SECRET);
        let mint = |tenant: &'static str| {
            let id = tenant.parse().expect("a tenant");
            (tenant, ApiKeys::mint(&path("api-keys.toml"), &id, "test", &SCOPES).expect("a key"))
        };
        let keys = TENANTS.into_iter().map(mint).collect();
        let made = Command::new(binary()).arg("dev-certs").arg("--out").arg(path("certificates")).output();
        let made = made.expect("the command runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { folder, keys }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn key(&self, tenant: &str) -> String {
        self.keys.get(tenant).expect("one of the tenants").clone()
    }

    pub(super) fn keys(&self) -> BTreeMap<String, String> {
        self.keys.iter().map(|(tenant, key)| ((*tenant).to_owned(), key.clone())).collect()
    }

    pub(super) fn kek(&self) -> PathBuf {
        self.folder.path().join("kek")
    }

    /// The header of each tenant's name, and that of its key.
    pub(super) fn bearers(&self) -> HashMap<HeaderValue, HeaderValue> {
        let header = |text: &str| HeaderValue::from_str(&format!("Bearer {text}")).expect("a header");
        self.keys.iter().map(|(tenant, key)| (header(tenant), header(key))).collect()
    }

    pub(super) fn credential(&self) -> ServiceCredential {
        ServiceCredential::from_secret(SECRET).expect("a secret")
    }

    fn certificate(&self, name: &str) -> String {
        self.folder.path().join("certificates").join(name).display().to_string()
    }

    pub(super) fn peer_tls(&self) -> PeerTls {
        PeerTls {
            ca_file: self.certificate("ca.pem"),
            cert_file: self.certificate("client.pem"),
            key_file: self.certificate("client.key"),
            ..PeerTls::default()
        }
    }

    /// The settings that name them.
    pub(super) fn settings(&self, tls: bool) -> Vec<(&'static str, String)> {
        let path = |name: &str| PathBuf::from(self.folder.path()).join(name).display().to_string();
        let mut settings = vec![
            ("TENURE__KEYRING__KEK_FILE", path("kek")),
            ("TENURE__SERVICE__SECRET_FILE", path("secret")),
            ("TENURE__CREDENTIALS__API_KEYS_FILE", path("api-keys.toml")),
        ];
        if tls {
            let peer = self.peer_tls();
            settings.extend([
                ("TENURE__SERVER__TLS__CERT_FILE", self.certificate("server.pem")),
                ("TENURE__SERVER__TLS__KEY_FILE", self.certificate("server.key")),
                ("TENURE__SERVER__TLS__CLIENT_CA_FILE", peer.ca_file.clone()),
                ("TENURE__PEERS__TLS__CA_FILE", peer.ca_file),
                ("TENURE__PEERS__TLS__CERT_FILE", peer.cert_file),
                ("TENURE__PEERS__TLS__KEY_FILE", peer.key_file),
            ]);
        }
        settings
    }
}

fn private(file: &Path, text: &str) {
    fs::write(file, text).expect("written");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("private");
}
