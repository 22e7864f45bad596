//! Says when what customers cost to win comes back.

use std::collections::BTreeMap;

use tenure_clv::gamma_gamma::SpendError;
use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::App;
use crate::{
    domain::{
        book::Book,
        currency::Currency,
        group::GroupBy,
        ledger::Ledger,
        lookout::Lookout,
        payback::{Groups, Terms},
        score::Question,
        worth::Scorers,
    },
    store::{pages::Ledgers, person::Purchases},
};

/// Whose.
#[derive(Debug, Clone)]
pub(crate) struct GetAcquisitionPayback {
    pub(crate) book: Book,
    pub(crate) by: GroupBy,
    /// The last day that counts; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) months: usize,
    pub(crate) question: Question,
    /// What winning a customer of a group costs, in minor units.
    pub(crate) costs: BTreeMap<String, i64>,
    pub(crate) read_after: String,
}

/// What became of them.
pub(crate) struct Payback {
    pub(crate) groups: Groups,
    pub(crate) scorers: Scorers,
    pub(crate) currency: Currency,
}

/// What is kept of a base that is looked through.
struct Seen {
    lookout: Lookout,
    groups: Groups,
}

impl Seen {
    fn take(&mut self, ledger: Ledger) -> Result<(), SpendError> {
        let expected = self.lookout.see(&ledger)?.map_or(0.0, |sight| sight.net());
        if let Some(pricing) = self.lookout.scorers().pricing() {
            self.groups.take(pricing, &ledger, expected);
        }
        Ok(())
    }
}

impl App {
    /// Looks through a base by groups in one pass, page by page.
    pub(crate) async fn get_acquisition_payback(
        &self,
        call: &Call,
        ask: GetAcquisitionPayback,
    ) -> Result<Payback, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let scorers = self.scorers(tenant, ask.book).await?;
        let through = self.day_behind(ask.as_of, scorers.period_end());
        let base = Ledgers(Purchases { tenant, book: ask.book, through, audience: self.sums(call) });
        let terms = Terms { book: ask.book, by: ask.by, through, months: ask.months, costs: ask.costs };
        let seen = Seen { lookout: Lookout::new(scorers, ask.question, through), groups: Groups::new(terms) };
        let Seen { lookout, groups } = self.look_through(base, seen, Seen::take).await?;
        Ok(Payback { groups, scorers: lookout.into_scorers(), currency: ask.book.currency })
    }
}
