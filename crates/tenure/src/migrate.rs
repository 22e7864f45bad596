//! `tenure migrate`.

use clap::Args;
use tenure_journal::Journal;
use tenure_kernel::RandomIds;
use tenure_store::{MigratorTrait, Store, StoreConfig, pending};

use crate::{Config, command::print};

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
    one::<tenure_keyring::Migrator>(&args, config, "keyring", false).await?;
    one::<tenure_collector::Migrator>(&args, config, "collector", true).await?;
    one::<tenure_identity::Migrator>(&args, config, "identity", true).await?;
    one::<tenure_profile::Migrator>(&args, config, "profile", true).await?;
    one::<tenure_value::Migrator>(&args, config, "value", true).await
}

async fn one<M: MigratorTrait>(
    args: &MigrateArgs,
    config: &Config,
    service: &str,
    has_journal: bool,
) -> anyhow::Result<()> {
    let waiting = pending::<M>(&config.store, service).await?;
    print(&format!("{service}: {waiting} migrations {}", if args.dry_run { "wait" } else { "to run" }));
    if args.dry_run {
        return Ok(());
    }
    let store = Store::open::<M>(&StoreConfig { auto_migrate: true, ..config.store.clone() }, service).await?;
    if args.restored && has_journal {
        Journal::renew_epoch(&store, &RandomIds::default()).await?;
        print(&format!("{service}: the journal has a new epoch"));
    }
    store.close().await;
    Ok(())
}
