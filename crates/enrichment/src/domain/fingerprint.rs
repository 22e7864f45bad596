//! Fingerprints of inputs: equal where the same would be asked of the same provider. They name no person, but inputs of which there are
//! few can be guessed from them: they are kept where the inputs are.

use ring::digest::{Context, SHA256};

use super::descriptor::{Descriptor, Inputs};

/// A fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub [u8; 16]);

impl Fingerprint {
    /// Of what a provider is asked.
    #[must_use]
    pub fn of(descriptor: &Descriptor, inputs: &Inputs) -> Self {
        let mut context = Context::new(&SHA256);
        let parts = inputs.iter().flat_map(|(path, value)| [path.as_str(), value.as_str()]);
        // Each part with its length, so that no two lists of parts read the same.
        for part in [descriptor.id.as_str(), descriptor.version.as_str()].into_iter().chain(parts) {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut short = [0; 16];
        short.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(short)
    }

    /// A time that is up to a tenth shorter or longer, so that what was asked for together is not asked for again together.
    #[must_use]
    pub fn jitter(self, micros: i64) -> i64 {
        let chance = i64::from(u16::from_be_bytes([self.0[0], self.0[1]]));
        let tenth = micros / 10;
        micros - tenth + i64::try_from(i128::from(tenth) * 2 * i128::from(chance) / 65_535).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tenure_kernel::Purpose;

    use super::*;

    fn provider(id: &str, version: &str) -> Descriptor {
        Descriptor {
            id: id.to_owned(),
            version: version.to_owned(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            purposes: vec![Purpose::Service],
            max_batch: 1,
        }
    }

    #[test]
    fn provider_version_path_and_value_all_count() {
        let inputs = |path: &str, value: &str| Inputs::from([(path.to_owned(), value.to_owned())]);
        let all = [
            Fingerprint::of(&provider("a", "1"), &inputs("p", "v")),
            Fingerprint::of(&provider("b", "1"), &inputs("p", "v")),
            Fingerprint::of(&provider("a", "2"), &inputs("p", "v")),
            Fingerprint::of(&provider("a", "1"), &inputs("p", "w")),
            Fingerprint::of(&provider("a", "1"), &inputs("q", "v")),
            Fingerprint::of(&provider("a", "1"), &inputs("pv", "")),
            Fingerprint::of(&provider("a1", ""), &inputs("p", "v")),
            Fingerprint::of(&provider("a", "1"), &Inputs::new()),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(all[0], Fingerprint::of(&provider("a", "1"), &inputs("p", "v")));
    }

    proptest! {
        #[test]
        fn jitter_stays_within_a_tenth(bytes in any::<[u8; 16]>(), micros in 0..400_000_000_000_000_i64) {
            let moved = Fingerprint(bytes).jitter(micros);
            prop_assert!((moved - micros).abs() <= micros / 10 + 1, "{} {}", moved, micros);
        }
    }

    #[test]
    fn jitter_is_spread() {
        let of = |first: u8| Fingerprint([first; 16]).jitter(1_000);
        assert_eq!((of(0), of(255)), (900, 1_100));
    }
}
