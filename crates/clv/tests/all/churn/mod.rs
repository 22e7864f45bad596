//! Churn by what is known of a contract: public data in five folds, and contracts made from known hazards.

mod calibrated;
mod competing;
mod public;
