//! Fits weights to survey answers: reads the base page by page, and adopts nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::{Stream, stream};
use tenure_kernel::{PersonId, Reason, Refusal, Tenant};
use tenure_proto::expectation::v1::FitWeightsResponse;
use tenure_server::Call;

use super::{App, judge::Rules, person};
use crate::{
    api::convert::weights as convert,
    domain::calibration::{LEAST_LATE, Proposal, Tally, joined},
    store::{MEMBERSHIPS, person_state, weights as kept},
};

/// Persons of a page.
const PAGE: i64 = 250;
/// Attributes at most.
const MOST_ATTRIBUTES: usize = 100;

/// A fit on its way.
struct Fitting {
    app: Arc<App>,
    tenant: Tenant,
    rules: Rules,
    last: PersonId,
    persons: i64,
    answers: i64,
    tallies: BTreeMap<String, Tally>,
    done: bool,
}

impl App {
    /// How far it is after each page, and at last what the answers say.
    pub(crate) async fn fit_weights(
        self: Arc<Self>,
        call: &Call,
    ) -> Result<impl Stream<Item = Result<FitWeightsResponse, Refusal>> + Send + use<>, Refusal> {
        let tenant = call.tenant()?.clone();
        let rules = self.rules(&self.store, &tenant).await?;
        let (last, tallies) = (PersonId::default(), BTreeMap::new());
        let fitting = Fitting { app: self, tenant, rules, last, persons: 0, answers: 0, tallies, done: false };
        Ok(stream::try_unfold(fitting, |mut fitting| async move {
            if fitting.done {
                return Ok(None);
            }
            let told = if fitting.read().await? { fitting.told() } else { fitting.concluded().await? };
            Ok(Some((told, fitting)))
        }))
    }
}

impl Fitting {
    /// Reads a page; false: there was none any more.
    async fn read(&mut self) -> Result<bool, Refusal> {
        let store = &self.app.store;
        let page = person_state::after(store, &self.tenant, self.last, PAGE).await?;
        let Some(last) = page.last() else { return Ok(false) };
        self.last = *last;
        let page: BTreeSet<PersonId> = page.into_iter().collect();
        self.persons += i64::try_from(page.len()).unwrap_or_default();
        let members = MEMBERSHIPS.members(store, &self.tenant, &page).await?;
        for person in person::load_all(store, &self.tenant, members).await?.into_values() {
            let mut answers = BTreeSet::new();
            for (touchpoint, attribute, point) in joined(&person.history.facts, &self.rules.zone, &self.rules.weights) {
                if self.tallies.len() < MOST_ATTRIBUTES || self.tallies.contains_key(&attribute) {
                    self.tallies.entry(attribute).or_default().add(touchpoint, &point);
                    answers.insert(touchpoint);
                }
            }
            self.answers += i64::try_from(answers.len()).unwrap_or_default();
        }
        Ok(true)
    }

    fn told(&self) -> FitWeightsResponse {
        FitWeightsResponse { person_count: self.persons, answer_count: self.answers, ..FitWeightsResponse::default() }
    }

    /// What came of it, if there were enough answers about anything.
    async fn concluded(&mut self) -> Result<FitWeightsResponse, Refusal> {
        self.done = true;
        let proposals: BTreeMap<&str, Proposal> = self
            .tallies
            .iter()
            .map(|(attribute, tally)| {
                let current = self.rules.weights.loss_aversion_of(attribute);
                (attribute.as_str(), tally.proposal(current))
            })
            .collect();
        let most = proposals.values().map(|proposal| proposal.late).max().unwrap_or_default();
        if most < LEAST_LATE {
            let refusal =
                Refusal::new(Reason::ModelNotIdentified, "too few answers about what was worse than expected");
            let needed = LEAST_LATE.to_string();
            return Err(refusal
                .with("answers", self.answers.to_string())
                .with("late", most.to_string())
                .with("needed", needed));
        }
        let current = kept::current(&self.app.store, &self.tenant).await?;
        Ok(FitWeightsResponse {
            proposals: proposals.iter().map(|(attribute, proposal)| convert::proposal(attribute, proposal)).collect(),
            definition: convert::adopted(current.as_ref(), &proposals),
            ..self.told()
        })
    }
}
