//! The model of who has trained none.

use super::{
    Model, Terms,
    em::{COMPARISONS, LEVELS, Probabilities, bound, model, prior},
};
use crate::{
    compare::{
        Comparison,
        levels::{BY_BIRTH, CLASSES, by_chance},
    },
    table::Births,
};

/// The shares of classes that stand for everybody's candidates where nothing was trained: about those that training finds
/// among customers with households, in round numbers. Far fewer are the same person than [`crate::compare::levels::CLASS_PRIOR`]
/// believes of a file that somebody wants to clean: who has not looked yet should rather miss a pair than join two persons.
const SHARES: [f64; CLASSES] = [0.12, 0.33, 0.25, 0.1, 0.1, 0.07, 0.005, 0.025];

/// What strangers have in common by chance alone, by level from 1 on. Training believes more of them at first, and learns from
/// its set how much less it is; where nothing is learned, what is known must stand. It must be near what it is once the names
/// are weighed by how common they are, or a common name and a birth in common would count as chance twice.
///
/// Two dates out of eighty years: the same 1 in 29,000, day and month swapped 1 in 80,000, one digit apart 1 in 930, near 0.6 %,
/// alike 5.5 % (counted over two million pairs). Pairs are looked at because they agree in a part of the date, and the first of
/// January is said by who does not know, so the first ones are believed to be more. A point of contact is shared by chance when
/// it was mistyped or given out anew.
const CHANCE: [(Comparison, &[f64]); 4] = [
    (Comparison::Birth, &[0.01, 0.002, 0.03, 0.06, 0.07, 0.828]),
    (Comparison::Email, &[0.002, 0.002, 0.01, 0.986]),
    (Comparison::Phone, &[0.002, 0.001, 0.997]),
    (Comparison::Iban, &[0.001, 0.001, 0.998]),
];

/// What is believed before any record is seen, and what is known of a country's names, as a model.
pub(super) fn shipped() -> Model {
    let mut probabilities = prior();
    bound(&mut probabilities, &[[0.0; LEVELS]; COMPARISONS]);
    leave_to_chance(&mut probabilities);
    Model {
        version: "shipped-1".to_owned(),
        ..model(&probabilities, SHARES, Terms::of_the_netherlands(), Births::default())
    }
}

fn leave_to_chance(probabilities: &mut Probabilities) {
    for (class, of_class) in probabilities.iter_mut().enumerate().filter(|(class, _)| by_chance(*class)) {
        // Who was brought together by a birth has it in common by no chance.
        let chance = CHANCE.iter().filter(|(comparison, _)| *comparison != Comparison::Birth || class != BY_BIRTH);
        for (comparison, levels) in chance {
            of_class[*comparison as usize][1..=levels.len()].copy_from_slice(levels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CHANCE;

    #[test]
    fn chances_are_of_all_levels_and_add_up() {
        for (comparison, levels) in CHANCE {
            assert_eq!(levels.len() + 1, comparison.levels().len());
            assert!((levels.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{comparison:?}");
        }
    }
}
