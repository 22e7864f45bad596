//! Calls and complaints.

use crate::{
    event::{CallStep, ComplaintStep, Happening},
    journey::Journey,
    records::Source,
    settings::DAY,
};

/// The calls of somebody whom the contact centre knows: one at least, as that is how it knows them.
pub(crate) fn calls(journey: &mut Journey<'_>, came: i64) {
    for number in 0..=journey.rng.poisson(0.5) {
        let at = journey.some_time_after(came);
        call(journey, at, None, number == 0);
    }
}

/// Some call about a late delivery, some complain.
pub(crate) fn after_late_delivery(journey: &mut Journey<'_>, order: u32, delivered: i64) {
    if journey.knows(Source::ContactCentre) && journey.rng.chance(0.35) {
        let at = delivered - journey.rng.between(0, DAY);
        call(journey, at, Some(order), false);
    }
    if journey.rng.chance(0.06) {
        let at = delivered + journey.rng.between(3_600, 4 * DAY);
        complain(journey, at);
    }
}

/// A call: a wait that some give up in, a talk, and one in ten of the unsolved ones ends in a complaint.
fn call(journey: &mut Journey<'_>, at: i64, order: Option<u32>, first: bool) {
    let source = Source::ContactCentre;
    let queued = Happening::Call { order, step: CallStep::Queued };
    if first {
        journey.found(at, source, queued);
    } else {
        journey.push(at, source, queued);
    }
    let wait = 5 + journey.rng.exponential(1.0 / 150.0) as i32;
    let answered = at + i64::from(wait);
    if wait > 300 && journey.rng.chance(0.5) {
        journey.push(answered, source, Happening::Call { order, step: CallStep::Abandoned { wait } });
        return;
    }
    let handle = 40 + journey.rng.exponential(1.0 / 280.0) as i32;
    let transfers = *journey.rng.pick(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 2]);
    let resolved = journey.rng.chance(if transfers == 0 { 0.85 } else { 0.6 });
    let ended = answered + i64::from(handle);
    journey.push(answered, source, Happening::Call { order, step: CallStep::Answered { wait } });
    let step = CallStep::Ended { handle, transfers, resolved };
    journey.push(ended, source, Happening::Call { order, step });
    if !resolved && journey.rng.chance(0.1) {
        complain(journey, ended);
    }
}

/// A complaint, answered within a fortnight: five working days were promised. Some get a small redress.
fn complain(journey: &mut Journey<'_>, at: i64) {
    let source = journey.desk();
    let number = journey.new_complaint();
    let promised_at = at + 7 * DAY;
    let redress = if journey.rng.chance(0.4) { journey.rng.between(500, 2_500) } else { 0 };
    let acknowledged = at + journey.rng.between(600, 2 * DAY);
    let decided = acknowledged + journey.rng.between(DAY, 12 * DAY);
    let mut push = |at, step| journey.push(at, source, Happening::Complaint { number, step, promised_at });
    push(at, ComplaintStep::Received);
    push(acknowledged, ComplaintStep::Acknowledged);
    push(decided, ComplaintStep::Decided { redress });
}
