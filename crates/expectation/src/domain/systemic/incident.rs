//! What is known to have gone wrong for a while: it says nothing of what is usual.

use super::{
    cause::{Cause, CauseKind},
    finding::{Week, Weeks},
};

/// Something that went wrong for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident {
    /// What the firm calls it.
    pub(crate) name: String,
    pub(crate) kind: CauseKind,
    /// Which cause.
    pub(crate) code: String,
    /// `None`: with all products.
    pub(crate) product: Option<String>,
    /// Days since 1970, both included.
    pub(crate) first_day: i32,
    pub(crate) last_day: i32,
}

impl Incident {
    /// Whether a week of a cause, by the day that it ends with, is part of it.
    pub(crate) fn touches(&self, cause: &Cause, last_day: i32) -> bool {
        (self.kind, &self.code) == (cause.kind, &cause.code)
            && self.product.as_ref().is_none_or(|product| *product == cause.product)
            && self.first_day <= last_day
            && last_day - 7 < self.last_day
    }
}

/// Leaves out of the weeks before the last one those that are part of an incident: nothing is known of them.
pub(super) fn leave_out(incidents: &[Incident], last_day: i32, cause: &Cause, weeks: &mut Weeks) {
    for (place, week) in (0..).zip(weeks.iter_mut()).skip(1) {
        if incidents.iter().any(|one| one.touches(cause, last_day - 7 * place)) {
            *week = Week::default();
        }
    }
}

/// The incidents that the last week of a cause is part of.
pub(super) fn of_the_week(incidents: &[Incident], last_day: i32, cause: &Cause) -> Vec<String> {
    incidents.iter().filter(|one| one.touches(cause, last_day)).map(|one| one.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_part_of_what_one_of_its_days_is_part_of() {
        let cause = Cause { kind: CauseKind::Promise, code: "delivery".to_owned(), product: "sofa".to_owned() };
        let name = String::new();
        let incident = |product: Option<&str>, first_day, last_day| Incident {
            name: name.clone(),
            kind: cause.kind,
            code: cause.code.clone(),
            product: product.map(str::to_owned),
            first_day,
            last_day,
        };
        // The week of the days 94 to 100.
        for (first, last, expected) in
            [(80, 93, false), (80, 94, true), (96, 96, true), (100, 120, true), (101, 120, false), (50, 150, true)]
        {
            assert_eq!(incident(None, first, last).touches(&cause, 100), expected, "{first} to {last}");
        }
        assert!(incident(Some("sofa"), 94, 94).touches(&cause, 100));
        assert!(!incident(Some("bed"), 94, 94).touches(&cause, 100));
        assert!(!incident(None, 94, 94).touches(&Cause { kind: CauseKind::Complaint, ..cause.clone() }, 100));
        let mut weeks = [Week { count: 1, exposure: 1 }; super::super::finding::WEEKS];
        leave_out(&[incident(None, 93, 94)], 100, &cause, &mut weeks);
        let left = weeks.map(|week| week.count);
        assert_eq!((left[..3].to_vec(), left.iter().sum::<u64>()), (vec![1, 0, 1], 15), "the week itself stays");
    }
}
