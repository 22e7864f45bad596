//! What goes wrong with keys.

use tenure_kernel::Refusal;
use tenure_store::StoreError;

/// A keyring error.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The database can't be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key-encryption key can't be had.
    #[error("key-encryption key: {0}")]
    Kek(String),
    /// A stored key was not wrapped under this key-encryption key, or was altered.
    #[error("a stored key can't be unwrapped; is this the key-encryption key of this database?")]
    Unwrap,
}

impl From<KeyringError> for StoreError {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Store(error) => error,
            other => Self::Place(other.to_string()),
        }
    }
}

impl From<KeyringError> for Refusal {
    fn from(error: KeyringError) -> Self {
        StoreError::from(error).into()
    }
}
