//! Use cases.

pub(crate) mod batch_get_profiles;
pub(crate) mod canonical_export;
pub(crate) mod erase_records;
pub(crate) mod export_records;
pub(crate) mod get_profile;
pub(crate) mod look_back;
pub(crate) mod take_facts;
