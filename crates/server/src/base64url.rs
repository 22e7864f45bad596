//! Base64 with the alphabet for URLs and without padding (RFC 4648 §5), read strictly: one text for each value.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let value = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(value >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for chunk in text.as_bytes().chunks(4) {
        let mut value = 0_u32;
        for (place, letter) in chunk.iter().enumerate() {
            let digit = ALPHABET.iter().position(|known| known == letter)?;
            value |= u32::try_from(digit).ok()? << (18 - 6 * place);
        }
        let [_, group @ ..] = value.to_be_bytes();
        let length = chunk.len() - 1;
        // A lone letter holds no byte, and bits past the last byte must be zero.
        if length == 0 || group[length..].iter().any(|rest| *rest != 0) {
            return None;
        }
        bytes.extend_from_slice(&group[..length]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn follows_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("fooba", "Zm9vYmE")] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn refuses_other_spellings() {
        for text in ["Z", "Zg==", "Zh", "Zm9", "+/8", "Zm 9", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn reads_back_what_it_writes(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }

        #[test]
        fn every_text_that_reads_is_the_one_it_writes(text in "[A-Za-z0-9_-]{0,12}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
