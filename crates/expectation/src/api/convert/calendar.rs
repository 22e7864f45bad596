//! Calendars on the wire.

use std::collections::BTreeSet;

use jiff::civil::Date;
use tenure_kernel::{Reason, Refusal};
use tenure_proto::expectation::v1 as pb;
use tenure_server::Violations;

use crate::domain::calendar::working::{CalendarName, Calendars};

/// Days of a kind at most.
const MOST_DAYS: usize = 1_000;

/// Reads what is to be defined: its days in order, each once.
pub(crate) fn define_calendar(request: pb::DefineCalendarRequest) -> Result<pb::CalendarDefinition, Refusal> {
    let mut wrong = Violations::new();
    let Some(definition) = wrong.required("definition", request.definition) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    if CalendarName::of_code(&definition.calendar_code).is_err() {
        wrong.push("definition.calendar_code", Reason::FieldMalformed, "there is no such calendar");
    }
    let off = days(&mut wrong, "off_days", &definition.off_days);
    let working = days(&mut wrong, "working_days", &definition.working_days);
    if !off.is_disjoint(&working) {
        wrong.push("definition.working_days", Reason::FieldNotAllowed, "a day is off too");
    }
    wrong.finish()?;
    let texts = |days: BTreeSet<Date>| days.iter().map(Date::to_string).collect();
    let calendar_code = definition.calendar_code;
    Ok(pb::CalendarDefinition {
        calendar_code,
        off_days: texts(off),
        working_days: texts(working),
        ..pb::CalendarDefinition::default()
    })
}

fn days(wrong: &mut Violations, field: &str, texts: &[String]) -> BTreeSet<Date> {
    if texts.len() > MOST_DAYS {
        let many = format!("{}; at most {MOST_DAYS} are allowed", texts.len());
        wrong.push(format!("definition.{field}"), Reason::FieldTooLong, many);
        return BTreeSet::new();
    }
    let mut days = BTreeSet::new();
    for (number, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(day) => drop(days.insert(day)),
            Err(_) => {
                let name = format!("definition.{field}[{number}]");
                wrong.push(name, Reason::FieldMalformed, "not a day, such as 2029-04-30");
            }
        }
    }
    days
}

/// The calendars with what was defined of them. What can't be read was never defined.
pub(crate) fn calendars(definitions: &[pb::CalendarDefinition]) -> Calendars {
    definitions.iter().fold(Calendars::default(), |all, one| {
        let days = |texts: &[String]| texts.iter().filter_map(|text| text.parse().ok()).collect::<Vec<Date>>();
        all.overridden(&one.calendar_code, &days(&one.off_days), &days(&one.working_days)).unwrap_or(all)
    })
}

/// A definition with its version and source.
pub(crate) fn described(definition: &pb::CalendarDefinition) -> pb::CalendarDefinition {
    let Ok(name) = CalendarName::of_code(&definition.calendar_code) else { return definition.clone() };
    let version = calendars(std::slice::from_ref(definition)).get(name).version().to_owned();
    pb::CalendarDefinition { version, source: name.source().to_owned(), ..definition.clone() }
}

/// All calendars.
pub(crate) fn describe_calendars(definitions: &[pb::CalendarDefinition]) -> pb::DescribeCalendarsResponse {
    let one = |name: CalendarName| {
        let defined = definitions.iter().find(|one| one.calendar_code == name.code()).cloned();
        let built_in = || pb::CalendarDefinition { calendar_code: name.code().to_owned(), ..Default::default() };
        described(&defined.unwrap_or_else(built_in))
    };
    pb::DescribeCalendarsResponse { calendars: CalendarName::ALL.map(one).to_vec() }
}
