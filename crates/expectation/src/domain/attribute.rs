//! The things that are promised, and how a gap in each is felt.

use super::quantity::Unit;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Lower,
    Higher,
    /// Neither too little nor too much.
    Target,
}

/// Kano's classes: what an attribute gives when it is more than expected, and what it costs when it is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kano {
    /// Taken for granted.
    MustBe,
    /// The more the better.
    Performance,
    /// Not missed when absent.
    Attractive,
    Indifferent,
}

impl Kano {
    /// What gains and what losses are multiplied by.
    pub(crate) fn gains_and_losses(self) -> (f64, f64) {
        match self {
            Self::MustBe => (0.0, 1.5),
            Self::Performance => (1.0, 1.0),
            Self::Attractive => (1.0, 0.25),
            Self::Indifferent => (0.0, 0.0),
        }
    }
}

/// The gap that is felt as one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    Fixed(f64),
    /// A fifth of what was expected, and at least this much.
    Fifth(f64),
}

impl Scale {
    pub(crate) fn of(self, expected: f64) -> f64 {
        match self {
            Self::Fixed(scale) => scale,
            Self::Fifth(least) => (expected / 5.0).max(least),
        }
    }
}

/// How a gap in an attribute is felt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Terms {
    pub(crate) direction: Direction,
    /// What scale and tolerance count; none: whatever the promise was stated in.
    pub(crate) unit: Option<Unit>,
    pub(crate) scale: Scale,
    /// The gap that nobody minds.
    pub(crate) tolerance: f64,
    pub(crate) kano: Kano,
    /// How much it matters beside other attributes.
    pub(crate) weight: f64,
    /// The days in which a settled gap loses half of its sting.
    pub(crate) half_life: f64,
    /// How sure we are of an expectation that nobody voiced.
    pub(crate) implied: f64,
}

/// Something by a time: a step is two days.
const TIME: Terms = Terms {
    direction: Direction::Lower,
    unit: Some(Unit::Day),
    scale: Scale::Fixed(2.0),
    tolerance: 0.0,
    kano: Kano::Performance,
    weight: 1.0,
    half_life: 30.0,
    implied: 0.8,
};

/// Money: remembered three times as long.
const AMOUNT: Terms =
    Terms { direction: Direction::Higher, unit: None, scale: Scale::Fifth(50.0), half_life: 90.0, ..TIME };

/// How the customer is made to work for it.
const EFFORT: Terms = Terms { weight: 0.5, ..TIME };

/// So many times too often.
const TIMES: Terms = Terms { unit: Some(Unit::Count), scale: Scale::Fixed(1.0), ..EFFORT };

const HOURS: Terms = Terms { unit: Some(Unit::Hour), ..TIME };
const CLAIM: Terms = Terms { scale: Scale::Fixed(10.0), kano: Kano::MustBe, half_life: 90.0, ..TIME };

const TABLE: &[(&str, Terms)] = &[
    // Too low now is too much later.
    ("advance", Terms { direction: Direction::Target, ..AMOUNT }),
    // It takes its time, and is reported when it is over.
    ("appointment", Terms { scale: Scale::Fixed(4.0), tolerance: 2.0, ..HOURS }),
    ("callback", Terms { scale: Scale::Fixed(8.0), kano: Kano::MustBe, ..HOURS }),
    ("case_answer", Terms { scale: Scale::Fixed(3.0), ..TIME }),
    ("claim_decision", CLAIM),
    ("claim_payment", CLAIM),
    ("channel_switches", TIMES),
    ("complaint_answer", Terms { scale: Scale::Fixed(5.0), kano: Kano::MustBe, ..TIME }),
    ("contacts", TIMES),
    ("delivery", TIME),
    ("gift", Terms { kano: Kano::Attractive, ..AMOUNT }),
    ("onboarding", Terms { scale: Scale::Fixed(5.0), ..TIME }),
    ("payout_amount", AMOUNT),
    ("price", Terms { direction: Direction::Lower, ..AMOUNT }),
    ("refund", Terms { scale: Scale::Fixed(5.0), kano: Kano::MustBe, half_life: 90.0, ..TIME }),
    ("repair", Terms { scale: Scale::Fixed(3.0), ..TIME }),
    ("repeated_information", TIMES),
    // Nobody counts the days until it comes.
    ("statement", Terms { kano: Kano::Indifferent, ..TIME }),
    ("transfers", TIMES),
    ("wait", Terms { unit: Some(Unit::Minute), scale: Scale::Fixed(10.0), ..EFFORT }),
];

impl Terms {
    /// Those of an attribute; of one that is not in the table, those of a delivery.
    pub(crate) fn of(attribute: &str) -> Self {
        TABLE.iter().find(|(name, _)| *name == attribute).map_or(TIME, |(_, terms)| *terms)
    }

    /// Those of an attribute as far as it is about when; of one that is about something else, those of a delivery.
    pub(crate) fn of_time(attribute: &str) -> Self {
        let terms = Self::of(attribute);
        if terms.unit.is_some_and(|unit| unit.seconds().is_some()) { terms } else { TIME }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::weights::Weights;

    #[test]
    fn the_scale_of_money_is_a_fifth_and_at_least_fifty() {
        let scale = Terms::of("payout_amount").scale;
        assert_eq!((scale.of(1_250.0), scale.of(100.0), Terms::of("delivery").scale.of(9.0)), (250.0, 50.0, 2.0));
    }

    #[test]
    fn what_is_not_in_the_table_is_felt_as_a_delivery() {
        assert_eq!(Terms::of("gift wrapping"), Terms::of("delivery"));
        assert_eq!(Terms::of_time("price"), Terms::of("delivery"));
        assert_eq!(Terms::of_time("callback"), Terms::of("callback"));
    }

    /// Else gains could fade so fast that a score rises by itself, and the moment that it falls below a limit were not one.
    #[test]
    fn gains_fade_no_faster_than_scores_fall() {
        let half_lives = TABLE.iter().map(|(_, terms)| terms.half_life);
        let (least, most) = (half_lives.clone().fold(f64::MAX, f64::min), half_lives.fold(0.0, f64::max));
        assert!(most / least < 1.0 / Weights::default().offset);
    }
}
