//! What a pair of records says: the model's weight, and what is so whatever the model says.

use crate::{
    cluster::{Evidence, SCARCE},
    compare::Pattern,
    model::{Rare, Scorer, Step, exact},
    records::Records,
    table::{CONTACTS, Row, Table, tie},
};

/// What a pair of records says of their being one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said {
    /// A weight, in bits.
    Weight(f64),
    /// A record that names nobody may join the other with this weight, in bits, but is no reason to join two persons.
    Attach(f64),
    /// Nothing for or against: one names nobody, and they share neither an account nor an e-mail address.
    Nothing,
}

impl Said {
    /// The weight, in bits: a whole number of 1/1024, below 2^13, so that it is exact in 32 bits, and sums of weights do not
    /// depend on their order.
    #[must_use]
    pub fn bits(self) -> Option<f64> {
        match self {
            Self::Weight(bits) | Self::Attach(bits) => Some(bits),
            Self::Nothing => None,
        }
    }
}

/// What kind of account says that its holders are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AccountKind {
    Login,
    Loyalty,
    Customer,
    National,
}

impl AccountKind {
    /// The kind of "kind/issuer/value".
    pub(crate) fn of(account: &str) -> Option<Self> {
        let (kind, rest) = account.split_once('/')?;
        let (_, value) = rest.split_once('/')?;
        let kind = match kind {
            "national" => Self::National,
            "customer" => Self::Customer,
            "loyalty" => Self::Loyalty,
            "login" => Self::Login,
            _ => return None,
        };
        (!value.is_empty()).then_some(kind)
    }

    /// What sharing one is worth at least, in bits. All are near the most that a pair may say when clusters are made; which
    /// one is more decides where accounts contradict each other.
    fn bits(self) -> f64 {
        match self {
            Self::National => 10.0,
            Self::Customer => 9.75,
            Self::Loyalty => 9.5,
            Self::Login => 9.25,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::National => "the same national number, so one person",
            Self::Customer => "the same customer number, so one person",
            Self::Loyalty => "the same loyalty number, so one person",
            Self::Login => "the same login, so one person",
        }
    }
}

/// What an e-mail address is worth that a record which names nobody shares with another, in bits.
const SHARED_EMAIL: f64 = 9.0;

/// A model and a set of records: what each of their pairs says. Made anew for each set; that costs little a record.
#[derive(Debug)]
pub struct Judge<'a> {
    scorer: &'a Scorer,
    table: &'a Table,
    known: Vec<Known>,
    /// Where nobody is twice in one file: the records with their files.
    across: Option<&'a Records>,
}

/// What is asked of a record for each pair, side by side.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// How common its values are.
    rare: Rare,
    bare: bool,
    accounts: bool,
}

impl<'a> Judge<'a> {
    /// Of the pairs of a table.
    #[must_use]
    pub fn new(scorer: &'a Scorer, table: &'a Table) -> Self {
        let known =
            |row: &Row| Known { rare: scorer.rare(table, row), bare: row.is_bare(), accounts: row.accounts != 0 };
        Self { scorer, table, known: table.rows.iter().map(known).collect(), across: None }
    }

    pub(crate) fn across(records: &'a Records, scorer: &'a Scorer) -> Self {
        Self { across: Some(records), ..Self::new(scorer, records.table()) }
    }

    /// How two records compare. The same in both directions.
    #[must_use]
    pub fn compare(&self, left: usize, right: usize) -> Pattern {
        self.table.compare(left, right, &self.scorer.model().births)
    }

    /// What two records say. The same in both directions.
    #[must_use]
    pub fn said(&self, left: usize, right: usize) -> Said {
        let account = self.account(left, right).map(AccountKind::bits);
        if self.known[left].bare || self.known[right].bare {
            let attached = || self.shares_email(left, right).then_some(Said::Attach(SHARED_EMAIL));
            return account.map(Said::Weight).or_else(attached).unwrap_or(Said::Nothing);
        }
        let weight = self.weight(left, right, self.compare(left, right));
        Said::Weight(account.map_or(weight, |bits| bits.max(weight)))
    }

    /// The bits of [`Judge::said`] for a pair that was compared, unless they are below `floor`.
    pub(crate) fn bits_from(&self, floor: f64, left: usize, right: usize, pattern: Pattern) -> Option<f64> {
        let (one, other) = (&self.known[left], &self.known[right]);
        let bits = if one.bare || other.bare {
            self.said(left, right).bits()?
        } else {
            let account = self.account(left, right).map(AccountKind::bits);
            if account.is_none() && self.scorer.is_below(floor, pattern, &one.rare, &other.rare) {
                return None;
            }
            let weight = self.weight(left, right, pattern);
            account.map_or(weight, |bits| bits.max(weight))
        };
        (bits >= floor).then_some(bits)
    }

    /// The model's weight alone, in bits.
    #[must_use]
    pub fn weight(&self, left: usize, right: usize, pattern: Pattern) -> f64 {
        exact(self.scorer.weight(pattern, &self.known[left].rare, &self.known[right].rare))
    }

    /// The steps from nothing to the weight. They add up to it, to the last digit.
    #[must_use]
    pub fn explain(&self, left: usize, right: usize) -> Vec<Step> {
        let account = self.account(left, right);
        if self.known[left].bare || self.known[right].bare {
            let (level, bits) = match account {
                Some(kind) => (kind.words(), kind.bits()),
                None if self.shares_email(left, right) => {
                    ("one names nobody, and has the other's e-mail address", SHARED_EMAIL)
                }
                None => ("one names nobody, and they share neither an account nor an e-mail address", 0.0),
            };
            return vec![Step { comparison: None, level, bits }];
        }
        let mut steps = self.scorer.explain(self.compare(left, right), &self.known[left].rare, &self.known[right].rare);
        let weight: f64 = steps.iter().map(|step| step.bits).sum();
        if let Some(kind) = account.filter(|kind| kind.bits() > weight) {
            steps.push(Step { comparison: None, level: kind.words(), bits: kind.bits() - weight });
        }
        steps
    }

    /// Whether two records can never be one person, whatever else they share: different valid citizen service numbers;
    /// different numbers of a source that gives each customer one; in one source, another given name and another birth.
    #[must_use]
    pub fn vetoes(&self, left: usize, right: usize) -> bool {
        let one_file = |records: &Records| records.file(left) == records.file(right);
        self.across.is_some_and(one_file) || self.table.vetoes(left, right, &self.scorer.model().births)
    }

    fn row(&self, record: usize) -> &Row {
        self.table.row(record)
    }

    /// The best account that both have.
    fn account(&self, left: usize, right: usize) -> Option<AccountKind> {
        if !self.known[left].accounts || !self.known[right].accounts {
            return None;
        }
        let (left, right) = (self.row(left), self.row(right));
        let shared = left
            .accounts(&self.table.strings)
            .filter(|account| right.accounts(&self.table.strings).any(|other| other == *account));
        shared.filter_map(AccountKind::of).max()
    }

    fn shares_email(&self, left: usize, right: usize) -> bool {
        let (left, right) = (self.row(left), self.row(right));
        let of = |row: &Row, at: usize| Some(row.email(at)).filter(|email| email.0 != 0);
        (0..CONTACTS).any(|a| (0..CONTACTS).any(|b| of(left, a).is_some() && of(left, a) == of(right, b)))
    }
}

impl Evidence for Judge<'_> {
    fn said(&self, left: u32, right: u32) -> Said {
        Self::said(self, left as usize, right as usize)
    }

    fn veto(&self, left: u32, right: u32) -> bool {
        self.vetoes(left as usize, right as usize)
    }

    fn names(&self, record: u32) -> bool {
        !self.table.is_bare(record as usize)
    }

    fn scarce(&self, record: u32) -> [u64; SCARCE] {
        let row = self.row(record as usize);
        let birth = self.scorer.model().births.said(row.birth);
        let birth = if birth.is_whole() { birth.days() as u64 } else { 0 };
        [birth, u64::from(row.national())]
    }

    fn tie(&self, record: u32) -> u64 {
        tie(&self.table.pack(record as usize))
    }
}
