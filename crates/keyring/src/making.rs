//! Group commit of new keys: what several callers want at once is stored in one transaction, as each costs a write to the disk.

use std::sync::{Arc, Mutex, PoisonError};

use tenure_kernel::Tenant;
use tenure_store::{Store, StoreError};
use tokio::sync::{Mutex as Turn, oneshot};

use crate::store;

/// Wrapped keys of a tenant.
pub(crate) type Wrapped = Arc<[([u8; 16], Vec<u8>)]>;

struct Wanted {
    tenant: Tenant,
    wrapped: Wrapped,
    /// Whether none of the keys of the transaction was there before.
    reply: oneshot::Sender<bool>,
}

/// Keys that wait to be stored.
#[derive(Default)]
pub(crate) struct Making {
    wanted: Mutex<Vec<Wanted>>,
    turn: Turn<()>,
}

impl Making {
    /// Stores keys; those that are there stay. Durable when it answers: whether it is sure that all are those given.
    pub(crate) async fn store(&self, store: &Store, tenant: &Tenant, wrapped: Wrapped) -> Result<bool, StoreError> {
        loop {
            let (reply, mut answer) = oneshot::channel();
            self.wanted().push(Wanted { tenant: tenant.clone(), wrapped: wrapped.clone(), reply });
            let _turn = self.turn.lock().await;
            match answer.try_recv() {
                // Another caller stored them while this one waited.
                Ok(all) => return Ok(all),
                // It failed, or went away in the middle.
                Err(oneshot::error::TryRecvError::Closed) => continue,
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
            let wanted = std::mem::take(&mut *self.wanted());
            let all = write(store, &wanted).await?;
            for one in wanted {
                // Who went away needs no answer.
                let _ = one.reply.send(all);
            }
            return Ok(all);
        }
    }

    fn wanted(&self) -> std::sync::MutexGuard<'_, Vec<Wanted>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(store: &Store, wanted: &[Wanted]) -> Result<bool, StoreError> {
    let mut keys = Vec::new();
    for one in wanted {
        keys.extend(one.wrapped.iter().map(|(id, key)| (&one.tenant, *id, key.clone())));
    }
    let count = keys.len();
    let tx = store.begin().await?;
    let written = store::add(&tx, keys).await?;
    tx.commit().await?;
    Ok(usize::try_from(written) == Ok(count))
}
