//! Says how far apart a person feels expectation and experience to be.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::{App, feeds, person::Who};
use crate::domain::{
    dissonance::Assessment,
    subscale::{SubscaleScore, subscales},
    weights::Weights,
    window::{Purchase, Window, scores},
};

/// A person's dissonance, and all that it is taken apart by.
pub(crate) struct Dissected {
    pub(crate) person_id: String,
    pub(crate) assessment: Assessment,
    pub(crate) subscales: [SubscaleScore; 3],
    pub(crate) windows: Vec<(Option<Window>, f64)>,
    pub(crate) purchases: Vec<Purchase>,
    pub(crate) weights: Weights,
}

impl App {
    /// A person's dissonance, by the weights of a version.
    pub(crate) async fn get_dissonance(
        &self,
        call: &Call,
        who: Who,
        (version, read_after): (&str, &str),
    ) -> Result<Dissected, Refusal> {
        let (person_id, person) = self.person(call, who, read_after).await?;
        let feeds = feeds(&self.store, call.tenant()?).await?;
        let rules = self.rules_of(call.tenant()?, version).await?;
        let judged = rules.judge(&person, &feeds, self.refolder.now());
        let (facts, assessment, weights) = (&person.history.facts, &judged.assessment, &judged.rules.weights);
        let subscales = subscales(facts, &judged.complaints, assessment, weights);
        let windows = scores(assessment, &facts.purchases, weights);
        let (assessment, purchases) = (assessment.clone(), facts.purchases.clone());
        Ok(Dissected { person_id, assessment, subscales, windows, purchases, weights: weights.clone() })
    }
}
