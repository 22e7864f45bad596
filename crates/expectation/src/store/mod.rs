//! Queries, and rows to and from the domain.

pub(crate) mod awaited_source;
pub(crate) mod base_count;
pub(crate) mod calendar;
pub(crate) mod cause_count;
pub(crate) mod channel_day;
pub(crate) mod complaint_name;
pub(crate) mod complaint_state;
pub(crate) mod complaint_step;
pub(crate) mod export;
pub(crate) mod fact;
pub(crate) mod incident;
pub(crate) mod loyalty_sum;
pub(crate) mod majority;
pub(crate) mod member;
pub(crate) mod outlook;
pub(crate) mod overdue_signal;
pub(crate) mod pending_identity;
pub(crate) mod person_cause;
pub(crate) mod person_state;
pub(crate) mod record_hold;
pub(crate) mod recovery;
pub(crate) mod reservation;
pub(crate) mod service_target;
pub(crate) mod source_progress;
pub(crate) mod weights;
pub(crate) mod work_item;

use tenure_kernel::PersonId;
use tenure_records::{Memberships, StatedRights, keys};

/// The generation that is read; a rebuilt one takes its place at once.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'expectation')";

/// The tables that a generation fills.
pub(crate) const TABLES: [&str; 8] = [
    "fact",
    "majority",
    "stated_right",
    "erased_record",
    "membership",
    "redirect",
    "pending_identity",
    "source_progress",
];

/// Who belongs to whom, as identity says.
pub(crate) const MEMBERSHIPS: Memberships = Memberships::of("expectation");

/// What profile was told of rights.
pub(crate) const RIGHTS: StatedRights = StatedRights::of("expectation");

fn persons<'a>(persons: impl IntoIterator<Item = &'a PersonId>) -> Vec<Vec<u8>> {
    persons.into_iter().map(|person| person.0.to_vec()).collect()
}
