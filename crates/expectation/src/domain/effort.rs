//! What every customer expects of contacts without being told: not to wait long, to be helped the first time, by whom they turned to
//! and where they turned to, and not to be asked twice. A function of the set of contacts, in whatever order and however often told.

use std::collections::BTreeMap;

use tenure_kernel::TouchpointId;

use super::{
    attribute::{Kano, Terms},
    contact::{Contact, undertaken},
    disconfirmation::{Gap, felt_in},
    factor::Factor,
    promise::{Expected, Facts, MatterKind, Promise},
    quantity::Unit,
    weights::Weights,
};

/// The minutes that anyone waits without minding.
const WAIT_MINUTES: f64 = 5.0;
/// The time in which an issue should take one contact and one channel, in microseconds: seven days.
const WINDOW: i64 = 7 * 86_400_000_000;
/// The most contacts that a factor names: the last ones.
const MOST_EVIDENCE: usize = 20;

/// The gaps of contacts.
pub(super) fn factors(facts: &Facts, weights: &Weights) -> Vec<Factor> {
    let contacts: BTreeMap<_, _> = facts.contacts.iter().map(|contact| (contact.touchpoint, contact)).collect();
    let single = contacts.values().flat_map(|contact| of_contact(contact, facts, weights));
    let issues = undertaken(contacts.values().copied());
    let together = issues.values().flat_map(|about| [repeats(about), switches(about)]).flatten();
    single.chain(together).map(|effort| effort.factor(weights)).collect()
}

/// What something cost the customer.
struct Effort<'a> {
    /// The contact that it is about, the last of them.
    contact: &'a Contact,
    attribute: &'static str,
    /// What was promised, if anything was.
    promise: Option<&'a Promise>,
    expected: f64,
    got: f64,
    evidence: Vec<TouchpointId>,
}

impl<'a> Effort<'a> {
    fn of(contact: &'a Contact, attribute: &'static str, expected: f64, got: f64) -> Self {
        Self { contact, attribute, promise: None, expected, got, evidence: vec![contact.touchpoint] }
    }

    fn factor(self, weights: &Weights) -> Factor {
        let (contact, terms) = (self.contact, Terms::of(self.attribute));
        let (expected, got, scale) = (self.expected, self.got, terms.scale.of(self.expected));
        let gap = Gap { expected, got, direction: terms.direction, tolerance: terms.tolerance, scale };
        let steps = gap.steps(weights);
        let right = self.promise.is_some_and(|promise| promise.source.is_right());
        Factor {
            promise: self.promise.map(|promise| promise.id),
            touchpoint: contact.touchpoint,
            evidence: self.evidence,
            matter: contact.matter.clone(),
            product: contact.product.clone(),
            attribute: self.attribute.to_owned(),
            expected,
            got,
            unit: terms.unit.unwrap_or(Unit::Count),
            steps,
            at: contact.at,
            value: felt_in(self.attribute, steps, (if right { Kano::MustBe } else { terms.kano }, false), weights),
            weight: weights.weight_of(self.attribute, terms.weight),
            confidence: self.promise.map_or(terms.implied, |promise| promise.source.confidence()),
            half_life: terms.half_life,
            settled_at: Some(contact.at),
            repeated: false,
            recovered: false,
            prevented: 0.0,
        }
    }
}

/// What one contact cost.
fn of_contact<'a>(contact: &'a Contact, facts: &'a Facts, weights: &Weights) -> impl Iterator<Item = Effort<'a>> {
    let minutes = contact.wait.and_then(|wait| wait.in_unit(Unit::Minute));
    let wait = minutes.map(|minutes| match promised_wait(contact, facts, weights) {
        Some((promise, expected)) => {
            Effort { promise: Some(promise), ..Effort::of(contact, "wait", expected, minutes) }
        }
        None => Effort::of(contact, "wait", WAIT_MINUTES, minutes),
    });
    let transfers = contact.transfers.map(|times| Effort::of(contact, "transfers", 0.0, f64::from(times)));
    let again = (contact.asked_again > 0)
        .then(|| Effort::of(contact, "repeated_information", 0.0, f64::from(contact.asked_again)));
    wait.into_iter().chain(transfers).chain(again)
}

/// The shortest wait that was promised for a contact, in minutes: on its matter, or, of no matter, for every contact.
fn promised_wait<'a>(contact: &Contact, facts: &'a Facts, weights: &Weights) -> Option<(&'a Promise, f64)> {
    let applies = |promise: &&Promise| {
        let general = matches!(promise.matter.kind, MatterKind::Event | MatterKind::Promise);
        promise.attribute == "wait"
            && promise.made_at <= contact.at
            && promise.source.confidence() >= weights.least_confidence
            && (general || contact.matter.as_ref() == Some(&promise.matter))
    };
    let minutes = |promise: &'a Promise| match promise.expected {
        Expected::Level(level) => level.in_unit(Unit::Minute).map(|minutes| (promise, minutes)),
        Expected::By(_) => None,
    };
    let promised = facts.promises.iter().filter(applies).filter_map(minutes);
    promised.min_by(|(one, less), (other, more)| less.total_cmp(more).then(one.touchpoint.cmp(&other.touchpoint)))
}

/// More contacts about an issue than one: the most there were in seven days.
fn repeats<'a>(about: &[&'a Contact]) -> Option<Effort<'a>> {
    let again = pairs(about).last()?.1;
    Some(Effort { evidence: last(about), ..Effort::of(again, "contacts", 1.0, most_in_window(about)) })
}

/// Changes of channel from one contact about an issue to the next: the most there were in seven days.
fn switches<'a>(about: &[&'a Contact]) -> Option<Effort<'a>> {
    let known: Vec<&Contact> = about.iter().copied().filter(|contact| contact.channel.is_some()).collect();
    let changed = pairs(&known).filter(|(before, after)| before.channel != after.channel);
    let changed: Vec<&Contact> = changed.map(|(_, after)| after).collect();
    let again = *changed.last()?;
    Some(Effort { evidence: last(&known), ..Effort::of(again, "channel_switches", 0.0, most_in_window(&changed)) })
}

/// Contacts and the next ones, where those came within seven days.
fn pairs<'a>(about: &[&'a Contact]) -> impl Iterator<Item = (&'a Contact, &'a Contact)> {
    let pairs = about.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)));
    pairs.filter(|(before, after)| after.at.0.saturating_sub(before.at.0) <= WINDOW)
}

fn last(contacts: &[&Contact]) -> Vec<TouchpointId> {
    let first = contacts.len().saturating_sub(MOST_EVIDENCE);
    contacts.iter().skip(first).map(|contact| contact.touchpoint).collect()
}

#[expect(clippy::cast_precision_loss, reason = "nobody calls 2^53 times in a week")]
fn most_in_window(contacts: &[&Contact]) -> f64 {
    let since = |contact: &Contact| contacts.partition_point(|one| contact.at.0.saturating_sub(one.at.0) > WINDOW);
    let counts = contacts.iter().enumerate().map(|(place, contact)| place + 1 - since(contact));
    counts.max().unwrap_or_default() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tenure_kernel::Timestamp;

    use super::*;
    use crate::domain::{
        contact::Channel,
        promise::SourceKind,
        scene::{self, order, promise, quantity, touchpoint},
    };

    const HOUR: i64 = 3_600_000_000;
    const DAY: i64 = 24 * HOUR;

    fn contact(number: u8, at: i64, channel: Channel) -> Contact {
        let matter = Some(order("42"));
        Contact {
            touchpoint: touchpoint(number),
            matter,
            at: Timestamp(at),
            channel: Some(channel),
            ..scene::contact()
        }
    }

    fn of(contacts: Vec<Contact>) -> Vec<(String, f64, f64, usize)> {
        let facts = Facts { contacts, ..Facts::default() };
        let factors = factors(&facts, &Weights::default()).into_iter();
        factors.map(|one| (one.attribute, one.got, one.steps, one.evidence.len())).collect()
    }

    #[test]
    fn an_issue_should_take_one_contact_in_a_week() {
        use Channel::Phone;
        let one = contact(1, 0, Phone);
        assert_eq!(of(vec![one.clone()]), []);
        let again = || ("contacts".to_owned(), 2.0, -1.0, 2);
        assert_eq!(of(vec![contact(2, 7 * DAY, Phone), one.clone()]), [again()]);
        assert_eq!(of(vec![one.clone(), contact(2, 7 * DAY + 1, Phone)]), [], "eight days later is another time");
        assert_eq!(of(vec![one.clone(), contact(2, HOUR, Phone)]), [], "within an hour it is the same call");
        let firm = Contact { by_customer: false, ..contact(2, DAY, Phone) };
        assert_eq!(of(vec![one.clone(), firm]), [], "an answer is no contact");
        let other = Contact { matter: Some(order("43")), ..contact(2, DAY, Phone) };
        assert_eq!(of(vec![one.clone(), other]), [], "about something else");
        let nothing = |number, at| Contact { matter: None, ..contact(number, at, Phone) };
        assert_eq!(of(vec![nothing(1, 0), nothing(2, DAY)]), [], "about nobody knows what");
        let lost = |number, at| Contact { intent: "card_lost".to_owned(), ..nothing(number, at) };
        assert_eq!(of(vec![lost(1, 0), lost(2, DAY)]), [again()], "its source says what about");
        // Ten weeks of calls on Mondays and Tuesdays: never more than three in seven days.
        let many =
            (0..20).map(|number| contact(number, i64::from(number / 2) * 7 * DAY + i64::from(number % 2) * DAY, Phone));
        assert_eq!(of(many.collect()), [("contacts".to_owned(), 3.0, -2.0, 20)]);
    }

    #[test]
    fn nobody_should_have_to_turn_elsewhere_or_be_asked_again() {
        use Channel::{Chat, Phone, Web};
        let tried = vec![contact(1, 0, Web), contact(2, HOUR, Chat), contact(3, 2 * HOUR, Phone)];
        let felt = of(tried.clone());
        assert_eq!(felt[0], ("contacts".to_owned(), 3.0, -2.0, 3));
        assert_eq!(felt[1], ("channel_switches".to_owned(), 2.0, -2.0, 3));
        let unknown = Contact { channel: None, ..contact(2, HOUR, Chat) };
        let felt = of(vec![contact(1, 0, Web), unknown, contact(3, 2 * HOUR, Web)]);
        assert_eq!(felt.len(), 1, "what is not known is no other channel: {felt:?}");
        let asked = Contact { asked_again: 2, ..contact(1, 0, Phone) };
        assert_eq!(of(vec![asked]), [("repeated_information".to_owned(), 2.0, -2.0, 1)]);
    }

    #[test]
    fn a_wait_is_held_against_what_was_promised_else_five_minutes() {
        let waited = Contact { wait: Some(quantity(25.0, Unit::Minute)), ..contact(1, DAY, Channel::Phone) };
        let says = |source, minutes: f64, made| Promise {
            made_at: Timestamp(made),
            ..promise(9, "wait", source, Expected::Level(quantity(minutes * 60.0, Unit::Second)))
        };
        let felt = |promises| {
            let facts = Facts { promises, contacts: vec![waited.clone()], ..Facts::default() };
            let factor = factors(&facts, &Weights::default()).remove(0);
            (factor.expected, factor.steps, factor.confidence, factor.promise.is_some())
        };
        assert_eq!(felt(vec![]), (5.0, -2.0, 0.8, false));
        let (quote, claim) = (says(SourceKind::Quote, 15.0, 0), says(SourceKind::MarketingClaim, 1.0, 0));
        assert_eq!(felt(vec![quote.clone()]), (15.0, -1.0, 0.95, true));
        assert_eq!(felt(vec![quote.clone(), claim.clone()]), (1.0, -2.4, 0.6, true), "the one that promises more");
        assert_eq!(felt(vec![says(SourceKind::SegmentInferred, 1.0, 0)]).0, 5.0, "nobody said it");
        assert_eq!(felt(vec![says(SourceKind::Quote, 15.0, 2 * DAY)]).0, 5.0, "only afterwards");
        let other = |kind| Promise { matter: crate::domain::promise::Matter { kind, ..order("43") }, ..quote.clone() };
        assert_eq!(felt(vec![other(MatterKind::Order)]).0, 5.0, "about another order");
        assert_eq!(felt(vec![other(MatterKind::Event)]).0, 15.0, "of all contacts");
    }

    fn some_contact() -> impl Strategy<Value = Contact> {
        let channel = prop::sample::select(vec![None, Some(Channel::Phone), Some(Channel::Web), Some(Channel::Chat)]);
        (0..600_i64, channel, 0..3_u8, any::<bool>(), 0..3_u32).prop_map(
            |(at, channel, about, by_customer, asked_again)| Contact {
                matter: (about > 0).then(|| order(&about.to_string())),
                channel,
                by_customer,
                asked_again,
                ..contact(0, at * HOUR, Channel::Phone)
            },
        )
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_means_anything(
            (contacts, shuffled) in prop::collection::vec(some_contact(), 0..20).prop_flat_map(|mut contacts| {
                (0_u8..).zip(&mut contacts).for_each(|(number, one)| one.touchpoint = touchpoint(number));
                let twice = [contacts.clone(), contacts.clone()].concat();
                (Just(contacts), Just(twice).prop_shuffle())
            }),
        ) {
            prop_assert_eq!(of(contacts), of(shuffled));
        }

        /// Contacts of their own, hours apart: one more never makes it look like less.
        #[test]
        fn one_more_contact_never_costs_less(
            hours in prop::collection::btree_set(0..300_i64, 1..20), left: prop::sample::Index,
        ) {
            let all: Vec<Contact> =
                (0_u8..).zip(&hours).map(|(number, hour)| contact(number, hour * 2 * HOUR, Channel::Phone)).collect();
            let mut fewer = all.clone();
            fewer.remove(left.index(all.len()));
            let got = |felt: Vec<(String, f64, f64, usize)>| felt.first().map_or(1.0, |one| one.1);
            prop_assert!(got(of(all)) >= got(of(fewer)));
        }
    }
}
