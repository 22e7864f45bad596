//! Models as vectors of parameters: what uncertainty about them needs.

use crate::bg_bb::BgBb;
use crate::bg_nbd::BgNbd;
use crate::fit::ParameterError;
use crate::gamma_gamma::GammaGamma;
use crate::ggompertz_nbd::GgompertzNbd;
use crate::mbg_nbd::MbgNbd;
use crate::pareto_nbd::ParetoNbd;
use crate::retention::{Bdw, LatentWeibull, Sbg};

/// A model that is its parameters.
pub trait Parametric<const N: usize>: Sized {
    /// The names of the parameters in the literature, in order.
    const NAMES: [&'static str; N];

    /// The parameters, in the order of the names.
    fn vector(&self) -> [f64; N];

    /// The model with these parameters, if each is in its range.
    fn from_vector(parameters: [f64; N]) -> Result<Self, ParameterError>;
}

macro_rules! parametric {
    ($model:ty, $count:literal: $($name:literal $field:ident),+) => {
        impl Parametric<$count> for $model {
            const NAMES: [&'static str; $count] = [$($name),+];

            fn vector(&self) -> [f64; $count] {
                [$(self.$field()),+]
            }

            fn from_vector([$($field),+]: [f64; $count]) -> Result<Self, ParameterError> {
                Self::new($($field),+)
            }
        }
    };
}

parametric!(BgNbd, 4: "r" r, "alpha" alpha, "a" a, "b" b);
parametric!(MbgNbd, 4: "r" r, "alpha" alpha, "a" a, "b" b);
parametric!(ParetoNbd, 4: "r" r, "alpha" alpha, "s" s, "beta" beta);
parametric!(GgompertzNbd, 5: "r" r, "alpha" alpha, "b" b, "s" s, "beta" beta);
parametric!(BgBb, 4: "alpha" alpha, "beta" beta, "gamma" gamma, "delta" delta);
// The note writes gamma; `v` avoids the name of a function.
parametric!(GammaGamma, 3: "p" p, "q" q, "gamma" v);
parametric!(Sbg, 2: "alpha" alpha, "beta" beta);
parametric!(Bdw, 3: "alpha" alpha, "beta" beta, "c" c);

impl Parametric<5> for LatentWeibull {
    const NAMES: [&'static str; 5] = ["t1", "c1", "t2", "c2", "w"];

    fn vector(&self) -> [f64; 5] {
        self.parameters()
    }

    fn from_vector(parameters: [f64; 5]) -> Result<Self, ParameterError> {
        Self::new(parameters)
    }
}
