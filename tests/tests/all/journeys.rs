//! Journeys of touchpoints through all services.

mod by_attribute;
mod cdnow;
mod complaint_record;
mod erase_person;
mod erased_for_good;
mod export_person;
mod had_its_time;
mod isolation;
mod let_down;
mod merge_and_split;
mod moved;
mod on_processes;
pub(crate) mod permutation;
pub(crate) mod sealed;
mod stopping;
mod who_is_asked;
