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
    /// This is not the key-encryption key that the keyring's keys are wrapped under.
    #[error(
        "the keyring was written under another key-encryption key; put the file back that belongs to this database, or \
         everything sealed so far stays unreadable"
    )]
    OtherKek,
    /// The keyring has keys, but there is no key-encryption key.
    #[error(
        "{0}: not there, and the keyring has keys that only the lost key-encryption key opens; put its file back from a \
         backup. No new one is made"
    )]
    LostKek(String),
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
