//! Words, numbers and signs of an expression.

use super::Problem;
use crate::domain::datum::Datum;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Literal(Datum),
    Word(String),
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: [&str; 13] = ["<=", ">=", "!=", "<", ">", "=", "+", "-", "*", "/", "(", ")", ","];

/// Microseconds of a unit of time.
fn unit(letter: char) -> Option<i64> {
    Some(match letter {
        's' => 1_000_000,
        'm' => 60_000_000,
        'h' => 3_600_000_000,
        'd' => 24 * 3_600_000_000,
        'w' => 7 * 24 * 3_600_000_000,
        _ => return None,
    })
}

/// The tokens of a text, each with its character, from 1.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let letters: Vec<char> = text.chars().collect();
    let (mut found, mut place) = (Vec::new(), 0);
    while let Some(&letter) = letters.get(place) {
        let at = place + 1;
        if letter.is_ascii_whitespace() {
            place += 1;
            continue;
        }
        let (token, next) = if letter.is_ascii_lowercase() {
            let end = end_of(&letters, place, |letter| matches!(letter, 'a'..='z' | '0'..='9' | '_'));
            let word: String = letters[place..end].iter().collect();
            (word_of(word), end)
        } else if letter.is_ascii_digit() {
            number(&letters, place)?
        } else if letter == '\'' {
            quoted(&letters, place)?
        } else {
            let rest: String = letters[place..letters.len().min(place + 2)].iter().collect();
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
            let sign = sign.ok_or_else(|| Problem::new(at, "a letter that means nothing here"))?;
            (Token::Sign(sign), place + sign.len())
        };
        found.push((at, token));
        place = next;
    }
    Ok(found)
}

fn word_of(word: String) -> Token {
    match word.as_str() {
        "true" => Token::Literal(Datum::Truth(true)),
        "false" => Token::Literal(Datum::Truth(false)),
        _ => Token::Word(word),
    }
}

fn end_of(letters: &[char], from: usize, takes: impl Fn(char) -> bool) -> usize {
    letters[from..].iter().position(|letter| !takes(*letter)).map_or(letters.len(), |length| from + length)
}

/// A number, or a span of time: "90d".
fn number(letters: &[char], from: usize) -> Result<(Token, usize), Problem> {
    let wrong = || Problem::new(from + 1, "not a number, such as 12 or 0.5, and no span of time, such as 90d");
    let end = end_of(letters, from, |letter| letter.is_ascii_digit() || letter == '.');
    let text: String = letters[from..end].iter().collect();
    let following = |place: usize| letters.get(place).copied().filter(|letter| letter.is_alphanumeric());
    let Some(letter) = following(end) else {
        let number = text.parse().ok().filter(|_| !text.ends_with('.')).and_then(Datum::number);
        return Ok((Token::Literal(number.ok_or_else(wrong)?), end));
    };
    let micros = unit(letter).filter(|_| following(end + 1).is_none());
    let span = micros.zip(text.parse::<i64>().ok()).and_then(|(micros, count)| micros.checked_mul(count));
    Ok((Token::Literal(Datum::Duration(span.ok_or_else(wrong)?)), end + 1))
}

/// A text between apostrophes; two of them stand for one.
fn quoted(letters: &[char], from: usize) -> Result<(Token, usize), Problem> {
    let (mut text, mut place) = (String::new(), from + 1);
    loop {
        match (letters.get(place), letters.get(place + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                place += 2;
            }
            (Some('\''), _) => return Ok((Token::Literal(Datum::Text(text)), place + 1)),
            (Some(letter), _) => {
                text.push(*letter);
                place += 1;
            }
            (None, _) => return Err(Problem::new(from + 1, "a text without its end")),
        }
    }
}
