//! Lists the rates of a tenant.

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged};
use crate::{
    domain::{cost::CostRates, currency::Currency},
    store::{self, cost_rates::Place},
};

const LIST: &str = "tenure.value.v1.ValueService/ListCostRates";

/// Which rates.
#[derive(Debug, Clone)]
pub(crate) struct ListCostRates {
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
}

impl App {
    /// Lists the rates of all currencies, newest first.
    pub(crate) async fn list_cost_rates(&self, call: &Call, ask: ListCostRates) -> Result<Paged<CostRates>, Refusal> {
        let tenant = call.tenant()?;
        let after = match ask.page_token.as_str() {
            "" => None,
            token => read(&self.tokens.decode(tenant, LIST, &[], token)?),
        };
        let mut items = store::cost_rates::list(&self.store, tenant, after, ask.page_size + 1).await?;
        let more = items.len() > ask.page_size;
        items.truncate(ask.page_size);
        let last = items.last().filter(|_| more).map(|last| self.tokens.encode(tenant, LIST, &[], &write(last)));
        Ok(Paged { items, next_page_token: last.unwrap_or_default() })
    }
}

fn write(rates: &CostRates) -> Vec<u8> {
    let (at, version) = (rates.registered_at.0.to_be_bytes(), rates.version.to_be_bytes());
    [at.as_slice(), &version, rates.currency.code().as_bytes()].concat()
}

/// A place of ours; its tag was checked.
fn read(bytes: &[u8]) -> Option<Place> {
    let (at, rest) = bytes.split_first_chunk::<8>()?;
    let (version, code) = rest.split_first_chunk::<4>()?;
    let currency = Currency::from_code(str::from_utf8(code).ok()?)?;
    let registered_at = Timestamp(i64::from_be_bytes(*at));
    Some(Place { registered_at, currency, version: i32::from_be_bytes(*version) })
}
