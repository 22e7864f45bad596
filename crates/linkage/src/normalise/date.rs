//! Dates of birth, whole or in part.

use serde::{Deserialize, Serialize};

/// A date as far as it is known: 0 stands for a part that is missing. Impossible dates are kept as they are, since a typo
/// in a date still says much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Date {
    /// 1 to 9999; 0 if missing.
    pub year: u16,
    /// 1 to 31, as a swapped day and month may be; 0 if missing.
    pub month: u8,
    /// 1 to 31; 0 if missing.
    pub day: u8,
}

impl Date {
    /// Whether nothing of it is known.
    #[must_use]
    pub fn is_missing(self) -> bool {
        self == Self::default()
    }

    /// Whether year, month and day are known.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.year > 0 && self.month > 0 && self.day > 0
    }

    /// Its eight digits, yyyymmdd.
    #[must_use]
    pub fn digits(self) -> [u8; 8] {
        let mut rest = u32::from(self.year) * 10_000 + u32::from(self.month) * 100 + u32::from(self.day);
        let mut digits = [b'0'; 8];
        for digit in digits.iter_mut().rev() {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        digits
    }

    /// Days since some day long ago, with months of 31 days: to say how near two dates are, not to count.
    #[must_use]
    pub fn days(self) -> i32 {
        (i32::from(self.year) * 12 + i32::from(self.month)) * 31 + i32::from(self.day)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Reads "1971-06-24", "24-06-1971", "24/6/1971", "19710624", "24 juni 1971", with a time or not; `None` for what has no
/// year of four digits, for years outside 1850 to 2150 and for the defaults that systems fill in (first of January of 1900
/// and 1970, 9999-12-31).
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let mut numbers = [0_u32; 3];
    let mut widths = [0_usize; 3];
    let mut count = 0;
    let mut rest = text.trim();
    if rest.len() > 64 {
        return None;
    }
    while count < 3 && !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest.chars().take_while(|letter| letter.is_alphabetic()).map(char::len_utf8).sum::<usize>();
        if digits > 0 {
            numbers[count] = rest[..digits].parse().ok()?;
            widths[count] = digits;
            count += 1;
            rest = &rest[digits..];
        } else if letters > 0 {
            if let Some(month) = month(&rest[..letters]) {
                numbers[count] = month;
                widths[count] = 2;
                count += 1;
            }
            rest = &rest[letters..];
        } else {
            rest = &rest[rest.chars().next().map_or(1, char::len_utf8)..];
        }
    }
    let (year, month, day) = match (count, widths) {
        (1, [8, ..]) if numbers[0] / 10_000 >= 1_850 => (numbers[0] / 10_000, numbers[0] / 100 % 100, numbers[0] % 100),
        (1, [8, ..]) => (numbers[0] % 10_000, numbers[0] / 10_000 % 100, numbers[0] / 1_000_000),
        (1, [4, ..]) => (numbers[0], 0, 0),
        (2, [4, ..]) => (numbers[0], numbers[1], 0),
        (3, [4, ..]) => (numbers[0], numbers[1], numbers[2]),
        (3, [_, _, 4]) => (numbers[2], numbers[1], numbers[0]),
        _ => return None,
    };
    of_parts(year, month, day)
}

/// A date of numbers; `None` as for [`date`]. A month or day that cannot be is 0.
#[must_use]
pub fn of_parts(year: u32, month: u32, day: u32) -> Option<Date> {
    let part = |value: u32| if value <= 31 { value as u8 } else { 0 };
    let (month, day) = (part(month), part(day));
    let default = matches!((year, month, day), (1900 | 1970, 1, 1));
    (!default && (1850..=2150).contains(&year)).then_some(Date { year: year as u16, month, day })
}

fn month(word: &str) -> Option<u32> {
    let word = crate::text::fold(word);
    let start = word.get(..3)?;
    Some(match start {
        "jan" => 1,
        "feb" | "fev" => 2,
        "mar" | "maa" | "mrt" | "mae" => 3,
        "apr" | "avr" => 4,
        "may" | "mei" | "mai" => 5,
        "jun" => 6,
        "jul" => 7,
        "aug" => 8,
        "sep" => 9,
        "oct" | "okt" => 10,
        "nov" => 11,
        "dec" | "dez" => 12,
        _ => return None,
    })
}
