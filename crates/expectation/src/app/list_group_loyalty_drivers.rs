//! Lists what keeps the customers of groups, from sums that are kept up to date.

use tenure_kernel::Refusal;
use tenure_server::Call;

use super::{App, Paged};
use crate::store::loyalty_sum::{self, Group};

const LIST: &str = "tenure.expectation.v1.ExpectationService/ListGroupLoyaltyDrivers";

/// A page of groups.
#[derive(Debug, Clone)]
pub(crate) struct ListGroupLoyaltyDrivers {
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

impl App {
    /// The groups, everybody first and then by product, also those that are too small to be told of.
    pub(crate) async fn list_group_loyalty_drivers(
        &self,
        call: &Call,
        ask: ListGroupLoyaltyDrivers,
    ) -> Result<Paged<Group>, Refusal> {
        let tenant = call.tenant()?;
        let after = match ask.page_token.as_str() {
            "" => None,
            token => String::from_utf8(self.tokens.decode(tenant, LIST, &[], token)?).ok(),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let found = loyalty_sum::after(&self.store, tenant, after.as_deref(), ask.page_size + 1).await?;
        let token = |(product, _): &Group| self.tokens.encode(tenant, LIST, &[], product.as_bytes());
        Ok(Paged::of(found, ask.page_size, token))
    }
}
