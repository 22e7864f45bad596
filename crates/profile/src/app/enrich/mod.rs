//! Looks after providers: asks those that are to be asked about records, and states what they answered in the journal. Nobody waits for it.

mod asking;
mod providers;
mod turn;

pub(crate) use providers::Providers;
pub(crate) use turn::Enricher;
