//! What users of other systems of this kind suffer most from, each as a test that is named after it.

mod intake;
mod merging;
mod reading;
mod stage;
