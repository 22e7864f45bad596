//! Systemic causes on the wire.

use jiff::{ToSpan, civil::date};
use tenure_kernel::{Reason, Refusal};
use tenure_proto::expectation::v1 as pb;
use tenure_server::{Violations, page_size};

use crate::{
    app::{Examined, ListAffectedCustomers, ListSystemicCauses, Paged},
    domain::systemic::{
        cause::{Cause, CauseKind},
        finding::{Finding, Week},
    },
    store::person_cause::Affected,
};

const USUAL_DAYS: i32 = 7;
const MOST_DAYS: i32 = 56;
/// Codes of attributes and products, in bytes.
const MOST_BYTES: usize = 64;

pub(crate) fn list_systemic_causes(request: pb::ListSystemicCausesRequest) -> Result<ListSystemicCauses, Refusal> {
    let mut wrong = Violations::new();
    let as_of = wrong.timestamp("as_of_time", request.as_of_time.as_ref());
    let page_size = wrong.take(page_size(request.page_size, 100, 500));
    let (Some(page_size), true) = (page_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    Ok(ListSystemicCauses { as_of, page_size, page_token: request.page_token, read_after: request.read_after })
}

pub(crate) fn list_systemic_causes_response(examined: Examined) -> pb::ListSystemicCausesResponse {
    pb::ListSystemicCausesResponse {
        causes: examined.page.items.into_iter().map(finding).collect(),
        next_page_token: examined.page.next_page_token,
        examined: i64::try_from(examined.causes).unwrap_or(i64::MAX),
        limits_version: examined.limits.version.to_owned(),
    }
}

pub(crate) fn list_affected_customers(
    request: pb::ListAffectedCustomersRequest,
) -> Result<ListAffectedCustomers, Refusal> {
    let mut wrong = Violations::new();
    let cause = wrong.required("cause", request.cause).and_then(|one| cause(&mut wrong, "cause", one));
    let as_of = wrong.timestamp("as_of_time", request.as_of_time.as_ref());
    let days = match request.days {
        0 => USUAL_DAYS,
        days => days,
    };
    if !(1..=MOST_DAYS).contains(&days) {
        wrong.push("days", Reason::FieldOutOfRange, format!("must be 1 to {MOST_DAYS}, or 0 for {USUAL_DAYS}"));
    }
    let page_size = wrong.take(page_size(request.page_size, 100, 500));
    let (Some(cause), Some(page_size), true) = (cause, page_size, wrong.is_empty()) else {
        return Err(Refusal::fields(wrong.into_inner()));
    };
    let (page_token, read_after) = (request.page_token, request.read_after);
    Ok(ListAffectedCustomers { cause, as_of, days, page_size, page_token, read_after })
}

/// A kind of promise that was broken.
pub(super) fn cause(wrong: &mut Violations, field: &str, cause: pb::Cause) -> Option<Cause> {
    if cause.kind() == pb::CauseKind::Complaint {
        let why = "who complained was not silent: ask by the promise";
        wrong.push(format!("{field}.kind"), Reason::FieldNotAllowed, why);
    }
    any_cause(wrong, field, cause)
}

/// Anything that goes wrong.
pub(super) fn any_cause(wrong: &mut Violations, field: &str, cause: pb::Cause) -> Option<Cause> {
    let of = |name: &str| format!("{field}.{name}");
    let kind = match cause.kind() {
        pb::CauseKind::Unspecified => {
            wrong.push(of("kind"), Reason::FieldRequired, "required, and one that is known");
            None
        }
        pb::CauseKind::Promise => Some(CauseKind::Promise),
        pb::CauseKind::Complaint => Some(CauseKind::Complaint),
    };
    wrong.text(of("code"), &cause.code, MOST_BYTES);
    if !cause.product_code.is_empty() {
        wrong.text(of("product_code"), &cause.product_code, MOST_BYTES);
    }
    Some(Cause { kind: kind?, code: cause.code, product: cause.product_code })
}

pub(crate) fn list_affected_customers_response(page: Paged<Affected>) -> pb::ListAffectedCustomersResponse {
    let customers = page.items.into_iter().map(|one| pb::AffectedCustomer {
        person_id: one.person.to_string(),
        count: one.count,
        last_date: date(1970, 1, 1).saturating_add(one.last_day.days()).to_string(),
    });
    pb::ListAffectedCustomersResponse { customers: customers.collect(), next_page_token: page.next_page_token }
}

fn finding(found: Finding) -> pb::SystemicCause {
    let kind = match found.cause.kind {
        CauseKind::Promise => pb::CauseKind::Promise,
        CauseKind::Complaint => pb::CauseKind::Complaint,
    };
    pb::SystemicCause {
        cause: Some(pb::Cause { kind: kind.into(), code: found.cause.code, product_code: found.cause.product }),
        spike: found.surprise.alert,
        drift: found.drift,
        count: count(found.week.count),
        exposure: count(found.week.exposure),
        expected_count: found.surprise.expected,
        ratio: found.surprise.ratio,
        chance: found.surprise.chance,
        other_products: found.others.into_iter().map(other).collect(),
        incident_codes: found.incidents,
    }
}

fn other((product_code, week): (String, Week)) -> pb::CauseCount {
    pb::CauseCount { product_code, count: count(week.count), exposure: count(week.exposure) }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
