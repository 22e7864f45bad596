//! How value is run.

use serde::Deserialize;

/// How value is run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValueConfig {
    /// How many models may be fitted at once, 1 to 64; further calls wait for their turn. A fit takes a core, and 160 bytes of
    /// memory for each customer. Default 1.
    pub fits_at_once: usize,
    /// After how many days without a fit the models of a currency and product line are fitted anew by themselves, 1 to 366; 0: never. Their
    /// schedule begins with its next fit. Default 7.
    pub refit_every_days: u32,
}

impl Default for ValueConfig {
    fn default() -> Self {
        Self { fits_at_once: 1, refit_every_days: 7 }
    }
}

impl ValueConfig {
    /// Everything that is out of range, each with its key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if !(1..=64).contains(&self.fits_at_once) {
            wrong.push("fits_at_once: must be from 1 to 64".to_owned());
        }
        if self.refit_every_days > 366 {
            wrong.push("refit_every_days: must be from 0 to 366".to_owned());
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_fine_and_what_is_out_of_range_is_named() {
        assert_eq!(ValueConfig::default().validate(), Vec::<String>::new());
        for fits_at_once in [0, 65] {
            let config = ValueConfig { fits_at_once, ..ValueConfig::default() };
            assert_eq!(config.validate(), ["fits_at_once: must be from 1 to 64"]);
        }
        let config = ValueConfig { refit_every_days: 367, ..ValueConfig::default() };
        assert_eq!(config.validate(), ["refit_every_days: must be from 0 to 366"]);
    }
}
