//! How common names are among the people of a country, for who has no records of their own to count yet.

use super::terms::{GIVEN, INITIAL, SURNAME, Terms};
use crate::{normalise::name, text::fold};
use std::collections::BTreeMap;

/// Names with their bearers; the file says where they are from.
const NETHERLANDS: &str = include_str!("population.txt");

/// What stands in the file is in thousands.
const THOUSAND: f64 = 1_000.0;

/// How far nobody's customers are the country: names cluster by region, by age and by where people came from, so a name that a
/// list calls rare may be anything but among the customers of one company. For this share of them names are taken to be as
/// common as those are that two people share.
const ASTRAY: f64 = 0.5;

/// The names of one kind.
struct Names {
    people: f64,
    /// How many have a name that two people share, if it is not listed.
    others: f64,
    bearers: BTreeMap<String, f64>,
}

impl Names {
    /// How many have a name that two people share by chance, on average.
    fn usual(&self) -> f64 {
        let listed: f64 = self.bearers.values().sum();
        let squares: f64 = self.bearers.values().map(|bearers| bearers * bearers).sum();
        (squares + (self.people - listed).max(0.0) * self.others) / self.people
    }
}

impl Terms {
    /// Family names, given names and initials of the people of the Netherlands. Of places and other texts nothing is known.
    pub(super) fn of_the_netherlands() -> Self {
        let mut terms = Self::default();
        for (kind, names) in read(NETHERLANDS) {
            let usual = names.usual();
            let believed = |bearers: f64| ASTRAY * usual + (1.0 - ASTRAY) * bearers;
            terms.usual[kind] = usual;
            terms.rare[kind] = believed(names.others);
            let counts = names.bearers.into_iter().map(|(name, bearers)| (name, believed(bearers).round() as u32));
            terms.counts[kind] = counts.collect();
        }
        terms
    }
}

/// Reads "[kind] people others" and, below it, "bearers name".
fn read(text: &str) -> Vec<(usize, Names)> {
    let mut all: Vec<(usize, Names)> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (first, rest) = line.split_once(' ').unwrap_or_default();
        let thousands = |text: &str| text.parse::<f64>().unwrap_or_default() * THOUSAND;
        let kind = match first {
            "[given]" => Some(GIVEN),
            "[surname]" => Some(SURNAME),
            "[initial]" => Some(INITIAL),
            _ => None,
        };
        if let Some(kind) = kind {
            let (people, others) = rest.split_once(' ').unwrap_or_default();
            all.push((kind, Names { people: thousands(people), others: thousands(others), bearers: BTreeMap::new() }));
        } else if let Some((kind, names)) = all.last_mut() {
            let name = if *kind == SURNAME { name::surname("", rest).core } else { fold(rest) };
            *names.bearers.entry(name).or_default() += thousands(first);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{GIVEN, INITIAL, NETHERLANDS, Names, SURNAME, read};

    fn of(kind: usize) -> Names {
        read(NETHERLANDS).into_iter().find(|(of, _)| *of == kind).expect("listed").1
    }

    #[test]
    fn a_list_is_of_some_of_the_people_and_its_first_are_the_most() {
        for kind in [GIVEN, SURNAME] {
            let names = of(kind);
            let listed: f64 = names.bearers.values().sum();
            assert!((0.15..0.7).contains(&(listed / names.people)), "{listed}");
            assert!(
                names.bearers.values().all(|bearers| *bearers >= 1_000.0),
                "every number is read, and none is of few"
            );
            assert!(names.others < names.usual() && names.usual() < 100_000.0);
        }
        let initials = of(INITIAL);
        assert_eq!((initials.bearers.len(), initials.bearers.values().sum::<f64>()), (26, initials.people));
    }

    #[test]
    fn family_names_of_one_core_are_added_up() {
        let names = of(SURNAME).bearers;
        assert_eq!((names["vries"], names["berg"]), (71_000.0, 59_000.0));
        assert!(names["veen"] > 30_000.0 && names["boer"] > 45_000.0, "with and without what stands before them");
        assert!(names.contains_key("ozturk") && names.contains_key("nguyen"));
    }

    #[test]
    fn no_name_is_listed_twice() {
        let mut lines: Vec<&str> =
            NETHERLANDS.lines().filter(|line| line.starts_with(|one: char| one.is_ascii_digit())).collect();
        let all = lines.len();
        lines.sort_unstable();
        lines.dedup();
        assert_eq!(lines.len(), all);
    }
}
