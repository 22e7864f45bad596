//! Dissonance on the wire.

use tenure_kernel::{PromiseId, Refusal};
use tenure_proto::expectation::v1::{self as pb, get_dissonance_request::By};
use tenure_server::{Violations, wire};

use super::{field, matter, unit};
use crate::{
    app::person::Who,
    domain::{
        dissonance::{Assessment, Band, ProductScore},
        factor::Factor,
        weights::Weights,
    },
};

pub(crate) fn get_dissonance(request: &pb::GetDissonanceRequest) -> Result<Who, Refusal> {
    let mut wrong = Violations::new();
    let by = request.by.as_ref().map(|by| match by {
        By::PersonId(text) => field::By::Person(text),
        By::RecordId(text) => field::By::Record(text),
    });
    field::who(&mut wrong, by).ok_or_else(|| Refusal::fields(wrong.into_inner()))
}

pub(crate) fn get_dissonance_response(
    person_id: String,
    assessment: &Assessment,
    weights: &Weights,
) -> pb::GetDissonanceResponse {
    let mut products: Vec<&ProductScore> = assessment.products.iter().collect();
    products.sort_by(|one, other| other.score.total_cmp(&one.score));
    let missing = assessment.expectation_missing.iter().map(ToString::to_string);
    let dissonance = pb::Dissonance {
        person_id,
        score: assessment.score,
        band: band(assessment.band).into(),
        products: products.into_iter().map(|one| product(one, assessment, weights)).collect(),
        expectation_missing_touchpoint_ids: missing.collect(),
        weights_version: assessment.weights.to_owned(),
        as_of: Some(wire::to_wire(assessment.at)),
    };
    pb::GetDissonanceResponse { dissonance: Some(dissonance) }
}

pub(crate) fn band(band: Band) -> pb::DissonanceBand {
    match band {
        Band::Calm => pb::DissonanceBand::Calm,
        Band::Watch => pb::DissonanceBand::Watch,
        Band::Concerned => pb::DissonanceBand::Concerned,
        Band::Dissonant => pb::DissonanceBand::Dissonant,
    }
}

fn product(product: &ProductScore, assessment: &Assessment, weights: &Weights) -> pb::ProductDissonance {
    let factors = product.factors.iter().map(|one| factor(one, product, assessment, weights)).collect();
    pb::ProductDissonance { product_code: product.product.clone(), score: product.score, factors }
}

/// A gap of a product, and how it is felt.
pub(super) fn factor(
    factor: &Factor,
    product: &ProductScore,
    assessment: &Assessment,
    weights: &Weights,
) -> pb::DissonanceFactor {
    let contribution = factor.contribution(assessment.at, weights);
    let whole = if factor.is_loss() { product.losses } else { product.gains };
    pb::DissonanceFactor {
        promise_id: factor.promise.map(|id| PromiseId(id.0).to_string()).unwrap_or_default(),
        touchpoint_id: factor.touchpoint.to_string(),
        matter: factor.matter.as_ref().map(matter::message),
        attribute_code: factor.attribute.clone(),
        expected: factor.expected,
        got: factor.got,
        unit: unit::code(factor.unit),
        felt_value: factor.value,
        weight: factor.weight,
        confidence: factor.confidence,
        decay: factor.decay(assessment.at),
        contribution,
        share: if whole > 0.0 { contribution / whole } else { 0.0 },
        open: factor.settled_at.is_none(),
        repeated: factor.repeated,
        recovered: factor.recovered,
        prevented_value: factor.prevented,
    }
}
