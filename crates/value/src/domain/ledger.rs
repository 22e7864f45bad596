//! All that is known of a person, day by day.

use tenure_kernel::PersonId;

use super::{
    book::{Book, Line},
    contract::{Life, lives},
    deal::{Acquired, Step, Told, acquired},
    purchase::Total,
    service::{Served, ServiceKey},
    summary::{PersonSummary, Services, served},
};

/// One person's: purchases in one book, what serving took, and how they came and stayed.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pub(crate) person: PersonId,
    /// Whether the person is counted only, and may not be told apart from others.
    pub(crate) hidden: bool,
    /// `None`: nothing was bought.
    pub(crate) summary: Option<PersonSummary>,
    /// What was bought, by day.
    pub(crate) days: Vec<(i32, Total)>,
    pub(crate) services: Vec<(ServiceKey, Served)>,
    /// In order, of all lines: a contract's line need not be told each time.
    pub(crate) told: Vec<Told>,
}

impl Ledger {
    /// What was bought by a day, which may be nothing; `None` if the day is beyond all days.
    pub(crate) fn bought(&self, through: i32) -> Option<PersonSummary> {
        self.summary.clone().or_else(|| PersonSummary::unknown(self.person, through))
    }

    /// The day that they became a customer: of the first purchase or contract.
    pub(crate) fn since(&self, line: &Line) -> Option<i32> {
        let bought = self.summary.as_ref().map(|summary| summary.first_day);
        let begins = |(_, deal): &&Told| deal.step == Step::Started && deal.concerns(line);
        let begun = self.told.iter().find(begins).map(|(_, deal)| deal.day);
        bought.into_iter().chain(begun).min()
    }

    /// How they came.
    pub(crate) fn acquired(&self, line: &Line) -> Acquired {
        let told: Vec<Told> = self.told.iter().filter(|(_, deal)| deal.concerns(line)).cloned().collect();
        acquired(&told, self.summary.as_ref().map(|summary| summary.first_day))
    }

    /// Their contracts of a book: those of its line that are priced in its currency, or not at all.
    pub(crate) fn lives(&self, book: Book) -> impl Iterator<Item = Life> {
        of_book(lives(&self.told), book)
    }

    /// The same as of a day.
    pub(crate) fn lives_as_of(&self, book: Book, day: i32) -> Vec<Life> {
        let told: Vec<Told> = self.told.iter().filter(|(_, deal)| deal.day <= day).cloned().collect();
        of_book(lives(&told), book).collect()
    }

    /// What serving them took from one day through another.
    pub(crate) fn served(&self, from: i32, through: i32) -> Services {
        served(&self.services, from, through)
    }
}

fn of_book(lives: Vec<Life>, book: Book) -> impl Iterator<Item = Life> {
    let ours = move |life: &Life| {
        book.line.has(&life.line) && life.price.is_none_or(|(currency, _)| currency == book.currency)
    };
    lives.into_iter().filter(ours)
}
