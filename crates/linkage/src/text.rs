//! Text in one plain form: lower-case ASCII words.

use deunicode::deunicode_char;

/// Values longer than this many characters are cut before anything else is done with them.
const LONGEST_VALUE: usize = 256;

/// Lower-case ASCII letters and digits, words parted by one space: diacritics dropped, other scripts transliterated,
/// apostrophes closed ("O'Brien" is "obrien"), everything else a gap. Folding twice changes nothing.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len().min(LONGEST_VALUE));
    for letter in text.chars().take(LONGEST_VALUE) {
        if letter.is_ascii() {
            push(&mut folded, letter);
        } else if matches!(letter, '\u{2019}' | '\u{2018}' | '\u{02BC}') {
            // An apostrophe however it is typed.
        } else if let Some(ascii) = deunicode_char(letter) {
            ascii.chars().for_each(|letter| push(&mut folded, letter));
        }
    }
    folded.truncate(folded.trim_end().len());
    folded.truncate(LONGEST_VALUE);
    folded.truncate(folded.trim_end().len());
    folded
}

fn push(folded: &mut String, letter: char) {
    match letter {
        'a'..='z' | '0'..='9' => folded.push(letter),
        'A'..='Z' => folded.push(letter.to_ascii_lowercase()),
        '\'' | '`' => {}
        _ if folded.is_empty() || folded.ends_with(' ') => {}
        _ => folded.push(' '),
    }
}

/// How a word sounds, roughly and across western European spellings: for keys and for names that are spelled differently
/// but said alike (Sophie and Sofie, Meijer and Meyer, Schmidt and Schmitt). Empty for an empty word.
#[must_use]
pub fn sound(word: &str) -> String {
    let bytes = word.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let (letter, used) = match (byte, next) {
            (b'p', b'h') => ('f', 2),
            (b't', b'h') | (b'd', b't') => ('t', 2),
            (b'c', b'h') => ('g', 2),
            (b'c', b'k') => ('k', 2),
            (b'c', b'e' | b'i' | b'y') | (b'z', _) => ('s', 1),
            (b'c' | b'q', _) => ('k', 1),
            (b'x', _) => ('k', 1),
            (b'i', b'j') => ('i', 2),
            (b'y' | b'j', _) => ('i', 1),
            (b'v' | b'w', _) => ('f', 1),
            (b'd', 0) => ('t', 1),
            (b'h', _) if at > 0 => ('h', 0),
            (b' ', _) => (' ', 0),
            _ => (char::from(byte), 1),
        };
        at += used.max(1);
        if used > 0 && !out.ends_with(letter) {
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{fold, sound};
    use proptest::prelude::*;

    #[test]
    fn words_are_plain() {
        assert_eq!(fold("  Zoë  O'Brien-Müller "), "zoe obrien muller");
        assert_eq!(fold("Straße\u{0}12"), "strasse 12");
        assert_eq!(fold("Иванов"), "ivanov");
        assert_eq!(fold("\u{202e}\u{200d}"), "");
    }

    #[test]
    fn spellings_of_one_sound_agree() {
        for (left, right) in [("sophie", "sofie"), ("meijer", "meyer"), ("schmidt", "schmitt"), ("erik", "eric")] {
            assert_eq!(sound(left), sound(right));
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = fold(&text);
            prop_assert!(once.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' ')));
            prop_assert_eq!(fold(&once), once);
        }
    }
}
