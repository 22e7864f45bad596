//! A case of the past: what was promised, what came, and the survey that asked about it.

use std::{borrow::Cow, collections::BTreeMap};

use tenure_kernel::Timestamp;

use super::Scale;

/// The most surveys of one customer: each is judged by all that the customer was promised.
pub const MOST_OF_CUSTOMER: usize = 500;

/// One survey that was sent, and what there was to ask about. Fields are ordered so that surveys of one moment are, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Case {
    /// When the survey went out.
    pub sent_at: Timestamp,
    /// Names what was promised, such as an order. Several surveys may be about one.
    pub case: String,
    /// Whose it is. None: nobody else's case has the same customer.
    pub customer: Option<String>,
    /// When what was promised was due.
    pub promised_by: Timestamp,
    /// When the customer had it; none: not yet.
    pub experienced_at: Option<Timestamp>,
    /// When the customer complained, if so.
    pub complaint_opened_at: Option<Timestamp>,
    /// When the complaint was settled, if so.
    pub complaint_closed_at: Option<Timestamp>,
    /// The answer; none: there was none.
    pub score: Option<i32>,
}

/// A part of a case that something may be wrong with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// [`Case::case`].
    Case,
    /// [`Case::complaint_closed_at`].
    ComplaintClosed,
    /// [`Case::score`].
    Score,
}

/// What is wrong with a part of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which part.
    pub field: Field,
    /// What, without the value.
    pub what: Cow<'static, str>,
}

impl Case {
    /// Everything that is wrong with it.
    #[must_use]
    pub fn wrong(&self, scale: Scale) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut push = |field, what: Cow<'static, str>| wrong.push(Wrong { field, what });
        if self.case.is_empty() {
            push(Field::Case, "is missing".into());
        }
        if self.score.is_some_and(|score| !scale.has(score)) {
            push(Field::Score, format!("is not from {} to {}", scale.lowest(), scale.highest()).into());
        }
        match (self.complaint_opened_at, self.complaint_closed_at) {
            (None, Some(_)) => push(Field::ComplaintClosed, "is of a complaint that was never opened".into()),
            (Some(opened), Some(closed)) if closed < opened => {
                push(Field::ComplaintClosed, "is before the complaint was opened".into());
            }
            _ => {}
        }
        wrong
    }

    /// Whose it is: cases without a customer belong together if they have one name.
    pub(super) fn whose(&self) -> (bool, &str) {
        self.customer.as_deref().map_or((false, self.case.as_str()), |customer| (true, customer))
    }
}

/// The first case of each customer who has more than [`MOST_OF_CUSTOMER`], by place, and how many there are.
#[must_use]
pub fn crowded(cases: &[Case]) -> Vec<(usize, usize)> {
    let mut counts: BTreeMap<_, (usize, usize)> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        counts.entry(case.whose()).or_insert((place, 0)).1 += 1;
    }
    let mut crowded: Vec<_> = counts.into_values().filter(|(_, count)| *count > MOST_OF_CUSTOMER).collect();
    crowded.sort_unstable();
    crowded
}
