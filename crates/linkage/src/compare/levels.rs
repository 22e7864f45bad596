//! The comparisons, their levels, and what is believed of them before any record is seen.

use serde::{Deserialize, Serialize};

/// What is compared of two records, in the order in which weights are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Comparison {
    /// Given names, initials, roepnamen.
    Given,
    /// Surnames.
    Surname,
    /// Names of companies.
    Organisation,
    /// Dates of birth.
    Birth,
    /// Gender.
    Gender,
    /// E-mail addresses.
    Email,
    /// Phone numbers.
    Phone,
    /// Bank accounts.
    Iban,
    /// National numbers.
    NationalId,
    /// Numbers of companies.
    CompanyNumber,
    /// House number, street, postcode and place.
    Address,
    /// State or province.
    Region,
    /// The first other text.
    Text1,
    /// The second other text.
    Text2,
    /// The third other text.
    Text3,
    /// The fourth other text.
    Text4,
}

impl Comparison {
    /// All, in their order.
    pub const ALL: [Self; 16] = [
        Self::Given,
        Self::Surname,
        Self::Organisation,
        Self::Birth,
        Self::Gender,
        Self::Email,
        Self::Phone,
        Self::Iban,
        Self::NationalId,
        Self::CompanyNumber,
        Self::Address,
        Self::Region,
        Self::Text1,
        Self::Text2,
        Self::Text3,
        Self::Text4,
    ];
    /// Its name, as it stands in a model.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Surname => "surname",
            Self::Organisation => "organisation",
            Self::Birth => "birth",
            Self::Gender => "gender",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Iban => "iban",
            Self::NationalId => "national_id",
            Self::CompanyNumber => "company_number",
            Self::Address => "address",
            Self::Region => "region",
            Self::Text1 => "text1",
            Self::Text2 => "text2",
            Self::Text3 => "text3",
            Self::Text4 => "text4",
        }
    }

    pub(crate) const TEXTS: [Self; 4] = [Self::Text1, Self::Text2, Self::Text3, Self::Text4];

    /// Its levels in words, "not comparable" first.
    #[must_use]
    pub fn levels(self) -> &'static [&'static str] {
        self.belief().0
    }

    /// What is believed of each level but the first, by class; sums to 1.
    pub(crate) fn prior(self, class: usize) -> Vec<f64> {
        let [same, strangers, household, twins, namesakes] = self.belief().1;
        let brought_together = match self {
            Self::Given | Self::Surname => class == BY_NAME,
            Self::Birth => class == BY_BIRTH,
            Self::Address => class == BY_ADDRESS,
            _ => false,
        };
        let raw = match class {
            SAME => same.to_vec(),
            HOUSEHOLD => household.to_vec(),
            TWINS => twins.to_vec(),
            NAMESAKES => namesakes.to_vec(),
            _ if brought_together => same.iter().zip(strangers).map(|(one, other)| one + other).collect(),
            _ => strangers.to_vec(),
        };
        let total: f64 = raw.iter().sum();
        raw.iter().map(|probability| probability / total).collect()
    }

    /// What must stay true of a class whatever the records say, lest it come to mean something else: levels and the most
    /// that each may have.
    pub(crate) fn bounds(self, class: usize) -> &'static [(u8, f64)] {
        match (self, class) {
            (Self::Given, SAME) => &[(given::DIFFERENT, 0.06), (given::INITIALS_DIFFER, 0.03)],
            (Self::Birth, SAME) => &[(birth::DIFFERENT, 0.05)],
            (Self::Given, HOUSEHOLD | TWINS) => {
                &[(given::EXACT, 0.01), (given::ALIAS, 0.01), (given::CLOSE, 0.02), (given::INITIALS, 0.08)]
            }
            (Self::Given, NAMESAKES) => {
                &[(given::DIFFERENT, 0.02), (given::SIMILAR, 0.02), (given::INITIALS_DIFFER, 0.02)]
            }
            (Self::Birth, HOUSEHOLD | NAMESAKES) => {
                &[(birth::EXACT, 0.005), (birth::SWAPPED, 0.002), (birth::DIGIT, 0.01)]
            }
            (Self::Birth, TWINS) => &[(birth::DIFFERENT, 0.01), (birth::AKIN, 0.01), (birth::NEAR, 0.02)],
            (Self::Surname, NAMESAKES) => &[(surname::DIFFERENT, 0.2)],
            (Self::Surname, TWINS) => &[(surname::DIFFERENT, 0.1), (surname::SIMILAR, 0.05)],
            (Self::Address, HOUSEHOLD | NAMESAKES) => &[
                (address::PREMISES_NOISY, 0.2),
                (address::NEIGHBOURHOOD, 0.05),
                (address::PLACE, 0.1),
                (address::DIFFERENT, 0.1),
            ],
            (Self::Address, TWINS) => &[(address::PREMISES_NOISY, 0.2), (address::DIFFERENT, 0.3)],
            (Self::NationalId, 1..) => &[(number::EXACT, 0.01), (number::NEAR, 0.005)],
            _ => &[],
        }
    }

    fn belief(self) -> Belief {
        match self {
            Self::Given => given::BELIEF,
            Self::Surname => surname::BELIEF,
            Self::Organisation => organisation::BELIEF,
            Self::Birth => birth::BELIEF,
            Self::Gender => gender::BELIEF,
            Self::Email => email::BELIEF,
            Self::Phone => phone::BELIEF,
            Self::Iban => code::BELIEF,
            Self::NationalId | Self::CompanyNumber => number::BELIEF,
            Self::Address => address::BELIEF,
            Self::Region => region::BELIEF,
            Self::Text1 | Self::Text2 | Self::Text3 | Self::Text4 => text::BELIEF,
        }
    }
}

/// Kinds of pairs that are told apart: the same, and ways to be two. All but the first are one in the weight.
pub(crate) const CLASSES: usize = 8;
/// The same person.
pub(crate) const SAME: usize = 0;
/// Strangers who share little.
pub(crate) const STRANGERS: usize = 1;
/// Strangers who have been brought together by a name, by a date of birth, by an address.
pub(crate) const BY_NAME: usize = 2;
pub(crate) const BY_BIRTH: usize = 3;
pub(crate) const BY_ADDRESS: usize = 4;
/// Partners, parents and children: an address, a surname, a phone in common.
pub(crate) const HOUSEHOLD: usize = 5;
/// Twins: born on one day, of one name and address.
pub(crate) const TWINS: usize = 6;
/// Namesakes in one family, such as father and son.
pub(crate) const NAMESAKES: usize = 7;

/// The share of each class among candidates, before any is seen.
pub(crate) const CLASS_PRIOR: [f64; CLASSES] = [0.35, 0.15, 0.14, 0.1, 0.1, 0.11, 0.01, 0.04];

/// Whether what a class has in common is chance, so that it depends on how common it is.
pub(crate) fn by_chance(class: usize) -> bool {
    (STRANGERS..=BY_ADDRESS).contains(&class)
}

/// Points of contact that a household shares: one group.
pub(crate) const CONTACT: [Comparison; 3] = [Comparison::Email, Comparison::Phone, Comparison::Address];

/// Names of the columns of a belief: the same, strangers, household, twins, namesakes.
const BELIEVED: usize = 5;

type Belief = (&'static [&'static str], [&'static [f64]; BELIEVED]);

pub(crate) mod given {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const ALIAS: u8 = 2;
    pub(crate) const CLOSE: u8 = 3;
    pub(crate) const INITIALS: u8 = 4;
    pub(crate) const SIMILAR: u8 = 5;
    pub(crate) const DIFFERENT: u8 = 6;
    pub(crate) const INITIALS_DIFFER: u8 = 7;
    pub(crate) const SWAPPED: u8 = 8;
    pub(crate) const HALF_SWAPPED: u8 = 9;
    pub(super) const BELIEF: super::Belief = (
        &[
            "not comparable",
            "same",
            "another form",
            "close",
            "fits the initials",
            "similar",
            "different",
            "initials differ",
            "swapped with the surname",
            "is the surname of the other",
        ],
        [
            &[0.62, 0.12, 0.08, 0.10, 0.02, 0.025, 0.01, 0.025, 0.004],
            &[0.10, 0.02, 0.02, 0.04, 0.04, 0.71, 0.06, 0.01, 0.01],
            &[0.01, 0.01, 0.01, 0.05, 0.03, 0.78, 0.10, 0.01, 0.01],
            &[0.01, 0.01, 0.02, 0.06, 0.04, 0.77, 0.08, 0.01, 0.01],
            &[0.80, 0.10, 0.03, 0.04, 0.01, 0.01, 0.005, 0.005, 0.001],
        ],
    );
}

pub(crate) mod surname {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const PART: u8 = 2;
    pub(crate) const CLOSE: u8 = 3;
    pub(crate) const PART_CLOSE: u8 = 4;
    pub(crate) const SIMILAR: u8 = 5;
    pub(crate) const DIFFERENT: u8 = 6;
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "a part is the same", "close", "a part is close", "similar", "different"],
        [
            &[0.78, 0.06, 0.08, 0.01, 0.02, 0.05],
            &[0.15, 0.01, 0.02, 0.005, 0.03, 0.785],
            &[0.66, 0.04, 0.04, 0.01, 0.02, 0.23],
            &[0.85, 0.03, 0.06, 0.01, 0.02, 0.03],
            &[0.85, 0.05, 0.05, 0.01, 0.01, 0.03],
        ],
    );
}

pub(crate) mod organisation {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const PART: u8 = 2;
    pub(crate) const CLOSE: u8 = 3;
    pub(crate) const SIMILAR: u8 = 4;
    pub(crate) const DIFFERENT: u8 = 5;
    const OTHER: &[f64] = &[0.05, 0.03, 0.02, 0.1, 0.8];
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "one is a part of the other", "close", "similar", "different"],
        [&[0.62, 0.14, 0.14, 0.06, 0.04], OTHER, OTHER, OTHER, OTHER],
    );
}

pub(crate) mod birth {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const SWAPPED: u8 = 2;
    pub(crate) const DIGIT: u8 = 3;
    pub(crate) const NEAR: u8 = 4;
    pub(crate) const AKIN: u8 = 5;
    pub(crate) const DIFFERENT: u8 = 6;
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "day and month swapped", "one digit differs", "near", "alike", "different"],
        [
            &[0.86, 0.015, 0.06, 0.03, 0.015, 0.02],
            &[0.12, 0.002, 0.02, 0.05, 0.04, 0.768],
            &[0.005, 0.001, 0.005, 0.01, 0.02, 0.959],
            &[0.93, 0.01, 0.04, 0.01, 0.005, 0.005],
            &[0.005, 0.001, 0.005, 0.01, 0.02, 0.959],
        ],
    );
}

pub(crate) mod gender {
    pub(crate) const SAME: u8 = 1;
    pub(crate) const DIFFERENT: u8 = 2;
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "different"],
        [&[0.98, 0.02], &[0.6, 0.4], &[0.35, 0.65], &[0.5, 0.5], &[0.97, 0.03]],
    );
}

pub(crate) mod email {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const TYPO: u8 = 2;
    pub(crate) const AKIN: u8 = 3;
    pub(crate) const DIFFERENT: u8 = 4;
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "a typo apart", "alike", "different"],
        [
            &[0.65, 0.1, 0.07, 0.18],
            &[0.02, 0.003, 0.01, 0.967],
            &[0.25, 0.03, 0.03, 0.69],
            &[0.15, 0.02, 0.05, 0.78],
            &[0.15, 0.02, 0.08, 0.75],
        ],
    );
}

pub(crate) mod phone {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const NEAR: u8 = 2;
    pub(crate) const DIFFERENT: u8 = 3;
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "a digit differs", "different"],
        [&[0.68, 0.05, 0.27], &[0.02, 0.002, 0.978], &[0.3, 0.02, 0.68], &[0.3, 0.02, 0.68], &[0.3, 0.02, 0.68]],
    );
}

pub(crate) mod code {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const NEAR: u8 = 2;
    pub(crate) const DIFFERENT: u8 = 3;
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "a typo apart", "different"],
        [&[0.75, 0.04, 0.21], &[0.01, 0.002, 0.988], &[0.3, 0.02, 0.68], &[0.05, 0.01, 0.94], &[0.05, 0.01, 0.94]],
    );
}

pub(crate) mod number {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const NEAR: u8 = 2;
    pub(crate) const AKIN: u8 = 3;
    pub(crate) const DIFFERENT: u8 = 4;
    const OTHER: &[f64] = &[0.005, 0.003, 0.007, 0.985];
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "a typo apart", "alike", "different"],
        [&[0.86, 0.08, 0.03, 0.03], &[0.03, 0.003, 0.007, 0.96], OTHER, OTHER, OTHER],
    );
}

pub(crate) mod address {
    pub(crate) const PREMISES: u8 = 1;
    pub(crate) const PREMISES_NOISY: u8 = 2;
    pub(crate) const NEIGHBOURHOOD: u8 = 3;
    pub(crate) const PLACE: u8 = 4;
    pub(crate) const PLACE_CLOSE: u8 = 5;
    pub(crate) const DIFFERENT: u8 = 6;
    pub(super) const BELIEF: super::Belief = (
        &[
            "not comparable",
            "same",
            "same but for a part",
            "same street or postcode",
            "same place",
            "place is close",
            "different",
        ],
        [
            &[0.55, 0.12, 0.05, 0.10, 0.04, 0.14],
            &[0.03, 0.02, 0.05, 0.12, 0.02, 0.76],
            &[0.72, 0.14, 0.03, 0.04, 0.01, 0.06],
            &[0.62, 0.14, 0.03, 0.07, 0.01, 0.13],
            &[0.62, 0.14, 0.03, 0.07, 0.01, 0.13],
        ],
    );
}

pub(crate) mod region {
    pub(crate) const SAME: u8 = 1;
    pub(crate) const CLOSE: u8 = 2;
    pub(crate) const DIFFERENT: u8 = 3;
    const HOME: &[f64] = &[0.93, 0.03, 0.04];
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "close", "different"],
        [&[0.88, 0.05, 0.07], &[0.3, 0.02, 0.68], HOME, HOME, HOME],
    );
}

pub(crate) mod text {
    pub(crate) const EXACT: u8 = 1;
    pub(crate) const CLOSE: u8 = 2;
    pub(crate) const SIMILAR: u8 = 3;
    pub(crate) const DIFFERENT: u8 = 4;
    const OTHER: &[f64] = &[0.06, 0.01, 0.04, 0.89];
    const HOME: &[f64] = &[0.5, 0.06, 0.05, 0.39];
    pub(super) const BELIEF: super::Belief = (
        &["not comparable", "same", "close", "similar", "different"],
        [&[0.68, 0.12, 0.06, 0.14], OTHER, HOME, HOME, HOME],
    );
}
