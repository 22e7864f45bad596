#![doc = include_str!("../README.md")]

mod changed;
mod erased;
mod everybody;
mod forgotten;
mod memberships;
mod restriction;
mod rights;

pub use changed::{Changed, Move, Redirect};
pub use erased::{erased, erased_among, remember};
pub use everybody::persons_after;
pub use forgotten::{FORGETTING, FORGOTTEN, Forgotten, forgotten};
pub use memberships::Memberships;
pub use restriction::{RestrictionStep, is_restricted};
pub use rights::{StatedRights, drop_rights, save_rights, stated};
use tenure_kernel::{RecordId, Tenant};
use tenure_store::{MigrationTrait, SqlMigration, Value};

/// The tables; in a service's list behind those of the journal.
#[must_use]
pub fn migration() -> Box<dyn MigrationTrait> {
    SqlMigration::boxed("m20261122_000000_records", include_str!("m1_records.sql"))
}

/// The table of what was stated of rights, for services that follow it; behind [`migration`].
#[must_use]
pub fn rights_migration() -> Box<dyn MigrationTrait> {
    SqlMigration::boxed("m20261122_000000_rights", include_str!("m2_rights.sql"))
}

/// Whose rows, of which generation.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The tenant.
    pub tenant: &'a Tenant,
    /// The generation that is written.
    pub generation: i64,
}

impl Scope<'_> {
    /// The first two values of every row and condition.
    #[must_use]
    pub fn values(&self) -> Vec<Value> {
        vec![self.tenant.as_str().into(), self.generation.into()]
    }
}

/// Records as keys of a look-up.
pub fn keys<'a>(records: impl IntoIterator<Item = &'a RecordId>) -> Vec<Vec<u8>> {
    records.into_iter().map(|record| record.0.to_vec()).collect()
}
