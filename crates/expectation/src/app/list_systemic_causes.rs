//! Lists what goes wrong more often than chance would have it.

use tenure_kernel::{Refusal, Timestamp};
use tenure_server::Call;

use super::{App, Paged};
use crate::{
    api::convert::incident,
    domain::systemic::{
        cause::day,
        finding::{Finding, findings},
        spike::Limits,
    },
    store::{cause_count, incident as kept},
};

const LIST: &str = "tenure.expectation.v1.ExpectationService/ListSystemicCauses";

/// Of when.
#[derive(Debug, Clone)]
pub(crate) struct ListSystemicCauses {
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) page_size: usize,
    pub(crate) page_token: String,
    pub(crate) read_after: String,
}

/// A page, and what it was chosen from.
pub(crate) struct Examined {
    pub(crate) page: Paged<Finding>,
    pub(crate) causes: usize,
    pub(crate) limits: Limits,
}

impl App {
    /// The causes that stand out in the week that ends with a day, the least likely first.
    pub(crate) async fn list_systemic_causes(&self, call: &Call, ask: ListSystemicCauses) -> Result<Examined, Refusal> {
        let tenant = call.tenant()?;
        let filter = format!("{:?}", ask.as_of).into_bytes();
        let after = match ask.page_token.as_str() {
            "" => None,
            token => read_place(&self.tokens.decode(tenant, LIST, &filter, token)?),
        };
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let last_day = match &after {
            Some((last_day, _)) => *last_day,
            None => self.day(ask.as_of),
        };
        let weeks = cause_count::weeks(&self.store, tenant, last_day).await?;
        let limits = Limits::default();
        let causes = weeks.len();
        let incidents = incident::known(&kept::of(&self.store, tenant).await?);
        let mut items = findings(weeks, (&incidents, last_day), &limits);
        items.retain(|finding| after.as_ref().is_none_or(|(_, after)| place(finding) > *after));
        let token = |last: &Finding| self.tokens.encode(tenant, LIST, &filter, &write_place(last_day, &place(last)));
        let page = Paged::of(items, ask.page_size, token);
        Ok(Examined { page, causes, limits })
    }

    /// The day of a moment, or today.
    pub(super) fn day(&self, as_of: Option<Timestamp>) -> i32 {
        day(&self.refolder.rules.zone, as_of.unwrap_or_else(|| self.refolder.now()))
    }
}

/// Where a finding stands in the list: its chance, whose bits are in the order of the numbers, and its cause.
type Place = (u64, Vec<u8>);

fn place(finding: &Finding) -> Place {
    let cause = &finding.cause;
    let length = (cause.code.len() as u64).to_be_bytes();
    let name = [&[cause.kind as u8][..], &length, cause.code.as_bytes(), cause.product.as_bytes()].concat();
    (finding.surprise.chance.to_bits(), name)
}

fn write_place(last_day: i32, (chance, name): &Place) -> Vec<u8> {
    [&last_day.to_be_bytes()[..], &chance.to_be_bytes(), name].concat()
}

/// A place of ours; its tag was checked.
fn read_place(bytes: &[u8]) -> Option<(i32, Place)> {
    let (day, rest) = bytes.split_first_chunk::<4>()?;
    let (chance, name) = rest.split_first_chunk::<8>()?;
    Some((i32::from_be_bytes(*day), (u64::from_be_bytes(*chance), name.to_vec())))
}
