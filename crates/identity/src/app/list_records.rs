//! Lists a person's source records.

use tenure_kernel::{PersonId, Refusal, Tenant};

use super::{
    Context,
    find_person::{By, find_person},
};
use crate::store::record::{self, SourceRecord};

const LIST: &str = "tenure.identity.v1.IdentityService/ListSourceRecords";

/// A page by record id, and the token of the next one; empty on the last.
pub(crate) async fn list_records(
    context: &Context,
    tenant: &Tenant,
    person: PersonId,
    size: usize,
    token: &str,
) -> Result<(Vec<SourceRecord>, String), Refusal> {
    let after = match token {
        "" => Vec::new(),
        token => context.tokens.decode(tenant, LIST, &person.0, token)?,
    };
    let home = find_person(context, tenant, By::Person(person)).await?;
    let mut records = record::page(&context.store, tenant, home.id, &after, size + 1).await?;
    let more = records.len() > size;
    records.truncate(size);
    let last = records.last().filter(|_| more);
    let next = last.map_or_else(String::new, |last| context.tokens.encode(tenant, LIST, &person.0, &last.id.0));
    Ok((records, next))
}
