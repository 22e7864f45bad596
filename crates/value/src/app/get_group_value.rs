//! Says what groups of customers are worth.

use tenure_kernel::{PersonId, Refusal, Timestamp};
use tenure_server::Call;
use tenure_store::Store;

use super::{App, profiles::Profiles};
use crate::{
    domain::{
        attribute::Attribute,
        book::Book,
        group::{Found, Grouping, Groups},
        ledger::Ledger,
        lookout::Lookout,
        score::Question,
        worth::Scorers,
    },
    store::{
        pages::{Base, Depth, Page, Pages},
        person::Purchases,
    },
};

/// Which groups.
#[derive(Debug, Clone)]
pub(crate) struct GetGroupValue {
    pub(crate) book: Book,
    pub(crate) by: Grouping,
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
        let attribute = ask.by.attribute().cloned();
        let groups = Groups::new(ask.by, ask.book.line, &ask.question, lookout);
        let base = Base(Purchases { tenant, book: ask.book, through, audience: self.sums(call) }, depth);
        let asked = attribute.map(|attribute| (&self.profiles, attribute));
        // Each customer takes many evaluations of the models.
        let take = |groups: &mut Groups, (ledger, said): (Ledger, Vec<String>)| groups.take(&ledger, said);
        let groups = self.look_through(WithProfiles { base, asked }, groups, take).await?;
        let (found, scorers) = groups.found();
        Ok(GroupValue { found, scorers })
    }
}

/// A base with what the profile says of each customer, if it is asked.
struct WithProfiles<'a> {
    base: Base<'a>,
    asked: Option<(&'a Profiles, Attribute)>,
}

impl Pages for WithProfiles<'_> {
    type One = (Ledger, Vec<String>);

    async fn page(&self, store: &Store, after: Option<PersonId>) -> Result<Page<Self::One>, Refusal> {
        let (ledgers, last) = self.base.page(store, after).await?;
        let Some((profiles, attribute)) = &self.asked else {
            return Ok((ledgers.into_iter().map(|ledger| (ledger, Vec::new())).collect(), last));
        };
        let persons: Vec<PersonId> = ledgers.iter().map(|ledger| ledger.person).collect();
        let mut said = profiles.values(self.base.0.tenant, &persons, attribute).await?;
        let both = ledgers.into_iter().map(|ledger| {
            let values = said.remove(&ledger.person).unwrap_or_default();
            (ledger, values)
        });
        Ok((both.collect(), last))
    }
}
