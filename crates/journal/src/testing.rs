//! What a service that follows stands on in its tests: the journals of collector and identity, in this process.

use std::{collections::BTreeMap, sync::Arc};

use futures::{FutureExt, future::BoxFuture, stream::BoxStream};
use tenure_kernel::{Clock, IdSource};
use tenure_proto::journal::v1::{TailRequest, TailResponse, journal_service_server::JournalService};
use tenure_store::{MigrationTrait, MigratorTrait, StoreError, Tx, testing::TestPlace};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status};

use crate::{
    Applied, Batch, Draft, Follow, FollowConfig, Following, Journal, JournalApi, Projection, Source, migration,
};

/// The journals' tables, and no others.
pub struct JournalOnly;

impl MigratorTrait for JournalOnly {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![migration()]
    }
}

/// A journal of this process.
struct LocalSource(JournalApi);

impl Source for LocalSource {
    fn tail(
        &self,
        request: TailRequest,
    ) -> BoxFuture<'static, Result<BoxStream<'static, Result<TailResponse, Status>>, Status>> {
        let api = self.0.clone();
        async move { Ok(api.tail(Request::new(request)).await?.into_inner()) }.boxed()
    }
}

/// Follows collector as identity does, and leaves the conclusions to the test.
struct Onlooker;

impl Projection for Onlooker {
    type Effect = ();

    fn name(&self) -> &'static str {
        "identity"
    }

    fn follows(&self) -> &'static [Follow] {
        &[Follow { journal: "collector", inputs: &[] }]
    }

    async fn apply(&self, _tx: &Tx, _batch: &Batch<'_>) -> Result<Applied<()>, StoreError> {
        Ok(Applied::default())
    }

    async fn discard(&self, _tx: &Tx, _generation: i64, _limit: i64) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// The journals of collector, identity and profile, to which a test appends what those would.
pub struct Upstream {
    /// Collector's.
    pub collector: Journal,
    /// Identity's.
    pub identity: Journal,
    /// Profile's.
    pub profile: Journal,
    /// All, by name, to be followed.
    pub sources: BTreeMap<&'static str, Arc<dyn Source>>,
    stop: CancellationToken,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Upstream {
    /// Opens them, and follows collector's on behalf of identity.
    ///
    /// # Panics
    /// When the databases can't be opened.
    #[expect(clippy::expect_used, reason = "a test fails by it")]
    pub async fn open(place: &TestPlace, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        let journal = async |name| {
            Journal::open(name, place.open::<JournalOnly>(name).await, ids.as_ref()).await.expect("a journal")
        };
        let (collector, identity) = (journal("collector").await, journal("identity").await);
        let profile = journal("profile").await;
        let collector_source: Arc<dyn Source> =
            Arc::new(LocalSource(JournalApi::default().with_journal(collector.clone())));
        let config = FollowConfig {
            store: identity.store().clone(),
            journal: Some(identity.clone()),
            sources: BTreeMap::from([("collector", collector_source.clone())]),
            ranges: 1,
            clock,
            ids,
        };
        let onlooker = Following::open(config, Onlooker).await.expect("an onlooker");
        let identity_source: Arc<dyn Source> = Arc::new(LocalSource(JournalApi::default().with_projection(&onlooker)));
        let profile_source: Arc<dyn Source> =
            Arc::new(LocalSource(JournalApi::default().with_journal(profile.clone())));
        let sources = BTreeMap::from([
            ("collector", collector_source),
            ("identity", identity_source),
            ("profile", profile_source),
        ]);
        let stop = CancellationToken::new();
        let until = stop.clone();
        tokio::spawn(async move { onlooker.run(until).await });
        Self { collector, identity, profile, sources, stop }
    }

    /// Appends to a journal: the read token of the last entry.
    ///
    /// # Panics
    /// When that fails.
    #[expect(clippy::expect_used, reason = "a test fails by it")]
    pub async fn append(journal: &Journal, drafts: Vec<Draft>) -> String {
        let tx = journal.store().begin().await.expect("a transaction");
        let last = journal.commit(tx, drafts).await.expect("a commit");
        journal.token(last)
    }
}
