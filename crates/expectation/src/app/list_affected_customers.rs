//! Lists whom a cause struck, and who did not complain.

use tenure_kernel::{PersonId, Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged};
use crate::{
    domain::systemic::cause::Cause,
    store::person_cause::{self, Affected},
};

const LIST: &str = "tenure.expectation.v1.ExpectationService/ListAffectedCustomers";

/// By what, and when.
#[derive(Debug, Clone)]
pub(crate) struct ListAffectedCustomers {
    pub(crate) cause: Cause,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) days: i32,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

impl App {
    /// The persons whom a cause struck on a number of days up to one, by id.
    pub(crate) async fn list_affected_customers(
        &self,
        call: &Call,
        ask: ListAffectedCustomers,
    ) -> Result<Paged<Affected>, Refusal> {
        let tenant = call.tenant()?;
        let filter = format!("{:?} {:?} {}", ask.cause, ask.as_of, ask.days).into_bytes();
        let after = match ask.page_token.as_str() {
            "" => None,
            token => read_place(&self.tokens.decode(tenant, LIST, &filter, token)?),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let (last_day, last) = after.unwrap_or_else(|| (self.day(ask.as_of), PersonId::default()));
        let days = (last_day.saturating_sub(ask.days), last_day);
        let limit = i64::try_from(ask.page_size).unwrap_or(i64::MAX - 1) + 1;
        let found = person_cause::silent(&self.store, tenant, &ask.cause, days, (last, limit)).await?;
        let place = |last: &Affected| write_place(last_day, last.person);
        Ok(Paged::of(found, ask.page_size, |last| self.tokens.encode(tenant, LIST, &filter, &place(last))))
    }
}

fn write_place(last_day: i32, person: PersonId) -> Vec<u8> {
    [&last_day.to_be_bytes()[..], &person.0].concat()
}

/// A place of ours; its tag was checked.
fn read_place(bytes: &[u8]) -> Option<(i32, PersonId)> {
    let (day, person) = bytes.split_first_chunk::<4>()?;
    Some((i32::from_be_bytes(*day), PersonId::from_slice(person).ok()?))
}
