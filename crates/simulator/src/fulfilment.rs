//! An order and what follows from it: delivery, return, refund, survey.

use crate::{
    event::{DeliveryStep, Happening},
    journey::Journey,
    records::Source,
    service,
    settings::DAY,
};

const HOUR: i64 = 3_600;
const MINUTE: i64 = 60;

/// How many deliveries come late.
const LATE: f64 = 0.12;
/// How many orders are sent back.
const RETURNED: f64 = 0.07;
/// How many customers are asked how it was.
const SURVEYED: f64 = 0.2;

/// A purchase with all that follows.
pub(crate) fn order(journey: &mut Journey<'_>, order: u32, at: i64, minor_units: i64) {
    let source = journey.till();
    if source == Source::Webshop && journey.rng.chance(0.3) {
        let pages = journey.rng.between(2, 40) as i32;
        journey.push(at - 4 * MINUTE, source, Happening::Browsed { pages });
    }
    journey.push(at, source, Happening::Ordered { order, minor_units });
    let late = journey.rng.chance(LATE);
    let delivered = deliver(journey, source, order, at, late);
    if late {
        service::after_late_delivery(journey, order, delivered);
    }
    if journey.rng.chance(RETURNED) {
        send_back(journey, source, order, delivered, minor_units);
    }
    if journey.rng.chance(SURVEYED) {
        survey(journey, source, order, delivered, late);
    }
}

/// Promises the end of the afternoon two to four days on, and keeps or breaks it. Returns when it was delivered.
fn deliver(journey: &mut Journey<'_>, source: Source, order: u32, at: i64, late: bool) -> i64 {
    let promised_at = at - at.rem_euclid(DAY) + journey.rng.between(2, 4) * DAY + 18 * HOUR;
    let delivered = if late {
        promised_at + journey.rng.between(2 * HOUR, 4 * DAY)
    } else {
        promised_at - journey.rng.between(0, 10 * HOUR)
    };
    let shipped = at + journey.rng.between(2 * HOUR, 24 * HOUR);
    let mut push = |at, step| journey.push(at, source, Happening::Delivery { order, step, promised_at });
    push(at + MINUTE, DeliveryStep::Promised);
    push(shipped, DeliveryStep::Shipped);
    push(delivered, DeliveryStep::Delivered);
    if late && journey.rng.chance(0.5) {
        let noticed = promised_at - journey.rng.between(HOUR, 6 * HOUR);
        journey.push(noticed, source, Happening::Delivery { order, step: DeliveryStep::Delayed, promised_at });
    }
    delivered
}

/// Everything, or a part, goes back within ten days; the money follows.
fn send_back(journey: &mut Journey<'_>, source: Source, order: u32, delivered: i64, minor_units: i64) {
    let asked = delivered + journey.rng.between(DAY, 10 * DAY);
    let received = asked + journey.rng.between(2 * DAY, 6 * DAY);
    let refunded = received + journey.rng.between(DAY, 12 * DAY);
    let whole = journey.rng.chance(0.7);
    let minor_units = if whole { minor_units } else { journey.rng.between(1, minor_units) };
    journey.push(asked, source, Happening::Returned { order, received: false });
    journey.push(received, source, Happening::Returned { order, received: true });
    journey.push(refunded, source, Happening::Refunded { order, minor_units });
}

fn survey(journey: &mut Journey<'_>, source: Source, order: u32, delivered: i64, late: bool) {
    let sent = delivered + DAY;
    journey.push(sent, source, Happening::Survey { order, score: None });
    if journey.rng.chance(0.35) {
        let score = if late { journey.rng.between(0, 7) } else { journey.rng.between(6, 10) };
        let answered = sent + journey.rng.between(5 * MINUTE, 3 * DAY);
        journey.push(answered, source, Happening::Survey { order, score: Some(score as i32) });
    }
}
