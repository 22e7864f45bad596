//! What a touchpoint says of its primary subject without being personal, as fields. The README has the table.

use tenure_kernel::Timestamp;
use tenure_proto::collector::v1::{Channel, ConsentDetail, Touchpoint, TouchpointType as Type, touchpoint::Detail};
use tenure_server::wire;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::field;
use crate::domain::{
    fact::{Field, Method},
    path::WITHDRAWN,
};

/// The fields that a touchpoint states.
pub(crate) fn fields(touchpoint: &Touchpoint) -> Vec<Field> {
    let kind = touchpoint.r#type();
    let mut fields = contract(kind, touchpoint);
    fields.extend(life(kind, touchpoint));
    match &touchpoint.detail {
        Some(Detail::Consent(detail)) => fields.extend(consent(kind, detail, touchpoint.channel())),
        Some(Detail::Loyalty(detail)) if kind == Type::TierChanged && !detail.tier_code.is_empty() => {
            fields.push(field(join(&["loyalty", &detail.programme_code, "tier"]), &detail.tier_code));
        }
        _ => {}
    }
    fields
}

/// How what it says came to its source: by the channel.
pub(crate) fn method(touchpoint: &Touchpoint) -> Method {
    match touchpoint.channel() {
        Channel::Web | Channel::App | Channel::Email | Channel::Chat | Channel::Letter => Method::Declared,
        Channel::Phone | Channel::Branch | Channel::Partner => Method::Entered,
        Channel::System | Channel::Unspecified => Method::System,
    }
}

/// A path of the parts that are not empty.
fn join(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".")
}

fn contract(kind: Type, touchpoint: &Touchpoint) -> Vec<Field> {
    let Some(contract) = touchpoint.correlation.as_ref().map(|correlation| &correlation.contract_ref) else {
        return Vec::new();
    };
    if contract.is_empty() {
        return Vec::new();
    }
    let (product, end) = match &touchpoint.detail {
        Some(Detail::Contract(detail)) => (detail.product_code.as_str(), detail.end_time.as_ref()),
        Some(Detail::Account(detail)) => (detail.product_code.as_str(), None),
        _ => ("", None),
    };
    let end = end.and_then(wire::timestamp).and_then(text);
    let said = [("status", status(kind).map(str::to_owned)), ("product", Some(product.to_owned())), ("end", end)];
    let said = said.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    said.map(|(name, value)| field(format!("contract.{contract}.{name}"), value)).collect()
}

/// What a type says of the contract's status, if anything.
fn status(kind: Type) -> Option<&'static str> {
    Some(match kind {
        Type::ContractStarted
        | Type::ContractRenewed
        | Type::ContractRetained
        | Type::ContractWonBack
        | Type::AccountOpened
        | Type::LoanApproved => "active",
        Type::ContractLapsed => "lapsed",
        Type::ContractCancelRequested => "cancel_requested",
        Type::ContractCancelled => "cancelled",
        Type::AccountDormant => "dormant",
        Type::AccountClosed => "closed",
        Type::LoanApplied => "applied",
        Type::LoanRejected => "rejected",
        Type::LoanRepaid => "repaid",
        _ => return None,
    })
}

/// RFC 3339, in UTC.
fn text(at: Timestamp) -> Option<String> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000).ok()?.format(&Rfc3339).ok()
}

/// Consent under the law of a jurisdiction has a path of its own, which ends in "@" and its code.
fn consent(kind: Type, detail: &ConsentDetail, channel: Channel) -> Option<Field> {
    let mut said = said_of_consent(kind, detail, channel)?;
    if said.path.starts_with("preference.") {
        return Some(said);
    }
    if !detail.jurisdiction_code.is_empty() {
        said.path = format!("{}@{}", said.path, detail.jurisdiction_code);
    }
    let expires_at = detail.expire_time.as_ref().and_then(wire::timestamp);
    Some(Field { text_version: detail.text_version.clone(), expires_at, ..said })
}

fn said_of_consent(kind: Type, detail: &ConsentDetail, channel: Channel) -> Option<Field> {
    let (purpose, code) = (detail.purpose_code.as_str(), detail.channel_code.as_str());
    match kind {
        Type::ConsentGiven if !purpose.is_empty() => Some(field(join(&["consent", purpose, code]), "given")),
        Type::ConsentWithdrawn if !purpose.is_empty() => Some(field(join(&["consent", purpose, code]), WITHDRAWN)),
        Type::ObjectionRaised if !purpose.is_empty() => Some(field(join(&["objection", purpose, code]), "raised")),
        Type::ChannelUnsubscribed => {
            let purpose = if purpose.is_empty() { "marketing" } else { purpose };
            let code = if code.is_empty() { channel_code(channel)? } else { code.to_owned() };
            Some(field(join(&["consent", purpose, &code]), WITHDRAWN))
        }
        Type::PreferenceChanged if !code.is_empty() => {
            Some(field(join(&["preference", if purpose.is_empty() { "contact" } else { purpose }]), code))
        }
        _ => None,
    }
}

fn channel_code(channel: Channel) -> Option<String> {
    let known = channel != Channel::Unspecified;
    known.then(|| channel.as_str_name().trim_start_matches("CHANNEL_").to_lowercase())
}

fn life(kind: Type, touchpoint: &Touchpoint) -> Option<Field> {
    let category = match &touchpoint.detail {
        Some(Detail::Life(detail)) => detail.category_code.as_str(),
        _ => "",
    };
    Some(match kind {
        Type::DeathReported => field("life.deceased", "true"),
        Type::MarriageReported => field("life.marital_status", "married"),
        Type::DivorceReported => field("life.marital_status", "divorced"),
        Type::RetirementReported => field("life.retired", "true"),
        Type::EmigrationReported => field("life.emigrated", "true"),
        Type::VulnerabilitySignalled => {
            field("life.vulnerability", if category.is_empty() { "signalled" } else { category })
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use tenure_proto::collector::v1::{ContractDetail, Correlation, LifeDetail, LoyaltyDetail};

    use super::*;

    fn flat(kind: Type, detail: Option<Detail>) -> Vec<String> {
        let correlation = Some(Correlation { contract_ref: "P-7".into(), ..Default::default() });
        let touchpoint = Touchpoint { r#type: kind.into(), correlation, detail, channel: 4, ..Default::default() };
        fields(&touchpoint).iter().map(|field| format!("{}={}", field.path, field.value)).collect()
    }

    #[test]
    fn contracts_have_a_status_a_product_and_an_end() {
        let end_time = Some(prost_types::Timestamp { seconds: 1_798_761_600, nanos: 0 });
        let detail = ContractDetail { product_code: "car".into(), end_time, ..Default::default() };
        let expected =
            ["contract.P-7.status=active", "contract.P-7.product=car", "contract.P-7.end=2027-01-01T00:00:00Z"];
        assert_eq!(flat(Type::ContractStarted, Some(Detail::Contract(detail))), expected);
        assert_eq!(flat(Type::ContractCancelled, None), ["contract.P-7.status=cancelled"]);
        assert!(flat(Type::ContractPriceChanged, None).is_empty());
        assert!(fields(&Touchpoint { r#type: Type::ContractCancelled.into(), ..Default::default() }).is_empty());
    }

    #[test]
    fn consent_is_for_a_purpose_and_perhaps_a_channel() {
        let detail = |purpose: &str, channel: &str| {
            let detail =
                ConsentDetail { purpose_code: purpose.into(), channel_code: channel.into(), ..Default::default() };
            Some(Detail::Consent(detail))
        };
        let cases = [
            (Type::ConsentGiven, "marketing", "", Some("consent.marketing=given")),
            (Type::ConsentWithdrawn, "marketing", "email", Some("consent.marketing.email=withdrawn")),
            (Type::ConsentGiven, "", "email", None),
            (Type::ObjectionRaised, "profiling", "", Some("objection.profiling=raised")),
            (Type::ChannelUnsubscribed, "", "", Some("consent.marketing.email=withdrawn")),
            (Type::ChannelUnsubscribed, "service", "sms", Some("consent.service.sms=withdrawn")),
            (Type::PreferenceChanged, "", "phone", Some("preference.contact=phone")),
            (Type::PreferenceChanged, "service", "", None),
        ];
        for (kind, purpose, channel, expected) in cases {
            assert_eq!(flat(kind, detail(purpose, channel)), expected.into_iter().collect::<Vec<_>>(), "{kind:?}");
        }
    }

    #[test]
    fn tiers_and_life_events_are_known() {
        let tier = |programme: &str| {
            let detail =
                LoyaltyDetail { programme_code: programme.into(), tier_code: "gold".into(), ..Default::default() };
            Some(Detail::Loyalty(detail))
        };
        assert_eq!(flat(Type::TierChanged, tier("miles")), ["loyalty.miles.tier=gold"]);
        assert_eq!(flat(Type::TierChanged, tier("")), ["loyalty.tier=gold"]);
        assert!(flat(Type::PointsEarned, tier("miles")).is_empty());
        assert_eq!(flat(Type::DeathReported, None), ["life.deceased=true"]);
        let detail = LifeDetail { category_code: "debt".into(), ..Default::default() };
        assert_eq!(flat(Type::VulnerabilitySignalled, Some(Detail::Life(detail))), ["life.vulnerability=debt"]);
    }
}
