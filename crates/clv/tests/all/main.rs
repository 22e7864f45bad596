//! The models, from outside.

#![expect(clippy::unwrap_used, reason = "a test helper may panic")]

mod cdnow;
mod chance;
mod churn;
mod datasets;
mod fits;
mod predictions;
mod published;
mod recovery;
mod reference;
