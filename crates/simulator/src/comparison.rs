//! How well somebody found the people among the records.

use std::collections::BTreeMap;

use crate::truth::Truth;

/// Found persons against true ones.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Comparison {
    /// How many customers there are.
    pub customers: u64,
    /// How many groups were given that hold a record of the base.
    pub groups: u64,
    /// How many customers are found exactly: one group holds all their records and nobody else's.
    pub found: u64,
    /// How many groups hold records of more than one customer.
    pub joined: u64,
    /// How many customers' records are in more than one group, or partly in none.
    pub split: u64,
    /// How many given records are not of this base; they count nowhere else.
    pub unknown: u64,
    /// Of the pairs of records that are in one group, the share that belongs to one customer; 1 without pairs.
    pub precision: f64,
    /// Of the pairs of records that belong to one customer, the share that is in one group; 1 without pairs.
    pub recall: f64,
}

impl Comparison {
    /// The harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 { 2.0 * self.precision * self.recall / sum } else { 0.0 }
    }
}

impl Truth {
    /// Compares found persons with the truth. Each group holds the records of one found person, as (source, key); no
    /// record may be given twice.
    pub fn compare<G, S, K>(&self, groups: impl IntoIterator<Item = G>) -> Comparison
    where
        G: IntoIterator<Item = (S, K)>,
        S: AsRef<str>,
        K: AsRef<str>,
    {
        let mut result = Comparison { customers: self.customers().len() as u64, ..Comparison::default() };
        let mut whole = vec![false; self.customers().len()];
        let (mut given, mut right) = (0, 0);
        for group in groups {
            let mut members: BTreeMap<usize, u64> = BTreeMap::new();
            for (source, key) in group {
                match self.customer_index(source.as_ref(), key.as_ref()) {
                    Some(customer) => *members.entry(customer).or_default() += 1,
                    None => result.unknown += 1,
                }
            }
            let is_whole = |(customer, count): (&usize, &u64)| self.size(*customer) == *count;
            members.iter().filter(|m| is_whole(*m)).for_each(|(customer, _)| whole[*customer] = true);
            result.groups += u64::from(!members.is_empty());
            result.joined += u64::from(members.len() > 1);
            result.found += u64::from(members.len() == 1 && members.iter().all(is_whole));
            given += pairs(members.values().sum());
            right += members.values().copied().map(pairs).sum::<u64>();
        }
        result.split = whole.iter().filter(|whole| !**whole).count() as u64;
        result.precision = ratio(right, given);
        result.recall = ratio(right, (0..self.customers().len()).map(|c| pairs(self.size(c))).sum());
        result
    }

    fn size(&self, customer: usize) -> u64 {
        self.customers()[customer].records.len() as u64
    }
}

fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}
