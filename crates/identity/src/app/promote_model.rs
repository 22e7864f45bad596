//! Puts a model to use.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, ModelId, Reason, Refusal, Tenant};
use tenure_linkage::Model;
use tenure_proto::identity::v1::ModelPromoted;
use tenure_store::{Query, StoreError};

use super::{
    Context,
    list_models::{InUse, in_use},
    lock, rescore,
    steward::{Request, reused},
};
use crate::{
    domain::model::Promotion,
    store::{Place, generation, model},
};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Promote<'a> {
    /// The request.
    pub(crate) request: Request<'a>,
    /// The model; `None`: the one that everybody starts with.
    pub(crate) model: Option<ModelId>,
    /// The version that is expected to be in use; empty: any.
    pub(crate) expected: &'a str,
}

/// Promotes; answers the model in use, and the version of the one before.
pub(crate) async fn promote_model(
    context: &Context,
    tenant: &Tenant,
    ask: &Promote<'_>,
) -> Result<(InUse, String), Refusal> {
    let secret = context.keyring.id_secret(tenant).await?;
    let body = ask.request.digest(&secret);
    let _turn = context.journal.turn().await?;
    let tx = context.store.begin().await?;
    lock(&tx, tenant).await?;
    let place = Place { tenant, generation: generation::hold(&tx).await? };
    match model::promoted_by(&tx, tenant, ask.request.id).await? {
        Some((_, before)) if before != body => return Err(reused()),
        Some((promotion, _)) => {
            return Ok((in_use(&tx, tenant).await?, version(&tx, tenant, promotion.previous).await?));
        }
        None => {}
    }
    let version_now = match ask.model {
        Some(id) => model::get(&tx, tenant, id).await?.ok_or_else(Refusal::not_found)?.version,
        None => Model::shipped().version,
    };
    // Whoever can't be weighed by would stop everything that follows.
    context.models.scorer(&tx, tenant, ask.model).await?;
    let previous = context.models.standing(&tx, place).await?.model;
    let version_before = version(&tx, tenant, previous).await?;
    if !ask.expected.is_empty() && ask.expected != version_before {
        return Err(Refusal::new(Reason::EtagMismatch, "another model is in use than expected_version")
            .with("model_version", version_before));
    }
    let at = context.clock.now();
    let asked = model::Asked { request_id: ask.request.id, body };
    model::promote(&tx, tenant, Promotion { model: ask.model, previous, at }, asked).await?;
    let mut drafts = Vec::new();
    if ask.model != previous {
        model::replace(&tx, tenant, ask.model).await?;
        rescore::wake(&tx, tenant, &secret, at).await?;
        let payload = ModelPromoted {
            model_id: ask.model.map(|id| id.0.to_vec()).unwrap_or_default(),
            version: version_now,
            previous_version: version_before.clone(),
        };
        let draft = Draft::new(EntryId(context.ids.next()), tenant.clone(), Route::All, &payload, at);
        drafts.push(draft.traced(ask.request.traceparent.clone()));
    }
    let now = in_use(&tx, tenant).await?;
    context.journal.commit(tx, drafts).await?;
    Ok((now, version_before))
}

/// What a model is called.
async fn version(query: &impl Query, tenant: &Tenant, model: Option<ModelId>) -> Result<String, StoreError> {
    let known = match model {
        Some(id) => model::get(query, tenant, id).await?,
        None => None,
    };
    Ok(known.map_or_else(|| Model::shipped().version, |model| model.version))
}
