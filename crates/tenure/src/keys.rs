//! API keys: `tenure mint-key`, and the first one; tenants' matching secrets: `tenure rotate-matching-secret`; the keyring's keys
//! under a new key-encryption key: `tenure rewrap-keys`.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path, process::ExitCode};

use anyhow::Context as _;
use clap::Args;
use tenure_kernel::Tenant;
use tenure_keyring::{Kek, Keyring};
use tenure_server::ApiKeys;

use crate::{
    Config,
    command::{print, say},
};

/// What the key is for.
#[derive(Debug, Args)]
pub(crate) struct MintArgs {
    /// The tenant: 1 to 32 characters of a-z, 0-9 and '-'.
    #[arg(long)]
    tenant: Tenant,
    /// Who will use it, such as "core-banking".
    #[arg(long)]
    principal: String,
    /// What it may do, such as "touchpoints.write"; "*" is every scope but those of operators ("journal.read",
    /// "journal.operate").
    #[arg(long = "scope", default_value = "*")]
    scopes: Vec<String>,
}

/// Whose secret.
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    /// The tenant.
    #[arg(long)]
    tenant: Tenant,
}

/// Makes the next version of a tenant's matching secret.
pub(crate) async fn rotate(args: &RotateArgs, config: &Config) -> anyhow::Result<()> {
    let kek = Kek::read(&Kek::file(&config.keyring, &config.store.url)?)?;
    let keyring = Keyring::open(&config.store, "keyring", kek).await?;
    let version = keyring.rotate_matching(&args.tenant).await?;
    let tenant = &args.tenant;
    print(&format!("{tenant}: matching secret {version}; rebuild the projection \"identity\" to hash under it"));
    Ok(())
}

/// Wraps the keyring's keys under the first key-encryption key of the file, while servers run.
pub(crate) async fn rewrap(config: &Config) -> anyhow::Result<()> {
    let kek = Kek::read(&Kek::file(&config.keyring, &config.store.url)?)?;
    let keyring = Keyring::open(&config.store, "keyring", kek).await?;
    let count = keyring.rewrap().await?;
    print(&format!("{count} keys wrapped anew; all are under the first key of the file"));
    Ok(())
}

pub(crate) fn run(args: &MintArgs, config: &Config) -> anyhow::Result<ExitCode> {
    let scopes: Vec<&str> = args.scopes.iter().map(String::as_str).collect();
    let file = config.api_keys_file();
    let key = ApiKeys::mint(&file, &args.tenant, &args.principal, &scopes)?;
    say(&format!("added to {}; a running server knows it after a restart", file.display()));
    print(&key);
    Ok(ExitCode::SUCCESS)
}

/// The keys that a server starts with. In a SQLite folder without any, one is made and left beside them for this machine's user.
pub(crate) fn read_or_make(config: &Config) -> anyhow::Result<ApiKeys> {
    let file = config.api_keys_file();
    if let Some(folder) = config.folder().filter(|_| config.credentials.api_keys_file.is_empty() && !file.exists()) {
        let tenant: Tenant = "default".parse().context("the first tenant")?;
        fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
        let key = ApiKeys::mint(&file, &tenant, "first-key", &["*"])?;
        keep(&folder.join("api-key"), &key)?;
    }
    Ok(ApiKeys::read(&file)?)
}

fn keep(file: &Path, key: &str) -> anyhow::Result<()> {
    let mut open = fs::OpenOptions::new();
    let mut kept = open
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)
        .with_context(|| format!("{}", file.display()))?;
    kept.write_all(key.as_bytes())?;
    Ok(kept.sync_all()?)
}
