//! The gaps that make up a person's dissonance, each with all that it rests on.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    attribute::Kano,
    disconfirmation::felt_in,
    effort,
    gap::{self, Measured},
    promise::{Facts, Matter, PromiseId, Recovery},
    quantity::Unit,
    standing::{Standing, State},
    weights::Weights,
};

/// One gap, how it is felt, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Factor {
    /// None: what every customer expects without being told.
    pub(crate) promise: Option<PromiseId>,
    /// What led the customer to expect it, or, if nobody did, what happened.
    pub(crate) touchpoint: TouchpointId,
    /// What came of it, or the contacts that made it up.
    pub(crate) evidence: Vec<TouchpointId>,
    pub(crate) matter: Option<Matter>,
    pub(crate) product: String,
    pub(crate) attribute: String,
    pub(crate) expected: f64,
    pub(crate) got: f64,
    pub(crate) unit: Unit,
    /// The gap in steps, positive when better than expected.
    pub(crate) steps: f64,
    /// When it went wrong, else when it was settled.
    pub(crate) at: Timestamp,
    /// What it is felt as.
    pub(crate) value: f64,
    pub(crate) weight: f64,
    pub(crate) confidence: f64,
    /// In days.
    pub(crate) half_life: f64,
    /// When it was settled; none while it is open, and does not fade.
    pub(crate) settled_at: Option<Timestamp>,
    /// Whether something on the same matter had gone wrong before.
    pub(crate) repeated: bool,
    /// Whether the customer accepted an amends for it.
    pub(crate) recovered: bool,
    /// The loss that a range agreed before buying prevented.
    pub(crate) prevented: f64,
}

const MICROS_PER_DAY: f64 = 86_400e6;

impl Factor {
    /// What is left of it at a moment, from 1 to 0.
    pub(crate) fn decay(&self, at: Timestamp) -> f64 {
        decay(self.settled_at, at, self.half_life)
    }

    /// How much it adds to the losses, or to the gains, at a moment.
    pub(crate) fn contribution(&self, at: Timestamp, weights: &Weights) -> f64 {
        let kept = if self.recovered { 1.0 - weights.recovery } else { 1.0 };
        self.weight * self.confidence * self.value.abs() * kept * self.decay(at)
    }

    pub(crate) fn is_loss(&self) -> bool {
        self.value < 0.0
    }
}

/// What is left at a moment of what was settled once, or is still open: half of it after so many days.
#[expect(clippy::cast_precision_loss, reason = "microseconds of a few centuries are nearly exact, and felt alike")]
pub(super) fn decay(settled_at: Option<Timestamp>, at: Timestamp, half_life: f64) -> f64 {
    let days = at.0.saturating_sub(settled_at.unwrap_or(at).0).max(0) as f64 / MICROS_PER_DAY;
    (-days / half_life).exp2()
}

/// Every gap that is known of.
pub(super) fn factors(facts: &Facts, standings: &[Standing], weights: &Weights, now: Timestamp) -> Vec<Factor> {
    let felt = Felt::of(standings, weights, now);
    let mut factors: Vec<_> =
        felt.subjects().filter_map(|subject| felt.factor(subject, facts, (weights, now))).collect();
    factors.extend(effort::factors(facts, weights));
    factors
}

/// What of a matter: promises on it compete.
type Subject<'a> = (&'a Matter, &'a str);

/// A promise of which the gap is known.
struct Gapped<'a> {
    standing: &'a Standing,
    measured: Measured,
}

impl Gapped<'_> {
    /// When it went wrong, if it did.
    fn failed_at(&self) -> Option<Timestamp> {
        self.standing.broken_at.filter(|_| self.measured.steps < 0.0)
    }
}

/// All gaps, by what they are in.
struct Felt<'a>(BTreeMap<Subject<'a>, Vec<Gapped<'a>>>);

impl<'a> Felt<'a> {
    fn of(standings: &'a [Standing], weights: &Weights, now: Timestamp) -> Self {
        let sure = |standing: &Standing| standing.promise.source.confidence() >= weights.least_confidence;
        let stands =
            |standing: &&Standing| !matches!(standing.state, State::Renegotiated | State::Waived | State::Void);
        let voiced: BTreeSet<_> = standings.iter().filter(stands).filter(|one| sure(one)).map(subject).collect();
        let mut gaps: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let came = |one: &&Standing| matches!(one.state, State::Kept | State::KeptLate | State::Broken);
        for standing in standings.iter().filter(came) {
            // What nobody said counts only where nobody said anything.
            if !sure(standing) && voiced.contains(&subject(standing)) {
                continue;
            }
            let until = standing.settled_at.unwrap_or(now);
            let outcome = standing.outcome.as_ref().filter(|outcome| outcome.at <= until);
            let measured = gap::measure(&standing.promise, outcome, until, weights);
            let gapped = measured.map(|measured| Gapped { standing, measured });
            gaps.entry(subject(standing)).or_default().extend(gapped);
        }
        Self(gaps)
    }

    fn subjects(&self) -> impl Iterator<Item = Subject<'a>> {
        self.0.keys().copied()
    }

    /// The gap of the promise most favourable to the customer: the one that was missed by most.
    fn factor(&self, subject: Subject<'_>, facts: &Facts, (weights, now): (&Weights, Timestamp)) -> Option<Factor> {
        let worst = self.0.get(&subject)?.iter().min_by(|one, other| {
            let confidence = |gapped: &Gapped<'_>| gapped.standing.promise.source.confidence();
            let (most, less) = (confidence(other), confidence(one));
            one.measured.steps.total_cmp(&other.measured.steps).then(most.total_cmp(&less))
        })?;
        let (standing, measured) = (worst.standing, worst.measured);
        let promise = &standing.promise;
        let repeated = worst.failed_at().is_some() && self.went_wrong_before(subject);
        let kano = if promise.source.is_right() { Kano::MustBe } else { measured.terms.kano };
        let value = |steps| felt_in(&promise.attribute, steps, (kano, repeated), weights);
        let amends = |recovery: &Recovery| {
            let accepted = recovery.accepted_at.filter(|_| recovery.matter == promise.matter);
            accepted.is_some_and(|accepted| standing.broken_at.is_some_and(|broken| broken <= accepted))
        };
        Some(Factor {
            promise: Some(promise.id),
            touchpoint: promise.touchpoint,
            evidence: standing.outcome.iter().map(|outcome| outcome.touchpoint).collect(),
            matter: Some(promise.matter.clone()),
            product: promise.product.clone(),
            attribute: promise.attribute.clone(),
            expected: measured.gap.expected,
            got: measured.gap.got,
            unit: measured.unit,
            steps: measured.steps,
            at: standing.broken_at.or(standing.settled_at).unwrap_or(now),
            value: value(measured.steps),
            weight: weights.weight_of(&promise.attribute, measured.terms.weight),
            confidence: promise.source.confidence(),
            half_life: measured.terms.half_life,
            settled_at: standing.settled_at,
            repeated,
            recovered: facts.recoveries.iter().any(amends),
            prevented: value(measured.steps) - value(measured.without_range),
        })
    }

    /// Whether something else on the matter failed before this did, or this was promised anew after it failed, and failed again.
    fn went_wrong_before(&self, subject: Subject<'_>) -> bool {
        let Some(own) = self.0.get(&subject) else { return false };
        let Some(first) = own.iter().filter_map(Gapped::failed_at).min() else { return false };
        let others = self.0.iter().filter(|((matter, attribute), _)| *matter == subject.0 && *attribute != subject.1);
        let before = others.flat_map(|(_, gaps)| gaps).filter_map(Gapped::failed_at).any(|failed| failed < first);
        let failures: Vec<_> =
            own.iter().filter_map(|gapped| Some((gapped.failed_at()?, gapped.standing.promise.made_at))).collect();
        let earlier = |made: Timestamp| failures.iter().any(|(failed, _)| *failed <= made);
        // One that was promised only after its own due time is no second failure.
        before || failures.iter().any(|(failed, made)| made < failed && earlier(*made))
    }
}

fn subject(standing: &Standing) -> Subject<'_> {
    standing.promise.matter.subject(&standing.promise.attribute)
}
