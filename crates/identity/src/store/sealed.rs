//! What is sealed under a record's own data key, as one value: the nonce and the ciphertext.

use tenure_kernel::RecordId;
use tenure_keyring::DataKeys;
use tenure_proto::keyring::v1::Sealed;

/// How long a nonce is.
const NONCE: usize = 12;

/// Seals a value; `None` when the record's key is destroyed.
pub(crate) fn seal(keys: &DataKeys, record: RecordId, plain: &[u8]) -> Option<Vec<u8>> {
    let sealed = keys.seal(record.0, plain)?;
    Some([sealed.nonce, sealed.ciphertext].concat())
}

/// Opens a value; `None` when the record's key is destroyed, or the value is none.
pub(crate) fn open(keys: &DataKeys, record: RecordId, bytes: &[u8]) -> Option<Vec<u8>> {
    let (nonce, ciphertext) = bytes.split_at_checked(NONCE)?;
    keys.open(&Sealed { key_id: record.0.to_vec(), nonce: nonce.to_vec(), ciphertext: ciphertext.to_vec() })
}
