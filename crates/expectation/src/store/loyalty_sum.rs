//! Drivers of loyalty of everybody and by product: sums over customers, kept by differences. Derived by refolding.

use std::collections::BTreeMap;

use tenure_kernel::Tenant;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use crate::domain::{
    group_loyalty::{Key, Sum},
    loyalty::Basis,
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("product", Kind::Text),
    ("basis", Kind::Int),
    ("customers", Kind::Int),
    ("total", Kind::Int),
    ("squares", Kind::Int),
    ("low", Kind::Int),
    ("high", Kind::Int),
    ("facts", Kind::Int),
];

/// The most rows of a product: all who are in the group, and one for each basis.
const MOST_ROWS: i64 = 6;

/// What is known of a group: by product, which is empty for everybody, the sums by what drivers rest on.
pub(crate) type Group = (String, BTreeMap<Option<Basis>, Sum>);

/// Adds to sums, or takes from them.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, differences: &BTreeMap<Key, Sum>) -> Result<(), StoreError> {
    let mut insert = Insert::new("loyalty_sum", COLUMNS).on_conflict(
        "(tenant, product, basis) DO UPDATE
         SET customers = loyalty_sum.customers + excluded.customers, total = loyalty_sum.total + excluded.total,
             squares = loyalty_sum.squares + excluded.squares, low = loyalty_sum.low + excluded.low,
             high = loyalty_sum.high + excluded.high, facts = loyalty_sum.facts + excluded.facts",
    );
    for ((product, basis), sum) in differences.iter().filter(|(_, sum)| **sum != Sum::default()) {
        insert.row([
            tenant.as_str().into(),
            product.as_str().into(),
            basis.map_or(0, |basis| basis as i64).into(),
            sum.customers.into(),
            sum.total.into(),
            sum.squares.into(),
            sum.low.into(),
            sum.high.into(),
            sum.facts.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The groups after a product's, so many at most, by product; from everybody on if there is none.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    last: Option<&str>,
    limit: usize,
) -> Result<Vec<Group>, StoreError> {
    let sql = format!(
        "SELECT product, basis, customers, total, squares, low, high, facts FROM loyalty_sum
         WHERE tenant = ? AND product {} ? ORDER BY product, basis LIMIT ?",
        if last.is_some() { ">" } else { ">=" }
    );
    // A group that is cut off is one too many.
    let rows = i64::try_from(limit).unwrap_or(i64::MAX).saturating_mul(MOST_ROWS);
    let values = vec![tenant.as_str().into(), last.unwrap_or_default().into(), rows.into()];
    let mut groups: Vec<Group> = Vec::new();
    for row in &query.all(&sql, values).await? {
        let product: String = row.get(0)?;
        if groups.last().is_none_or(|(last, _)| *last != product) {
            groups.push((product, BTreeMap::new()));
        }
        let of = match row.get(1)? {
            0 => None,
            number => Some(basis(number)?),
        };
        if let Some((_, sums)) = groups.last_mut() {
            sums.insert(of, sum(row)?);
        }
    }
    groups.truncate(limit);
    Ok(groups)
}

fn sum(row: &Row) -> Result<Sum, StoreError> {
    Ok(Sum {
        customers: row.get(2)?,
        total: row.get(3)?,
        squares: row.get(4)?,
        low: row.get(5)?,
        high: row.get(6)?,
        facts: row.get(7)?,
    })
}

/// A basis that we wrote.
pub(super) fn basis(number: i64) -> Result<Basis, StoreError> {
    const ALL: [Basis; 5] = [Basis::Answers, Basis::Experiences, Basis::Claims, Basis::Agreements, Basis::Contacts];
    ALL.into_iter().find(|basis| *basis as i64 == number).ok_or_else(|| StoreError::Row("loyalty_sum.basis".to_owned()))
}
