//! All that is known of a person, day by day.

use super::{
    contract::{Life, lives},
    currency::Currency,
    deal::{Acquired, Step, Told, acquired},
    purchase::Total,
    service::{Served, ServiceKey},
    summary::PersonSummary,
};

/// One person's: purchases in one currency, what serving took, and how they came and stayed.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    /// `None`: nothing was bought.
    pub(crate) summary: Option<PersonSummary>,
    /// What was bought, by day.
    pub(crate) days: Vec<(i32, Total)>,
    pub(crate) services: Vec<(ServiceKey, Served)>,
    /// In order.
    pub(crate) told: Vec<Told>,
}

impl Ledger {
    /// The day that they became a customer: of the first purchase or contract.
    pub(crate) fn since(&self) -> Option<i32> {
        let bought = self.summary.as_ref().map(|summary| summary.first_day);
        let begun = self.told.iter().find(|(_, deal)| deal.step == Step::Started).map(|(_, deal)| deal.day);
        bought.into_iter().chain(begun).min()
    }

    /// How they came.
    pub(crate) fn acquired(&self) -> Acquired {
        acquired(&self.told, self.summary.as_ref().map(|summary| summary.first_day))
    }

    /// Their contracts that are priced in a currency, or not at all.
    pub(crate) fn lives(&self, currency: Currency) -> impl Iterator<Item = Life> {
        let ours = move |life: &Life| life.price.is_none_or(|(of, _)| of == currency);
        lives(&self.told).into_iter().filter(ours)
    }
}
