//! Trains a model on a tenant's records, and keeps it.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, ModelId, Reason, Refusal, Tenant};
use tenure_linkage::{Model, Options, Records, cluster::Decisions, dedupe, model::refine};
use tenure_proto::identity::v1::ModelTrained;
use tenure_server::Call;
use tenure_store::Query;

use super::{
    Context,
    judged::{Judged, judged},
    lock,
    sample::{aside, sample},
    steward::{Request, reused},
};
use crate::{
    config::{COMMON, LEAST_PAIRS},
    domain::model::Trained,
    store::{Place, generation, model},
};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Train<'a> {
    /// The request.
    pub(crate) request: Request<'a>,
    /// Whether what stewards decided counts.
    pub(crate) with_decisions: bool,
    /// What the training must have seen.
    pub(crate) read_after: &'a str,
}

/// Trains, or answers with the model that the request trained before.
pub(crate) async fn train_model(context: &Context, call: &Call, ask: &Train<'_>) -> Result<Trained, Refusal> {
    let tenant = call.tenant()?;
    let body = ask.request.digest(&*context.keyring.id_secret(tenant).await?);
    let asked = model::Asked { request_id: ask.request.id, body };
    if let Some(first) = answered(&context.store, tenant, asked).await? {
        return Ok(first);
    }
    context.read_after.wait(ask.read_after, call.deadline()).await?;
    let learned = learn(context, tenant, ask.with_decisions).await?;
    keep(context, tenant, asked, ask.request.traceparent.clone(), learned).await
}

struct Learned {
    model: Model,
    records: usize,
    pairs: usize,
}

async fn learn(context: &Context, tenant: &Tenant, with_decisions: bool) -> Result<Learned, Refusal> {
    // Before the records are read: those that wait for their turn hold none in memory.
    let turn = context.studies.clone().acquire_owned().await;
    let place = Place { tenant, generation: generation::active(&context.store).await? };
    let records = sample(context, place).await?.records;
    let scorer = context.models.in_use(&context.store, place).await?;
    let judged = if with_decisions { Some(judged(context, place, &scorer).await?) } else { None };
    // The turn goes along: a caller that gives up does not stop the work.
    let learned = aside(move || {
        let learned = fit(&records, judged.as_ref());
        drop(turn);
        learned
    });
    let learned = learned.await?;
    if learned.pairs < LEAST_PAIRS {
        return Err(Refusal::new(Reason::ModelNotIdentified, "too few records share anything; see metadata pairs")
            .with("records", learned.records.to_string())
            .with("pairs", learned.pairs.to_string())
            .with("least_pairs", LEAST_PAIRS.to_string()));
    }
    Ok(learned)
}

fn fit(records: &Records, judged: Option<&Judged>) -> Learned {
    let linked = dedupe(records, None, &Decisions::default(), &Options { threads: 1, ..Options::default() });
    let mut model = linked.model;
    model.terms.forget_rare(COMMON);
    if let Some(judged) = judged {
        model = refine(&model, &judged.table, &judged.labels);
    }
    Learned { model, records: records.len(), pairs: linked.candidates }
}

/// Keeps the model together with its journal entry.
async fn keep(
    context: &Context,
    tenant: &Tenant,
    asked: model::Asked<'_>,
    traceparent: Option<String>,
    mut learned: Learned,
) -> Result<Trained, Refusal> {
    let _turn = context.journal.turn().await?;
    let tx = context.store.begin().await?;
    lock(&tx, tenant).await?;
    if let Some(first) = answered(&tx, tenant, asked).await? {
        return Ok(first);
    }
    let ordinal = model::next_ordinal(&tx, tenant).await?;
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let trained = Trained {
        id: ModelId(context.ids.next()),
        ordinal,
        version: format!("trained-{ordinal}"),
        at: context.clock.now(),
        records: number(learned.records),
        pairs: number(learned.pairs),
        labels: number(learned.model.adjustment.as_ref().map_or(0, |adjustment| adjustment.labels)),
    };
    learned.model.version.clone_from(&trained.version);
    let sealed = context.models.seal(tenant, trained.id, &learned.model).await?;
    let sealed = sealed.ok_or_else(|| Refusal::new(Reason::Internal, "a new key is destroyed"))?;
    model::add(&tx, tenant, &trained, sealed, asked).await?;
    let payload = ModelTrained {
        model_id: trained.id.0.to_vec(),
        version: trained.version.clone(),
        record_count: trained.records,
        pair_count: trained.pairs,
        label_count: trained.labels,
    };
    let draft = Draft::new(EntryId(context.ids.next()), tenant.clone(), Route::All, &payload, trained.at);
    context.journal.commit(tx, vec![draft.traced(traceparent)]).await?;
    Ok(trained)
}

async fn answered(query: &impl Query, tenant: &Tenant, asked: model::Asked<'_>) -> Result<Option<Trained>, Refusal> {
    match model::trained_by(query, tenant, asked.request_id).await? {
        Some((_, body)) if body != asked.body => Err(reused()),
        first => Ok(first.map(|(trained, _)| trained)),
    }
}
