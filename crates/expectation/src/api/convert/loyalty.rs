//! Drivers of loyalty on the wire.

use tenure_kernel::{PromiseId, Refusal, Timestamp};
use tenure_proto::expectation::v1::{
    self as pb, LoyaltyDriverKind as Kind, get_loyalty_drivers_request::By, loyalty_evidence,
};
use tenure_server::{Violations, page_size, wire};

use super::field;
use crate::{
    app::{ListGroupLoyaltyDrivers, Paged, person::Who},
    domain::{
        group_loyalty::{LEAST, Sum},
        loyalty::{Basis, Driver, Drivers, Evidence},
    },
    store::loyalty_sum::Group,
};

/// What each driver may rest on.
const BASES: [(Kind, &[Basis]); 4] = [
    (Kind::Satisfaction, &[Basis::Answers, Basis::Experiences]),
    (Kind::BrandGap, &[Basis::Claims]),
    (Kind::SwitchingCost, &[Basis::Agreements]),
    (Kind::PersonalBond, &[Basis::Contacts]),
];

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

pub(crate) fn list_group_loyalty_drivers(
    request: pb::ListGroupLoyaltyDriversRequest,
) -> Result<ListGroupLoyaltyDrivers, Refusal> {
    let mut wrong = Violations::new();
    let page_size = wrong.take(page_size(request.page_size, 100, 500));
    let Some(page_size) = page_size else { return Err(Refusal::fields(wrong.into_inner())) };
    Ok(ListGroupLoyaltyDrivers { page_size, page_token: request.page_token, read_after: request.read_after })
}

/// Only groups that are large enough. Of those that nobody is left in there is nothing to withhold.
pub(crate) fn list_group_loyalty_drivers_response(page: Paged<Group>) -> pb::ListGroupLoyaltyDriversResponse {
    let customers = |(_, sums): &Group| sums.get(&None::<Basis>).map_or(0, |all| all.customers);
    let withheld = page.items.iter().filter(|group| (1..LEAST).contains(&customers(group))).count();
    let groups = page.items.iter().filter(|group| customers(group) >= LEAST).map(|group| pb::LoyaltyGroup {
        product_code: group.0.clone(),
        customers: customers(group),
        drivers: BASES.iter().map(|(kind, bases)| group_driver(*kind, bases, group)).collect(),
    });
    pb::ListGroupLoyaltyDriversResponse {
        groups: groups.collect(),
        next_page_token: page.next_page_token,
        withheld_groups: i32::try_from(withheld).unwrap_or(i32::MAX),
    }
}

fn group_driver(kind: Kind, bases: &[Basis], (_, sums): &Group) -> pb::LoyaltyGroupDriver {
    let mut all = Sum::default();
    let mut counts = Vec::new();
    for (basis, sum) in bases.iter().filter_map(|basis| Some((*basis, sums.get(&Some(*basis))?))) {
        all.add(*sum, 1);
        if sum.customers > 0 {
            let basis = basis_kind(basis).into();
            counts.push(pb::LoyaltyBasisCount { basis, customers: sum.customers, facts: sum.facts });
        }
    }
    let kind = kind.into();
    let Some(spread) = all.spread() else {
        return pb::LoyaltyGroupDriver { kind, ..pb::LoyaltyGroupDriver::default() };
    };
    pb::LoyaltyGroupDriver {
        kind,
        customers: Some(all.customers),
        mean: Some(spread.mean),
        standard_deviation: Some(spread.deviation),
        mean_half_width: Some(spread.half_width),
        low_share: Some(spread.low_share),
        high_share: Some(spread.high_share),
        bases: counts,
    }
}

fn basis_kind(basis: Basis) -> pb::LoyaltyBasis {
    match basis {
        Basis::Answers => pb::LoyaltyBasis::SurveyAnswers,
        Basis::Experiences => pb::LoyaltyBasis::Experiences,
        Basis::Claims => pb::LoyaltyBasis::AdvertisedPromises,
        Basis::Agreements => pb::LoyaltyBasis::Agreements,
        Basis::Contacts => pb::LoyaltyBasis::Contacts,
    }
}
