//! Says how far apart a person feels expectation and experience to be.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::{App, feeds, person::Who};
use crate::domain::{dissonance::Assessment, weights::Weights};

impl App {
    /// A person's id and dissonance, and the weights behind it.
    pub(crate) async fn get_dissonance(
        &self,
        call: &Call,
        who: Who,
        read_after: &str,
    ) -> Result<(String, Assessment, &Weights), Refusal> {
        let (id, person) = self.person(call, who, read_after).await?;
        let feeds = feeds(&self.store, call.tenant()?).await?;
        let rules = &self.refolder.rules;
        let judged = rules.judge(&person, &feeds, self.refolder.now());
        Ok((id, judged.assessment, &rules.weights))
    }
}
