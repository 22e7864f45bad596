//! Files of API keys, and our services' own credential.

use std::{fs, os::unix::fs::PermissionsExt};

use tenure_kernel::Tenant;
use tenure_server::{ApiKeys, Credentials, Identity, ServiceCredential};

fn acme() -> Tenant {
    "acme".parse().unwrap()
}

#[test]
fn a_minted_key_is_known_and_the_file_does_not_hold_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    let first = ApiKeys::mint(&file, &acme(), "web-shop", &["touchpoints.write", "value.read"]).unwrap();
    let second = ApiKeys::mint(&file, &"other".parse().unwrap(), "all@other", &["*"]).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(first.starts_with("tenure_") && !text.contains(&first) && !text.contains(&first[7..]));
    let keys = ApiKeys::read(&file).unwrap();
    let Some(Identity::Tenant(caller)) = keys.identify(&first) else { panic!("not known") };
    assert_eq!((caller.tenant.as_str(), caller.principal.as_str()), ("acme", "web-shop"));
    assert!(caller.holds("value.read") && !caller.holds("value.fit"));
    let Some(Identity::Tenant(caller)) = keys.identify(&second) else { panic!("not known") };
    assert!(caller.holds("value.fit") && !caller.holds("journal.read") && !caller.holds("journal.operate"));
    for unknown in ["", "tenure_", &first[..first.len() - 1], &first.to_uppercase()] {
        assert_eq!(keys.identify(unknown), None);
    }
}

#[test]
fn nothing_wrong_is_minted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.toml");
    for (principal, scopes) in [
        ("", &["*"][..]),
        ("two words", &["*"]),
        ("quote\"", &["*"]),
        ("a\nb", &["*"]),
        ("fine", &[]),
        ("fine", &["touchpoints.fly"]),
        ("fine", &["*\"]\n"]),
    ] {
        ApiKeys::mint(&file, &acme(), principal, scopes).unwrap_err();
        assert!(!file.exists());
    }
    fs::write(&file, "[[key]]\nsha256 = 1\n").unwrap();
    ApiKeys::mint(&file, &acme(), "fine", &["*"]).unwrap_err();
    assert_eq!(fs::read_to_string(&file).unwrap(), "[[key]]\nsha256 = 1\n", "a broken file is left as it is");
}

#[test]
fn everything_wrong_in_a_file_is_told() {
    let hash = "00".repeat(32);
    let file = format!(
        r#"
        keys = 1
        [[key]]
        sha256 = "{hash}"
        tenant = "acme"
        principal = "a"
        scopes = ["*"]
        note = "x"
        "#
    );
    insta::assert_snapshot!("key_file_unknown", ApiKeys::parse(&file).unwrap_err());
    let file = format!(
        r#"
        [[key]]
        sha256 = "{hash}"
        tenant = "acme"
        principal = "a"
        scopes = ["*"]
        [[key]]
        sha256 = "{hash}"
        tenant = "acme"
        principal = "b"
        scopes = ["value.read"]
        [[key]]
        sha256 = "+0{}"
        tenant = "ACME"
        principal = "two words"
        scopes = ["touchpoints.fly"]
        "#,
        &hash[2..]
    );
    insta::assert_snapshot!("key_file_wrong", ApiKeys::parse(&file).unwrap_err().problems().join("\n"));
    let missing = ApiKeys::parse("[[key]]\ntenant = \"acme\"").unwrap_err();
    assert!(missing.to_string().starts_with("key[0].") && missing.to_string().contains("required"), "{missing}");
    assert_eq!(ApiKeys::parse("").unwrap().identify(""), None, "no keys, no callers");
    let absent = ApiKeys::read("/nowhere/keys.toml".as_ref()).unwrap_err();
    assert!(absent.to_string().starts_with("/nowhere/keys.toml: "), "{absent}");
}

#[test]
fn nothing_prints_a_secret() {
    let secret = "0123456789abcdef0123456789abcdef";
    let credential = ServiceCredential::from_secret(secret).unwrap();
    assert!(!format!("{credential:?}").contains(secret));
    assert_eq!(credential.identify(secret), Some(Identity::Service("tenure".to_owned())));
    assert_eq!(credential.identify(&secret[1..]), None);
    let other = ServiceCredential::random().unwrap();
    assert_eq!(other.identify(secret), None);
    for weak in ["", "short", "0123456789abcdef0123456789abcde", "0123456789abcdef 0123456789abcdef"] {
        ServiceCredential::from_secret(weak).unwrap_err();
    }
}
