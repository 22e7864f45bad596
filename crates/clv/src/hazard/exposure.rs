//! What was observed: contracts, a period at a time.

/// Contracts under observation for a period each, with their covariates and how the period ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposures {
    width: usize,
    causes: usize,
    covariates: Vec<f64>,
    /// 0 for none, else the number of the cause from 1.
    ended: Vec<u32>,
    weights: Vec<f64>,
}

/// Why something is no exposure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExposureError {
    /// Another number of covariates.
    #[error("an exposure has {expected} covariates, not {found}")]
    Width {
        /// As many as there should be.
        expected: usize,
        /// As many as there are.
        found: usize,
    },
    /// A covariate is infinite or not a number.
    #[error("covariate {column} is not finite")]
    NotFinite {
        /// Which, from 0.
        column: usize,
    },
    /// There is no such cause.
    #[error("there is no cause {cause}")]
    Cause {
        /// Which, from 0.
        cause: usize,
    },
    /// A weight is negative, infinite or not a number.
    #[error("a weight must be finite and not negative")]
    Weight,
}

impl Exposures {
    /// None yet, of so many covariates and causes.
    pub fn new(width: usize, causes: usize) -> Self {
        Self { width, causes, covariates: Vec::new(), ended: Vec::new(), weights: Vec::new() }
    }

    /// Adds one: what was known at the start of the period, the cause (from 0) by which the contract ended in it, if it
    /// did, and how many were alike.
    ///
    /// # Errors
    /// Names what is wrong; nothing is added then.
    pub fn push(&mut self, covariates: &[f64], ended_by: Option<usize>, weight: f64) -> Result<(), ExposureError> {
        if covariates.len() != self.width {
            return Err(ExposureError::Width { expected: self.width, found: covariates.len() });
        }
        if let Some(column) = covariates.iter().position(|value| !value.is_finite()) {
            return Err(ExposureError::NotFinite { column });
        }
        if let Some(cause) = ended_by.filter(|cause| *cause >= self.causes) {
            return Err(ExposureError::Cause { cause });
        }
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(ExposureError::Weight);
        }
        self.covariates.extend_from_slice(covariates);
        self.ended.push(ended_by.map_or(0, |cause| cause as u32 + 1));
        self.weights.push(weight);
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ended.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ended.is_empty()
    }

    /// Covariates of each.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Causes by which they may end.
    pub fn causes(&self) -> usize {
        self.causes
    }

    /// The covariates of one.
    pub fn covariates(&self, number: usize) -> &[f64] {
        &self.covariates[number * self.width..(number + 1) * self.width]
    }

    /// The cause by which one ended, if it did.
    pub fn ended_by(&self, number: usize) -> Option<usize> {
        (self.ended[number] as usize).checked_sub(1)
    }

    /// How many are like it.
    pub fn weight(&self, number: usize) -> f64 {
        self.weights[number]
    }

    /// Those whose number is wanted.
    pub fn part(&self, wanted: impl Fn(usize) -> bool) -> Self {
        let mut part = Self::new(self.width, self.causes);
        for number in (0..self.len()).filter(|number| wanted(*number)) {
            part.covariates.extend_from_slice(self.covariates(number));
            part.ended.push(self.ended[number]);
            part.weights.push(self.weights[number]);
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_exposure_is_refused() {
        let mut all = Exposures::new(2, 1);
        assert_eq!(all.push(&[1.0], None, 1.0), Err(ExposureError::Width { expected: 2, found: 1 }));
        assert_eq!(all.push(&[1.0, f64::NAN], None, 1.0), Err(ExposureError::NotFinite { column: 1 }));
        assert_eq!(all.push(&[1.0, 2.0], Some(1), 1.0), Err(ExposureError::Cause { cause: 1 }));
        assert_eq!(all.push(&[1.0, 2.0], None, -1.0), Err(ExposureError::Weight));
        assert!(all.is_empty());
        assert_eq!(all.push(&[1.0, 2.0], Some(0), 3.0), Ok(()));
        assert_eq!((all.len(), all.ended_by(0), all.weight(0), all.covariates(0)), (1, Some(0), 3.0, &[1.0, 2.0][..]));
    }
}
