//! The value service on real databases, behind real journals and all layers of the server.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on shall fail")]

mod attributes;
mod cdnow;
mod contracts;
mod costs;
mod entries;
mod forgetting;
mod groups;
mod lines;
mod models;
mod parking;
mod permutations;
mod persons;
mod promotions;
mod refits;
mod refusals;
mod rights;
mod scoring;
mod stage;
mod unknown;
mod what_if;
