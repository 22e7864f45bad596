//! The work of a load client: touchpoints that follow from a seed, so that what was said under an id is known for ever.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tenure_proto::collector::v1::{IdentifierKind, SubjectAttributes, Touchpoint};

use crate::touchpoints::{purchase, with_attributes, with_identifier};

/// Customers of each source; few, so that persons have many touchpoints.
const KEYS: u64 = 25;

/// What is said under an event id.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The event id.
    pub event_id: String,
    /// The source.
    pub source: String,
    /// The primary subject's key in the source.
    pub key: String,
    /// How much was bought for.
    pub cents: i64,
    /// The whole of it, as it is sent.
    pub touchpoint: Touchpoint,
}

/// The nth touchpoint of a seed: a purchase, often with an e-mail that other sources know too, sometimes with a name.
#[must_use]
pub fn said(seed: u64, n: u64) -> Said {
    let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(n));
    let source = ["shop", "crm", "desk"][random.random_range(0..3)].to_owned();
    let customer = random.random_range(0..KEYS);
    let (event_id, key) = (format!("{seed}-{n}"), format!("{}{customer}", &source[..1]));
    let (day, cents) = (random.random_range(0..200), random.random_range(100..99_999));
    let mut touchpoint = purchase(&source, &event_id, &key, day, cents);
    if random.random_ratio(1, 4) {
        touchpoint = with_identifier(touchpoint, IdentifierKind::Email, &format!("c{}@example.nl", customer / 2));
    }
    if random.random_ratio(1, 8) {
        let family_name = format!("Naam{}", random.random_range(0..9));
        touchpoint = with_attributes(touchpoint, SubjectAttributes { family_name, ..SubjectAttributes::default() });
    }
    Said { event_id, source, key, cents, touchpoint }
}
