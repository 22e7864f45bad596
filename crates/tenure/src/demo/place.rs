//! Where a demo runs: a fresh folder and a free port, so that its figures are those of the simulation and of nothing before.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use tenure_kernel::Tenant;
use tenure_keyring::Kek;
use tenure_server::ApiKeys;
use tokio::net::TcpListener;

use crate::Config;

/// How many demos may run side by side.
const DEMOS: u32 = 20;
/// Written into a demo's folder, so that nothing else is ever cleared away.
const MARK: &str = "made-by-tenure-demo";

pub(crate) struct Place {
    pub(crate) config: Config,
    /// Before the names of its schemas.
    pub(crate) prefix: String,
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
}

/// Names the PostgreSQL of a demo, as of the tests.
const POSTGRES: &str = "TENURE_TEST_POSTGRES_URL";

pub(crate) async fn prepare(mut config: Config, postgres: bool) -> anyhow::Result<Place> {
    let base = config.folder().unwrap_or_else(|| PathBuf::from("data"));
    let folder = free_folder(&base)?;
    // A demo keeps its data apart from a real one's, also when the configuration names PostgreSQL.
    config.store.url = format!("sqlite:{}", folder.display());
    config.keyring.kek_file.clear();
    config.credentials.api_keys_file.clear();
    let mut prefix = String::new();
    if postgres {
        Kek::read_or_make(&folder.join("keyring.kek"))?;
        config.keyring.kek_file = folder.join("keyring.kek").display().to_string();
        config.credentials.api_keys_file = folder.join("api-keys.toml").display().to_string();
        config.store.url = std::env::var(POSTGRES).with_context(|| format!("{POSTGRES} names no PostgreSQL"))?;
        prefix = format!("demo{:08x}_", rand::random::<u32>());
    }
    let tenant: Tenant = "demo".parse().context("the demo's tenant")?;
    let key = ApiKeys::mint(&config.api_keys_file(), &tenant, "demo", &["*"])?;
    let listener = match TcpListener::bind(config.server.listen).await {
        Ok(listener) => listener,
        Err(_) => TcpListener::bind((config.server.listen.ip(), 0)).await.context("no free port")?,
    };
    let address = listener.local_addr()?;
    Ok(Place { config, prefix, listener, address, key })
}

/// The first demo folder that no running demo holds, emptied.
fn free_folder(base: &Path) -> anyhow::Result<PathBuf> {
    for number in 1..=DEMOS {
        let folder = base.join(if number == 1 { "demo".to_owned() } else { format!("demo-{number}") });
        if !folder.exists() || is_idle(&folder)? {
            clear(&folder)?;
            return Ok(folder);
        }
    }
    bail!("{DEMOS} demos run already");
}

/// Whether a folder is a demo's and its process has ended.
fn is_idle(folder: &Path) -> anyhow::Result<bool> {
    if !folder.join(MARK).exists() {
        return Ok(false);
    }
    let lock = fs::File::create(folder.join("lock"))?;
    Ok(lock.try_lock().is_ok())
}

fn clear(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    Ok(fs::write(folder.join(MARK), "cleared by the next demo\n")?)
}
