//! What is true of a simulated base, to hold the suite's answers against.

use std::collections::BTreeMap;

use tenure_proto::error::v1::Reason;

use crate::{
    event::{Event, Happening},
    fate::Fate,
    household::Population,
    people::Person,
    promises::{PromiseTotals, Promises},
    purchases::Buyer,
    records::{Record, Source},
    settings::DAY,
};

/// A source record as it is sent: `Touchpoint.source` and `Subject.key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKey {
    /// The source.
    pub source: Source,
    /// The key, byte for byte.
    pub key: String,
}

/// A count and its money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their sum in minor units of EUR.
    pub minor_units: i64,
}

impl Tally {
    fn add(&mut self, minor_units: i64) {
        self.count += 1;
        self.minor_units += minor_units;
    }
}

/// The truth about one customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Customer {
    /// The customer number; the sources that do not know it do not send it.
    pub number: String,
    /// The household's number.
    pub household: u32,
    /// The source records, one to three.
    pub records: Vec<RecordKey>,
    /// Whether the e-mail address is another customer's too, so that exact linking is bound to join them.
    pub shares_email: bool,
    /// Purchases a week while alive: BG/NBD's lambda.
    pub lambda: f64,
    /// The chance to leave after each repeat purchase: BG/NBD's p.
    pub dropout: f64,
    /// Whether they had not left when the simulated time was over.
    pub alive: bool,
    /// What they bought.
    pub purchases: Tally,
    /// What of it was sent without a defect, so that the suite must know it.
    pub accepted_purchases: Tally,
    /// On how many days (UTC) those were.
    pub purchase_days: u64,
    /// What went back to them and was sent without a defect.
    pub accepted_refunds: Tally,
}

/// The sums over all customers, and what intake must say: `received = accepted + duplicate + sum of quarantined`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many customers.
    pub customers: u64,
    /// How many households.
    pub households: u64,
    /// How many source records.
    pub records: u64,
    /// How many customers share their e-mail address with another one.
    pub sharing_email: u64,
    /// How many touchpoints are sent, repeats included.
    pub received: u64,
    /// How many must be accepted.
    pub accepted: u64,
    /// How many are exact repeats.
    pub duplicate: u64,
    /// How many must be quarantined, by their one reason.
    pub quarantined: BTreeMap<Reason, u64>,
    /// What was bought.
    pub purchases: Tally,
    /// What of it was sent without a defect.
    pub accepted_purchases: Tally,
    /// What was refunded and sent without a defect.
    pub accepted_refunds: Tally,
    /// What became of the promises.
    pub promises: PromiseTotals,
}

/// The truth about a base.
#[derive(Debug)]
pub struct Truth {
    customers: Vec<Customer>,
    totals: Totals,
    /// (customer, record) by source and key.
    owners: Vec<(u32, u32)>,
}

impl Truth {
    pub(crate) fn new(population: &Population, buyers: Vec<Buyer>, events: &[Event], end: i64) -> Self {
        let mut customers: Vec<Customer> = population.people.iter().zip(buyers).map(customer).collect();
        let mut totals = Totals { households: population.households.len() as u64, ..Totals::default() };
        let mut promises = Promises::default();
        let mut last_days = vec![i64::MIN; customers.len()];
        for event in events {
            totals.count(event.fate);
            promises.count(event);
            let number = event.customer as usize;
            customers[number].count(event, &mut last_days[number]);
        }
        totals.sum(&customers);
        totals.promises = promises.totals(end);
        let owners = owners(&customers);
        Self { customers, totals, owners }
    }

    /// The customers. A customer's index is the place in this list; it is the number in event ids too.
    #[must_use]
    pub fn customers(&self) -> &[Customer] {
        &self.customers
    }

    /// The sums over all customers.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Whose record this is, as an index of [`Truth::customers`].
    #[must_use]
    pub fn customer_index(&self, source: &str, key: &str) -> Option<usize> {
        self.owners
            .binary_search_by(|owner| {
                let record = self.record(*owner);
                (record.source.name(), record.key.as_str()).cmp(&(source, key))
            })
            .ok()
            .map(|at| self.owners[at].0 as usize)
    }

    /// Whose record this is.
    #[must_use]
    pub fn customer_of(&self, source: &str, key: &str) -> Option<&Customer> {
        self.customer_index(source, key).map(|index| &self.customers[index])
    }

    fn record(&self, (customer, record): (u32, u32)) -> &RecordKey {
        &self.customers[customer as usize].records[record as usize]
    }
}

fn customer((person, buyer): (&Person, Buyer)) -> Customer {
    let key = |record: &Record| RecordKey { source: record.source, key: record.key.clone() };
    Customer {
        number: person.customer_number.clone(),
        household: person.household,
        records: person.records.iter().map(key).collect(),
        shares_email: person.email_shared,
        lambda: buyer.lambda,
        dropout: buyer.dropout,
        alive: buyer.alive,
        purchases: Tally::default(),
        accepted_purchases: Tally::default(),
        purchase_days: 0,
        accepted_refunds: Tally::default(),
    }
}

fn owners(customers: &[Customer]) -> Vec<(u32, u32)> {
    let mut owners: Vec<(u32, u32)> = (0..)
        .zip(customers)
        .flat_map(|(number, customer)| (0..customer.records.len() as u32).map(move |record| (number, record)))
        .collect();
    owners.sort_unstable_by_key(|(customer, record)| {
        let record = &customers[*customer as usize].records[*record as usize];
        (record.source.name(), record.key.as_str())
    });
    owners
}

impl Customer {
    /// Counts an event; they come in the order of time.
    fn count(&mut self, event: &Event, last_day: &mut i64) {
        let sound = event.fate == Fate::Sound;
        match event.happening {
            Happening::Ordered { minor_units, .. } if event.fate != Fate::Copy => {
                self.purchases.add(minor_units);
                if sound {
                    self.accepted_purchases.add(minor_units);
                    let day = event.at.div_euclid(DAY);
                    self.purchase_days += u64::from(day != *last_day);
                    *last_day = day;
                }
            }
            Happening::Refunded { minor_units, .. } if sound => self.accepted_refunds.add(minor_units),
            _ => {}
        }
    }
}

impl Totals {
    fn count(&mut self, fate: Fate) {
        self.received += 1;
        match fate.reason() {
            Some(reason) => *self.quarantined.entry(reason).or_default() += 1,
            None if fate == Fate::Copy => self.duplicate += 1,
            None => self.accepted += 1,
        }
    }

    fn sum(&mut self, customers: &[Customer]) {
        let add = |sum: &mut Tally, part: Tally| {
            sum.count += part.count;
            sum.minor_units += part.minor_units;
        };
        self.customers = customers.len() as u64;
        for customer in customers {
            self.records += customer.records.len() as u64;
            self.sharing_email += u64::from(customer.shares_email);
            add(&mut self.purchases, customer.purchases);
            add(&mut self.accepted_purchases, customer.accepted_purchases);
            add(&mut self.accepted_refunds, customer.accepted_refunds);
        }
    }
}
