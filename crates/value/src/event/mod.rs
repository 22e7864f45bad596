//! What value writes to its journal: `ModelFitted`, `ModelPromoted` and `CostRatesRegistered`, to and from the domain. The registers
//! keep the same payloads.

pub(crate) mod backtest;
pub(crate) mod contracts;
mod cost;
pub(crate) mod part;
pub(crate) mod promotion;

use tenure_clv::rfm::Boundaries;
use tenure_kernel::{ModelId, Timestamp};
use tenure_proto::value::v1 as pb;
use tenure_server::wire;

use crate::domain::{
    any_model::AnyModel,
    book::Book,
    cost::CostRates,
    model::{Candidate, Learned, LookedBack, Model},
    needs::Needs,
    promotion::Compared,
};

pub(crate) use cost::{rates_message, read_rates};

/// The entry of a fitted model, whatever it is of.
pub(crate) fn fitted(model: &AnyModel) -> pb::ModelFitted {
    match model {
        AnyModel::Purchases(model) => model_fitted(model),
        AnyModel::Contracts(model) => contracts::fitted(model),
    }
}

/// A model as callers see it, whatever it is of.
pub(crate) fn any_model_message(model: &AnyModel) -> pb::Model {
    match model {
        AnyModel::Purchases(model) => model_message(model),
        AnyModel::Contracts(model) => contracts::message(model),
    }
}

/// The model of an entry, whatever it is of; `None` if it is not one that we wrote.
pub(crate) fn read_fitted(event: pb::ModelFitted) -> Option<AnyModel> {
    if event.model.as_ref()?.subject() == pb::ModelSubject::Contracts {
        return contracts::read(event).map(|model| AnyModel::Contracts(Box::new(model)));
    }
    read_model_fitted(event).map(|model| AnyModel::Purchases(Box::new(model)))
}

/// The entry of a fitted model.
pub(crate) fn model_fitted(model: &Model) -> pb::ModelFitted {
    let bounds = model.learned.boundaries;
    pb::ModelFitted {
        model: Some(model_message(model)),
        boundaries: Some(pb::RfmBoundaries {
            recency_days: bounds.recency.map(f64::from).to_vec(),
            frequency: bounds.frequency.map(f64::from).to_vec(),
            monetary: bounds.monetary.map(|minor| minor as f64).to_vec(),
        }),
        needs: Some(cost::needs_message(&model.learned.needs)),
    }
}

/// The entry of registered rates.
pub(crate) fn rates_registered(rates: &CostRates) -> pb::CostRatesRegistered {
    pb::CostRatesRegistered { rates: Some(rates_message(rates)) }
}

/// A model as callers see it.
pub(crate) fn model_message(model: &Model) -> pb::Model {
    let (learned, looked_back) = (&model.learned, &model.looked_back);
    pb::Model {
        model_id: model.id.to_string(),
        version: model.version,
        currency_code: model.book.currency.code().to_owned(),
        line_code: model.book.line.code().to_owned(),
        period_end: Some(wire::to_wire(Timestamp::from_day(model.period_end))),
        fit_time: Some(wire::to_wire(model.fitted_at)),
        kind: part::kind_on_wire(learned.purchases.model.kind()).into(),
        subject: pb::ModelSubject::Purchases.into(),
        purchases: Some(part::purchases(&learned.purchases)),
        spend: Some(part::spend(&learned.spend)),
        customers: learned.customers,
        repeaters: learned.repeaters,
        warnings: learned.warnings.clone(),
        candidates: looked_back.candidates.iter().map(|one| candidate(one, part::kind_on_wire(one.kind))).collect(),
        backtests: looked_back.backtests.iter().map(backtest::message).collect(),
        backtest_lacking: looked_back.lacking.clone().unwrap_or_default(),
        comparison: looked_back.compared.comparison().as_ref().map(promotion::comparison),
        comparison_lacking: comparison_lacking(&looked_back.compared),
        ..Default::default()
    }
}

fn comparison_lacking(compared: &Compared) -> String {
    match compared {
        Compared::Not(lacking) => lacking.clone(),
        Compared::First | Compared::With(_) => String::new(),
    }
}

fn compared(found: Option<pb::ModelComparison>, lacking: String) -> Option<Compared> {
    Some(match (found, words(lacking)) {
        (Some(found), _) => Compared::With(promotion::read_comparison(found)?),
        (None, Some(lacking)) => Compared::Not(lacking),
        (None, None) => Compared::First,
    })
}

fn candidate<K>(candidate: &Candidate<K>, kind: pb::PurchaseModelKind) -> pb::ModelCandidate {
    pb::ModelCandidate {
        kind: kind.into(),
        holdout_error: candidate.error,
        log_likelihood: candidate.log_likelihood,
        lacking: candidate.lacking.clone().unwrap_or_default(),
    }
}

/// The model of an entry; `None` if it is not one that we wrote.
pub(crate) fn read_model_fitted(event: pb::ModelFitted) -> Option<Model> {
    let (message, bounds) = (event.model?, event.boundaries?);
    let kind = part::kind(message.kind())?;
    let boundaries = Boundaries {
        version: u64::try_from(message.version).ok()?,
        recency: four(&bounds.recency_days)?.map(|days| days as u32),
        frequency: four(&bounds.frequency)?.map(|days| days as u32),
        monetary: four(&bounds.monetary)?.map(|minor| minor as i64),
    };
    let learned = Learned {
        purchases: part::read_purchases(kind, &message.purchases?)?,
        spend: part::read_spend(&message.spend?)?,
        customers: message.customers,
        repeaters: message.repeaters,
        boundaries,
        needs: event.needs.map_or_else(|| Some(Needs::default()), |needs| cost::read_needs(&needs))?,
        warnings: message.warnings,
    };
    let looked_back = LookedBack {
        candidates: message.candidates.into_iter().map(|one| read_candidate(one, part::kind)).collect::<Option<_>>()?,
        backtests: message.backtests.into_iter().map(backtest::read).collect::<Option<_>>()?,
        lacking: words(message.backtest_lacking),
        compared: compared(message.comparison, message.comparison_lacking)?,
    };
    Some(Model {
        id: message.model_id.parse::<ModelId>().ok()?,
        version: message.version,
        book: Book::from_codes(&message.currency_code, &message.line_code)?,
        period_end: wire::timestamp(&message.period_end?)?.day(),
        fitted_at: wire::timestamp(&message.fit_time?)?,
        learned,
        looked_back,
    })
}

fn read_candidate<K>(
    message: pb::ModelCandidate,
    kind: impl Fn(pb::PurchaseModelKind) -> Option<K>,
) -> Option<Candidate<K>> {
    Some(Candidate {
        kind: kind(message.kind())?,
        error: message.holdout_error,
        log_likelihood: message.log_likelihood,
        lacking: words(message.lacking),
    })
}

fn words(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn four(values: &[f64]) -> Option<[f64; 4]> {
    values.try_into().ok()
}

#[cfg(test)]
pub(crate) mod tests;
