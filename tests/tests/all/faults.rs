//! The fault table in its short form, and that the harness can fail.

mod absent;
mod oracle;
mod power;
mod table;

use tenure_tests::faults::table::{Case, Kind};

/// A short play.
fn case(kind: Kind) -> Case {
    Case { kind, replicas: 3, seed: 1, rounds: 1, apart: false, tls: false, figures: false }
}
