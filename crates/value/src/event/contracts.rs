//! Models of contracts, to and from the wire.

use std::collections::BTreeMap;

use tenure_clv::{Fit, RetentionKind, RetentionModel};
use tenure_kernel::{ModelId, Timestamp};
use tenure_proto::value::v1::{self as pb, ModelSubject, PurchaseModelKind};
use tenure_server::wire;

use super::{candidate, compared, comparison_lacking, cost, part, promotion, read_candidate, words};
use crate::domain::{
    backtest::Holdout,
    book::Book,
    contract_model::{ContractModel, ContractsLearned, Fits},
    contract_rounds::{RenewalBacktest, RenewalGroup},
    model::LookedBack,
    needs::Needs,
};

/// A kind as callers name it.
pub(crate) fn kind_on_wire(kind: RetentionKind) -> PurchaseModelKind {
    match kind {
        RetentionKind::Sbg => PurchaseModelKind::Sbg,
        RetentionKind::Bdw => PurchaseModelKind::Bdw,
    }
}

/// The kind that callers name, if it is one of contracts.
pub(crate) fn kind(kind: PurchaseModelKind) -> Option<RetentionKind> {
    RetentionKind::ALL.into_iter().find(|one| kind_on_wire(*one) == kind)
}

/// The entry of a fitted model.
pub(crate) fn fitted(model: &ContractModel) -> pb::ModelFitted {
    let needs = Some(cost::needs_message(&model.learned.needs));
    pb::ModelFitted { model: Some(message(model)), boundaries: None, needs }
}

/// A model as callers see it.
pub(crate) fn message(model: &ContractModel) -> pb::Model {
    let (learned, looked_back) = (&model.learned, &model.looked_back);
    let fits = &learned.fits;
    let term = |term_months, is_pooled, fit| pb::ContractTerm { term_months, is_pooled, renewals: Some(renewals(fit)) };
    let terms = fits.terms.iter().map(|(months, fit)| term(*months, false, fit));
    pb::Model {
        model_id: model.id.to_string(),
        version: model.version,
        currency_code: model.book.currency.code().to_owned(),
        line_code: model.book.line.code().to_owned(),
        period_end: Some(wire::to_wire(Timestamp::from_day(model.period_end))),
        fit_time: Some(wire::to_wire(model.fitted_at)),
        kind: kind_on_wire(fits.kind).into(),
        subject: ModelSubject::Contracts.into(),
        terms: terms.chain([term(0, true, &fits.pooled)]).collect(),
        contracts: learned.contracts,
        renewals_due: learned.due,
        warnings: learned.warnings.clone(),
        candidates: looked_back.candidates.iter().map(|one| candidate(one, kind_on_wire(one.kind))).collect(),
        renewal_backtests: looked_back.backtests.iter().map(backtest).collect(),
        backtest_lacking: looked_back.lacking.clone().unwrap_or_default(),
        comparison: looked_back.compared.comparison().as_ref().map(promotion::comparison),
        comparison_lacking: comparison_lacking(&looked_back.compared),
        ..Default::default()
    }
}

fn renewals(fit: &Fit<RetentionModel>) -> pb::ModelPart {
    let kind = fit.model.kind();
    part::part(kind.name(), fit, kind.parameter_names(), &fit.model.parameters())
}

/// A backtest as callers see it.
pub(crate) fn backtest(backtest: &RenewalBacktest) -> pb::RenewalBacktest {
    let group = |(renewal, group): &(u32, RenewalGroup)| pb::RenewalGroup {
        renewal: i32::try_from(*renewal).unwrap_or(i32::MAX),
        due: group.due,
        predicted: group.predicted,
        actual: group.actual,
    };
    pb::RenewalBacktest {
        calibration_end: Some(wire::to_wire(Timestamp::from_day(backtest.holdout.calibration_end))),
        holdout_weeks: backtest.holdout.weeks,
        due: backtest.due,
        renewed: backtest.renewed,
        predicted: backtest.predicted,
        root_mean_squared_error: backtest.error,
        base_root_mean_squared_error: backtest.base_error,
        total_low: backtest.interval.map(|(low, _)| low),
        total_high: backtest.interval.map(|(_, high)| high),
        is_biased: backtest.is_biased(),
        by_renewal: backtest.by_renewal.iter().map(group).collect(),
    }
}

/// The model of an entry; `None` if it is not one that we wrote.
pub(crate) fn read(event: pb::ModelFitted) -> Option<ContractModel> {
    let message = event.model?;
    let kind = kind(message.kind())?;
    let (mut terms, mut pooled) = (BTreeMap::new(), None);
    for term in message.terms {
        let fit = part::read_with(&term.renewals?, |parameters| kind.with(parameters))?;
        if term.is_pooled {
            pooled = Some(fit);
        } else {
            terms.insert(term.term_months, fit);
        }
    }
    let learned = ContractsLearned {
        fits: Fits { kind, terms, pooled: pooled? },
        contracts: message.contracts,
        due: message.renewals_due,
        needs: event.needs.map_or_else(|| Some(Needs::default()), |needs| cost::read_needs(&needs))?,
        warnings: message.warnings,
    };
    let looked_back = LookedBack {
        candidates: message.candidates.into_iter().map(|one| read_candidate(one, self::kind)).collect::<Option<_>>()?,
        backtests: message.renewal_backtests.into_iter().map(read_backtest).collect::<Option<_>>()?,
        lacking: words(message.backtest_lacking),
        compared: compared(message.comparison, message.comparison_lacking)?,
    };
    Some(ContractModel {
        id: message.model_id.parse::<ModelId>().ok()?,
        version: message.version,
        book: Book::from_codes(&message.currency_code, &message.line_code)?,
        period_end: wire::timestamp(&message.period_end?)?.day(),
        fitted_at: wire::timestamp(&message.fit_time?)?,
        learned,
        looked_back,
    })
}

fn read_backtest(message: pb::RenewalBacktest) -> Option<RenewalBacktest> {
    let group = |group: &pb::RenewalGroup| {
        let pb::RenewalGroup { due, predicted, actual, .. } = *group;
        Some((u32::try_from(group.renewal).ok()?, RenewalGroup { due, predicted, actual }))
    };
    let calibration_end = wire::timestamp(&message.calibration_end?)?.day();
    Some(RenewalBacktest {
        holdout: Holdout { calibration_end, weeks: message.holdout_weeks },
        due: message.due,
        renewed: message.renewed,
        predicted: message.predicted,
        error: message.root_mean_squared_error,
        base_error: message.base_root_mean_squared_error,
        interval: message.total_low.zip(message.total_high),
        by_renewal: message.by_renewal.iter().map(group).collect::<Option<_>>()?,
    })
}
