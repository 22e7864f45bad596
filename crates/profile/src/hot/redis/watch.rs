//! Looks after the connection, and after what is trusted of what Redis answers: the epoch that writers renew who could not
//! announce what they wrote, the generation that is read, and the servers themselves, on which all processes must agree.

use std::time::Duration;

use ring::digest::{Context, SHA256};
use tenure_store::{Store, StoreError};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    link::Link,
    value::{TRUST, Trust},
};
use crate::store::hot_epoch::{self, Agreed};

/// How often it looks.
const TICK: Duration = Duration::from_millis(500);
/// How long what it saw is trusted, from before it looked. Nothing kept is given later than that after another epoch began.
const TRUSTED_FOR: Duration = Duration::from_secs(5);

pub(super) async fn run(link: &Link, store: &Store, stop: CancellationToken) {
    let looking = async {
        loop {
            look(link, store).await;
            sleep(TICK).await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = looking => {}
    }
}

async fn look(link: &Link, store: &Store) {
    let begun = Instant::now();
    let connection = match link.connection() {
        Some(connection) => Some(connection),
        None => link.connect().await,
    };
    let Some(connection) = connection else { return link.down() };
    let Some(servers) = link.servers(&connection).await else { return link.down() };
    let trust = trust(store, &digest(servers.iter().map(String::as_bytes))).await.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "the epoch of hot profiles can't be read");
        None
    });
    link.up(connection, trust.map(|trust| (trust, begun + TRUSTED_FOR)));
}

/// What is trusted; nothing while processes use different servers, for what one is told the other does not learn.
async fn trust(store: &Store, servers: &Trust) -> Result<Option<Trust>, StoreError> {
    let agreed = hot_epoch::read(store).await?;
    if agreed.servers != servers {
        let tx = store.begin().await?;
        hot_epoch::move_to(&tx, &agreed, rand::random(), servers).await?;
        tx.commit().await?;
        tracing::info!("hot profiles are kept by other servers than before, or another process uses another Redis");
        return Ok(None);
    }
    let Agreed { epoch, servers, generation } = agreed;
    Ok(Some(digest([epoch.as_slice(), &servers, &generation.to_be_bytes()])))
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Trust {
    let mut digest = Context::new(&SHA256);
    parts.into_iter().for_each(|part| digest.update(part));
    let mut trust = [0; TRUST];
    trust.copy_from_slice(digest.finish().as_ref());
    trust
}
