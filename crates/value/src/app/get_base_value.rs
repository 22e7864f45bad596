//! Says what a base is worth.

use tenure_clv::gamma_gamma::SpendError;
use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, aside::unvalued};
use crate::{
    domain::{
        book::Book,
        ledger::Ledger,
        lookout::{Lookout, Sight},
        ranking::Ranking,
        score::Question,
        summary::PersonSummary,
        worth::{Scorers, Worth},
    },
    store::{
        pages::{Base, Depth},
        person::Purchases,
    },
};

/// Which base.
#[derive(Debug, Clone)]
pub(crate) struct GetBaseValue {
    pub(crate) book: Book,
    /// The last day of purchases that count; `None`: the model's period end or now, whichever is later.
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) question: Question,
    /// How many of the most valuable persons to show.
    pub(crate) top_size: usize,
    pub(crate) read_after: String,
}

/// What a base is worth.
#[derive(Debug)]
pub(crate) struct BaseValue {
    pub(crate) sums: Sums,
    /// Best first.
    pub(crate) top: Vec<Worth>,
    pub(crate) scorers: Scorers,
}

/// Of all customers. Money in minor units.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) customers: i64,
    pub(crate) repeaters: i64,
    /// Held at the ends of 64 bits.
    pub(crate) total_minor: i64,
    pub(crate) expected_minor: f64,
    pub(crate) margin: f64,
    /// Of the margin, that of contracts.
    pub(crate) contract_margin: f64,
    pub(crate) cost: f64,
    /// Who costs more than they bring.
    pub(crate) negative: i64,
}

impl Sums {
    /// Takes somebody in; what they are expected to bring.
    fn take(&mut self, person: Option<&PersonSummary>, sight: &Sight) -> f64 {
        let (mut expected, history) = (0.0, person.map(|person| person.history));
        self.customers += 1;
        self.repeaters += i64::from(history.is_some_and(|history| history.frequency() > 0));
        self.total_minor = self.total_minor.saturating_add(history.map_or(0, |history| history.total_minor()));
        self.negative += i64::from(sight.net() < 0.0);
        if let Some((value, net)) = &sight.bought {
            expected += value.expected_minor;
            (self.margin, self.cost) = (self.margin + net.margin, self.cost + net.cost);
        }
        if let Some(contracts) = &sight.contracts {
            expected += contracts.brings;
            self.contract_margin += contracts.margin;
            (self.margin, self.cost) = (self.margin + contracts.margin, self.cost + contracts.cost);
        }
        self.expected_minor += expected;
        expected
    }
}

/// What is kept of a base that is looked through.
struct Seen {
    lookout: Lookout,
    ranking: Ranking<Ledger>,
    sums: Sums,
}

impl Seen {
    fn take(&mut self, ledger: Ledger) -> Result<(), SpendError> {
        if let Some(sight) = self.lookout.see(&ledger)? {
            let expected = self.sums.take(ledger.summary.as_ref(), &sight);
            if !ledger.hidden {
                self.ranking.take(expected, ledger.person, ledger);
            }
        }
        Ok(())
    }
}

impl App {
    /// Values everybody of a base by the promoted models of the book, in one pass.
    pub(crate) async fn get_base_value(&self, call: &Call, ask: GetBaseValue) -> Result<BaseValue, Refusal> {
        let tenant = call.tenant()?;
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let scorers = self.scorers(tenant, ask.book).await?;
        let through = self.day_behind(ask.as_of, scorers.period_end());
        let depth = Depth::of(&scorers);
        let lookout = Lookout::new(scorers, ask.question, through);
        let seen = Seen { lookout, ranking: Ranking::new(ask.top_size), sums: Sums::default() };
        let base = Base(Purchases { tenant, book: ask.book, through, audience: self.sums(call) }, depth);
        let Seen { lookout, ranking, sums } = self.look_through(base, seen, Seen::take).await?;
        let scorers = lookout.into_scorers();
        let top = scorers.of_ledgers(&ask.question, ranking.into_best_first(), through).map_err(unvalued)?;
        Ok(BaseValue { sums, top, scorers })
    }
}
