//! Every distinct string once, named by a small number.

/// Strings by number. 0 is the empty string, which stands for "missing".
#[derive(Debug, Clone)]
pub(crate) struct Strings {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    hashes: Vec<u64>,
    slots: Vec<u32>,
}

impl Default for Strings {
    fn default() -> Self {
        Self { bytes: Vec::new(), ends: vec![0], hashes: vec![0], slots: vec![0; 64] }
    }
}

impl Strings {
    /// The number of a string, new or known.
    pub(crate) fn put(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        let hash = hash(text.as_bytes());
        let slot = self.slot(text.as_bytes(), hash);
        if self.slots[slot] == 0 {
            self.bytes.extend_from_slice(text.as_bytes());
            self.ends.push(self.bytes.len() as u32);
            self.hashes.push(hash);
            self.slots[slot] = (self.ends.len() - 1) as u32;
        }
        self.slots[slot]
    }

    /// The string of a number that [`Strings::put`] gave.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        let number = number as usize;
        if number == 0 {
            return &[];
        }
        &self.bytes[self.ends[number - 1] as usize..self.ends[number] as usize]
    }

    /// The string of a number as text.
    pub(crate) fn text(&self, number: u32) -> &str {
        std::str::from_utf8(self.get(number)).unwrap_or_default()
    }

    /// How many numbers there are, 0 among them.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The hash of a string: the same everywhere and always. 0 for "missing".
    pub(crate) fn hash(&self, number: u32) -> u64 {
        self.hashes[number as usize]
    }

    fn slot(&self, text: &[u8], hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            let number = self.slots[slot];
            if self.hashes[number as usize] == hash && self.get(number) == text {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 4];
        let mask = self.slots.len() - 1;
        for number in 1..self.ends.len() {
            let mut slot = self.hashes[number] as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = number as u32;
        }
    }
}

/// A hash of bytes that is the same on every machine and in every version: it names blocks.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64 ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = mix(state, u64::from_le_bytes(word));
    }
    let mut word = [0; 8];
    let rest = chunks.remainder();
    word[..rest.len()].copy_from_slice(rest);
    mix(state, u64::from_le_bytes(word))
}

/// Two numbers made one that looks random: a multiplication to 128 bits, folded.
pub(crate) fn mix(left: u64, right: u64) -> u64 {
    let wide = u128::from(left ^ 0xD6E8_FEB8_6659_FD93) * u128::from(right ^ 0xA076_1D64_78BD_642F);
    (wide as u64) ^ ((wide >> 64) as u64) ^ left.rotate_left(23)
}

#[cfg(test)]
mod tests {
    use super::Strings;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_got(texts in proptest::collection::vec(".{0,12}", 0..200)) {
            let mut strings = Strings::default();
            let numbers: Vec<u32> = texts.iter().map(|text| strings.put(text)).collect();
            for (text, number) in texts.iter().zip(numbers) {
                prop_assert_eq!(strings.text(number), text);
                prop_assert_eq!(strings.put(text), number);
            }
        }
    }
}
