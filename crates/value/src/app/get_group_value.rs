//! Says what groups of customers are worth.

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::App;
use crate::{
    domain::{
        book::Book,
        group::{Found, GroupBy, Groups},
        lookout::Lookout,
        score::Question,
        worth::Scorers,
    },
    store::{
        pages::{Base, Depth},
        person::Purchases,
    },
};

/// Which groups.
#[derive(Debug, Clone)]
pub(crate) struct GetGroupValue {
    pub(crate) book: Book,
    pub(crate) by: GroupBy,
    /// The last day that counts; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    pub(crate) read_after: String,
}

/// What they are worth.
pub(crate) struct GroupValue {
    pub(crate) found: Found,
    pub(crate) scorers: Scorers,
}

impl App {
    /// Values a base by groups in one pass, page by page; what it keeps grows with the groups and not with the base.
    pub(crate) async fn get_group_value(&self, call: &Call, ask: GetGroupValue) -> Result<GroupValue, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let scorers = self.scorers(tenant, ask.book).await?;
        let through = self.day_behind(ask.as_of, scorers.period_end());
        let depth = match Depth::of(&scorers) {
            Depth::Bought if ask.by.needs_deals() => Depth::Told,
            depth => depth,
        };
        let lookout = Lookout::new(scorers, ask.question, through);
        let groups = Groups::new(ask.by, ask.book.line, &ask.question, lookout);
        let base = Base(Purchases { tenant, book: ask.book, through }, depth);
        // Each customer takes many evaluations of the models.
        let groups = self.look_through(base, groups, |groups: &mut Groups, ledger| groups.take(&ledger)).await?;
        let (found, scorers) = groups.found();
        Ok(GroupValue { found, scorers })
    }
}
