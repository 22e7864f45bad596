//! What may be believed of what a provider says: only what it declared, of the declared type, sane in every part.

use std::collections::BTreeSet;

use tenure_kernel::Timestamp;

use super::{
    descriptor::{Descriptor, Output},
    fact::{Confidence, Fact, Said, Value, ValueType},
    fingerprint::Fingerprint,
};

/// Why something that a provider said is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refused {
    /// The path is not one that it declared.
    PathUndeclared,
    /// The path came before in the item.
    PathRepeated,
    /// There is no value, or it is of another type.
    TypeWrong,
    /// A text is longer than it may be.
    TooLong,
    /// The confidence is not a number from 0 to 1.
    ConfidenceInvalid,
    /// The method is not said.
    MethodMissing,
    /// A time is none, or lies where it can't.
    TimeInvalid,
    /// It held until before now.
    Expired,
    /// It is said in the name of another provider or version.
    ProviderForeign,
    /// The item was not asked.
    ItemUnasked,
    /// The item was answered before.
    ItemRepeated,
    /// The status is not said, or the facts do not go with it.
    StatusInvalid,
    /// There are more than 64 facts on an item.
    TooMany,
}

impl Refused {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::PathUndeclared,
        Self::PathRepeated,
        Self::TypeWrong,
        Self::TooLong,
        Self::ConfidenceInvalid,
        Self::MethodMissing,
        Self::TimeInvalid,
        Self::Expired,
        Self::ProviderForeign,
        Self::ItemUnasked,
        Self::ItemRepeated,
        Self::StatusInvalid,
        Self::TooMany,
    ];

    /// Its code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PathUndeclared => "path_undeclared",
            Self::PathRepeated => "path_repeated",
            Self::TypeWrong => "type_wrong",
            Self::TooLong => "too_long",
            Self::ConfidenceInvalid => "confidence_invalid",
            Self::MethodMissing => "method_missing",
            Self::TimeInvalid => "time_invalid",
            Self::Expired => "expired",
            Self::ProviderForeign => "provider_foreign",
            Self::ItemUnasked => "item_unasked",
            Self::ItemRepeated => "item_repeated",
            Self::StatusInvalid => "status_invalid",
            Self::TooMany => "too_many",
        }
    }
}

/// The most facts on an item.
pub const FACTS: usize = 64;
const TEXT: usize = 256;
const SHORT: usize = 64;
/// How far a provider's clock may be ahead of ours.
const SKEW: i64 = 5 * 60 * 1_000_000;

/// What is believed of what was said on an item, and why the rest is not.
#[must_use]
pub fn believe(
    descriptor: &Descriptor,
    asked: Fingerprint,
    said: Vec<Said>,
    now: Timestamp,
) -> (Vec<Fact>, Vec<Refused>) {
    let (mut facts, mut refused, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (place, one) in said.into_iter().enumerate() {
        if place >= FACTS {
            refused.push(Refused::TooMany);
            break;
        }
        match fact(descriptor, asked, &one, now) {
            Ok(_) if !seen.insert(one.path.clone()) => refused.push(Refused::PathRepeated),
            Ok(fact) => facts.push(fact),
            Err(reason) => refused.push(reason),
        }
    }
    (facts, refused)
}

fn fact(descriptor: &Descriptor, asked: Fingerprint, said: &Said, now: Timestamp) -> Result<Fact, Refused> {
    let output = descriptor.output(&said.path).ok_or(Refused::PathUndeclared)?;
    let value = value(output.kind, said.value.as_ref())?;
    let own = |text: &str, own: &str| text.is_empty() || text == own;
    if !own(&said.provider, &descriptor.id) || !own(&said.provider_version, &descriptor.version) {
        return Err(Refused::ProviderForeign);
    }
    let long = |text: &str, most: usize| text.chars().count() > most;
    if long(&said.dataset_version, SHORT) || long(&said.licence, SHORT) || long(&said.evidence_ref, TEXT) {
        return Err(Refused::TooLong);
    }
    let confidence = Confidence::of(said.confidence).ok_or(Refused::ConfidenceInvalid)?;
    let method = said.method.ok_or(Refused::MethodMissing)?;
    let (observed_at, expires_at) = times(output, asked, said, now)?;
    Ok(Fact {
        path: output.path.clone(),
        value,
        observed_at,
        valid_from: said.valid_from,
        valid_to: said.valid_to,
        expires_at,
        dataset_version: said.dataset_version.clone(),
        confidence,
        method,
        licence: said.licence.clone(),
        evidence_ref: said.evidence_ref.clone(),
    })
}

/// When it was observed, and when to ask anew.
fn times(output: &Output, asked: Fingerprint, said: &Said, now: Timestamp) -> Result<(Timestamp, Timestamp), Refused> {
    let observed_at = said.observed_at.unwrap_or(now);
    let backwards = said.valid_from.zip(said.valid_to).is_some_and(|(from, to)| to <= from);
    let unborn = said.valid_from.is_some_and(|from| from.0 > now.0 + SKEW);
    if said.bad_time || observed_at.0 > now.0 + SKEW || backwards || unborn {
        return Err(Refused::TimeInvalid);
    }
    let ttl = i64::try_from(output.ttl.as_micros()).unwrap_or(i64::MAX);
    let expires_at = said.expires_at.unwrap_or(Timestamp(now.0.saturating_add(asked.jitter(ttl))));
    let expires_at = said.valid_to.map_or(expires_at, |to| to.min(expires_at));
    if expires_at <= now { Err(Refused::Expired) } else { Ok((observed_at.min(now), expires_at)) }
}

/// A value as text, if it is of the type.
fn value(kind: ValueType, value: Option<&Value>) -> Result<String, Refused> {
    match (kind, value) {
        (ValueType::Text, Some(Value::Text(text))) if text.chars().count() > TEXT => Err(Refused::TooLong),
        (ValueType::Code, Some(Value::Text(text))) if text.len() > SHORT => Err(Refused::TooLong),
        (ValueType::Text, Some(Value::Text(text))) if is_text(text) => Ok(text.clone()),
        (ValueType::Code, Some(Value::Text(text))) if is_code(text) => Ok(text.clone()),
        (ValueType::Integer, Some(Value::Integer(number))) => Ok(number.to_string()),
        (ValueType::Decimal, Some(Value::Decimal(number))) if number.is_finite() => Ok(number.to_string()),
        (ValueType::Truth, Some(Value::Truth(truth))) => Ok(truth.to_string()),
        (ValueType::Date, Some(Value::Date(day))) if is_day(day) => Ok(day.clone()),
        _ => Err(Refused::TypeWrong),
    }
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|letter| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'))
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use tenure_kernel::Purpose;

    use super::*;
    use crate::domain::fact::Method;

    const NOW: Timestamp = Timestamp(1_000_000_000_000_000);
    const ASKED: Fingerprint = Fingerprint([7; 16]);

    fn provider() -> Descriptor {
        let kinds = [
            ("text", ValueType::Text),
            ("code", ValueType::Code),
            ("integer", ValueType::Integer),
            ("decimal", ValueType::Decimal),
            ("truth", ValueType::Truth),
            ("date", ValueType::Date),
        ];
        let output = |(name, kind)| Output { path: format!("enriched.{name}"), kind, ttl: Duration::from_secs(1_000) };
        Descriptor {
            id: "sample".to_owned(),
            version: "3".to_owned(),
            inputs: Vec::new(),
            outputs: kinds.map(output).to_vec(),
            purposes: vec![Purpose::Service],
            max_batch: 1,
        }
    }

    fn said() -> Said {
        Said::code("enriched.code", "mobile")
    }

    fn reason(said: Said) -> Vec<Refused> {
        let (facts, refused) = believe(&provider(), ASKED, vec![said], NOW);
        assert_eq!(facts.len() + refused.len(), 1);
        refused
    }

    #[test]
    fn each_lie_is_refused_for_its_reason() {
        let long = "a".repeat(300);
        let at = |micros: i64| Some(Timestamp(NOW.0 + micros));
        let lies = [
            (Said { path: "enriched.other".into(), ..said() }, Refused::PathUndeclared),
            (Said { path: "name.family_name".into(), ..said() }, Refused::PathUndeclared),
            (Said { value: Some(Value::Integer(3)), ..said() }, Refused::TypeWrong),
            (Said { value: None, ..said() }, Refused::TypeWrong),
            (Said { value: Some(Value::Text("Two Words".into())), ..said() }, Refused::TypeWrong),
            (Said::code("enriched.integer", "3"), Refused::TypeWrong),
            (Said::derived("enriched.decimal", Value::Decimal(f64::NAN)), Refused::TypeWrong),
            (Said::derived("enriched.truth", Value::Text("true".into())), Refused::TypeWrong),
            (Said::derived("enriched.date", Value::Date("2026-02-30".into())), Refused::TypeWrong),
            (Said::derived("enriched.text", Value::Text("a\nb".into())), Refused::TypeWrong),
            (Said::derived("enriched.text", Value::Text(long.clone())), Refused::TooLong),
            (Said { value: Some(Value::Text(long.clone())), ..said() }, Refused::TooLong),
            (Said { evidence_ref: long.clone(), ..said() }, Refused::TooLong),
            (Said { licence: long, ..said() }, Refused::TooLong),
            (Said { confidence: f64::NAN, ..said() }, Refused::ConfidenceInvalid),
            (Said { confidence: 1.01, ..said() }, Refused::ConfidenceInvalid),
            (Said { confidence: -0.01, ..said() }, Refused::ConfidenceInvalid),
            (Said { method: None, ..said() }, Refused::MethodMissing),
            (Said { bad_time: true, ..said() }, Refused::TimeInvalid),
            (Said { observed_at: at(SKEW + 1), ..said() }, Refused::TimeInvalid),
            (Said { valid_from: at(-1), valid_to: at(-1), ..said() }, Refused::TimeInvalid),
            (Said { expires_at: at(0), ..said() }, Refused::Expired),
            (Said { valid_to: at(0), ..said() }, Refused::Expired),
            (Said { provider: "other".into(), ..said() }, Refused::ProviderForeign),
            (Said { provider_version: "2".into(), ..said() }, Refused::ProviderForeign),
        ];
        for (lie, expected) in lies {
            assert_eq!(reason(lie.clone()), [expected], "{lie:?}");
        }
    }

    #[test]
    fn the_truth_is_believed_as_text() {
        let told = vec![
            Said { provider: "sample".into(), provider_version: "3".into(), ..said() },
            Said::derived("enriched.text", Value::Text("Van Lanschot Kempen".into())),
            Said::derived("enriched.integer", Value::Integer(-3)),
            Said::derived("enriched.decimal", Value::Decimal(0.5)),
            Said::derived("enriched.truth", Value::Truth(false)),
            Said::derived("enriched.date", Value::Date("2026-02-28".into())),
            said(),
        ];
        let (facts, refused) = believe(&provider(), ASKED, told, NOW);
        assert_eq!(refused, [Refused::PathRepeated]);
        let values: Vec<_> = facts.iter().map(|fact| fact.value.as_str()).collect();
        assert_eq!(values, ["mobile", "Van Lanschot Kempen", "-3", "0.5", "false", "2026-02-28"]);
        assert!(facts.iter().all(|fact| fact.method == Method::Derived && fact.confidence == Confidence::CERTAIN));
    }

    #[test]
    fn more_than_64_facts_are_not_looked_at() {
        let (_, refused) = believe(&provider(), ASKED, vec![said(); 70], NOW);
        assert_eq!(refused.iter().filter(|one| **one == Refused::TooMany).count(), 1);
        assert_eq!(refused.len(), 64);
    }

    proptest! {
        /// Whatever it says, what is believed is within its bounds.
        #[test]
        fn what_is_believed_holds_now_and_ends(
            confidence in prop_oneof![Just(f64::NAN), Just(f64::INFINITY), -2.0..2.0_f64],
            text in ".{0,80}",
            (observed, valid_to, expires) in (any::<Option<i32>>(), any::<Option<i32>>(), any::<Option<i32>>()),
            place in 0..6_usize,
        ) {
            let at = |micros: Option<i32>| micros.map(|micros| Timestamp(NOW.0 + i64::from(micros)));
            let path = provider().outputs[place].path.clone();
            let told = Said {
                path,
                value: Some(Value::Text(text)),
                confidence,
                observed_at: at(observed),
                valid_to: at(valid_to),
                expires_at: at(expires),
                ..said()
            };
            for fact in believe(&provider(), ASKED, vec![told], NOW).0 {
                prop_assert!(fact.expires_at > NOW && fact.observed_at <= NOW);
                prop_assert!(fact.valid_to.is_none_or(|to| fact.expires_at <= to));
                prop_assert!(fact.confidence <= Confidence::CERTAIN && !fact.value.is_empty());
            }
        }
    }
}
