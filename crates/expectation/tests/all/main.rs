//! The expectation service on real databases, behind real journals and all layers of the server.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on shall fail")]

mod audits;
mod calendars;
mod complaint_watches;
mod complaints;
mod doubts;
mod efforts;
mod entries;
mod forgetting;
mod group_loyalty;
mod loyalty;
mod of_age;
mod outlooks;
mod parking;
mod permutations;
mod persons;
mod promises;
mod record_holds;
mod recoveries;
mod refusals;
mod scenarios;
mod service_targets;
mod stage;
mod stories;
mod surveys;
mod systemic;
mod weights;
