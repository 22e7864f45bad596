//! Drivers of loyalty on the wire.

use tenure_kernel::{PromiseId, Refusal, Timestamp};
use tenure_proto::expectation::v1::{
    self as pb, LoyaltyDriverKind as Kind, get_loyalty_drivers_request::By, loyalty_evidence,
};
use tenure_server::{Violations, wire};

use super::field;
use crate::{
    app::person::Who,
    domain::loyalty::{Driver, Drivers, Evidence},
};

pub(crate) fn get_loyalty_drivers(request: &pb::GetLoyaltyDriversRequest) -> Result<Who, Refusal> {
    let mut wrong = Violations::new();
    let by = request.by.as_ref().map(|by| match by {
        By::PersonId(text) => field::By::Person(text),
        By::RecordId(text) => field::By::Record(text),
    });
    field::who(&mut wrong, by).ok_or_else(|| Refusal::fields(wrong.into_inner()))
}

pub(crate) fn get_loyalty_drivers_response(
    (person_id, drivers, at): (String, Drivers, Timestamp),
) -> pb::GetLoyaltyDriversResponse {
    let drivers = [
        (Kind::Satisfaction, drivers.satisfaction),
        (Kind::BrandGap, drivers.brand_gap),
        (Kind::SwitchingCost, drivers.switching_cost),
        (Kind::PersonalBond, drivers.personal_bond),
    ];
    let drivers = drivers.into_iter().map(|(kind, driver)| message(kind, driver)).collect();
    pb::GetLoyaltyDriversResponse { person_id, drivers, as_of: Some(wire::to_wire(at)) }
}

fn message(kind: Kind, driver: Option<Driver>) -> pb::LoyaltyDriver {
    let Some(driver) = driver else { return pb::LoyaltyDriver { kind: kind.into(), ..pb::LoyaltyDriver::default() } };
    let evidence = driver.evidence.into_iter().map(|evidence| pb::LoyaltyEvidence {
        by: Some(match evidence {
            Evidence::Touchpoint(id) => loyalty_evidence::By::TouchpointId(id.to_string()),
            Evidence::Promise(id) => loyalty_evidence::By::PromiseId(PromiseId(id.0).to_string()),
        }),
    });
    pb::LoyaltyDriver {
        kind: kind.into(),
        value: Some(driver.value),
        confidence: driver.confidence,
        evidence: evidence.collect(),
    }
}
