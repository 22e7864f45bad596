//! Says what would change if a model were promoted.

use std::{collections::BTreeMap, sync::Arc};

use tenure_kernel::{ModelId, RecordId, Refusal, Tenant};
use tenure_linkage::{
    Judge, Linked, Options, Scorer,
    cluster::{Alarm, Clustering},
    pipeline::dedupe_telling,
};

use super::{
    Context,
    judged::{Judged, judged},
    sample::{Sample, aside, sample},
};
use crate::{
    config::DIFFERING,
    domain::{
        cluster::Placed,
        decision::Verdicts,
        difference::{Difference, difference},
        judged::{Agreement, agreement},
    },
    store::{Place, generation, model},
};

/// What comes of the records by one model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    /// The model's version.
    pub(crate) version: String,
    /// Pairs to review.
    pub(crate) reviews: usize,
    /// Persons of too many records.
    pub(crate) oversized: usize,
    /// How it stands to what stewards decided.
    pub(crate) agreement: Agreement,
}

/// A pair that is one person's by one of the models only.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Differing {
    /// The records, the smaller first.
    pub(crate) pair: (RecordId, RecordId),
    /// Its weight now and by the other model, in bits.
    pub(crate) bits: [f64; 2],
    /// Whether it would be joined.
    pub(crate) joined: bool,
}

/// What would change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evaluated {
    /// Records looked at.
    pub(crate) records: usize,
    /// All records that say something of themselves.
    pub(crate) total: i64,
    /// Now, and by the other model.
    pub(crate) outcomes: [Outcome; 2],
    /// Persons and records.
    pub(crate) difference: Difference,
    /// Some of the pairs behind it.
    pub(crate) pairs: Vec<Differing>,
}

/// Compares a model with the one in use; `None` is the one that everybody starts with.
pub(crate) async fn evaluate_model(
    context: &Context,
    tenant: &Tenant,
    id: Option<ModelId>,
) -> Result<Evaluated, Refusal> {
    let query = &context.store;
    if let Some(id) = id {
        model::get(query, tenant, id).await?.ok_or_else(Refusal::not_found)?;
    }
    // Before the records are read: those that wait for their turn hold none in memory.
    let turn = context.studies.clone().acquire_owned().await;
    let place = Place { tenant, generation: generation::active(query).await? };
    let scorers = [context.models.in_use(query, place).await?, context.models.scorer(query, tenant, id).await?];
    let judged = judged(context, place, &scorers[0]).await?;
    let sample = sample(context, place).await?;
    aside(move || {
        let evaluated = compare(&sample, &judged, &scorers);
        drop(turn);
        evaluated
    })
    .await
}

fn compare(sample: &Sample, judged: &Judged, scorers: &[Arc<Scorer>; 2]) -> Evaluated {
    let members: Vec<RecordId> = (0..sample.records.len()).map(|place| sample.id(place)).collect();
    let verdicts = Verdicts::new(&members.iter().copied().collect(), &judged.decisions);
    let stated = Placed::new(&verdicts, &members);
    let options = Options { threads: 1, ..Options::default() };
    let link = |scorer: &Arc<Scorer>| dedupe_telling(&sample.records, Some(scorer.model()), &stated, &options, &|_| {});
    let linked = scorers.each_ref().map(link);
    let outcome = |place: usize| Outcome {
        version: scorers[place].model().version.clone(),
        reviews: linked[place].review(&options.clustering).len(),
        oversized: linked[place].alarms.iter().filter(|alarm| matches!(alarm, Alarm::Large { .. })).count(),
        agreement: agreement(&judged.labels, &Judge::new(&scorers[place], &judged.table)),
    };
    Evaluated {
        records: sample.records.len(),
        total: sample.total,
        outcomes: [outcome(0), outcome(1)],
        difference: difference(&linked[0].clusters, &linked[1].clusters),
        pairs: pairs(sample, &linked, scorers),
    }
}

/// The pairs between the clusterings whose weights differ most.
fn pairs(sample: &Sample, linked: &[Linked; 2], scorers: &[Arc<Scorer>; 2]) -> Vec<Differing> {
    let judges = scorers.each_ref().map(|scorer| Judge::new(scorer, sample.records.table()));
    let together = |of: usize, (left, right): (u32, u32)| {
        linked[of].clusters[left as usize] == linked[of].clusters[right as usize]
    };
    let floor = Clustering::default().edge as f32;
    let held = linked.iter().flat_map(|linked| &linked.edges).filter(|edge| edge.2 >= floor);
    let differing = held.map(|edge| (edge.0, edge.1)).filter(|pair| together(0, *pair) != together(1, *pair));
    let mut found: BTreeMap<(u32, u32), [f64; 2]> = BTreeMap::new();
    for (left, right) in differing {
        found.entry((left, right)).or_insert_with(|| {
            judges.each_ref().map(|judge| judge.said(left as usize, right as usize).bits().unwrap_or_default())
        });
    }
    let mut found: Vec<((u32, u32), [f64; 2])> = found.into_iter().collect();
    let by = |bits: [f64; 2]| (bits[0] - bits[1]).abs();
    found.sort_by(|one, other| by(other.1).total_cmp(&by(one.1)).then(one.0.cmp(&other.0)));
    found.truncate(DIFFERING);
    let differing = |(pair, bits): ((u32, u32), [f64; 2])| Differing {
        pair: (sample.id(pair.0 as usize), sample.id(pair.1 as usize)),
        bits,
        joined: together(1, pair),
    };
    found.into_iter().map(differing).collect()
}
