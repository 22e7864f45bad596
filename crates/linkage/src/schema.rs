//! What the columns of a file mean.

mod recognise;

use serde::{Deserialize, Serialize};

pub use recognise::recognise;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Names the record. Never evidence.
    Id,
    /// Not used: a truth, a row number, free text.
    Ignored,
    /// The system that the record comes from.
    Source,
    /// Given names or initials; several columns are joined.
    Given,
    /// Initials that are kept beside a given name or roepnaam, such as "J.P.".
    Initials,
    /// What stands before a surname, such as "van der".
    Particle,
    /// Surname; several columns are joined.
    Surname,
    /// Given names and surname in one; used where both have no column of their own.
    FullName,
    /// Name of a company or an association.
    Organisation,
    /// Date of birth.
    BirthDate,
    /// Year of birth.
    BirthYear,
    /// Month of birth, 1 to 12.
    BirthMonth,
    /// Day of birth, 1 to 31.
    BirthDay,
    /// Gender.
    Gender,
    /// Street, without the number.
    Street,
    /// House number, with or without its addition.
    House,
    /// Addition to a house number.
    HouseAddition,
    /// Street and number in one.
    AddressLine,
    /// Town, city or suburb.
    Place,
    /// State or province.
    Region,
    /// Postcode.
    Postcode,
    /// E-mail address; up to two.
    Email,
    /// Phone number; up to two.
    Phone,
    /// Bank account.
    Iban,
    /// A number that a state gave a person: BSN, social security number.
    NationalId,
    /// A number that a chamber of commerce or tax office gave a company.
    CompanyNumber,
    /// A number that its source gives to one customer only: two of one source that differ are two customers.
    CustomerNumber,
    /// An account that its holder alone uses: "kind/issuer/value", the kind one of `national`, `customer`, `loyalty` and
    /// `login`; up to sixteen. Two records that share one are one person, whatever the model says; another kind is none.
    Account,
    /// Other text that says something of the person, such as a birthplace or an occupation; up to four.
    Text,
}

/// The roles of the columns of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    roles: Vec<Role>,
    country: String,
}

impl Schema {
    /// Roles in the order of the columns, and the country (ISO 3166, two letters) in which numbers without a country code
    /// are read.
    #[must_use]
    pub fn new(roles: Vec<Role>, country: &str) -> Self {
        Self { roles, country: country.to_ascii_uppercase() }
    }

    /// The roles in the order of the columns.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The first column of a role.
    #[must_use]
    pub fn column(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|one| *one == role)
    }

    pub(crate) fn columns(&self) -> impl Iterator<Item = (usize, Role)> + '_ {
        self.roles.iter().copied().enumerate()
    }

    /// The country in which numbers without a country code are read.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.country
    }
}
