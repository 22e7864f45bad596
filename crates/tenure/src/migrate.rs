//! `tenure migrate`.

use clap::Args;
use tenure_journal::Journal;
use tenure_kernel::RandomIds;
use tenure_store::{Store, StoreConfig, pending};

use crate::{Config, Service, command::print};

/// What to do with the tables.
#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Say what waits and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// The databases were restored from a backup: give every journal a new epoch, so that followers notice. Rebuild the
    /// projections afterwards, downstream before upstream.
    #[arg(long)]
    restored: bool,
}

pub(crate) async fn run(args: MigrateArgs, config: &Config) -> anyhow::Result<()> {
    let migrate = StoreConfig { auto_migrate: true, ..config.store.clone() };
    announce(&args, "keyring", pending::<tenure_keyring::Migrator>(&config.store, "keyring").await?);
    if !args.dry_run {
        Store::open::<tenure_keyring::Migrator>(&migrate, "keyring").await?.close().await;
    }
    for service in Service::ALL {
        announce(&args, service.name(), service.pending(&config.store).await?);
        if args.dry_run {
            continue;
        }
        let store = service.store(&migrate, service.name()).await?;
        if args.restored {
            Journal::renew_epoch(&store, &RandomIds::default()).await?;
            print(&format!("{service}: the journal has a new epoch"));
        }
        store.close().await;
    }
    Ok(())
}

fn announce(args: &MigrateArgs, service: &str, waiting: usize) {
    print(&format!("{service}: {waiting} migrations {}", if args.dry_run { "wait" } else { "to run" }));
}
