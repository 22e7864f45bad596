//! When what customers cost to win comes back, and whether it does.

use std::collections::BTreeMap;

use super::{
    book::Book,
    contract::{Chances, Renewals},
    cost::Pricing,
    group::{GroupBy, MOST_GROUPS},
    ledger::Ledger,
};

const DAYS_A_MONTH: f64 = 365.25 / 12.0;
/// Losing so many standard errors more at the first renewal than later is no chance.
const CLEARLY: f64 = 2.0;

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) book: Book,
    pub(crate) by: GroupBy,
    /// The last day that counts.
    pub(crate) through: i32,
    /// How many months after it began are looked at.
    pub(crate) months: usize,
    /// What winning a customer of a group costs, in minor units.
    pub(crate) costs: BTreeMap<String, i64>,
}

/// The customers of a group. Money in minor units.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) customers: i64,
    /// What winning them cost: as told, and what served them before they were customers.
    pub(crate) acquisition: f64,
    /// Margin less cost since they came.
    pub(crate) earned: f64,
    /// By whole month since they came: who has been there for all of it, and what they left in it.
    by_month: Vec<(i64, f64)>,
    pub(crate) renewals: Renewals,
    /// Net value that the models expect.
    pub(crate) expected: f64,
}

/// What became of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Payback {
    /// What a customer has left by the end of each month, on average of those who have been there for it.
    pub(crate) cumulative: Vec<f64>,
    /// The first month, from 1, by whose end a customer has left what winning them cost.
    pub(crate) break_even: Option<usize>,
    pub(crate) first: Chances,
    pub(crate) later: Chances,
    /// Whether they cost more than they yield, and why one would think so, in words.
    pub(crate) loses: bool,
    /// And whether they left at their first renewal more than chance explains.
    pub(crate) price_shoppers: bool,
}

impl Tally {
    /// Takes a person in, who came on a day.
    fn take(&mut self, terms: &Terms, pricing: &Pricing, ledger: &Ledger, since: i32, key: &str) {
        self.customers += 1;
        self.acquisition += terms.costs.get(key).copied().unwrap_or(0) as f64;
        let whole = (f64::from(terms.through - since + 1) / DAYS_A_MONTH).floor().max(0.0) as usize;
        let whole = whole.min(terms.months);
        if self.by_month.len() < whole {
            self.by_month.resize(whole, (0, 0.0));
        }
        self.by_month[..whole].iter_mut().for_each(|month| month.0 += 1);
        let mut book = |day: i32, minor: f64| {
            if day < since {
                // It can only be service: nothing was bought before.
                self.acquisition -= minor;
                return;
            }
            self.earned += minor;
            let month = (f64::from(day - since) / DAYS_A_MONTH).floor() as usize;
            if month < whole {
                self.by_month[month].1 += minor;
            }
        };
        for (day, total) in &ledger.days {
            book(*day, pricing.margin_of_day(total));
        }
        for (key, served) in &ledger.services {
            book(key.day, -pricing.cost_of(key, served));
        }
        for life in ledger.lives(terms.book) {
            for (day, _, minor) in &life.payments {
                book(*day, *minor as f64 * pricing.rates().earned_part);
            }
            self.renewals.take(&life);
        }
    }

    /// What became of them.
    pub(crate) fn payback(&self) -> Payback {
        let (first, later) = self.renewals.cliff();
        let mut sum = 0.0;
        let cumulative: Vec<f64> = self
            .by_month
            .iter()
            .map(|(there, left)| {
                sum += left / (*there).max(1) as f64;
                sum
            })
            .collect();
        let each = self.acquisition / self.customers.max(1) as f64;
        let break_even = cumulative.iter().position(|left| *left >= each).map(|month| month + 1);
        let loses = self.earned + self.expected < self.acquisition;
        Payback { break_even, first, later, loses, price_shoppers: loses && is_cliff(first, later), cumulative }
    }
}

/// Whether more left at the first renewal than later, beyond what chance explains.
fn is_cliff(first: Chances, later: Chances) -> bool {
    let (Some(at_first), Some(at_later)) = (first.lost_part(), later.lost_part()) else { return false };
    let pooled = (first.lost + later.lost) as f64 / (first.due + later.due) as f64;
    let error = (pooled * (1.0 - pooled) * (1.0 / first.due as f64 + 1.0 / later.due as f64)).sqrt();
    at_first - at_later > CLEARLY * error
}

/// The groups of a base that is looked through.
#[derive(Debug)]
pub(crate) struct Groups {
    terms: Terms,
    pub(crate) groups: BTreeMap<String, Tally>,
    /// Customers of groups beyond [`MOST_GROUPS`].
    pub(crate) rest: Tally,
}

impl Groups {
    pub(crate) fn new(terms: Terms) -> Self {
        Self { terms, groups: BTreeMap::new(), rest: Tally::default() }
    }

    /// Takes a person in; `expected` is the net value that is expected of them.
    pub(crate) fn take(&mut self, pricing: &Pricing, ledger: &Ledger, expected: f64) {
        let line = &self.terms.book.line;
        let Some(since) = ledger.since(line) else { return };
        let Some(key) = self.terms.by.key(since, &ledger.acquired(line)) else { return };
        let full = self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key);
        let tally = if full { &mut self.rest } else { self.groups.entry(key.clone()).or_default() };
        tally.expected += expected;
        tally.take(&self.terms, pricing, ledger, since, &key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cliff_is_more_than_chance() {
        let chances = |due, lost| Chances { due, lost };
        assert!(is_cliff(chances(100, 40), chances(200, 20)));
        assert!(!is_cliff(chances(10, 3), chances(10, 2)), "too few to tell");
        assert!(!is_cliff(chances(100, 10), chances(200, 20)));
        assert!(!is_cliff(chances(100, 10), chances(0, 0)), "nobody was due again");
    }

    #[test]
    fn months_are_those_that_were_lived_through() {
        // Two customers for two months, one of them for three: 10 and 30 in the first, 20 and 0, then 5.
        let by_month = vec![(2, 40.0), (2, 20.0), (1, 5.0)];
        let tally = Tally { customers: 2, acquisition: 50.0, earned: 65.0, by_month, ..Tally::default() };
        let found = tally.payback();
        assert_eq!(found.cumulative, [20.0, 30.0, 35.0]);
        assert_eq!((found.break_even, found.loses, found.price_shoppers), (Some(2), false, false));
        let dear = Tally { acquisition: 200.0, ..tally };
        let found = dear.payback();
        assert_eq!((found.break_even, found.loses), (None, true));
    }
}
