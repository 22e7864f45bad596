//! Requests on rights.

use tenure_kernel::{ErasureId, PersonId, Reason, Refusal, Timestamp};
use tenure_proto::profile::v1 as pb;
use tenure_server::{Violations, page_size};

use crate::{
    app::{
        erase_person::ErasePerson,
        get_erasure::Receipt,
        state_right::{EndRight, StateRight},
    },
    domain::right::Kind,
};

const REQUEST_ID: usize = 128;
const CODE: usize = 64;

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn restrict(request: pb::RestrictPersonRequest, now: Timestamp) -> Result<StateRight, Refusal> {
    let pb::RestrictPersonRequest { request_id, person_id, ground_code, expire_time, read_after } = request;
    let said = Said { request_id, person_id, ground_code, read_after };
    said.until(Kind::Restriction, expire_time.as_ref(), now)
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn hold(request: pb::HoldPersonRequest, now: Timestamp) -> Result<StateRight, Refusal> {
    let pb::HoldPersonRequest { request_id, person_id, ground_code, expire_time, read_after } = request;
    let said = Said { request_id, person_id, ground_code, read_after };
    said.until(Kind::Hold, expire_time.as_ref(), now)
}

/// What requests to restrict and to hold have in common.
struct Said {
    request_id: String,
    person_id: String,
    ground_code: String,
    read_after: String,
}

impl Said {
    fn until(
        self,
        kind: Kind,
        expire_time: Option<&prost_types::Timestamp>,
        now: Timestamp,
    ) -> Result<StateRight, Refusal> {
        let mut violations = Violations::new();
        let person = asked_by(&mut violations, &self.request_id, &self.person_id);
        if violations.text("ground_code", &self.ground_code, CODE).is_some() && !is_code(&self.ground_code) {
            violations.push("ground_code", Reason::FieldMalformed, NO_CODE);
        }
        let expires_at = violations.timestamp("expire_time", expire_time);
        if expires_at.is_some_and(|at| at <= now) {
            violations.push("expire_time", Reason::FieldOutOfRange, "must be later than now");
        }
        let Self { request_id, ground_code: ground, read_after, .. } = self;
        let person = valid(person, violations)?;
        Ok(StateRight { request_id, kind, person, ground, expires_at, read_after })
    }
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn object(request: pb::ObjectToProfilingRequest) -> Result<StateRight, Refusal> {
    let mut violations = Violations::new();
    let person = asked_by(&mut violations, &request.request_id, &request.person_id);
    let purpose = if request.purpose_code.is_empty() { "profiling".to_owned() } else { request.purpose_code };
    if violations.text("purpose_code", &purpose, CODE).is_some() && !is_code(&purpose) {
        violations.push("purpose_code", Reason::FieldMalformed, NO_CODE);
    }
    let person = valid(person, violations)?;
    Ok(StateRight {
        request_id: request.request_id,
        kind: Kind::Objection(purpose),
        person,
        ground: String::new(),
        expires_at: None,
        read_after: request.read_after,
    })
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn end(request: pb::EndRightRequest) -> Result<EndRight, Refusal> {
    let mut violations = Violations::new();
    violations.text("request_id", &request.request_id, REQUEST_ID);
    let right = violations.id("right_id", &request.right_id);
    Ok(EndRight { request_id: request.request_id, right: valid(right, violations)? })
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn erase(request: pb::ErasePersonRequest) -> Result<ErasePerson, Refusal> {
    let mut violations = Violations::new();
    let person = asked_by(&mut violations, &request.request_id, &request.person_id);
    let person = valid(person, violations)?;
    Ok(ErasePerson { request_id: request.request_id, person, read_after: request.read_after })
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn erasure(request: &pb::GetErasureRequest) -> Result<ErasureId, Refusal> {
    let mut violations = Violations::new();
    let id = violations.id("erasure_id", &request.erasure_id);
    valid(id, violations)
}

/// # Errors
/// `FIELDS_INVALID`.
pub(crate) fn page(request: &pb::ListErasuresRequest) -> Result<usize, Refusal> {
    page_size(request.page_size, 100, 1_000).map_err(|wrong| Refusal::fields(vec![wrong]))
}

/// A receipt.
pub(crate) fn receipt(receipt: Receipt) -> pb::ErasureReceipt {
    let Receipt { document, signature, public_key } = receipt;
    pb::ErasureReceipt { erasure: document, signature, public_key }
}

fn asked_by(violations: &mut Violations, request_id: &str, person_id: &str) -> Option<PersonId> {
    violations.text("request_id", request_id, REQUEST_ID);
    violations.id("person_id", person_id)
}

const NO_CODE: &str = "takes letters, digits, '.', '-' and '_'";

fn is_code(text: &str) -> bool {
    text.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'.' | b'-' | b'_'))
}

fn valid<T>(found: Option<T>, violations: Violations) -> Result<T, Refusal> {
    match found {
        Some(found) => violations.finish().map(|()| found),
        None => Err(Refusal::fields(violations.into_inner())),
    }
}
