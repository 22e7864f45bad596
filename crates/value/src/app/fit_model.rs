//! Fits a model on the base and keeps it.

use std::time::Instant;

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, ModelId, Reason, Refusal, Tenant, Timestamp};
use tenure_server::Call;
use tenure_store::Query;

use super::App;
use crate::{
    domain::{
        currency::Currency,
        model::{self, Learned, Model, NotIdentified},
        needs,
    },
    event,
    store::{self, model::Asked, person::Purchases},
};

/// What to fit.
#[derive(Debug, Clone)]
pub(crate) struct FitModel {
    pub(crate) request_id: String,
    pub(crate) currency: Currency,
    /// The last day of purchases to use; `None`: today.
    pub(crate) period_end: Option<Timestamp>,
    pub(crate) read_after: String,
}

impl App {
    /// Fits a model, or answers with the one that the request got before.
    pub(crate) async fn fit_model(&self, call: &Call, ask: FitModel) -> Result<Model, Refusal> {
        let tenant = call.tenant()?;
        if let Some(first) = answered(&self.store, tenant, &ask).await? {
            return Ok(first);
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let period_end = ask.period_end.unwrap_or_else(|| self.clock.now()).day();
        let purchases = Purchases { tenant, currency: ask.currency, through: period_end };
        let learned = self.learn(purchases).await?;
        self.keep(call, &ask, period_end, learned).await
    }

    async fn learn(&self, purchases: Purchases<'_>) -> Result<Learned, Refusal> {
        let closed = |_| Refusal::new(Reason::Internal, "no turn to fit");
        // Before the base is read: those that wait for their turn hold none in memory.
        let turn = self.fits.clone().acquire_owned().await.map_err(closed)?;
        let (mut base, mut needs) = (Vec::new(), needs::Tally::default());
        self.scan(purchases, |person| {
            needs.take(&person);
            base.push(person.history);
            Ok(())
        })
        .await?;
        let begun = Instant::now();
        // The turn goes along: a caller that gives up does not stop the work.
        let fitting = tokio::task::spawn_blocking(move || {
            let learned = model::learn(&base).map(|learned| Learned { needs: needs.needs(), ..learned });
            drop(turn);
            learned
        });
        let learned = fitting.await.map_err(|_| Refusal::new(Reason::Internal, "the fit panicked"))?;
        self.metrics.fitted(begun.elapsed(), learned.is_ok());
        learned.map_err(refusal)
    }

    /// Stores the model and its journal entry in one transaction.
    async fn keep(&self, call: &Call, ask: &FitModel, period_end: i32, learned: Learned) -> Result<Model, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        store::model::lock(&tx, tenant).await?;
        if let Some(first) = answered(&tx, tenant, ask).await? {
            tx.rollback().await?;
            return Ok(first);
        }
        let now = self.clock.now();
        let version = store::model::next_version(&tx, tenant, ask.currency).await?;
        let id = ModelId(self.ids.next());
        let mut model = Model { id, version, currency: ask.currency, period_end, fitted_at: now, learned };
        model.learned.boundaries.version = u64::try_from(version).unwrap_or_default();
        store::model::insert(&tx, tenant, &model, asked(ask)).await?;
        let entry = EntryId(self.ids.next());
        let draft = Draft::new(entry, tenant.clone(), Route::All, &event::model_fitted(&model), now)
            .traced(call.traceparent().map(str::to_owned));
        self.journal.commit(tx, vec![draft]).await?;
        Ok(model)
    }
}

/// The answer that the request got before, if it is the same request. The read token is no part of what is asked.
async fn answered(query: &impl Query, tenant: &Tenant, ask: &FitModel) -> Result<Option<Model>, Refusal> {
    let Some((before, model)) = store::model::of_request(query, tenant, &ask.request_id).await? else {
        return Ok(None);
    };
    if before != asked(ask) {
        return Err(Refusal::new(Reason::RequestIdReused, "the request_id was used with another body"));
    }
    Ok(Some(model))
}

fn asked(ask: &FitModel) -> Asked {
    let end = ask.period_end.map_or_else(|| "now".to_owned(), |end| end.0.to_string());
    Asked { request_id: ask.request_id.clone(), body: format!("{} {end}", ask.currency.code()) }
}

pub(super) fn refusal(lacks: NotIdentified) -> Refusal {
    Refusal::new(Reason::ModelNotIdentified, "the purchases do not identify the model; see metadata lacking")
        .with("model", lacks.part.name())
        .with("lacking", lacks.lacking)
        .with("customers", lacks.customers.to_string())
        .with("repeaters", lacks.repeaters.to_string())
}
