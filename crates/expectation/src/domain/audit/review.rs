//! What the guard would have said of each survey, by what was known when it went out.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::{Case, Scale, Stratum};
use crate::domain::{
    calendar::Zone,
    dissonance::assess,
    guard::{SurveyReason, decide},
    promise::{Expected, Facts, Matter, MatterKind, Observed, Outcome, Promise, PromiseId, SourceKind},
    standing::{Feeds, standings},
    survey::{Felt, Invite, Policy, Situation, SurveyKind},
    weights::Weights,
};

/// Nobody says what exactly was promised; a delivery is what most things are felt as.
const ATTRIBUTE: &str = "delivery";

/// What was asked in all of the surveys, and what they are judged by.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) kind: SurveyKind,
    pub(crate) scale: Scale,
    pub(crate) zone: Zone,
    pub(crate) weights: Weights,
    pub(crate) policy: Policy,
}

/// Why a case should not have been asked about when it was, nothing if it might; and what the guard saw.
pub(super) type Reviewed = (Vec<SurveyReason>, Stratum);

/// What there is to say of each of the cases.
pub(super) fn review(cases: &[Case], terms: &Terms) -> Vec<Reviewed> {
    let mut customers: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        customers.entry(case.whose()).or_default().push(place);
    }
    let mut reviewed = vec![(Vec::new(), Stratum::Plain); cases.len()];
    for mut places in customers.into_values() {
        places.sort_by_key(|place| &cases[*place]);
        let own: Vec<&Case> = places.iter().map(|place| &cases[*place]).collect();
        for (rank, place) in places.iter().enumerate() {
            reviewed[*place] = terms.review(&own, rank);
        }
    }
    reviewed
}

impl Terms {
    /// Those of one survey among all of a customer's, which are in the order that they went out in. That it was night is left out, as
    /// in the overview: it says nothing of the experience, and many files hold days only.
    fn review(&self, own: &[&Case], rank: usize) -> Reviewed {
        let (at, situation) = (own[rank].sent_at, self.situation(own, rank));
        let reasons = decide(&situation, &self.policy, at).reasons.into_iter();
        (reasons.filter(|reason| *reason != SurveyReason::QuietTime).collect(), Stratum::of(&situation, at))
    }

    fn situation(&self, own: &[&Case], rank: usize) -> Situation {
        let (case, before) = (own[rank], &own[..rank]);
        let at = case.sent_at;
        let opened = || own.iter().filter(|one| one.complaint_opened_at.is_some_and(|opened| opened <= at));
        let closed = |one: &&&Case| one.complaint_closed_at.filter(|closed| *closed <= at);
        let about = self.kind != SurveyKind::RelationalNps;
        Situation {
            zone: self.zone.clone(),
            experience_at: case.experienced_at.filter(|experienced| about && *experienced <= at),
            felt: self.felt(own, at),
            invites: before.iter().map(|one| Invite { kind: self.kind, at: one.sent_at }).collect(),
            open_complaint: opened().any(|one| closed(&one).is_none()),
            complaint_closed_at: opened().filter_map(|one| closed(&one)).max(),
            already_rated: about && before.iter().any(|one| one.case == case.case && one.score.is_some()),
            ..Situation::new(self.kind)
        }
    }

    /// How the customer felt. The file is all that there is to know: what it does not say by a moment had not come by then.
    fn felt(&self, own: &[&Case], at: Timestamp) -> Felt {
        let facts = facts(own, at);
        let feeds = Feeds::default();
        let standings = standings(&facts, &feeds, &self.zone, at);
        let assessment = assess(&facts, &standings, &self.weights, at);
        Felt::of(&facts, &standings, &feeds, &assessment, &self.weights, &self.policy)
    }
}

/// What a customer was promised, and what came of it by a moment.
fn facts(own: &[&Case], at: Timestamp) -> Facts {
    let mut facts = Facts::default();
    for (number, case) in (0_u128..).zip(own) {
        let touchpoint = TouchpointId(number.to_be_bytes());
        let matter = Matter { kind: MatterKind::Order, reference: case.case.clone() };
        facts.promises.push(Promise {
            id: PromiseId::of(RecordId::default(), &matter, ATTRIBUTE, SourceKind::OrderConfirmation),
            touchpoint,
            matter: matter.clone(),
            attribute: ATTRIBUTE.to_owned(),
            product: String::new(),
            expected: Expected::By(case.promised_by),
            // Nobody says when; a gap is the same from any moment on.
            made_at: case.experienced_at.map_or(case.promised_by, |experienced| experienced.min(case.promised_by)),
            source: SourceKind::OrderConfirmation,
            acknowledged: false,
            agreed: None,
            feeds: BTreeSet::new(),
        });
        if let Some(experienced) = case.experienced_at.filter(|experienced| *experienced <= at) {
            facts.outcomes.push(Outcome {
                touchpoint,
                matter,
                attribute: ATTRIBUTE.to_owned(),
                at: experienced,
                observed: Observed::Done,
            });
        }
    }
    facts
}
