//! Claims: to be the one who acts on what was read, without a lock.

use tenure_kernel::{Tenant, Timestamp};
use tenure_store::{Query, StoreError, Tx, Value};

/// A timer, as it must stand if what was read of its matter still holds. Whoever changes the matter sets the timer to be due, so that a
/// claim is good once: taking it does the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Whose.
    pub tenant: Tenant,
    /// The timer's id.
    pub id: [u8; 16],
    /// The timer's payload: tells what was read from what was read before and after.
    pub payload: Vec<u8>,
    /// The timer is not due at this moment.
    pub at: Timestamp,
}

impl Claim {
    /// Takes it: whether it was good. Then nobody else changes the matter until the transaction ends, and the timer is due at once.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn take(&self, tx: &Tx) -> Result<bool, StoreError> {
        let (sql, values) = self.statement();
        Ok(tx.execute(sql, values).await? > 0)
    }

    pub(crate) fn statement(&self) -> (&'static str, Vec<Value>) {
        // Asked again of the row that is changed: it may have been moved meanwhile. By nothing that the index of what is due answers: to PostgreSQL,
        // which counts now and then, few timers lie ahead, and it would go through all that do.
        let sql = "UPDATE timer SET due_at = 0 WHERE tenant = ? AND timer_id = ? AND payload = ? AND due_at + 0 > ?";
        let values =
            vec![self.tenant.as_str().into(), self.id.to_vec().into(), self.payload.clone().into(), self.at.0.into()];
        (sql, values)
    }
}
