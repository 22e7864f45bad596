//! What the overview counts: of one person, and summed over the base.

use std::collections::BTreeMap;

use tenure_proto::expectation::v1 as pb;

use super::{judge::Judged, person::Person};
use crate::{
    api::convert::{dissonance, promise, survey},
    domain::guard::SurveyReason,
    store::base_count::Counted,
};

/// The overview of one person.
pub(crate) type Counts = pb::GetExpectationOverviewResponse;

/// The kinds of what is counted.
pub(crate) const PROMISE: &str = "promise";
pub(crate) const BAND: &str = "band";
pub(crate) const HELD: &str = "held";
pub(crate) const REASON: &str = "reason";

/// What is counted of a person; of one who was promised nothing and felt no effort, nothing. That it is night is no reason here:
/// it holds for everybody, and soon for nobody.
pub(crate) fn of(person: &Person, judged: &Judged<'_>) -> Option<Counts> {
    if !person.history.has_experience() {
        return None;
    }
    let mut promises: BTreeMap<pb::PromiseState, i64> = BTreeMap::new();
    for standing in &judged.standings {
        *promises.entry(promise::state(standing.state)).or_default() += 1;
    }
    let promises = promises.into_iter().map(|(state, count)| pb::PromiseStateCount { state: state.into(), count });
    let reasons = judged.relational().reasons.iter().filter(|reason| **reason != SurveyReason::QuietTime);
    let held_reasons: Vec<_> =
        reasons.map(|reason| pb::SurveyReasonCount { reason: survey::reason(*reason).into(), count: 1 }).collect();
    let band = dissonance::band(judged.assessment.band).into();
    Some(Counts {
        promises: promises.collect(),
        customers: vec![pb::DissonanceBandCount { band, count: 1 }],
        held: i64::from(!held_reasons.is_empty()),
        held_reasons,
        pending: 0,
    })
}

/// Adds what is counted of a person.
pub(crate) fn add(sums: &mut BTreeMap<Counted, i64>, counts: &Counts) {
    change(sums, counts, 1);
}

/// Takes away what was counted of a person.
pub(crate) fn subtract(sums: &mut BTreeMap<Counted, i64>, counts: &Counts) {
    change(sums, counts, -1);
}

fn change(sums: &mut BTreeMap<Counted, i64>, counts: &Counts, sign: i64) {
    let mut change = |kind, number, count: i64| *sums.entry((kind, number)).or_default() += sign * count;
    counts.promises.iter().for_each(|one| change(PROMISE, one.state, one.count));
    counts.customers.iter().for_each(|one| change(BAND, one.band, one.count));
    counts.held_reasons.iter().for_each(|one| change(REASON, one.reason, one.count));
    change(HELD, 0, counts.held);
}
