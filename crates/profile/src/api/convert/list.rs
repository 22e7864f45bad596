//! Requests for persons by segment and trait.

use prost::Message;
use tenure_kernel::{Reason, Refusal, money};
use tenure_proto::profile::v1::{self as pb, trait_value::Kind};
use tenure_server::{Violations, page_size};

use super::{definition::name, request::wanted};
use crate::{
    app::list_profiles::ListProfiles,
    domain::{
        condition::{Condition, TEXT},
        datum::Datum,
        person::Wanted,
    },
};

/// How many profiles a page has at most.
const PERSONS: usize = 100;

/// Whose profiles are to be listed, and what of them.
///
/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn list(request: pb::ListProfilesRequest) -> Result<(ListProfiles, Option<Wanted>), Refusal> {
    let mut wrong = Violations::new();
    let pb::ListProfilesRequest { segment, r#trait, descending, paths, page_size: size, page_token } = request;
    let filter = pb::ListProfilesRequest {
        segment: segment.clone(),
        r#trait: r#trait.clone(),
        descending,
        ..Default::default()
    };
    if !segment.is_empty() {
        name(&mut wrong, "segment", &segment);
    } else if r#trait.is_none() {
        wrong.push("segment", Reason::FieldRequired, "segment or trait is required");
    }
    if descending && r#trait.is_none() {
        wrong.push("descending", Reason::FieldNotAllowed, "only what is listed by a trait has an order");
    }
    let by = r#trait.map(|asked| condition(&mut wrong, asked));
    let wanted = wanted(&mut wrong, &paths);
    let size = match page_size(size, 50, PERSONS) {
        Ok(size) => size,
        Err(one) => {
            wrong.push(one.field, one.reason, one.description);
            0
        }
    };
    wrong.finish()?;
    let (segment, filter) = (Some(segment).filter(|segment| !segment.is_empty()), filter.encode_to_vec());
    Ok((ListProfiles { segment, by, descending, size, page_token, filter }, wanted))
}

fn condition(wrong: &mut Violations, asked: pb::TraitCondition) -> (String, Condition) {
    name(wrong, "trait.name", &asked.name);
    if asked.equal_to.is_some() && (asked.at_least.is_some() || asked.less_than.is_some()) {
        wrong.push("trait.equal_to", Reason::FieldNotAllowed, "goes with neither at_least nor less_than");
    }
    let mut bound = |field: &str, value: Option<pb::TraitValue>| datum(wrong, format!("trait.{field}"), value?);
    let equal_to = bound("equal_to", asked.equal_to);
    let condition = Condition {
        equal_to,
        at_least: bound("at_least", asked.at_least),
        less_than: bound("less_than", asked.less_than),
    };
    (asked.name, condition)
}

fn datum(wrong: &mut Violations, field: String, value: pb::TraitValue) -> Option<Datum> {
    let (reason, what) = match value.kind {
        None => (Reason::FieldRequired, "a value is required".to_owned()),
        Some(Kind::Number(number)) => match Datum::number(number) {
            Some(number) => return Some(number),
            None => (Reason::FieldMalformed, "must be finite".to_owned()),
        },
        Some(Kind::Money(money)) if money::is_currency(&money.currency_code) => {
            return Some(Datum::Money(money.minor_units, money.currency_code));
        }
        Some(Kind::Money(_)) => (Reason::CurrencyInvalid, "has no ISO 4217 code, such as \"EUR\"".to_owned()),
        Some(Kind::Duration(span)) => match micros(&span) {
            Some(micros) => return Some(Datum::Duration(micros)),
            None => (Reason::FieldOutOfRange, "is too long, or its parts have two signs".to_owned()),
        },
        Some(Kind::Time(at)) => return wrong.timestamp(field, Some(&at)).map(Datum::Time),
        Some(Kind::Text(text)) if text.len() <= TEXT => return Some(Datum::Text(text)),
        Some(Kind::Text(_)) => (Reason::FieldTooLong, format!("at most {TEXT} bytes are allowed")),
        Some(Kind::Truth(truth)) => return Some(Datum::Truth(truth)),
    };
    wrong.push(field, reason, what);
    None
}

/// A span of time, to the microsecond.
fn micros(span: &prost_types::Duration) -> Option<i64> {
    let nanos = i64::from(span.nanos);
    let one_sign = span.seconds == 0 || nanos == 0 || (span.seconds < 0) == (nanos < 0);
    let micros = span.seconds.checked_mul(1_000_000)?.checked_add(nanos / 1_000)?;
    (one_sign && nanos.abs() < 1_000_000_000).then_some(micros)
}
