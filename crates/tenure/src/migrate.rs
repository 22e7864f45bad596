//! `tenure migrate`.

use anyhow::bail;
use clap::Args;
use tenure_journal::Journal;
use tenure_kernel::RandomIds;
use tenure_store::{Store, StoreConfig, pending};

use crate::{Config, Service, command::print, suite::lock};

/// What to do with the tables.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Say what waits and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// The databases of these services, or of all, were restored from a backup: give their journals a new epoch, so that
    /// followers notice. Refused while a process of theirs runs. Rebuild the projections of those who follow them afterwards,
    /// downstream before upstream.
    #[arg(long, num_args = 0.., value_name = "SERVICE", conflicts_with = "dry_run")]
    restored: Option<Vec<Service>>,
}

impl MigrateArgs {
    fn was_restored(&self, service: Service) -> bool {
        self.restored.as_ref().is_some_and(|named| named.is_empty() || named.contains(&service))
    }
}

pub(crate) async fn run(args: MigrateArgs, config: &Config) -> anyhow::Result<()> {
    let migrate = StoreConfig { auto_migrate: true, ..config.store.clone() };
    // What a process has in memory is of the database that is gone.
    let _held = match (&args.restored, config.folder()) {
        (Some(_), Some(folder)) => Some(lock(&folder)?),
        _ => None,
    };
    announce(&args, "keyring", pending::<tenure_keyring::Migrator>(&config.store, "keyring").await?);
    if !args.dry_run {
        let keyring = Store::open::<tenure_keyring::Migrator>(&migrate, "keyring").await?;
        let running = running(&args, &keyring).await;
        keyring.close().await;
        if let Some(service) = running? {
            bail!("{service} runs: end all of its processes first; nothing was changed");
        }
    }
    for service in Service::ALL {
        announce(&args, service.name(), service.pending(&config.store).await?);
        if args.dry_run {
            continue;
        }
        let store = service.store(&migrate, service.name()).await?;
        if args.was_restored(service) {
            Journal::renew_epoch(&store, &RandomIds::default()).await?;
            print(&format!("{service}: the journal has a new epoch"));
        }
        store.close().await;
    }
    Ok(())
}

/// A service that was restored and runs all the same.
async fn running(args: &MigrateArgs, store: &Store) -> anyhow::Result<Option<Service>> {
    for service in Service::ALL.into_iter().filter(|service| args.was_restored(*service)) {
        if store.serves(service.name()).await? {
            return Ok(Some(service));
        }
    }
    Ok(None)
}

fn announce(args: &MigrateArgs, service: &str, waiting: usize) {
    print(&format!("{service}: {waiting} migrations {}", if args.dry_run { "wait" } else { "to run" }));
}
