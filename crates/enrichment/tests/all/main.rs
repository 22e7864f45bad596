//! Providers behind their guards, and by the contract.
#![expect(clippy::expect_used, reason = "a test may fail")]

mod contract;
mod fake;
mod guards;
