//! Use cases.

pub(crate) mod audit;
pub(crate) mod batch_get_profiles;
pub(crate) mod canonical_export;
pub(crate) mod define_segment;
pub(crate) mod define_trait;
pub(crate) mod definitions;
pub(crate) mod delete_segment;
pub(crate) mod delete_trait;
pub(crate) mod erase_person;
pub(crate) mod erase_records;
pub(crate) mod export_person;
pub(crate) mod export_records;
mod fill_buckets;
pub(crate) mod get_erasure;
pub(crate) mod get_profile;
pub(crate) mod list_profiles;
pub(crate) mod list_segments;
pub(crate) mod list_traits;
pub(crate) mod look_back;
pub(crate) mod peers;
pub(crate) mod refold;
mod refolded;
pub(crate) mod register;
pub(crate) mod rights;
pub(crate) mod state_right;
pub(crate) mod take_facts;
pub(crate) mod traits;
