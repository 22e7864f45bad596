//! The identifiers that a customer is given: unique by their number, valid in form, nobody's.

use std::collections::HashSet;

use crate::{
    names::{DOMAINS, FamilyName, GivenName},
    rng::{Rng, mix},
};

/// How many customers can be told apart by a phone number.
pub(crate) const MAX_CUSTOMERS: u32 = 10_000_000;

/// Scatters an index over 0 to `modulus` - 1, one to one while `factor` and `modulus` have no common divisor.
fn scatter(index: u32, seed: u64, factor: u64, modulus: u64) -> u64 {
    (u64::from(index) * factor + mix(seed) % modulus) % modulus
}

/// A customer number of eight digits.
pub(crate) fn customer_number(index: u32, seed: u64) -> String {
    (10_000_000 + scatter(index, seed, 61_803_401, 90_000_000)).to_string()
}

/// A Dutch mobile number in E.164.
pub(crate) fn phone(index: u32, seed: u64) -> String {
    format!("+316{}", 10_000_000 + scatter(index, seed, 27_182_819, 50_000_000))
}

/// A valid Dutch IBAN at a bank that does not exist.
pub(crate) fn iban(index: u32, seed: u64) -> String {
    let bank = ["TEST", "DEMO", "FAKE"][index as usize % 3];
    let account = format!("{:010}", scatter(index, seed, 6_180_339_887, 9_000_000_000));
    let check = 98 - remainder(&format!("{bank}{account}NL00"));
    format!("NL{check:02}{bank}{account}")
}

/// ISO 7064 mod 97 of digits and capital letters, a letter counting as its two digits (A is 10).
fn remainder(text: &str) -> u64 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, digit| {
        let shift = if digit < 10 { 10 } else { 100 };
        (rest * shift + u64::from(digit)) % 97
    })
}

/// Hands out e-mail addresses, each once.
#[derive(Default)]
pub(crate) struct Emails {
    taken: HashSet<String>,
}

impl Emails {
    /// A new address for someone of this name, in lower case.
    pub(crate) fn draw(&mut self, given: &GivenName, family: FamilyName, year: i64, rng: &mut Rng) -> String {
        let name = letters(given.called);
        let surname = letters(family.prefix) + &letters(family.name);
        let local = match rng.between(0, 3) {
            0 => format!("{name}.{surname}"),
            1 => format!("{}{surname}{:02}", &name[..1], year % 100),
            2 => format!("{name}{surname}{:02}", year % 100),
            _ => format!("{name}_{}{}", letters(family.name), year),
        };
        let domain = rng.pick(DOMAINS);
        self.claim(&local, domain)
    }

    /// The same address with a slip of the keyboard, or another one if that is somebody's.
    pub(crate) fn mistype(&mut self, address: &str, rng: &mut Rng) -> String {
        let (local, domain) = address.split_once('@').unwrap_or((address, "mail.example"));
        let cut = rng.between(1, local.len() as i64 - 1) as usize;
        let slipped = format!("{}{}", &local[..cut], &local[cut + 1..]);
        self.claim(&slipped, domain)
    }

    fn claim(&mut self, local: &str, domain: &str) -> String {
        let mut address = format!("{local}@{domain}");
        let mut number = 1;
        while self.taken.contains(&address) {
            number += 1;
            address = format!("{local}{number}@{domain}");
        }
        self.taken.insert(address.clone());
        address
    }
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Emails, MAX_CUSTOMERS, customer_number, iban, phone, remainder};
    use crate::{
        names::{FAMILIES, MEN},
        rng::{Rng, Stream},
    };
    use proptest::prelude::*;

    #[test]
    fn scattering_is_one_to_one() {
        let gcd = |mut a: u64, mut b: u64| {
            while b > 0 {
                (a, b) = (b, a % b);
            }
            a
        };
        for (factor, modulus) in [(61_803_401, 90_000_000), (27_182_819, 50_000_000), (6_180_339_887, 9_000_000_000)] {
            assert_eq!(gcd(factor, modulus), 1);
            assert!(u64::from(MAX_CUSTOMERS) <= modulus);
        }
    }

    proptest! {
        #[test]
        fn ibans_are_valid(index in 0..MAX_CUSTOMERS, seed: u64) {
            let iban = iban(index, seed);
            prop_assert_eq!(iban.len(), 18);
            prop_assert_eq!(remainder(&format!("{}{}", &iban[4..], &iban[..4])), 1);
        }

        #[test]
        fn phones_and_numbers_have_their_form(index in 0..MAX_CUSTOMERS, seed: u64) {
            let phone = phone(index, seed);
            prop_assert_eq!(phone.len(), 12);
            prop_assert!(('1'..='5').contains(&phone.chars().nth(4).unwrap()));
            prop_assert_eq!(customer_number(index, seed).len(), 8);
        }
    }

    #[test]
    fn the_remainder_is_that_of_a_known_iban() {
        assert_eq!(remainder("ABNA0417164300NL91"), 1);
    }

    #[test]
    fn no_address_is_handed_out_twice() {
        let (mut emails, mut seen) = (Emails::default(), HashSet::new());
        let mut rng = Rng::new(1, Stream::Household, 0, 0);
        for _ in 0..2_000 {
            let address = emails.draw(&MEN[0], FAMILIES[48], 1980, &mut rng);
            let slip = emails.mistype(&address, &mut rng);
            assert!(seen.insert(address) && seen.insert(slip));
        }
    }
}
