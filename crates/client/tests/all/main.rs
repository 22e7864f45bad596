//! The client against servers that misbehave.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod calls;
mod fake;
mod lists;
mod streams;
