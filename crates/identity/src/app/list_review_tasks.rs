//! Lists what a steward should look at.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant};
use tenure_linkage::Judge;
use tenure_store::StoreError;

use super::{Context, look::look};
use crate::{
    config::{REVIEWED, TASK_BYTES},
    domain::{
        portrait::table,
        review::{Pair, Why, priority},
    },
    store::{Place, edge, generation, membership, oversize, person},
};

const LIST: &str = "tenure.identity.v1.IdentityService/ListReviewTasks";

/// A pair to look at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    /// The pair.
    pub(crate) pair: Pair,
    /// Why.
    pub(crate) why: Why,
    /// The pair's weight in 1/1024 bit.
    pub(crate) weight: i64,
    /// The persons concerned.
    pub(crate) persons: Vec<PersonId>,
    /// How many records they have together.
    pub(crate) records: i64,
    /// How much a look matters.
    pub(crate) priority: f64,
}

/// A page of tasks by priority, the token of the next one, and the model's version. Of very many the likeliest pairs count.
pub(crate) async fn list_review_tasks(
    context: &Context,
    tenant: &Tenant,
    size: usize,
    token: &str,
) -> Result<(Vec<Task>, String, String), Refusal> {
    let after = match token {
        "" => None,
        token => Some(context.tokens.decode(tenant, LIST, &[], token)?),
    };
    let mut tasks = tasks(context, tenant).await?;
    tasks.sort_by_cached_key(place);
    let from = after.map_or(0, |after| tasks.partition_point(|task| place(task).as_slice() <= after.as_slice()));
    let more = tasks.len() > from + size;
    let page: Vec<Task> = tasks.into_iter().skip(from).take(size).collect();
    let last = page.last().filter(|_| more);
    let next = last.map_or_else(String::new, |last| context.tokens.encode(tenant, LIST, &[], &place(last)));
    let place = Place { tenant, generation: generation::active(&context.store).await? };
    Ok((page, next, context.models.in_use(&context.store, place).await?.model().version.clone()))
}

/// Where a task stands: by priority, the highest first, then by its records.
fn place(task: &Task) -> [u8; TASK_BYTES] {
    let mut bytes = [0; TASK_BYTES];
    // Of numbers that are not negative the bits are in their order.
    bytes[..8].copy_from_slice(&(!task.priority.max(0.0).to_bits()).to_be_bytes());
    bytes[8..24].copy_from_slice(&task.pair.0.0);
    bytes[24..].copy_from_slice(&task.pair.1.0);
    bytes
}

async fn tasks(context: &Context, tenant: &Tenant) -> Result<Vec<Task>, StoreError> {
    let query = &context.store;
    let at = Place { tenant, generation: generation::active(query).await? };
    let marked = edge::to_review(query, at, REVIEWED).await?;
    let records: BTreeSet<RecordId> = marked.iter().flat_map(|((left, right), ..)| [*left, *right]).collect();
    let homes = membership::persons(query, tenant, &records).await?;
    let persons = person::load(query, tenant, homes.values().copied()).await?;
    let vetoed = vetoed(context, at, &records, marked.iter().map(|(pair, ..)| *pair)).await?;
    let task = |((left, right), weight, review): (Pair, i64, i64)| {
        let ids: BTreeSet<PersonId> = [*homes.get(&left)?, *homes.get(&right)?].into();
        let why = Why::from_number(review)?;
        let records = ids.iter().filter_map(|id| persons.get(id)).map(|person| person.records).sum();
        let priority = priority(why, weight, records);
        Some(Task { pair: (left, right), why, weight, persons: ids.into_iter().collect(), records, priority })
    };
    let pairs = marked.into_iter().filter(|(pair, ..)| !vetoed.contains(pair)).filter_map(task);
    Ok(pairs.chain(too_large(context, at).await?).collect())
}

/// What is too large.
async fn too_large(context: &Context, place: Place<'_>) -> Result<Vec<Task>, StoreError> {
    let found = oversize::largest(&context.store, place, REVIEWED).await?;
    let firsts = found.keys().map(|(record, _)| *record).collect();
    let homes = membership::persons(&context.store, place.tenant, &firsts).await?;
    let task = |((record, why), records): ((RecordId, Why), i64)| {
        // No pair, but each is in a place of its own.
        let place = RecordId([why as u8; 16]);
        let persons = homes.get(&record).copied().into_iter().collect();
        Task { pair: (record, place), why, weight: 0, persons, records, priority: priority(why, 0, records) }
    };
    Ok(found.into_iter().map(task).collect())
}

/// Those of the pairs that can never be one person: nobody need look.
async fn vetoed(
    context: &Context,
    place: Place<'_>,
    records: &BTreeSet<RecordId>,
    pairs: impl Iterator<Item = Pair>,
) -> Result<BTreeSet<Pair>, StoreError> {
    let portraits = look(&context.store, place, &context.keyring, records).await?;
    let table = table(portraits.values().map(Some));
    let places: BTreeMap<RecordId, usize> = portraits.keys().copied().zip(0..).collect();
    let scorer = context.models.in_use(&context.store, place).await?;
    let judge = Judge::new(&scorer, &table);
    let both = |(left, right): &Pair| Some((*places.get(left)?, *places.get(right)?));
    Ok(pairs.filter(|pair| both(pair).is_some_and(|(left, right)| judge.vetoes(left, right))).collect())
}
