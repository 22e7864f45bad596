//! Contracts: how often each was renewed, and whether it ended.

use std::collections::BTreeMap;

use tenure_clv::{Survivors, retention::SurvivorsError};

use super::{
    book::Line,
    currency::Currency,
    deal::{Step, Told},
};

/// A contract whose beginning is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    /// The source's reference.
    pub(crate) contract: String,
    /// The day that it began, days since 1970-01-01.
    pub(crate) began: i32,
    /// The day that its last term began: with it, or with its last renewal.
    pub(crate) renewed: i32,
    /// How often it was renewed.
    pub(crate) renewals: u32,
    pub(crate) ended: bool,
    /// Its product line, as last told.
    pub(crate) line: Line,
    /// Of its term, as last told.
    pub(crate) price: Option<(Currency, i64)>,
    /// Its term in months, as last told; 0: open-ended or unknown.
    pub(crate) term_months: i32,
    /// What was paid for its terms: days and prices.
    pub(crate) payments: Vec<(i32, Currency, i64)>,
}

impl Life {
    /// At its beginning, without a price.
    pub(crate) fn begun(day: i32, contract: &str, line: Line, term_months: i32) -> Self {
        let contract = contract.to_owned();
        let (began, renewed, payments) = (day, day, Vec::new());
        Self { contract, began, renewed, renewals: 0, ended: false, line, price: None, term_months, payments }
    }

    /// Whether it is the same contract, at another time.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (&self.contract, self.began) == (&other.contract, other.began)
    }
}

/// The contracts of a person, whichever record they stand under: by reference, each from a beginning to an end. What is told of a
/// contract that is not known to have begun, or that has ended, is nothing to it. On one day it begins before it is renewed,
/// and is renewed before it ends.
pub(crate) fn lives(told: &[Told]) -> Vec<Life> {
    let mut told: Vec<&Told> = told.iter().filter(|(_, deal)| deal.step >= Step::Started).collect();
    told.sort_by_key(|(fact, deal)| (deal.day, deal.step, *fact));
    let (mut done, mut running): (Vec<Life>, BTreeMap<&str, Life>) = (Vec::new(), BTreeMap::new());
    for (_, deal) in told {
        let mut known = running.get_mut(deal.contract.as_str());
        if let Some(life) =
            known.as_mut().filter(|life| !deal.line.is_all() && (!life.ended || deal.step == Step::WonBack))
        {
            life.line = deal.line;
        }
        match (deal.step, known) {
            (Step::Started, known) if known.as_ref().is_none_or(|life| life.ended) => {
                let life = Life {
                    price: deal.price,
                    payments: deal.price.map(|(currency, minor)| (deal.day, currency, minor)).into_iter().collect(),
                    ..Life::begun(deal.day, &deal.contract, deal.line, deal.term_months)
                };
                done.extend(running.insert(&deal.contract, life));
            }
            (Step::Renewed, Some(life)) if !life.ended => {
                life.renewals += 1;
                life.renewed = deal.day;
                life.price = deal.price.or(life.price);
                life.term_months = if deal.term_months > 0 { deal.term_months } else { life.term_months };
                life.payments.extend(life.price.map(|(currency, minor)| (deal.day, currency, minor)));
            }
            (Step::Ended, Some(life)) => life.ended = true,
            (Step::WonBack, Some(life)) => life.ended = false,
            _ => {}
        }
    }
    done.extend(running.into_values());
    done
}

/// How many contracts were renewed so often, and how many of them ended then.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Renewals {
    by_renewals: BTreeMap<u32, (u64, u64)>,
}

/// Opportunities to renew, and how often it was not done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Chances {
    pub(crate) due: u64,
    pub(crate) lost: u64,
}

impl Chances {
    /// `None` without opportunities.
    pub(crate) fn lost_part(self) -> Option<f64> {
        (self.due > 0).then(|| self.lost as f64 / self.due as f64)
    }
}

impl Renewals {
    pub(crate) fn take(&mut self, life: &Life) {
        let (lives, ended) = self.by_renewals.entry(life.renewals).or_default();
        *lives += 1;
        *ended += u64::from(life.ended);
    }

    /// Takes others in.
    pub(crate) fn add(&mut self, other: &Self) {
        for (renewals, (lives, ended)) in &other.by_renewals {
            let sums = self.by_renewals.entry(*renewals).or_default();
            (sums.0, sums.1) = (sums.0 + lives, sums.1 + ended);
        }
    }

    /// How often one came to a renewal.
    pub(crate) fn due(&self) -> u64 {
        let (first, later) = self.cliff();
        first.due + later.due
    }

    /// At the first renewal, and at all later ones. A contract that ended was due; one that runs is due no more often than it was
    /// renewed.
    pub(crate) fn cliff(&self) -> (Chances, Chances) {
        let (mut first, mut later) = (Chances::default(), Chances::default());
        for (renewals, (lives, ended)) in &self.by_renewals {
            if *renewals == 0 {
                (first.due, first.lost) = (first.due + ended, first.lost + ended);
            } else {
                first.due += lives;
                later.due += lives * u64::from(renewals - 1) + ended;
                later.lost += ended;
            }
        }
        (first, later)
    }

    /// For a fit: cohorts that were seen equally long. Contracts that run and were never due say nothing.
    pub(crate) fn survivors(&self) -> Result<Vec<Survivors>, SurvivorsError> {
        let mut cohorts = Vec::new();
        for (renewals, (lives, ended)) in &self.by_renewals {
            let stayed = |number: u64| vec![number as f64; *renewals as usize + 1];
            if *ended > 0 {
                let mut left = stayed(*ended);
                left.push(0.0);
                cohorts.push(Survivors::new(left)?);
            }
            if lives > ended && *renewals > 0 {
                cohorts.push(Survivors::new(stayed(lives - ended))?);
            }
        }
        Ok(cohorts)
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::TouchpointId;

    use super::*;
    use crate::domain::{deal::Deal, service::Channel};

    fn told(id: u8, day: i32, step: Step, contract: &str, price: i64) -> Told {
        let deal = Deal {
            day,
            step,
            channel: Channel(1),
            line: Line::ALL,
            contract: contract.to_owned(),
            products: Vec::new(),
            offer: String::new(),
            price: (price > 0).then(|| (Currency::from_code("EUR").unwrap(), price)),
            term_months: 12,
        };
        (TouchpointId([id; 16]), deal)
    }

    #[test]
    fn a_contract_lives_from_its_beginning_to_its_end() {
        let facts = [
            told(1, 0, Step::Renewed, "unseen", 5),
            told(2, 0, Step::Started, "a", 100),
            // Told in one day, in the order in which they make sense.
            told(9, 365, Step::Renewed, "a", 0),
            told(3, 365, Step::Ended, "a", 0),
            told(4, 370, Step::WonBack, "a", 0),
            told(5, 730, Step::Renewed, "a", 120),
            told(6, 800, Step::Ended, "a", 0),
            told(7, 801, Step::Renewed, "a", 999),
            told(8, 900, Step::Started, "a", 90),
            told(10, 10, Step::Started, "b", 0),
            told(11, 11, Step::Started, "b", 0),
        ];
        let mut found: Vec<_> = lives(&facts)
            .into_iter()
            .map(|life| (life.renewals, life.ended, life.price.map(|p| p.1), life.payments.len()))
            .collect();
        found.sort_unstable();
        assert_eq!(found, [(0, false, None, 0), (0, false, Some(90), 1), (2, true, Some(120), 3)]);
    }

    #[test]
    fn the_cliff_is_told_from_what_comes_later() {
        let mut renewals = Renewals::default();
        let life = |renewals, ended| Life { renewals, ended, ..Life::begun(0, "c", Line::ALL, 12) };
        // Ten came: three left at the first renewal, one at the second; two were never due, four run after two renewals.
        (0..3).for_each(|_| renewals.take(&life(0, true)));
        renewals.take(&life(1, true));
        (0..2).for_each(|_| renewals.take(&life(0, false)));
        (0..4).for_each(|_| renewals.take(&life(2, false)));
        assert_eq!(renewals.cliff(), (Chances { due: 8, lost: 3 }, Chances { due: 5, lost: 1 }));
        assert_eq!(Chances::default().lost_part(), None);
        let cohorts = renewals.survivors().unwrap();
        let left: Vec<&[f64]> = cohorts.iter().map(Survivors::left).collect();
        assert_eq!(left, [&[3.0, 0.0][..], &[1.0, 1.0, 0.0], &[4.0, 4.0, 4.0]]);
    }
}
