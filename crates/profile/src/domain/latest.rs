//! Versioned assignments, of which the last version wins.

use std::collections::BTreeMap;

/// For each key the value of the highest version.
#[derive(Debug)]
pub(crate) struct Latest<K, V>(pub(crate) BTreeMap<K, (i64, V)>);

impl<K, V> Default for Latest<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V> Latest<K, V> {
    pub(crate) fn put(&mut self, key: K, version: i64, value: V) {
        match self.0.entry(key) {
            std::collections::btree_map::Entry::Vacant(place) => {
                place.insert((version, value));
            }
            std::collections::btree_map::Entry::Occupied(mut place) => {
                if version > place.get().0 {
                    place.insert((version, value));
                }
            }
        }
    }
}
