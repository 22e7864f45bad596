//! Ids: 128 bits, shown as TypeIDs (a prefix and 26 characters of Crockford's base 32, lower case).

use std::{fmt, str::FromStr};

use ring::rand::SecureRandom;

use crate::clock::{Clock, SystemClock};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LENGTH: usize = 26;

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct NotAnId;

fn encode(prefix: &str, bytes: [u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let value = u128::from_be_bytes(bytes);
    let mut text = [0; TEXT_LENGTH];
    for (place, slot) in text.iter_mut().rev().enumerate() {
        *slot = ALPHABET[((value >> (5 * place)) & 31) as usize];
    }
    write!(f, "{prefix}_{}", str::from_utf8(&text).unwrap_or_default())
}

fn decode(prefix: &str, text: &str) -> Result<[u8; 16], NotAnId> {
    let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(NotAnId)?;
    // 26 characters hold 130 bits: the first may not exceed 7.
    if rest.len() != TEXT_LENGTH || rest.as_bytes()[0] > b'7' {
        return Err(NotAnId);
    }
    let mut value: u128 = 0;
    for letter in rest.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == letter).ok_or(NotAnId)?;
        value = (value << 5) | digit as u128;
    }
    Ok(value.to_be_bytes())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// What its text starts with.
            pub const PREFIX: &'static str = $prefix;

            /// From 16 bytes as they stand in a table or on the wire.
            ///
            /// # Errors
            /// When there are not 16.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, NotAnId> {
                bytes.try_into().map(Self).map_err(|_| NotAnId)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                encode($prefix, self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                decode($prefix, text).map(Self)
            }
        }
    };
}

id!(/** A source record: how one source system knows someone. */ RecordId, "record");
id!(/** A touchpoint, and the fact that it states. */ TouchpointId, "touchpoint");
id!(/** A person. */ PersonId, "person");
id!(/** An item in quarantine. */ QuarantineId, "quarantine");
id!(/** A fitted model. */ ModelId, "model");
id!(/** A promise made to a customer. */ PromiseId, "promise");
id!(/** A permit to send one survey. */ PermitId, "permit");
id!(/** A complaint. */ ComplaintId, "complaint");
id!(/** What a steward decided about who is who. */ DecisionId, "decision");
id!(/** Something that was stated of a customer's rights. */ RightId, "right");
id!(/** The erasure of a person. */ ErasureId, "erasure");
id!(/** A run over what has had its time. */ RetentionRunId, "retention");
id!(/** A read of sensitive data. */ ReadId, "read");
id!(/** A journal entry. */ EntryId, "entry");

/// Where new ids come from.
pub trait IdSource: Send + Sync {
    /// A new id, never given before.
    fn next(&self) -> [u8; 16];
}

/// UUIDs of version 7: 48 bits of milliseconds, then random.
#[derive(Debug)]
pub struct RandomIds(ring::rand::SystemRandom);

impl Default for RandomIds {
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl IdSource for RandomIds {
    fn next(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // A system without randomness can't mint ids or seal anything; the time alone still keeps ids apart.
        let _ = self.0.fill(&mut bytes);
        let millis = SystemClock.now().0 / 1_000;
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6] = 0x70 | (bytes[6] & 0x0f);
        bytes[8] = 0x80 | (bytes[8] & 0x3f);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spells_ids_as_the_typeid_specification_does() {
        let bytes = 0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881_u128.to_be_bytes();
        assert_eq!(PersonId(bytes).to_string(), "person_01h2xcejqtf2nbrexx3vqjhp41");
        assert_eq!(PersonId([0; 16]).to_string(), "person_00000000000000000000000000");
        assert_eq!(PersonId([255; 16]).to_string(), "person_7zzzzzzzzzzzzzzzzzzzzzzzzz");
    }

    #[test]
    fn refuses_what_is_not_an_id() {
        for text in [
            "",
            "person_",
            "record_01h2xcejqtf2nbrexx3vqjhp41",
            "person_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "person_01H2XCEJQTF2NBREXX3VQJHP41",
            "person_01h2xcejqtf2nbrexx3vqjhp4é",
            "person_01h2xcejqtf2nbrexx3vqjhp4u",
        ] {
            assert_eq!(text.parse::<PersonId>(), Err(NotAnId), "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_back_what_it_writes(bytes: [u8; 16]) {
            prop_assert_eq!(RecordId(bytes).to_string().parse::<RecordId>(), Ok(RecordId(bytes)));
        }
    }
}
