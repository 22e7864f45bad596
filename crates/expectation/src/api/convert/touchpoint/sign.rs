//! What touchpoints tell of purchases, of doubts about them, and of answers to surveys.

use tenure_proto::collector::v1::{Correlation, Touchpoint, TouchpointType as Type, touchpoint::Detail};

use super::{Told, contact::is_contact, matter};
use crate::domain::{
    calibration::Answered,
    promise::MatterKind,
    subscale::{ACT, LOOK, QUESTION, Sign, Subscale},
    window::Purchase,
};

/// Words in the codes of sources, and what it means that a customer asks or looks for it.
const WORDS: &[(Subscale, &str, &[&str])] = &[
    (
        Subscale::Wisdom,
        "cancellation",
        &["cancel", "cancellation", "termination", "opzeggen", "opzegging", "beeindigen"],
    ),
    (Subscale::Wisdom, "cooling_off", &["cooling", "withdraw", "withdrawal", "bedenktijd", "herroepen", "herroeping"]),
    (Subscale::Wisdom, "comparison", &["compare", "comparison", "vergelijk", "vergelijken", "vergelijking"]),
    (
        Subscale::Deal,
        "price",
        &[
            "price", "prices", "pricing", "fee", "fees", "costs", "premium", "rates", "prijs", "kosten", "premie",
            "tarief",
        ],
    ),
];

/// Whether touchpoints of a type are purchases.
pub(super) fn is_purchase(kind: Type) -> bool {
    matches!(kind, Type::OrderPlaced | Type::ContractStarted | Type::ContractWonBack | Type::AccountOpened)
}

/// What a code of a source's is about, if it is one of those that tell of doubt.
fn about(code: &str) -> Option<(Subscale, &'static str)> {
    let code = code.to_ascii_lowercase();
    let has = |words: &[&str]| code.split(|one: char| !one.is_ascii_alphanumeric()).any(|word| words.contains(&word));
    WORDS.iter().find(|(.., words)| has(words)).map(|(subscale, name, _)| (*subscale, *name))
}

/// Whether a touchpoint tells of doubt.
pub(super) fn doubts(body: &Touchpoint) -> bool {
    !found(body).is_empty()
}

/// What tells of doubt, and how strongly.
fn found(body: &Touchpoint) -> Vec<(Subscale, &'static str, f64)> {
    match (body.r#type(), &body.detail) {
        (Type::ContractCancelRequested, _) => vec![(Subscale::Wisdom, "cancel_requested", ACT)],
        (Type::ReturnRequested, _) => vec![(Subscale::Wisdom, "return_requested", ACT)],
        (Type::BillShock, _) => vec![(Subscale::Deal, "bill_shock", ACT)],
        (Type::ContentOpened | Type::FeatureUsed, Some(Detail::Digital(detail))) => {
            about(&detail.item_code).map(|(subscale, code)| (subscale, code, LOOK)).into_iter().collect()
        }
        // Of a call its end says what it was about, and how the customer felt.
        (Type::CallQueued | Type::CallAnswered | Type::MessageReplied, _) => Vec::new(),
        (kind, Some(Detail::Contact(detail))) if is_contact(kind) => {
            let asked = about(&detail.intent_code).map(|(subscale, code)| (subscale, code, QUESTION));
            // One who states dissatisfaction complains, which is counted by itself.
            let felt = detail.sentiment.filter(|felt| *felt < 0 && !detail.states_dissatisfaction);
            let felt = felt.map(|felt| (Subscale::Emotional, "negative_sentiment", f64::from(-felt.max(-100)) / 100.0));
            asked.into_iter().chain(felt).collect()
        }
        _ => Vec::new(),
    }
}

impl Told<'_> {
    /// The signs of doubt in it.
    pub(super) fn signs(&self) -> Vec<Sign> {
        let matter = self.body.correlation.as_ref().and_then(|refs| matter::of_references(refs, ""));
        let sign = |(subscale, code, strength)| Sign {
            subscale,
            code,
            touchpoint: self.touchpoint,
            at: self.at,
            strength,
            matter: matter.clone(),
            product: self.product(),
        };
        found(self.body).into_iter().map(sign).collect()
    }

    /// What was answered to a survey, on a scale that is known.
    pub(super) fn answer(&self) -> Option<Answered> {
        let Some(Detail::Feedback(detail)) = &self.body.detail else { return None };
        let (lowest, highest) = match detail.scale_code.as_str() {
            "nps" => (0, 10),
            "csat" => (1, 5),
            "ces" => (1, 7),
            _ => return None,
        };
        let score = detail.score.filter(|score| (lowest..=highest).contains(score))?;
        let score = f64::from(score - lowest) / f64::from(highest - lowest);
        let order = self.body.correlation.as_ref().and_then(|refs| matter::named(MatterKind::Order, &refs.order_ref));
        let answered = Answered { touchpoint: self.touchpoint, at: self.at, score, matter: order };
        (self.kind() == Type::SurveyAnswered).then_some(answered)
    }

    /// What was bought.
    pub(super) fn purchase(&self) -> Option<Purchase> {
        if !is_purchase(self.kind()) {
            return None;
        }
        let products = match &self.body.detail {
            Some(Detail::Order(detail)) => detail.lines.iter().map(|line| line.product_code.clone()).collect(),
            Some(Detail::Account(detail)) => vec![detail.product_code.clone()],
            _ => vec![self.product()],
        };
        let products = products.into_iter().filter(|product| !product.is_empty()).collect();
        let refs = self.body.correlation.as_ref();
        let named = |kind, of: fn(&Correlation) -> &String| refs.and_then(|refs| matter::named(kind, of(refs)));
        let matters =
            [named(MatterKind::Order, |refs| &refs.order_ref), named(MatterKind::Contract, |refs| &refs.contract_ref)];
        Some(Purchase {
            touchpoint: self.touchpoint,
            at: self.at,
            matters: matters.into_iter().flatten().collect(),
            products,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_codes_tell_of_doubt() {
        for (code, expected) in [
            ("cancel-contract", Some("cancellation")),
            ("help/Opzeggen", Some("cancellation")),
            ("cooling-off", Some("cooling_off")),
            ("products.compare", Some("comparison")),
            ("premie_vraag", Some("price")),
            ("delivery-late", None),
            ("pricelist", None),
            ("", None),
        ] {
            assert_eq!(about(code).map(|(_, name)| name), expected, "{code}");
        }
    }
}
