//! Columns recognised by name, and by content where the name says nothing.

use super::{Role, Schema};
use crate::{
    normalise::{date, iban},
    text::fold,
};

/// Names of columns, folded and without spaces, in English, Dutch, German and French.
const NAMES: &[(Role, &[&str])] = &[
    (
        Role::Ignored,
        &[
            "entid",
            "cluster",
            "clusterid",
            "entityid",
            "entity",
            "truth",
            "label",
            "personid",
            "uniqueperson",
            "identity",
            "ismatch",
        ],
    ),
    (Role::Id, &["recid", "id", "uniqueid", "recordid", "rowid", "key", "row", "index"]),
    (Role::Source, &["source", "sourcedataset", "sourcesystem", "system", "bron", "bronsysteem", "quelle", "dataset"]),
    (
        Role::Given,
        &[
            "given",
            "givenname",
            "givennames",
            "firstname",
            "firstnames",
            "first",
            "forename",
            "forename1",
            "forename2",
            "fname",
            "fnamec1",
            "fnamec2",
            "middlename",
            "middlenames",
            "voornaam",
            "voornamen",
            "roepnaam",
            "voorletters",
            "initials",
            "initialen",
            "vorname",
            "vornamen",
            "prenom",
            "prenoms",
            "firstname1",
            "firstname2",
            "given1",
            "given2",
        ],
    ),
    (
        Role::Particle,
        &[
            "tussenvoegsel",
            "tussenvoegsels",
            "voorvoegsel",
            "voorvoegsels",
            "nameprefix",
            "particle",
            "infix",
            "prefix",
        ],
    ),
    (
        Role::Surname,
        &[
            "surname",
            "lastname",
            "last",
            "familyname",
            "lname",
            "lnamec1",
            "lnamec2",
            "achternaam",
            "geslachtsnaam",
            "familienaam",
            "nachname",
            "familienname",
            "nom",
            "nomdefamille",
            "zuname",
            "surname1",
            "surname2",
            "lastname1",
            "lastname2",
        ],
    ),
    (
        Role::FullName,
        &["name", "fullname", "naam", "firstandsurname", "customername", "vollername", "nomcomplet", "personname"],
    ),
    (
        Role::Organisation,
        &[
            "organisation",
            "organization",
            "company",
            "companyname",
            "bedrijf",
            "bedrijfsnaam",
            "firma",
            "orgname",
            "organisatie",
            "business",
            "businessname",
            "entreprise",
            "handelsnaam",
        ],
    ),
    (
        Role::BirthDate,
        &[
            "dob",
            "dateofbirth",
            "birthdate",
            "birthday",
            "geboortedatum",
            "geburtsdatum",
            "datedenaissance",
            "gebdat",
            "birth",
            "gebdatum",
            "born",
        ],
    ),
    (Role::BirthYear, &["by", "birthyear", "yearofbirth", "yob", "geboortejaar", "geburtsjahr", "anneenaissance"]),
    (Role::BirthMonth, &["bm", "birthmonth", "monthofbirth", "mob", "geboortemaand", "geburtsmonat"]),
    (Role::BirthDay, &["bd", "birthdayofmonth", "dayofbirth", "geboortedag", "geburtstag"]),
    (Role::Gender, &["gender", "sex", "geslacht", "geschlecht", "sexe"]),
    (
        Role::Street,
        &["street", "streetname", "address1", "straat", "straatnaam", "strasse", "rue", "addressline1", "road"],
    ),
    (
        Role::House,
        &[
            "housenumber",
            "streetnumber",
            "huisnummer",
            "huisnr",
            "hausnummer",
            "number",
            "houseno",
            "streetno",
            "nr",
            "hausnr",
        ],
    ),
    (
        Role::HouseAddition,
        &["toevoeging", "huisnummertoevoeging", "houseaddition", "housenumberaddition", "addition", "unit"],
    ),
    (Role::AddressLine, &["address", "adres", "addresse", "adresse", "streetaddress", "anschrift"]),
    (
        Role::Place,
        &[
            "city",
            "town",
            "suburb",
            "place",
            "woonplaats",
            "plaats",
            "stad",
            "ort",
            "stadt",
            "ville",
            "wohnort",
            "locality",
            "gemeente",
        ],
    ),
    (Role::Region, &["state", "region", "province", "provincie", "county", "bundesland", "departement"]),
    (
        Role::Postcode,
        &["postcode", "postcodefake", "zip", "zipcode", "postalcode", "plz", "codepostal", "pc", "postleitzahl"],
    ),
    (Role::Email, &["email", "emailaddress", "mail", "emailadres", "emailadresse", "email1", "email2", "courriel"]),
    (
        Role::Phone,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "mobile",
            "mobilephone",
            "telefoon",
            "telefoonnummer",
            "mobiel",
            "telefon",
            "handy",
            "cell",
            "phone1",
            "phone2",
            "telefonnummer",
            "telnr",
            "gsm",
        ],
    ),
    (Role::Iban, &["iban", "account", "accountnumber", "rekeningnummer", "bankaccount", "kontonummer", "rekening"]),
    (
        Role::NationalId,
        &[
            "socsecid",
            "ssn",
            "bsn",
            "nationalid",
            "sin",
            "nino",
            "nhsnumber",
            "socialsecurity",
            "socialsecuritynumber",
            "burgerservicenummer",
            "taxid",
            "steuerid",
            "passport",
            "passportnumber",
            "svnummer",
            "rijksregisternummer",
            "personalid",
        ],
    ),
    (
        Role::CompanyNumber,
        &[
            "kvk",
            "kvknummer",
            "companynumber",
            "vat",
            "vatnumber",
            "btwnummer",
            "chamberofcommerce",
            "rsin",
            "lei",
            "handelsregister",
        ],
    ),
    (
        Role::Text,
        &[
            "address2",
            "addressline2",
            "birthplace",
            "placeofbirth",
            "geboorteplaats",
            "geburtsort",
            "occupation",
            "beroep",
            "beruf",
            "job",
            "jobtitle",
            "maidenname",
            "meisjesnaam",
            "country",
            "land",
            "nationality",
        ],
    ),
];

/// Recognises columns from their names and some of their values (a few hundred suffice). `truth` names a column that must
/// not be used. Columns that are not recognised are ignored.
#[must_use]
pub fn recognise(headers: &[&str], sample: &[Vec<&str>], truth: Option<&str>) -> Schema {
    let plain = |header: &&str| fold(header).replace(' ', "");
    let mut roles: Vec<Role> = headers.iter().map(|header| by_name(&plain(header)).unwrap_or(Role::Ignored)).collect();
    for (column, header) in headers.iter().enumerate() {
        if truth == Some(*header) {
            roles[column] = Role::Ignored;
        } else if by_name(&plain(header)).is_none() {
            let values = sample.iter().filter_map(|row| row.get(column)).filter(|value| !value.trim().is_empty());
            roles[column] = by_content(&values.copied().collect::<Vec<_>>());
        }
    }
    once(&mut roles);
    Schema::new(roles, &country(headers, sample, &roles_of(headers)))
}

fn roles_of(headers: &[&str]) -> Vec<Option<Role>> {
    headers.iter().map(|header| by_name(&fold(header).replace(' ', ""))).collect()
}

fn by_name(plain: &str) -> Option<Role> {
    NAMES.iter().find(|(_, names)| names.contains(&plain)).map(|(role, _)| *role)
}

/// What most of the values look like; only what cannot be mistaken.
fn by_content(values: &[&str]) -> Role {
    let most = |looks: &dyn Fn(&str) -> bool| {
        values.len() >= 5 && values.iter().filter(|value| looks(value)).count() * 10 >= values.len() * 8
    };
    let email = |value: &str| value.split_once('@').is_some_and(|(_, domain)| domain.contains('.'));
    let phone = |value: &str| {
        let digits = value.bytes().filter(u8::is_ascii_digit).count();
        (value.starts_with('+') || value.starts_with('0'))
            && (9..=13).contains(&digits)
            && !value.contains(|l: char| l.is_alphabetic())
    };
    let postcode = |value: &str| {
        let plain: Vec<u8> = value.bytes().filter(|byte| *byte != b' ').collect();
        plain.len() == 6 && plain[..4].iter().all(u8::is_ascii_digit) && plain[4..].iter().all(u8::is_ascii_alphabetic)
    };
    let birth =
        |value: &str| value.len() <= 25 && date::date(value).is_some_and(|date| date.is_whole() && date.year < 2100);
    if most(&email) {
        Role::Email
    } else if most(&|value: &str| iban::is_valid(value)) {
        Role::Iban
    } else if most(&phone) {
        Role::Phone
    } else if most(&postcode) {
        Role::Postcode
    } else if most(&birth) {
        Role::BirthDate
    } else {
        Role::Ignored
    }
}

/// A role that a record has once goes to its first column only; a name in one field steps back behind its parts.
fn once(roles: &mut [Role]) {
    let parted = roles.contains(&Role::Given) && roles.contains(&Role::Surname);
    let mut seen = Vec::new();
    for role in roles.iter_mut() {
        let many = matches!(role, Role::Ignored | Role::Given | Role::Surname | Role::Email | Role::Phone | Role::Text);
        if (*role == Role::FullName && parted) || (!many && seen.contains(role)) {
            *role = Role::Ignored;
        }
        seen.push(*role);
    }
}

/// The country in which numbers are read: that of most phone numbers with a code, else of the language of the headers, else
/// the Netherlands.
fn country(headers: &[&str], sample: &[Vec<&str>], roles: &[Option<Role>]) -> String {
    const CODES: &[(&str, &str)] = &[
        ("+31", "NL"),
        ("+32", "BE"),
        ("+49", "DE"),
        ("+33", "FR"),
        ("+44", "GB"),
        ("+61", "AU"),
        ("+43", "AT"),
        ("+41", "CH"),
        ("+34", "ES"),
        ("+39", "IT"),
        ("+1", "US"),
    ];
    let mut counts = vec![0_usize; CODES.len()];
    for (column, _) in headers.iter().enumerate().filter(|(column, _)| roles[*column] == Some(Role::Phone)) {
        for value in sample.iter().filter_map(|row| row.get(column)) {
            if let Some(at) = CODES.iter().position(|(code, _)| value.trim().starts_with(code)) {
                counts[at] += 1;
            }
        }
    }
    let most = (0..CODES.len()).rev().max_by_key(|at| counts[*at]).filter(|at| counts[*at] > 0);
    most.map_or("NL", |at| CODES[at].1).to_owned()
}
