//! Dissonance on the wire.

use tenure_kernel::{PromiseId, Refusal};
use tenure_proto::expectation::v1::{self as pb, dissonance_sign::Evidence as Shown, get_dissonance_request::By};
use tenure_server::{Violations, wire};

use super::{field, matter, unit};
use crate::{
    app::{Dissected, person::Who},
    domain::{
        dissonance::{Assessment, Band, ProductScore},
        factor::Factor,
        subscale::{Evidence, Subscale, SubscaleScore},
        weights::Weights,
        window::{Window, bought_at, of_factor, since},
    },
};

pub(crate) fn get_dissonance(request: &pb::GetDissonanceRequest) -> Result<Who, Refusal> {
    let mut wrong = Violations::new();
    let by = request.by.as_ref().map(|by| match by {
        By::PersonId(text) => field::By::Person(text),
        By::RecordId(text) => field::By::Record(text),
    });
    super::weights::named(&mut wrong, "weights_version", &request.weights_version);
    match field::who(&mut wrong, by) {
        Some(who) if wrong.is_empty() => Ok(who),
        _ => Err(Refusal::fields(wrong.into_inner())),
    }
}

pub(crate) fn get_dissonance_response(dissected: Dissected) -> pb::GetDissonanceResponse {
    let assessment = &dissected.assessment;
    let mut products: Vec<&ProductScore> = assessment.products.iter().collect();
    products.sort_by(|one, other| other.score.total_cmp(&one.score));
    let missing = assessment.expectation_missing.iter().map(ToString::to_string);
    let windows = dissected.windows.iter();
    let dissonance = pb::Dissonance {
        score: assessment.score,
        band: band(assessment.band).into(),
        products: products.into_iter().map(|one| product(one, &dissected)).collect(),
        expectation_missing_touchpoint_ids: missing.collect(),
        weights_version: assessment.weights.clone(),
        as_of: Some(wire::to_wire(assessment.at)),
        subscales: dissected.subscales.iter().map(subscale).collect(),
        windows: windows
            .map(|(of, score)| pb::WindowDissonance { window: window(*of).into(), score: *score })
            .collect(),
        person_id: dissected.person_id,
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

fn window(window: Option<Window>) -> pb::DissonanceWindow {
    match window {
        None => pb::DissonanceWindow::Unspecified,
        Some(Window::Days0To14) => pb::DissonanceWindow::Days0To14,
        Some(Window::Days15To30) => pb::DissonanceWindow::Days15To30,
        Some(Window::Days31To90) => pb::DissonanceWindow::Days31To90,
        Some(Window::Later) => pb::DissonanceWindow::Later,
    }
}

fn product(product: &ProductScore, dissected: &Dissected) -> pb::ProductDissonance {
    let Dissected { assessment, purchases, weights, .. } = dissected;
    let factors = product.factors.iter().map(|one| pb::DissonanceFactor {
        window: window(of_factor(purchases, one)).into(),
        ..factor(one, product, assessment, weights)
    });
    let bought_at = bought_at(purchases, &product.product, &product.factors, assessment.at);
    pb::ProductDissonance {
        product_code: product.product.clone(),
        score: product.score,
        factors: factors.collect(),
        purchase_time: bought_at.map(wire::to_wire),
        window: window(bought_at.map(|at| since(at, assessment.at))).into(),
    }
}

fn subscale(score: &SubscaleScore) -> pb::SubscaleDissonance {
    let subscale = match score.subscale {
        Subscale::Emotional => pb::DissonanceSubscale::Emotional,
        Subscale::Wisdom => pb::DissonanceSubscale::Wisdom,
        Subscale::Deal => pb::DissonanceSubscale::Deal,
    };
    let evidence = |evidence| match evidence {
        Evidence::Touchpoint(id) => Shown::TouchpointId(id.to_string()),
        Evidence::Complaint(id) => Shown::ComplaintId(id.to_string()),
        Evidence::Promise(id) => Shown::PromiseId(PromiseId(id.0).to_string()),
    };
    let signs = score.signs.iter().map(|sign| pb::DissonanceSign {
        sign_code: sign.code.to_owned(),
        evidence: Some(evidence(sign.evidence)),
        sign_time: Some(wire::to_wire(sign.at)),
        decay: sign.decay,
        contribution: sign.contribution,
        window: window(sign.window).into(),
    });
    pb::SubscaleDissonance { subscale: subscale.into(), score: score.score, signs: signs.collect() }
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
        evidence_touchpoint_ids: factor.evidence.iter().map(ToString::to_string).collect(),
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
        felt_time: Some(wire::to_wire(factor.at)),
        window: pb::DissonanceWindow::Unspecified.into(),
        repeated: factor.repeated,
        recovered: factor.recovered,
        prevented_value: factor.prevented,
    }
}
