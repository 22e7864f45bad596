//! What becomes of the promises of a base: deliveries, and answers to complaints.

use std::collections::BTreeMap;

use crate::{
    event::{ComplaintStep, DeliveryStep, Event, Happening},
    fate::Fate,
};

/// How promises ended, of those that were sent without a defect. What went wrong with a touchpoint on its way is not known of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PromiseTotals {
    /// Kept in time.
    pub kept: u64,
    /// Kept too late.
    pub late: u64,
    /// Due within the simulated time, without any sign that they were kept.
    pub overdue: u64,
    /// Due only after it, without any sign yet.
    pub open: u64,
}

/// What a promise is about: a customer's order or complaint, by number.
type Matter = (u32, bool, u32);

/// What is known of the promises while events go by.
#[derive(Debug, Default)]
pub(crate) struct Promises(BTreeMap<Matter, Promise>);

#[derive(Debug, Default)]
struct Promise {
    due: Option<i64>,
    done: Option<i64>,
}

impl Promises {
    /// Takes in an event; they come in the order of time.
    pub(crate) fn count(&mut self, event: &Event) {
        if event.fate != Fate::Sound {
            return;
        }
        let (matter, promised_at, done) = match event.happening {
            Happening::Delivery { order, step, promised_at } => {
                ((event.customer, false, order), promised_at, step == DeliveryStep::Delivered)
            }
            Happening::Complaint { number, step, promised_at } => {
                ((event.customer, true, number), promised_at, matches!(step, ComplaintStep::Decided { .. }))
            }
            _ => return,
        };
        let promise = self.0.entry(matter).or_default();
        if done {
            promise.done = promise.done.or(Some(event.at));
        } else {
            promise.due = Some(promised_at);
        }
    }

    /// How they ended by the end of the simulated time.
    pub(crate) fn totals(&self, end: i64) -> PromiseTotals {
        let mut totals = PromiseTotals::default();
        for promise in self.0.values() {
            let Some(due) = promise.due else { continue };
            let ended = match promise.done {
                Some(done) if done <= due => &mut totals.kept,
                Some(_) => &mut totals.late,
                None if due < end => &mut totals.overdue,
                None => &mut totals.open,
            };
            *ended += 1;
        }
        totals
    }
}
