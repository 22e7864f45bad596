//! Use cases.

pub(crate) mod announce;
pub(crate) mod decide_review_task;
pub(crate) mod desk;
pub(crate) mod evaluate;
pub(crate) mod evaluate_model;
pub(crate) mod explain_link;
pub(crate) mod explain_person;
pub(crate) mod export;
pub(crate) mod find_person;
pub(crate) mod judged;
pub(crate) mod list_models;
pub(crate) mod list_records;
pub(crate) mod list_review_tasks;
pub(crate) mod look;
pub(crate) mod mark;
pub(crate) mod merge_persons;
pub(crate) mod model;
pub(crate) mod observe;
pub(crate) mod portray;
pub(crate) mod promote_model;
pub(crate) mod reconcile;
pub(crate) mod rescore;
pub(crate) mod resolve;
pub(crate) mod resolve_identity;
pub(crate) mod sample;
pub(crate) mod settle;
pub(crate) mod split_person;
pub(crate) mod steward;
pub(crate) mod train_model;
pub(crate) mod undo_decision;
pub(crate) mod watch_memberships;

use std::sync::Arc;

use tenure_journal::{Journal, ReadAfter};
use tenure_kernel::{Clock, IdSource, Tenant};
use tenure_keyring::Keyring;
use tenure_server::PageTokens;
use tenure_store::{Store, StoreError, Tx};
use tokio::sync::Semaphore;

use self::model::Models;

/// What use cases work with.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) models: Models,
    /// One at a time trains or evaluates a model.
    pub(crate) studies: Arc<Semaphore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) tokens: PageTokens,
    pub(crate) journal: Journal,
    pub(crate) read_after: ReadAfter,
}

/// Has a tenant's identities to itself until the transaction ends: who is who is decided in one order.
pub(crate) async fn lock(tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
    tx.lock(&format!("identity-{tenant}")).await
}
