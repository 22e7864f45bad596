//! Money is whole minor units.

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind};

use super::finds;
use crate::descriptors::fields;

/// Words that make a number an amount of money.
const MONEY: &[&str] = &["amount", "balance", "cost", "fee", "margin", "money", "premium", "price"];

/// An amount is a message or `int64 *_minor_units`. Only means and expectations of `tenure.value` may be fractions.
pub(super) fn money_is_whole(pool: &DescriptorPool) -> Vec<String> {
    let found = fields(pool).into_iter().filter(|field| !is_whole(field));
    found.map(|field| format!("{} is money, and not in whole minor units", field.full_name())).collect()
}

fn is_whole(field: &FieldDescriptor) -> bool {
    let name = field.name();
    if name.contains("minor_units") {
        field.kind() == Kind::Int64 || (field.kind() == Kind::Double && is_expectation(field))
    } else {
        let scalar = field.kind().as_message().is_none() && field.kind().as_enum().is_none();
        !(scalar && name.split('_').any(|word| MONEY.contains(&word)))
    }
}

fn is_expectation(field: &FieldDescriptor) -> bool {
    let name = field.name();
    let value = field.parent_message().package_name() == "tenure.value.v1";
    value && (name.starts_with("expected_") || name.starts_with("mean_"))
}

#[test]
fn broken_money_is_found() {
    finds(money_is_whole, "int64 cost_minor_units", "double cost_minor_units", "Sample.cost_minor_units is money");
    finds(money_is_whole, "int64 cost_minor_units", "double expected_cost_minor_units", "is money");
    finds(money_is_whole, "int64 cost_minor_units", "int64 unit_price", "Sample.unit_price is money");
}
