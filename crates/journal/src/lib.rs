#![doc = include_str!("../README.md")]

mod api;
mod append;
mod bulletin;
mod claim;
mod entry;
mod follow;
mod input;
mod moved;
mod rewrite;
mod tail;
#[cfg(feature = "testing")]
pub mod testing;
mod timer;
mod token;
mod told;

pub use api::JournalApi;
pub use append::Journal;
pub use claim::Claim;
pub use entry::{Draft, Entry, Route, Unfit, Unreadable};
pub use follow::{
    Applied, Batch, Follow, FollowConfig, Followed, Following, Operate, PeerSource, Projection, ReadAfter, Reconciled,
    Source, discard_rows,
};
pub use rewrite::{entries_at, rewrite};
pub use tail::{Page, read_page};
pub use timer::Timer;
pub use token::ReadToken;
pub use told::{Told, told};

use tenure_store::{MigrationTrait, SqlMigration};

/// The tables of the journal, its followers and timers; first in every service's list.
#[must_use]
pub fn migration() -> Box<dyn MigrationTrait> {
    SqlMigration::boxed("m20261122_000000_journal", include_str!("migrations/m1_journal.sql"))
}
