//! Units on the wire.

use crate::domain::quantity::Unit;

pub(super) fn code(unit: Unit) -> String {
    match unit {
        Unit::Second => "second".to_owned(),
        Unit::Minute => "minute".to_owned(),
        Unit::Hour => "hour".to_owned(),
        Unit::Day => "day".to_owned(),
        Unit::Count => "count".to_owned(),
        Unit::Money(code) => String::from_utf8_lossy(&code).into_owned(),
    }
}
