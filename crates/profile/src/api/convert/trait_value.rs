//! Traits of persons, for the wire.

use tenure_proto::{
    collector::v1::Money,
    profile::v1::{self as pb, trait_value::Kind},
};
use tenure_server::wire;

use super::{kind, measure};
use crate::domain::{catalogue::Valued, datum::Datum, windowed::Names};

/// What numbers of the contract are called.
pub(crate) const NAMES: Names = Names { kind: kind::name, channel: measure::channel_name };

/// A trait of a person.
pub(super) fn to_wire(valued: Valued) -> pb::Trait {
    pb::Trait {
        name: valued.name,
        version: valued.version,
        value: valued.value.map(|value| pb::TraitValue { kind: Some(value_to_wire(value)) }),
        window_start_time: valued.start.map(wire::to_wire),
        as_of_time: Some(wire::to_wire(valued.as_of)),
    }
}

fn value_to_wire(datum: Datum) -> Kind {
    match datum {
        Datum::Number(number) => Kind::Number(number),
        Datum::Money(minor_units, currency_code) => Kind::Money(Money { currency_code, minor_units }),
        Datum::Duration(micros) => Kind::Duration(duration(micros)),
        Datum::Time(at) => Kind::Time(wire::to_wire(at)),
        Datum::Text(text) => Kind::Text(text),
        Datum::Truth(truth) => Kind::Truth(truth),
    }
}

/// Both parts have one sign.
fn duration(micros: i64) -> prost_types::Duration {
    let nanos = i32::try_from(micros % 1_000_000 * 1_000).unwrap_or_default();
    prost_types::Duration { seconds: micros / 1_000_000, nanos }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_one_sign() {
        assert_eq!(duration(-1_500_000), prost_types::Duration { seconds: -1, nanos: -500_000_000 });
        assert_eq!(duration(61_000_001), prost_types::Duration { seconds: 61, nanos: 1_000 });
    }
}
