//! Says what keeps a person.

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, feeds, person::Who};
use crate::domain::loyalty::{Drivers, drivers};

impl App {
    /// A person's id and drivers of loyalty, and the moment that they hold for.
    pub(crate) async fn get_loyalty_drivers(
        &self,
        call: &Call,
        who: Who,
        read_after: &str,
    ) -> Result<(String, Drivers, Timestamp), Refusal> {
        let (id, person) = self.person(call, who, read_after).await?;
        let tenant = call.tenant()?;
        let (feeds, rules) = (feeds(&self.store, tenant).await?, self.rules(&self.store, tenant).await?);
        let judged = rules.judge(&person, &feeds, self.refolder.now());
        let drivers = drivers(&person.history.facts, &judged.standings, &judged.assessment, &rules.weights);
        Ok((id, drivers, judged.now))
    }
}
