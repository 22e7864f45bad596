//! The parts of a model, to and from the wire.

use tenure_clv::{Fit, GammaGamma, Parametric, PurchaseKind, PurchaseModel};
use tenure_proto::value::v1::{self as pb, PurchaseModelKind};

use crate::domain::model::Part;

/// A kind as callers name it.
pub(crate) fn kind_on_wire(kind: PurchaseKind) -> PurchaseModelKind {
    match kind {
        PurchaseKind::BgNbd => PurchaseModelKind::BgNbd,
        PurchaseKind::MbgNbd => PurchaseModelKind::MbgNbd,
        PurchaseKind::ParetoNbd => PurchaseModelKind::ParetoNbd,
    }
}

/// The kind that callers name; `None`: unset, or one of contracts.
pub(crate) fn kind(kind: PurchaseModelKind) -> Option<PurchaseKind> {
    match kind {
        PurchaseModelKind::Unspecified => None,
        PurchaseModelKind::BgNbd => Some(PurchaseKind::BgNbd),
        PurchaseModelKind::MbgNbd => Some(PurchaseKind::MbgNbd),
        PurchaseModelKind::ParetoNbd => Some(PurchaseKind::ParetoNbd),
        PurchaseModelKind::Sbg | PurchaseModelKind::Bdw => None,
    }
}

pub(super) fn purchases(fit: &Fit<PurchaseModel>) -> pb::ModelPart {
    let kind = fit.model.kind();
    part(Part::Purchases(kind).name(), fit, &kind.parameter_names(), &fit.model.parameters())
}

pub(super) fn spend(fit: &Fit<GammaGamma>) -> pb::ModelPart {
    part(Part::Spend.name(), fit, &GammaGamma::NAMES, &fit.model.vector())
}

pub(super) fn part<M>(name: &str, fit: &Fit<M>, names: &[&str], values: &[f64]) -> pb::ModelPart {
    let error = |place: usize| fit.standard_errors.as_ref().and_then(|errors| errors.get(place)).copied();
    let parameters = names.iter().zip(values).enumerate().map(|(place, (name, value))| pb::ModelParameter {
        name: (*name).to_owned(),
        value: *value,
        standard_error: error(place),
    });
    pb::ModelPart {
        name: name.to_owned(),
        parameters: parameters.collect(),
        log_likelihood: fit.log_likelihood,
        convergence: Some(pb::ModelConvergence {
            is_converged: fit.converged,
            gradient_norm: fit.gradient_norm,
            iterations: i32::try_from(fit.iterations).unwrap_or(i32::MAX),
            condition_number: fit.condition_number,
        }),
        covariance: fit.covariance.iter().flatten().flatten().copied().collect(),
    }
}

pub(super) fn read_purchases(kind: PurchaseKind, part: &pb::ModelPart) -> Option<Fit<PurchaseModel>> {
    read(part, |parameters| kind.with(parameters).ok())
}

pub(super) fn read_spend(part: &pb::ModelPart) -> Option<Fit<GammaGamma>> {
    read(part, |parameters| GammaGamma::from_vector(parameters).ok())
}

fn read<M, const N: usize>(part: &pb::ModelPart, made: impl Fn([f64; N]) -> Option<M>) -> Option<Fit<M>> {
    read_with(part, |parameters| made(parameters.try_into().ok()?))
}

/// Its warnings are the model's.
pub(super) fn read_with<M>(part: &pb::ModelPart, made: impl Fn(&[f64]) -> Option<M>) -> Option<Fit<M>> {
    let values: Vec<f64> = part.parameters.iter().map(|one| one.value).collect();
    let errors: Option<Vec<f64>> = part.parameters.iter().map(|one| one.standard_error).collect();
    let convergence = part.convergence.as_ref()?;
    let count = values.len();
    let rows = || part.covariance.chunks(count).map(<[f64]>::to_vec).collect();
    Some(Fit {
        model: made(&values)?,
        log_likelihood: part.log_likelihood,
        converged: convergence.is_converged,
        gradient_norm: convergence.gradient_norm,
        iterations: u32::try_from(convergence.iterations).ok()?,
        standard_errors: errors,
        covariance: (count > 0 && part.covariance.len() == count * count).then(rows),
        condition_number: convergence.condition_number,
        warnings: Vec::new(),
    })
}
