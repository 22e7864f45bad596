//! What value writes to its journal: `ModelFitted` and `CostRatesRegistered`, to and from the domain. The registers keep the same
//! payloads.

mod cost;

use tenure_clv::{BgNbd, GammaGamma, rfm::Boundaries};
use tenure_kernel::{ModelId, Timestamp};
use tenure_proto::value::v1 as pb;
use tenure_server::wire;

use crate::domain::{
    cost::CostRates,
    currency::Currency,
    model::{Learned, Model},
    needs::Needs,
};

pub(crate) use cost::{rates_message, read_rates};

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
    let learned = &model.learned;
    let (purchases, spend) = (&learned.purchases, &learned.spend);
    pb::Model {
        model_id: model.id.to_string(),
        version: model.version,
        currency_code: model.currency.code().to_owned(),
        period_end: Some(wire::to_wire(Timestamp::from_day(model.period_end))),
        r: purchases.r(),
        alpha: purchases.alpha(),
        a: purchases.a(),
        b: purchases.b(),
        log_likelihood: learned.log_likelihood,
        p: spend.p(),
        q: spend.q(),
        gamma: spend.v(),
        customers: learned.customers,
        repeaters: learned.repeaters,
        fit_time: Some(wire::to_wire(model.fitted_at)),
        warnings: learned.warnings.clone(),
    }
}

/// The model of an entry; `None` if it is not one that we wrote.
pub(crate) fn read_model_fitted(event: pb::ModelFitted) -> Option<Model> {
    let (message, bounds) = (event.model?, event.boundaries?);
    let boundaries = Boundaries {
        version: u64::try_from(message.version).ok()?,
        recency: four(&bounds.recency_days)?.map(|days| days as u32),
        frequency: four(&bounds.frequency)?.map(|days| days as u32),
        monetary: four(&bounds.monetary)?.map(|minor| minor as i64),
    };
    let learned = Learned {
        purchases: BgNbd::new(message.r, message.alpha, message.a, message.b).ok()?,
        spend: GammaGamma::new(message.p, message.q, message.gamma).ok()?,
        log_likelihood: message.log_likelihood,
        customers: message.customers,
        repeaters: message.repeaters,
        boundaries,
        needs: event.needs.map_or_else(|| Some(Needs::default()), |needs| cost::read_needs(&needs))?,
        warnings: message.warnings,
    };
    Some(Model {
        id: message.model_id.parse::<ModelId>().ok()?,
        version: message.version,
        currency: Currency::from_code(&message.currency_code)?,
        period_end: wire::timestamp(&message.period_end?)?.day(),
        fitted_at: wire::timestamp(&message.fit_time?)?,
        learned,
    })
}

fn four(values: &[f64]) -> Option<[f64; 4]> {
    values.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::service::{Channel, Kind, Served};

    #[test]
    fn a_model_is_read_back_as_it_was_written() {
        let learned = Learned {
            purchases: BgNbd::new(0.25, 4.5, 0.7, 2.1).unwrap(),
            spend: GammaGamma::new(6.25, 3.75, 1_544.0).unwrap(),
            log_likelihood: -9_582.4,
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
            warnings: vec!["BG/NBD: beware".to_owned()],
        };
        let model = Model {
            id: ModelId([5; 16]),
            version: 3,
            currency: Currency::from_code("EUR").unwrap(),
            period_end: 10_134,
            fitted_at: Timestamp(1_000_001),
            learned,
        };
        assert_eq!(read_model_fitted(model_fitted(&model)), Some(model));
    }
}
