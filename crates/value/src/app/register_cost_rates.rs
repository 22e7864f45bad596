//! Registers what serving customers costs.

use std::collections::BTreeMap;

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Reason, Refusal, Tenant};
use tenure_server::Call;
use tenure_store::Query;

use super::App;
use crate::{
    domain::{
        cost::{CostRates, Rate, Rated},
        currency::Currency,
    },
    event,
    store::{self, model::Asked},
};

/// Which rates.
#[derive(Debug, Clone)]
pub(crate) struct RegisterCostRates {
    pub(crate) request_id: String,
    pub(crate) currency: Currency,
    pub(crate) earned_part: f64,
    pub(crate) rates: BTreeMap<Rated, Rate>,
}

impl App {
    /// Registers rates, or answers with those that the request got before.
    pub(crate) async fn register_cost_rates(&self, call: &Call, ask: RegisterCostRates) -> Result<CostRates, Refusal> {
        let tenant = call.tenant()?;
        if let Some(first) = answered(&self.store, tenant, &ask).await? {
            return Ok(first);
        }
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        store::cost_rates::lock(&tx, tenant).await?;
        if let Some(first) = answered(&tx, tenant, &ask).await? {
            tx.rollback().await?;
            return Ok(first);
        }
        let newest = store::cost_rates::newest(&tx, tenant, ask.currency).await?;
        let asked = asked(&ask);
        let rates = CostRates {
            version: newest.map_or(1, |newest| newest.version.saturating_add(1)),
            currency: ask.currency,
            earned_part: ask.earned_part,
            rates: ask.rates,
            registered_at: self.clock.now(),
        };
        store::cost_rates::insert(&tx, tenant, &rates, asked).await?;
        let (entry, event) = (EntryId(self.ids.next()), event::rates_registered(&rates));
        let draft = Draft::new(entry, tenant.clone(), Route::All, &event, rates.registered_at)
            .traced(call.traceparent().map(str::to_owned));
        self.journal.commit(tx, vec![draft]).await?;
        Ok(rates)
    }

    /// The newest rates of a currency.
    pub(super) async fn newest_rates(&self, tenant: &Tenant, currency: Currency) -> Result<CostRates, Refusal> {
        let newest = store::cost_rates::newest(&self.store, tenant, currency).await?;
        Ok(newest.unwrap_or_else(|| CostRates::none(currency)))
    }

    /// The same by their version, as a token has it.
    pub(super) async fn rates_of(
        &self,
        tenant: &Tenant,
        currency: Currency,
        version: i32,
    ) -> Result<CostRates, Refusal> {
        if version == 0 {
            return Ok(CostRates::none(currency));
        }
        let rates = store::cost_rates::get(&self.store, tenant, currency, version).await?;
        rates.ok_or_else(|| Refusal::new(Reason::Internal, "the token's rates are gone"))
    }
}

/// The answer that the request got before, if it is the same request.
async fn answered(query: &impl Query, tenant: &Tenant, ask: &RegisterCostRates) -> Result<Option<CostRates>, Refusal> {
    let Some((before, rates)) = store::cost_rates::of_request(query, tenant, &ask.request_id).await? else {
        return Ok(None);
    };
    if before != asked(ask) {
        return Err(Refusal::new(Reason::RequestIdReused, "the request_id was used with another body"));
    }
    Ok(Some(rates))
}

fn asked(ask: &RegisterCostRates) -> Asked {
    let body = format!("{:?} {:?} {:?}", ask.currency, ask.earned_part, ask.rates);
    Asked { request_id: ask.request_id.clone(), body }
}
