//! Which pairs are looked at: those that share a key whose block is within its cap.

mod blocks;
mod key;
mod of_record;

pub use blocks::{Blocks, KeyCoverage};
pub use key::{Key, KeyError, Part, default_keys};
pub use of_record::RowKey;
