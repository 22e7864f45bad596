//! Dissonance after a purchase, in the three parts that Sweeney, Hausknecht and Soutar (2000) find: how bad it feels, whether it was wise
//! to buy, and whether the deal was fair. Each is read from what customers do and say, and says from what. How much each sign weighs is set
//! by judgement: an act as much as a promise that is missed by a step, a question half as much, a look a quarter.

use std::collections::BTreeMap;

use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    complaint::{Complaint, ComplaintId, State},
    dissonance::Assessment,
    factor::decay,
    promise::{Facts, Matter, PromiseId},
    weights::Weights,
    window::{Window, of_factor, window},
};

/// A part of dissonance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subscale {
    /// Anger, disappointment: what customers say, and how.
    Emotional,
    /// Whether it was wise to buy.
    Wisdom,
    /// Whether the deal was fair.
    Deal,
}

pub(crate) const ACT: f64 = 1.0;
pub(crate) const QUESTION: f64 = 0.5;
pub(crate) const LOOK: f64 = 0.25;

/// The days in which a sign loses half of its weight.
const HALF_LIFE: f64 = 30.0;

/// Something that a customer did or said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sign {
    pub(crate) subscale: Subscale,
    pub(crate) code: &'static str,
    pub(crate) touchpoint: TouchpointId,
    pub(crate) at: Timestamp,
    /// From 0 to 1.
    pub(crate) strength: f64,
    pub(crate) matter: Option<Matter>,
    pub(crate) product: String,
}

/// What shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    Touchpoint(TouchpointId),
    Complaint(ComplaintId),
    Promise(PromiseId),
}

/// A sign, and what is left of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weighed {
    pub(crate) evidence: Evidence,
    pub(crate) code: &'static str,
    pub(crate) at: Timestamp,
    pub(crate) decay: f64,
    pub(crate) contribution: f64,
    pub(crate) window: Option<Window>,
}

/// One of the three parts, and what it is made of, the heaviest first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SubscaleScore {
    pub(crate) subscale: Subscale,
    /// From 0 to 100.
    pub(crate) score: f64,
    pub(crate) signs: Vec<Weighed>,
}

/// The three parts of a person's dissonance, as of its assessment.
pub(crate) fn subscales(
    facts: &Facts,
    complaints: &[Complaint],
    assessment: &Assessment,
    weights: &Weights,
) -> [SubscaleScore; 3] {
    let (now, purchases) = (assessment.at, &facts.purchases);
    let weigh = |strength: f64, settled_at: Option<Timestamp>| {
        let left = decay(settled_at, now, HALF_LIFE);
        (left, strength * weights.loss_aversion * left)
    };
    let mut signs: BTreeMap<(Subscale, Evidence, &str), Weighed> = BTreeMap::new();
    for sign in &facts.signs {
        let (decay, contribution) = weigh(sign.strength, Some(sign.at));
        let window = window(purchases, (sign.matter.as_ref(), &sign.product), sign.at);
        let (evidence, code) = (Evidence::Touchpoint(sign.touchpoint), sign.code);
        let weighed = Weighed { evidence, code, at: sign.at, decay, contribution, window };
        signs.insert((sign.subscale, evidence, code), weighed);
    }
    for complaint in complaints.iter().filter(|complaint| complaint.state != State::Merged) {
        let (decay, contribution) = weigh(ACT, complaint.ended_at);
        let window = window(purchases, (Some(&complaint.matter), &complaint.product), complaint.received_at);
        let (evidence, code) = (Evidence::Complaint(complaint.id), "complaint");
        let weighed = Weighed { evidence, code, at: complaint.received_at, decay, contribution, window };
        signs.insert((Subscale::Emotional, evidence, code), weighed);
    }
    let factors = assessment.products.iter().flat_map(|product| &product.factors);
    for factor in factors.filter(|factor| factor.attribute == "price" && factor.is_loss()) {
        let Some(promise) = factor.promise else { continue };
        let contribution = factor.contribution(now, weights);
        let (evidence, code) = (Evidence::Promise(promise), "price_promise");
        let window = of_factor(purchases, factor);
        let weighed = Weighed { evidence, code, at: factor.at, decay: factor.decay(now), contribution, window };
        signs.insert((Subscale::Deal, evidence, code), weighed);
    }
    [Subscale::Emotional, Subscale::Wisdom, Subscale::Deal].map(|subscale| {
        let own = signs.iter().filter(|((of, ..), _)| *of == subscale);
        let mut own: Vec<Weighed> = own.map(|(_, weighed)| weighed.clone()).collect();
        own.sort_by(|one, other| other.contribution.total_cmp(&one.contribution));
        let sum: f64 = own.iter().map(|one| one.contribution).sum();
        SubscaleScore { subscale, score: 100.0 * (1.0 - (-sum / weights.saturation).exp()), signs: own }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        calendar::amsterdam,
        promise::{Expected, Observed, SourceKind},
        quantity::Unit,
        scene::{assessed, facts, order, outcome, promise, quantity, tenth, touchpoint},
        window::Purchase,
    };

    fn sign(number: u8, subscale: Subscale, code: &'static str, strength: f64) -> Sign {
        let (at, matter) = (amsterdam("2026-11-04 10:00"), Some(order("42")));
        Sign { subscale, code, touchpoint: touchpoint(number), at, strength, matter, product: String::new() }
    }

    fn scores(facts: &Facts, now: &str) -> [SubscaleScore; 3] {
        subscales(facts, &[], &assessed(facts, amsterdam(now)), &Weights::default())
    }

    #[test]
    fn each_part_says_what_it_is_made_of() {
        let matters = vec![order("42")];
        let bought =
            Purchase { touchpoint: touchpoint(9), at: amsterdam("2026-11-01 10:00"), matters, products: vec![] };
        let signs = vec![
            sign(1, Subscale::Wisdom, "comparison", LOOK),
            sign(2, Subscale::Wisdom, "cancel_requested", ACT),
            sign(3, Subscale::Emotional, "negative_sentiment", 0.4),
        ];
        let facts = Facts { signs, purchases: vec![bought], ..Facts::default() };
        let [emotional, wisdom, deal] = scores(&facts, "2026-11-04 10:00");
        // As much as a promise that is missed by a step: V01.
        assert_eq!(tenth(100.0 * (1.0 - (-wisdom.signs[0].contribution / 3.0).exp())), 52.8);
        let codes: Vec<_> = wisdom.signs.iter().map(|one| (one.code, one.contribution, one.window)).collect();
        let early = Some(Window::Days0To14);
        assert_eq!(codes, [("cancel_requested", 2.25, early), ("comparison", 0.5625, early)]);
        assert_eq!((tenth(wisdom.score), tenth(emotional.score), deal.score), (60.8, 25.9, 0.0));
        let [_, later, _] = scores(&facts, "2026-12-04 10:00");
        assert_eq!((later.signs[0].decay, later.signs[0].contribution), (0.5, 1.125), "a month later");
    }

    #[test]
    fn a_price_that_was_not_kept_is_a_matter_of_the_deal() {
        let euro = |amount| quantity(amount, Unit::Money(*b"EUR"));
        let said = promise(1, "price", SourceKind::Quote, Expected::Level(euro(500.0)));
        let facts = facts(vec![said], vec![outcome(2, "price", "2026-11-04 10:00", Observed::Level(euro(600.0)))]);
        let [emotional, wisdom, deal] = scores(&facts, "2026-11-04 10:00");
        assert_eq!((emotional.score, wisdom.score, deal.signs.len()), (0.0, 0.0, 1));
        assert_eq!((deal.signs[0].code, deal.signs[0].contribution), ("price_promise", 2.25 * 0.95));
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_means_anything_and_one_more_never_lowers_a_score(
            (signs, shuffled) in prop::collection::vec((0..3_usize, 0.0..1.0_f64), 0..12).prop_flat_map(|signs| {
                let subscales = [Subscale::Emotional, Subscale::Wisdom, Subscale::Deal];
                let signs: Vec<_> = (0_u8..).zip(signs)
                    .map(|(number, (of, strength))| sign(number, subscales[of], "a", strength)).collect();
                let twice = [signs.clone(), signs.clone()].concat();
                (Just(signs), Just(twice).prop_shuffle())
            }),
        ) {
            let of = |signs: &[Sign]| scores(&Facts { signs: signs.to_vec(), ..Facts::default() }, "2026-11-20 10:00");
            let all = of(&signs);
            prop_assert_eq!(&all, &of(&shuffled));
            prop_assert!(all.iter().all(|one| (0.0..=100.0).contains(&one.score)));
            if let Some((_, fewer)) = signs.split_last() {
                for (more, less) in all.iter().zip(of(fewer)) {
                    prop_assert!(more.score >= less.score - 1e-9);
                }
            }
        }
    }
}
