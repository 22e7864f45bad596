use tenure_clv::{Fit, GammaGamma, PurchaseKind, backtest::Group};

use super::*;
use crate::domain::{
    backtest::{Backtest, Holdout, Judged},
    promotion::{Cause, Comparison, Promotion, Subject},
    service::{Channel, Kind, Served},
};

/// A fit with made-up evidence.
pub(crate) fn fit<M>(model: M, parameters: usize) -> Fit<M> {
    Fit {
        model,
        log_likelihood: -9_582.4,
        converged: true,
        gradient_norm: 1e-11,
        iterations: 7,
        standard_errors: Some((1..=parameters).map(|place| place as f64 / 10.0).collect()),
        covariance: Some(
            (0..parameters).map(|row| (0..parameters).map(|column| (row * column) as f64).collect()).collect(),
        ),
        condition_number: Some(34.5),
        warnings: Vec::new(),
    }
}

fn looked_back() -> Backtest {
    let judged = |mae| Judged { mae, rmse: 2.0 * mae, bias: Some(-0.1), capture: None };
    let group = |customers| Group { customers, predicted: 0.5, actual: 0.25 };
    Backtest {
        holdout: Holdout { calibration_end: 10_000, weeks: 19 },
        customers: 10,
        model: judged(0.7),
        past_rate: judged(0.8),
        mean_rate: judged(0.9),
        oracle: Some(0.8),
        predicted: 20.5,
        actual: 31,
        interval: Some((19.5, 22.0)),
        by_prediction: vec![group(4), group(6)],
        by_frequency: vec![(0, group(3)), (7, group(7))],
        money: Some([judged(700.0), judged(900.0)]),
    }
}

pub(crate) fn model() -> Model {
    let candidate = |kind, error, lacking: Option<&str>| Candidate {
        kind,
        error,
        log_likelihood: error.map(|error: f64| -1_000.0 * error),
        lacking: lacking.map(str::to_owned),
    };
    Model {
        id: ModelId([5; 16]),
        version: 3,
        book: Book::from_codes("EUR", "motor").unwrap(),
        period_end: 10_134,
        fitted_at: Timestamp(1_000_001),
        learned: Learned {
            purchases: fit(PurchaseKind::ParetoNbd.with([0.25, 4.5, 0.7, 2.1]).unwrap(), 4),
            spend: fit(GammaGamma::new(6.25, 3.75, 1_544.0).unwrap(), 3),
            customers: 10,
            repeaters: 4,
            boundaries: Boundaries {
                version: 3,
                recency: [1, 2, 3, 400],
                frequency: [1, 1, 2, 9],
                monetary: [0, 1, 2, 90_000_000_001],
            },
            needs: Needs {
                customer_days: 4_000,
                half_days: 81.5,
                services: [((Kind::of(203).unwrap(), Channel(3)), Served { count: 7, seconds: 900, minor_units: 0 })]
                    .into(),
            },
            warnings: vec!["Pareto/NBD: beware".to_owned()],
        },
        looked_back: LookedBack {
            candidates: vec![
                candidate(PurchaseKind::ParetoNbd, Some(0.5), None),
                candidate(PurchaseKind::MbgNbd, None, Some("a finite likelihood")),
            ],
            backtests: vec![looked_back()],
            lacking: None,
            compared: Compared::With(Comparison { promoted: (ModelId([4; 16]), 2), error: 1.5, promoted_error: 1.4 }),
        },
    }
}

#[test]
fn a_model_is_read_back_as_it_was_written() {
    let model = model();
    assert_eq!(read_model_fitted(model_fitted(&model)), Some(model));
}

#[test]
fn what_is_not_known_stays_unknown() {
    let mut model = model();
    model.learned.purchases.covariance = None;
    model.learned.purchases.standard_errors = None;
    model.learned.purchases.condition_number = None;
    model.looked_back.backtests[0].interval = None;
    model.looked_back.backtests[0].money = None;
    assert_eq!(read_model_fitted(model_fitted(&model)), Some(model.clone()));
    model.looked_back.lacking = Some("a longer history".to_owned());
    for compared in [Compared::First, Compared::Not("a longer history".to_owned())] {
        model.looked_back.compared = compared;
        assert_eq!(read_model_fitted(model_fitted(&model)), Some(model.clone()));
    }
}

#[test]
fn what_we_did_not_write_is_no_model() {
    let mut event = model_fitted(&model());
    event.model.as_mut().unwrap().kind = 99;
    assert_eq!(read_model_fitted(event), None);
    let mut event = model_fitted(&model());
    event.model.as_mut().unwrap().spend.as_mut().unwrap().parameters.pop();
    assert_eq!(read_model_fitted(event), None);
}

#[test]
fn a_promotion_is_read_back_as_it_was_written() {
    let comparison = Comparison { promoted: (ModelId([4; 16]), 2), error: 1.5, promoted_error: 1.4 };
    let first = Promotion {
        model: (ModelId([5; 16]), 3),
        book: Book::from_codes("EUR", "motor").unwrap(),
        subject: Subject::Contracts,
        previous: None,
        cause: Cause::First,
        comparison: None,
        at: Timestamp(1_000_001),
    };
    let forced = Promotion {
        previous: Some((ModelId([4; 16]), 2)),
        cause: Cause::Forced("rollback-4711".to_owned()),
        comparison: Some(comparison),
        ..first.clone()
    };
    let no_worse = Promotion { cause: Cause::NoWorse, ..forced.clone() };
    for promotion in [first, forced, no_worse] {
        assert_eq!(promotion::read(promotion::entry(&promotion)), Some(promotion));
    }
    assert_eq!(promotion::read(pb::ModelPromoted { promotion: Some(pb::ModelPromotion::default()) }), None);
}

fn contract_model() -> crate::domain::contract_model::ContractModel {
    use tenure_clv::RetentionKind;

    use crate::domain::{
        contract_model::{ContractModel, ContractsLearned, Fits},
        contract_rounds::{RenewalBacktest, RenewalGroup},
    };
    let kind = RetentionKind::Bdw;
    let bdw = |alpha| fit(kind.with(&[alpha, 1.7, 1.5]).unwrap(), 3);
    let backtest = RenewalBacktest {
        holdout: Holdout { calibration_end: 10_000, weeks: 19 },
        due: 40,
        renewed: 31,
        predicted: 30.25,
        error: Some(0.4),
        base_error: Some(0.45),
        interval: Some((25.5, 35.0)),
        by_renewal: vec![(1, RenewalGroup { due: 30, predicted: 0.7, actual: 0.75 }), (7, RenewalGroup::default())],
    };
    let candidate = |kind, lacking| Candidate { kind, error: Some(0.4), log_likelihood: None, lacking };
    ContractModel {
        id: ModelId([6; 16]),
        version: 2,
        book: Book::from_codes("EUR", "motor").unwrap(),
        period_end: 10_134,
        fitted_at: Timestamp(1_000_001),
        learned: ContractsLearned {
            fits: Fits { kind, terms: [(1, bdw(0.3)), (12, bdw(0.5))].into(), pooled: bdw(0.4) },
            contracts: 60,
            due: 140,
            needs: model().learned.needs,
            warnings: vec!["BdW of 12 months: beware".to_owned()],
        },
        looked_back: LookedBack {
            candidates: vec![
                candidate(kind, None),
                candidate(RetentionKind::Sbg, Some("a customer who left".to_owned())),
            ],
            backtests: vec![backtest],
            lacking: None,
            compared: Compared::Not("a history".to_owned()),
        },
    }
}

#[test]
fn a_model_of_contracts_is_read_back_as_it_was_written() {
    let contracts = AnyModel::Contracts(Box::new(contract_model()));
    assert_eq!(read_fitted(fitted(&contracts)), Some(contracts.clone()));
    let purchases = AnyModel::Purchases(Box::new(model()));
    assert_eq!(read_fitted(fitted(&purchases)), Some(purchases));
    let mut event = fitted(&contracts);
    event.model.as_mut().unwrap().terms.pop();
    assert_eq!(read_fitted(event), None, "that of all terms is there always");
}
