//! The profile service on real databases, behind real journals.
#![expect(clippy::expect_used, reason = "a test that can not go on shall fail")]

mod activity;
mod audit;
mod dice;
mod disclosure;
mod enrichment;
mod entries;
mod erasure;
mod forgetting;
mod freshness;
mod history;
mod journal;
mod orders;
mod persons;
mod proxy;
mod reads;
mod refusals;
mod replicas;
mod retention;
mod rights;
mod segments;
mod staleness;
mod suite;
mod touchpoints;
mod traits;
mod watching;
