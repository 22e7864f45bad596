//! Settings with which a process of a distributed suite must not start: one line that says what is wrong, and no secret in it.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use crate::{tenure, text};

const SECRET: &str = "hunter2-hunter2-hunter2-hunter2-hunter2";

struct Case {
    what: &'static str,
    settings: &'static [(&'static str, &'static str)],
    said: &'static str,
}

/// A process of identity that would start, if its database were there.
const FINE: [(&str, &str); 10] = [
    ("TENURE__STORE__URL", "postgres://tenure:hunter2@127.0.0.1:1/tenure"),
    ("TENURE__SERVER__LISTEN", "127.0.0.1:0"),
    ("TENURE__SERVER__TLS__CERT_FILE", "c/server.pem"),
    ("TENURE__SERVER__TLS__KEY_FILE", "c/server.key"),
    ("TENURE__SERVER__TLS__CLIENT_CA_FILE", "c/ca.pem"),
    ("TENURE__PEERS__COLLECTOR", "[\"https://collector.example:7411\"]"),
    ("TENURE__PEERS__TLS__CA_FILE", "c/ca.pem"),
    ("TENURE__SERVICE__SECRET_FILE", "secret"),
    ("TENURE__KEYRING__KEK_FILE", "kek"),
    ("TENURE__CREDENTIALS__API_KEYS_FILE", "keys.toml"),
];

const CASES: [Case; 22] = [
    Case { what: "SQLite", settings: &[("TENURE__STORE__URL", "sqlite:data")], said: "store.url: " },
    Case { what: "no upstream", settings: &[("TENURE__PEERS__COLLECTOR", "[]")], said: "peers.collector: must be set" },
    Case {
        what: "no address",
        settings: &[("TENURE__PEERS__COLLECTOR", "[\"me:hunter2@x\"]")],
        said: "peers.collector[0]: ",
    },
    Case {
        what: "in clear",
        settings: &[("TENURE__PEERS__COLLECTOR", "[\"http://10.0.0.1:1\"]")],
        said: "without TLS",
    },
    Case {
        what: "open to all",
        settings: &[
            ("TENURE__SERVER__LISTEN", "0.0.0.0:0"),
            ("TENURE__SERVER__TLS__CERT_FILE", ""),
            ("TENURE__SERVER__TLS__KEY_FILE", ""),
            ("TENURE__SERVER__TLS__CLIENT_CA_FILE", ""),
        ],
        said: "server.listen: ",
    },
    Case {
        what: "no secret",
        settings: &[("TENURE__SERVICE__SECRET_FILE", "")],
        said: "service.secret_file: must be set",
    },
    Case {
        what: "absent secret",
        settings: &[("TENURE__SERVICE__SECRET_FILE", "absent")],
        said: "absent: can't be read",
    },
    Case {
        what: "secret for all",
        settings: &[("TENURE__SERVICE__SECRET_FILE", "open-secret")],
        said: "others may read it",
    },
    Case { what: "short secret", settings: &[("TENURE__SERVICE__SECRET_FILE", "short")], said: "at least 32" },
    Case {
        what: "no key",
        settings: &[("TENURE__SERVER__TLS__KEY_FILE", "")],
        said: "server.tls.key_file: must be set",
    },
    Case {
        what: "no certificate",
        settings: &[("TENURE__SERVER__TLS__CERT_FILE", "")],
        said: "server.tls.cert_file: must be set",
    },
    Case {
        what: "absent certificate",
        settings: &[("TENURE__SERVER__TLS__CERT_FILE", "absent")],
        said: "absent: can't be read",
    },
    Case {
        what: "rubbish certificate",
        settings: &[("TENURE__SERVER__TLS__CERT_FILE", "secret")],
        said: "holds no certificate",
    },
    Case {
        what: "rubbish key",
        settings: &[("TENURE__SERVER__TLS__KEY_FILE", "secret")],
        said: "holds no private key",
    },
    Case {
        what: "key for all",
        settings: &[("TENURE__SERVER__TLS__KEY_FILE", "open-key")],
        said: "others may read it",
    },
    Case {
        what: "another's key",
        settings: &[("TENURE__SERVER__TLS__KEY_FILE", "c/client.key")],
        said: "can't be used together",
    },
    Case {
        what: "absent roots of clients",
        settings: &[("TENURE__SERVER__TLS__CLIENT_CA_FILE", "absent")],
        said: "absent: can't be read",
    },
    Case {
        what: "no roots of peers",
        settings: &[("TENURE__PEERS__TLS__CA_FILE", "")],
        said: "peers.tls.ca_file: must be set",
    },
    Case {
        what: "rubbish roots of peers",
        settings: &[("TENURE__PEERS__TLS__CA_FILE", "secret")],
        said: "holds no certificate",
    },
    Case {
        what: "no key for peers",
        settings: &[("TENURE__PEERS__TLS__CERT_FILE", "c/client.pem")],
        said: "peers.tls.key_file: must be set",
    },
    Case { what: "absent kek", settings: &[("TENURE__KEYRING__KEK_FILE", "absent")], said: "absent: " },
    Case { what: "kek for all", settings: &[("TENURE__KEYRING__KEK_FILE", "open-secret")], said: "others may read it" },
];

fn file(folder: &Path, name: &str, text: &str, mode: u32) {
    fs::write(folder.join(name), text).expect("written");
    fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).expect("its mode");
}

#[test]
fn a_wrong_setting_is_told_in_one_line_without_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = tenure(folder.path(), &["dev-certs", "--out", "c"]).output().expect("the command runs");
    assert!(made.status.success(), "{}", text(&made.stderr));
    file(folder.path(), "secret", SECRET, 0o600);
    file(folder.path(), "open-secret", SECRET, 0o640);
    file(folder.path(), "short", "hunter2", 0o600);
    file(folder.path(), "kek", &"07".repeat(32), 0o600);
    file(folder.path(), "keys.toml", "", 0o600);
    let key = fs::read_to_string(folder.path().join("c/server.key")).expect("a key");
    file(folder.path(), "open-key", &key, 0o644);
    for Case { what, settings, said } in CASES {
        let mut command = tenure(folder.path(), &["serve", "identity"]);
        let refused = command.envs(FINE).envs(settings.iter().copied()).output().expect("the command runs");
        let words = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(78), "{what}: {words}");
        assert!(words.contains(said) && words.trim().lines().count() == 1, "{what}: {words}");
        assert!(!words.contains("hunter2") && !words.contains("PRIVATE"), "{what}: {words}");
    }
    let unreached = tenure(folder.path(), &["serve", "identity"]).envs(FINE).output().expect("the command runs");
    let words = text(&unreached.stderr);
    assert!(unreached.status.code() == Some(1) && !words.contains("hunter2"), "nothing else is wrong: {words}");
}
