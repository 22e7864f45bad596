//! Between the wire and the domain.

pub(crate) mod audit;
pub(crate) mod calendar;
pub(crate) mod complaint;
pub(crate) mod dissonance;
mod field;
pub(crate) mod incident;
pub(crate) mod loyalty;
pub(crate) mod matter;
pub(crate) mod overview;
pub(crate) mod promise;
pub(crate) mod record;
pub(crate) mod recovery;
pub(crate) mod right;
pub(crate) mod service_target;
pub(crate) mod story;
pub(crate) mod survey;
pub(crate) mod systemic;
pub(crate) mod touchpoint;
mod unit;
pub(crate) mod weights;
pub(crate) mod work;
