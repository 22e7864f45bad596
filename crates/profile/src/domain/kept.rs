//! Which fields a person has, as far as that is for every purpose, so that it can be told which of them changed. No value is kept: what a
//! field says is settled by the touchpoints that it comes from.

use std::collections::BTreeMap;

use ring::digest;
use tenure_kernel::Timestamp;

use super::{
    disclosure::{Category, category},
    person::{Known, Profile},
};

/// A digest of where each field comes from, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeptFields(pub(crate) BTreeMap<String, u64>);

impl KeptFields {
    pub(crate) fn of(profile: &Profile, now: Timestamp) -> Self {
        let mut origins: BTreeMap<&str, digest::Context> = BTreeMap::new();
        // Ascending by path and value, so that the same touchpoints come in the same order.
        for known in shown(profile).filter(|known| known.entry.expires_at.is_none_or(|until| now < until)) {
            let origin = origins.entry(&known.path).or_insert_with(|| digest::Context::new(&digest::SHA256));
            origin.update(&known.entry.touchpoint.0);
        }
        let short = |origin: digest::Context| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&origin.finish().as_ref()[..8]);
            u64::from_be_bytes(bytes)
        };
        Self(origins.into_iter().map(|(path, origin)| (path.to_owned(), short(origin))).collect())
    }

    /// The paths that are not the same in both.
    pub(crate) fn differing(&self, other: &Self) -> Vec<String> {
        let all = self.0.keys().chain(other.0.keys().filter(|path| !self.0.contains_key(*path)));
        let mut differing: Vec<String> = all.filter(|path| self.0.get(*path) != other.0.get(*path)).cloned().collect();
        differing.sort_unstable();
        differing
    }
}

/// When a field that every purpose may see next ends by itself.
pub(crate) fn next_end(profile: &Profile, now: Timestamp) -> Option<Timestamp> {
    shown(profile).filter_map(|known| known.entry.expires_at).filter(|until| now < *until).min()
}

fn shown(profile: &Profile) -> impl Iterator<Item = &Known> {
    profile.fields.iter().filter(|known| category(&known.path, known.aml) == Category::General)
}
