//! Amounts at and past what they may be.

use tenure_collector::domain::detail::MOST_MINOR_UNITS;
use tenure_proto::{
    collector::v1::{self as pb, touchpoint::Detail},
    error::v1::Reason::{AmountNegative, FieldOutOfRange},
};

use super::{Case, line, lines};
use crate::fixture::money;

pub(super) fn cases() -> Vec<Case> {
    vec![
        (|t| t.amount = money(MOST_MINOR_UNITS), &[]),
        (|t| t.amount = money(MOST_MINOR_UNITS + 1), &[("amount.minor_units", FieldOutOfRange)]),
        (
            |t| t.amount = money(i64::MIN),
            &[("amount.minor_units", FieldOutOfRange), ("amount.minor_units", AmountNegative)],
        ),
        (
            |t| lines(t, vec![line(1, money(MOST_MINOR_UNITS + 1))]),
            &[("order.lines[0].amount.minor_units", FieldOutOfRange)],
        ),
        (
            |t| {
                let margin = money(-MOST_MINOR_UNITS - 1);
                t.detail = Some(Detail::Order(pb::OrderDetail { margin, ..Default::default() }));
            },
            &[("order.margin.minor_units", FieldOutOfRange)],
        ),
    ]
}
