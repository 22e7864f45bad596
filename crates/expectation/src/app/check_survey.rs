//! Says whether a survey may go out.

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, feeds, judge::Survey, person::Who};
use crate::domain::guard::Decision;

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
        let (_, person) = self.person(call, ask.who, &ask.read_after).await?;
        let feeds = feeds(&self.store, call.tenant()?).await?;
        let now = self.refolder.now();
        Ok((self.refolder.rules.judge(&person, &feeds, now).decide(&ask.survey), now))
    }
}
