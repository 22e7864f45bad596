//! `tenure doctor`: whether this machine and its data are fit to serve. Changes nothing.

use std::{path::Path, process::ExitCode};

use tenure_kernel::{Clock as _, SystemClock, Timestamp};
use tenure_keyring::{Kek, KeyEncryption, Keyring, KeyringError};
use tenure_server::ApiKeys;
use tenure_store::{StoreError, pending};
use tokio::net::TcpListener;

use crate::{Config, Service, check::place, command::print};

/// 2026-01-01: a clock before it is wrong.
const NOT_BEFORE: Timestamp = Timestamp(1_767_225_600_000_000);

/// A look at one thing: what it is, and what is wrong with it.
type Finding = (String, Result<String, String>);

pub(crate) async fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut findings = vec![clock(), listen(config).await, kek(config).await, api_keys(config)];
    if config.folder().is_some_and(|folder| !folder.exists()) {
        findings.push(("data".to_owned(), Ok(format!("{} will be made at the first start", place(config)))));
    } else {
        let waiting = pending::<tenure_keyring::Migrator>(&config.store, "keyring").await;
        findings.push(tables("keyring", waiting));
        for service in Service::ALL {
            findings.push(tables(service.name(), service.pending(&config.store).await));
        }
    }
    let mut ill = false;
    for (what, finding) in findings {
        match finding {
            Ok(text) => print(&format!("ok    {what}: {text}")),
            Err(text) => {
                ill = true;
                print(&format!("WRONG {what}: {text}"));
            }
        }
    }
    Ok(if ill { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn clock() -> Finding {
    let now = SystemClock.now();
    let fine = now > NOT_BEFORE && now < Timestamp::MAX;
    (
        "clock".to_owned(),
        if fine { Ok("plausible".to_owned()) } else { Err("years off; touchpoints would be refused".to_owned()) },
    )
}

async fn listen(config: &Config) -> Finding {
    let address = config.server.listen;
    let finding = match TcpListener::bind(address).await {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) => Err(format!("{address}: {error} (is a server running?)")),
    };
    ("address".to_owned(), finding)
}

async fn kek(config: &Config) -> Finding {
    let finding = match Kek::file(&config.keyring, &config.store.url) {
        Ok(file) => fitting_kek(config, &file).await,
        Err(error) => Err(error),
    };
    ("key-encryption key".to_owned(), finding.map(str::to_owned).map_err(|error| error.to_string()))
}

/// Whether the key-encryption key can be read, and is that of the keyring.
async fn fitting_kek(config: &Config, file: &Path) -> Result<&'static str, KeyringError> {
    let made_later = config.keyring.kek_file.is_empty() && !file.exists();
    let kek = if made_later { None } else { Some(Kek::read(file)?) };
    let fine = if made_later { "will be made at the first start" } else { "readable by its owner alone" };
    if config.folder().is_some_and(|folder| !folder.exists()) {
        return Ok(fine);
    }
    match Keyring::check(&config.store, "keyring", kek.as_ref().map(|kek| kek as &dyn KeyEncryption), file).await {
        Ok(()) if made_later => Ok(fine),
        Ok(()) => Ok("readable by its owner alone, and that of the keyring"),
        // The finding about its tables says what is wrong with it.
        Err(KeyringError::Store(_)) => Ok(fine),
        Err(error) => Err(error),
    }
}

fn api_keys(config: &Config) -> Finding {
    let file = config.api_keys_file();
    let finding = if config.folder().is_some() && !file.exists() {
        Ok("will be made at the first start".to_owned())
    } else {
        ApiKeys::read(&file).map(|_| "readable".to_owned()).map_err(|error| error.to_string())
    };
    ("api keys".to_owned(), finding)
}

fn tables(service: &str, waiting: Result<usize, StoreError>) -> Finding {
    let finding = match waiting {
        Ok(0) => Ok("tables up to date".to_owned()),
        Ok(waiting) => Err(format!("{waiting} migrations wait; run `tenure migrate`")),
        Err(error) => Err(error.to_string()),
    };
    (service.to_owned(), finding)
}
