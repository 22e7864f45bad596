//! Opaque read tokens.

use std::fmt::Write as _;

use prost::Message;
use tenure_kernel::{Reason, Refusal};
use tenure_proto::journal::v1 as pb;

/// A position in a journal that a read must have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadToken {
    /// The journal.
    pub journal: String,
    /// Its epoch.
    pub epoch: [u8; 16],
    /// The entry.
    pub sequence: i64,
}

impl ReadToken {
    /// As callers get it: hexadecimal, opaque.
    #[must_use]
    pub fn encode(&self) -> String {
        let token =
            pb::ReadToken { journal: self.journal.clone(), epoch: self.epoch.to_vec(), sequence: self.sequence };
        hex(&token.encode_to_vec())
    }

    /// As callers send it back; an empty text is no token.
    ///
    /// # Errors
    /// `READ_TOKEN_INVALID`.
    pub fn decode(text: &str) -> Result<Option<Self>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let invalid = || Refusal::new(Reason::ReadTokenInvalid, "the read token can't be read");
        let bytes = Some(text).filter(|text| text.len() <= 512).and_then(unhex).ok_or_else(invalid)?;
        let token = pb::ReadToken::decode(bytes.as_slice()).map_err(|_| invalid())?;
        let epoch = token.epoch.as_slice().try_into().map_err(|_| invalid())?;
        Ok(Some(Self { journal: token.journal, epoch, sequence: token.sequence }))
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Bytes from hexadecimal.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes_and_refuses_the_rest() {
        let token = ReadToken { journal: "collector".to_owned(), epoch: [3; 16], sequence: 77 };
        assert_eq!(ReadToken::decode(&token.encode()), Ok(Some(token)));
        assert_eq!(ReadToken::decode(""), Ok(None));
        for text in ["0", "zz", "é1", "00ff", &"00".repeat(300)] {
            assert_eq!(ReadToken::decode(text).expect_err("invalid").reason, Reason::ReadTokenInvalid, "{text}");
        }
    }
}
