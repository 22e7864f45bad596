//! Incidents on the wire.

use jiff::civil::{Date, date};
use tenure_kernel::{Reason, Refusal};
use tenure_proto::expectation::v1 as pb;
use tenure_server::Violations;

use super::{field, systemic::any_cause};
use crate::domain::systemic::{cause::CauseKind, incident::Incident};

/// The most days that an incident takes.
const MOST_DAYS: i32 = 366;

/// Reads what is to be defined. What answers alone have is left out.
pub(crate) fn define_incident(request: pb::DefineIncidentRequest) -> Result<pb::Incident, Refusal> {
    let mut wrong = Violations::new();
    let Some(incident) = wrong.required("incident", request.incident) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    field::code(&mut wrong, "incident.incident_code", &incident.incident_code);
    if let Some(cause) = wrong.required("incident.cause", incident.cause.clone()) {
        any_cause(&mut wrong, "incident.cause", cause);
    }
    let first = day(&mut wrong, "incident.first_date", &incident.first_date);
    let last = day(&mut wrong, "incident.last_date", &incident.last_date);
    if let (Some(first), Some(last)) = (first, last)
        && !(0..MOST_DAYS).contains(&(last - first))
    {
        let why = format!("not from the first date on, {MOST_DAYS} days at most");
        wrong.push("incident.last_date", Reason::FieldOutOfRange, why);
    }
    wrong.finish()?;
    Ok(pb::Incident { define_time: None, ..incident })
}

fn day(wrong: &mut Violations, field: &str, text: &str) -> Option<i32> {
    if text.is_empty() {
        return wrong.required(field, None);
    }
    let day = since_1970(text);
    if day.is_none() {
        wrong.push(field, Reason::FieldMalformed, "not a day, such as 2026-04-30");
    }
    day
}

fn since_1970(text: &str) -> Option<i32> {
    let day: Date = text.parse().ok()?;
    date(1970, 1, 1).until(day).ok().map(|span| span.get_days())
}

/// Those that were not dismissed. What can't be read was never defined.
pub(crate) fn known(incidents: &[pb::Incident]) -> Vec<Incident> {
    let one = |incident: &pb::Incident| {
        let cause = incident.cause.as_ref()?;
        Some(Incident {
            name: incident.incident_code.clone(),
            kind: match cause.kind() {
                pb::CauseKind::Promise => CauseKind::Promise,
                pb::CauseKind::Complaint => CauseKind::Complaint,
                pb::CauseKind::Unspecified => return None,
            },
            code: cause.code.clone(),
            product: Some(cause.product_code.clone()).filter(|product| !product.is_empty()),
            first_day: since_1970(&incident.first_date)?,
            last_day: since_1970(&incident.last_date)?,
        })
    };
    incidents.iter().filter(|incident| !incident.dismissed).filter_map(one).collect()
}
