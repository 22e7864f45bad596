//! Finds a person by an id or by a record.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant};

use super::Context;
use crate::{
    domain::person::{Standing, resolve},
    store::{membership, person},
};

/// By what.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By {
    /// An id, past or present.
    Person(PersonId),
    /// One of its records.
    Record(RecordId),
}

/// The person.
pub(crate) async fn find_person(context: &Context, tenant: &Tenant, by: By) -> Result<Standing, Refusal> {
    let id = match by {
        By::Person(id) => id,
        By::Record(record) => {
            let homes = membership::persons(&context.store, tenant, &BTreeSet::from([record])).await?;
            homes.into_values().next().ok_or_else(Refusal::not_found)?
        }
    };
    let persons = person::load(&context.store, tenant, [id]).await?;
    resolve(&persons, id).map(Standing::from).ok_or_else(Refusal::not_found)
}
