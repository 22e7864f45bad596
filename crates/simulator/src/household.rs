//! Who lives together and what they share: the address, often the bank account, sometimes the phone, and in very few
//! households the e-mail address.

use crate::{
    identifiers::Emails,
    people::{Address, Outline, Person, family_name},
    records,
    rng::{Rng, Stream},
    settings::{DAY, Settings},
};

/// The chance that a household of several shares an e-mail address, so that about 0.2 % of all people do.
const SHARED_EMAIL: f64 = 0.004;
/// The chance to move, a year.
const MOVES: f64 = 0.04;

/// A household.
pub(crate) struct Household {
    /// Where it lives at first.
    pub(crate) address: Address,
    /// When it moves and where to, if it does.
    pub(crate) moves: Option<(i64, Address)>,
}

/// Everybody there is.
pub(crate) struct Population {
    /// The households, by number.
    pub(crate) households: Vec<Household>,
    /// The customers, by number.
    pub(crate) people: Vec<Person>,
}

/// Draws household after household until there are customers enough; the last one may lose members.
pub(crate) fn populate(settings: &Settings) -> Population {
    let mut emails = Emails::default();
    let mut population = Population { households: Vec::new(), people: Vec::new() };
    while population.people.len() < settings.customers as usize {
        let number = population.households.len() as u32;
        let room = settings.customers as usize - population.people.len();
        let mut rng = Rng::new(settings.seed, Stream::Household, u64::from(number), 0);
        let first = population.people.len() as u32;
        let mut outlines = outlines(settings, first, number, &mut rng);
        outlines.truncate(room);
        population.households.push(household(settings, &mut rng));
        population.people.extend(members(&outlines, settings.seed, &mut emails, &mut rng));
    }
    population
}

fn household(settings: &Settings, rng: &mut Rng) -> Household {
    let address = Address::draw(rng);
    let years = f64::from(settings.end_day - settings.start_day) / 365.25;
    let moves =
        rng.chance(MOVES * years).then(|| (rng.between(settings.start(), settings.end() - DAY), Address::draw(rng)));
    Household { address, moves }
}

/// Singles, couples, families and single parents. Partners mostly keep their names; children bear one of them.
fn outlines(settings: &Settings, first: u32, household: u32, rng: &mut Rng) -> Vec<Outline> {
    let year = settings.start_year();
    let kind = rng.uniform();
    let (adults, children, age) = match kind {
        k if k < 0.42 => (1, 0, rng.between(18, 88)),
        k if k < 0.70 => (2, 0, rng.between(22, 85)),
        k if k < 0.92 => (2, rng.between(1, 3), rng.between(42, 62)),
        _ => (1, rng.between(1, 2), rng.between(42, 60)),
    };
    let names = [family_name(rng), family_name(rng)];
    let same_name = rng.chance(0.3);
    let woman = rng.chance(0.5);
    let other_sex = rng.chance(0.96);
    let mut list = Vec::new();
    for number in 0..adults + children {
        let (family, woman, age) = match number {
            0 => (names[0], woman, age),
            1 if adults == 2 => {
                (names[usize::from(!same_name)], woman != other_sex, age + rng.between(-5, 4).max(18 - age))
            }
            _ => (names[0], rng.chance(0.5), rng.between(16, 24)),
        };
        list.push(Outline { index: first + number as u32, household, family, woman, year: year - age });
    }
    list
}

fn members(outlines: &[Outline], seed: u64, emails: &mut Emails, rng: &mut Rng) -> Vec<Person> {
    let mut people: Vec<Person> = outlines.iter().map(|o| Person::draw(o, seed, emails, rng)).collect();
    let (share_iban, share_phone) = (rng.chance(0.55), rng.chance(0.12));
    let share_email = rng.chance(SHARED_EMAIL);
    if let Some((first, others)) = people.split_first_mut()
        && let Some(second) = others.first_mut()
    {
        if share_iban {
            second.iban.clone_from(&first.iban);
        }
        if share_phone {
            second.phone.clone_from(&first.phone);
            (first.phone_own, second.phone_own) = (false, false);
        }
        if share_email && first.email.is_some() {
            second.email.clone_from(&first.email);
            (first.email_shared, second.email_shared, second.email_owned) = (true, true, false);
        }
    }
    for person in &mut people {
        person.records = records::draw(person, emails, rng);
    }
    people
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::{Population, populate};
    use crate::settings::Settings;

    fn sample() -> Population {
        populate(&Settings { customers: 20_000, ..Settings::default() })
    }

    #[test]
    fn there_are_as_many_as_asked_for_and_they_live_in_households() {
        let population = sample();
        assert_eq!(population.people.len(), 20_000);
        let mut sizes = HashMap::new();
        population.people.iter().for_each(|p| *sizes.entry(p.household).or_insert(0) += 1);
        assert_eq!(sizes.len(), population.households.len());
        assert!(sizes.values().all(|size| (1..=5).contains(size)));
        assert!(sizes.values().filter(|size| **size > 1).count() * 3 > sizes.len());
    }

    #[test]
    fn sharing_stays_in_the_household() {
        let population = sample();
        let (mut phones, mut ibans, mut emails) = (HashMap::new(), HashMap::new(), HashMap::new());
        for person in &population.people {
            assert_eq!(*phones.entry(&person.phone).or_insert(person.household), person.household);
            assert_eq!(*ibans.entry(&person.iban).or_insert(person.household), person.household);
            if let Some(email) = &person.email {
                assert_eq!(*emails.entry(email).or_insert(person.household), person.household);
            }
        }
        assert!(phones.len() < 20_000 && ibans.len() < phones.len());
    }

    #[test]
    fn e_mail_is_shared_only_by_those_who_are_marked() {
        let population = sample();
        let mut owners: HashMap<&String, u32> = HashMap::new();
        population.people.iter().flat_map(|p| &p.email).for_each(|email| *owners.entry(email).or_default() += 1);
        let shared = population.people.iter().filter(|p| p.email_shared).count();
        assert!((10..120).contains(&shared), "{shared} of 20,000");
        assert!(population.people.iter().all(|p| p.email.as_ref().is_none_or(|e| (owners[e] > 1) == p.email_shared)));
    }

    #[test]
    fn customer_numbers_are_unique() {
        let population = sample();
        let numbers: HashSet<_> = population.people.iter().map(|p| &p.customer_number).collect();
        assert_eq!(numbers.len(), 20_000);
    }
}
