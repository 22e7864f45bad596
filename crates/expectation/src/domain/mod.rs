//! What was promised, what became of it, how much it hurts, and whether to ask about it. Pure: no IO, nothing of the wire or
//! the store.
#![expect(dead_code, reason = "the use cases that need it follow")]

pub(crate) mod attribute;
pub(crate) mod calendar;
pub(crate) mod promise;
pub(crate) mod quantity;
pub(crate) mod weights;
