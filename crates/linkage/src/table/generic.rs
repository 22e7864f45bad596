//! Values that too many records have to say anything of one: a shop's phone, a default date.

use super::{CONTACTS, Row, Table};
use std::collections::HashMap;

/// More records than a household has may not share a phone, an e-mail address or an account.
const CONTACT: u32 = 25;
/// How many times as many as usual may share a date of birth.
const BIRTH: u32 = 20;
/// Dates of birth that a base of customers has, in days: about eighty years.
const DAYS: usize = 29_000;

impl Table {
    /// Takes out phones, e-mail addresses, accounts, national numbers and dates of birth that are more common than they can
    /// be of persons. A function of the counts, so of the set of records.
    pub(crate) fn forget_generic(&mut self) {
        let mailboxes = self.common(CONTACT, |row, at| {
            (row.mailbox[at] != 0).then(|| u64::from(row.mailbox[at]) << 32 | u64::from(row.domain[at]))
        });
        let phones = self.common(CONTACT, |row, at| (row.phone[at] != 0).then_some(row.phone[at]));
        let first = |value: fn(&Row) -> u32| {
            move |row: &Row, at: usize| (at == 0 && value(row) != 0).then(|| value(row).into())
        };
        let ibans = self.common(CONTACT, first(|row| row.iban));
        let nationals = self.common(CONTACT, first(|row| row.national));
        let births = self.common(BIRTH + BIRTH * (self.len() / DAYS) as u32, |row, at| {
            (at == 0 && row.birth.is_whole()).then(|| row.birth.days() as u64)
        });
        for row in &mut self.rows {
            for at in 0..CONTACTS {
                if mailboxes.contains_key(&(u64::from(row.mailbox[at]) << 32 | u64::from(row.domain[at]))) {
                    (row.mailbox[at], row.domain[at]) = (0, 0);
                }
                if phones.contains_key(&row.phone[at]) {
                    row.phone[at] = 0;
                }
            }
            if ibans.contains_key(&row.iban.into()) {
                row.iban = 0;
            }
            if nationals.contains_key(&row.national.into()) {
                row.national = 0;
            }
            if births.contains_key(&(row.birth.days() as u64)) && row.birth.is_whole() {
                (row.birth.month, row.birth.day) = (0, 0);
            }
        }
    }

    /// Values that more than `most` records have.
    fn common(&self, most: u32, value: impl Fn(&Row, usize) -> Option<u64>) -> HashMap<u64, u32> {
        let mut values: Vec<u64> = self
            .rows
            .iter()
            .flat_map(|row| (0..CONTACTS).filter_map(|at| value(row, at)).collect::<Vec<_>>())
            .collect();
        values.sort_unstable();
        let counted = values.chunk_by(|left, right| left == right).map(|same| (same[0], same.len() as u32));
        counted.filter(|(_, count)| *count > most).collect()
    }
}
