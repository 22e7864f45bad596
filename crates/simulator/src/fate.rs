//! What is done wrong on purpose: repeats, and input that must end in quarantine for one known reason.

use tenure_proto::{
    collector::v1::{Channel, Identifier, IdentifierKind, Touchpoint},
    error::v1::Reason,
};

use crate::{event::Happening, rng::Rng};

/// How much of the input is bad.
const BAD: f64 = 0.005;
/// How much of the good input is sent twice.
const TWICE: f64 = 0.01;
/// How many sessions have an event id that was used before.
const REUSED: f64 = 0.02;
/// Minutes until something is sent again, in seconds.
const AGAIN: i64 = 600;
/// A number that is no touchpoint type.
const NO_TYPE: i32 = 999;

/// What is to become of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fate {
    /// It is accepted.
    Sound,
    /// It is quarantined.
    Bad(Defect),
    /// It is an exact repeat.
    Copy,
    /// It has the event id of another, and is quarantined.
    Altered,
}

/// What is wrong with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Defect {
    AmountMissing,
    AmountNegative,
    Currency,
    Iban,
    Type,
}

impl Fate {
    /// Draws what becomes of an event, and what follows it at the same time.
    pub(crate) fn draw(happening: Happening, rng: &mut Rng) -> (Self, Option<Self>) {
        if rng.chance(BAD) {
            return (Self::Bad(Defect::draw(happening, rng)), None);
        }
        let twice = rng.chance(TWICE).then_some(Self::Copy);
        let reused = matches!(happening, Happening::Browsed { .. }) && rng.chance(REUSED);
        (Self::Sound, twice.or(reused.then_some(Self::Altered)))
    }

    /// Why it is quarantined, if it is.
    pub(crate) fn reason(self) -> Option<Reason> {
        match self {
            Self::Sound | Self::Copy => None,
            Self::Altered => Some(Reason::EventIdReused),
            Self::Bad(Defect::AmountMissing) => Some(Reason::AmountMissing),
            Self::Bad(Defect::AmountNegative) => Some(Reason::AmountNegative),
            Self::Bad(Defect::Currency) => Some(Reason::CurrencyInvalid),
            Self::Bad(Defect::Iban) => Some(Reason::IdentifierInvalid),
            Self::Bad(Defect::Type) => Some(Reason::TypeUnknown),
        }
    }

    /// Does to a good touchpoint what its fate is.
    pub(crate) fn befall(self, touchpoint: &mut Touchpoint) {
        match self {
            Self::Sound => {}
            Self::Bad(defect) => defect.befall(touchpoint),
            Self::Copy => {
                if let Some(sent) = &mut touchpoint.send_time {
                    sent.seconds += AGAIN;
                }
            }
            Self::Altered => touchpoint.set_channel(Channel::App),
        }
    }
}

impl Defect {
    fn draw(happening: Happening, rng: &mut Rng) -> Self {
        if happening.has_amount() {
            let all = [Self::AmountMissing, Self::AmountNegative, Self::Currency, Self::Iban, Self::Type];
            *rng.pick(&all)
        } else {
            *rng.pick(&[Self::Iban, Self::Type])
        }
    }

    fn befall(self, touchpoint: &mut Touchpoint) {
        match self {
            Self::AmountMissing => touchpoint.amount = None,
            Self::AmountNegative => {
                touchpoint.amount.iter_mut().for_each(|amount| amount.minor_units = -amount.minor_units);
            }
            Self::Currency => touchpoint.amount.iter_mut().for_each(|amount| amount.currency_code = "EURO".into()),
            Self::Iban => touchpoint.subjects.iter_mut().for_each(|subject| {
                // Check digits are 02 to 98, so 00 is never right.
                let value = "NL00TEST0123456789".into();
                let kind = IdentifierKind::Iban.into();
                subject.identifiers.push(Identifier { kind, value, issuer: String::new() });
            }),
            // Amount and detail go too: they would be wrong for want of a type, which is another reason.
            Self::Type => {
                touchpoint.r#type = NO_TYPE;
                touchpoint.amount = None;
                touchpoint.detail = None;
            }
        }
    }
}
