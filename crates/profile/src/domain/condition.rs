//! What the value of an indexed trait must be, and how values are ordered.

use std::cmp::Ordering;

use super::datum::{Datum, Kind};

/// How many bytes of a text are in its key.
pub(crate) const TEXT: usize = 200;

/// Which values of a trait are asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Condition {
    pub(crate) equal_to: Option<Datum>,
    pub(crate) at_least: Option<Datum>,
    pub(crate) less_than: Option<Datum>,
}

impl Condition {
    /// Whether a value is one of those.
    pub(crate) fn holds(&self, value: &Datum) -> bool {
        let is = |bound: &Option<Datum>, fits: fn(Ordering) -> bool| {
            bound.as_ref().is_none_or(|bound| compare(value, bound).is_some_and(fits))
        };
        is(&self.equal_to, Ordering::is_eq)
            && is(&self.at_least, Ordering::is_ge)
            && is(&self.less_than, Ordering::is_lt)
    }

    /// The keys of all that holds, and few others: from one, up to another that is not among them.
    pub(crate) fn keys(&self) -> (Vec<u8>, Vec<u8>) {
        if let Some(equal) = &self.equal_to {
            let key = key(equal);
            return (key.clone(), [key.as_slice(), &[0]].concat());
        }
        let low = self.at_least.as_ref().map(key).unwrap_or_default();
        (low, self.less_than.as_ref().map_or_else(|| vec![u8::MAX; TEXT + 1], key))
    }
}

/// Of two of a kind; `None`: they are of different kinds.
fn compare(one: &Datum, other: &Datum) -> Option<Ordering> {
    match (one, other) {
        (Datum::Number(one), Datum::Number(other)) => one.partial_cmp(other),
        (Datum::Money(one, currency), Datum::Money(other, of)) if currency == of => Some(one.cmp(other)),
        (Datum::Duration(one), Datum::Duration(other)) => Some(one.cmp(other)),
        (Datum::Time(one), Datum::Time(other)) => Some(one.cmp(other)),
        (Datum::Text(one), Datum::Text(other)) => Some(one.cmp(other)),
        (Datum::Truth(one), Datum::Truth(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// Bytes that are ordered as values of one kind are; long texts that begin alike share one.
pub(crate) fn key(value: &Datum) -> Vec<u8> {
    const SIGN: u64 = 1 << 63;
    let whole = |number: i64| (number as u64 ^ SIGN).to_be_bytes().to_vec();
    match value {
        Datum::Number(number) => {
            // Zero has two signs.
            let bits = (number + 0.0).to_bits();
            let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
            ordered.to_be_bytes().to_vec()
        }
        Datum::Money(size, _) | Datum::Duration(size) => whole(*size),
        Datum::Time(at) => whole(at.0),
        Datum::Text(text) => text.bytes().take(TEXT).collect(),
        Datum::Truth(truth) => vec![u8::from(*truth)],
    }
}

/// The kind of a value.
pub(crate) fn kind(value: &Datum) -> Kind {
    match value {
        Datum::Number(_) => Kind::Number,
        Datum::Money(_, currency) => Kind::Money(currency.clone()),
        Datum::Duration(_) => Kind::Duration,
        Datum::Time(_) => Kind::Time,
        Datum::Text(_) => Kind::Text,
        Datum::Truth(_) => Kind::Truth,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tenure_kernel::Timestamp;

    use super::*;

    fn pairs() -> impl Strategy<Value = (Datum, Datum)> {
        let number = || prop_oneof![any::<i32>().prop_map(f64::from), -2.0..2.0, Just(0.0), Just(-0.0), Just(f64::MAX)];
        let text = || prop_oneof!["[ab]{0,3}", "a{199,202}b?", "\\PC{0,4}"];
        prop_oneof![
            (number(), number()).prop_map(|(one, other)| (Datum::Number(one), Datum::Number(other))),
            (any::<i64>(), any::<i64>()).prop_map(|(one, other)| (Datum::Duration(one), Datum::Duration(other))),
            (-2..2_i64, -2..2_i64)
                .prop_map(|(one, other)| (Datum::Money(one, "EUR".into()), Datum::Money(other, "EUR".into()))),
            (any::<i64>(), any::<i64>())
                .prop_map(|(one, other)| (Datum::Time(Timestamp(one)), Datum::Time(Timestamp(other)))),
            (text(), text()).prop_map(|(one, other)| (Datum::Text(one), Datum::Text(other))),
            any::<(bool, bool)>().prop_map(|(one, other)| (Datum::Truth(one), Datum::Truth(other))),
        ]
    }

    proptest! {
        #[test]
        fn keys_are_ordered_as_values_are((one, other) in pairs()) {
            let order = compare(&one, &other).expect("of one kind");
            let long = |datum: &Datum| matches!(datum, Datum::Text(text) if text.len() > TEXT);
            let keys = key(&one).cmp(&key(&other));
            prop_assert!(keys == order || (keys.is_eq() && long(&one) | long(&other)), "{order:?} {keys:?}");
        }

        #[test]
        fn nothing_that_holds_is_left_out((value, bound) in pairs().prop_filter("short", |(_, bound)| key(bound).len() < TEXT), which in 0..4) {
            let bound = Some(bound);
            let condition = match which {
                0 => Condition { equal_to: bound, ..Condition::default() },
                1 => Condition { at_least: bound, ..Condition::default() },
                2 => Condition { less_than: bound, ..Condition::default() },
                _ => Condition::default(),
            };
            let (low, high) = condition.keys();
            let within = low <= key(&value) && key(&value) < high;
            prop_assert!(within || !condition.holds(&value));
            let long = matches!(&value, Datum::Text(text) if text.len() > TEXT);
            prop_assert!(!within || long || condition.holds(&value));
        }
    }

    #[test]
    fn what_is_of_another_kind_does_not_hold() {
        let bound = Condition { at_least: Some(Datum::Money(1, "EUR".into())), ..Condition::default() };
        assert!(bound.holds(&Datum::Money(1, "EUR".into())) && !bound.holds(&Datum::Money(9, "USD".into())));
        assert!(!bound.holds(&Datum::Number(9.0)));
    }
}
