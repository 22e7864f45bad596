//! How value is run.

use serde::Deserialize;

/// How value is run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValueConfig {
    /// How many models may be fitted at once, 1 to 64; further calls wait for their turn. A fit takes a core, and 160 bytes of
    /// memory for each customer. Default 1.
    pub fits_at_once: usize,
}

impl Default for ValueConfig {
    fn default() -> Self {
        Self { fits_at_once: 1 }
    }
}

impl ValueConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let fits = (1..=64).contains(&self.fits_at_once);
        Vec::from_iter((!fits).then(|| "fits_at_once: must be from 1 to 64".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_fine_and_what_is_out_of_range_is_named() {
        assert_eq!(ValueConfig::default().validate(), Vec::<String>::new());
        for fits_at_once in [0, 65] {
            assert_eq!(ValueConfig { fits_at_once }.validate(), ["fits_at_once: must be from 1 to 64"]);
        }
    }
}
