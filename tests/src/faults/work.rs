//! The work of a load client: touchpoints that follow from a seed, so that what was said under an id is known for ever.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tenure_proto::collector::v1::{
    Correlation, DeliveryDetail, IdentifierKind, SubjectAttributes, Touchpoint, TouchpointType, touchpoint::Detail,
};

use crate::touchpoints::{NEW_YEAR, purchase, touchpoint, with_attributes, with_identifier};

/// Customers of each source; few, so that persons have many touchpoints.
const KEYS: u64 = 25;
/// The sources.
pub const SOURCES: [&str; 3] = ["shop", "crm", "desk"];
/// No touchpoint is of a later day.
pub const DAYS: i64 = 200;
/// Orders of each customer that are to be delivered.
const ORDERS: u64 = 6;

/// What is said under an event id.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The event id.
    pub event_id: String,
    /// The source.
    pub source: String,
    /// The primary subject's key in the source.
    pub key: String,
    /// How much was bought for; none: what is said is about a delivery.
    pub cents: Option<i64>,
    /// The whole of it, as it is sent.
    pub touchpoint: Touchpoint,
}

/// The nth touchpoint of a seed: a purchase, or now and then the promise of a delivery or what became of it; often with an e-mail
/// that other sources know too, sometimes with a name.
#[must_use]
pub fn said(seed: u64, n: u64) -> Said {
    let mut random = StdRng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(n));
    let source = SOURCES[random.random_range(0..SOURCES.len())].to_owned();
    let customer = random.random_range(0..KEYS);
    let (event_id, key) = (format!("{seed}-{n}"), format!("{}{customer}", &source[..1]));
    let (day, bought) = (random.random_range(0..DAYS), random.random_range(100..99_999));
    let delivered = match random.random_range(0..10) {
        0 => Some(TouchpointType::DeliveryPromised),
        1 => Some(TouchpointType::DeliveryDelivered),
        _ => None,
    };
    let (mut touchpoint, cents) = match delivered {
        Some(kind) => {
            let order = format!("{}-{}", customer / 2, random.random_range(0..ORDERS));
            (delivery(touchpoint(kind, &source, &event_id, &key, day), order, day), None)
        }
        None => (purchase(&source, &event_id, &key, day, bought), Some(bought)),
    };
    if random.random_ratio(1, 4) {
        touchpoint = with_identifier(touchpoint, IdentifierKind::Email, &format!("c{}@example.nl", customer / 2));
    }
    if random.random_ratio(1, 8) {
        let family_name = format!("Naam{}", random.random_range(0..9));
        touchpoint = with_attributes(touchpoint, SubjectAttributes { family_name, ..SubjectAttributes::default() });
    }
    Said { event_id, source, key, cents, touchpoint }
}

/// The same about an order that was to be there on some day, or the day after.
fn delivery(touchpoint: Touchpoint, order_ref: String, day: i64) -> Touchpoint {
    let promised_time = Some(prost_types::Timestamp { seconds: NEW_YEAR + 86_400 * (day + 1), nanos: 0 });
    Touchpoint {
        correlation: Some(Correlation { order_ref, ..Correlation::default() }),
        detail: Some(Detail::Delivery(DeliveryDetail { promised_time, ..DeliveryDetail::default() })),
        ..touchpoint
    }
}
