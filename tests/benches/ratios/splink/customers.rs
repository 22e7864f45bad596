//! Dutch customers with a known truth, as several systems of a bank would have them: households, twins, namesakes and sons called
//! as their fathers; roepnamen, initials, slips of the keyboard, married names, moves, values that are missing.
//!
//! Names are drawn from short tables of their own and from syllables, so that the nicknames that the linkage knows are no help
//! beyond what they are in life.

use std::{collections::HashSet, io::Write};

use super::names::{DOMAINS, ENDS, FAMILIES, MEN, MIDDLES, PLACES, SOURCES, STARTS, STREETS, WOMEN};

/// What a row has.
const HEADER: &str = "rec_id,ent_id,source,gender,first_name,tussenvoegsel,surname,dob,street,house_number,postcode,city,email,phone,iban";
/// Writes a file of so many records, in no order. The same every time.
pub(crate) fn write(records: usize, file: &mut impl Write) -> std::io::Result<()> {
    let mut draw = Draw(records as u64);
    let postcodes = (0..(records / 25).max(200)).map(|_| Postcode::draw(&mut draw)).collect();
    let mut base = Base { draw, postcodes, people: Vec::new(), taken: HashSet::new() };
    let mut rows: Vec<(usize, String)> = Vec::with_capacity(records);
    while rows.len() < records {
        base.people.clear();
        base.household();
        for at in 0..base.people.len() {
            let (person, number) = (base.people[at].clone(), rows.len());
            let copies = base.copies(&person);
            rows.extend(copies.into_iter().map(|row| (number, row)));
        }
    }
    rows.truncate(records);
    for at in (1..rows.len()).rev() {
        rows.swap(at, base.draw.below(at + 1));
    }
    writeln!(file, "{HEADER}")?;
    for (number, (person, row)) in rows.iter().enumerate() {
        writeln!(file, "{number},{person},{row}")?;
    }
    file.flush()
}

/// SplitMix64.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high + 1 - low)
    }

    fn chance(&mut self, of: f64) -> bool {
        ((self.next() >> 11) as f64) < of * (1_u64 << 53) as f64
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    /// The first more often than the last.
    fn common<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let at = self.below(of.len());
        of[at.min(self.below(of.len()))]
    }

    /// One slip of the keyboard.
    fn slip(&mut self, word: &str) -> String {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() < 3 {
            return word.to_owned();
        }
        let (at, letter) = (self.below(letters.len() - 1), char::from(b'a' + self.below(26) as u8));
        match self.below(4) {
            0 => letters.swap(at, at + 1),
            1 => drop(letters.remove(at)),
            2 => letters.insert(at, letter),
            _ => letters[at] = letter,
        }
        letters.into_iter().collect()
    }
}

#[derive(Clone)]
struct Postcode {
    code: String,
    street: &'static str,
    place: &'static str,
}

impl Postcode {
    fn draw(draw: &mut Draw) -> Self {
        let mut letter = || char::from(b"ABCDEGHJKLMNPRSTVWXZ"[draw.below(20)]);
        let letters = [letter(), letter()];
        let code = format!("{} {}{}", draw.between(1_000, 9_999), letters[0], letters[1]);
        Self { code, street: draw.pick(&STREETS), place: draw.pick(&PLACES) }
    }
}

#[derive(Clone)]
struct Address {
    postcode: Postcode,
    house: String,
}

#[derive(Clone)]
struct Person {
    woman: bool,
    given: &'static str,
    family: String,
    birth: [usize; 3],
    address: Address,
    phone: String,
    email: String,
    iban: String,
}

struct Base {
    draw: Draw,
    postcodes: Vec<Postcode>,
    /// The household that is being drawn.
    people: Vec<Person>,
    /// Addresses and numbers that somebody has: a provider gives each once, however many customers there are.
    taken: HashSet<String>,
}

impl Base {
    /// One person, and often somebody who is much like them.
    fn household(&mut self) {
        let (woman, family, address) = (self.draw.chance(0.5), self.family(), self.address());
        let given = self.given(woman);
        let birth = self.birth(1930, 2006);
        self.person(woman, given, family.clone(), birth, address.clone());
        let first = self.people[0].clone();
        let year = birth[0];
        match self.draw.below(100) {
            // A partner.
            0..25 => {
                let (given, own) = (self.given(!woman), self.family());
                let family = if self.draw.chance(0.6) { family } else { own };
                let birth = self.birth(year.saturating_sub(5), year + 5);
                self.person(!woman, given, family, birth, address);
                self.share(&first, 0.4, 0.3, 0.3);
            }
            // A child that is called as its father or mother.
            25..31 => {
                let birth = self.birth(year + 20, year + 35);
                self.person(woman, given, family, birth, address);
                self.share(&first, 0.3, 0.2, 0.1);
            }
            // A twin.
            31..33 => {
                let woman = self.draw.chance(0.5);
                let given = self.given(woman);
                self.person(woman, given, family, birth, address);
                self.share(&first, 0.3, 0.1, 0.1);
            }
            // A child.
            33..37 => {
                let woman = self.draw.chance(0.5);
                let (given, birth) = (self.given(woman), self.birth(year + 20, year + 38));
                self.person(woman, given, family, birth, address);
                self.share(&first, 0.4, 0.4, 0.1);
            }
            // A namesake somewhere else.
            37..40 => {
                let (birth, address) = (self.birth(1930, 2006), self.address());
                self.person(woman, given, family, birth, address);
            }
            _ => {}
        }
    }

    fn person(&mut self, woman: bool, given: &'static str, family: String, birth: [usize; 3], address: Address) {
        let (phone, email) = (self.phone(), self.email(given, &family));
        let iban = if self.draw.chance(0.7) { self.iban() } else { String::new() };
        self.people.push(Person { woman, given, family, birth, address, phone, email, iban });
    }

    /// Has the last person share with the first.
    fn share(&mut self, first: &Person, phone: f64, email: f64, iban: f64) {
        let Some(last) = self.people.last_mut() else { return };
        if self.draw.chance(phone) {
            last.phone.clone_from(&first.phone);
        }
        if self.draw.chance(email) {
            last.email.clone_from(&first.email);
        }
        if self.draw.chance(iban) {
            last.iban.clone_from(&first.iban);
        }
    }

    fn given(&mut self, woman: bool) -> &'static str {
        self.draw.common(if woman { &WOMEN } else { &MEN })
    }

    /// A family name with what stands before it, parted by the last blank.
    fn family(&mut self) -> String {
        if self.draw.chance(0.45) {
            return self.draw.common(&FAMILIES).to_owned();
        }
        let draw = &mut self.draw;
        format!(" {}{}{}", draw.pick(&STARTS), draw.pick(&MIDDLES), draw.pick(&ENDS))
    }

    fn birth(&mut self, low: usize, high: usize) -> [usize; 3] {
        [self.draw.between(low, high).min(2012), self.draw.between(1, 12), self.draw.between(1, 28)]
    }

    fn address(&mut self) -> Address {
        let postcode = self.postcodes[self.draw.below(self.postcodes.len())].clone();
        let addition = if self.draw.chance(0.06) { self.draw.pick(&["a", "b", "c"]) } else { "" };
        Address { postcode, house: format!("{}{addition}", self.draw.between(1, 120)) }
    }

    fn phone(&mut self) -> String {
        loop {
            let phone = format!("+316{}", self.draw.between(10_000_000, 58_999_999));
            if self.taken.insert(phone.clone()) {
                return phone;
            }
        }
    }

    fn email(&mut self, given: &str, family: &str) -> String {
        let given = given.split(' ').next_back().unwrap_or_default().to_lowercase();
        let family = family.to_lowercase().replace(' ', "");
        let (letter, number) = (&given[..1], self.draw.between(1, 9_999));
        let mailbox = match self.draw.below(5) {
            0 => format!("{given}.{family}"),
            1 => format!("{letter}{family}{}", number % 100),
            2 => format!("{given}{family}{}", number % 100),
            3 => format!("{family}{}", number % 100),
            _ => format!("{given}{number}"),
        };
        let domain = self.draw.pick(&DOMAINS);
        let mut email = format!("{mailbox}@{domain}");
        while !self.taken.insert(email.clone()) {
            email = format!("{mailbox}{}@{domain}", self.draw.between(1, 99_999));
        }
        email
    }

    /// Of a bank that does not exist, with a check that is right (ISO 7064 mod 97).
    fn iban(&mut self) -> String {
        let account = format!("TEST{:010}", self.draw.below(9_000_000_000));
        let digits = format!("{account}NL00")
            .chars()
            .filter_map(|letter| letter.to_digit(36))
            .fold(0_u64, |rest, digit| (rest * if digit < 10 { 10 } else { 100 } + u64::from(digit)) % 97);
        format!("NL{:02}{account}", 98 - digits)
    }

    /// A person as sources have them, one to eight times.
    fn copies(&mut self, person: &Person) -> Vec<String> {
        let mut count = 1;
        while count < 8 && self.draw.chance(0.38) {
            count += 1;
        }
        let moved = self.draw.chance(0.2).then(|| self.address());
        let married = (person.woman && self.draw.chance(0.08)).then(|| self.family());
        let phone = self.draw.chance(0.15).then(|| self.phone());
        let email = self.draw.chance(0.2).then(|| self.email(person.given, &person.family));
        (0..count)
            .map(|_| {
                let mut other = person.clone();
                let mut choose = |value: &Option<String>, own: &mut String| {
                    if let Some(value) = value.as_ref().filter(|_| self.draw.chance(0.5)) {
                        own.clone_from(value);
                    }
                };
                choose(&phone, &mut other.phone);
                choose(&email, &mut other.email);
                choose(&married, &mut other.family);
                if let Some(address) = moved.as_ref().filter(|_| self.draw.chance(0.5)) {
                    other.address = address.clone();
                }
                let double = other.family != person.family && self.draw.chance(0.5);
                self.row(&other, if double { &person.family } else { "" })
            })
            .collect()
    }

    /// A row but for its number and the truth, with what goes wrong; `maiden` is written behind the family name.
    fn row(&mut self, person: &Person, maiden: &str) -> String {
        let source = self.draw.pick(&SOURCES);
        let gender = if self.draw.chance(0.2) {
            ""
        } else if person.woman {
            "F"
        } else {
            "M"
        };
        let given = self.given_as_written(person.given);
        let (prefix, family) = person.family.rsplit_once(' ').unwrap_or_default();
        let mut family = family.to_owned();
        if !maiden.is_empty() {
            family = format!("{family}-{}", maiden.trim());
        }
        if self.draw.chance(0.05) {
            family = self.draw.slip(&family);
        }
        let prefix = if self.draw.chance(0.08) { "" } else { prefix };
        let birth = self.birth_as_written(person.birth);
        let [street, house, postcode, place] = self.address_as_written(&person.address);
        let phone = self.phone_as_written(&person.phone);
        let mut email = if self.draw.chance(0.3) { String::new() } else { person.email.clone() };
        if !email.is_empty() && self.draw.chance(0.04) {
            email = self.draw.slip(&email);
        }
        let iban = if self.draw.chance(0.4) { "" } else { &person.iban };
        format!(
            "{source},{gender},{given},{prefix},{family},{birth},{street},{house},{postcode},{place},{email},{phone},{iban}"
        )
    }

    fn given_as_written(&mut self, given: &str) -> String {
        let names: Vec<&str> = given.split(' ').collect();
        let name = match self.draw.below(100) {
            0..14 => names[self.draw.below(names.len())].to_owned(),
            14..24 => format!(
                "{}.{}",
                &names[0][..1],
                if self.draw.chance(0.3) { self.draw.pick(&["A.", "M.", "J."]) } else { "" }
            ),
            _ => names[0].to_owned(),
        };
        if self.draw.chance(0.04) { self.draw.slip(&name) } else { name }
    }

    fn birth_as_written(&mut self, [mut year, mut month, mut day]: [usize; 3]) -> String {
        match self.draw.below(1_000) {
            0..15 if day <= 12 => (month, day) = (day, month),
            15..40 => day = (day + self.draw.between(1, 10)) % 28 + 1,
            40..50 => year += [1, 10][self.draw.below(2)],
            50..60 => (month, day) = (1, 1),
            60..120 => return String::new(),
            _ => {}
        }
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn address_as_written(&mut self, address: &Address) -> [String; 4] {
        if self.draw.chance(0.07) {
            return [const { String::new() }; 4];
        }
        let Postcode { code, street, place } = &address.postcode;
        let street = if self.draw.chance(0.03) { self.draw.slip(street) } else { (*street).to_owned() };
        let code = match self.draw.below(100) {
            0..4 => self.draw.slip(code),
            4..19 => code.replace(' ', "").to_lowercase(),
            _ => code.clone(),
        };
        [street, address.house.clone(), code, (*place).to_owned()]
    }

    fn phone_as_written(&mut self, phone: &str) -> String {
        match self.draw.below(100) {
            0..30 => String::new(),
            30..45 => format!("0{}", &phone[3..]),
            45..47 => format!("{}{}", &phone[..10], self.draw.between(10, 99)),
            _ => phone.to_owned(),
        }
    }
}
