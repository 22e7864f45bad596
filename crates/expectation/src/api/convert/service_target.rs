//! The firm's own targets on the wire.

use std::time::Duration;

use tenure_kernel::{Reason, Refusal, Timestamp};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, wire};

use super::field;
use crate::domain::{
    calendar::hours::{BadHours, BusinessHours},
    clock::service::{Goal, ServiceClock, ServiceTarget},
};

const MOST_INTERVALS: usize = 70;
const MOST_WITHIN: i64 = 366 * 86_400;
const MINUTES_A_DAY: i32 = 1_440;

type Week = [Vec<(u16, u16)>; 7];

/// Reads what is to be defined. What answers alone have is left out.
pub(crate) fn define_service_target(request: pb::DefineServiceTargetRequest) -> Result<pb::ServiceTarget, Refusal> {
    let mut wrong = Violations::new();
    let Some(definition) = wrong.required("definition", request.definition) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let definition = pb::ServiceTarget { version: 0, define_time: None, ..definition };
    field::code(&mut wrong, "definition.service_target_code", &definition.service_target_code);
    match pb::ServiceGoal::try_from(definition.goal) {
        Ok(pb::ServiceGoal::Unspecified) => drop(wrong.required("definition.goal", None::<()>)),
        Ok(_) => {}
        Err(_) => drop(wrong.push("definition.goal", Reason::FieldMalformed, "no such goal")),
    }
    let within = wrong.required("definition.within", definition.within);
    if within.is_some_and(|within| within.nanos < 0 || !(1..=MOST_WITHIN).contains(&within.seconds)) {
        wrong.push("definition.within", Reason::FieldOutOfRange, "not from a second to 366 days");
    }
    hours(&mut wrong, &definition);
    wrong.finish()?;
    let within = within.map(|within| prost_types::Duration { nanos: 0, ..within });
    Ok(pb::ServiceTarget { within, ..definition })
}

/// Notes what is wrong with zone, calendar and hours.
fn hours(wrong: &mut Violations, definition: &pb::ServiceTarget) {
    let field = "definition.hours";
    match definition.hours.len() {
        0 => drop(wrong.push(field, Reason::FieldRequired, format!("1 to {MOST_INTERVALS} are needed"))),
        count if count > MOST_INTERVALS => {
            wrong.push(field, Reason::FieldTooLong, format!("{count}; at most {MOST_INTERVALS} are allowed"));
        }
        _ => {}
    }
    for (number, one) in definition.hours.iter().take(MOST_INTERVALS).enumerate() {
        let mut odd = |name: &str, why: &'static str| {
            wrong.push(format!("{field}[{number}].{name}"), Reason::FieldOutOfRange, why);
        };
        if !(1..=7).contains(&one.weekday) {
            odd("weekday", "not from 1 to 7");
        }
        if !(0..MINUTES_A_DAY).contains(&one.from_minute) {
            odd("from_minute", "not from 0 to 1439");
        }
        if one.until_minute > MINUTES_A_DAY || one.until_minute <= one.from_minute {
            odd("until_minute", "not after from_minute, up to 1440");
        }
    }
    for (name, text) in [("time_zone", &definition.time_zone), ("calendar_code", &definition.calendar_code)] {
        if text.is_empty() {
            wrong.required(format!("definition.{name}"), None::<()>);
        }
    }
    let unknown = business_hours(definition).err().unwrap_or_default().into_iter().filter_map(|bad| match bad {
        BadHours::Unknown(unknown) if !unknown.name.is_empty() => Some(unknown.what),
        _ => None,
    });
    for what in unknown {
        let name = if what == "calendar" { "calendar_code" } else { "time_zone" };
        wrong.push(format!("definition.{name}"), Reason::FieldMalformed, format!("there is no such {what}"));
    }
}

fn business_hours(definition: &pb::ServiceTarget) -> Result<BusinessHours, Vec<BadHours>> {
    let mut week = Week::default();
    for one in &definition.hours {
        let day = usize::try_from(one.weekday - 1).ok().and_then(|weekday| week.get_mut(weekday));
        let minutes = u16::try_from(one.from_minute).ok().zip(u16::try_from(one.until_minute).ok());
        if let (Some(day), Some(minutes)) = (day, minutes) {
            day.push(minutes);
        }
    }
    BusinessHours::new(&definition.time_zone, &definition.calendar_code, week.each_ref().map(Vec::as_slice))
}

/// The targets that were defined. What can't be read was never defined.
pub(crate) fn targets(definitions: &[pb::ServiceTarget]) -> Vec<ServiceTarget> {
    definitions.iter().filter_map(target).collect()
}

fn target(definition: &pb::ServiceTarget) -> Option<ServiceTarget> {
    let goal = match definition.goal() {
        pb::ServiceGoal::Unspecified => return None,
        pb::ServiceGoal::Acknowledge => Goal::Acknowledge,
        pb::ServiceGoal::Respond => Goal::Respond,
    };
    Some(ServiceTarget {
        code: definition.service_target_code.clone(),
        version: definition.version,
        goal,
        hours: business_hours(definition).ok()?,
        within: Duration::from_secs(u64::try_from(definition.within.as_ref()?.seconds).ok()?),
        pauses: definition.pauses_for_customer,
        retired: definition.retired,
        defined_at: definition.define_time.as_ref().and_then(wire::timestamp)?,
    })
}

/// When the first of them is due that is still to be met, and does not stand still.
pub(super) fn next_due(clocks: &[ServiceClock]) -> Option<Timestamp> {
    let open = |clock: &&ServiceClock| clock.stopped_at.is_none() && clock.stands_since.is_none() && !clock.done;
    clocks.iter().filter(open).map(|clock| clock.due).min()
}

/// How a complaint stands against a target. Nothing of it changes while nothing happens.
pub(super) fn clock(clock: &ServiceClock, now: Timestamp) -> pb::ServiceClock {
    let goal = match clock.goal {
        Goal::Acknowledge => pb::ServiceGoal::Acknowledge,
        Goal::Respond => pb::ServiceGoal::Respond,
    };
    let stands = clock.stands_since.is_some();
    let warned = clock.warn_at.iter().filter(|(_, at)| *at <= now).map(|(percent, _)| *percent).max();
    pb::ServiceClock {
        service_target_code: clock.code.clone(),
        version: clock.version,
        goal: goal.into(),
        origin_time: Some(wire::to_wire(clock.origin)),
        due_time: (!stands).then(|| wire::to_wire(clock.due)),
        pause_time: clock.stands_since.map(wire::to_wire),
        left: stands.then(|| duration(clock.left)),
        paused: Some(duration(clock.paused)),
        illegitimate: Some(duration(clock.illegitimate)),
        meet_time: clock.met_at.map(wire::to_wire),
        miss_time: clock.missed_at.map(wire::to_wire),
        stop_time: clock.stopped_at.map(wire::to_wire),
        warn_percent: warned.unwrap_or_default().into(),
        calendar_version: clock.calendar_version.clone(),
        trace: clock.trace.clone(),
    }
}

fn duration(long: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(long.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(long.subsec_nanos()).unwrap_or_default(),
    }
}
