//! Says whether a survey may go out.

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{
    App,
    person::{Who, guarded},
};
use crate::{
    domain::{guard::Decision, outlook::Survey},
    store::channel_day,
};

/// Which survey, to whom.
#[derive(Debug, Clone)]
pub(crate) struct CheckSurvey {
    pub(crate) who: Who,
    pub(crate) survey: Survey,
    pub(crate) read_after: String,
}

impl App {
    /// Decides about a survey, and when. Counts nothing.
    pub(crate) async fn check_survey(&self, call: &Call, ask: CheckSurvey) -> Result<(Decision, Timestamp), Refusal> {
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let (tenant, rules, now) = (call.tenant()?, &self.refolder.rules, self.refolder.now());
        let known = guarded(&self.store, tenant, ask.who, (rules, now)).await?;
        let channel = rules.channel(&ask.survey, now);
        let used_up = match &channel {
            Some(channel) => channel_day::is_used_up(&self.store, tenant, channel).await?,
            None => false,
        };
        Ok((known.decide(rules, &ask.survey, used_up), now))
    }
}
