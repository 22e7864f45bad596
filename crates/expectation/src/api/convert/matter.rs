//! Matters on the wire.

use tenure_proto::{collector::v1::Correlation, expectation::v1 as pb};

use crate::domain::promise::{Matter, MatterKind};

/// A matter, if its reference is given.
pub(crate) fn named(kind: MatterKind, reference: &str) -> Option<Matter> {
    (!reference.is_empty()).then(|| Matter { kind, reference: reference.to_owned() })
}

/// What references point at, as regards an attribute: a complaint about an order is about the complaint.
pub(crate) fn of_references(refs: &Correlation, attribute: &str) -> Option<Matter> {
    let case = named(MatterKind::Case, &refs.case_ref);
    let claim = named(MatterKind::Claim, &refs.claim_ref);
    let order = named(MatterKind::Order, &refs.order_ref);
    let contract = named(MatterKind::Contract, &refs.contract_ref);
    match attribute {
        "case_answer" | "complaint_answer" | "appointment" => case.or(claim).or(order).or(contract),
        "claim_decision" | "payout_amount" => claim.or(case).or(contract).or(order),
        "onboarding" => contract.or(order).or(case).or(claim),
        _ => order.or(claim).or(case).or(contract),
    }
}

pub(crate) fn message(matter: &Matter) -> pb::Matter {
    let kind = match matter.kind {
        MatterKind::Order => pb::matter::Kind::Order,
        MatterKind::Contract => pb::matter::Kind::Contract,
        MatterKind::Claim => pb::matter::Kind::Claim,
        MatterKind::Case => pb::matter::Kind::Case,
        MatterKind::Promise => pb::matter::Kind::Promise,
        MatterKind::Event => pb::matter::Kind::Event,
    };
    pb::Matter { kind: kind.into(), reference: matter.reference.clone() }
}

/// A matter that we wrote.
pub(crate) fn read(matter: &pb::Matter) -> Option<Matter> {
    let kind = match matter.kind() {
        pb::matter::Kind::Unspecified => return None,
        pb::matter::Kind::Order => MatterKind::Order,
        pb::matter::Kind::Contract => MatterKind::Contract,
        pb::matter::Kind::Claim => MatterKind::Claim,
        pb::matter::Kind::Case => MatterKind::Case,
        pb::matter::Kind::Promise => MatterKind::Promise,
        pb::matter::Kind::Event => MatterKind::Event,
    };
    Some(Matter { kind, reference: matter.reference.clone() })
}
