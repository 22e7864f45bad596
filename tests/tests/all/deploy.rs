//! The compose file of `deploy/`, held against the binary and its configuration.

use std::{collections::BTreeMap, path::Path};

use tenure::{Config, Service};
use yaml_rust2::{Yaml, YamlLoader};

/// Those that make files of others' belong to them, and PostgreSQL writes all over its own root.
const ROOT: [&str; 2] = ["secrets", "postgres"];

fn compose() -> Yaml {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("deploy/compose.yaml");
    YamlLoader::load_from_str(&std::fs::read_to_string(file).unwrap()).unwrap().remove(0)
}

/// A key of a mapping, its own or a merged one.
fn get<'a>(yaml: &'a Yaml, key: &str) -> &'a Yaml {
    match (&yaml[key], &yaml["<<"]) {
        (Yaml::BadValue, merged @ Yaml::Hash(_)) => get(merged, key),
        (own, _) => own,
    }
}

fn texts(yaml: &Yaml) -> Vec<&str> {
    yaml.as_vec().map(|list| list.iter().filter_map(Yaml::as_str).collect()).unwrap_or_default()
}

fn names(yaml: &Yaml) -> Vec<&str> {
    match yaml {
        Yaml::Hash(map) => map.keys().filter_map(Yaml::as_str).collect(),
        list => texts(list),
    }
}

/// The containers, by name.
fn containers(compose: &Yaml) -> BTreeMap<&str, &Yaml> {
    let services = compose["services"].as_hash().unwrap();
    services.iter().map(|(name, container)| (name.as_str().unwrap(), container)).collect()
}

fn environment(container: &Yaml) -> BTreeMap<String, String> {
    let Yaml::Hash(map) = get(container, "environment") else { return BTreeMap::new() };
    let text = |yaml: &Yaml| yaml.as_str().unwrap_or_else(|| panic!("not a text: {yaml:?}")).to_owned();
    map.iter().map(|(key, value)| (text(key), text(value))).collect()
}

#[test]
fn every_service_of_the_binary_runs_as_configured() {
    let compose = compose();
    let containers = containers(&compose);
    for service in Service::ALL {
        let container = containers.get(service.name()).unwrap_or_else(|| panic!("no container for {service}"));
        assert_eq!(texts(get(container, "command")), ["serve", service.name()]);
        let listen = ("TENURE__SERVER__LISTEN".to_owned(), "0.0.0.0:7411".to_owned());
        let ours = environment(container).into_iter().filter(|(key, _)| key.starts_with("TENURE"));
        let config = Config::load(None, ours.chain([listen])).unwrap_or_else(|error| panic!("{service}: {error}"));
        config.fits(&[service]).unwrap_or_else(|error| panic!("{service}: {error}"));
        assert!(config.server.tls.is_on() && !config.server.insecure && !config.store.auto_migrate, "{service}");
        for upstream in Service::ALL {
            let expected = format!("https://{upstream}:7411");
            assert_eq!(config.peers.of(upstream), [expected], "{service} → {upstream}");
        }
    }
    let certificates = texts(get(containers["certificates"], "command"));
    for service in Service::ALL {
        assert!(certificates.windows(2).any(|pair| pair == ["--name", service.name()]), "{service} has no certificate");
    }
}

#[test]
fn containers_may_do_no_more_than_they_must() {
    let compose = compose();
    for (name, container) in containers(&compose) {
        assert!(texts(get(container, "security_opt")).contains(&"no-new-privileges:true"), "{name}");
        if name != "postgres" {
            assert_eq!(get(container, "read_only").as_bool(), Some(true), "{name}");
            assert_eq!(texts(get(container, "cap_drop")), ["ALL"], "{name}");
        }
        let user = get(container, "user").as_str();
        assert_eq!(user.is_none(), ROOT.contains(&name), "{name} runs as {user:?}");
        assert!(user.is_none_or(|user| !user.starts_with('0')), "{name}");
        for port in texts(get(container, "ports")) {
            assert!(port.starts_with("127.0.0.1:"), "{name}: {port} can be reached from other machines");
        }
    }
}

#[test]
fn images_are_pinned_and_no_secret_is_written_down() {
    let compose = compose();
    for (name, container) in containers(&compose) {
        let image = get(container, "image").as_str().unwrap_or_else(|| panic!("{name} has no image"));
        let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        assert!(tag.starts_with(|first: char| first.is_ascii_digit()) && tag.contains('.'), "{name}: {image}");
        for (key, value) in environment(container) {
            let secret = ["PASSWORD", "SECRET", "KEK", "KEYS", "TOKEN"].iter().any(|word| key.contains(word));
            assert!(!secret || (key.ends_with("_FILE") && value.starts_with("/secrets/")), "{name}: {key}");
            let has_password = value
                .split_once("://")
                .is_some_and(|(_, rest)| rest.split_once('@').is_some_and(|(user, _)| user.contains(':')));
            assert!(!has_password, "{name}: a password in {key}");
        }
    }
}

#[test]
fn what_is_named_is_there() {
    let compose = compose();
    let containers = containers(&compose);
    let volumes = names(&compose["volumes"]);
    for (name, container) in &containers {
        for needed in names(get(container, "depends_on")) {
            assert!(containers.contains_key(needed), "{name} waits for {needed}");
        }
        for volume in texts(get(container, "volumes")) {
            let (from, _) = volume.split_once(':').unwrap();
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("deploy").join(from);
            assert!(if from.starts_with('.') { file.is_file() } else { volumes.contains(&from) }, "{name}: {volume}");
        }
    }
}
